// Words that are put beside a known name to make a new one ("contoso-login"), and words so common that a name made of them is nobody's.
// Plain tables; pure.
#pragma once

#include "verdict/likeness_letters.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::verdict::likeness {

enum class WordUse : std::uint8_t {
    bait, ///< of fraud: asks for a password, money or haste
    ordinary, ///< of honest firms too: beside our own name it is strange, beside another's it may be its own ("facebookmail")
};
struct AddedWord {
    std::string_view text;
    WordUse use = WordUse::bait;
};
/// What is left of a name without words added to it.
struct Remainder {
    std::string_view base; ///< piece of the shape's base
    AddedWord word;        ///< the first one taken off, but an ordinary one when any of them is
};
/// All that taking one to three words off either end of `shape` leaves, as far as it may still be a name. Views into `shape`.
[[nodiscard]] std::vector<Remainder> without_added_words(const Shape& shape);

/// Whether a label says nothing about whose it is: one common word, or several with hyphens between.
[[nodiscard]] bool is_generic(std::string_view label);

/// Whether a word of a display name is an office and not a person ("support", "team").
[[nodiscard]] bool is_role(std::string_view word);

} // namespace bonafide::verdict::likeness
