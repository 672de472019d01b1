// A Sieve script (RFC 5228) as a tree of commands. The grammar alone: whether a command exists is asked by sieve_words.hpp.
// Bounded by limits.sieve_bytes, sieve_depth and sieve_terms; past one of them a script counts as one that cannot be read.
#pragma once

#include "base/error.hpp"
#include "base/limits.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::policy::sieve {

/// A tag (":is", here without the colon and in lower case), a number or a list of strings; of the three only one is there.
struct Argument {
    std::string tag;
    std::vector<std::string> strings;
    bool is_number = false;
    [[nodiscard]] bool is_strings() const { return tag.empty() && !is_number; }
};

struct Test {
    std::string name;   ///< in lower case
    std::size_t at = 0; ///< its offset in the script
    std::vector<Argument> arguments;
    std::vector<Test> tests; ///< of anyof, allof, not
};

struct Command {
    std::string name;   ///< in lower case
    std::size_t at = 0; ///< likewise
    std::vector<Argument> arguments;
    std::vector<Test> tests; ///< one with if and elsif
    std::vector<Command> block;
};

/// The error begins with "line 3, column 5: ", quotes nothing of the script, and has the offset as its position.
[[nodiscard]] Expected<std::vector<Command>> parse(std::string_view text, const Limits& limits = {});
/// As those of parse(): with line and column of `at`, and `what`.
[[nodiscard]] Error error_at(std::string_view text, std::size_t at, std::string_view what, std::string_view section);

} // namespace bonafide::policy::sieve
