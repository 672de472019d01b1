// TLS reporting, and records of it, of MTA-STS and of BIMI in places where nobody looks.
#include "doctor/mta_sts.hpp"
#include "doctor/test_domain.hpp"
#include "doctor/tls_rpt_places.hpp"

#include <fmt/format.h>

namespace bonafide::doctor {
namespace {

/// The usual domain with these records, which are the whole of DNS.
std::vector<Finding> judged(const std::string& records, const std::vector<Judgement>& judges,
                            const std::string& domain = "example.com") {
    const std::string text = fmt::format("{{{}, {}}}", usual_domain, records);
    const auto zone = dns::Zone::parse(text);
    EXPECT_TRUE(zone) << text;
    if (!zone) return {};
    Subject subject{.domain = domain, .now = 1763913600};
    subject.all_of_dns = KnownZone{*zone, (*zone)->names()};
    Survey all = survey_of(text, std::move(subject));
    all.mta_sts = dns::run(survey_mta_sts(all.subject), **zone);
    std::vector<Finding> findings;
    for (const Judgement judge : judges) judge(all, findings);
    expect_complete(findings);
    return findings;
}

struct Place {
    const char* name;
    const char* text;
    const char* right;
    const char* id;
    const char* domain = "example.com";
};
constexpr const char* tls = "v=TLSRPTv1; rua=mailto:tls@example.com";
constexpr const char* sts = "v=STSv1; id=20251110";
constexpr const char* bimi = "v=BIMI1; l=https://example.com/l.svg";
const Place misplaced[] = {
    {"mta-sts.example.com", sts, "_mta-sts.example.com", "mta_sts.syntax"},
    {"_mta-sts.example.com.example.com", sts, "_mta-sts.example.com", "mta_sts.syntax"},
    {"_mta-sts._mta-sts.example.com", sts, "_mta-sts.example.com", "mta_sts.syntax"},
    {"_mta-sts.shop.example.com.example.com", sts, "_mta-sts.shop.example.com", "mta_sts.syntax", "shop.example.com"},
    {"_smtp-tls.example.com", tls, "_smtp._tls.example.com", "tlsrpt.syntax"},
    {"_tls.example.com", tls, "_smtp._tls.example.com", "tlsrpt.syntax"},
    {"_smtp._tls.example.com.example.com", tls, "_smtp._tls.example.com", "tlsrpt.syntax"},
    {"_bimi.example.com", bimi, "default._bimi.example.com", "bimi.syntax"},
    {"default._bimi.example.com.example.com", bimi, "default._bimi.example.com", "bimi.syntax"},
};

TEST(DoctorPlaces, ARecordInTheWrongPlaceIsMoved) {
    for (const Place& row : misplaced) {
        SCOPED_TRACE(row.name);
        const std::vector<Finding> findings = judged(fmt::format(R"("{}": {{"TXT": ["{}"]}})", row.name, row.text),
                                                     {judge_mta_sts, judge_tls_rpt, judge_bimi}, row.domain);
        const Finding found = finding_of(findings, row.id);
        EXPECT_EQ(found.severity, Severity::warning);
        ASSERT_EQ(found.records.size(), 1U);
        EXPECT_EQ(found.records[0], dns::txt_record(row.right, row.text));
        ASSERT_EQ(found.remove.size(), 1U);
        EXPECT_EQ(found.remove[0], dns::txt_record(row.name, row.text));
        for (const Finding& other : findings) EXPECT_TRUE(other.id == row.id || other.id == "tlsrpt.none") << other.id;
    }
}

TEST(DoctorPlaces, OneInItsRightPlaceIsEnough) {
    EXPECT_EQ(line_of(judged(
                  fmt::format(R"("_mta-sts.example.com": {{"TXT": ["{0}"]}}, "mta-sts.example.com": {{"TXT": ["{0}"],
                                            "A": ["192.0.2.81"]}})",
                              sts),
                  {judge_mta_sts})),
              "");
    EXPECT_EQ(
        line_of(judged(
            fmt::format(R"("_smtp._tls.example.com": {{"TXT": ["{0}"]}}, "_tls.example.com": {{"TXT": ["{0}"]}})", tls),
            {judge_tls_rpt})),
        "tlsrpt.ok=ok");
}

TEST(DoctorPlaces, WhatIsOtherwiseThereIsNoRecord) {
    EXPECT_EQ(
        line_of(judged(
            R"("mta-sts.example.com": {"TXT": ["v=spf1 -all"], "A": ["192.0.2.81"]}, "_tls.example.com": {"TXT": ["x"]},
                                "_bimi.example.com": {"TXT": ["x"]})",
            {judge_mta_sts, judge_tls_rpt, judge_bimi})),
        "tlsrpt.none=notice");
}

struct Row {
    const char* text;
    const char* said; ///< line_of()
};
const Row rows[] = {
    {"v=TLSRPTv1; rua=mailto:tls@example.com", "tlsrpt.ok=ok"},
    {"v=TLSRPTv1; rua=mailto:tls@example.com;", "tlsrpt.ok=ok"},
    {"v=TLSRPTv1; rua=mailto:a@example.com,https://example.com/tls", "tlsrpt.ok=ok"},
    {"v=TLSRPTv1; rua=mailto:tls@example.com; x=mailto", "tlsrpt.ok=ok"},
    {"v=TLSRPTv1; rua=mailto:a@example.com;mailto:b@example.com", "tlsrpt.syntax=warning"},
    {"v=TLSRPTv1; rua=mailto:a@example.com; https://example.com/tls", "tlsrpt.syntax=warning"},
    {"v=TLSRPTv1; rua=mailto:tls@gone.example.com", "tlsrpt.report_address=warning"},
    {"v=TLSRPTv1; rua=mailto:tls@null.example.com", "tlsrpt.report_address=warning"},
    {"v=TLSRPTv1; rua=mailto:tls@example.com,mailto:tls@gone.example.com", "tlsrpt.report_address=warning"},
    {"v=TLSRPTv1; rua=mailto:tls@mail.example.com", "tlsrpt.ok=ok"},
    {"v=TLSRPTv1; rua=https://gone.example.com/tls", "tlsrpt.ok=ok"},
    {"v=TLSRPTv1; rua=mailto:tls@reports.example.net", "tlsrpt.ok=ok"}, // a zone file need not hold it
};

TEST(DoctorTlsRpt, EveryRow) {
    for (const Row& row : rows)
        EXPECT_EQ(
            line_of(judged(
                fmt::format(R"("_smtp._tls.example.com": {{"TXT": ["{}"]}}, "null.example.com": {{"MX": [[0, "."]]}})",
                            row.text),
                {judge_tls_rpt})),
            row.said)
            << row.text;
}

TEST(DoctorTlsRpt, AddressesBehindASemicolonAreJoinedByCommas) {
    const std::vector<Finding> findings =
        judged(R"("_smtp._tls.example.com": {"TXT": ["v=TLSRPTv1; rua=mailto:a@example.com;mailto:b@example.com"]})",
               {judge_tls_rpt});
    const Finding found = finding_of(findings, "tlsrpt.syntax");
    ASSERT_EQ(found.records.size(), 1U);
    EXPECT_EQ(found.records[0].value, "v=TLSRPTv1; rua=mailto:a@example.com,mailto:b@example.com");
    EXPECT_EQ(tls_rpt_addresses(found.records[0].value).size(), 2U);
    EXPECT_TRUE(tls_rpt_addresses("v=TLSRPTv1; rua=mailto:a@example.com;mailto:b@example.com").empty());
}

} // namespace
} // namespace bonafide::doctor
