// The configuration file: TOML in, engine::Settings out, or every error of the file with line and column.
#pragma once

#include "engine/settings.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::cli::config {

/// Where the daemon looks when it is not told otherwise.
inline constexpr std::string_view default_file = "/etc/bonafide/bonafide.toml";

/// One error of a file; line and column count from 1, both 0 when the whole file is meant.
struct Problem {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::string text;
    bool operator==(const Problem&) const = default;
};

/// Never empty; in the order of the file.
using Problems = std::vector<Problem>;

/// Reads `text`. What it does not say keeps its default. A file that is no TOML gives the one problem at which reading ended;
/// otherwise all wrong types, ranges, texts and unknown keys are reported.
[[nodiscard]] std::expected<engine::Settings, Problems> parse(std::string_view text);

/// Reads a file.
[[nodiscard]] std::expected<engine::Settings, Problems> load(const std::string& file);

/// `given` if there is one, else the default file if it exists, else none: the built-in defaults hold.
[[nodiscard]] std::optional<std::string> find_file(const std::optional<std::string>& given);

/// "file:line:column: text", a line each, no final line end.
[[nodiscard]] std::string to_text(std::string_view file, const Problems& problems);

} // namespace bonafide::cli::config
