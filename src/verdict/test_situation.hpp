// For tests only: a message and everything that is known when it comes, arranged in a few words.
#pragma once

#include "verdict/compauth.hpp"
#include "verdict/json_read.hpp"
#include "verdict/report.hpp"
#include "verdict/test_facts.hpp"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>

namespace bonafide::verdict::testing_situation {

using namespace testing_facts;

inline const dns::PublicSuffixList& suffixes() {
    static const dns::PublicSuffixList list = dns::PublicSuffixList::system();
    return list;
}

inline constexpr std::int64_t now = 1795255200;
inline const std::int32_t today = day_of(now);

/// A message, and what is known when it comes.
struct Situation {
    Facts facts = inbound("contoso.com");
    AuthorHosts author_hosts;
    std::vector<authres::Field> upstream;
    History history;
    Lists lists;
    Weights weights;
    Thresholds thresholds;

    Situation() {
        facts.author.mailboxes = {{"", "chris", "contoso.com"}};
        facts.envelope.recipients = {"rita@ours.example"};
        facts.spf = {spf_outcome(spf::Result::none, "contoso.com", spf::Code::no_record), {}};
        facts.iprev.value.emplace();
        facts.iprev.value->reason = "192.0.2.10 has no reverse DNS name";
        no_policy();
    }
    void author(const std::string& domain) {
        facts.author.domain = domain;
        facts.author.domains = {domain};
        facts.author.mailboxes = {{"", "chris", domain}};
    }
    void no_policy() {
        facts.dmarc = {without_policy(dmarc::Result::none, facts.author.domain, dmarc::Code::no_record), {}};
    }
    void dmarc_fails(dmarc::Policy policy) {
        facts.dmarc = {evaluation(dmarc::Result::fail, facts.author.domain, policy), {}};
    }
    void dmarc_passes(bool spf, bool dkim) {
        facts.dmarc = {evaluation(dmarc::Result::pass, facts.author.domain), {}};
        facts.dmarc.value->spf_aligned = spf;
        facts.dmarc.value->dkim_aligned = dkim;
    }
    void dmarc_error(dmarc::Code code) {
        facts.dmarc = {without_policy(dmarc::Result::temperror, facts.author.domain, code), {}};
    }
    void spf_passes(const std::string& domain) { facts.spf = {spf_outcome(spf::Result::pass, domain), {}}; }
    void signed_by(const std::string& domain, dkim::Result result = dkim::Result::pass) {
        facts.dkim.push_back(
            signature(result, domain, result == dkim::Result::pass ? dkim::Code::ok : dkim::Code::body_hash_mismatch));
    }
    void called(const std::string& name) { facts.iprev = {iprev_pass("192.0.2.10", name), {}}; }
    void hosts(std::vector<std::string> mail, const std::string& address) {
        author_hosts = AuthorHosts{std::move(mail), {*ip::Address::parse(address)}, false};
    }
    /// What is known of this past, to be filled.
    Series& past(PastKind kind, const std::string& of, const std::string& with = {}) {
        history.known = true;
        for (Past& one : history.pasts)
            if (one.key == PastKey{kind, of, with}) return one.series;
        return history.pasts.emplace_back(Past{{kind, of, with}, {}}).series;
    }
    Series& pair() { return past(PastKind::pair, facts.author.domain, sender()); }
    Series& infrastructure() { return past(PastKind::infrastructure, sender()); }
    Series& author_past() { return past(PastKind::author, facts.author.domain); }
    Series& network() { return past(PastKind::network, "192.0.2.0/24"); }
    Series& contact() { return past(PastKind::contact, "chris@" + facts.author.domain, "rita@ours.example"); }
    [[nodiscard]] std::string sender() const { return to_text(infrastructures_of(facts, suffixes()).front()); }
    static void seen(Series& series, std::uint32_t good, std::uint32_t bad = 0, std::int32_t days = 10) {
        for (std::int32_t i = 1; i <= days; ++i) series.push_back({.day = today - i, .good = good, .bad = bad});
    }
    void own(const std::string& domain) {
        lists.accepted_domains.add(domain);
        lists.accepted_organizations.add(suffixes().organizational(domain));
    }
    void shared(const std::string& domain) { lists.shared_infrastructure.add(domain); }
    /// Names that others may want to be mistaken for.
    KnownNames& known_names() {
        auto names = std::make_shared<KnownNames>();
        KnownNames& open = *names;
        lists.names = std::move(names);
        return open;
    }
    void looks_like_ours() { known_names().add_domain(KnownNames::Of::ours, "cont0so.com", suffixes()); }
    void sealed_by(const std::vector<std::string>& sealers, const std::string& claims_author) {
        facts.arc.value = chain(arc::Status::pass, sealers);
        for (arc::Instance& instance : facts.arc.value->instances)
            set_results(instance,
                        {"mx.example", "", {{"dmarc", "", "pass", "", "", {{"header", "from", claims_author}}}}});
    }
    void trust(const std::string& sealer) { lists.sealers.push_back({sealer, {}, {}, {}, "a list"}); }
    void block(const std::string& pair) { lists.pairs.add(*SpoofPair::parse(pair, SpoofPair::Action::block)); }
    void allow(const std::string& pair) { lists.pairs.add(*SpoofPair::parse(pair, SpoofPair::Action::allow)); }

    [[nodiscard]] Judgement judge() const {
        const Judgement judgement =
            verdict::judge(facts, {author_hosts, upstream, history, lists, suffixes(), weights, thresholds});
        expect_same_when_read_back(judgement);
        return judgement;
    }
    /// Whatever is judged here is judged alike once it was written as JSON and read again.
    void expect_same_when_read_back(const Judgement& judgement) const {
        const std::string document = to_json(facts, &judgement, "mx.example", "null");
        const auto stored = read_facts(document);
        ASSERT_TRUE(stored) << stored.error().text << '\n' << document;
        EXPECT_FALSE(stored->gaps.any()) << document;
        const std::string past_text = to_json(history);
        JsonCursor past_cursor(past_text);
        const History past = read_history(past_cursor);
        EXPECT_TRUE(past_cursor.finished()) << past_text;
        AuthorHosts hosts;
        std::vector<authres::Field> fields;
        const std::string context = to_json(author_hosts, upstream);
        JsonCursor context_cursor(context);
        context_cursor.object([&](std::string_view key) {
            if (key == "author_hosts") hosts = read_author_hosts(context_cursor);
            if (key == "upstream") fields = read_upstream(context_cursor);
        });
        EXPECT_TRUE(context_cursor.finished()) << context;
        const Judgement again =
            verdict::judge(stored->facts, {hosts, fields, past, lists, suffixes(), weights, thresholds});
        EXPECT_EQ(to_json(again), to_json(judgement)) << document << '\n' << past_text << '\n' << context;
        ASSERT_TRUE(stored->judged);
        EXPECT_EQ(stored->judged->result, judgement.result);
        EXPECT_EQ(stored->judged->reason, judgement.reason);
        EXPECT_EQ(stored->judged->suggestion, judgement.suggestion);
    }
    /// "fail 001"
    [[nodiscard]] std::string code() const {
        const Judgement judgement = judge();
        return std::string(to_text(judgement.result)) + " " + reason_text(judgement.reason);
    }
};

struct Row {
    const char* what;
    const char* code;
    std::function<void(Situation&)> arrange;
};

/// Each row's code, which is one of the table of reasons.
inline void check(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        Situation situation;
        row.arrange(situation);
        const Judgement judgement = situation.judge();
        EXPECT_EQ(situation.code(), row.code) << row.what << ": " << judgement.why;
        EXPECT_TRUE(std::ranges::any_of(reasons(), [&](const Reason& reason) {
            return reason.code == judgement.reason && reason.result == judgement.result;
        })) << situation.code();
    }
}

} // namespace bonafide::verdict::testing_situation
