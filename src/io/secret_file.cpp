#include "io/secret_file.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "io/key_folder.hpp"

#include <fmt/format.h>

namespace bonafide::io {
namespace {

constexpr std::size_t most_bytes = 65536;

} // namespace

Expected<std::vector<std::string>> read_secrets(const std::string& path, std::uint32_t also_owner) {
    const auto text = read_private_file(path, most_bytes, {.also_owner = also_owner});
    if (!text) return std::unexpected(text.error());
    std::vector<std::string> secrets;
    std::size_t number = 0;
    const auto refuse = [&](std::string_view why) { return failure(fmt::format("{}: {}", escape::line(path), why)); };
    for (const std::string_view whole : ascii::split(*text, '\n')) {
        ++number;
        const std::string_view line = ascii::trim(whole);
        if (line.empty() || line.starts_with('#')) continue;
        if (line.size() < least_secret_bytes)
            return refuse(fmt::format("line {}: a secret has at least {} characters", number, least_secret_bytes));
        if (secrets.size() == most_secrets) return refuse(fmt::format("has more than {} secrets", most_secrets));
        secrets.emplace_back(line);
    }
    if (secrets.empty()) return refuse("has no secret");
    return secrets;
}

} // namespace bonafide::io
