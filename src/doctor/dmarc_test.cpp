// What the doctor says of DMARC zones, healthy and sick: the whole list of findings, so that a false alarm fails as much as a miss.
#include "doctor/dmarc.hpp"
#include "doctor/test_domain.hpp"

#include <fmt/format.h>

namespace bonafide::doctor {
namespace {

struct Row {
    const char* name;
    const char* zone; ///< behind usual_domain
    const char* expected;
    const char* domain = "example.com";
};

std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.name; }

std::vector<Finding> say_of(std::string_view zone, std::string_view domain = "example.com", Subject subject = {}) {
    subject.domain = domain;
    return findings_of(fmt::format("{{{}{}{}}}", usual_domain, zone.empty() ? "" : ", ", zone), subject, {judge_dmarc});
}
std::vector<Finding> say_of_record(std::string_view record) {
    return say_of(fmt::format(R"("_dmarc.example.com": {{"TXT": ["{}"]}})", record));
}

class DmarcZones : public testing::TestWithParam<Row> {};
TEST_P(DmarcZones, AllThatIsSaid) {
    const auto findings = say_of(GetParam().zone, GetParam().domain);
    EXPECT_EQ(line_of(findings), GetParam().expected);
    expect_complete(findings);
}

INSTANTIATE_TEST_SUITE_P(
    Healthy, DmarcZones,
    testing::Values(
        Row{"reject", R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@example.com"]})",
            "dmarc.ok=ok"},
        Row{"quarantine", R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=quarantine; rua=mailto:d@example.com"]})",
            "dmarc.ok=ok"},
        Row{"capitals in values", R"("_dmarc.example.com": {"TXT": ["V=DMARC1;P=Reject;RUA=MAILTO:d@example.com"]})",
            "dmarc.ok=ok"},
        Row{"spaces everywhere",
            R"("_dmarc.example.com": {"TXT": ["v = DMARC1 ; p = reject ; rua = mailto:d@example.com ;"]})",
            "dmarc.ok=ok"},
        Row{"p not directly behind v",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; rua=mailto:d@example.com; p=reject"]})", "dmarc.ok=ok"},
        Row{"all tags of RFC 9989",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; sp=reject; np=reject; adkim=s; aspf=s; t=n; psd=n; fo=1:d:s; rua=mailto:d@example.com; ruf=mailto:f@example.com"]})",
            "dmarc.ok=ok"},
        Row{"sp stricter than p",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=quarantine; sp=reject; rua=mailto:d@example.com"]})",
            "dmarc.ok=ok"},
        Row{"several addresses",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:a@example.com, mailto:b@mail.example.com"]})",
            "dmarc.ok=ok"},
        Row{"a mail and a web address",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@example.com,https://mail.example.com/dmarc"]})",
            "dmarc.ok=ok"},
        Row{"other texts beside it",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@example.com", "site-verification=1"]})",
            "dmarc.ok=ok"},
        Row{"in an alias",
            R"("_dmarc.example.com": {"CNAME": "dmarc.provider.example"}, "dmarc.provider.example": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@example.com"]})",
            "dmarc.ok=ok"},
        Row{"no reports asked for", R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]})",
            "dmarc.no_reports=notice dmarc.ok=ok"},
        Row{"failure reports alone",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; ruf=mailto:f@example.com; fo=1"]})",
            "dmarc.no_reports=notice dmarc.ok=ok"},
        Row{"pct=100", R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; pct=100; rua=mailto:d@example.com"]})",
            "dmarc.legacy_tags=notice dmarc.ok=ok"},
        Row{"rf and ri",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rf=afrf; ri=86400; rua=mailto:d@example.com"]})",
            "dmarc.legacy_tags=notice dmarc.ok=ok"},
        Row{"size in the address",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@example.com!10m"]})",
            "dmarc.legacy_tags=notice dmarc.ok=ok"},
        Row{"unknown tag",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; foo=bar; rua=mailto:d@example.com"]})",
            "dmarc.unknown_tag=notice dmarc.ok=ok"},
        Row{"psd=y", R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; psd=y; rua=mailto:d@example.com"]})",
            "dmarc.psd=notice dmarc.ok=ok"},
        Row{"fo with both 0 and 1, as RFC 7489 let it",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; fo=0:1; rua=mailto:d@example.com; ruf=mailto:d@example.com"]})",
            "dmarc.ok=ok"},
        Row{"a wildcard that holds the same text",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@example.com"]}, "dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@example.com"]}, "_dmarc.example.com.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@example.com"]})",
            "dmarc.ok=ok"},
        Row{"some other program's text at the domain",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@example.com"]}, "dmarc.example.com": {"TXT": ["dmarc1-verification=abc"]})",
            "dmarc.ok=ok"}));

INSTANTIATE_TEST_SUITE_P(
    Inherited, DmarcZones,
    testing::Values(
        Row{"p of the parent",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@example.com"]}, "shop.example.com": {"A": ["192.0.2.3"]})",
            "dmarc.ok=ok", "shop.example.com"},
        Row{"sp of the parent",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=none; sp=reject; rua=mailto:d@example.com"]}, "shop.example.com": {"A": ["192.0.2.3"]})",
            "dmarc.ok=ok", "shop.example.com"},
        Row{"sp=none of the parent",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; sp=none; rua=mailto:d@example.com"]}, "shop.example.com": {"A": ["192.0.2.3"]})",
            "dmarc.weak=warning", "shop.example.com"},
        Row{"p=none of the parent",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=none; rua=mailto:d@example.com"]}, "shop.example.com": {"A": ["192.0.2.3"]})",
            "dmarc.weak=warning", "shop.example.com"},
        Row{"own record below one that is weak",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=none"]}, "_dmarc.shop.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@shop.example.com"]}, "shop.example.com": {"MX": [[10, "mail.example.com"]]})",
            "dmarc.ok=ok", "shop.example.com"},
        Row{"sp of a subdomain has no effect",
            R"("_dmarc.shop.example.com": {"TXT": ["v=DMARC1; p=reject; sp=none; rua=mailto:d@shop.example.com"]}, "shop.example.com": {"MX": [[10, "mail.example.com"]]})",
            "dmarc.ok=ok", "shop.example.com"},
        Row{"the parent's tags are the parent's matter",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; pct=100; foo=1; rua=mailto:d@example.com"]}, "shop.example.com": {"A": ["192.0.2.3"]})",
            "dmarc.ok=ok", "shop.example.com"},
        Row{"two records of the parent",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject", "v=DMARC1; p=none"]}, "shop.example.com": {"A": ["192.0.2.3"]})",
            "dmarc.multiple=error", "shop.example.com"},
        Row{"the parent's version is wrong",
            R"("_dmarc.example.com": {"TXT": ["v=dmarc1; p=reject"]}, "shop.example.com": {"A": ["192.0.2.3"]})",
            "dmarc.syntax=error", "shop.example.com"},
        Row{"the parent's policy cannot be read",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=block; rua=mailto:d@example.com"]}, "shop.example.com": {"A": ["192.0.2.3"]})",
            "dmarc.syntax=error", "shop.example.com"},
        Row{"nothing above either", R"("shop.example.com": {"A": ["192.0.2.3"]})", "dmarc.none=error",
            "shop.example.com"},
        Row{"a broken record hides the parent's good one",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}, "_dmarc.shop.example.com": {"TXT": ["v=DMARC; p=reject"]})",
            "dmarc.syntax=error", "shop.example.com"}));

INSTANTIATE_TEST_SUITE_P(
    Absent, DmarcZones,
    testing::Values(
        Row{"nothing", "", "dmarc.none=error"},
        Row{"another text", R"("_dmarc.example.com": {"TXT": ["hello"]})", "dmarc.none=error"},
        Row{"an SPF record", R"("_dmarc.example.com": {"TXT": ["v=spf1 -all"]})", "dmarc.none=error"},
        Row{"a DKIM key", R"("_dmarc.example.com": {"TXT": ["v=DKIM1; k=rsa; p=MIGf"]})", "dmarc.none=error"},
        Row{"underscore forgotten", R"("dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@example.com"]})",
            "dmarc.wrong_place=error"},
        Row{"zone twice", R"("_dmarc.example.com.example.com": {"TXT": ["v=DMARC1; p=reject"]})",
            "dmarc.wrong_place=error"},
        Row{"prefix twice", R"("_dmarc._dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]})",
            "dmarc.wrong_place=error"},
        Row{"among the keys", R"("_domainkey.example.com": {"TXT": ["v=DMARC1; p=reject"]})",
            "dmarc.wrong_place=error"},
        Row{"at a domain below", R"("shop.example.com": {"TXT": ["v=DMARC1; p=none"]})", "dmarc.wrong_place=error",
            "shop.example.com"},
        Row{"one in force and one astray",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@example.com"]}, "dmarc.example.com": {"TXT": ["v=DMARC1; p=none"]})",
            "dmarc.wrong_place=warning"},
        Row{"two", R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject", "v=DMARC1; p=none"]})",
            "dmarc.multiple=error"},
        Row{"two, and one is broken", R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=block", "v=DMARC1; p=none"]})",
            "dmarc.multiple=error"},
        Row{"one, and a text that is nearly one",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@example.com", "v=dmarc1; p=none"]})",
            "dmarc.syntax=warning"}));

INSTANTIATE_TEST_SUITE_P(
    Weak, DmarcZones,
    testing::Values(
        Row{"p=none", R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=none; rua=mailto:d@example.com"]})",
            "dmarc.weak=warning"},
        Row{"p=none and nothing else", R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=none"]})",
            "dmarc.weak=warning dmarc.no_reports=notice"},
        Row{"as panels write it",
            R"("_dmarc.example.com": {"TXT": ["V=DMARC1; rua=mailto:d@example.com; ruf=mailto:d@example.com; p=none; sp=none; fo=0;"]})",
            "dmarc.weak=warning"},
        Row{"t=y", R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; t=y; rua=mailto:d@example.com"]})",
            "dmarc.weak=warning"},
        Row{"pct=0", R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=quarantine; pct=0; rua=mailto:d@example.com"]})",
            "dmarc.weak=warning dmarc.legacy_tags=notice"},
        Row{"pct=99", R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; pct=99; rua=mailto:d@example.com"]})",
            "dmarc.weak=warning dmarc.legacy_tags=notice"},
        Row{"p=none makes pct idle",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=none; pct=50; rua=mailto:d@example.com"]})",
            "dmarc.weak=warning dmarc.legacy_tags=notice"},
        Row{"sp=none", R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; sp=none; rua=mailto:d@example.com"]})",
            "dmarc.subdomain_gap=warning"},
        Row{"sp=quarantine below reject",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; sp=quarantine; rua=mailto:d@example.com"]})",
            "dmarc.subdomain_gap=notice dmarc.ok=ok"},
        Row{"np=none", R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; np=none; rua=mailto:d@example.com"]})",
            "dmarc.subdomain_gap=warning"},
        Row{"sp and np",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; sp=none; np=quarantine; rua=mailto:d@example.com"]})",
            "dmarc.subdomain_gap=warning"}));

#define BROKEN(label, text, expected)                                                                                  \
    Row { label, R"("_dmarc.example.com": {"TXT": [")" text R"("]})", expected }
INSTANTIATE_TEST_SUITE_P(
    Broken, DmarcZones,
    testing::Values(
        BROKEN("version in small letters", "v=dmarc1; p=reject", "dmarc.syntax=error"),
        BROKEN("version without number", "v=DMARC; p=reject", "dmarc.syntax=error"),
        BROKEN("version 2", "v=DMARC2; p=reject", "dmarc.syntax=error"),
        BROKEN("version with a space", "v=DMARC 1; p=reject", "dmarc.syntax=error"),
        BROKEN("colon behind the version", "v=DMARC1: p=reject", "dmarc.syntax=error"),
        BROKEN("no v=", "DMARC1; p=reject", "dmarc.syntax=error"),
        BROKEN("no version", "p=reject; rua=mailto:d@example.com", "dmarc.syntax=error"),
        BROKEN("version not first", "p=reject; v=DMARC1", "dmarc.syntax=error"),
        BROKEN("leading space", " v=DMARC1; p=reject", "dmarc.syntax=error"),
        BROKEN("quotes", "\\\"v=DMARC1; p=reject\\\"", "dmarc.syntax=error"),
        BROKEN("typographic quotes", "\\u00e2\\u0080\\u009cv=DMARC1; p=reject\\u00e2\\u0080\\u009d",
               "dmarc.syntax=error"),
        BROKEN("no semicolon behind the version", "v=DMARC1 p=none", "dmarc.syntax=error"),
        BROKEN("nothing behind the version", "v=DMARC1p=none", "dmarc.syntax=error"),
        BROKEN("commas", "v=DMARC1, p=reject, rua=mailto:d@example.com", "dmarc.syntax=error"),
        BROKEN("no semicolon behind p", "v=DMARC1; p=reject rua=mailto:d@example.com", "dmarc.syntax=error"),
        BROKEN("comma behind p", "v=DMARC1; p=reject, rua=mailto:d@example.com", "dmarc.syntax=error"),
        BROKEN("version alone", "v=DMARC1", "dmarc.syntax=error"),
        BROKEN("no p", "v=DMARC1; rua=mailto:d@example.com", "dmarc.syntax=error"),
        BROKEN("p=monitor", "v=DMARC1; p=monitor; rua=mailto:d@example.com", "dmarc.syntax=error"),
        BROKEN("p empty", "v=DMARC1; p=; rua=mailto:d@example.com", "dmarc.syntax=error"),
        BROKEN("p twice", "v=DMARC1; p=none; p=reject; rua=mailto:d@example.com", "dmarc.syntax=error"),
        BROKEN("sp unknown, with rua", "v=DMARC1; p=reject; sp=all; rua=mailto:d@example.com", "dmarc.syntax=error"),
        BROKEN("sp unknown, without rua", "v=DMARC1; p=reject; sp=all", "dmarc.syntax=error"),
        BROKEN("pct with a sign", "v=DMARC1; p=reject; pct=50%; rua=mailto:d@example.com",
               "dmarc.syntax=warning dmarc.legacy_tags=notice"),
        BROKEN("pct=101", "v=DMARC1; p=reject; pct=101; rua=mailto:d@example.com",
               "dmarc.syntax=warning dmarc.legacy_tags=notice"),
        BROKEN("adkim=relaxed", "v=DMARC1; p=reject; adkim=relaxed; rua=mailto:d@example.com", "dmarc.syntax=warning"),
        BROKEN("t=1", "v=DMARC1; p=reject; t=1; rua=mailto:d@example.com", "dmarc.syntax=warning"),
        BROKEN("psd=yes", "v=DMARC1; p=reject; psd=yes; rua=mailto:d@example.com", "dmarc.syntax=warning"),
        BROKEN("fo=2", "v=DMARC1; p=reject; fo=2; rua=mailto:d@example.com; ruf=mailto:d@example.com",
               "dmarc.syntax=warning"),
        BROKEN("no tag", "v=DMARC1; p=reject; none; rua=mailto:d@example.com", "dmarc.syntax=warning"),
        BROKEN("mailto: forgotten", "v=DMARC1; p=reject; rua=d@example.com", "dmarc.syntax=warning"),
        BROKEN("address without domain", "v=DMARC1; p=reject; rua=mailto:d", "dmarc.syntax=warning"),
        BROKEN("space in the address", "v=DMARC1; p=reject; rua=mailto: d@example.com", "dmarc.syntax=warning"),
        BROKEN("semicolon between addresses", "v=DMARC1; p=reject; rua=mailto:a@example.com; mailto:b@example.com",
               "dmarc.syntax=warning"),
        BROKEN("comma at the end", "v=DMARC1; p=reject; rua=mailto:a@example.com,", "dmarc.syntax=warning"),
        BROKEN("rua empty", "v=DMARC1; p=reject; rua=", "dmarc.syntax=warning")));

INSTANTIATE_TEST_SUITE_P(
    Reports, DmarcZones,
    testing::Values(
        Row{"another host that agrees",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:x@reports.example.net"]}, "reports.example.net": {"MX": [[10, "mx.example.net"]]}, "example.com._report._dmarc.reports.example.net": {"TXT": ["v=DMARC1;"]})",
            "dmarc.ok=ok"},
        Row{"for everybody, by address record",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:x@reports.example.net"]}, "reports.example.net": {"A": ["198.51.100.1"]}, "example.com._report._dmarc.reports.example.net": {"TXT": ["v=DMARC1"]})",
            "dmarc.ok=ok"},
        Row{"another host that does not",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:x@reports.example.net"]}, "reports.example.net": {"MX": [[10, "mx.example.net"]]})",
            "dmarc.external_unverified=error"},
        Row{"told once for rua and ruf",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:x@reports.example.net; ruf=mailto:y@reports.example.net"]}, "reports.example.net": {"MX": [[10, "mx.example.net"]]})",
            "dmarc.external_unverified=error"},
        Row{"agreement that leads elsewhere",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:x@reports.example.net"]}, "reports.example.net": {"MX": [[10, "mx.example.net"]]}, "example.com._report._dmarc.reports.example.net": {"TXT": ["v=DMARC1; rua=mailto:x@elsewhere.example.org"]})",
            "dmarc.external_unverified=error"},
        Row{"agreement unknown",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:x@reports.example.net"]}, "example.com._report._dmarc.reports.example.net": {"SERVFAIL": true})",
            "dns.unanswered=warning"},
        Row{"host within the organization that takes no mail",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:x@gone.example.com"]})",
            "dmarc.report_address=warning"},
        Row{"null MX",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:x@no.example.com"]}, "no.example.com": {"MX": [[0, "."]], "A": ["192.0.2.9"]})",
            "dmarc.report_address=warning"},
        Row{"host that cannot be asked",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:x@slow.example.com"]}, "slow.example.com": {"TIMEOUT": true})",
            "dmarc.ok=ok"},
        Row{"web address alone",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=https://mail.example.com/dmarc"]})",
            "dmarc.report_address=warning"},
        Row{"one organization by list, two by walk",
            R"("_dmarc.shop.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@example.com"]}, "shop.example.com": {"A": ["192.0.2.3"]})",
            "dmarc.external_unverified=notice dmarc.ok=ok", "shop.example.com"}));

INSTANTIATE_TEST_SUITE_P(
    Views, DmarcZones,
    testing::Values(
        Row{"a registry's policy is for those that walk",
            R"("_dmarc.co.uk": {"TXT": ["v=DMARC1; p=reject; psd=y; rua=mailto:d@co.uk"]}, "co.uk": {"MX": [[10, "mail.example.com"]]}, "shop.co.uk": {"A": ["192.0.2.3"]})",
            "dmarc.discovery_differs=warning", "shop.co.uk"},
        Row{"an organization within another",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=none; rua=mailto:d@example.com"]}, "_dmarc.unit.example.com": {"TXT": ["v=DMARC1; p=reject; psd=n; rua=mailto:d@unit.example.com"]}, "unit.example.com": {"A": ["192.0.2.3"]}, "www.unit.example.com": {"A": ["192.0.2.4"]})",
            "dmarc.discovery_differs=warning", "www.unit.example.com"},
        Row{"two records, one policy",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@example.com"]}, "_dmarc.unit.example.com": {"TXT": ["v=DMARC1; p=reject; psd=n; rua=mailto:d@unit.example.com"]}, "unit.example.com": {"A": ["192.0.2.3"]}, "www.unit.example.com": {"A": ["192.0.2.4"]})",
            "dmarc.ok=ok", "www.unit.example.com"},
        Row{"a record in between does not count",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@example.com"]}, "_dmarc.unit.example.com": {"TXT": ["v=DMARC1; p=none"]}, "www.unit.example.com": {"A": ["192.0.2.4"]})",
            "dmarc.ok=ok", "www.unit.example.com"}));

INSTANTIATE_TEST_SUITE_P(
    Unanswered, DmarcZones,
    testing::Values(
        Row{"time-out", R"("_dmarc.example.com": {"TIMEOUT": true})", "dns.unanswered=error"},
        Row{"server failure", R"("_dmarc.example.com": {"SERVFAIL": true})", "dns.unanswered=error"},
        Row{"at the parent", R"("_dmarc.example.com": {"TIMEOUT": true}, "shop.example.com": {"A": ["192.0.2.3"]})",
            "dns.unanswered=error", "shop.example.com"},
        Row{"bogus is told as such elsewhere", R"("_dmarc.example.com": {"BOGUS": true})", ""},
        Row{"in a place of mistakes it does not matter",
            R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@example.com"]}, "dmarc.example.com": {"TIMEOUT": true})",
            "dmarc.ok=ok"}));

TEST(DmarcUnanswered, NamesWhatWasAsked) {
    EXPECT_EQ(say_of(R"("_dmarc.example.com": {"TIMEOUT": true})").at(0).subject, "_dmarc.example.com");
    EXPECT_EQ(say_of(R"("_dmarc.example.com": {"TIMEOUT": true})", "shop.example.com").at(0).subject,
              "_dmarc.example.com");
}

TEST(DmarcWrongPlace, AtTheDomainItself) {
    Subject subject;
    subject.domain = "example.com";
    const auto findings = findings_of(
        R"({"example.com": {"TXT": ["v=spf1 mx -all", "v=DMARC1; p=reject"], "MX": [[10, "mail.example.com"]]}})",
        subject, {judge_dmarc});
    EXPECT_EQ(line_of(findings), "dmarc.wrong_place=error");
    EXPECT_EQ(findings.at(0).records, std::vector{dns::txt_record("_dmarc.example.com", "v=DMARC1; p=reject")});
    EXPECT_EQ(findings.at(0).remove, std::vector{dns::txt_record("example.com", "v=DMARC1; p=reject")});
}

TEST(DmarcWrongPlace, NamesLongerThanDnsAllowsAreNotAsked) {
    std::string domain = "example.com";
    while (domain.size() + 51 <= 240) domain = std::string(50, 'a') + "." + domain;
    EXPECT_EQ(line_of(say_of("", domain)), "dmarc.none=error");
    domain = std::string(253 - 1 - domain.size(), 'b') + "." + domain; // no room for _dmarc
    EXPECT_EQ(line_of(say_of("", domain)), "dmarc.none=error");
}

struct Repair {
    const char* record;
    const char* id;
    const char* expected;
};
class DmarcRepairs : public testing::TestWithParam<Repair> {};
TEST_P(DmarcRepairs, RecordToPublish) {
    const Finding finding = finding_of(say_of_record(GetParam().record), GetParam().id);
    EXPECT_EQ(finding.records, std::vector{dns::txt_record("_dmarc.example.com", GetParam().expected)});
}
INSTANTIATE_TEST_SUITE_P(
    All, DmarcRepairs,
    testing::Values(Repair{"v=DMARC1; p=none; sp=none; rua=mailto:d@example.com", "dmarc.weak",
                           "v=DMARC1; p=quarantine; rua=mailto:d@example.com"},
                    Repair{"v=DMARC1; p=reject; t=y; rua=mailto:d@example.com", "dmarc.weak",
                           "v=DMARC1; p=reject; rua=mailto:d@example.com"},
                    Repair{"v=DMARC1; p=reject; pct=50; rua=mailto:d@example.com", "dmarc.weak",
                           "v=DMARC1; p=reject; rua=mailto:d@example.com"},
                    Repair{"v=DMARC1; p=reject; pct=50", "dmarc.no_reports",
                           "v=DMARC1; p=reject; rua=mailto:dmarc-reports@example.com"},
                    Repair{"v=DMARC1; p=quarantine; ri=3600; rua=mailto:d@example.com", "dmarc.legacy_tags",
                           "v=DMARC1; p=quarantine; rua=mailto:d@example.com"},
                    Repair{"v=DMARC1; p=none; pct=0; rua=mailto:d@example.com", "dmarc.legacy_tags",
                           "v=DMARC1; p=none; rua=mailto:d@example.com"},
                    Repair{"v=DMARC1; p=reject; rua=mailto:d@example.com!10m,mailto:e@example.com", "dmarc.legacy_tags",
                           "v=DMARC1; p=reject; rua=mailto:d@example.com,mailto:e@example.com"},
                    Repair{"v=DMARC1; p=reject; sp=none; np=none; rua=mailto:d@example.com", "dmarc.subdomain_gap",
                           "v=DMARC1; p=reject; rua=mailto:d@example.com"},
                    Repair{"v=DMARC1; p=reject; foo=1; psd=y; rua=mailto:d@example.com", "dmarc.unknown_tag",
                           "v=DMARC1; p=reject; rua=mailto:d@example.com"},
                    Repair{"v=DMARC1; p=reject; psd=y; rua=mailto:d@example.com", "dmarc.psd",
                           "v=DMARC1; p=reject; rua=mailto:d@example.com"},
                    Repair{"v=DMARC1 p=reject rua=d@example.com", "dmarc.syntax",
                           "v=DMARC1; p=reject; rua=mailto:d@example.com"}));

TEST(DmarcAllRepairs, AllFindingsNameOneRecord) {
    const auto findings = say_of_record("v=DMARC1; p=reject; sp=none; pct=50; psd=y; foo=1");
    for (const Finding& finding : findings) {
        if (finding.severity == Severity::ok) continue;
        EXPECT_EQ(finding.records,
                  std::vector{dns::txt_record("_dmarc.example.com",
                                              "v=DMARC1; p=reject; rua=mailto:dmarc-reports@example.com")});
        EXPECT_EQ(finding.remove, std::vector{dns::txt_record("_dmarc.example.com",
                                                              "v=DMARC1; p=reject; sp=none; pct=50; psd=y; foo=1")});
    }
}
TEST(DmarcAllRepairs, TheNextPolicyComesLaterThanOtherChanges) {
    const Finding finding = finding_of(say_of_record("v=DMARC1; p=none; pct=100"), "dmarc.weak");
    EXPECT_TRUE(finding.records.empty());
    EXPECT_EQ(english(finding.details.back()),
              "the next step, later: v=DMARC1; p=quarantine; rua=mailto:dmarc-reports@example.com");
}

TEST(DmarcAlias, OneThatLeadsNowhereGoes) {
    const auto findings = say_of(R"("_dmarc.example.com": {"CNAME": "gone.example.net"})");
    const Finding finding = finding_of(findings, "dmarc.none");
    EXPECT_EQ(english(finding.title),
              "The alias _dmarc.example.com leads to gone.example.net, where there is no DMARC record");
    ASSERT_EQ(finding.remove.size(), 1U);
    EXPECT_EQ(finding.remove[0].type, dns::Type::cname);
}

TEST(DmarcReports, TheReportHostMustAct) {
    const Finding finding =
        finding_of(say_of_record("v=DMARC1; p=reject; rua=mailto:x@reports.example.net"), "dmarc.external_unverified");
    EXPECT_EQ(finding.actor, Actor::report_host);
    EXPECT_EQ(finding.subject, "reports.example.net");
    EXPECT_EQ(finding.records,
              std::vector{dns::txt_record("example.com._report._dmarc.reports.example.net", "v=DMARC1")});
}

TEST(DmarcMultiple, TheRecordWithoutMistakeIsKept) {
    const auto findings =
        say_of(R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=block", "v=DMARC1; p=none", "v=DMARC1; p=reject"]})");
    const Finding finding = finding_of(findings, "dmarc.multiple");
    EXPECT_EQ(finding.records, std::vector{dns::txt_record("_dmarc.example.com", "v=DMARC1; p=none")});
    EXPECT_EQ(finding.remove, (std::vector{dns::txt_record("_dmarc.example.com", "v=DMARC1; p=block"),
                                           dns::txt_record("_dmarc.example.com", "v=DMARC1; p=reject")}));
}

TEST(DmarcSyntax, SaysWhereItGoesWrong) {
    const Finding finding = finding_of(say_of_record("v=DMARC1; p=monitor"), "dmarc.syntax");
    EXPECT_EQ(english(finding.title),
              "The DMARC record at _dmarc.example.com is wrong: p must have one of the values none "
              "quarantine reject, not monitor");
    EXPECT_EQ(english(finding.details.at(0)), "at character 11 of v=DMARC1; p=monitor");
}

TEST(DmarcSyntax, LengthAtTheLimitAndOnePastIt) {
    const std::string head = "v=DMARC1; p=reject; rua=mailto:d@example.com; foo=";
    const std::size_t most = Limits{}.dmarc_record_bytes;
    EXPECT_EQ(line_of(say_of_record(head + std::string(most - head.size(), 'x'))),
              "dmarc.unknown_tag=notice dmarc.ok=ok");
    const auto findings = say_of_record(head + std::string(most + 1 - head.size(), 'x'));
    EXPECT_EQ(line_of(findings), "dmarc.syntax=error");
    EXPECT_EQ(findings.at(0).records.at(0).value, "v=DMARC1; p=reject; rua=mailto:d@example.com");
}

TEST(DmarcInherited, TheTagAndTheRecordAreNamed) {
    const auto findings = say_of(
        R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; sp=quarantine; rua=mailto:d@example.com"]}, "shop.example.com": {"A": ["192.0.2.3"]})",
        "shop.example.com");
    const Finding finding = finding_of(findings, "dmarc.ok");
    EXPECT_EQ(english(finding.title),
              "The DMARC policy in effect for shop.example.com is quarantine, by the record of example.com");
    EXPECT_EQ(english(finding.details.at(1)), "shop.example.com has no record of its own; the tag sp of the record at "
                                              "_dmarc.example.com applies to it");
}

TEST(DmarcInherited, NpAppliesToNamesThatAreNotThere) {
    const auto findings =
        say_of(R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; np=none; rua=mailto:d@example.com"]})",
               "gone.example.com");
    const Finding finding = finding_of(findings, "dmarc.weak");
    EXPECT_EQ(finding.records,
              std::vector{dns::txt_record("_dmarc.example.com",
                                          "v=DMARC1; p=reject; np=quarantine; rua=mailto:d@example.com")});
}

TEST(DmarcViews, BothAreTold) {
    const auto findings = say_of(
        R"("_dmarc.example.com": {"TXT": ["v=DMARC1; p=none; rua=mailto:d@example.com"]}, "_dmarc.unit.example.com": {"TXT": ["v=DMARC1; p=reject; psd=n; rua=mailto:d@unit.example.com"]}, "unit.example.com": {"A": ["192.0.2.3"]}, "www.unit.example.com": {"A": ["192.0.2.4"]})",
        "www.unit.example.com");
    const Finding finding = finding_of(findings, "dmarc.discovery_differs");
    EXPECT_EQ(english(finding.details.at(0)),
              "by tree walk: reject, by the tag p of the record at _dmarc.unit.example.com");
    EXPECT_EQ(english(finding.details.at(1)),
              "by public suffix list: none, by the tag p of the record at _dmarc.example.com");
    EXPECT_EQ(finding.records, std::vector{dns::txt_record("_dmarc.www.unit.example.com",
                                                           "v=DMARC1; p=reject; rua=mailto:d@unit.example.com")});
}

struct SourceRow {
    const char* record;
    const char* mail_from;
    const char* dkim;
    const char* expected;
};
class DmarcSources : public testing::TestWithParam<SourceRow> {};
TEST_P(DmarcSources, AlignedOrNot) {
    Subject subject;
    subject.sources = {{"newsletter", GetParam().mail_from, GetParam().dkim}};
    const auto findings =
        say_of(fmt::format(R"("_dmarc.example.com": {{"TXT": ["{}; rua=mailto:d@example.com"]}})", GetParam().record),
               "example.com", subject);
    EXPECT_EQ(line_of(findings), GetParam().expected);
    expect_complete(findings);
}
INSTANTIATE_TEST_SUITE_P(
    All, DmarcSources,
    testing::Values(SourceRow{"v=DMARC1; p=reject", "bounce.example.com", "", "dmarc.ok=ok"},
                    SourceRow{"v=DMARC1; p=reject; aspf=s", "bounce.example.com", "example.com", "dmarc.ok=ok"},
                    SourceRow{"v=DMARC1; p=reject; aspf=s", "bounce.example.com", "mail.example.com", "dmarc.ok=ok"},
                    SourceRow{"v=DMARC1; p=reject; aspf=s", "bounce.example.com", "", "dmarc.strict_breaks=warning"},
                    SourceRow{"v=DMARC1; p=reject; adkim=s; aspf=s", "bounce.example.com", "news.example.com",
                              "dmarc.strict_breaks=warning"},
                    SourceRow{"v=DMARC1; p=reject; adkim=s; aspf=s", "example.com", "", "dmarc.ok=ok"},
                    SourceRow{"v=DMARC1; p=reject; adkim=s", "bounce.sender.example", "mail.example.com",
                              "dmarc.strict_breaks=warning"},
                    SourceRow{"v=DMARC1; p=reject", "bounce.sender.example", "sender.example",
                              "dmarc.strict_breaks=error"},
                    SourceRow{"v=DMARC1; p=reject", "", "", "dmarc.strict_breaks=error"}));

TEST(DmarcHostile, ManyTextsAreToldInPart) {
    std::string texts;
    for (std::size_t i = 0; i < 50; ++i) texts += fmt::format(R"({}"v=DMARC1; p=none; n{}=1")", i == 0 ? "" : ", ", i);
    const auto findings = say_of(fmt::format(R"("_dmarc.example.com": {{"TXT": [{}]}})", texts));
    ASSERT_EQ(line_of(findings), "dmarc.multiple=error");
    EXPECT_EQ(findings.at(0).details.size(), 20U);
}

TEST(DmarcHostile, UnknownTagsAreOneShortFinding) {
    std::string record = "v=DMARC1; p=reject; rua=mailto:d@example.com";
    for (std::size_t i = 0; i < 90; ++i) record += fmt::format("; unknown-tag-{}=1", i);
    const auto findings = say_of_record(record);
    ASSERT_EQ(line_of(findings), "dmarc.unknown_tag=notice dmarc.ok=ok");
    EXPECT_LT(english(findings.at(0).title).size(), 200U);
}

} // namespace
} // namespace bonafide::doctor
