// What the `rules` commands share: the configuration they look at.
#pragma once

#include "cli/command.hpp"
#include "cli/config.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace bonafide::cli {

struct RulesFile {
    std::string name; ///< "built-in defaults" where there is no file
    config::Document document;
};

/// `given`, else the daemon's file, else the defaults. A file with errors gives them all, a line each.
[[nodiscard]] std::expected<RulesFile, Failure> read_rules_file(const std::optional<std::string>& given);

[[nodiscard]] Option config_option();

} // namespace bonafide::cli
