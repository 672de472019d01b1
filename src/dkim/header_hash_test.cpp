#include "dkim/header_hash.hpp"
#include "dkim/test_signer.hpp"

#include <gtest/gtest.h>
#include <string>

namespace bonafide::dkim {
namespace {

using testing::read_header;

std::string canonical(std::string_view field, Canonicalization kind) {
    std::string out;
    const mail::HeaderBlock block = read_header(field);
    append_canonical(out, block[0], kind);
    return out;
}

TEST(CanonicalHeader, Rfc6376Section345Examples) {
    EXPECT_EQ(canonical("A: X", Canonicalization::relaxed), "a:X\r\n");
    EXPECT_EQ(canonical("B : Y\t\r\n\tZ  ", Canonicalization::relaxed), "b:Y Z\r\n");
    EXPECT_EQ(canonical("B : Y\t\r\n\tZ  ", Canonicalization::simple), "B : Y\t\r\n\tZ  \r\n");
}

TEST(CanonicalHeader, OddFields) { // RFC 6376 3.4.2
    const std::vector<std::pair<std::string, std::string>> rows{
        {"Subject :  a\r\n\tb ", "subject:a b\r\n"},
        {"Subject:", "subject:\r\n"},
        {"Subject: \r\n \r\n\t", "subject:\r\n"},
        {"SUBJECT:a\v b\f", "subject:a\v b\f\r\n"},
        {"Subject:\xc2\xa0"
         "a\xc2\xa0",
         "subject:\xc2\xa0"
         "a\xc2\xa0\r\n"},
        {"X:a\rb \r c", "x:a\rb \r c\r\n"},
    };
    for (const auto& [field, expected] : rows)
        EXPECT_EQ(canonical(field, Canonicalization::relaxed), expected) << field;
}

TEST(CanonicalHeader, OwnSignatureLosesOnlyTheValueOfB) { // RFC 6376 3.7
    const mail::HeaderBlock block = read_header("DKIM-Signature: v=1; b= ab\r\n cd ; z=b=x;\r\n s=y");
    const Tag b = *parse_tags(block[0].value).find("b");
    std::string out;
    append_canonical_unsigned(out, block[0], {b.begin, b.end}, Canonicalization::relaxed);
    EXPECT_EQ(out, "dkim-signature:v=1; b=; z=b=x; s=y");
    out.clear();
    append_canonical_unsigned(out, block[0], {b.begin, b.end}, Canonicalization::simple);
    EXPECT_EQ(out, "DKIM-Signature: v=1; b=; z=b=x;\r\n s=y");
}

TEST(HeaderIndex, TakesFromTheBottomUp) { // RFC 6376 5.4.2
    const mail::HeaderBlock block = read_header("A: 1\r\nB: 2\r\na: 3\r\nC: 4\r\nA : 5\r\n");
    const HeaderIndex index(block);
    HeaderIndex::Walk walk(index, 99);
    EXPECT_EQ(walk.take("a"), 4U);
    EXPECT_EQ(walk.take("A"), 2U);
    EXPECT_EQ(walk.take("b"), 1U);
    EXPECT_EQ(walk.take("a"), 0U);
    EXPECT_EQ(walk.take("a"), std::nullopt);
    EXPECT_EQ(walk.take("a"), std::nullopt);
    EXPECT_EQ(walk.take("b"), std::nullopt);
    EXPECT_EQ(walk.take("zz"), std::nullopt);
    HeaderIndex::Walk other(index, 2);
    EXPECT_EQ(other.take("a"), 4U);
    EXPECT_EQ(other.take("a"), 0U) << "the signature's own field is never meant";
    EXPECT_EQ(other.take("a"), std::nullopt);
}

TEST(HeaderIndex, EmptyHeader) {
    const mail::HeaderBlock block;
    const HeaderIndex index(block);
    EXPECT_EQ(HeaderIndex::Walk(index, 0).take("from"), std::nullopt);
}

} // namespace
} // namespace bonafide::dkim
