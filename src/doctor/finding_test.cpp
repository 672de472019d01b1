#include "doctor/finding.hpp"
#include "doctor/provider.hpp"
#include "text/catalogue.hpp"

#include <gtest/gtest.h>
#include <set>

namespace bonafide::doctor {
namespace {

using enum Severity;
using text::say;

TEST(Finding, CausesStandBeforeConsequences) {
    std::vector<Finding> findings{{"tlsrpt.none", notice}, {"dmarc.weak", warning}, {"dkim.none_found", error},
                                  {"spf.none", error},     {"dnssec.bogus", error}, {"mx.ok", ok}};
    sort(findings);
    std::vector<std::string_view> order;
    for (const Finding& finding : findings) order.push_back(finding.id);
    EXPECT_EQ(order, (std::vector<std::string_view>{"dnssec.bogus", "spf.none", "dkim.none_found", "dmarc.weak",
                                                    "tlsrpt.none", "mx.ok"}));
}

TEST(Finding, TheGradeNamesTheFindingThatMadeIt) {
    const std::vector<Finding> findings{{"tlsrpt.none", notice}, {"dmarc.weak", warning}, {"spf.ptr", warning}};
    EXPECT_EQ(grade(findings).letter, "C");
    EXPECT_EQ(grade(findings).because, "dmarc.weak");
    EXPECT_EQ(grade({}).letter, "A");
}

TEST(Finding, AnErrorInItsMilderFormCostsLess) {
    const std::vector<Finding> mild{{"dkim.weak", warning}}, bad{{"dkim.weak", error}};
    EXPECT_EQ(grade(mild).letter, "C");
    EXPECT_EQ(grade(bad).letter, "D");
}

TEST(Finding, IdsAreUnique) {
    std::set<std::string_view> seen;
    for (const Id& row : ids()) EXPECT_TRUE(seen.insert(row.id).second) << row.id;
}

TEST(Text, PlacesAreFilledAndEscaped) {
    const text::Text text =
        say("{name} says {what}", {{"name", "a\r\nb"}, {"what", say("no: {count}", {{"count", 3}})}});
    EXPECT_EQ(text::Catalogue::english().render(text), "a\\x0d\\x0ab says no: 3");
    EXPECT_EQ(text::Catalogue::english().render(say("{open")), "{open");
}

TEST(Provider, IsFoundByWhatCustomersPublish) {
    ASSERT_NE(find_provider("google"), nullptr);
    EXPECT_EQ(provider_of_include("_spf.google.com"), find_provider("google"));
    EXPECT_EQ(provider_of_include("example.com"), nullptr);
    EXPECT_EQ(provider_of_mx("example-com.mail.protection.outlook.com"), find_provider("microsoft365"));
}

} // namespace
} // namespace bonafide::doctor
