// What is said of a record that is read, and of where it leads: each row a zone, the findings, and the record to publish where there is one.
#include "doctor/spf_test_survey.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bonafide::doctor {
namespace {

using namespace testing;
using ::testing::ElementsAre, ::testing::HasSubstr, ::testing::IsSupersetOf;

struct Row {
    std::string_view name;
    std::string record;
    std::string others; ///< of the zone
    std::string expected;
    std::string publish; ///< by the first finding
};

std::string net(std::string_view names_and_records) { // "a=v=spf1 -all|b=..." below example.net
    std::string result;
    while (!names_and_records.empty()) {
        const std::string_view one = names_and_records.substr(0, names_and_records.find('|'));
        names_and_records.remove_prefix(std::min(one.size() + 1, names_and_records.size()));
        const std::size_t equals = one.find('=');
        result += fmt::format("{}'{}.example.net': {{'TXT': ['{}']}}", result.empty() ? "" : ", ",
                              one.substr(0, equals), one.substr(equals + 1));
    }
    return result;
}

/// `count` includes, and their records.
std::string includes(int count) {
    std::string result;
    for (int i = 0; i < count; ++i) result += fmt::format("include:i{}.example.net ", i);
    return result;
}
std::string included(int count) {
    std::string result;
    for (int i = 0; i < count; ++i)
        result += fmt::format("{}i{}=v=spf1 ip4:198.51.100.{} -all", i == 0 ? "" : "|", i, i);
    return net(result);
}

void expect_rows(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const auto source = zone(with_record(row.record, row.others));
        const auto findings = judged(survey(source, subject()));
        EXPECT_EQ(summary(findings), row.expected);
        if (findings.empty()) continue;
        EXPECT_EQ(record_of(findings, findings.front().id), row.publish);
        for (const Finding& finding : findings) {
            EXPECT_LT(rank(finding.id), ids().size()) << finding.id;
            EXPECT_FALSE(finding.title.empty());
            EXPECT_EQ(finding.why.empty(), finding.severity == Severity::ok) << finding.id;
            for (const dns::Record& record : finding.records)
                EXPECT_TRUE(spf::parse_record(record.value)) << record.value;
        }
    }
}

TEST(DoctorSpf, HealthyRecordsAreLeftInPeace) {
    const std::string ok = "ok spf.ok";
    expect_rows({
        {"addresses", "v=spf1 ip4:192.0.2.10 ip6:2001:db8::/48 -all", "", ok, ""},
        {"softfail", "v=spf1 mx ~all", "", ok, ""},
        {"a and mx that are listed too", "v=spf1 a mx ip4:192.0.2.10 ip4:192.0.2.80 -all", "", ok, ""},
        {"nobody sends", "v=spf1 -all", "", ok, ""},
        {"capitals", "V=SPF1 IP4:192.0.2.10 A -ALL", "", ok, ""},
        {"spaces", "v=spf1  mx   -all ", "", ok, ""},
        {"redirect", "v=spf1 redirect=r.example.net", net("r=v=spf1 ip4:192.0.2.1 -all"), ok, ""},
        {"chain of redirects", "v=spf1 redirect=r.example.net",
         net("r=v=spf1 redirect=s.example.net|s=v=spf1 redirect=t.example.net|t=v=spf1 mx:example.com -all"), ok, ""},
        {"an include that ends with ?all", "v=spf1 include:a.example.net -all", net("a=v=spf1 ip4:192.0.2.1 ?all"), ok,
         ""},
        {"an include without all", "v=spf1 include:a.example.net -all", net("a=v=spf1 ip4:192.0.2.1"), ok, ""},
        {"an excluded +all", "v=spf1 mx -include:a.example.net ~all", net("a=v=spf1 +all"), ok, ""},
        {"macros of a message", "v=spf1 exists:%{i}._spf.%{d} include:%{l}.example.net -all", "", ok, ""},
        {"%{d}", "v=spf1 include:%{d}.example.net -all", net("example.com=v=spf1 -all"), ok, ""},
        {"redirect with macros", "v=spf1 mx redirect=%{l}.example.net", "", ok, ""},
        {"explanation", "v=spf1 mx -all exp=why.example.com", "", ok, ""},
        {"modifiers of others", "v=spf1 mx ra=postmaster rp=100 -all", "", ok, ""},
        {"seven look-ups", "v=spf1 " + includes(7) + "-all", included(7), ok, ""},
        {"the same include twice", "v=spf1 include:i0.example.net include:i0.example.net -all", included(1), ok, ""},
        {"a /16", "v=spf1 ip4:198.18.0.0/16 -all", "", ok, ""},
        {"wide networks of a known service", "v=spf1 include:spf.protection.outlook.com -all",
         "'spf.protection.outlook.com': {'TXT': ['v=spf1 ip4:40.92.0.0/14 include:deep.example.net -all']}, " +
             net("deep=v=spf1 ip4:52.0.0.0/14 -all"),
         ok, ""},
        {"A beside no AAAA is no void look-up", "v=spf1 a mx a:mail.example.com -all", "", ok, ""},
        {"null MX at an mx", "v=spf1 mx:n.example.net ip4:192.0.2.1 -all", "'n.example.net': {'MX': [[0, '.']]}", ok,
         ""},
    });
}

TEST(DoctorSpf, SyntaxIsToldWithTheRecordThatWasMeant) {
    const std::string bad = "error spf.syntax";
    const std::string meant = "v=spf1 ip4:192.0.2.10 -all";
    expect_rows({
        {"ipv4", "v=spf1 ipv4:192.0.2.10 -all", "", bad, meant},
        {"space in the term", "v=spf1 ip4: 192.0.2.10 -all", "", bad, meant},
        {"a with an address", "v=spf1 a:192.0.2.10 -all", "", bad, meant},
        {"comma", "v=spf1 ip4:192.0.2.10, -all", "", bad, meant},
        {"bare address", "v=spf1 192.0.2.10 -all", "", bad, meant},
        {"dash of a word processor", "v=spf1 ip4:192.0.2.10 \\u00e2\\u0080\\u0093all", "", bad, meant},
        {"no cure is known", "v=spf1 ip4:192.0.2.300 -all", "", bad, ""},
        {"redirect twice", "v=spf1 redirect=a.example.net redirect=b.example.net", "", bad, ""},
        {"nothing else follows from it", "v=spf1 ptr ?all ip4:192.0.2.300", "", bad, ""},
        {"equals sign, which receivers skip", "v=spf1 ip4=192.0.2.10 -all", "", bad, meant},
        {"in an include", "v=spf1 include:a.example.net -all", net("a=v=spf1 foo -all"), bad, ""},
    });
}

TEST(DoctorSpf, LookupsAreCounted) {
    const std::string many = "error spf.too_many_lookups";
    expect_rows({
        {"eight", "v=spf1 " + includes(8) + "-all", included(8), "notice spf.near_limit, ok spf.ok", ""},
        {"ten", "v=spf1 " + includes(10) + "-all", included(10), "notice spf.near_limit, ok spf.ok", ""},
        {"eleven; addresses take the place of one", "v=spf1 " + includes(11) + "-all", included(11), many,
         "v=spf1 ip4:198.51.100.0 " + includes(11).substr(23) + "-all"},
        {"a that is listed can go", "v=spf1 ip4:192.0.2.80 a " + includes(10) + "-all", included(10), many,
         "v=spf1 ip4:192.0.2.80 " + includes(10) + "-all"},
        {"mx becomes addresses", "v=spf1 mx " + includes(10) + "-all", included(10), many,
         "v=spf1 ip4:192.0.2.10 " + includes(10) + "-all"},
        {"a duplicate can go", "v=spf1 " + includes(10) + "include:i3.example.net -all", included(10), many,
         "v=spf1 " + includes(10) + "-all"},
        {"ptr is told too, and both records are one", "v=spf1 ptr " + includes(10) + "-all", included(10),
         many + ", warning spf.ptr", "v=spf1 " + includes(10) + "-all"},
        {"a weak end is told beside it", "v=spf1 a " + includes(10) + "?all", included(10),
         many + ", warning spf.neutral_all", "v=spf1 ip4:192.0.2.80 " + includes(10) + "~all"},
        {"eleven MX hosts", "v=spf1 mx:m.example.net -all",
         "'m.example.net': {'MX': [[1,'a.example.com'],[2,'b.example.com'],[3,'c.example.com'],[4,'d.example.com'],"
         "[5,'e.example.com'],[6,'f.example.com'],[7,'g.example.com'],[8,'h.example.com'],[9,'i.example.com'],"
         "[10,'j.example.com'],[11,'k.example.com']]}",
         many, ""},
    });
}

TEST(DoctorSpf, WhereTheRecordLeads) {
    expect_rows({
        {"include of nothing", "v=spf1 mx include:gone.example.net -all", "", "error spf.include_none",
         "v=spf1 mx -all"},
        {"include without SPF", "v=spf1 mx include:a.example.net -all", net("a=hello"), "error spf.include_none",
         "v=spf1 mx -all"},
        {"web address", "v=spf1 include:https://spf.example.net -all", "", "error spf.include_none",
         "v=spf1 include:spf.example.net -all"},
        {"single label", "v=spf1 mx include:%{d1r} -all", "", "error spf.include_none", "v=spf1 mx -all"},
        {"redirect to nothing", "v=spf1 mx redirect=gone.example.net", "", "error spf.include_none", "v=spf1 mx ~all"},
        {"loop", "v=spf1 mx include:example.com -all", "", "error spf.loop", "v=spf1 mx -all"},
        {"loop of two", "v=spf1 include:b.example.net -all", net("b=v=spf1 include:example.com -all"), "error spf.loop",
         ""},
        {"several in an include", "v=spf1 include:b.example.net -all",
         "'b.example.net': {'TXT': ['v=spf1 -all', 'v=spf1 mx -all']}", "error spf.multiple", ""},
        {"include times out", "v=spf1 include:b.example.net -all", "'b.example.net': {'TIMEOUT': true}",
         "error dns.unanswered", ""},
        {"a times out", "v=spf1 a:b.example.net -all", "'b.example.net': {'TIMEOUT': true}", "error dns.unanswered",
         ""},
        {"AAAA fails", "v=spf1 a:b.example.net -all", "'b.example.net': {'A': ['192.0.2.1'], 'SERVFAIL': ['AAAA']}",
         "error dns.unanswered", ""},
        {"an MX host fails", "v=spf1 mx:b.example.net -all",
         "'b.example.net': {'MX': [[10, 'c.example.net']]}, 'c.example.net': {'SERVFAIL': true}",
         "error dns.unanswered", ""},
        {"an include is bogus: told elsewhere", "v=spf1 include:b.example.net -all", "'b.example.net': {'BOGUS': true}",
         "", ""},
        {"one dead name", "v=spf1 mx a:gone.example.com -all", "", "warning spf.void_lookups", "v=spf1 mx -all"},
        {"the only sender is dead: the MX host is proposed", "v=spf1 a:gone.example.com -all", "",
         "warning spf.void_lookups", "v=spf1 mx -all"},
        {"two", "v=spf1 mx a:g1.example.com exists:g2.example.com -all", "", "warning spf.void_lookups",
         "v=spf1 mx -all"},
        {"three", "v=spf1 mx a:g1.example.com a:g2.example.com mx:g3.example.com -all", "", "error spf.void_lookups",
         "v=spf1 mx -all"},
        {"three, at a service", "v=spf1 include:a.example.net -all",
         net("a=v=spf1 a:g1.example.net a:g2.example.net a:g3.example.net -all"), "error spf.void_lookups", ""},
        {"the same include that is broken, twice", "v=spf1 include:g.example.net include:g.example.net mx -all", "",
         "error spf.include_none", "v=spf1 mx -all"},
    });
}

TEST(DoctorSpf, WhatTheRecordSays) {
    const std::string open = "error spf.plus_all";
    expect_rows({
        {"+all", "v=spf1 mx +all", "", open, "v=spf1 mx ~all"},
        {"all", "v=spf1 mx all", "", open, "v=spf1 mx ~all"},
        {"0/0", "v=spf1 mx ip4:0.0.0.0/0 -all", "", open, "v=spf1 mx -all"},
        {"two halves", "v=spf1 mx ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all", "", open, "v=spf1 mx -all"},
        {"half of IPv4 in pieces", "v=spf1 mx ip4:0.0.0.0/2 ip4:64.0.0.0/2 -all", "", open, "v=spf1 mx -all"},
        {"less than half of IPv4", "v=spf1 ip4:64.0.0.0/2 -all", "", "warning spf.too_wide", ""},
        {"all of IPv6", "v=spf1 mx ip6:::/0 -all", "", open, "v=spf1 mx -all"},
        {"a/0", "v=spf1 mx a/0 -all", "", open, "v=spf1 mx -all"},
        {"exists of a fixed name", "v=spf1 mx exists:mail.example.com -all", "", open, "v=spf1 mx -all"},
        {"in an include", "v=spf1 include:a.example.net -all", net("a=v=spf1 +all"), open, ""},
        {"in an include of its own", "v=spf1 mx include:_s.example.com -all",
         "'_s.example.com': {'TXT': ['v=spf1 ip4:192.0.2.1 +all']}", open, "v=spf1 ip4:192.0.2.1 ~all"},
        {"?all", "v=spf1 mx ?all", "", "warning spf.neutral_all", "v=spf1 mx ~all"},
        {"?all at the end of a redirect of its own", "v=spf1 redirect=_s.example.com",
         "'_s.example.com': {'TXT': ['v=spf1 mx:example.com ?all']}", "warning spf.neutral_all",
         "v=spf1 mx:example.com ~all"},
        {"no all", "v=spf1 mx", "", "warning spf.no_all", "v=spf1 mx ~all"},
        {"nothing at all", "v=spf1", "", "warning spf.no_all", "v=spf1 ~all"},
        {"terms behind all", "v=spf1 mx -all a include:a.example.net", "", "warning spf.after_all",
         "v=spf1 mx a include:a.example.net -all"},
        {"redirect beside all", "v=spf1 mx -all redirect=a.example.net", "", "warning spf.after_all",
         "v=spf1 mx include:a.example.net -all"},
        {"ptr", "v=spf1 ptr mx -all", "", "warning spf.ptr", "v=spf1 mx -all"},
        {"ptr alone", "v=spf1 ptr -all", "", "warning spf.ptr", "v=spf1 mx -all"},
        {"ptr of a service", "v=spf1 mx include:a.example.net -all", net("a=v=spf1 ptr:example.net -all"), "ok spf.ok",
         ""},
        {"wider than /16", "v=spf1 ip4:198.18.0.0/15 -all", "", "warning spf.too_wide", ""},
        {"wider than /32", "v=spf1 ip6:2001:db8::/31 -all", "", "warning spf.too_wide", ""},
        {"mx/8", "v=spf1 mx/8 -all", "", "warning spf.too_wide", ""},
        {"wide, at somebody unknown", "v=spf1 include:a.example.net -all", net("a=v=spf1 ip4:198.18.0.0/15 -all"),
         "warning spf.too_wide", ""},
        {"private", "v=spf1 mx ip4:10.0.0.5 ip4:192.168.1.0/24 ip6:fd00::1 -all", "", "warning spf.private_address",
         "v=spf1 mx -all"},
        {"carrier-grade NAT", "v=spf1 mx ip4:100.64.0.1 -all", "", "warning spf.private_address", "v=spf1 mx -all"},
        {"sick in several ways: one record cures them all", "v=spf1 mx ptr ip4:10.0.0.5 ?all a", "",
         "warning spf.neutral_all, warning spf.after_all, warning spf.ptr, warning spf.private_address",
         "v=spf1 mx a ~all"},
    });
}

TEST(DoctorSpf, KnownAddresses) {
    struct Case {
        std::string record, others, address, expected, publish;
    };
    const std::vector<Case> cases{
        {"v=spf1 mx -all", "", "192.0.2.10", "ok spf.ok", ""},
        {"v=spf1 mx -all", "", "192.0.2.99", "error spf.address_missing", "v=spf1 mx ip4:192.0.2.99 -all"},
        {"v=spf1 mx ~all", "", "2001:db8::9", "error spf.address_missing", "v=spf1 mx ip6:2001:db8::9 ~all"},
        {"v=spf1 redirect=a.example.net", net("a=v=spf1 -all"), "192.0.2.99", "error spf.address_missing",
         "v=spf1 ip4:192.0.2.99 redirect=a.example.net"},
        {"v=spf1 -ip4:192.0.2.0/24 mx -all", "", "192.0.2.99", "error spf.address_missing",
         "v=spf1 ip4:192.0.2.99 -ip4:192.0.2.0/24 mx -all"},
        {"v=spf1 mx -all ip4:192.0.2.99", "", "192.0.2.99", "error spf.address_missing, warning spf.after_all",
         "v=spf1 mx ip4:192.0.2.99 -all"},
        {"v=spf1 mx", "", "192.0.2.99", "error spf.address_missing, warning spf.no_all",
         "v=spf1 mx ip4:192.0.2.99 ~all"},
        // The address fails because of an error that is told already.
        {"v=spf1 mx include:gone.example.net -all", "", "192.0.2.99", "error spf.include_none", "v=spf1 mx -all"},
        {"v=spf1 ip4=192.0.2.99 -all", "", "192.0.2.99", "error spf.syntax", "v=spf1 ip4:192.0.2.99 -all"},
        // Three names without AAAA are void for a client that has IPv6.
        {"v=spf1 a:mail.example.com a a:m.example.net ip6:2001:db8::9 -all", "'m.example.net': {'A': ['192.0.2.7']}",
         "2001:db8::9", "error spf.void_lookups",
         "v=spf1 ip6:2001:db8::9 a:mail.example.com a a:m.example.net ip6:2001:db8::9 -all"},
    };
    for (const Case& row : cases) {
        SCOPED_TRACE(row.record + " " + row.address);
        const auto findings = judged(survey(zone(with_record(row.record, row.others)), subject({row.address})));
        EXPECT_EQ(summary(findings), row.expected);
        ASSERT_FALSE(findings.empty());
        EXPECT_EQ(record_of(findings, findings.front().id), row.publish);
    }
}

TEST(DoctorSpf, AHardFailIsAskedForOnEvidenceOnly) {
    const auto source = zone(with_record("v=spf1 mx ~all"));
    Survey all = survey(source, subject({"192.0.2.10"}));
    EXPECT_EQ(summary(judged(all)), "ok spf.ok"); // no policy
    dmarc::Record policy;
    policy.p = dmarc::Policy::reject;
    policy.rua = {"mailto:d@example.com"};
    all.dmarc.tree.record = policy;
    EXPECT_EQ(summary(judged(all)), "notice spf.soft_all, ok spf.ok");
    EXPECT_EQ(record_of(judged(all), "spf.soft_all"), "v=spf1 mx -all");
    all.dmarc.tree.record->p = dmarc::Policy::none;
    EXPECT_EQ(summary(judged(all)), "ok spf.ok");
    all.dmarc.tree.record->p = dmarc::Policy::reject;
    all.subject.addresses.clear();
    EXPECT_EQ(summary(judged(all)), "ok spf.ok"); // nothing is known of who sends
}

TEST(DoctorSpf, TheCulpritIsNamedWithWhoseItIsAndWhatItCosts) {
    const std::string others =
        included(8) + ", '_spf.google.com': {'TXT': ['v=spf1 include:d1.example.net include:d2.example.net -all']}, " +
        net("d1=v=spf1 ip4:198.51.100.1 -all|d2=v=spf1 exists:%{i}.example.net -all");
    const auto findings =
        judged(survey(zone(with_record("v=spf1 " + includes(8) + "include:_spf.google.com -all", others)), subject()));
    ASSERT_EQ(summary(findings), "error spf.too_many_lookups");
    EXPECT_EQ(said(findings[0].title),
              "The SPF record of example.com needs 12 DNS look-ups; at most 10 are allowed. The "
              "costliest term is include:_spf.google.com (Google Workspace)");
    std::vector<std::string> lines;
    for (const text::Text& line : findings[0].details) lines.push_back(said(line));
    EXPECT_THAT(
        lines, IsSupersetOf({std::string("include:i0.example.net: DNS look-ups: 1"),
                             std::string("include:_spf.google.com (Google Workspace): DNS look-ups: 4"),
                             std::string("include:d2.example.net in the record of _spf.google.com: DNS look-ups: 2"),
                             std::string("exists:%{i}.example.net in the record of d2.example.net: DNS look-ups: 1")}));
    EXPECT_THAT(lines.front(), HasSubstr("the addresses that include:i0.example.net leads to today"));
}

TEST(DoctorSpf, ASoundRecordIsShownWithWhatHoldsForOthers) {
    const auto details = [](const std::string& record) {
        const auto findings = judged(survey(zone(with_record(record)), subject()));
        std::vector<std::string> lines;
        for (const text::Text& line : findings.at(0).details) lines.push_back(said(line));
        return lines;
    };
    EXPECT_THAT(details("v=spf1 mx -all"), ElementsAre("v=spf1 mx -all", "mx: DNS look-ups: 1",
                                                       HasSubstr("-all: mail from all other addresses fails")));
    EXPECT_THAT(details("v=spf1 mx ~all").back(), HasSubstr("~all: mail from all other addresses is suspect"));
    EXPECT_THAT(details("v=spf1 -all"), ElementsAre("v=spf1 -all", "Nobody may send mail for example.com."));
}

} // namespace
} // namespace bonafide::doctor
