// Zones as hosting panels write them, against public DNS.
#include "dns/zone.hpp"
#include "doctor/local_compare.hpp"
#include "doctor/local_zone.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace bonafide::doctor {
namespace {

using dns::Type;
using testing::ElementsAre;
using testing::IsEmpty;

// cPanel: absolute owner of the SOA, relative names, strings split with a blank between.
constexpr std::string_view cpanel =
    "; cPanel first:110.0.12 (update_time):1760000000 Cpanel::ZoneFile::VERSION:1.3\n"
    "; Zone file for example.com\n"
    "$TTL 14400\n"
    "example.com.\t86400\tIN\tSOA\tns1.host.example.net.\troot.host.example.net.\t(\n"
    "\t\t\t\t\t\t2026010102 ;Serial Number\n"
    "\t\t\t\t\t\t3600 ;refresh\n"
    "\t\t\t\t\t\t1800 ;retry\n"
    "\t\t\t\t\t\t1209600 ;expire\n"
    "\t\t\t\t\t\t86400 ;minimum\n"
    "\t)\n"
    "example.com.\t86400\tIN\tNS\tns1.host.example.net.\n"
    "example.com.\t86400\tIN\tNS\tns2.host.example.net.\n"
    "example.com.\t14400\tIN\tA\t192.0.2.10\n"
    "example.com.\t14400\tIN\tMX\t0\texample.com.\n"
    "mail\t14400\tIN\tCNAME\texample.com.\n"
    "www\t14400\tIN\tCNAME\texample.com.\n"
    "_caldavs._tcp\t14400\tIN\tSRV\t0 0 2080 host.example.net.\n"
    "example.com.\t14400\tIN\tTXT\t\"v=spf1 +a +mx +ip4:192.0.2.10 ~all\"\n"
    "default._domainkey\t14400\tIN\tTXT\t\"v=DKIM1; k=rsa; p=MIIBIjANBgkq\" \"hkiG9w0BAQEF;\"\n"
    "_dmarc\t14400\tIN\tTXT\t\"v=DMARC1; p=none;\"\n";

// Hestia and VestaCP: semicolons escaped within quotes, names relative, "@" for the domain, Windows line ends after an edit.
constexpr std::string_view hestia =
    "$TTL 14400\r\n"
    "@    IN    SOA    ns1.host.example.net.    root.example.com. (\r\n"
    "                                            2026010102\r\n"
    "                                            7200\r\n"
    "                                            3600\r\n"
    "                                            1209600\r\n"
    "                                            180 )\r\n"
    "\r\n"
    "@\t14400\tIN\tNS\t\tns1.host.example.net.\r\n"
    "@\t14400\tIN\tA\t\t192.0.2.10\r\n"
    "mail\t14400\tIN\tA\t\t192.0.2.10\r\n"
    "@\t14400\tIN\tMX\t10\tmail.example.com.\r\n"
    "@\t14400\tIN\tTXT\t\t\"v=spf1 a mx ip4:192.0.2.10 -all\"\r\n"
    "_domainkey\t14400\tIN\tTXT\t\t\"t=y; o=~;\"\r\n"
    "mail._domainkey\t14400\tIN\tTXT\t\t\"v=DKIM1\\; k=rsa\\; p=MIIBIjANBgkqhkiG9w0BAQEF\"\r\n"
    "_dmarc\t14400\tIN\tTXT\t\t\"v=DMARC1\\; p=quarantine\\; pct=100\"\r\n";

// Plesk: no SOA in what it exports, absolute names, long strings in parentheses over several lines, a policy of DomainKeys.
constexpr std::string_view plesk = "$TTL\t86400\n"
                                   "example.com.\tIN NS\tns1.host.example.net.\n"
                                   "example.com.\t\tIN A\t192.0.2.10\n"
                                   "mail.example.com.\tIN A\t192.0.2.10\n"
                                   "example.com.\tIN MX\t10 mail.example.com.\n"
                                   "example.com.\tIN TXT\t\"v=spf1 +a +mx +a:host.example.net -all\"\n"
                                   "_domainkey.example.com.\tIN TXT\t\"o=-\"\n"
                                   "default._domainkey.example.com.\tIN TXT\t( \"v=DKIM1; p=MIIBIjANBgkq\"\n"
                                   "\t\"hkiG9w0BAQEF;\" )\n"
                                   "_dmarc.example.com.\tIN TXT\t\"v=DMARC1; adkim=s; aspf=s; p=reject\"\n"
                                   "_domainconnect.example.com.\tIN CNAME\tdomainconnect.plesk.example.\n";

/// Both sides; the public one as JSON.
struct Pair {
    std::string_view local;
    std::string in_public;
    std::string domain = "example.com";
};

LocalZoneSurvey compared(const Pair& pair) {
    const auto local = dns::Zone::parse(pair.local, "example.com");
    EXPECT_TRUE(local.has_value()) << (local ? "" : local.error().text);
    const auto in_public = dns::Zone::parse(pair.in_public);
    EXPECT_TRUE(in_public.has_value()) << (in_public ? "" : in_public.error().text);
    Subject subject{.domain = pair.domain, .local_zone = KnownZone{*local, (*local)->names()}};
    return dns::run(survey_local_zone(subject), **in_public);
}
std::vector<Finding> judged(const Pair& pair) {
    Survey all{.subject = {.domain = pair.domain}, .local_zone = compared(pair)};
    std::vector<Finding> findings;
    judge_local_zone(all, findings);
    return findings;
}
/// "NAME TYPE VALUE" of each record.
std::vector<std::string> lines(const std::vector<dns::Record>& records) {
    std::vector<std::string> result;
    for (const dns::Record& one : records)
        result.push_back(fmt::format("{} {} {}", one.name, dns::to_text(one.type), one.value));
    return result;
}
std::string place(const text::Text& text, std::string_view name) {
    for (const text::Place& one : text.places)
        if (one.name == name) return one.value;
    return {};
}

TEST(LocalZone, PanelsAreReadAndACopiedZoneIsWell) {
    const std::pair<std::string_view, std::string_view> rows[] = {
        {cpanel, R"({"example.com": {"A": ["192.0.2.10"], "MX": [[0, "example.com"]],
                       "TXT": ["v=spf1 +a +mx +ip4:192.0.2.10 ~all", "google-site-verification=x"]},
                     "default._domainkey.example.com": {"TXT": ["v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEF"]},
                     "_dmarc.example.com": {"TXT": ["v=DMARC1; p=none"]}})"},
        {hestia, R"({"example.com": {"MX": [[10, "mail.example.com"]], "TXT": ["v=spf1 a  MX ip4:192.0.2.10 -all"]},
                     "mail.example.com": {"A": ["192.0.2.10"]},
                     "mail._domainkey.example.com": {"TXT": ["v=DKIM1;k=rsa; p=MIIBIjANBgkq hkiG9w0BAQEF;"]},
                     "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}})"},
        {plesk, R"({"example.com": {"MX": [[20, "mail.example.com"]],
                      "TXT": ["v=spf1 a mx a:host.example.net include:_spf.google.com -all"]},
                    "mail.example.com": {"AAAA": ["2001:db8::10"]},
                    "default._domainkey.example.com": {"TXT": ["v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEF"]},
                    "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@example.com"]}})"},
    };
    for (const auto& [local, in_public] : rows) {
        for (const LocalDifference& one : compared({local, std::string(in_public)}).differences)
            ADD_FAILURE() << one.name << " " << lines(one.missing).at(0);
    }
}

TEST(LocalZone, WhatWasNotCopiedIsToldWithTheRecordsToAdd) {
    const auto findings = judged({hestia, R"({"example.com": {"NS": ["kim.ns.cloudflare.com", "tim.ns.cloudflare.com"],
        "MX": [[10, "mail.example.com"]], "TXT": ["v=spf1 a mx ip4:192.0.2.10 -all"]},
        "mail.example.com": {"A": ["192.0.2.10"]}, "_dmarc.example.com": {"TXT": ["v=DMARC1; p=quarantine"]}})"});
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].id, "zone.not_copied");
    EXPECT_EQ(findings[0].severity, Severity::error);
    EXPECT_EQ(findings[0].subject, "mail._domainkey.example.com");
    EXPECT_EQ(place(findings[0].title, "host"), "Cloudflare");
    EXPECT_THAT(lines(findings[0].records),
                ElementsAre("mail._domainkey.example.com TXT v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEF"));
    EXPECT_THAT(findings[0].remove, IsEmpty());
}

TEST(LocalZone, AnEmptyPublicZoneLacksEachKindOnce) {
    const auto findings = judged({plesk, R"({"example.com": {"NS": ["ns01.domaincontrol.com"]}})"});
    std::vector<std::string> all;
    for (const Finding& one : findings) {
        EXPECT_EQ(one.severity, Severity::error);
        for (const std::string& line : lines(one.records)) all.push_back(line);
    }
    EXPECT_THAT(all,
                testing::UnorderedElementsAre("example.com TXT v=spf1 +a +mx +a:host.example.net -all",
                                              "example.com MX mail.example.com", "mail.example.com A 192.0.2.10",
                                              "default._domainkey.example.com TXT v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEF;",
                                              "_dmarc.example.com TXT v=DMARC1; adkim=s; aspf=s; p=reject"));
    EXPECT_EQ(findings.size(), 5U);
}

TEST(LocalZone, ADifferentKeyIsReplaced) {
    const auto findings = judged({"default._domainkey TXT \"v=DKIM1; p=bmV3\"\n",
                                  R"({"default._domainkey.example.com": {"TXT": ["v=DKIM1; p=b2xk"]}})"});
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_THAT(lines(findings[0].records), ElementsAre("default._domainkey.example.com TXT v=DKIM1; p=bmV3"));
    EXPECT_THAT(lines(findings[0].remove), ElementsAre("default._domainkey.example.com TXT v=DKIM1; p=b2xk"));
}

TEST(LocalZone, SpfAsReceiversSeeIt) {
    const struct {
        std::string_view local, in_public, proposed; ///< nothing proposed: no difference
    } rows[] = {
        {"v=spf1 a -all", "v=spf1 a -all", ""},
        {"v=spf1 +a +MX -all", "v=spf1  a mx -all", ""},
        {"v=spf1 a ~all", "v=spf1 a include:x.example -all", ""}, // allows all of it and more, and is no softer
        {"v=spf1 a -all", "v=spf1 a ~all", "v=spf1 a -all"},
        {"v=spf1 a -all", "v=spf1 a", "v=spf1 a -all"},
        {"v=spf1 ip4:192.0.2.1 -all", "v=spf1 include:x.example -all",
         "v=spf1 include:x.example ip4:192.0.2.1 -all"}, // nobody who may send now is turned away
        {"v=spf1 ip4:192.0.2.1 -all", "", "v=spf1 ip4:192.0.2.1 -all"},
    };
    for (const auto& row : rows) {
        std::vector<std::string> in_public;
        if (!row.in_public.empty()) in_public.emplace_back(row.in_public);
        const auto difference = compare_texts(MailRecord::spf, "example.com", {std::string(row.local)}, in_public);
        ASSERT_EQ(difference.has_value(), !row.proposed.empty()) << row.local << " / " << row.in_public;
        if (!difference) continue;
        EXPECT_EQ(difference->missing.at(0).value, row.proposed);
        EXPECT_EQ(difference->other.size(), in_public.size());
    }
}

TEST(LocalZone, DmarcAtLeastAsStrictIsWell) {
    constexpr std::array<std::string_view, 3> policies{"none", "quarantine", "reject"};
    for (std::size_t local = 0; local < policies.size(); ++local)
        for (std::size_t in_public = 0; in_public < policies.size(); ++in_public)
            EXPECT_EQ(compare_texts(MailRecord::dmarc, "_dmarc.example.com",
                                    {fmt::format("v=DMARC1; p={}", policies[local])},
                                    {fmt::format("v=DMARC1;p = {};", policies[in_public])})
                          .has_value(),
                      in_public < local);
}

TEST(LocalZone, MailThatGoesElsewhereIsAWarning) {
    const Pair pair{"@ MX 10 mail\nmail A 192.0.2.1\n", R"({"example.com": {"MX": [[1, "aspmx.l.google.com"]]}})"};
    const auto findings = judged(pair);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].severity, Severity::warning);
    EXPECT_THAT(lines(findings[0].records), ElementsAre("example.com MX mail.example.com"));
    EXPECT_THAT(lines(findings[0].remove), ElementsAre("example.com MX aspmx.l.google.com"));
    // One of two is missing: both are this server's.
    const auto partly = judged(
        {"@ MX 10 a.example.net.\n@ MX 20 b.example.net.\n", R"({"example.com": {"MX": [[10, "a.example.net"]]}})"});
    ASSERT_EQ(partly.size(), 1U);
    EXPECT_EQ(partly[0].severity, Severity::error);
    EXPECT_THAT(lines(partly[0].records), ElementsAre("example.com MX b.example.net"));
}

TEST(LocalZone, AliasesOfMail) {
    constexpr std::string_view local = "s1._domainkey CNAME key.provider.example.\n";
    const std::pair<std::string_view, std::size_t> rows[] = {
        {R"({"s1._domainkey.example.com": {"CNAME": ["key.provider.example"]}, "key.provider.example": {"TXT": ["p=a"]}})",
         0},
        {R"({"s1._domainkey.example.com": {"TXT": ["p=a"]}, "key.provider.example": {"TXT": ["p=a"]}})",
         0}, // flattened
        {R"({"s1._domainkey.example.com": {"TXT": ["p=b"]}, "key.provider.example": {"TXT": ["p=a"]}})", 1},
        {R"({"s1._domainkey.example.com": {"CNAME": ["old.provider.example"]}})", 1},
        {R"({"key.provider.example": {"TXT": ["p=a"]}})", 1},
    };
    for (const auto& [in_public, count] : rows) {
        const auto differences = compared({local, std::string(in_public)}).differences;
        ASSERT_EQ(differences.size(), count) << in_public;
        if (count > 0)
            EXPECT_THAT(lines(differences[0].missing),
                        ElementsAre("s1._domainkey.example.com CNAME key.provider.example"));
    }
}

TEST(LocalZone, WhatIsNotForMailIsNotCompared) {
    EXPECT_THAT(compared({"@ TXT \"google-site-verification=x\"\nwww A 192.0.2.1\n_domainkey TXT \"o=-\"\n"
                          "_acme-challenge TXT abc\n*.example.com. TXT \"v=spf1 -all\"\n@ NS ns9\n"
                          "cdn CNAME x.cdn.example.\nother.example. TXT \"v=spf1 -all\"\n",
                          R"({"example.com": {"NS": ["ns.provider.example"]}})"})
                    .differences,
                IsEmpty());
}

TEST(LocalZone, PrivateAddressesOfMailHostsStayInside) {
    EXPECT_THAT(judged({"@ MX 10 mail\nmail A 10.0.0.5\n", R"({"example.com": {"MX": [[10, "mail.example.com"]]}})"}),
                IsEmpty());
    EXPECT_EQ(
        judged({"@ MX 10 mail\nmail A 192.0.2.5\n", R"({"example.com": {"MX": [[10, "mail.example.com"]]}})"}).size(),
        1U);
}

TEST(LocalZone, NoAnswerIsNoAbsence) {
    for (const std::string_view failure : {"SERVFAIL", "BOGUS", "TIMEOUT"}) {
        const auto survey = compared({"mail._domainkey TXT \"v=DKIM1; p=YQ==\"\ns CNAME x\n@ MX 1 mail\n"
                                      "k._domainkey CNAME a.example.\n",
                                      fmt::format(R"({{"mail._domainkey.example.com": {{"{0}": true}},
                                                      "k._domainkey.example.com": {{"{0}": true}},
                                                      "example.com": {{"{0}": true}}}})",
                                                  failure)});
        EXPECT_THAT(survey.differences, IsEmpty()) << failure;
        EXPECT_THAT(survey.unanswered,
                    ElementsAre("example.com", "k._domainkey.example.com", "mail._domainkey.example.com"));
    }
}

TEST(LocalZone, SubdomainsHaveRecordsOfTheirOwn) {
    const auto findings = judged({"news TXT \"v=spf1 a -all\"\nshop TXT \"v=spf1 mx -all\"\n", "{}"});
    ASSERT_EQ(findings.size(), 1U); // one kind
    EXPECT_EQ(findings[0].records.size(), 2U);
    EXPECT_EQ(place(findings[0].title, "count"), "2");
}

TEST(LocalZone, AZoneFileOfTheParentServesASubdomain) {
    // Relative names belong to the zone whose SOA the file holds, not to the domain that is looked at.
    const auto local = dns::Zone::parse(cpanel, "shop.example.com");
    ASSERT_TRUE(local.has_value());
    EXPECT_THAT((*local)->names(), testing::Contains("default._domainkey.example.com"));
    EXPECT_THAT((*local)->names(), testing::Not(testing::Contains("default._domainkey.shop.example.com")));
}

TEST(LocalZone, NamesAreBounded) {
    for (const std::size_t count : {most_local_names, most_local_names + 1}) {
        std::string zone;
        for (std::size_t i = 0; i < count; ++i) zone += fmt::format("n{} TXT \"v=spf1 -all\"\n", i);
        EXPECT_EQ(compared({zone, "{}"}).differences.size(), most_local_names);
    }
}

TEST(LocalZone, KindsOfTexts) {
    const struct {
        std::string_view name, text;
        std::optional<MailRecord> kind;
    } rows[] = {
        {"example.com", "v=spf1 -all", MailRecord::spf},
        {"example.com", "V=SPF1", MailRecord::spf},
        {"example.com", "v=spf10 -all", {}},
        {"example.com", "v=DMARC1; p=none", {}}, // in the wrong place: not to be copied
        {"_dmarc.example.com", "v=DMARC1; p=none", MailRecord::dmarc},
        {"_dmarc.example.com", "v = DMARC1; p=none", MailRecord::dmarc},
        {"_dmarc.example.com", "hello", {}},
        {"example.org._report._dmarc.example.com", "v=DMARC1", MailRecord::dmarc},
        {"s._domainkey.example.com", "p=", MailRecord::dkim},
        {"s._domainkey.example.com", "o=~", {}},
        {"_domainkey.example.com", "t=y; o=~; p=x", {}},
        {"_mta-sts.example.com", "v=STSv1; id=1", MailRecord::mta_sts},
        {"_smtp._tls.example.com", "v=TLSRPTv1; rua=mailto:a@example.com", MailRecord::tls_rpt},
        {"default._bimi.example.com", "v=BIMI1; l=", MailRecord::bimi},
    };
    for (const auto& row : rows) EXPECT_EQ(mail_record_of(row.name, row.text), row.kind) << row.name << " " << row.text;
}

TEST(LocalZone, ProvidersByTheirServers) {
    EXPECT_EQ(dns_provider({"ns.unknown.example", "kim.ns.cloudflare.com"}), "Cloudflare");
    EXPECT_EQ(dns_provider({"ns-1.awsdns-01.co.uk"}), "Amazon Route 53");
    EXPECT_EQ(dns_provider({"ns01.domaincontrol.com"}), "GoDaddy");
    EXPECT_EQ(dns_provider({"ns.example.net"}), "");
    EXPECT_EQ(dns_provider({}), "");
}

} // namespace
} // namespace bonafide::doctor
