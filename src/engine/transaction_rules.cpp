// The part of transaction.hpp that asks rules: early, where the MTA waits for an answer, and of what is left at the end.
#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "engine/acting.hpp"
#include "engine/transaction.hpp"
#include "mail/header.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::engine {

using policy::Level;
using policy::Subject;
using verdict::Direction;

namespace {

constexpr std::size_t most_kept_fields = 100;  // of one name that rules read
constexpr std::size_t most_field_bytes = 2000; // of each

std::size_t index_of(Level level) { return static_cast<std::size_t>(level); }

} // namespace

// ---- early

void Transaction::decide_mail(EarlyDone done) { decide_early(Level::mail, std::move(done)); }
void Transaction::decide_recipient(EarlyDone done) { decide_early(Level::rcpt, std::move(done)); }

void Transaction::decide_early(Level level, EarlyDone done) {
    const Acting& acting = *connection_.acting_;
    const bool blocks = level == Level::mail && !connection_.lists_->block.empty() && !acting.modes.need_recipients();
    const bool speaks = acting.speaks_at(level) || blocks;
    const bool asks = speaks && connection_.is_asked_early() && facts_.direction == Direction::inbound && !failed_;
    if (!asks) return done({});
    early_level_ = level;
    early_done_ = std::move(done);
    try_early();
}

/// Goes on with an early answer once everything is here that its rules read.
void Transaction::try_early() {
    if (!early_done_ || (starting_ && !failed_)) return;
    Wanted wanted = connection_.acting_->wanted[index_of(early_level_)];
    if (early_level_ == Level::mail && connection_.lists_->has_senders()) wanted.iprev = wanted.spf = true;
    if (!failed_) {
        const bool wants_name = wanted.iprev || wanted.dns_lists || (wanted.spf_helo && spf_helo_domain().empty());
        if (connection_.iprev_running_ && wants_name) {
            connection_.iprev_waiter_ = [this] { go_on(&Transaction::try_early); };
            return;
        }
        starting_ = true;
        if (wanted.spf_helo) start_spf_helo();
        if (wanted.dns_lists) start_dns_lists_of_session();
        starting_ = false;
        if (wanted.dns_lists && dns_lists_running_ > 0) return;
        if ((wanted.spf && spf_running_) || (wanted.spf_helo && spf_helo_running_)) return;
    }
    Early early = failed_ ? Early{} : ask_early();
    auto done = std::exchange(early_done_, {});
    done(std::move(early));
}

Early Transaction::ask_early() {
    const Acting& acting = *connection_.acting_;
    if (!connection_.iprev_running_) facts_.iprev = connection_.iprev_;
    if (early_level_ == Level::rcpt) return ask_recipient();
    asked_[index_of(Level::mail)] = true;
    look_up_lists(*connection_.lists_, facts_, around_);
    const Subject subject{facts_, nullptr, around_, Level::mail, {}};
    acting.rules->evaluate(subject, acting.modes, outcome_);
    return answer_at_mail(acting, *connection_.lists_, outcome_, subject);
}

/// Only a refusal is for this recipient alone; all else is asked again at the end, of all recipients as one.
Early Transaction::ask_recipient() {
    const Acting& acting = *connection_.acting_;
    look_up_senders_before_data();
    recipient_outcome_ = {};
    recipient_outcome_.ending = outcome_.ending;
    recipient_outcome_.goes_on = outcome_.goes_on;
    const Subject subject{facts_, nullptr, around_, Level::rcpt, last_recipient_};
    acting.rules->evaluate(subject, acting.modes, recipient_outcome_);
    Early early = acting.answer(recipient_outcome_, subject);
    if (!early.refuses()) return {};
    if (refused_.size() < connection_.settings_->limits.recipients)
        refused_.push_back({last_recipient_, early.smtp_reply, early.by,
                            facts_.envelope.recipients.size() + facts_.envelope.more_recipients - 1 + refused_.size()});
    if (facts_.envelope.more_recipients > 0)
        --facts_.envelope.more_recipients;
    else
        facts_.envelope.recipients.pop_back();
    return early;
}

// ---- what is kept of a refusal

namespace {

Finished refused_at(Level level, const Early& early, verdict::Facts facts, policy::Surroundings around,
                    policy::Outcome outcome) {
    constexpr std::string_view later = "refused before the message";
    facts.dmarc.unavailable = facts.arc.unavailable = later;
    if (!facts.spf.value && facts.spf.unavailable.empty()) facts.spf.unavailable = later;
    if (!facts.iprev.value && facts.iprev.unavailable.empty()) facts.iprev.unavailable = later;
    Finished finished;
    finished.facts = std::move(facts);
    finished.around = std::move(around);
    finished.outcome = std::move(outcome);
    const bool defers = early.smtp_reply.starts_with('4');
    finished.decision.action = defers ? policy::Action::defer : policy::Action::reject;
    finished.decision.smtp_reply = early.smtp_reply;
    finished.decision.by = early.by;
    finished.decision.why = fmt::format("{} at {} by {}", defers ? "deferred" : "refused", to_text(level), early.by);
    finished.ended = level;
    return finished;
}

} // namespace

Finished Connection::refused(Level level, const Early& early) const {
    return refused_at(level, early, facts_, around_, outcome_);
}

Finished Transaction::refused(const Early& early) const {
    return refused_at(Level::mail, early, facts_, around_, outcome_);
}

std::optional<Finished> Transaction::without_recipients() const {
    const verdict::Envelope& envelope = facts_.envelope;
    if (refused_.empty() || !envelope.recipients.empty() || envelope.more_recipients > 0) return {};
    Finished finished =
        refused_at(Level::rcpt, {refused_.back().smtp_reply, refused_.back().by}, facts_, around_, outcome_);
    finished.refused = refused_;
    return finished;
}

// ---- what rules read beside the verdicts

/// The name that the client gave, or the one that its address has.
std::string Transaction::spf_helo_domain() const {
    std::string helo = ascii::lower(facts_.envelope.helo);
    if (dns::is_hostname_like(helo)) return helo;
    const auto& iprev = connection_.relayed() ? facts_.iprev.value : connection_.iprev_.value;
    return iprev && iprev->result == iprev::Result::pass ? iprev->name : std::string();
}

void Transaction::start_spf_helo() {
    if (spf_helo_started_) return;
    spf_helo_started_ = true;
    const std::string domain = spf_helo_domain();
    if (domain.empty() || !facts_.envelope.client) return;
    spf_helo_running_ = true;
    driver_.run(spf::check(spf_request("", domain)), [this](spf::Outcome outcome) { // RFC 7208 2.3
        around_.spf_helo = std::move(outcome);
        spf_helo_running_ = false;
        try_early();
        try_finish();
    });
}

void Transaction::start_spf_from() {
    if (!connection_.acting_->spf_from || facts_.envelope.mail_from != "" || facts_.author.domain.empty()) return;
    if (!facts_.envelope.client) return;
    driver_.run(spf::check(spf_request("postmaster@" + facts_.author.domain, facts_.envelope.helo)),
                [this](spf::Outcome outcome) {
                    around_.spf_from = std::move(outcome);
                    try_finish();
                });
}

/// Of what is known of a session once its client's name is.
void Transaction::start_dns_lists_of_session() {
    if (std::exchange(dns_lists_begun_, true)) return;
    look_up_lists(*connection_.lists_, facts_, around_);
    start_dns_lists({policy::ListOf::client, policy::ListOf::ptr, policy::ListOf::helo, policy::ListOf::mail_from});
}

void Transaction::start_dns_lists(std::initializer_list<policy::ListOf> of) {
    const auto& lists = connection_.acting_->dns_lists->lists;
    if (lists.empty() || facts_.direction != Direction::inbound || !around_.ignored_by.empty()) return;
    for (std::size_t i = 0; i < lists.size(); ++i)
        for (const policy::ListOf what : of)
            if (std::ranges::find(lists[i].of, what) != lists[i].of.end())
                ask_dns_list(i, dns_list_question(lists[i], what));
}

std::string Transaction::dns_list_question(const policy::DnsList& list, policy::ListOf what) const {
    const auto& iprev = connection_.relayed() ? facts_.iprev.value : connection_.iprev_.value;
    switch (what) {
    case policy::ListOf::client:
        return facts_.envelope.client ? policy::question_name(list, *facts_.envelope.client) : std::string();
    case policy::ListOf::ptr:
        return iprev && iprev->result == iprev::Result::pass ? policy::question_name(list, iprev->name) : std::string();
    case policy::ListOf::helo: return policy::question_name(list, facts_.envelope.helo);
    case policy::ListOf::mail_from: {
        const std::string path = facts_.envelope.mail_from.value_or("");
        return path.contains('@') ? policy::question_name(list, path.substr(path.rfind('@') + 1)) : std::string();
    }
    case policy::ListOf::from: return policy::question_name(list, facts_.author.domain);
    }
    return {};
}

void Transaction::ask_dns_list(std::size_t index, std::string question) {
    if (question.empty()) return;
    around_.asked_dns_lists = true;
    ++dns_lists_running_;
    driver_.run(policy::ask_dns_list(std::move(question), connection_.acting_->dns_lists, index),
                [this, index](policy::Listed listed) {
                    --dns_lists_running_;
                    const std::string& name = connection_.acting_->dns_lists->lists[index].name;
                    auto& names = listed == policy::Listed::yes ? around_.dns_lists : around_.no_answer;
                    if (listed != policy::Listed::no && std::ranges::find(names, name) == names.end())
                        names.insert(std::ranges::lower_bound(names, name), name); // whoever answers first
                    try_early();
                    try_finish();
                });
}

/// Of the last recipient alone, while From is not known.
void Transaction::look_up_senders_before_data() {
    using Says = policy::RecipientSenders::Says;
    if (connection_.senders_ == nullptr) return;
    const auto says = connection_.senders_->says_before_data(last_recipient_, facts_);
    around_.safe_sender = says ? std::optional(*says == Says::safe) : std::nullopt;
    around_.blocked_sender = says ? std::optional(*says == Says::blocked) : std::nullopt;
}

/// Of all recipients that were not refused.
void Transaction::look_up_senders() {
    if (connection_.senders_ == nullptr) return;
    const auto together = connection_.senders_->of_all(facts_);
    around_.safe_sender = together.safe;
    around_.blocked_sender = together.blocked;
}

/// Of the header, which is not kept, what rules read or change.
void Transaction::keep_headers() {
    const Acting& acting = *connection_.acting_;
    for (const std::string& name : acting.header_names) {
        std::vector<std::size_t> found = header_.find_all(name);
        if (found.size() > most_kept_fields) {
            around_.cut_headers.push_back(name);
            found.resize(most_kept_fields);
        }
        for (const std::size_t index : found)
            around_.headers.emplace_back(name,
                                         ascii::trim(mail::unfold(header_[index].value.substr(0, most_field_bytes))));
    }
    for (const std::string& name : acting.rules->changed_headers()) {
        const std::vector<std::size_t> found = header_.find_all(name);
        around_.header_counts.emplace_back(name, found.size());
        if (name == "subject" && !found.empty())
            around_.subject = ascii::trim(mail::unfold(header_[found.front()].value));
    }
}

// ---- at the end

/// Of the levels that nobody has asked yet, all, in their order; none of mail that a failure of ours defers.
void Transaction::ask_rules(const verdict::Judgement* judgement) {
    const Acting& acting = *connection_.acting_;
    if (facts_.direction != Direction::inbound) return;
    if (!body_ignored()) around_.size = body_bytes_; // else the door may have skipped the rest
    look_up_lists(*connection_.lists_, facts_, around_);
    look_up_senders();
    if (decision_.action == policy::Action::defer) return;
    const bool was_asked_at_mail = asked_[index_of(Level::mail)];
    for (std::size_t i = 0; i < policy::level_count; ++i) {
        if (std::exchange(asked_[i], true)) continue;
        acting.rules->evaluate({facts_, judgement, around_, static_cast<Level>(i), {}}, acting.modes, outcome_);
    }
    const Subject subject{facts_, judgement, around_, Level::judged, {}};
    if (acting.modes.need_recipients() && !was_asked_at_mail && connection_.is_asked_early())
        refuse_spf_fail(acting, outcome_, subject);
    refuse_blocked(acting, outcome_, subject);
    if (is_bounce_) refuse_backscatter(acting, connection_.signing_->backscatter, outcome_, subject);
}

} // namespace bonafide::engine
