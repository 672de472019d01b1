#include "dkim/unique_start.hpp"

#include <algorithm>

namespace bonafide::dkim {
namespace {

constexpr std::size_t least = 8; // RFC 6008 4

std::size_t common_length(std::string_view a, std::string_view b) {
    return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

} // namespace

std::vector<std::size_t> unique_starts(std::span<const std::string_view> texts) {
    // Among sorted texts, the one that shares most with a given one is its nearest different neighbour.
    std::vector<std::string_view> sorted(texts.begin(), texts.end());
    std::ranges::sort(sorted);
    sorted.erase(std::ranges::unique(sorted).begin(), sorted.end());
    std::vector<std::size_t> lengths;
    lengths.reserve(texts.size());
    for (const std::string_view text : texts) {
        const auto here = std::ranges::lower_bound(sorted, text);
        std::size_t length = least;
        if (here != sorted.begin()) length = std::max(length, common_length(text, here[-1]) + 1);
        if (here + 1 != sorted.end()) length = std::max(length, common_length(text, here[1]) + 1);
        lengths.push_back(std::min(length, text.size()));
    }
    return lengths;
}

} // namespace bonafide::dkim
