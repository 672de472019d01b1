#include "dns/source.hpp"
#include "dns/zone.hpp"
#include "doctor/record_difference.hpp"
#include "text/catalogue.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace bonafide::doctor {
namespace {

/// A plan for example.com with Google, one own server and reports elsewhere; against a zone as JSON.
Wishes usual() {
    return {.domain = "example.com",
            .servers = {*ip::Address::parse("192.0.2.10")},
            .providers = {find_provider("google")},
            .rua = {"dmarc@example.com"},
            .keys = {{"mail", "v=DKIM1; k=rsa; p=AAAA"}}};
}
const std::string google = R"("_spf.google.com": {"TXT": ["v=spf1 ip4:198.51.100.0/24 ~all"]})";

Difference compare(const Wishes& wanted, const std::string& zone) {
    static const dns::PublicSuffixList suffixes = dns::PublicSuffixList::system();
    const auto dns = dns::Zone::parse("{" + zone + "}");
    EXPECT_TRUE(dns) << zone;
    return dns::run(compare_plan(plan_records(wanted, suffixes)), **dns);
}

std::string text_of(const std::vector<dns::Record>& records) {
    std::string all;
    for (const dns::Record& one : records)
        all += one.name + " " + std::string(dns::to_text(one.type)) + " " + one.value + "\n";
    return all;
}
std::string text_of(const std::vector<Planned>& records) {
    std::vector<dns::Record> bare;
    for (const Planned& one : records) bare.push_back(one.record);
    return text_of(bare);
}
std::string warnings(const Difference& difference) {
    std::string all;
    for (const text::Text& one : difference.warnings) all += text::Catalogue::english().render(one) + "\n";
    return all;
}

const std::string whole = google + R"(,
    "example.com": {"TXT": ["google-site-verification=x", "v=spf1 include:_spf.google.com ip4:192.0.2.10 ~all"]},
    "mail._domainkey.example.com": {"TXT": [["v=DKIM1; k=rsa; ", "p=AAAA"]]},
    "_dmarc.example.com": {"TXT": ["v=DMARC1;p=none;rua=mailto:dmarc@example.com"]})";

TEST(Difference, NothingThereEverythingIsAdded) {
    const Difference found = compare(usual(), google);
    EXPECT_EQ(text_of(found.add), "example.com TXT v=spf1 ip4:192.0.2.10 include:_spf.google.com ~all\n"
                                  "mail._domainkey.example.com TXT v=DKIM1; k=rsa; p=AAAA\n"
                                  "_dmarc.example.com TXT v=DMARC1; p=none; rua=mailto:dmarc@example.com\n");
    EXPECT_TRUE(found.change.empty() && found.remove.empty() && found.right.empty() && found.keep.empty());
    EXPECT_EQ(warnings(found), "");
}

TEST(Difference, AllIsRightHoweverItIsWritten) {
    const Difference found = compare(usual(), whole);
    EXPECT_TRUE(found.nothing_to_do());
    EXPECT_EQ(found.right.size(), 3U);
    EXPECT_EQ(text_of(found.keep), "example.com TXT google-site-verification=x\n");
    EXPECT_TRUE(changes_of(found).empty());
}

TEST(Difference, AnotherSpfRecordIsChangedAndOtherTextStays) {
    const Difference found = compare(usual(), google + R"(, "example.com": {"TXT": ["v=spf1 mx ~all", "other=1"]})");
    ASSERT_EQ(found.change.size(), 1U);
    EXPECT_EQ(text_of(found.change[0].from), "example.com TXT v=spf1 mx ~all\n");
    EXPECT_EQ(text_of(found.keep), "example.com TXT other=1\n");
    EXPECT_NE(warnings(found).find("has mx, the planned one does not"), std::string::npos) << warnings(found);
}

TEST(Difference, ASecondSpfRecordGoes) {
    const Difference found =
        compare(usual(), google + R"(, "example.com": {"TXT": ["v=spf1 ip4:192.0.2.10 include:_spf.google.com ~all",
                             "v=spf1 include:servers.mcsv.net -all"]})");
    EXPECT_EQ(text_of(found.remove), "example.com TXT v=spf1 include:servers.mcsv.net -all\n");
    EXPECT_EQ(found.right.size(), 1U);
    EXPECT_NE(warnings(found).find("Mailchimp"), std::string::npos) << warnings(found);
    EXPECT_NE(warnings(found).find("--provider mailchimp"), std::string::npos);
}

TEST(Difference, TwoWrongSpfRecordsBecomeOne) {
    const Difference found =
        compare(usual(), google + R"(, "example.com": {"TXT": ["v=spf1 a -all", "v=spf1; mx -all"]})");
    ASSERT_EQ(found.change.size(), 1U);
    EXPECT_EQ(found.change[0].from.size(), 2U);
}

TEST(Difference, AStaleKeyIsChanged) {
    const Difference found =
        compare(usual(), google + R"(, "mail._domainkey.example.com": {"TXT": ["v=DKIM1; k=rsa; p=BBBB"]})");
    ASSERT_EQ(found.change.size(), 1U);
    EXPECT_EQ(text_of(found.change[0].from), "mail._domainkey.example.com TXT v=DKIM1; k=rsa; p=BBBB\n");
    EXPECT_EQ(found.change[0].to.record.value, "v=DKIM1; k=rsa; p=AAAA");
}

TEST(Difference, ASecondKeyAtASelectorGoes) {
    const Difference found = compare(usual(), google + R"(, "mail._domainkey.example.com":
        {"TXT": ["v=DKIM1; k=rsa; p=BBBB", "v=DKIM1; k=rsa; p=AA AA"]})");
    EXPECT_EQ(text_of(found.remove), "mail._domainkey.example.com TXT v=DKIM1; k=rsa; p=BBBB\n");
}

TEST(Difference, AnAliasInTheWayOfAKeyIsChanged) {
    const Difference found = compare(usual(), google + R"(, "mail._domainkey.example.com": {"CNAME": "old.example.net"},
        "old.example.net": {"TXT": ["v=DKIM1; p=CCCC"]})");
    ASSERT_EQ(found.change.size(), 1U);
    EXPECT_EQ(text_of(found.change[0].from), "mail._domainkey.example.com CNAME old.example.net\n");
    const auto changes = changes_of(found);
    ASSERT_GE(changes.size(), 2U);
    EXPECT_EQ(changes[0].type, dns::Type::cname) << "deletions come first";
    EXPECT_TRUE(changes[0].add.empty());
}

TEST(Difference, AnAliasThatLeadsToTheRightKeyIsRight) {
    const Difference found = compare(usual(), google + R"(, "mail._domainkey.example.com": {"CNAME": "k.example.net"},
        "k.example.net": {"TXT": ["v=DKIM1; k=rsa; p=AAAA"]})");
    EXPECT_EQ(text_of(found.right), "mail._domainkey.example.com TXT v=DKIM1; k=rsa; p=AAAA\n");
    EXPECT_TRUE(found.change.empty());
}

TEST(Difference, TextInTheWayOfAnAliasIsChanged) {
    Wishes wanted{.domain = "example.com", .providers = {find_provider("icloud")}};
    const Difference found = compare(wanted, R"("sig1._domainkey.example.com": {"TXT": ["v=DKIM1; p=CCCC"]},
        "icloud.com": {"TXT": ["v=spf1 -all"]})");
    ASSERT_EQ(found.change.size(), 1U);
    EXPECT_EQ(text_of(found.change[0].from), "sig1._domainkey.example.com TXT v=DKIM1; p=CCCC\n");
    EXPECT_EQ(found.change[0].to.record.type, dns::Type::cname);
}

TEST(Difference, AnAliasToAnotherPlaceIsChangedTheSameIsRight) {
    Wishes wanted{.domain = "example.com", .providers = {find_provider("icloud")}};
    const std::string spf = R"(, "icloud.com": {"TXT": ["v=spf1 -all"]})";
    EXPECT_EQ(compare(wanted, R"("sig1._domainkey.example.com": {"CNAME": "x.example.net"})" + spf).change.size(), 1U);
    EXPECT_EQ(
        compare(wanted,
                R"("sig1._domainkey.example.com": {"CNAME": "sig1.dkim.example.com.at.icloudmailadmin.com"})" + spf)
            .right.size(),
        1U);
}

TEST(Difference, AWeakerPolicyIsWarnedOf) {
    const Difference found = compare(
        usual(),
        google + R"(, "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; adkim=s; rua=mailto:dmarc@example.com"]})");
    ASSERT_EQ(found.change.size(), 1U);
    EXPECT_NE(warnings(found).find("is reject, and the planned one is weaker: none"), std::string::npos)
        << warnings(found);
    EXPECT_NE(warnings(found).find("adkim=s"), std::string::npos);
}

TEST(Difference, AStrongerPolicyIsNot) {
    Wishes wanted = usual();
    wanted.dmarc = dmarc::Policy::reject;
    const Difference found = compare(
        wanted,
        google + R"(, "_dmarc.example.com": {"TXT": ["v=DMARC1; p=none; pct=50; rua=mailto:dmarc@example.com"]})");
    EXPECT_EQ(warnings(found), "");
    EXPECT_EQ(found.change.size(), 1U);
}

TEST(Difference, ConsentOfOthersIsNeverTakenAwayAndAnyWillDo) {
    Wishes wanted = usual();
    wanted.rua = {"x@example.net"};
    const std::string name = R"(, "example.com._report._dmarc.example.net": )";
    const auto consent = [](const std::vector<Planned>& records) {
        return std::ranges::count(records, true, &Planned::elsewhere);
    };
    EXPECT_EQ(consent(compare(wanted, google).add), 1);
    EXPECT_EQ(consent(compare(wanted, google + name + R"({"TXT": ["v=DMARC1; rua=mailto:y@example.net"]})").right), 1);
    const Difference other = compare(wanted, google + name + R"({"TXT": ["v=DMARC2", "note"]})");
    EXPECT_EQ(consent(other.add), 1);
    EXPECT_TRUE(other.remove.empty() && other.keep.empty());
    for (const dns::RecordChange& change : changes_of(other)) EXPECT_FALSE(change.name.ends_with("example.net"));
}

TEST(Difference, OtherMxHostsStayAndAreNamed) {
    Wishes wanted = usual();
    wanted.mx = {{10, "mx1.example.com"}};
    const Difference found =
        compare(wanted, google + R"(, "example.com": {"MX": [[20, "mx1.example.com"], [30, "mx9.example.net"]]})");
    ASSERT_EQ(found.change.size(), 1U);
    EXPECT_EQ(text_of(found.change[0].from), "example.com MX mx1.example.com\n");
    EXPECT_EQ(text_of(found.keep), "example.com MX mx9.example.net\n");
    EXPECT_NE(warnings(found).find("mx9.example.net takes mail for example.com as well"), std::string::npos);
}

TEST(Difference, ANullMxStandsAlone) {
    Wishes parked{.domain = "parked.example", .parked = true};
    const Difference found =
        compare(parked, R"("parked.example": {"MX": [[10, "mx.example.net"]], "TXT": ["v=spf1 -all"]})");
    ASSERT_EQ(found.change.size(), 1U);
    EXPECT_EQ(text_of(found.change[0].from), "parked.example MX mx.example.net\n");
    EXPECT_EQ(text_of(found.right), "parked.example TXT v=spf1 -all\n");
    EXPECT_EQ(found.add.size(), 2U);
}

TEST(Difference, TheParkedSetIsRecognised) {
    Wishes parked{.domain = "parked.example", .parked = true};
    const Difference found = compare(parked, R"("parked.example": {"MX": [[0, "."]], "TXT": ["v=spf1 -all"]},
        "_dmarc.parked.example": {"TXT": ["v=DMARC1; p=reject;"]}, "*._domainkey.parked.example": {"TXT": ["v=DKIM1; p="]})");
    EXPECT_TRUE(found.nothing_to_do());
    EXPECT_EQ(found.right.size(), 4U);
}

TEST(Difference, WithoutAnAnswerNothingIsClaimed) {
    const Difference found = compare(usual(), google + R"(, "example.com": {"SERVFAIL": true},
        "_dmarc.example.com": {"TIMEOUT": true})");
    ASSERT_EQ(found.unanswered.size(), 2U);
    EXPECT_EQ(found.unanswered[0].name, "example.com");
    EXPECT_EQ(text_of(found.add), "mail._domainkey.example.com TXT v=DKIM1; k=rsa; p=AAAA\n");
    EXPECT_FALSE(found.nothing_to_do());
}

/// _spf.google.com with `more` includes within it: one look-up more than these.
std::string costly(int more) {
    std::string record = "v=spf1", rest;
    for (int i = 0; i < more; ++i) {
        record += " include:s" + std::to_string(i) + ".example.net";
        rest += ", \"s" + std::to_string(i) + ".example.net\": {\"TXT\": [\"v=spf1 -all\"]}";
    }
    return R"("_spf.google.com": {"TXT": [")" + record + R"( ~all"]})" + rest;
}

TEST(Difference, TheLookUpsOfIncludesAreCounted) {
    EXPECT_EQ(warnings(compare(usual(), costly(9))), "");
    const std::string warned = warnings(compare(usual(), costly(10)));
    EXPECT_NE(warned.find("needs 11 DNS look-ups, and receivers stop at 10"), std::string::npos) << warned;
}

TEST(Difference, AnIncludeWithoutARecordIsWarnedOf) {
    const std::string warned = warnings(compare(usual(), R"("x.example": {"TXT": ["y"]})"));
    EXPECT_NE(warned.find("_spf.google.com has no SPF record"), std::string::npos) << warned;
}

TEST(Changes, WhatStaysStandsInTheSameSet) {
    const Difference found =
        compare(usual(), google + R"(, "example.com": {"TXT": ["v=spf1 mx ~all", "site=1", "other=2"]})");
    const auto changes = changes_of(found);
    ASSERT_EQ(changes.size(), 3U);
    EXPECT_EQ(changes[0].name, "mail._domainkey.example.com");
    const auto own = std::ranges::find(changes, std::string("example.com"), &dns::RecordChange::name);
    ASSERT_NE(own, changes.end());
    EXPECT_EQ(text_of(own->keep), "example.com TXT site=1\nexample.com TXT other=2\n");
    EXPECT_EQ(text_of(own->remove), "example.com TXT v=spf1 mx ~all\n");
    EXPECT_EQ(own->add.size(), 1U);
}

TEST(Changes, FiveHundredTextsAreAllKept) {
    std::string texts = "\"v=spf1 mx ~all\"";
    for (int i = 0; i < 500; ++i) texts += ", \"text" + std::to_string(i) + "\"";
    const Difference found = compare(usual(), google + R"(, "example.com": {"TXT": [)" + texts + "]}");
    EXPECT_EQ(found.keep.size(), 500U);
    EXPECT_EQ(found.change.size(), 1U);
}

} // namespace
} // namespace bonafide::doctor
