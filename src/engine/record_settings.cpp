// deciding_settings() of record.hpp.
#include "engine/record.hpp"
#include "engine/settings_table.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::engine {
namespace {

/// Sections, and single settings by their full names. server.on_failure is what the decision is when something of ours failed.
constexpr std::array<std::string_view, 12> deciding{
    "mode", "server.on_failure", "failure.", "identity.", "direction.", "spf.", "dkim.", "dmarc.",
    "arc.", "compauth.",         "lists.",   "limits."};

bool decides(std::string_view name) {
    return std::ranges::any_of(
        deciding, [&](std::string_view word) { return word.ends_with('.') ? name.starts_with(word) : name == word; });
}

} // namespace

std::string deciding_settings(const Settings& settings) {
    std::string text;
    for (const Setting& setting : settings_table())
        if (decides(setting.name)) text += fmt::format("{} = {}\n", setting.name, to_toml(setting, settings));
    return text;
}

} // namespace bonafide::engine
