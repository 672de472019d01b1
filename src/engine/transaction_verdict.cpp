// The part of transaction.hpp behind the checks: what is known of the past, the judgement, and what is done.
#include "engine/acting.hpp"
#include "engine/greylist.hpp"
#include "engine/judging.hpp"
#include "engine/transaction.hpp"
#include "verdict/compauth.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

namespace bonafide::engine {

using verdict::Direction;

/// Asks the past and the author's hosts, side by side, as far as judging will look at them.
void Transaction::prepare_judgement() {
    if (!connection_.settings_->compauth.enabled) return finish();
    awaited_ = 1; // this very function
    read_history();
    // Also of mail whose owner decides: what would be without him corroborates it.
    if (verdict::needs_author_hosts(facts_, *connection_.suffixes_, verdict::OwnerPolicy::ignored)) {
        ++awaited_;
        driver_.run(verdict::find_author_hosts(facts_.author.domain, facts_.envelope.client->family()),
                    [this](verdict::AuthorHosts hosts) {
                        author_hosts_ = std::move(hosts);
                        go_on_judging();
                    });
    }
    go_on_judging();
}

/// A store that does not answer in time leaves the past unknown; mail does not wait for it.
void Transaction::read_history() {
    if (!connection_.history_) return;
    ++awaited_;
    const auto answered = [this](verdict::History history) {
        history_ = std::move(history);
        if (!history_.known) facts_.unchecked.emplace_back("store");
        history_alarm_.reset();
        go_on(&Transaction::go_on_judging);
    };
    history_ticket_ = connection_.history_->read(verdict::keys_of(facts_, *connection_.suffixes_), answered);
    const Clock& clock = connection_.clock_;
    if (!clock.alarm || awaited_ == 1) return; // nothing waits, or it is here
    history_alarm_ = clock.alarm(clock.steady() + connection_.settings_->ledger.read_timeout, [this, answered] {
        history_ticket_.reset();
        answered({});
    });
}

void Transaction::go_on_judging() {
    if (--awaited_ == 0 && waiting_) finish();
}

verdict::DkimSupport Transaction::dkim_support() const {
    const Settings::Dkim& settings = connection_.settings_->dkim;
    return {.testing = settings.testing_supports_dmarc, .partial_body = settings.partial_body_supports_dmarc};
}

std::optional<verdict::Judgement> Transaction::judge_message(verdict::OwnerPolicy policy) const {
    if (!connection_.settings_->compauth.enabled || facts_.direction != Direction::inbound) return {};
    return verdict::judge(facts_,
                          {.author_hosts = author_hosts_,
                           .upstream = upstream_,
                           .history = history_,
                           .lists = *connection_.lists_,
                           .suffixes = *connection_.suffixes_,
                           .weights = connection_.tuning_->weights,
                           .thresholds = connection_.tuning_->thresholds},
                          policy);
}

policy::Disposition Transaction::dispose() const {
    return engine::dispose(*connection_.acting_, outcome_, subject(), history_.known,
                           [this] { return judge_message(verdict::OwnerPolicy::ignored); });
}

policy::Decision Transaction::decide() const {
    const Settings& settings = *connection_.settings_;
    const policy::DispositionSettings& disposition = connection_.acting_->disposition;
    const bool shows_all = disposition.first_contact_tip && disposition.show_unverified && disposition.show_via;
    std::optional<verdict::Judgement> stamped; // a copy costs: only where it says less
    if (judgement_ && !shows_all) {
        stamped = judgement_;
        stamped->indicators = policy::shown(stamped->indicators, disposition);
    }
    const std::optional<verdict::Judgement>& told = stamped ? stamped : judgement_;
    return policy::decide(facts_, told ? &*told : nullptr, forged_,
                          {.authserv_id = connection_.authserv_id_,
                           .failures = connection_.acting_->failures,
                           .listener = around_.listener,
                           .enforces = connection_.acting_->modes.of(subject()) == policy::Mode::enforce,
                           .most_forged = settings.limits.authres_forged,
                           .received_spf_host = settings.spf.received_spf ? connection_.host_name_ : std::string(),
                           .compauth = settings.compauth.form,
                           .indicators = settings.compauth.indicators,
                           .results_field = settings.identity.results_field});
}

void Transaction::finish() {
    if (!failed_) complete_facts();
    judgement_ = judge_message(verdict::OwnerPolicy::counts);
    decision_ = decide();
    ask_rules(judgement_ ? &*judgement_ : nullptr);
    disposition_ = dispose();
    if (failed_ || !ask_greylist()) conclude();
}

/// Whether an answer is waited for: of the envelope's past, which judging does not read, and then of greylisting.
bool Transaction::ask_greylist() {
    const Acting& acting = *connection_.acting_;
    const bool is_wanted = acting.greylist->settings.enabled || !outcome_.greylist_by.empty();
    if (connection_.greylist_ == nullptr || !is_wanted || facts_.direction != Direction::inbound ||
        !policy::would_deliver(decision_, outcome_, disposition_, acting.modes.of(subject())))
        return false;
    auto keys = policy::greylist::past_keys(facts_, {}, *connection_.suffixes_);
    std::erase_if(keys, [&](const verdict::PastKey& key) {
        return std::ranges::find(history_.pasts, key, &verdict::Past::key) != history_.pasts.end();
    });
    if (connection_.history_ == nullptr || keys.empty()) return consider_greylist();
    asking_greylist_ = true;
    envelope_ticket_ = connection_.history_->read(std::move(keys), [this](verdict::History past) {
        history_alarm_.reset();
        envelope_past_ = std::move(past);
        if (!asking_greylist_) go_on(&Transaction::go_on_greylisting);
    });
    asking_greylist_ = false;
    if (envelope_past_) return consider_greylist();
    const Clock& clock = connection_.clock_;
    if (clock.alarm)
        history_alarm_ = clock.alarm(clock.steady() + connection_.settings_->ledger.read_timeout, [this] {
            envelope_ticket_.reset();
            envelope_past_.emplace();
            go_on(&Transaction::go_on_greylisting);
        });
    return true;
}

void Transaction::go_on_greylisting() {
    if (!consider_greylist()) conclude();
}

/// Whether greylisting's answer is waited for.
bool Transaction::consider_greylist() {
    const Acting& acting = *connection_.acting_;
    const std::size_t judged = history_.pasts.size(); // what greylisting reads beside is none of the judgement's
    const bool known = history_.known;
    if (envelope_past_ && envelope_past_->known) {
        history_.known = true;
        std::ranges::move(envelope_past_->pasts, std::back_inserter(history_.pasts));
    }
    namespace greylist = policy::greylist;
    const greylist::RuleSays says = !outcome_.skip_greylist_by.empty() ? greylist::RuleSays::skip
                                    : !outcome_.greylist_by.empty()    ? greylist::RuleSays::greylist
                                                                       : greylist::RuleSays::nothing;
    GreylistRequest request =
        requested({.subject = subject(),
                   .history = history_,
                   .weights = connection_.tuning_->weights,
                   .thresholds = connection_.tuning_->thresholds,
                   .suffixes = *connection_.suffixes_,
                   .rule = says},
                  std::vector(facts_.envelope.recipients.size(), says), acting.greylist->settings);
    history_.pasts.resize(judged);
    history_.known = known;
    asking_greylist_ = true;
    greylist_ticket_ = connection_.greylist_->consider(std::move(request), facts_.now, [this](GreylistAnswer answer) {
        greylisted_ = {answer.defer, answer.why};
        if (answer.defer) around_.greylist_wait = answer.wait;
        greylist_answer_ = std::make_shared<const GreylistAnswer>(std::move(answer));
        if (!asking_greylist_) go_on(&Transaction::conclude); // not within that very call
    });
    asking_greylist_ = false;
    return greylist_answer_ == nullptr;
}

policy::Subject Transaction::subject() const {
    return {facts_, judgement_ ? &*judgement_ : nullptr, around_, policy::Level::judged, {}};
}

namespace {

/// Who was refused has met nobody, and gets no good name by trying again.
void keep_bad(std::vector<verdict::Lesson>& lessons) {
    std::erase_if(lessons, [](verdict::Lesson& lesson) {
        lesson.counts.good = lesson.counts.unclear = 0;
        return lesson.counts.bad == 0;
    });
}

} // namespace

void Transaction::conclude() {
    const Acting& acting = *connection_.acting_;
    const policy::Subject subject = this->subject();
    policy::Decision decision = policy::conclude(std::move(decision_), subject,
                                                 {.rules = outcome_,
                                                  .disposition = disposition_,
                                                  .greylisted = greylisted_,
                                                  .greylist_reply = acting.greylist->reply,
                                                  .mode = acting.modes.of(subject)},
                                                 {.reject = acting.reject_reply, .defer = acting.defer_reply});
    Finished finished;
    sign_and_seal(decision, finished);
    disposition_.override_reason = policy::override_of(facts_, decision, outcome_, disposition_);
    std::vector<verdict::Lesson> lessons;
    if (decision.action != policy::Action::defer) // it comes again
        lessons = verdict::lessons_of(facts_, judgement_.value_or(verdict::Judgement{}), *connection_.suffixes_);
    if (decision.action == policy::Action::reject || decision.action == policy::Action::discard) keep_bad(lessons);
    const auto waited = std::chrono::duration_cast<std::chrono::microseconds>(connection_.clock_.steady() - ended_at_);
    finished.facts = std::move(facts_);
    finished.history = std::move(history_);
    finished.author_hosts = std::move(author_hosts_);
    finished.upstream = std::move(upstream_);
    finished.judgement = std::move(judgement_);
    finished.lessons = std::move(lessons);
    finished.around = std::move(around_);
    finished.outcome = std::move(outcome_);
    finished.disposition = std::move(disposition_);
    finished.greylist = std::move(greylist_answer_);
    finished.decision = std::move(decision);
    finished.refused = std::move(refused_);
    finished.waited = waited;
    waiting_ = false; // only now: what threw before this line comes back through fail()
    auto then = std::move(done_);
    then(std::move(finished)); // may destroy this Transaction
}

} // namespace bonafide::engine
