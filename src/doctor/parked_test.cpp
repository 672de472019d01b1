#include "doctor/parked.hpp"
#include "doctor/test_domain.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::doctor {
namespace {

const std::vector<Judgement> judges{judge_spf, judge_dkim, judge_dmarc, judge_parked, judge_mx};

/// Of a domain that takes no mail.
std::vector<Finding> judged(std::string_view spf) {
    return findings_of(
        fmt::format(
            R"({{"example.com": {{"TXT": ["{}"], "MX": [[0, "."]]}}, "_dmarc.example.com": {{"TXT": ["v=DMARC1; p=reject"]}}}})",
            spf),
        {.domain = "example.com"}, judges);
}

bool has(const std::vector<Finding>& findings, std::string_view id) {
    return std::ranges::find(findings, id, &Finding::id) != findings.end();
}

TEST(DoctorParked, SofterWordsOfADomainThatLetsNobodySend) {
    for (const std::string_view spf : {"v=spf1 ~all", "v=spf1 ?all"}) {
        const std::vector<Finding> findings = judged(spf);
        const Finding found = finding_of(findings, "parked.incomplete");
        EXPECT_EQ(found.severity, Severity::warning);
        ASSERT_FALSE(found.records.empty());
        EXPECT_EQ(found.records[0], dns::txt_record("example.com", "v=spf1 -all"));
        ASSERT_EQ(found.remove.size(), 1U);
        EXPECT_EQ(found.remove[0], dns::txt_record("example.com", std::string(spf)));
        EXPECT_FALSE(has(findings, "dkim.none_found")) << line_of(findings);
        EXPECT_TRUE(has(findings, "mx.null")) << line_of(findings);
    }
}

TEST(DoctorParked, WhatIsSaidRightIsNotReplaced) {
    const Finding found = finding_of(judged("v=spf1 -all"), "parked.incomplete"); // for want of a wildcard key
    EXPECT_EQ(found.severity, Severity::notice);
    EXPECT_TRUE(found.remove.empty());
}

TEST(DoctorParked, APolicyThatDoesNotRejectIsReplaced) {
    const std::vector<Finding> findings = findings_of(
        R"({"example.com": {"TXT": ["v=spf1 -all"], "MX": [[0, "."]]}, "_dmarc.example.com": {"TXT": ["v=DMARC1; p=quarantine"]}})",
        {.domain = "example.com"}, judges);
    const Finding found = finding_of(findings, "parked.incomplete");
    ASSERT_EQ(found.remove.size(), 1U);
    EXPECT_EQ(found.remove[0], dns::txt_record("_dmarc.example.com", "v=DMARC1; p=quarantine"));
    ASSERT_FALSE(found.records.empty());
    EXPECT_EQ(found.records[0], dns::txt_record("_dmarc.example.com", "v=DMARC1; p=reject"));
}

TEST(DoctorParked, WhoMaySendIsNotParked) {
    for (const std::string_view spf : {"v=spf1 ip4:192.0.2.1 ~all", "v=spf1 +all", "v=spf1 redirect=_spf.example.com"})
        EXPECT_FALSE(has(judged(spf), "parked.incomplete")) << spf;
    Subject subject{.domain = "example.com"};
    subject.addresses.push_back(*ip::Address::parse("192.0.2.1"));
    EXPECT_FALSE(has(findings_of(R"({"example.com": {"TXT": ["v=spf1 ~all"], "MX": [[0, "."]]}})", subject, judges),
                     "parked.incomplete"));
}

} // namespace
} // namespace bonafide::doctor
