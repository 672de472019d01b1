#include "base/test_cost.hpp"
#include "mail/encoded_word.hpp"

#include <gtest/gtest.h>

namespace bonafide::mail {
namespace {

struct Row {
    std::string_view text;
    std::string_view shown;
};

class Decodes : public ::testing::TestWithParam<Row> {};

TEST_P(Decodes, AsAReaderShowsIt) { EXPECT_EQ(decode_encoded_words(GetParam().text), GetParam().shown); }

// RFC 2047 8; the first words of its From, To, CC and Subject fields.
INSTANTIATE_TEST_SUITE_P(Rfc2047Section8, Decodes,
                         ::testing::Values(Row{"=?US-ASCII?Q?Keith_Moore?=", "Keith Moore"},
                                           Row{"=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?=", "Keld Jørn Simonsen"},
                                           Row{"=?ISO-8859-1?Q?Andr=E9?= Pirard", "André Pirard"},
                                           Row{"=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n"
                                               " =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
                                               "If you can read this you understand the example."},
                                           Row{"=?ISO-8859-1?Q?a?=", "a"}, Row{"=?ISO-8859-1?Q?a?= b", "a b"},
                                           Row{"=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"},
                                           Row{"=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=", "ab"},
                                           Row{"=?ISO-8859-1?Q?a_b?=", "a b"},
                                           Row{"=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"}));

INSTANTIATE_TEST_SUITE_P(
    Charsets, Decodes,
    ::testing::Values(Row{"=?koi8-r?B?6dfBziDwxdTSz9c=?=", "Иван Петров"}, Row{"=?windows-1251?Q?=CF=F0?=", "Пр"},
                      Row{"=?ISO-2022-JP?B?GyRCO0VFRBsoQg==?=", "仕田"}, Row{"=?shift_jis?Q?=93=8C?=", "東"},
                      Row{"=?gb2312?B?zfXQocP3?=", "王小明"}, Row{"=?ks_c_5601-1987?B?sei/tQ==?=", "김영"},
                      Row{"=?utf-16be?Q?=04=18?=", "И"}, Row{"=?utf-7?Q?+BBg-?=", "И"},
                      Row{"=?windows-1252?Q?=93A=94?=", "“A”"}, Row{"=?iso-8859-1?Q?=93A=94?=", "“A”"},
                      Row{"=?utf-8*en?Q?=C3=A9?=", "é"}, Row{"=?x-unknown?Q?caf=C3=A9?=", "café"},
                      Row{"=?../../etc/passwd?Q?a?=", "=?../../etc/passwd?Q?a?="}, Row{"=?UTF8?q?=C3=A9?=", "é"}));

INSTANTIATE_TEST_SUITE_P(LaxAsReaders, Decodes,
                         ::testing::Values(Row{"", ""}, Row{"Ann Doe", "Ann Doe"},
                                           Row{"=?utf-8?Q?Ann Doe?=", "Ann Doe"}, Row{"x=?utf-8?Q?a?=y", "xay"},
                                           Row{"=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"},
                                           Row{"=?utf-8?Q?what?_now?=", "what? now"},
                                           Row{"=?utf-8?Q?=C3?= =?utf-8?Q?=A9?=", "é"}, Row{"=?utf-8?b?w6k?=", "é"},
                                           Row{"=?utf-8?B?w6 k==?=", "é"}, Row{"=?utf-8?B?w6kx?=", "é1"},
                                           Row{"=?utf-8?Q?=ZZ=4?=", "=ZZ=4"}, Row{"=?utf-8?Q?\?=", ""},
                                           Row{"=?utf-8?X?a?=", "=?utf-8?X?a?="}, Row{"=?utf-8?Q?a", "=?utf-8?Q?a"},
                                           Row{"=?", "=?"}, Row{"=?\?q?a?=", "=?\?q?a?="}, Row{"\xff", "\xef\xbf\xbd"},
                                           Row{"=?utf-8?Q?=FF?=", "\xef\xbf\xbd"},
                                           Row{"=?utf-8?Q?a=00b=0Ac?=", "a b c"}, Row{"a\r\n b\tc", "a b c"}));

TEST(EncodedWords, AreCutAtTheLimitBetweenCharacters) {
    EXPECT_EQ(decode_encoded_words("=?utf-8?Q?=C3=A9=C3=A9?=", 4), "éé");
    EXPECT_EQ(decode_encoded_words("=?utf-8?Q?=C3=A9=C3=A9?=", 3), "é");
    EXPECT_EQ(decode_encoded_words("abc", 3), "abc");
    EXPECT_EQ(decode_encoded_words("abcd", 3), "abc");
    EXPECT_EQ(decode_encoded_words("=?koi8-r?Q?=C1=C1?=", 3), "а");
    EXPECT_EQ(decode_encoded_words("a", 0), "");
}

TEST(EncodedWords, CharsetNamesAreBounded) {
    const std::string name(64, 'a');
    EXPECT_EQ(decode_encoded_words("=?" + name + "?q?b?="), "b");
    EXPECT_EQ(decode_encoded_words("=?" + name + "a?q?b?="), "=?" + name + "a?q?b?=");
}

TEST(EncodedWords, HostileTextCostsLittle) {
    std::string words, ends, opens;
    while (words.size() < 1'000'000) words += "=?koi8-r?q?=C1?==?windows-1251?q?=E0?=";
    while (ends.size() < 1'000'000) ends += "=?a?q?x";
    while (opens.size() < 1'000'000) opens += "=?";
    const double before = testing::processor_seconds();
    EXPECT_LE(decode_encoded_words(words).size(), 4096U);
    EXPECT_LE(decode_encoded_words(ends, 2'000'000).size(), 2'000'000U);
    EXPECT_LE(decode_encoded_words(opens, 2'000'000).size(), 2'000'000U);
    EXPECT_LT(testing::processor_seconds() - before, 0.5 * testing::slow_build);
}

TEST(EncodeWords, PlainTextStaysAsItIs) {
    EXPECT_EQ(encode_words("Rule \"no proof\" = (100%)?"), "Rule \"no proof\" = (100%)?");
    EXPECT_EQ(encode_words(""), "");
}

TEST(EncodeWords, OtherTextComesBack) {
    const std::string long_text =
        "Größe und Gewicht: 仕田 Иван Петров, 12 мая; \xf0\x9f\x93\xa7 и так далее, и тому подобное";
    for (const std::string& text : {std::string("é"), std::string("=?utf-8?Q?a?="), long_text}) {
        const std::string encoded = encode_words(text);
        EXPECT_NE(encoded, text);
        EXPECT_EQ(decode_encoded_words(encoded), text);
    }
}

TEST(EncodeWords, NoLineIsTooLongAndNoCharacterIsCut) { // RFC 2047 2, 5 (3)
    std::string text;
    for (int i = 0; i < 100; ++i) text += i % 3 == 0 ? "仕" : "é";
    std::string encoded = "X: " + encode_words(text);
    for (std::string_view rest = encoded; !rest.empty();) {
        const std::size_t end = std::min(rest.find("\r\n"), rest.size());
        EXPECT_LE(rest.substr(0, end).size(), 76U - 8);
        const std::string_view line = rest.substr(0, end);
        EXPECT_FALSE(decode_encoded_words(line).contains("\xef\xbf\xbd")) << line;
        rest.remove_prefix(std::min(end + 2, rest.size()));
    }
}

TEST(EncodeWords, NothingBreaksTheLine) {
    const std::string encoded = encode_words(std::string("a\r\nBcc: x@y\0\xff\x1b", 14));
    EXPECT_EQ(encoded.find_first_of(std::string_view("\r\n\0\x1b\xff", 5)), std::string::npos) << encoded;
    EXPECT_EQ(decode_encoded_words(encoded), "a  Bcc: x@y \xef\xbf\xbd ");
}

} // namespace
} // namespace bonafide::mail
