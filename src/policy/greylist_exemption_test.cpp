#include "policy/greylist.hpp"
#include "policy/test_subject.hpp"
#include "verdict/lessons.hpp"

#include <functional>
#include <gtest/gtest.h>

namespace bonafide::policy::greylist {
namespace {

namespace facts_of = verdict::testing_facts;
using verdict::PastKind;

constexpr std::int64_t now = 1795255200;

const dns::PublicSuffixList& suffixes() {
    static const dns::PublicSuffixList list = dns::PublicSuffixList::system();
    return list;
}

/// Inbound mail of chris@contoso.com to Rita, from 192.0.2.10, with greylisting on and no past.
struct Mail {
    verdict::Facts facts = facts_of::inbound("contoso.com");
    Surroundings around;
    verdict::History history;
    verdict::Weights weights;
    verdict::Thresholds thresholds;
    Settings settings;
    RuleSays rule = RuleSays::nothing;
    Level level = Level::judged;

    Mail() {
        settings.enabled = true;
        facts.envelope.mail_from = "chris@bounces.contoso.com";
        facts.envelope.recipients = {"rita@ours.example"};
        facts.author.mailboxes = {{"", "chris", "contoso.com"}};
        history.known = true;
    }
    void spf(spf::Result result) { facts.spf = {facts_of::spf_outcome(result, "bounces.contoso.com"), {}}; }
    void dmarc(dmarc::Result result) { facts.dmarc = {facts_of::evaluation(result, "contoso.com"), {}}; }
    void seen(PastKind kind, const std::string& of, const std::string& with, std::uint32_t good, std::uint32_t bad = 0,
              std::int32_t days = 10) {
        verdict::Series series;
        for (std::int32_t i = 1; i <= days; ++i)
            series.push_back({.day = verdict::day_of(now) - i, .good = good, .bad = bad});
        history.pasts.push_back({{kind, of, with}, series});
    }
    void wrote(PastKind kind, const std::string& to) {
        history.pasts.push_back({{kind, to, "rita@ours.example"}, {{.day = verdict::day_of(now) - 100, .sent = 1}}});
    }
    [[nodiscard]] std::string exempt() const {
        const Subject subject{facts, nullptr, around, level, "Rita@Ours.example"};
        const auto found = exemption({subject, history, weights, thresholds, suffixes(), rule}, settings);
        return found ? std::string(to_text(found->what)) : "no";
    }
};

constexpr const char* network = "network:192.0.2.0/24";

struct Row {
    const char* what;
    const char* exempt;
    std::function<void(Mail&)> arrange;
};

TEST(GreylistExemption, EachReason) {
    using enum spf::Result;
    for (const Row& row : {
             Row{"a stranger", "no", [](Mail&) {}},
             {"submitted", "not_inbound", [](Mail& m) { m.facts.direction = verdict::Direction::submitted; }},
             {"internal", "not_inbound", [](Mail& m) { m.facts.direction = verdict::Direction::internal; }},
             {"local", "not_inbound", [](Mail& m) { m.facts.direction = verdict::Direction::local; }},
             {"logged in", "authenticated", [](Mail& m) { m.around.authenticated_as = "ann"; }},
             {"submitted, and a rule says greylist", "not_inbound",
              [](Mail& m) { m.facts.direction = verdict::Direction::submitted, m.rule = RuleSays::greylist; }},
             {"a rule says skip", "rule", [](Mail& m) { m.rule = RuleSays::skip; }},
             {"off", "off", [](Mail& m) { m.settings.enabled = false; }},
             {"off, and a rule says greylist", "no",
              [](Mail& m) { m.settings.enabled = false, m.rule = RuleSays::greylist; }},
             {"behind a relay of ours", "relay",
              [](Mail& m) { m.facts.envelope.relay = ip::Address::parse("10.0.0.1"); }},
             {"client unknown", "unknown_client", [](Mail& m) { m.facts.envelope.client.reset(); }},
             {"allow list", "allow_list", [](Mail& m) { m.around.allowed_by = {"192.0.2.0/24"}; }},
             {"ignore list", "allow_list", [](Mail& m) { m.around.ignored_by = {"192.0.2.0/24"}; }},
             {"safe sender", "allow_list", [](Mail& m) { m.around.safe_sender = true; }},
             {"no safe sender", "no", [](Mail& m) { m.around.safe_sender = false; }},
             {"network", "network", [](Mail& m) { m.settings.exempt_networks = {*ip::Prefix::parse("192.0.2.8/29")}; }},
             {"network beside it", "no",
              [](Mail& m) { m.settings.exempt_networks = {*ip::Prefix::parse("192.0.2.16/29")}; }},
             {"confirmed name", "client",
              [](Mail& m) {
                  (void)m.settings.exempt_clients.add(".contoso.com");
                  m.facts.iprev = {facts_of::iprev_pass("192.0.2.10", "mx.contoso.com"), {}};
              }},
             {"name that is not confirmed", "no",
              [](Mail& m) {
                  (void)m.settings.exempt_clients.add(".contoso.com");
                  m.facts.iprev = {facts_of::iprev_pass("192.0.2.10", "mx.contoso.com"), {}};
                  m.facts.iprev.value->result = iprev::Result::fail;
              }},
             {"sender", "sender", [](Mail& m) { (void)m.settings.exempt_senders.add("bounces.contoso.com"); }},
             {"recipient", "recipient", [](Mail& m) { (void)m.settings.exempt_recipients.add("rita@ours.example"); }},
             {"mailbox everywhere", "recipient", [](Mail& m) { m.settings.exempt_mailboxes = {"rita"}; }},
             // SPF
             {"SPF pass, no past", "no", [](Mail& m) { m.spf(pass); }},
             {"SPF pass, good past of the organization's pair", "spf",
              [](Mail& m) { m.spf(pass), m.seen(PastKind::pair, "contoso.com", network, 3); }},
             {"SPF pass, good past from elsewhere", "no",
              [](Mail& m) { m.spf(pass), m.seen(PastKind::pair, "contoso.com", "network:198.51.100.0/24", 3); }},
             {"SPF pass, bad past", "no",
              [](Mail& m) { m.spf(pass), m.seen(PastKind::pair, "contoso.com", network, 3, 3); }},
             {"SPF pass, past of six days", "no",
              [](Mail& m) { m.spf(pass), m.seen(PastKind::pair, "contoso.com", network, 30, 0, 6); }},
             {"SPF softfail, good past", "no",
              [](Mail& m) { m.spf(softfail), m.seen(PastKind::pair, "contoso.com", network, 3); }},
             {"SPF pass at RCPT", "spf",
              [](Mail& m) {
                  m.level = Level::rcpt, m.facts.author = {};
                  m.spf(pass), m.seen(PastKind::pair, "bounces.contoso.com", network, 3);
              }},
             {"SPF pass, always", "spf", [](Mail& m) { m.spf(pass), m.settings.skip_spf = SkipSpf::always; }},
             {"SPF pass, never", "no",
              [](Mail& m) {
                  m.spf(pass), m.settings.skip_spf = SkipSpf::never;
                  m.seen(PastKind::pair, "contoso.com", network, 3);
              }},
             // DMARC
             {"DMARC pass, no past", "no", [](Mail& m) { m.dmarc(dmarc::Result::pass); }},
             {"DMARC pass, good author", "dmarc",
              [](Mail& m) { m.dmarc(dmarc::Result::pass), m.seen(PastKind::author, "contoso.com", "", 3); }},
             {"DMARC fail, good author", "no",
              [](Mail& m) { m.dmarc(dmarc::Result::fail), m.seen(PastKind::author, "contoso.com", "", 3); }},
             {"DMARC pass is not known at RCPT", "no",
              [](Mail& m) {
                  m.level = Level::rcpt;
                  m.dmarc(dmarc::Result::pass), m.seen(PastKind::author, "contoso.com", "", 3);
              }},
             {"DMARC pass, switched off", "no",
              [](Mail& m) {
                  m.settings.skip_dmarc = false;
                  m.dmarc(dmarc::Result::pass), m.seen(PastKind::author, "contoso.com", "", 3);
              }},
             // correspondents
             {"was written to", "correspondent", [](Mail& m) { m.wrote(PastKind::contact, "chris@contoso.com"); }},
             {"MAIL FROM was written to", "correspondent",
              [](Mail& m) { m.level = Level::rcpt, m.wrote(PastKind::contact, "chris@bounces.contoso.com"); }},
             {"was written to, DMARC fails", "no",
              [](Mail& m) { m.wrote(PastKind::contact, "chris@contoso.com"), m.dmarc(dmarc::Result::fail); }},
             {"was written to, SPF fails", "no",
              [](Mail& m) { m.wrote(PastKind::contact, "chris@contoso.com"), m.spf(fail); }},
             {"was written to, SPF fails, DMARC passes", "correspondent",
              [](Mail& m) {
                  m.wrote(PastKind::contact, "chris@contoso.com"), m.spf(fail), m.dmarc(dmarc::Result::pass);
              }},
             {"a bounce of a domain that was written to", "correspondent",
              [](Mail& m) { m.facts.envelope.mail_from = "", m.wrote(PastKind::contact_domain, "contoso.com"); }},
             {"a bounce of a stranger", "no", [](Mail& m) { m.facts.envelope.mail_from = ""; }},
             {"correspondents, switched off", "no",
              [](Mail& m) { m.settings.skip_correspondents = false, m.wrote(PastKind::contact, "chris@contoso.com"); }},
         }) {
        Mail mail;
        row.arrange(mail);
        EXPECT_EQ(mail.exempt(), row.exempt) << row.what;
    }
}

TEST(GreylistExemption, WhyIsOneCleanPhrase) {
    Mail mail;
    mail.around.authenticated_as = "ann\r\nX: y";
    const Subject subject{mail.facts, nullptr, mail.around, Level::rcpt, "rita@ours.example"};
    const auto found =
        exemption({subject, mail.history, mail.weights, mail.thresholds, suffixes(), mail.rule}, mail.settings);
    ASSERT_TRUE(found);
    EXPECT_FALSE(found->why.contains('\n')) << found->why;
}

TEST(GreylistExemption, ReadsTheseOfThePast) {
    Mail mail;
    mail.spf(spf::Result::pass);
    using Keys = std::vector<verdict::PastKey>;
    EXPECT_EQ(past_keys(mail.facts, "Rita@ours.example", suffixes()),
              (Keys{{PastKind::pair, "bounces.contoso.com", network},
                    {PastKind::pair, "contoso.com", network},
                    {PastKind::contact, "chris@bounces.contoso.com", "rita@ours.example"}}));
    mail.facts.envelope.recipients.assign(50, "x");
    for (int i = 0; i < 50; ++i)
        mail.facts.envelope.recipients[static_cast<std::size_t>(i)] = "r" + std::to_string(i) + "@ours.example";
    EXPECT_EQ(past_keys(mail.facts, "", suffixes()).size(), 2 + verdict::most_contacts);
    mail.facts.direction = verdict::Direction::submitted;
    EXPECT_TRUE(past_keys(mail.facts, "", suffixes()).empty());
}

} // namespace
} // namespace bonafide::policy::greylist
