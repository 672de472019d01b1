#include "dns/name.hpp"
#include "doctor/records.hpp"
#include "text/catalogue.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace bonafide::doctor {
namespace {

Wishes wishes() { return {.domain = "example.com", .rua = {"dmarc@example.com"}}; }
ip::Address address(std::string_view text) { return *ip::Address::parse(text); }
const Provider* provider(std::string_view key) { return find_provider(key); }

Plan plan(const Wishes& wanted) {
    static const dns::PublicSuffixList suffixes = dns::PublicSuffixList::system();
    return plan_records(wanted, suffixes);
}

/// The value of the only record at the name; "": none, "several": more.
std::string value_at(const Plan& plan, std::string_view name) {
    std::string found;
    for (const Planned& one : plan.records)
        if (one.record.name == name && one.record.type != dns::Type::mx)
            found = found.empty() ? one.record.value : "several";
    return found;
}
std::string spf_of(const Wishes& wanted) { return value_at(plan(wanted), "example.com"); }
std::string dmarc_of(const Wishes& wanted) { return value_at(plan(wanted), "_dmarc.example.com"); }

std::string rendered(const std::vector<text::Text>& texts) {
    std::string all;
    for (const text::Text& one : texts) all += text::Catalogue::english().render(one) + "\n";
    return all;
}
bool warns(const Plan& plan, std::string_view of) { return rendered(plan.warnings).contains(of); }
bool notes(const Plan& plan, std::string_view of) { return rendered(plan.notes).contains(of); }

/// A row of the table that is not in it.
Provider made_up(int number) {
    return {.key = "p" + std::to_string(number),
            .name = "Provider " + std::to_string(number),
            .includes = {"spf.p" + std::to_string(number) + ".example"}};
}

// SPF -----------------------------------------------------------------------------------------------------------------------------------

TEST(PlanSpf, StagesFromSoftToHard) {
    Wishes wanted = wishes();
    wanted.servers = {address("192.0.2.10"), address("2001:db8::10")};
    EXPECT_EQ(spf_of(wanted), "v=spf1 ip4:192.0.2.10 ip6:2001:db8::10 ~all");
    wanted.spf = SpfStage::enforce;
    EXPECT_EQ(spf_of(wanted), "v=spf1 ip4:192.0.2.10 ip6:2001:db8::10 -all");
}

TEST(PlanSpf, ServersAndProvidersInOneRecord) {
    Wishes wanted = wishes();
    wanted.servers = {address("192.0.2.10")};
    wanted.providers = {provider("google"), provider("microsoft365")};
    EXPECT_EQ(spf_of(wanted), "v=spf1 ip4:192.0.2.10 include:_spf.google.com include:spf.protection.outlook.com ~all");
}

TEST(PlanSpf, NothingStandsTwice) {
    Wishes wanted = wishes();
    wanted.servers = {address("192.0.2.10"), address("192.0.2.10")};
    wanted.providers = {provider("google"), provider("google")};
    EXPECT_EQ(spf_of(wanted), "v=spf1 ip4:192.0.2.10 include:_spf.google.com ~all");
}

TEST(PlanSpf, WithoutAnySenderTheMxHostsMaySend) {
    EXPECT_EQ(spf_of(wishes()), "v=spf1 mx ~all");
    EXPECT_TRUE(notes(plan(wishes()), "--server-ip"));
}

TEST(PlanSpf, ProvidersWithReturnPathsOfTheirOwnAreLeftOut) {
    Wishes wanted = wishes();
    wanted.providers = {provider("mailchimp")};
    EXPECT_EQ(spf_of(wanted), "v=spf1 ~all");
    EXPECT_TRUE(warns(plan(wanted), "lists no server"));
    wanted.servers = {address("192.0.2.10")};
    EXPECT_EQ(spf_of(wanted), "v=spf1 ip4:192.0.2.10 ~all");
    EXPECT_TRUE(plan(wanted).warnings.empty());
}

TEST(PlanSpf, TenLookUpsAreFineElevenAreWarnedOf) {
    std::vector<Provider> rows;
    for (int i = 0; i < 11; ++i) rows.push_back(made_up(i));
    Wishes wanted = wishes();
    for (int i = 0; i < 10; ++i) wanted.providers.push_back(&rows[static_cast<std::size_t>(i)]);
    EXPECT_FALSE(warns(plan(wanted), "look-ups"));
    wanted.providers.push_back(&rows[10]);
    EXPECT_TRUE(warns(plan(wanted), "11 DNS look-ups"));
    EXPECT_TRUE(warns(plan(wanted), "--bulk"));
}

TEST(PlanSpf, LongRecordsAreWarnedOfFromTheFirstByteTooMany) {
    // "v=spf1" and " ~all" are 11 bytes, " ip4:192.0.2.10" is 15: 29 of these make 446.
    Wishes wanted = wishes();
    for (int i = 0; i < 29; ++i) wanted.servers.push_back(address("192.0.2." + std::to_string(10 + i)));
    ASSERT_EQ(spf_of(wanted).size(), 446U);
    wanted.servers[0] = address("192.0.20.100");
    wanted.servers[1] = address("192.0.200.10");
    ASSERT_EQ(spf_of(wanted).size(), most_comfortable_spf_bytes);
    EXPECT_FALSE(warns(plan(wanted), "bytes"));
    wanted.servers[2] = address("192.0.2.100");
    ASSERT_EQ(spf_of(wanted).size(), most_comfortable_spf_bytes + 1);
    EXPECT_TRUE(warns(plan(wanted), "451 bytes"));
}

// DKIM ----------------------------------------------------------------------------------------------------------------------------------

TEST(PlanDkim, AliasesOfProvidersThatNeedNoAccount) {
    Wishes wanted = wishes();
    wanted.providers = {provider("fastmail")};
    EXPECT_EQ(value_at(plan(wanted), "fm1._domainkey.example.com"), "fm1.example.com.dkim.fmhosted.com");
    EXPECT_EQ(value_at(plan(wanted), "fm3._domainkey.example.com"), "fm3.example.com.dkim.fmhosted.com");
    EXPECT_EQ(value_at(plan(wanted), "mesmtp._domainkey.example.com"), "");
}

TEST(PlanDkim, DomainsWithDashesWhereTheProviderWantsThem) {
    Wishes wanted = wishes();
    wanted.providers = {provider("brevo")};
    EXPECT_EQ(value_at(plan(wanted), "brevo1._domainkey.example.com"), "b1.example-com.dkim.brevo.com");
}

TEST(PlanDkim, WhatOnlyTheAccountShowsIsANote) {
    for (const char* const key : {"google", "microsoft365", "amazon-ses", "sendgrid"}) {
        Wishes wanted = wishes();
        wanted.providers = {provider(key)};
        const Plan made = plan(wanted);
        EXPECT_TRUE(notes(made, "Turn on DKIM for example.com at " + provider(key)->name)) << key;
        for (const Planned& one : made.records) EXPECT_NE(one.record.type, dns::Type::cname) << one.record.name;
    }
}

TEST(PlanDkim, OwnKeysAndRevokedOnes) {
    Wishes wanted = wishes();
    wanted.servers = {address("192.0.2.10")};
    EXPECT_TRUE(notes(plan(wanted), "bonafide keys new example.com"));
    wanted.keys = {{"mail", "v=DKIM1; k=rsa; p=AAAA"}, {"old", "v=DKIM1; k=rsa; p="}};
    const Plan made = plan(wanted);
    EXPECT_EQ(value_at(made, "mail._domainkey.example.com"), "v=DKIM1; k=rsa; p=AAAA");
    EXPECT_EQ(value_at(made, "old._domainkey.example.com"), "v=DKIM1; k=rsa; p=");
    EXPECT_FALSE(notes(made, "keys new"));
}

TEST(PlanDkim, OneKeyASelector) {
    Wishes wanted = wishes();
    wanted.providers = {provider("fastmail")};
    wanted.keys = {{"fm1", "v=DKIM1; k=rsa; p=AAAA"}};
    const Plan made = plan(wanted);
    EXPECT_EQ(value_at(made, "fm1._domainkey.example.com"), "fm1.example.com.dkim.fmhosted.com");
    EXPECT_TRUE(warns(made, "fm1._domainkey.example.com"));
}

TEST(PlanDkim, NamesThatDnsCannotHoldAreLeftOut) {
    Wishes wanted = wishes();
    wanted.keys = {{std::string(63, 'a'), "v=DKIM1; p=AAAA"}, {std::string(64, 'b'), "v=DKIM1; p=AAAA"}};
    const Plan made = plan(wanted);
    EXPECT_NE(value_at(made, std::string(63, 'a') + "._domainkey.example.com"), "");
    EXPECT_EQ(value_at(made, std::string(64, 'b') + "._domainkey.example.com"), "");
    EXPECT_TRUE(warns(made, "is no name that DNS can hold"));
}

// Bulk senders --------------------------------------------------------------------------------------------------------------------------

TEST(PlanBulk, TheSubdomainBearsTheInclude) {
    Wishes wanted = wishes();
    wanted.servers = {address("192.0.2.10")};
    wanted.bulk = {{"news", provider("mailgun")}};
    const Plan made = plan(wanted);
    EXPECT_EQ(value_at(made, "news.example.com"), "v=spf1 include:mailgun.org ~all");
    EXPECT_EQ(value_at(made, "example.com"), "v=spf1 ip4:192.0.2.10 ~all");
    EXPECT_TRUE(notes(made, "Mailgun to news.example.com"));
    EXPECT_TRUE(notes(made, "Turn on DKIM for news.example.com"));
}

TEST(PlanBulk, AReturnPathOfTheOwnNeedsTheIncludeThatTheDomainDoesNot) {
    Wishes wanted = wishes();
    wanted.bulk = {{"mail", provider("amazon-ses")}};
    EXPECT_EQ(value_at(plan(wanted), "mail.example.com"), "v=spf1 include:amazonses.com ~all");
}

TEST(PlanBulk, KeysStandBelowTheSubdomain) {
    Wishes wanted = wishes();
    wanted.bulk = {{"news", provider("mailchimp")}};
    EXPECT_EQ(value_at(plan(wanted), "k2._domainkey.news.example.com"), "dkim2.mcsv.net");
}

// DMARC ---------------------------------------------------------------------------------------------------------------------------------

TEST(PlanDmarc, Stages) {
    Wishes wanted = wishes();
    wanted.providers = {provider("google")};
    EXPECT_EQ(dmarc_of(wanted), "v=DMARC1; p=none; rua=mailto:dmarc@example.com");
    wanted.dmarc = dmarc::Policy::quarantine;
    EXPECT_EQ(dmarc_of(wanted), "v=DMARC1; p=quarantine; np=reject; rua=mailto:dmarc@example.com");
    wanted.dmarc = dmarc::Policy::reject;
    EXPECT_EQ(dmarc_of(wanted), "v=DMARC1; p=reject; rua=mailto:dmarc@example.com");
    EXPECT_TRUE(notes(plan(wanted), "mailing lists"));
}

TEST(PlanDmarc, EveryStageParsesAndMeansIt) {
    for (const dmarc::Policy policy : {dmarc::Policy::none, dmarc::Policy::quarantine, dmarc::Policy::reject})
        for (const bool testing : {false, true}) {
            Wishes wanted = wishes();
            wanted.dmarc = policy;
            wanted.testing = testing;
            wanted.ruf = {"ruf@example.com"};
            const auto record = dmarc::parse_record(dmarc_of(wanted), Limits{});
            ASSERT_TRUE(record) << dmarc_of(wanted);
            EXPECT_EQ(record->p, policy);
            EXPECT_EQ(record->testing, testing);
            EXPECT_EQ(record->rua.size(), 1U);
            EXPECT_EQ(record->ruf.size(), 1U);
        }
}

TEST(PlanDmarc, TestingInsteadOfShares) {
    Wishes wanted = wishes();
    wanted.dmarc = dmarc::Policy::reject;
    wanted.testing = true;
    EXPECT_EQ(dmarc_of(wanted), "v=DMARC1; p=reject; t=y; rua=mailto:dmarc@example.com");
    EXPECT_FALSE(dmarc_of(wanted).contains("psd"));
}

TEST(PlanDmarc, LegacySharesOnRequestOnlyAndNeverBesideNone) {
    Wishes wanted = wishes();
    wanted.dmarc = dmarc::Policy::quarantine;
    wanted.legacy_pct = 25;
    EXPECT_TRUE(dmarc_of(wanted).contains("; pct=25"));
    EXPECT_TRUE(notes(plan(wanted), "pct"));
    wanted.dmarc = dmarc::Policy::none;
    EXPECT_FALSE(dmarc_of(wanted).contains("pct"));
    EXPECT_TRUE(warns(plan(wanted), "pct"));
}

TEST(PlanDmarc, SubdomainsAndNamesThatDoNotExist) {
    Wishes wanted = wishes();
    wanted.dmarc = dmarc::Policy::quarantine;
    wanted.sp = dmarc::Policy::none;
    wanted.np = dmarc::Policy::quarantine;
    EXPECT_EQ(dmarc_of(wanted), "v=DMARC1; p=quarantine; sp=none; np=quarantine; rua=mailto:dmarc@example.com");
}

TEST(PlanDmarc, SeveralReportAddressesAndUris) {
    Wishes wanted = wishes();
    wanted.rua = {"a@example.com", "mailto:b@example.com"};
    EXPECT_EQ(dmarc_of(wanted), "v=DMARC1; p=none; rua=mailto:a@example.com,mailto:b@example.com");
    wanted.rua.clear();
    EXPECT_EQ(dmarc_of(wanted), "v=DMARC1; p=none");
    EXPECT_TRUE(notes(plan(wanted), "--rua"));
}

TEST(PlanDmarc, AHostElsewhereHasToAgree) {
    Wishes wanted = wishes();
    wanted.rua = {"x@reports.example.net", "y@reports.example.net"};
    wanted.ruf = {"z@other.example.org"};
    const Plan made = plan(wanted);
    EXPECT_EQ(value_at(made, "example.com._report._dmarc.reports.example.net"), "v=DMARC1");
    EXPECT_EQ(value_at(made, "example.com._report._dmarc.other.example.org"), "v=DMARC1");
    EXPECT_EQ(std::ranges::count(made.records, true, &Planned::elsewhere), 2);
}

TEST(PlanDmarc, AHostOfTheSameOrganizationNeedsNotAgree) {
    Wishes wanted = wishes();
    wanted.domain = "shop.example.com";
    wanted.rua = {"x@reports.example.com"};
    EXPECT_EQ(std::ranges::count(plan(wanted).records, true, &Planned::elsewhere), 0);
}

TEST(PlanDmarc, EnforcingWithoutAKeyIsWarnedOf) {
    Wishes wanted = wishes();
    wanted.servers = {address("192.0.2.10")};
    wanted.dmarc = dmarc::Policy::quarantine;
    EXPECT_TRUE(warns(plan(wanted), "No DKIM key"));
    wanted.keys = {{"mail", "v=DKIM1; k=rsa; p=AAAA"}};
    EXPECT_FALSE(warns(plan(wanted), "No DKIM key"));
}

// Transport, receiving, parked -----------------------------------------------------------------------------------------------------------

TEST(PlanTransport, ThePolicyListsTheHostsAndItsIdFollowsIt) {
    Wishes wanted = wishes();
    wanted.mx = {{10, "mx1.example.com"}, {20, "mx2.example.com"}};
    wanted.mta_sts = StsMode::testing;
    const Plan testing = plan(wanted), again = plan(wanted);
    EXPECT_EQ(testing.sts_policy,
              "version: STSv1\nmode: testing\nmx: mx1.example.com\nmx: mx2.example.com\nmax_age: 86400\n");
    const auto read = parse_sts_policy(testing.sts_policy);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->mx.size(), 2U);
    const std::string record = value_at(testing, "_mta-sts.example.com");
    EXPECT_TRUE(check_sts_record(record)) << record;
    EXPECT_EQ(record, value_at(again, "_mta-sts.example.com"));
    wanted.mta_sts = StsMode::enforce;
    EXPECT_NE(record, value_at(plan(wanted), "_mta-sts.example.com"));
    EXPECT_TRUE(notes(testing, "https://mta-sts.example.com/.well-known/mta-sts.txt"));
}

TEST(PlanTransport, NoPolicyWithoutHosts) {
    Wishes wanted = wishes();
    wanted.mta_sts = StsMode::enforce;
    const Plan made = plan(wanted);
    EXPECT_EQ(made.sts_policy, "");
    EXPECT_EQ(value_at(made, "_mta-sts.example.com"), "");
    EXPECT_TRUE(warns(made, "--mx"));
}

TEST(PlanTransport, TlsReports) {
    Wishes wanted = wishes();
    wanted.tls_rpt = {"tls@example.com", "https://reports.example.net/tls"};
    EXPECT_EQ(value_at(plan(wanted), "_smtp._tls.example.com"),
              "v=TLSRPTv1; rua=mailto:tls@example.com,https://reports.example.net/tls");
}

TEST(PlanReceiving, HostsWithPreferences) {
    Wishes wanted = wishes();
    wanted.mx = {{10, "mx1.example.com"}, {20, "mx2.example.com"}};
    const Plan made = plan(wanted);
    EXPECT_EQ(std::ranges::count_if(made.records, [](const Planned& one) { return one.record.type == dns::Type::mx; }),
              2);
}

TEST(PlanParked, TheWholeSetAndNothingElse) {
    Wishes wanted{.domain = "parked.example", .parked = true};
    const Plan made = plan(wanted);
    ASSERT_EQ(made.records.size(), 4U);
    EXPECT_EQ(made.records[0].record, dns::txt_record("parked.example", "v=spf1 -all"));
    EXPECT_EQ(made.records[1].record.type, dns::Type::mx);
    EXPECT_EQ(made.records[1].record.value, "");
    EXPECT_EQ(made.records[2].record, dns::txt_record("_dmarc.parked.example", "v=DMARC1; p=reject"));
    EXPECT_EQ(made.records[3].record, dns::txt_record("*._domainkey.parked.example", "v=DKIM1; p="));
    EXPECT_TRUE(made.warnings.empty());
}

TEST(PlanParked, MayReportButNotSend) {
    Wishes wanted{.domain = "parked.example", .rua = {"dmarc@example.net"}, .parked = true};
    wanted.servers = {address("192.0.2.10")};
    wanted.mta_sts = StsMode::enforce;
    const Plan made = plan(wanted);
    EXPECT_EQ(value_at(made, "_dmarc.parked.example"), "v=DMARC1; p=reject; rua=mailto:dmarc@example.net");
    EXPECT_EQ(value_at(made, "parked.example._report._dmarc.example.net"), "v=DMARC1");
    EXPECT_EQ(value_at(made, "parked.example"), "v=spf1 -all");
    EXPECT_TRUE(warns(made, "left out"));
    EXPECT_EQ(made.sts_policy, "");
}

TEST(Plan, EveryRecordIsExplainedAndEveryNameIsOne) {
    Wishes wanted = wishes();
    for (const Provider& row : providers()) wanted.providers.push_back(&row);
    wanted.mx = {{10, "mx.example.com"}};
    wanted.mta_sts = StsMode::enforce;
    wanted.tls_rpt = {"tls@example.com"};
    const Plan made = plan(wanted);
    EXPECT_GT(made.records.size(), 20U);
    for (const Planned& one : made.records) {
        EXPECT_FALSE(one.says.empty()) << one.record.name;
        EXPECT_TRUE(dns::is_hostname_like(one.record.name)) << one.record.name;
        EXPECT_EQ(one.record.value.find_first_of("{}"), std::string::npos) << one.record.value;
    }
}

} // namespace
} // namespace bonafide::doctor
