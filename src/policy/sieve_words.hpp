// Whether the commands and tests of a Sieve script exist, and whether the extensions that they belong to are required (RFC 5228 2.10.5, 3.2).
// What a script means is not known where one of its words is not. Pure.
#pragma once

#include "policy/sieve_script.hpp"

#include <span>
#include <string_view>

namespace bonafide::policy::sieve {

/// An error has line, column and the word, as those of parse(). A script that requires "ihave" uses extensions where they
/// are there: it need not require them.
[[nodiscard]] Expected<void> check_words(std::span<const Command> script, std::string_view text);

} // namespace bonafide::policy::sieve
