#include "dmarc/reading.hpp"

#include <gtest/gtest.h>

namespace bonafide::dmarc {
namespace {

TEST(Record, Rfc9989_B_2_1_MonitoringMode) {
    const auto record = parse_record("v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->p, Policy::none);
    EXPECT_EQ(record->rua, std::vector<std::string>{"mailto:dmarc-feedback@example.com"});
    EXPECT_FALSE(record->sp);
    EXPECT_FALSE(record->np);
    EXPECT_EQ(record->adkim, Alignment::relaxed);
    EXPECT_EQ(record->aspf, Alignment::relaxed);
    EXPECT_EQ(record->psd, Psd::unknown);
    EXPECT_EQ(record->fo, "0");
    EXPECT_FALSE(record->testing);
    EXPECT_FALSE(record->policy_defaulted);
    EXPECT_FALSE(record->legacy_tags);
}

TEST(Record, Rfc9989_B_2_5_SubdomainAndTesting) {
    const auto record =
        parse_record("v=DMARC1; p=none; sp=quarantine; np=reject; adkim=s; aspf=S; t=y; "
                     "rua=mailto:dmarc-feedback@example.com,mailto:tld-test@thirdparty.example.net!10m");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->sp, Policy::quarantine);
    EXPECT_EQ(record->np, Policy::reject);
    EXPECT_EQ(record->adkim, Alignment::strict);
    EXPECT_EQ(record->aspf, Alignment::strict);
    EXPECT_TRUE(record->testing);
    EXPECT_EQ(record->rua, (std::vector<std::string>{"mailto:dmarc-feedback@example.com",
                                                     "mailto:tld-test@thirdparty.example.net"}));
}

struct Version {
    const char* text;
    bool valid;
    std::size_t position; ///< of the error
};

TEST(Record, VersionComesFirstAndExact) { // RFC 9989 4.7 v, 4.8; M1
    const std::vector<Version> rows{
        {"v=DMARC1", true, 0},
        {"v=DMARC1;", true, 0},
        {"v=DMARC1 ;p=none", true, 0},
        {"v = DMARC1 ;p=none", true, 0},
        {"v\t=\tDMARC1\t", true, 0},
        {"V=DMARC1; p=none", true, 0}, // RFC 5234: literals in any case
        {"", false, 0},
        {"v", false, 1},
        {"v=", false, 2},
        {"v=dmarc1; p=none", false, 2},
        {"v=DMARC10; p=none", false, 2},
        {"v=DMARC1p=none", false, 2},
        {"v=DMARC1 p=none", false, 2},
        {"v=DMARC", false, 2},
        {"p=none; v=DMARC1", false, 0},
        {" v=DMARC1; p=none", false, 0},
        {"v:DMARC1; p=none", false, 1},
        {"\"v=DMARC1; p=none\"", false, 0},
        {"v=spf1 -all", false, 2},
        {"vv=DMARC1", false, 1},
    };
    for (const Version& row : rows) {
        EXPECT_EQ(is_record(row.text), row.valid) << row.text;
        const auto record = parse_record(row.text);
        if (!row.valid) {
            ASSERT_FALSE(record) << row.text;
            EXPECT_EQ(record.error().position, row.position) << row.text;
            EXPECT_EQ(record.error().section, "RFC 9989 4.7") << row.text;
        }
    }
}

struct PolicyRow {
    const char* text;
    bool usable;
    bool defaulted;
    Policy p;
};

TEST(Record, PolicyTagsAndTheReportAddress) { // RFC 9989 4.10.1; M2
    const std::vector<PolicyRow> rows{
        {"v=DMARC1; p=reject", true, false, Policy::reject},
        {"v=DMARC1; adkim=s; P = Reject ;", true, false, Policy::reject},
        {"v=DMARC1;;; p=quarantine;;", true, false, Policy::quarantine},
        {"v=DMARC1", false, false, Policy::none},
        {"v=DMARC1; p=", false, false, Policy::none},
        {"v=DMARC1; p=block", false, false, Policy::none},
        {"v=DMARC1; p=block; rua=mailto:a@b", true, true, Policy::none},
        {"v=DMARC1; rua=mailto:a@b", true, true, Policy::none},
        {"v=DMARC1; p=block; rua=a@b", false, false, Policy::none},     // no scheme: not a URI
        {"v=DMARC1; p=block; rua=mailto:", false, false, Policy::none}, // no address
        {"v=DMARC1; p=reject; sp=foo", false, false, Policy::none},     // T! no DMARC at all
        {"v=DMARC1; p=reject; sp=foo; rua=mailto:a@b", true, true, Policy::none},
        {"v=DMARC1; p=reject; np=; rua=mailto:a@b", true, true, Policy::none},
        {"v=DMARC1; p=none; p=reject", false, false, Policy::none}, // which of them?
        {"v=DMARC1; p=none; p=reject; rua=mailto:a@b", true, true, Policy::none},
        {"v=DMARC1; p=reject none", false, false, Policy::none},
        {"v=DMARC1; p=reject; p2=none", true, false, Policy::reject},
    };
    for (const PolicyRow& row : rows) {
        const auto record = parse_record(row.text);
        EXPECT_EQ(record.has_value(), row.usable) << row.text;
        if (!record) {
            EXPECT_EQ(record.error().section, "RFC 9989 4.10.1") << row.text;
            continue;
        }
        EXPECT_EQ(record->policy_defaulted, row.defaulted) << row.text;
        EXPECT_EQ(record->p, row.p) << row.text;
        EXPECT_FALSE(row.defaulted && (record->sp || record->np)) << row.text;
    }
}

TEST(Record, ErrorsSayWhatAndWhere) {
    const auto bad = parse_record("v=DMARC1; p=reject; sp= foo");
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().text, "the sp tag does not say none, quarantine or reject and there is no valid rua address");
    EXPECT_EQ(bad.error().position, 24u);
    const auto missing = parse_record("v=DMARC1; sp=none");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().text, "the p tag is missing and there is no valid rua address");
}

TEST(Record, OtherBadValuesFallBackToTheDefault) { // RFC 9989 4.8; M3, M9
    const auto record =
        parse_record("v=DMARC1; p=none; adkim=x; aspf=strict; t=yes; psd=maybe; fo=9; foo=bar; =x; novalue");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->adkim, Alignment::relaxed);
    EXPECT_EQ(record->aspf, Alignment::relaxed);
    EXPECT_FALSE(record->testing);
    EXPECT_EQ(record->psd, Psd::unknown);
    EXPECT_EQ(record->fo, "0");
}

TEST(Record, ValuesInAnyCase) {
    const auto record = parse_record("v=DMARC1; p=QUARANTINE; psd=Y; t=Y; sp=None");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->p, Policy::quarantine);
    EXPECT_EQ(record->sp, Policy::none);
    EXPECT_EQ(record->psd, Psd::yes);
    EXPECT_TRUE(record->testing);
}

TEST(Record, RepeatedTagHasNoValue) { // RFC 6376 3.2 forbids it
    const auto record = parse_record("v=DMARC1; p=none; adkim=s; adkim=s; psd=y; psd=n");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->adkim, Alignment::relaxed);
    EXPECT_EQ(record->psd, Psd::unknown);
    const auto addresses = parse_record("v=DMARC1; p=reject; rua=mailto:a@b.example; rua=mailto:a@b.example; v=DMARC2");
    ASSERT_TRUE(addresses);
    EXPECT_TRUE(addresses->rua.empty());
    EXPECT_EQ(addresses->p, Policy::reject); // a second v is an unknown tag
}

TEST(Record, FailureOptions) { // RFC 9989 4.7 fo, 4.8 dmarc-fo; M8
    const std::vector<std::pair<const char*, const char*>> rows{
        {"0", "0"},       {"1", "1"},   {"d", "d"}, {"1:d:s", "1:d:s"}, {"d:1:s", "d:1:s"}, {"0:1", "0"},
        {"0:1:d:s", "0"}, {"d:d", "0"}, {"", "0"},  {"1:", "0"},        {"1 : d", "1 : d"}};
    for (const auto& [value, expected] : rows) {
        const auto record = parse_record(std::string("v=DMARC1; p=none; ruf=mailto:r@a.example; fo=") + value);
        ASSERT_TRUE(record);
        EXPECT_EQ(record->fo, expected) << value;
    }
    EXPECT_EQ(parse_record("v=DMARC1; p=none; fo=1:d:s")->fo, "0") << "ignored without ruf";
}

TEST(Record, HistoricTagsAreIgnoredButNoted) { // RFC 9989 9.3, A.6; M6
    const auto record = parse_record("v=DMARC1; p=reject; pct=0; rf=afrf; ri=3600");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->p, Policy::reject);
    EXPECT_TRUE(record->legacy_tags);
}

TEST(Record, ReportAddresses) { // RFC 9989 4.6, 4.8; M7
    const auto record = parse_record(
        "v=DMARC1; p=none; rua=mailto:a@b!10m , mailto:c%2Cd@e,, https://r.example/x?y ,bad, mailto:e@f!x, "
        "mailto:g%zz@h, mailto:\xc3\xa4@i, https:/x, sip:a@b");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->rua,
              (std::vector<std::string>{"mailto:a@b", "mailto:c%2Cd@e", "https://r.example/x?y", "sip:a@b"}));
}

TEST(Record, ReportAddressSyntax) {
    for (const char* good :
         {"mailto:a@b", "MAILTO:a@b.example?subject=x", "https://h", "x-y.z+1:rest", "mailto:a%21b@c"})
        EXPECT_TRUE(is_reporting_uri(good)) << good;
    for (const char* bad : {"", ":", "mailto", "mailto:", "mailto:a", "mailto:@b", "mailto:a@", "1x:y", "mailto:a b@c",
                            "a@b", "https://", "https:///x", "x:#a#b", "mailto:a%2@b", "mailto:a@b%"})
        EXPECT_FALSE(is_reporting_uri(bad)) << bad;
}

TEST(Record, LimitOfReportAddresses) {
    std::string list = "mailto:a@b";
    for (int i = 1; i < 20; ++i) list += ",mailto:a@b";
    EXPECT_EQ(parse_record("v=DMARC1; p=none; rua=" + list)->rua.size(), 20u);
    EXPECT_EQ(parse_record("v=DMARC1; p=none; rua=" + list + ",mailto:a@b")->rua.size(), 20u);
}

TEST(Record, LimitOfLength) {
    const std::string record = "v=DMARC1; p=none; x=";
    EXPECT_TRUE(parse_record(record + std::string(8192 - record.size(), 'a')));
    EXPECT_FALSE(parse_record(record + std::string(8193 - record.size(), 'a')));
}

TEST(Record, TagsAfterAnUnreadablePieceStillCount) {
    using namespace std::string_literals;
    const auto record = parse_record("v=DMARC1; \0\xff\r\n; p=reject; rua=mailto:a@b"s);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->p, Policy::reject);
}

} // namespace
} // namespace bonafide::dmarc
