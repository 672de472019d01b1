#include "dns/idna.hpp"

#include <gtest/gtest.h>
#include <string>

namespace bonafide::dns {
namespace {

TEST(Idna, ULabelsBecomeALabels) {
    const std::pair<std::string, std::string_view> cases[] = {
        {"b\xc3\xbc"
         "cher.example",
         "xn--bcher-kva.example"},
        {"B\xc3\x9c"
         "CHER.Example.",
         "xn--bcher-kva.example"},
        {"bu\xcc\x88"
         "cher.example",
         "xn--bcher-kva.example"},                    // decomposed
        {"fa\xc3\x9f.example", "xn--fa-hia.example"}, // non-transitional: sharp s stays
        {"_dmarc.b\xc3\xbc"
         "cher.example",
         "_dmarc.xn--bcher-kva.example"},
        {"s1._domainkey.b\xc3\xbc"
         "cher.example",
         "s1._domainkey.xn--bcher-kva.example"},
        {"b\xc3\xbc"
         "cher\xe3\x80\x82"
         "example",
         "xn--bcher-kva.example"}, // U+3002, ideographic full stop
        {"\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88", "xn--r8jz45g.xn--zckzah"},
    };
    for (const auto& [text, ascii] : cases) {
        const auto result = to_ascii(text);
        EXPECT_EQ(result.value_or(result ? "" : "error: " + result.error().text), ascii) << text;
    }
}

TEST(Idna, AsciiIsOnlyNormalized) {
    EXPECT_EQ(to_ascii("Example.ORG."), "example.org");
    EXPECT_EQ(to_ascii(""), "");
    EXPECT_EQ(to_ascii("XN--BCHER-KVA.example"), "xn--bcher-kva.example");
    EXPECT_EQ(to_ascii("a b..c"), "a b..c");                      // is_valid's matter
    EXPECT_EQ(to_ascii("\xc3\xbc..example"), "xn--tda..example"); // and so is an empty label
}

TEST(Idna, Refuses) {
    const std::string bad[] = {
        "b\xfc"
        "cher.example",                        // latin-1
        "\xc3.example",                        // cut short
        std::string("\xc3\xbc\0.example", 11), //
        "\xe2\x80\x8e.example",                // U+200E alone maps to nothing
        "a\xef\xbc\xa0"
        "b.example", // U+FF20 is '@'
        "a\xe2\x84\x80"
        "b.example",                               // U+2100 is "a/c"
        "\xc3\xbc \xe3\x80\x80.example",           // blanks
        std::string(70, 'a') + "\xc3\xbc.example", // label too long
        std::string(600, 'a') + std::string(300, '\xc3') + "\xbc",
        "\xcc\x88"
        "a.example", // begins with a combining mark
    };
    for (const auto& text : bad) {
        const auto result = to_ascii(text);
        EXPECT_FALSE(result.has_value()) << text << " -> " << result.value_or("");
    }
    EXPECT_EQ(to_ascii(bad[4]).error().section, "RFC 8616 4");
}

TEST(Idna, LimitOfInput) {
    std::string text;
    while (text.size() < 1100) text += "\xc3\xbc.";
    EXPECT_FALSE(to_ascii(text).has_value());
}

} // namespace
} // namespace bonafide::dns
