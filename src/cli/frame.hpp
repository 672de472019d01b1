// From the words of a command line to a command's run(): finds the command, parses, answers --help and --version, reports failures.
#pragma once

#include "cli/command.hpp"

#include <string>
#include <vector>

namespace bonafide::cli {

/// Runs what `words` (argv without the program's name) ask for; the result is the exit code. Wrong usage gives one line on
/// console.err and a hint, exit code 2. Exceptions of a command pass through.
[[nodiscard]] int run(const std::vector<std::string>& words, Console& console);

} // namespace bonafide::cli
