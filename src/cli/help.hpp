// Help texts, made from the command rows.
#pragma once

#include "cli/command.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace bonafide::cli {

/// `bonafide --help`: what it is, the commands, a first example.
[[nodiscard]] std::string overview();

/// `bonafide headers --help`: the commands whose name begins with `group` and a space.
[[nodiscard]] std::string group_help(std::string_view group);

/// `bonafide spf --help`: synopsis, arguments, examples, exit codes.
[[nodiscard]] std::string command_help(const Command& command);

/// One option's help with its choices and default: "which form ... (one of a, b; default a)".
[[nodiscard]] std::string full_help(const Option& option);
[[nodiscard]] std::string full_help(const Positional& positional);

/// `text` broken at blanks into lines of at most `width` columns; every line but the first begins with `indent` blanks.
[[nodiscard]] std::string wrap(std::string_view text, std::size_t indent, std::size_t width = 80);
/// The same for pieces that stay whole, a blank between them.
[[nodiscard]] std::string wrap(std::span<const std::string_view> pieces, std::size_t indent, std::size_t width);

} // namespace bonafide::cli
