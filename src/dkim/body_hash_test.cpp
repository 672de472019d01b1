#include "base/base64.hpp"
#include "dkim/body_hash.hpp"
#include "dkim/odd_space.hpp"
#include "dkim/reference_canonical.hpp"

#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

namespace bonafide::dkim {
namespace {

constexpr auto simple = Canonicalization::simple;
constexpr auto relaxed = Canonicalization::relaxed;

crypto::Sha256Digest hash(Canonicalization kind, const std::vector<std::string>& chunks) {
    BodyHash body(kind);
    body.want({});
    for (const std::string& chunk : chunks) body.update(chunk);
    body.finish();
    return body.digest({}).value();
}

TEST(BodyHash, Rfc6376Section345Examples) {
    const std::string body = " C \r\nD \t E\r\n\r\n\r\n";
    EXPECT_EQ(hash(simple, {body}), crypto::sha256(" C \r\nD \t E\r\n"));
    EXPECT_EQ(hash(relaxed, {body}), crypto::sha256(" C\r\nD E\r\n"));
}

TEST(BodyHash, Rfc6376EmptyBodyHashes) {
    EXPECT_EQ(base64::encode(hash(simple, {})), "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=");  // 3.4.3
    EXPECT_EQ(base64::encode(hash(relaxed, {})), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="); // 3.4.4
}

TEST(BodyHash, OddBodies) {
    struct Row {
        std::string body, as_simple, as_relaxed;
    };
    const std::string long_line(3000, 'x');
    const std::vector<Row> rows{
        {"\r\n", "\r\n", ""},
        {"\r\n\r\n\r\n", "\r\n", ""},
        {" \t\r\n", " \t\r\n", ""},
        {" \t\r\n \r\n", " \t\r\n \r\n", ""},
        {"   ", "   \r\n", ""},
        {"a", "a\r\n", "a\r\n"},
        {"a  ", "a  \r\n", "a\r\n"},
        {"a \r\n\t", "a \r\n\t\r\n", "a\r\n"},
        {"a\r\n\r\n", "a\r\n", "a\r\n"},
        {"\r\n\r\na\r\n", "\r\n\r\na\r\n", "\r\n\r\na\r\n"},
        {"a\r\n \r\nb\r\n", "a\r\n \r\nb\r\n", "a\r\n\r\nb\r\n"},
        {"a\tb\r\n", "a\tb\r\n", "a b\r\n"},
        {"\ta\r\n", "\ta\r\n", " a\r\n"},
        {"a \t b", "a \t b\r\n", "a b\r\n"},
        {"a\r", "a\r\r\n", "a\r\r\n"}, // a CR alone is content
        {"a\r\r\n", "a\r\r\n", "a\r\r\n"},
        {"a \rb\r\n", "a \rb\r\n", "a \rb\r\n"}, // so the SP before it stays
        {"a  \rb\r\n", "a  \rb\r\n", "a \rb\r\n"},
        {"a \r\r\nb", "a \r\r\nb\r\n", "a \r\r\nb\r\n"},
        {"a\t\r\tb", "a\t\r\tb\r\n", "a \r b\r\n"},
        {"a\nb\n", "a\nb\n\r\n", "a\nb\n\r\n"}, // and so is a LF alone
        {"\r", "\r\r\n", "\r\r\n"},
        {" \r", " \r\r\n", " \r\r\n"},
        {std::string("a\0 \0\r\n", 6), std::string("a\0 \0\r\n", 6), std::string("a\0 \0\r\n", 6)},
        {"a\v \f\r\n", "a\v \f\r\n", "a\v \f\r\n"}, // VT and FF are no WSP
        {"a\xc2\xa0 \r\n", "a\xc2\xa0 \r\n", "a\xc2\xa0\r\n"},
        {long_line + "  " + long_line + " \r\n", long_line + "  " + long_line + " \r\n",
         long_line + " " + long_line + "\r\n"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(hash(simple, {row.body}), crypto::sha256(row.as_simple)) << ::testing::PrintToString(row.body);
        EXPECT_EQ(hash(relaxed, {row.body}), crypto::sha256(row.as_relaxed)) << ::testing::PrintToString(row.body);
        EXPECT_EQ(reference_canonical(row.body, simple), row.as_simple);
        EXPECT_EQ(reference_canonical(row.body, relaxed), row.as_relaxed);
    }
}

TEST(BodyHash, EverySplitPointGivesTheSame) {
    const std::string body = "one  two \t\r\n\r\n \r\nthree\r four \r\r\n\tfive\r\n \t\r\n\r\nsix \r\n\r\n";
    for (const auto kind : {simple, relaxed}) {
        const crypto::Sha256Digest whole = hash(kind, {body});
        EXPECT_EQ(whole, crypto::sha256(reference_canonical(body, kind)));
        for (std::size_t i = 0; i <= body.size(); ++i) {
            EXPECT_EQ(hash(kind, {body.substr(0, i), body.substr(i)}), whole) << i;
            for (std::size_t j = i; j <= body.size(); j += 3)
                EXPECT_EQ(hash(kind, {body.substr(0, i), body.substr(i, j - i), body.substr(j)}), whole)
                    << i << ' ' << j;
        }
        std::vector<std::string> bytes;
        for (const char c : body) bytes.emplace_back(1, c);
        EXPECT_EQ(hash(kind, bytes), whole);
    }
}

TEST(BodyHash, RandomTextAgreesWithTheReference) {
    std::mt19937 random(7);
    const std::string letters = "aaaab   \t\r\n";
    for (int round = 0; round < 400; ++round) {
        std::string body;
        const std::size_t size = random() % 700;
        while (body.size() < size) {
            if (random() % 5 == 0) {
                body += "\r\n";
            } else {
                body.append(1 + (random() % 20 == 0 ? random() % 90 : 0), letters[random() % letters.size()]);
            }
        }
        const std::size_t cut = random() % (body.size() + 1);
        for (const auto kind : {simple, relaxed})
            ASSERT_EQ(hash(kind, {body.substr(0, cut), body.substr(cut)}),
                      crypto::sha256(reference_canonical(body, kind)))
                << ::testing::PrintToString(body) << " cut at " << cut;
    }
}

TEST(BodyHash, SeveralLengthsShareOnePass) { // RFC 6376 3.5 l=
    const std::string body = "ab  c\r\n\r\n";
    const std::string canonical = "ab c\r\n";
    BodyHash hash(relaxed);
    for (const std::uint64_t length : {3ULL, 0ULL, 6ULL, 5ULL, 7ULL, 3ULL, ~0ULL}) hash.want(length);
    hash.want({});
    hash.update(body);
    hash.finish();
    EXPECT_EQ(hash.size(), canonical.size());
    for (const std::uint64_t length : {0U, 3U, 5U, 6U}) // 5 cuts inside the CRLF
        EXPECT_EQ(hash.digest(length), crypto::sha256(canonical.substr(0, length))) << length;
    EXPECT_EQ(hash.digest(7), std::nullopt);
    EXPECT_EQ(hash.digest(~0ULL), std::nullopt);
    EXPECT_EQ(hash.digest({}), crypto::sha256(canonical));
}

TEST(BodyHash, LengthAloneStillCountsTheWholeBody) {
    BodyHash hash(simple);
    hash.want(2);
    hash.update("abc\r\n");
    hash.update("defg\r\n\r\n");
    hash.finish();
    EXPECT_EQ(hash.digest(2), crypto::sha256("ab"));
    EXPECT_EQ(hash.size(), 11U);
    EXPECT_EQ(hash.digest({}), std::nullopt) << "the whole was not wanted";
}

TEST(BodyHash, StateIsSmall) { EXPECT_LE(sizeof(BodyHash), 256U); }

TEST(OddSpace, FastAndPortableAgree) {
    std::mt19937 random(11);
    std::string text(1 + 64 * block_bytes, 'x');
    for (int round = 0; round < 50; ++round) {
        for (char& c : text) c = "x \t\r\nyzabc"[random() % 10];
        std::vector<std::uint64_t> fast(64);
        std::vector<std::uint64_t> portable(64);
        find_odd_space(text.data() + 1, 64, fast.data());
        find_odd_space_portable(text.data() + 1, 64, portable.data());
        ASSERT_EQ(fast, portable);
    }
}

} // namespace
} // namespace bonafide::dkim
