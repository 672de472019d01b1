#include "engine/whatif.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "policy/action.hpp"
#include "policy/conclude.hpp"
#include "verdict/compauth.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace bonafide::engine {
namespace {

using policy::Level;
using policy::Outcome;
using policy::Subject;
using verdict::Evidence;
using verdict::Judgement;

constexpr std::size_t most_read = 200; // bytes of a name in a flip

std::string_view decision_of(policy::Action action) {
    return action == policy::Action::hold ? std::string_view("quarantine") : policy::to_text(action);
}

/// All that decides about one message, in the order of a session.
class Asking {
  public:
    Asking(StoredMessage& message, const Judgement* judgement, const Regime& regime,
           const dns::PublicSuffixList& suffixes)
        : message_(message), judgement_(judgement), regime_(regime), acting_(*regime.acting), suffixes_(suffixes) {
        look_up(message, regime);
        std::vector<std::string>& unanswered = message.around.no_answer;
        for (const std::string& list : regime.unasked_lists) {
            std::erase(message.around.dns_lists, list);
            if (std::ranges::find(unanswered, list) == unanswered.end()) unanswered.push_back(list);
        }
    }
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;
    ~Asking() {
        message_.facts.envelope.recipients = std::move(recipients_);
        message_.around.dns_lists = std::move(dns_lists_);
        message_.around.no_answer = std::move(no_answer_);
    }

    Fate ask() {
        const bool waits = acting_.modes.need_recipients(); // nobody knows the mode before them
        if (!waits) ask_before_recipients();
        if (const Early early = answer_early(); early.refuses())
            return {early.smtp_reply.starts_with('4') ? "defer" : "reject", early.by};
        if (last_ >= Level::rcpt) {
            if (const auto refused = ask_recipients()) return *refused;
        }
        if (message_.ended) return {"let in", {}};
        look_up(message_, regime_);
        const bool enforces = acting_.modes.of(subject()) == policy::Mode::enforce;
        if (const auto what = acting_.failures.deferring(message_.facts, message_.around.listener, enforces);
            !what.empty())
            return {"defer", fmt::format("failure.{}", what)};
        if (waits) ask_before_recipients();
        for (const Level level : {Level::rcpt, Level::data, Level::judged}) ask_at(level, {}, outcome_);
        if (waits && message_.facts.envelope.relays == 0) refuse_spf_fail(acting_, outcome_, subject());
        refuse_blocked(acting_, outcome_, subject());
        Fate fate = conclude();
        if (some_.by.empty()) return fate;
        if (fate.decision == "accept") return some_;
        if (fate.decision == "junk") return {"reject for some, junk", some_.by + ", " + fate.by};
        return fate;
    }

  private:
    [[nodiscard]] Subject subject() const { return {message_.facts, judgement_, message_.around, Level::judged, {}}; }
    void ask_at(Level level, std::string_view recipient, Outcome& outcome) const {
        if (!acting_.rules->has(level)) return;
        acting_.rules->evaluate(
            {message_.facts, level == Level::judged ? judgement_ : nullptr, message_.around, level, recipient},
            acting_.modes, outcome);
    }
    void ask_before_recipients() {
        for (const Level level : {Level::connect, Level::helo, Level::mail})
            if (level <= last_) ask_at(level, {}, outcome_);
    }
    /// Mail of a relay of ours is asked about at the end alone. What was refused early is refused there by those who speak there.
    Early answer_early() {
        if (message_.facts.envelope.relays > 0 || acting_.modes.need_recipients()) return {};
        if (last_ < Level::mail) {
            Early early = acting_.answer(outcome_, subject());
            if (!early.refuses()) refuse_blocked(acting_, outcome_, subject()); // at mail, by the client alone
            return early.refuses() || !regime_.lists->allow.empty() ? early : acting_.answer(outcome_, subject());
        }
        return answer_at_mail(acting_, *regime_.lists, outcome_,
                              {message_.facts, nullptr, message_.around, Level::mail, {}});
    }
    /// Each by himself, those too who were refused; who is refused now is none of the message's. What comes of it when nobody is left.
    std::optional<Fate> ask_recipients() {
        verdict::Envelope& envelope = message_.facts.envelope;
        std::vector<std::string> all = std::move(envelope.recipients);
        for (const RefusedRecipient& one : message_.refused)
            all.insert(all.begin() + static_cast<std::ptrdiff_t>(std::min(one.place, all.size())), one.recipient);
        envelope.recipients.clear();
        if (!acting_.rules->has(Level::rcpt) || envelope.relays > 0) {
            envelope.recipients = std::move(all);
            return {};
        }
        std::string by;
        bool defers = false;
        for (std::string& recipient : all) { // "recipients" is how many there are so far
            envelope.recipients.push_back(std::move(recipient));
            const Early early = ask_recipient(envelope.recipients.back());
            if (!early.refuses()) continue;
            envelope.recipients.pop_back();
            by = early.by;
            defers = early.smtp_reply.starts_with('4');
        }
        if (by.empty()) return {};
        if (envelope.recipients.empty() && envelope.more_recipients == 0) return Fate{defers ? "defer" : "reject", by};
        some_ = {"reject for some", by};
        return {};
    }
    Early ask_recipient(const std::string& recipient) {
        look_up_senders_before_data(recipient);
        Outcome one;
        one.ending = outcome_.ending;
        one.goes_on = outcome_.goes_on;
        ask_at(Level::rcpt, recipient, one);
        return acting_.answer(one, subject());
    }
    void look_up_senders_before_data(const std::string& recipient) {
        using Says = policy::RecipientSenders::Says;
        if (message_.gaps.addresses) return;
        const auto says =
            regime_.senders ? regime_.senders->says_before_data(recipient, message_.facts) : std::optional<Says>();
        message_.around.safe_sender = says ? std::optional(*says == Says::safe) : std::nullopt;
        message_.around.blocked_sender = says ? std::optional(*says == Says::blocked) : std::nullopt;
    }
    [[nodiscard]] Fate conclude() const {
        const policy::Disposition disposition = dispose(acting_, outcome_, subject(), message_.history.known, [this] {
            return judge_again(message_, regime_, suffixes_, verdict::OwnerPolicy::ignored);
        });
        const policy::Greylisted not_greylisted;
        const policy::Decision decision = policy::conclude({}, subject(),
                                                           {.rules = outcome_,
                                                            .disposition = disposition,
                                                            .greylisted = not_greylisted,
                                                            .greylist_reply = acting_.greylist->reply,
                                                            .mode = acting_.modes.of(subject())},
                                                           {acting_.reject_reply, acting_.defer_reply});
        const bool junk =
            decision.action == policy::Action::accept &&
            std::ranges::find(decision.edits, policy::junk_field, &policy::HeaderEdit::name) != decision.edits.end();
        if (!junk) return {decision_of(decision.action), decision.by};
        return {"junk", outcome_.junk_by.empty() ? decision.by : "rule " + outcome_.junk_by};
    }

    StoredMessage& message_;
    const Judgement* judgement_;
    const Regime& regime_;
    const Acting& acting_;
    const dns::PublicSuffixList& suffixes_;
    const Level last_ = message_.ended.value_or(Level::judged); ///< of which something is known
    std::vector<std::string> recipients_ = message_.facts.envelope.recipients;
    std::vector<std::string> dns_lists_ = message_.around.dns_lists, no_answer_ = message_.around.no_answer;
    Outcome outcome_;
    Fate some_{"accept", {}};
};

std::string domain_of(std::string_view address) {
    const std::size_t at = address.rfind('@');
    return at == std::string_view::npos ? std::string() : ascii::lower(address.substr(at + 1));
}

std::vector<std::string> recipients_of(const StoredMessage& message) {
    std::vector<std::string> all = message.facts.envelope.recipients;
    for (const RefusedRecipient& one : message.refused) all.push_back(one.recipient);
    return all;
}

/// Of what was refused before its header: whom MAIL FROM names.
std::string sender_domain_of(const StoredMessage& message) {
    if (!message.facts.author.domain.empty()) return message.facts.author.domain;
    std::string domain = message.ended ? domain_of(message.facts.envelope.mail_from.value_or("")) : std::string();
    return domain.empty() ? "(no single author)" : domain;
}

std::string author_of(const StoredMessage& message) {
    const verdict::Facts& facts = message.facts;
    if (message.ended) return facts.envelope.mail_from.value_or("");
    if (!facts.author.mailboxes.empty())
        return facts.author.mailboxes.front().local_part + '@' + facts.author.mailboxes.front().domain;
    return facts.author.domain.empty() ? facts.author.text : facts.author.domain;
}

/// Both ways through one message.
struct Both {
    const Judgement* now;
    const Judgement* then;
    const Fate& fate_now;
    const Fate& fate_then;
};

std::string_view suggestion_of(const Judgement* judgement) {
    return verdict::to_text(judgement == nullptr ? verdict::Suggestion::deliver : judgement->suggestion);
}

/// Empty: nothing else would come of it.
std::string change_of(const Both& both) {
    std::string text;
    if (both.fate_now.decision != both.fate_then.decision)
        text = fmt::format("{} -> {}", both.fate_now.decision, both.fate_then.decision);
    const std::string_view now = suggestion_of(both.now), then = suggestion_of(both.then);
    if (now != then) text += fmt::format("{}{} -> {}", text.empty() ? "suggestion " : ", suggestion ", now, then);
    return text;
}

struct Cause {
    std::string name; ///< for the totals
    std::string sentence;
};

double points_of(const Judgement& judgement, const Evidence& wanted) {
    double points = 0;
    for (const Evidence& one : judgement.evidence)
        if (one.signal == wanted.signal) points += one.points;
    return points;
}

/// The evidence that weighs most differently.
std::optional<Cause> differing_evidence(const Judgement& now, const Judgement& then) {
    const Evidence* largest = nullptr;
    double before = 0, after = 0;
    const auto look_at = [&](const Judgement& judgement) {
        for (const Evidence& one : judgement.evidence) {
            const double in_now = points_of(now, one), in_then = points_of(then, one);
            if (largest != nullptr && std::abs(in_then - in_now) <= std::abs(after - before)) continue;
            if (in_now == in_then) continue;
            largest = &one;
            before = in_now;
            after = in_then;
        }
    };
    look_at(then);
    look_at(now);
    if (largest == nullptr) return {};
    return Cause{fmt::format("signal {}", largest->signal),
                 fmt::format("{} weighs {:g} instead of {:g}: {}", largest->signal, after, before, largest->text)};
}

Cause cause_of_decision(const Both& both) {
    const Fate& fate = both.fate_then.by.empty() ? both.fate_now : both.fate_then;
    const std::string by = escape::line(fate.by, most_read);
    return {by, fmt::format("{} {} {}", by, both.fate_then.by.empty() ? "no longer says" : "says", fate.decision)};
}

Cause cause_of(const Both& both) {
    if (both.fate_now.decision != both.fate_then.decision) return cause_of_decision(both);
    if (both.now == nullptr || both.then == nullptr)
        return {"judging", both.then == nullptr ? "nothing would be judged" : "it would be judged"};
    if (auto cause = differing_evidence(*both.now, *both.then)) return *std::move(cause);
    if (both.now->reason != both.then->reason)
        return {fmt::format("reason {}", verdict::reason_text(both.then->reason)), both.then->why};
    return {"thresholds", fmt::format("the score is {:g} as before, the thresholds are others", both.then->score)};
}

bool is_judged_alike(const Regime& now, const Regime& then) {
    return now.judges == then.judges && now.lists == then.lists && now.tuning == then.tuning;
}

bool is_as_stored(const verdict::StoredJudgement& stored, const Judgement& judgement) {
    return stored.result == judgement.result && stored.reason == judgement.reason &&
           stored.suggestion == judgement.suggestion;
}

} // namespace

Regime regime_of(const Settings& settings, std::shared_ptr<const verdict::Lists> lists,
                 std::shared_ptr<const policy::RecipientSenders> senders) {
    return {.judges = settings.compauth.enabled,
            .tuning = make_tuning(settings),
            .lists = std::move(lists),
            .acting = std::make_shared<const Acting>(make_acting(settings)),
            .senders = std::move(senders)};
}

void look_up(StoredMessage& message, const Regime& regime) {
    policy::Surroundings& around = message.around;
    look_up_lists(*regime.lists, message.facts, around);
    if (message.gaps.addresses) return;
    around.safe_sender = around.blocked_sender = std::nullopt;
    if (regime.senders == nullptr) return;
    const auto together = regime.senders->of_all(message.facts);
    around.safe_sender = together.safe;
    around.blocked_sender = together.blocked;
}

Fate decide_again(StoredMessage& message, const Judgement* judgement, const Regime& regime,
                  const dns::PublicSuffixList& suffixes) {
    return Asking(message, judgement, regime, suffixes).ask();
}

std::optional<Judgement> judge_again(const StoredMessage& message, const Regime& regime,
                                     const dns::PublicSuffixList& suffixes, verdict::OwnerPolicy policy) {
    if (!regime.judges || message.facts.direction != verdict::Direction::inbound || message.ended) return {};
    return verdict::judge(message.facts,
                          {.author_hosts = message.author_hosts,
                           .upstream = message.upstream,
                           .history = message.history,
                           .lists = *regime.lists,
                           .suffixes = suffixes,
                           .weights = regime.tuning.weights,
                           .thresholds = regime.tuning.thresholds},
                          policy);
}

void Counts::add(std::string_view name, std::uint64_t count) {
    if (const auto found = counts_.find(name); found != counts_.end())
        found->second += count;
    else if (counts_.size() < most)
        counts_.emplace(name, count);
    else
        beyond_ += count;
}

void Counts::add(const Counts& others) {
    for (const auto& [name, count] : others.counts_) add(name, count);
    beyond_ += others.beyond_;
}

std::vector<Counts::Row> Counts::top(std::size_t rows) const {
    std::vector<Row> all;
    for (const auto& [name, count] : counts_) all.push_back({name, count});
    const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(rows, all.size()));
    std::ranges::partial_sort(all, end, [](const Row& a, const Row& b) {
        return std::pair(b.count, std::string_view(a.name)) < std::pair(a.count, std::string_view(b.name));
    });
    all.erase(end, all.end());
    return all;
}

std::uint64_t Counts::of(std::string_view name) const {
    const auto found = counts_.find(name);
    return found == counts_.end() ? 0 : found->second;
}

void WhatIfTotals::add(WhatIfTotals others, std::size_t most_flips) {
    read += others.read;
    unreadable += others.unreadable;
    other_ways += others.other_ways;
    compared += others.compared;
    flipped += others.flipped;
    rejudged += others.rejudged;
    unlike_store += others.unlike_store;
    incomplete.earlier += others.incomplete.earlier;
    incomplete.cut += others.incomplete.cut;
    incomplete.addresses += others.incomplete.addresses;
    incomplete.not_judged += others.incomplete.not_judged;
    incomplete.refused += others.incomplete.refused;
    unknown_fields.add(others.unknown_fields);
    changes.add(others.changes);
    causes.add(others.causes);
    senders.add(others.senders);
    recipients.add(others.recipients);
    std::ranges::move(others.flips, std::back_inserter(flips));
    std::ranges::sort(flips, {}, [](const Flip& flip) { return std::pair(flip.time, std::string_view(flip.id)); });
    if (flips.size() > most_flips) flips.erase(flips.begin(), flips.end() - static_cast<std::ptrdiff_t>(most_flips));
}

WhatIf::WhatIf(const Regime& now, const Regime& then, const dns::PublicSuffixList& suffixes, std::size_t most_flips)
    : now_(now), then_(then), suffixes_(suffixes), most_flips_(most_flips), judged_alike_(is_judged_alike(now, then)) {
    for (const Regime* regime : {&now, &then}) {
        if (!regime->acting->header_names.empty()) read_fields_.emplace_back(policy::header_prefix);
        for (const policy::Field& field : policy::fields())
            for (const auto& read : regime->acting->reads)
                if (read.contains(field.name)) read_fields_.push_back(field.name);
    }
    std::ranges::sort(read_fields_);
    const auto again = std::ranges::unique(read_fields_);
    read_fields_.erase(again.begin(), again.end());
}

void WhatIf::add_other_way() {
    ++totals_.read;
    ++totals_.other_ways;
}

void WhatIf::add_damaged(std::uint64_t count) {
    totals_.read += count;
    totals_.unreadable += count;
}

void WhatIf::add(std::int64_t time, std::string_view id, std::string_view document, std::string_view packed) {
    auto message = read_message(document, packed);
    if (!message) return add_damaged(1);
    if (message->facts.direction != verdict::Direction::inbound) return add_other_way();
    ++totals_.read;
    ++totals_.compared;
    count_gaps(*message);
    compare(*message, {.time = time, .id = std::string(id), .author = {}, .recipient = {}, .change = {}, .why = {}});
}

void WhatIf::count_gaps(const StoredMessage& message) {
    totals_.incomplete.earlier += message.gaps.earlier ? 1 : 0;
    totals_.incomplete.cut += message.gaps.cut ? 1 : 0;
    totals_.incomplete.addresses += message.gaps.addresses ? 1 : 0;
    totals_.incomplete.not_judged += message.gaps.not_judged ? 1 : 0;
    totals_.incomplete.refused += message.ended ? 1 : 0;
    for (const std::string_view field : read_fields_)
        if (std::ranges::find(message.around.unknown, field) != message.around.unknown.end())
            totals_.unknown_fields.add(field);
}

void WhatIf::compare(StoredMessage& message, Flip flip) {
    const std::optional<Judgement> now = judge_again(message, now_, suffixes_);
    const std::optional<Judgement> other = judged_alike_ ? std::nullopt : judge_again(message, then_, suffixes_);
    const auto& then = judged_alike_ ? now : other;
    if (message.judged && now && !is_as_stored(*message.judged, *now)) ++totals_.unlike_store;
    if (now.has_value() != then.has_value() || (now && (now->result != then->result || now->reason != then->reason)))
        ++totals_.rejudged;
    const Judgement* judged_now = now ? &*now : nullptr;
    const Judgement* judged_then = then ? &*then : nullptr;
    const Fate fate_now = decide_again(message, judged_now, now_, suffixes_);
    const Fate fate_then = decide_again(message, judged_then, then_, suffixes_);
    const Both both{judged_now, judged_then, fate_now, fate_then};
    flip.change = change_of(both);
    if (flip.change.empty()) return;
    Cause cause = cause_of(both);
    totals_.causes.add(cause.name);
    flip.why = std::move(cause.sentence);
    keep(message, std::move(flip));
}

void WhatIf::keep(const StoredMessage& message, Flip flip) {
    ++totals_.flipped;
    totals_.changes.add(flip.change);
    totals_.senders.add(sender_domain_of(message));
    const std::vector<std::string> recipients = recipients_of(message);
    std::vector<std::string> domains;
    for (const std::string& recipient : recipients)
        if (std::string domain = domain_of(recipient); std::ranges::find(domains, domain) == domains.end())
            domains.push_back(std::move(domain));
    for (const std::string& domain : domains) totals_.recipients.add(domain);
    if (most_flips_ == 0) return;
    flip.author = escape::shortened(author_of(message), most_read);
    if (!recipients.empty()) flip.recipient = escape::shortened(recipients.front(), most_read);
    totals_.flips.push_back(std::move(flip));
    // Now and then, so that not every one moves all.
    if (totals_.flips.size() >= 2 * most_flips_ + 100)
        totals_.flips.erase(totals_.flips.begin(), totals_.flips.end() - static_cast<std::ptrdiff_t>(most_flips_));
}

} // namespace bonafide::engine
