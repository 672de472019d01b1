#include "text/catalogue.hpp"

#include <gtest/gtest.h>

namespace bonafide::text {
namespace {

constexpr std::string_view known = "healthy: nothing to do for {domain}"; // of src/cli, translated everywhere

TEST(Catalogue, EnglishIsThePatternItself) {
    EXPECT_EQ(Catalogue::english().render(say(known, {{"domain", "example.com"}})),
              "healthy: nothing to do for example.com");
}

TEST(Catalogue, WhatGoesIntoPlacesIsEscapedAndCut) {
    const std::string long_value(Catalogue::most_place_bytes + 1, 'x');
    const std::string at_limit(Catalogue::most_place_bytes, 'x');
    EXPECT_EQ(Catalogue::english().render(say("{a}", {{"a", at_limit}})), at_limit);
    EXPECT_NE(Catalogue::english().render(say("{a}", {{"a", long_value}})), long_value);
    EXPECT_EQ(Catalogue::english().render(
                  say("{name} says {what}", {{"name", "a\r\nb"}, {"what", say("no: {count}", {{"count", 3}})}})),
              "a\\x0d\\x0ab says no: 3");
}

TEST(Catalogue, OddPatternsStayAsTheyAre) {
    for (const std::string_view pattern : {"{open", "close}", "{unknown}", "{}", ""})
        EXPECT_EQ(Catalogue::english().render({pattern, {}}), pattern);
}

TEST(Catalogue, HtmlIsEscapedAndPlacesAreIsolated) {
    EXPECT_EQ(Catalogue::english().render(say("a < {b}", {{"b", "<script>\"&"}}), Medium::html),
              "a &lt; <bdi>&lt;script&gt;&quot;&amp;</bdi>");
}

TEST(Catalogue, EveryLanguageTranslates) {
    for (const std::string_view language : {"pl", "fi", "ar"}) {
        const auto catalogue = Catalogue::open(language);
        ASSERT_TRUE(catalogue) << language;
        const std::string text = (*catalogue)->render(say(known, {{"domain", "example.com"}}));
        EXPECT_NE(text, "healthy: nothing to do for example.com") << language;
        EXPECT_NE(text.find("example.com"), std::string_view::npos) << text;
        EXPECT_EQ(
            (*catalogue)->render(say("not in any catalogue: {a}", {{"a", "b"}})).starts_with("not in any catalogue"),
            true);
    }
}

TEST(Catalogue, PlacesKeepTheirDirectionInArabic) {
    const auto arabic = Catalogue::open("ar");
    ASSERT_TRUE(arabic);
    EXPECT_TRUE((*arabic)->right_to_left());
    const std::string text = (*arabic)->render(say(known, {{"domain", "example.com"}}));
    EXPECT_NE(text.find("\u2068example.com\u2069"), std::string_view::npos) << text;
    const std::string forged = (*arabic)->render(say(known, {{"domain", "a\u2069b\u202e"}}));
    EXPECT_EQ(forged.find("\u202e"), std::string_view::npos) << "a value cannot leave its isolate";
    EXPECT_EQ(forged.find("\u2069"), forged.rfind("\u2069"));
}

TEST(Catalogue, UnknownLanguagesNameThoseThereAre) {
    const auto none = Catalogue::open("xx");
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().text, "there is no language \"xx\" here, only: en ar fi pl");
}

TEST(Catalogue, TheLanguageFollowsTheLocale) {
    struct Row {
        Catalogue::Locale locale;
        std::string_view expected;
    };
    for (const Row& row : {
             Row{{}, "en"},
             Row{{.lang = "pl_PL.UTF-8"}, "pl"},
             Row{{.lang = "fi"}, "fi"},
             Row{{.lang = "de_DE.UTF-8"}, "en"},
             Row{{.lang = "pl_PL.ISO-8859-2"}, "en"},
             Row{{.lang = "ar_EG.utf8@x"}, "ar"},
             Row{{.lc_all = "C", .lang = "pl_PL.UTF-8"}, "en"},
             Row{{.lc_messages = "fi_FI.UTF-8", .lang = "pl_PL.UTF-8"}, "fi"},
             Row{{.lc_all = "C", .language = "pl"}, "en"},
             Row{{.lang = "en_US.UTF-8", .language = "de:pl"}, "pl"},
         })
        EXPECT_EQ(Catalogue::choose(row.locale), row.expected) << row.locale.lang << ' ' << row.locale.language;
}

} // namespace
} // namespace bonafide::text
