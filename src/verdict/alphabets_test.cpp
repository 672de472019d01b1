#include "verdict/alphabets.hpp"

#include <gtest/gtest.h>

namespace bonafide::verdict {
namespace {

TEST(Alphabets, OfLetters) {
    EXPECT_EQ(alphabets_of("a1-b"), std::vector<std::string>{"Latin"});
    EXPECT_EQ(alphabets_of("pаypal"), (std::vector<std::string>{"Latin", "Cyrillic"}));
    EXPECT_EQ(alphabets_of("123-"), std::vector<std::string>{});
    EXPECT_EQ(alphabets_of("\xff\xfe"), std::vector<std::string>{});
}

TEST(Alphabets, AsLanguagesWriteThemAreNotMixed) {
    for (const char* label : {"example", "münchen", "żółw", "пример", "παράδειγμα", "例え", "東京タワー", "한국어abc",
                              "東京abc", "مثال", "example-2026"})
        EXPECT_FALSE(mixes_alphabets(label)) << label;
    for (const char* label : {"pаypal", "gοοgle", "аррӏe1abc"}) EXPECT_TRUE(mixes_alphabets(label)) << label;
}

TEST(OddLetters, OfDomains) {
    for (const char* domain : {"example.com", "münchen.example", "пример.рф", "xn--e1afmkfd.xn--p1ai", "例え.jp",
                               "сору.рф", "", ".", "xn--.com", "xn--a.com"})
        EXPECT_EQ(odd_letters(domain), OddLetters{}) << domain;
    const OddLetters mixed = odd_letters("mail.pаypal.com");
    EXPECT_EQ(mixed, (OddLetters{"pаypal", {"Latin", "Cyrillic"}, true, "paypal"}));
    EXPECT_EQ(odd_letters("xn--pypal-4ve.com"), (OddLetters{"pаypal", {"Latin", "Cyrillic"}, true, "paypal"}));
    const OddLetters whole = odd_letters("сору.com"); // Cyrillic throughout
    EXPECT_FALSE(whole.mixed);
    EXPECT_EQ(whole.latin, "copy");
    EXPECT_EQ(whole.alphabets, std::vector<std::string>{"Cyrillic"});
}

} // namespace
} // namespace bonafide::verdict
