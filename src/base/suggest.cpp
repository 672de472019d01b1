#include "base/suggest.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace bonafide {
namespace {

constexpr std::size_t longest_word = 64;

} // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
    const auto same = [&](std::size_t i, std::size_t j) { return ascii::to_lower(a[i]) == ascii::to_lower(b[j]); };
    // Three rows of the table: what the first i-2, i-1 and i letters of a cost against each beginning of b.
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> above(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::swap(before, above);
        std::swap(above, row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = above[j - 1] + (same(i - 1, j - 1) ? 0 : 1);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && same(i - 1, j - 2) && same(i - 2, j - 1))
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
    }
    return row[b.size()];
}

std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known) {
    if (word.empty() || word.size() > longest_word) return {};
    std::string_view nearest;
    std::size_t least =
        std::min(std::max<std::size_t>(1, word.size() / 3) + 1, word.size()); // a changed single letter is another word
    for (const std::string_view candidate : known) {
        if (candidate.size() >= word.size() + least || candidate.size() + least <= word.size()) continue;
        if (const std::size_t distance = edit_distance(word, candidate); distance < least) {
            nearest = candidate;
            least = distance;
        }
    }
    return nearest;
}

} // namespace bonafide
