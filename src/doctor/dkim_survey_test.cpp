#include "doctor/dkim.hpp"
#include "doctor/provider.hpp"
#include "doctor/test_dkim.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace bonafide::doctor {
namespace {

using namespace testing;

Subject subject() { return {.domain = "example.com"}; }

std::vector<std::string> names_of(const std::vector<Selector>& selectors, SelectorOrigin origin) {
    std::vector<std::string> names;
    for (const Selector& one : selectors)
        if (one.origin == origin) names.push_back(one.name);
    return names;
}

TEST(DkimSelectors, KnownOnesComeBeforeTheUsual) {
    Subject about = subject();
    about.keys.push_back({.selector = "bf", .public_key = {}, .type = "rsa"});
    about.selectors = {"bf", "news", "mail._domainkey", "old._domainkey.example.com", ""};
    about.local_zone = known(R"({"panel._domainkey.example.com": {"TXT": ["x"]}, "other.example.com": {"TXT": ["x"]},
        "_report._domainkey.example.com": {"TXT": ["x"]}, "*._domainkey.example.com": {"TXT": ["x"]},
        "far._domainkey.shop.example.com": {"TXT": ["x"]}, "_domainkey.example.com": {"TXT": ["x"]}})");
    const auto selectors = selectors_to_ask(about);
    EXPECT_EQ(names_of(selectors, SelectorOrigin::key_in_use), std::vector<std::string>{"bf"});
    EXPECT_EQ(names_of(selectors, SelectorOrigin::given), (std::vector<std::string>{"news", "mail", "old"}));
    EXPECT_EQ(names_of(selectors, SelectorOrigin::zone_file), std::vector<std::string>{"panel"});
    EXPECT_EQ(names_of(selectors, SelectorOrigin::table).size(), usual_selectors().size() - 1) << "mail was given";
}

TEST(DkimSelectors, ThereAreNoMoreThanMayBeAsked) {
    const std::size_t usual = usual_selectors().size();
    ASSERT_LT(usual, most_selectors);
    for (const std::size_t given : {most_selectors - usual, most_selectors - usual + 1, most_selectors + 5}) {
        Subject about = subject();
        for (std::size_t i = 0; i < given; ++i) about.selectors.push_back(fmt::format("x{}", i));
        const auto selectors = selectors_to_ask(about);
        EXPECT_EQ(selectors.size(), most_selectors);
        EXPECT_EQ(names_of(selectors, SelectorOrigin::given).size(), std::min(given, most_selectors));
    }
}

TEST(DkimSurvey, HoldsWhatStandsAndWhatWasAskedFor) {
    Subject about = subject();
    about.selectors = {"gone"};
    const auto dns =
        zone(R"({"s1._domainkey.example.com": {"CNAME": "a.example.net"}, "a.example.net": {"CNAME": "b.example.net"},
        "b.example.net": {"TXT": [["v=DKIM1; ", "p=$RSA"]]}})");
    const DkimSurvey survey = dns::run(survey_dkim(about), *dns);
    ASSERT_EQ(survey.keys.size(), 2U);
    EXPECT_EQ(survey.tried, usual_selectors().size() + 1);
    EXPECT_EQ(survey.keys[0].selector, "gone");
    EXPECT_TRUE(survey.keys[0].records.empty());
    EXPECT_EQ(survey.keys[1].alias, "a.example.net");
    EXPECT_EQ(survey.keys[1].records.at(0).code, dkim::Code::ok);
    EXPECT_TRUE(survey.has_usable_key());
}

TEST(DkimSurvey, AHealthyDomainIsAskedOneQuestionASelector) {
    const auto dns = zone(R"({"mail._domainkey.example.com": {"TXT": ["v=DKIM1; p=$RSA"]}})");
    dns::Transcript transcript;
    const DkimSurvey survey = dns::run(survey_dkim(subject()), *dns, &transcript);
    EXPECT_TRUE(survey.has_usable_key());
    EXPECT_EQ(transcript.exchanges().size(),
              usual_selectors().size() + 2); // and _domainkey, and whether all are answered alike
}

TEST(DkimSurvey, WildcardsAreTold) {
    const auto of = [](std::string_view lines) {
        const auto dns = zone("$ORIGIN example.com.\n$TTL 300\n@ A 192.0.2.1\n" + std::string(lines) + "\n");
        return dns::run(survey_dkim(subject()), *dns);
    };
    const DkimSurvey text = of("*._domainkey TXT \"one\"\n*._domainkey TXT \"two\"");
    EXPECT_TRUE(text.wildcard && text.keys.empty() && !text.has_selectors);
    EXPECT_EQ(text.wildcard_texts.size(), 2U);
    const DkimSurvey alias = of("* CNAME www.example.net.");
    EXPECT_EQ(alias.wildcard_alias, "www.example.net");
    EXPECT_TRUE(alias.keys.empty() && !alias.has_selectors);
    const DkimSurvey beside = of("*._domainkey TXT \"v=DKIM1; p=\"\nmail._domainkey TXT \"v=DKIM1; p=$RSA\"");
    ASSERT_EQ(beside.keys.size(), 1U);
    EXPECT_EQ(beside.keys[0].selector, "mail");
    EXPECT_FALSE(beside.keys[0].by_wildcard);
    const DkimSurvey keys = of("*._domainkey TXT \"v=DKIM1; p=$RSA\"");
    ASSERT_EQ(keys.keys.size(), 1U) << "one row, not one for each selector";
    EXPECT_EQ(keys.keys[0].selector, "*");
    EXPECT_TRUE(keys.has_usable_key());
}

TEST(DkimSurvey, TellsWhetherSelectorsExist) {
    const auto of = [](std::string_view text) { return dns::run(survey_dkim_surroundings(subject()), *zone(text)); };
    EXPECT_TRUE(of("$ORIGIN example.com.\n$TTL 1\nx._domainkey TXT \"p=\"\n").has_selectors);
    EXPECT_FALSE(of("$ORIGIN example.com.\n$TTL 1\nwww A 192.0.2.1\n").has_selectors);
    EXPECT_FALSE(of("$ORIGIN example.com.\n$TTL 1\n* A 192.0.2.1\n").has_selectors);
    EXPECT_FALSE(of(R"({"_domainkey.example.com": {"TIMEOUT": true}})").has_selectors);
}

TEST(DkimSurvey, KeysInTheWrongPlaceAreLookedForUpToABound) {
    const auto found_among = [](std::size_t before, std::size_t keys) {
        std::string text = "{";
        for (std::size_t i = 0; i < before; ++i) text += fmt::format(R"("a{:05}.example.com": {{"TXT": ["x"]}},)", i);
        for (std::size_t i = 0; i < keys; ++i)
            text += fmt::format(R"("k{}.example.com": {{"TXT": ["v=DKIM1; p=$RSA"]}},)", i);
        Subject about = subject();
        about.all_of_dns = known(text + R"("z.example.com": {"TXT": ["x"]}})");
        return dns::run(survey_dkim_surroundings(about), *about.all_of_dns->answers).misplaced.size();
    };
    EXPECT_EQ(found_among(0, most_misplaced_keys), most_misplaced_keys);
    EXPECT_EQ(found_among(0, most_misplaced_keys + 1), most_misplaced_keys);
    EXPECT_EQ(found_among(most_zone_names - 1, 1), 1U);
    EXPECT_EQ(found_among(most_zone_names, 1), 0U);
}

TEST(Provider, IsFoundByTheAliasOfAKey) {
    EXPECT_EQ(provider_of_alias("selector1-example-com._domainkey.example.onmicrosoft.com"),
              find_provider("microsoft365"));
    EXPECT_EQ(provider_of_alias("onmicrosoft.com"), nullptr);
    EXPECT_EQ(provider_of_alias("key.example.net"), nullptr);
    EXPECT_EQ(provider_of_alias(""), nullptr);
}

} // namespace
} // namespace bonafide::doctor
