// The configuration file: TOML in, engine::Settings out, or every error of the file with line and column.
#pragma once

#include "engine/settings.hpp"

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
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

/// In the order of the file; never empty where it stands for a failure.
using Problems = std::vector<Problem>;

/// Where a value stands in the file.
struct Place {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
};

/// What a file says: the settings, and where those it names stand.
struct Document {
    struct Places {
        Place value;
        std::vector<Place> entries; ///< of a list
    };
    engine::Settings settings;
    std::map<std::string, Places, std::less<>> places; ///< by the setting's name; none for what is left out
};

/// Reads `text`. What it does not say keeps its default. A file that is no TOML gives the one problem at which reading ended;
/// otherwise all wrong types, ranges, texts and unknown keys are reported.
[[nodiscard]] std::expected<Document, Problems> read(std::string_view text);
/// Its settings alone.
[[nodiscard]] std::expected<engine::Settings, Problems> parse(std::string_view text);

/// Reads a file.
[[nodiscard]] std::expected<Document, Problems> load(const std::string& file);

/// What engine::audit finds about the settings, at its places in the file. Either part may be empty.
struct Audit {
    Problems errors;
    Problems warnings;
};
[[nodiscard]] Audit audit(const Document& document);

/// `given` if there is one, else the default file if it exists, else none: the built-in defaults hold.
[[nodiscard]] std::optional<std::string> find_file(const std::optional<std::string>& given);

/// "file:line:column: text", a line each, no final line end.
[[nodiscard]] std::string to_text(std::string_view file, const Problems& problems);

} // namespace bonafide::cli::config
