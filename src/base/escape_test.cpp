#include "base/escape.hpp"

#include <gtest/gtest.h>

namespace bonafide::escape {
namespace {

TEST(EscapeLine, ControlBytesAndBrokenUtf8BecomeHex) {
    constexpr std::pair<std::string_view, std::string_view> cases[] = {
        {"v=spf1 -all", "v=spf1 -all"},
        {"a\r\nb", "a\\x0d\\x0ab"},
        {"tab\there", "tab\\x09here"},
        {"back\\slash", "back\\\\slash"},
        {"\x1b[31m", "\\x1b[31m"},
        {"\x7f", "\\x7f"},
        {"b\xc3\xbc"
         "cher",
         "b\xc3\xbc"
         "cher"},                                     // U+00FC
        {"\xe2\x82\xac", "\xe2\x82\xac"},             // U+20AC
        {"\xf0\x9f\x93\xa7", "\xf0\x9f\x93\xa7"},     // U+1F4E7
        {"\xf4\x8f\xbf\xbd", "\xf4\x8f\xbf\xbd"},     // U+10FFFD
        {"\xfc", "\\xfc"},                            // latin-1
        {"\xc2\x85", "\\xc2\\x85"},                   // C1: next line
        {"\xc0\xaf", "\\xc0\\xaf"},                   // overlong
        {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},          // overlong
        {"\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"}, // overlong
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},          // surrogate
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, // beyond Unicode
        {"\xe2\x82", "\\xe2\\x82"},                   // cut short
        {"\xe2\x80\xae"
         "gpj",
         "\\xe2\\x80\\xaegpj"},              // U+202E turns the rest around
        {"\xe2\x80\xa8", "\\xe2\\x80\\xa8"}, // U+2028
        {"\xe2\x81\xa6", "\\xe2\\x81\\xa6"}, // U+2066
        {"\xef\xbb\xbf", "\\xef\\xbb\\xbf"}, // U+FEFF
        {"\xe2\x80\x93", "\xe2\x80\x93"},    // U+2013, a dash
    };
    for (const auto& [text, escaped] : cases) EXPECT_EQ(line(text), escaped);
    EXPECT_EQ(line(std::string_view("\0", 1)), "\\x00");
}

TEST(EscapeLine, IsCutBetweenCharacters) {
    EXPECT_EQ(line("abcd", 4), "abcd");
    EXPECT_EQ(line("abcde", 4), "abcd...");
    EXPECT_EQ(line("abc\n", 4), "abc...");
    EXPECT_EQ(line("abc\xc3\xbc", 4), "abc...");
    EXPECT_EQ(line("a", 0), "...");
    EXPECT_EQ(line("", 0), "");
}

TEST(EscapeHeaderComment, NeverEndsTheComment) {
    EXPECT_EQ(header_comment("plain text"), "plain text");
    EXPECT_EQ(header_comment("a) smtp.mailfrom=b (c\\"), "a\\) smtp.mailfrom=b \\(c\\\\");
    EXPECT_EQ(header_comment("a\r\nX-Evil: 1"), "a??X-Evil: 1");
    EXPECT_EQ(header_comment("\xc3\xbc\t"), "???");
    EXPECT_EQ(header_comment("a)b", 2), "a\\)"); // the backslash never loses its character
}

TEST(EscapeHeaderValue, Rfc8601BareForms) {
    for (const auto* text : {"example.org", "10.1.2.3", "a-b_c", "user@example.org", "@example.org",
                             "user+tag@example.org", "a.b=c/d@x", "*"})
        EXPECT_EQ(header_value(text), text);
}

TEST(EscapeHeaderValue, EverythingElseIsQuoted) {
    constexpr std::pair<std::string_view, std::string_view> cases[] = {
        {"", "\"\""},
        {"2001:db8::1", "\"2001:db8::1\""}, // ':' is a tspecial
        {"a b", "\"a b\""},
        {"a;b", "\"a;b\""},
        {"a=b", "\"a=b\""},
        {"a\"b\\c", "\"a\\\"b\\\\c\""},
        {"user@", "\"user@\""},
        {"@", "\"@\""},
        {"a@b@example.org", "\"a@b@example.org\""},
        {".a@example.org", "\".a@example.org\""},
        {"a..b@example.org", "\"a..b@example.org\""},
        {"a@example..org", "\"a@example..org\""},
        {"a@example.org.", "\"a@example.org.\""},
        {"a@-example.org", "\"a@-example.org\""},
        {"a@example-.org", "\"a@example-.org\""},
        {"a@_x.example.org", "\"a@_x.example.org\""}, // no domain-name has '_'
        {"\"a b\"@example.org", "\"\\\"a b\\\"@example.org\""},
        {"a\r\n b", "\"a?? b\""},
        {"\"a b;c\\\"\"@x", "\"\\\"a b;c\\\\\\\"\\\"@x\""}, // X6: a quoted local-part of a MAIL FROM
        {"\xc3\xbc@example.org", "\"??@example.org\""},
        {"\x7f", "\"?\""},
    };
    for (const auto& [text, escaped] : cases) EXPECT_EQ(header_value(text), escaped);
    EXPECT_EQ(header_value("a\"b", 2), "\"a\\\"\"");
}

TEST(EscapeSmtpText, OneLineOfAscii) {
    EXPECT_EQ(smtp_text("no \r\n250 ok \xff%"), "no ??250 ok ?%");
    EXPECT_EQ(smtp_text("abcdef", 3), "abc");
}

TEST(Shortened, AtTheLimitAndOnePast) {
    EXPECT_EQ(shortened(std::string(320, 'a')), std::string(320, 'a'));
    EXPECT_EQ(shortened(std::string(321, 'a')), std::string(320, 'a') + "...");
    EXPECT_EQ(shortened("abc", 2), "ab...");
    EXPECT_EQ(shortened("a\u00f8b", 2), "a...");
    EXPECT_EQ(shortened("a\u00f8b", 3), "a\u00f8...");
    EXPECT_EQ(shortened("\U0001f4e7x", 3), "...");
    EXPECT_EQ(shortened("a\x80\x80\x80\x80\x80", 5).size(), 5U) << "what is no character is cut anywhere";
    EXPECT_EQ(shortened("", 0), "");
    EXPECT_EQ(shortened("a", 0), "...");
}

} // namespace
} // namespace bonafide::escape
