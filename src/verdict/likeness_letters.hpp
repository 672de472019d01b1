// What letters look like: names in one case, and in shapes in which two that are taken for each other are equal (Unicode TR 39 and the
// ASCII pairs it leaves out). Pure, for any thread; ICU stays in the .cpp. Cost is linear in the text, a table of 64 KiB is made once.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bonafide::verdict::likeness {

/// The code point at the front of UTF-8 `text`, taken off it; a byte that is no UTF-8 counts as U+FFFD. `text` is not empty.
[[nodiscard]] char32_t take_code_point(std::string_view& text);
void append_code_point(std::string& text, char32_t code_point);
/// Where the code points of `text` begin, and its size.
[[nodiscard]] std::size_t next_boundary(std::string_view text, std::size_t at);

/// One case, compatibility forms as what they stand for, characters that nobody sees dropped (NFKC_Casefold).
[[nodiscard]] std::string fold_case(std::string_view utf8);
/// A domain name as people see it: A-labels as U-labels (UTS 46), fold_case().
[[nodiscard]] std::string shown_name(std::string_view domain);

/// A name as it is seen, three times coarser each.
struct Shape {
    std::string base; ///< each letter as the Latin one that it looks like, without its accents
    std::string even; ///< and 0, 1 and i as o and l; as long as `base`
    std::string key;  ///< and rn, vv and cl as m, w and d: equal for two names that look alike
};
/// Of text that fold_case() or shown_name() gave.
[[nodiscard]] Shape shape_of(std::string_view folded);
/// The `key` of a piece of a `base`.
[[nodiscard]] std::string key_of(std::string_view base);

/// Letters of any alphabet, without digits and signs.
[[nodiscard]] std::size_t count_letters(std::string_view utf8);
/// Whether any letter is not of the Latin alphabet.
[[nodiscard]] bool holds_other_alphabet(std::string_view utf8);

} // namespace bonafide::verdict::likeness
