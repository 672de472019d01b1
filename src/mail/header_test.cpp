#include "mail/header.hpp"

#include <gtest/gtest.h>

namespace bonafide::mail {
namespace {

using namespace std::string_literals;

TEST(HeaderBlock, KeepsMilterFieldsByteForByte) {
    HeaderBlock header;
    header.add("Subject", " two\n lines\r\n\tthree");
    header.add("X-None", "");
    header.add("X-Tight", "value");
    ASSERT_EQ(header.size(), 3u);
    EXPECT_EQ(header[0].name, "Subject");
    EXPECT_EQ(header[0].value, " two\r\n lines\r\n\tthree");
    EXPECT_EQ(header[0].raw, "Subject: two\r\n lines\r\n\tthree");
    EXPECT_EQ(header[1].raw, "X-None:");
    EXPECT_EQ(header[2].raw, "X-Tight:value");
    EXPECT_FALSE(header.oversized());
}

TEST(HeaderBlock, MilterValueLosesItsFinalLineEndOnly) {
    HeaderBlock header;
    header.add("A", " x\r\n");
    header.add("B", " x\n");
    header.add("C", " bare\rCR");
    header.add("D", "\nx");
    EXPECT_EQ(header[0].value, " x");
    EXPECT_EQ(header[1].value, " x");
    EXPECT_EQ(header[2].value, " bare\rCR");
    EXPECT_EQ(header[3].value, "\r\nx");
}

TEST(HeaderBlock, NameHasNoWhiteSpaceButRawKeepsIt) { // RFC 5322 4.5.2
    HeaderBlock header;
    ASSERT_TRUE(header.add_raw("Subject \t: x\r\n"));
    header.add("From ", " y");
    EXPECT_EQ(header[0].name, "Subject");
    EXPECT_EQ(header[0].value, " x");
    EXPECT_EQ(header[0].raw, "Subject \t: x");
    EXPECT_EQ(header[1].name, "From");
    EXPECT_EQ(header[1].raw, "From : y");
}

TEST(HeaderBlock, RefusesRawTextThatIsNoField) {
    HeaderBlock header;
    for (const char* text : {"", ":", " : x", "no colon", "two words: x", "tab\x01: x", "na\r\n me: x", "\xc3\xa4: x"})
        EXPECT_FALSE(header.add_raw(text)) << text;
    EXPECT_TRUE(header.empty());
    EXPECT_TRUE(header.add_raw("a:"));
    EXPECT_TRUE(header.add_raw("!~#: :"));
    EXPECT_EQ(header[1].name, "!~#");
}

TEST(HeaderBlock, FindsAllWithoutRegardToCase) {
    HeaderBlock header;
    for (const char* raw : {"From: 1", "to: 2", "FROM: 3", "From-X: 4", "from : 5"}) ASSERT_TRUE(header.add_raw(raw));
    EXPECT_EQ(header.find_all("from"), (std::vector<std::size_t>{0, 2, 4}));
    EXPECT_TRUE(header.find_all("Date").empty());
}

TEST(HeaderBlock, FieldLimit) {
    Limits limits;
    limits.header_fields = 3;
    HeaderBlock header(limits);
    for (int i = 0; i < 3; ++i) header.add("A", " x");
    EXPECT_FALSE(header.oversized());
    EXPECT_TRUE(header.add_raw("A: y"));
    EXPECT_TRUE(header.oversized());
    EXPECT_EQ(header.size(), 3u);
}

TEST(HeaderBlock, ByteLimitCountsLineEnds) {
    Limits limits;
    limits.header_bytes = 16;
    HeaderBlock header(limits);
    header.add("A", " 345"); // 8 bytes with CRLF
    header.add("B", "\n 3"); // the LF becomes two bytes
    EXPECT_EQ(header.bytes(), 16u);
    EXPECT_FALSE(header.oversized());
    HeaderBlock one_past(limits);
    one_past.add("A", " 345");
    one_past.add("B", "\n 34");
    EXPECT_TRUE(one_past.oversized());
    EXPECT_EQ(one_past.size(), 1u);
    one_past.add("C", "");
    EXPECT_EQ(one_past.size(), 1u) << "what is kept is the first part of the header, without gaps";
}

TEST(HeaderBlock, HundredThousandFieldsAndAHugeOne) {
    HeaderBlock header;
    for (int i = 0; i < 100'000; ++i) header.add("X", " y");
    EXPECT_TRUE(header.oversized());
    EXPECT_EQ(header.size(), Limits{}.header_fields);
    HeaderBlock huge;
    huge.add("X", std::string(1u << 20, 'x'));
    EXPECT_TRUE(huge.oversized());
    EXPECT_TRUE(huge.empty());
}

TEST(FindColon, TellsFieldsFromText) {
    EXPECT_EQ(find_colon("a:b:c"), 1u);
    EXPECT_EQ(find_colon("a  :b"), 3u);
    EXPECT_EQ(find_colon("From x: y"), std::string_view::npos);
    EXPECT_EQ(find_colon(" a:"), std::string_view::npos);
    EXPECT_EQ(find_colon("a\0:"s), std::string_view::npos);
}

TEST(Unfold, RemovesOnlyFoldings) { // RFC 5322 2.2.3
    EXPECT_EQ(unfold(" a\r\n b\r\n\tc "), "a b\tc");
    EXPECT_EQ(unfold(" a\n b"), "a b");
    EXPECT_EQ(unfold("a\r\nb"), "a\r\nb");
    EXPECT_EQ(unfold("a\rb"), "a\rb");
    EXPECT_EQ(unfold(" \r\n "), "");
    EXPECT_EQ(unfold(""), "");
}

} // namespace
} // namespace bonafide::mail
