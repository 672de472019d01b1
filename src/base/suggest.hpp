// "did you mean ...": the known word nearest to a mistyped one.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace bonafide {

/// Least number of insertions, deletions, replacements and swaps of neighbours that make `a` of `b`, no place touched twice
/// (Damerau-Levenshtein, optimal string alignment); case of ASCII letters does not count. Cost is the product of the lengths.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The known word with the least distance, the first of several; empty when `word` would have to change in more than a third of
/// its letters, is empty, or is longer than 64 bytes. A view into `known`.
[[nodiscard]] std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known);

} // namespace bonafide
