// RFC 9989 7.4: what makes p=reject a refusal, and what does not. Each row is a message whose owner asks for reject.
#include "policy/corroboration.hpp"
#include "policy/test_disposition.hpp"

#include <gtest/gtest.h>

namespace bonafide::policy {
namespace {

using namespace testing_disposition;
using verdict::testing_facts::spf_outcome;

enum class Expect : std::uint8_t { reject, quarantine };

struct Case {
    const char* what;
    Expect expect;
    std::function<void(Message&)> arrange;
};

void spf_fails(Message& m) { m.facts.spf = {spf_outcome(spf::Result::fail, "contoso.com"), {}}; }
void own_host(Message& m) { m.called("mail.contoso.com"); }
void without_history(Message& m) { m.exceptions.history_known = false; }
/// A host of the author's organization, so that the implicit judgement does not fail: 116.
void mail_host(Message& m) {
    m.called("out.mailer.example");
    m.hosts({"mx.mailer.example"}, "198.51.100.7");
}
void bad_network(Message& m) { m.seen(m.network(), 0, 5); }
void evidence(Message& m, verdict::PastKind kind, const std::string& of) { m.seen(m.past(kind, of), 0, 5); }

const std::vector<Case>& cases() {
    using enum Expect;
    static const std::vector<Case> all{
        // The implicit judgement, as if the policy were none.
        {"nothing vouches: 001", reject, [](Message&) {}},
        {"a domain of ours: 601", reject, [](Message& m) { m.own("contoso.com"); }},
        {"nothing vouches, but no history is known", quarantine, without_history},
        {"ours, but no history is known", quarantine,
         [](Message& m) {
             m.own("contoso.com");
             without_history(m);
         }},
        {"a blocked pair: 002, history or not", reject,
         [](Message& m) {
             m.block("contoso.com, 192.0.2.0/24");
             without_history(m);
         }},
        {"the author's own host: 103", quarantine, own_host},
        {"a mail host of the author's: 116", quarantine, mail_host},
        {"a neighbour: 201", quarantine,
         [](Message& m) {
             m.called("out.mailer.example");
             m.hosts({}, "192.0.2.99");
         }},

        // Signs of lists and forwarders.
        {"List-Id", quarantine, [](Message& m) { m.from_list(); }},
        {"List-Id of mail that claims to be ours: a post that comes back", quarantine,
         [](Message& m) {
             m.own("contoso.com");
             m.from_list();
         }},
        {"a signature of the author's that broke", quarantine,
         [](Message& m) { m.signed_by("contoso.com", dkim::Result::fail); }},
        {"an ARC chain of nobody trusted", quarantine,
         [](Message& m) { m.sealed_by({"lists.example"}, "contoso.com"); }},
        {"a blocked pair behind a list", reject,
         [](Message& m) {
             m.block("contoso.com, 192.0.2.0/24");
             m.from_list();
         }},

        // Evidence against the sender.
        {"a look-alike, history or not", reject,
         [](Message& m) {
             m.looks_like_ours();
             without_history(m);
         }},
        {"a look-alike behind a list", reject,
         [](Message& m) {
             m.looks_like_ours();
             m.from_list();
         }},
        {"an author that takes no mail", reject,
         [](Message& m) {
             m.author_hosts.null_mail_host = true;
             m.from_list();
         }},
        {"a bad network", reject,
         [](Message& m) {
             mail_host(m);
             bad_network(m);
         }},
        {"a bad network behind a list", quarantine,
         [](Message& m) {
             bad_network(m);
             m.from_list();
         }},
        {"a network of which hardly anything is known", quarantine,
         [](Message& m) {
             mail_host(m);
             m.seen(m.network(), 0, 1, 1);
         }},
        {"a signal whose weight is 0", quarantine,
         [](Message& m) {
             m.looks_like_ours();
             m.weights.set(verdict::SignalId::look_alike, 0);
             without_history(m);
         }},
        {"a bad name of the author's: others forged him", quarantine,
         [](Message& m) {
             mail_host(m);
             evidence(m, verdict::PastKind::author, "contoso.com");
         }},

        // SPF's fail.
        {"SPF fails for the author, though a mail host of his sent it", reject,
         [](Message& m) {
             mail_host(m);
             spf_fails(m);
         }},
        {"SPF fails, but his own host sent it", quarantine,
         [](Message& m) {
             own_host(m);
             spf_fails(m);
         }},
        {"SPF fails for another domain", quarantine,
         [](Message& m) {
             mail_host(m);
             m.facts.spf = {spf_outcome(spf::Result::fail, "bounces.contoso.com"), {}};
         }},
        {"SPF softfails", quarantine,
         [](Message& m) {
             mail_host(m);
             m.facts.spf = {spf_outcome(spf::Result::softfail, "contoso.com"), {}};
         }},
        {"SPF fails behind a list", quarantine,
         [](Message& m) {
             mail_host(m);
             spf_fails(m);
             m.from_list();
         }},
        {"SPF fails, and a signature broke", quarantine,
         [](Message& m) {
             mail_host(m);
             spf_fails(m);
             m.signed_by("contoso.com", dkim::Result::fail);
         }},
        {"SPF fails without history", quarantine,
         [](Message& m) {
             mail_host(m);
             spf_fails(m);
             without_history(m);
         }},
    };
    return all;
}

TEST(Corroboration, WhatMakesRejectARefusal) {
    for (const Case& row : cases()) {
        Message message(Policy::reject);
        message.settings.follow = Follow::nothing;
        row.arrange(message);
        const Disposition disposition = message.disposed();
        EXPECT_EQ(to_text(disposition.what), row.expect == Expect::reject ? "reject" : "quarantine")
            << row.what << ": " << disposition.why << " ("
            << verdict::reason_text(message.judge_without_policy().reason) << ")";
        EXPECT_EQ(disposition.override_reason.has_value(), row.expect == Expect::quarantine) << row.what;
    }
}

TEST(Corroboration, AGoodPairHistoryStopsSpfsFail) {
    Message message(Policy::reject);
    mail_host(message);
    spf_fails(message);
    message.known_pair();
    EXPECT_TRUE(handed_on(message.facts, nullptr) == std::nullopt);
    const verdict::Judgement judged = message.judge_without_policy();
    ASSERT_TRUE(handed_on(message.facts, &judged));
    EXPECT_EQ(handed_on(message.facts, &judged)->how, HandedOn::How::past);
    EXPECT_FALSE(second_reason(message.facts, &judged, HistoryKnown::yes));
}

TEST(Corroboration, KnownListsAndForwardersAreSigns) {
    using verdict::SignalId;
    for (const auto& [id, how] : {std::pair{SignalId::known_list, HandedOn::How::list},
                                  {SignalId::known_forwarder, HandedOn::How::forwarder},
                                  {SignalId::trusted_upstream, HandedOn::How::forwarder},
                                  {SignalId::trusted_sealer, HandedOn::How::forwarder}}) {
        Message message(Policy::reject);
        verdict::Judgement judged = message.judge_without_policy();
        EXPECT_TRUE(second_reason(message.facts, &judged, HistoryKnown::yes));
        judged.evidence.push_back(verdict::make_evidence(id, 1, "handed on"));
        ASSERT_TRUE(handed_on(message.facts, &judged));
        EXPECT_EQ(handed_on(message.facts, &judged)->how, how);
        EXPECT_FALSE(second_reason(message.facts, &judged, HistoryKnown::yes));
    }
}

TEST(Corroboration, EachSignalOfTheTableCounts) {
    for (const SecondSignal& row : second_signals()) {
        Message message(Policy::reject);
        own_host(message);
        verdict::Judgement judged = message.judge_without_policy();
        EXPECT_FALSE(second_reason(message.facts, &judged, HistoryKnown::no));
        const double enough = row.points == 0 ? -0.5 : row.points;
        judged.evidence.push_back(verdict::make_evidence(row.id, enough, "the signal"));
        EXPECT_EQ(second_reason(message.facts, &judged, HistoryKnown::no), "the signal") << row.why;
        message.from_list();
        EXPECT_EQ(second_reason(message.facts, &judged, HistoryKnown::no).has_value(),
                  row.of == SecondSignal::Of::author)
            << row.why;
        message.facts.letter.list_id.clear();
        judged.evidence.back().points = row.points == 0 ? 0 : enough / 2;
        EXPECT_FALSE(second_reason(message.facts, &judged, HistoryKnown::no)) << row.why;
        // What speaks for DMARC's own result is no second signal.
        EXPECT_FALSE(verdict::signals()[static_cast<std::size_t>(row.id)].name.starts_with("dmarc_"));
        EXPECT_LT(verdict::signals()[static_cast<std::size_t>(row.id)].points * (row.points == 0 ? 1 : -1), 0)
            << row.why;
    }
}

} // namespace
} // namespace bonafide::policy
