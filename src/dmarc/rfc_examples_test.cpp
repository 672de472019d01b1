// The examples of RFC 9989 B, written from its text: zones as it prints them, identifiers as its messages name them. B.4 stands in
// evaluate_test.cpp and discover_test.cpp.
#include "dmarc/dmarc.hpp"
#include "dmarc/external_destination.hpp"
#include "dns/zone.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::dmarc {
namespace {

constexpr std::string_view monitoring = R"(
$ORIGIN example.com.
; DMARC Policy Record for the domain example.com
_dmarc  IN TXT ( "v=DMARC1; p=none; "
                 "rua=mailto:dmarc-feedback@example.com" )
)";

constexpr std::string_view third_party = R"(
$ORIGIN example.com.
_dmarc IN TXT ( "v=DMARC1; p=none; "
                "rua=mailto:dmarc-feedback@example.com; "
                "ruf=mailto:auth-reports@thirdparty.example.net" )
$ORIGIN thirdparty.example.net.
; Accept DMARC reports on behalf of example.com
example.com._report._dmarc   IN   TXT    "v=DMARC1;"
)";

std::shared_ptr<const dns::Zone> zone(std::string_view text) {
    const auto parsed = dns::Zone::parse(text);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().text);
    return parsed ? *parsed : nullptr;
}

Evaluation evaluated(std::string_view zone_text, Input input) {
    return dns::run(check(std::move(input)), *zone(zone_text));
}

/// A message From this domain with the SPF and DKIM identifiers that passed; "" is none.
Input message(std::string author, std::string spf, std::string dkim) {
    Input input;
    input.author_domain = std::move(author);
    if (!spf.empty()) input.spf = Identifier{std::move(spf), true, false};
    if (!dkim.empty()) input.dkim = {Identifier{std::move(dkim), true, false}};
    return input;
}

/// In which of the two modes an example is aligned.
struct Example {
    const char* name;
    const char* author;
    const char* identifier;
    bool relaxed;
    bool strict;
};

Result result_of(const Example& example, const char* mode, const char* method) {
    const bool by_spf = std::string_view(method) == "spf";
    const std::string record = std::string("v=DMARC1; p=reject; adkim=") + mode + "; aspf=" + mode;
    return evaluated("_dmarc.example.com. IN TXT \"" + record + "\"\n",
                     message(example.author, by_spf ? example.identifier : "", by_spf ? "" : example.identifier))
        .result;
}

TEST(Rfc9989Examples, B_1_1_Spf) {
    for (const Example& example : {Example{"Example 1", "example.com", "example.com", true, true},
                                   Example{"Example 2", "example.com", "child.example.com", true, false},
                                   Example{"Example 3", "child.example.com", "example.net", false, false}}) {
        EXPECT_EQ(result_of(example, "r", "spf"), example.relaxed ? Result::pass : Result::fail) << example.name;
        EXPECT_EQ(result_of(example, "s", "spf"), example.strict ? Result::pass : Result::fail) << example.name;
    }
}

TEST(Rfc9989Examples, B_1_2_Dkim) {
    for (const Example& example : {Example{"Example 1", "example.com", "example.com", true, true},
                                   Example{"Example 2", "child.example.com", "example.com", true, false},
                                   Example{"Example 3", "child.example.com", "example.net", false, false}}) {
        EXPECT_EQ(result_of(example, "r", "dkim"), example.relaxed ? Result::pass : Result::fail) << example.name;
        EXPECT_EQ(result_of(example, "s", "dkim"), example.strict ? Result::pass : Result::fail) << example.name;
    }
}

TEST(Rfc9989Examples, B_2_1_MonitoringMode) {
    const Evaluation e = evaluated(monitoring, message("example.com", "", ""));
    EXPECT_EQ(e.result, Result::fail);
    EXPECT_EQ(e.policy, Policy::none);
    EXPECT_EQ(e.disposition, Policy::none);
    ASSERT_TRUE(e.record);
    EXPECT_EQ(e.record->text, "v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com");
    EXPECT_EQ(e.record->rua, std::vector<std::string>{"mailto:dmarc-feedback@example.com"});
    EXPECT_FALSE(e.record->testing);
}

TEST(Rfc9989Examples, B_2_2_FailureReports) {
    const auto record = parse_record("v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com; "
                                     "ruf=mailto:auth-reports@example.com");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->p, Policy::none);
    EXPECT_EQ(record->rua, std::vector<std::string>{"mailto:dmarc-feedback@example.com"});
    EXPECT_EQ(record->ruf, std::vector<std::string>{"mailto:auth-reports@example.com"});
    EXPECT_EQ(record->fo, "0");
}

ExternalDestination asked_for(std::string_view zone_text, const std::string& uri) {
    const ReportTarget target{"example.com", destination_host(uri), Discovery::treewalk, nullptr, {}};
    return dns::run(check_destination(target), *zone(zone_text));
}

TEST(Rfc9989Examples, B_2_3_ReportsToAThirdParty) {
    const Evaluation e = evaluated(third_party, message("example.com", "", ""));
    ASSERT_TRUE(e.record);
    ASSERT_EQ(e.record->ruf, std::vector<std::string>{"mailto:auth-reports@thirdparty.example.net"});
    const ExternalDestination found = asked_for(third_party, e.record->ruf.front());
    EXPECT_EQ(found.asked, "example.com._report._dmarc.thirdparty.example.net");
    EXPECT_EQ(found.consent, Consent::given);
    EXPECT_EQ(asked_for(monitoring, e.record->ruf.front()).consent, Consent::missing);
    EXPECT_EQ(asked_for(monitoring, e.record->rua.front()).consent, Consent::same_organization);
}

TEST(Rfc9989Examples, B_2_4_OverriddenAddresses) {
    const ExternalDestination found = asked_for(R"(
$ORIGIN thirdparty.example.net.
example.com._report._dmarc   IN   TXT    (
        "v=DMARC1; "
        "rua=mailto:aggregate-reports@thirdparty.example.net; "
        "ruf=mailto:failure-reports@thirdparty.example.net" )
)",
                                                "mailto:auth-reports@thirdparty.example.net");
    EXPECT_EQ(found.consent, Consent::given);
    EXPECT_EQ(found.overrides, std::vector<std::string>{"mailto:aggregate-reports@thirdparty.example.net"});
}

TEST(Rfc9989Examples, B_2_5_SubdomainInTest) {
    constexpr std::string_view testing = R"(
$ORIGIN test.example.com.
_dmarc IN  TXT  ( "v=DMARC1; p=quarantine; "
                  "rua=mailto:dmarc-feedback@example.com,"
                  "mailto:tld-test@thirdparty.example.net; "
                  "t=y" )
)";
    constexpr std::string_view tested = R"(
$ORIGIN test.example.com.
_dmarc IN  TXT  ( "v=DMARC1; p=reject; "
                  "rua=mailto:dmarc-feedback@example.com,"
                  "mailto:tld-test@thirdparty.example.net" )
)";
    const Evaluation before = evaluated(testing, message("test.example.com", "", ""));
    EXPECT_EQ(before.policy, Policy::quarantine);
    EXPECT_EQ(before.disposition, Policy::none);
    ASSERT_TRUE(before.record);
    EXPECT_TRUE(before.record->testing);
    const Evaluation after = evaluated(tested, message("test.example.com", "", ""));
    EXPECT_EQ(after.policy, Policy::reject);
    EXPECT_EQ(after.disposition, Policy::reject);
    for (const Evaluation& e : {before, after}) {
        EXPECT_EQ(e.policy_domain, "test.example.com");
        EXPECT_EQ(e.record->rua, (std::vector<std::string>{"mailto:dmarc-feedback@example.com",
                                                           "mailto:tld-test@thirdparty.example.net"}));
    }
    // It applies to this subdomain only.
    EXPECT_EQ(evaluated(tested, message("example.com", "", "")).code, Code::no_record);
    EXPECT_EQ(evaluated(tested, message("other.example.com", "", "")).code, Code::no_record);
}

TEST(Rfc9989Examples, B_3_1_SmtpSession) {
    constexpr std::string_view zone_text = R"(
_dmarc.example.com. IN TXT ( "v=DMARC1; p=reject; aspf=r; "
                             "rua=mailto:dmarc-feedback@example.com" )
)";
    const Evaluation e = evaluated(zone_text, message("example.com", "mail.example.com", "example.com"));
    EXPECT_EQ(e.result, Result::pass);
    EXPECT_EQ(e.code, Code::aligned);
    EXPECT_TRUE(e.spf_aligned);
    EXPECT_TRUE(e.dkim_aligned);
    EXPECT_EQ(e.policy, Policy::reject);
    EXPECT_EQ(e.disposition, Policy::none);
    const Evaluation forged = evaluated(zone_text, message("example.com", "example.net", "example.org"));
    EXPECT_EQ(forged.result, Result::fail);
    EXPECT_EQ(forged.disposition, Policy::reject);
}

} // namespace
} // namespace bonafide::dmarc
