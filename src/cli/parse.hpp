// The words after a command's name, judged against its row. CLI11 stays inside parse.cpp.
#pragma once

#include "cli/command.hpp"

#include <expected>
#include <string>
#include <vector>

namespace bonafide::cli {

/// What a command line asks for: help, or the command with these arguments.
struct Parsed {
    bool help = false;
    Arguments arguments;
};

/// Errors are wrong usage: one line that names the option and what it wants.
[[nodiscard]] std::expected<Parsed, Failure> parse(const Command& command, const std::vector<std::string>& words);

} // namespace bonafide::cli
