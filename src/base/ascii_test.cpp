#include "base/ascii.hpp"

#include <gmock/gmock.h>

namespace bonafide::ascii {
namespace {

using testing::ElementsAre;

TEST(Ascii, LowerTouchesOnlyAsciiLetters) {
    EXPECT_EQ(lower("MiXed-09_"), "mixed-09_");
    EXPECT_EQ(lower("\xc4\xd6"), "\xc4\xd6");
}

TEST(Ascii, EqualityWithoutCase) {
    EXPECT_TRUE(iequals("", ""));
    EXPECT_TRUE(iequals("DKIM-Signature", "dkim-signature"));
    EXPECT_FALSE(iequals("a", "ab"));
    EXPECT_FALSE(iequals("@", "`")); // differ by the case bit, yet are no letters
    EXPECT_FALSE(iequals("[", "{"));
    EXPECT_TRUE(istarts_with("V=SPF1 -all", "v=spf1"));
    EXPECT_FALSE(istarts_with("v=s", "v=spf1"));
    EXPECT_TRUE(iends_with("www.EXAMPLE.org", ".example.org"));
    EXPECT_FALSE(iends_with("org", ".example.org"));
}

TEST(Ascii, TrimTakesFoldingWhiteSpaceOnly) {
    EXPECT_EQ(trim(" \t\r\n a b \r\n"), "a b");
    EXPECT_EQ(trim(" \t "), "");
    EXPECT_EQ(trim(""), "");
    EXPECT_EQ(trim("\va\f"), "\va\f");
}

TEST(Ascii, SplitKeepsEmptyParts) {
    EXPECT_THAT(split("", ':'), ElementsAre(""));
    EXPECT_THAT(split(":", ':'), ElementsAre("", ""));
    EXPECT_THAT(split("a::b", ':'), ElementsAre("a", "", "b"));
}

TEST(Ascii, ParseDecimal) {
    EXPECT_EQ(parse_decimal("0"), 0U);
    EXPECT_EQ(parse_decimal("007"), 7U);
    EXPECT_EQ(parse_decimal("18446744073709551615"), 18446744073709551615U);
    for (const auto* text :
         {"", "18446744073709551616", "-1", "+1", " 1", "1 ", "1.0", "0x1", "99999999999999999999999"})
        EXPECT_EQ(parse_decimal(text), std::nullopt) << text;
    EXPECT_EQ(parse_decimal(std::string_view("1\0", 2)), std::nullopt);
}

TEST(Ascii, ClassesRefuseBytesAbove127) {
    for (int byte = 0x80; byte < 0x100; ++byte) {
        const char c = static_cast<char>(byte);
        EXPECT_FALSE(is_alnum(c) || is_hex(c) || is_space(c) || is_printable(c)) << byte;
    }
    EXPECT_TRUE(is_printable(' ') && is_printable('~') && !is_printable('\x7f') && !is_printable('\x1f'));
}

} // namespace
} // namespace bonafide::ascii
