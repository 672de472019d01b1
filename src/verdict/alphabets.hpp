// Which alphabets the letters of a domain name are of, and whether the name can be taken for one in Latin letters. Pure, for any thread;
// ICU stays in the .cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bonafide::verdict {

/// Alphabets of the letters in UTF-8 `text` by their Unicode names ("Latin", "Cyrillic"), each once, in the order in which they come.
[[nodiscard]] std::vector<std::string> alphabets_of(std::string_view text);
/// Whether one label mixes alphabets that no language writes together: less than "highly restrictive" of Unicode TR 39 5.2.
[[nodiscard]] bool mixes_alphabets(std::string_view label);

/// What is odd about the letters of a name; nothing: all empty.
struct OddLetters {
    std::string label{};                  ///< the first odd one, as people see it
    std::vector<std::string> alphabets{}; ///< of its letters
    bool mixed = false;                   ///< they are never written together
    std::string latin{};                  ///< what the label looks like in Latin letters; empty: nothing
    bool operator==(const OddLetters&) const = default;
};
/// Of a domain name in A-labels or U-labels. A label in one alphabet that looks like Latin letters throughout counts only where the
/// top-level domain is in Latin letters: beneath another one nobody expects them.
[[nodiscard]] OddLetters odd_letters(std::string_view domain);

} // namespace bonafide::verdict
