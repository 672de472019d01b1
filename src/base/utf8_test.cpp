#include "base/utf8.hpp"

#include <gtest/gtest.h>
#include <utility>

namespace bonafide::utf8 {
namespace {

TEST(Utf8, TheFirstSequence) {
    constexpr std::pair<std::string_view, std::size_t> rows[] = {
        {"", 0},
        {"a", 1},
        {"\x7f", 1},
        {"\x80", 0},     // a tail byte
        {"\xc1\xbf", 0}, // overlong
        {"\xc2\x80", 2},
        {"\xc2\x80\x80", 2},
        {"\xdf\xbf", 2},
        {"\xdf", 0}, // cut short
        {"\xdf\x7f", 0},
        {"\xdf\xc0", 0},
        {"\xe0\x9f\xbf", 0}, // overlong
        {"\xe0\xa0\x80", 3},
        {"\xe1\x80\x80", 3},
        {"\xe1\x80", 0},
        {"\xed\x9f\xbf", 3},
        {"\xed\xa0\x80", 0}, // a surrogate
        {"\xee\x80\x80", 3},
        {"\xef\xbf\xbf", 3},
        {"\xef\xbf\xc0", 0},
        {"\xf0\x8f\xbf\xbf", 0}, // overlong
        {"\xf0\x90\x80\x80", 4},
        {"\xf3\x80\x80\x80", 4},
        {"\xf3\x80\x80", 0},
        {"\xf4\x8f\xbf\xbf", 4},
        {"\xf4\x90\x80\x80", 0}, // beyond U+10FFFF
        {"\xf5\x80\x80\x80", 0},
        {"\xff", 0},
    };
    for (const auto& [text, length] : rows) EXPECT_EQ(sequence_length(text), length) << testing::PrintToString(text);
    EXPECT_EQ(sequence_length(std::string_view("\0", 1)), 1U);
}

} // namespace
} // namespace bonafide::utf8
