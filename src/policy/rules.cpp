#include "policy/rules.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::policy {
namespace {

bool keeps_back(Verb verb) {
    return verb == Verb::reject || verb == Verb::defer || verb == Verb::discard || verb == Verb::quarantine;
}

/// One rule that fires, for the recipients in its scope.
class Firing {
  public:
    Firing(const Rule& rule, const Subject& subject, Scope scope, Outcome& outcome)
        : rule_(rule), subject_(subject), scope_(scope), outcome_(outcome) {}

    /// Whether that ends the evaluation.
    [[nodiscard]] bool act() {
        for (const RuleAction& action : rule_.then) act(action);
        return ended_ && !rule_.goes_on;
    }
    void tell() {
        for (const RuleAction& action : rule_.then) {
            if (action.verb == Verb::log || action.verb == Verb::notify)
                act(action); // that is what monitoring is for
            else if (action.verb != Verb::go_on)
                outcome_.would.push_back(fmt::format("rule {}: {}", rule_.name, action_text(action, subject_)));
        }
    }

  private:
    void act(const RuleAction& action) {
        switch (action.verb) {
        case Verb::reject:
        case Verb::defer:
        case Verb::discard:
        case Verb::quarantine:
        case Verb::accept: end(action); break;
        case Verb::junk: outcome_.junk_by = rule_.name; break;
        case Verb::dmarc:
            if (is_for_all(action)) outcome_.dmarc_by = rule_.name;
            break;
        case Verb::no_dmarc: outcome_.no_dmarc_by = rule_.name; break;
        case Verb::greylist:
            if (is_for_all(action)) outcome_.greylist_by = rule_.name;
            break;
        case Verb::skip_greylist: outcome_.skip_greylist_by = rule_.name; break;
        case Verb::seal: outcome_.seal_by = rule_.name; break;
        case Verb::tag_subject:
            outcome_.headers.push_back({action.verb, "Subject", action.text.render(subject_)});
            break;
        case Verb::add_header:
        case Verb::change_header:
        case Verb::remove_header:
            outcome_.headers.push_back({action.verb, action.name, action.text.render(subject_)});
            break;
        case Verb::log: outcome_.log.push_back(rule_.name); break;
        case Verb::notify: outcome_.notify.emplace_back(action.name, rule_.name); break;
        case Verb::go_on: break;
        }
    }

    /// What may keep the message back is not done to those whom the rule is not for.
    bool is_for_all(const RuleAction& action) {
        if (scope_ == Scope::all) return true;
        outcome_.would.push_back(
            fmt::format("rule {}: {}, but the message is for others too", rule_.name, action_text(action, subject_)));
        return false;
    }

    void end(const RuleAction& action) {
        if (keeps_back(action.verb) && !is_for_all(action)) {
            outcome_.junk_by = rule_.name;
            return;
        }
        if (scope_ == Scope::some) return; // nobody accepts for the others
        outcome_.ending =
            Ending{action.verb, action.reply ? action.reply->render(subject_) : std::string(), rule_.name};
        outcome_.goes_on = rule_.goes_on;
        ended_ = true;
    }

    const Rule& rule_;
    const Subject& subject_;
    Scope scope_;
    Outcome& outcome_;
    bool ended_ = false;
};

template<class T> void add_new(std::vector<T>& all, std::vector<T> more) {
    for (T& one : more)
        if (std::ranges::find(all, one) == all.end()) all.push_back(std::move(one));
}
void set_new(std::string& by, std::string&& other) {
    if (by.empty()) by = std::move(other);
}

/// How much is lost by it.
int weight(Verb verb) {
    switch (verb) {
    case Verb::quarantine: return 1;
    case Verb::defer: return 2;
    case Verb::reject: return 3;
    case Verb::discard: return 4;
    default: return 0;
    }
}

/// What the rules came to about each recipient of one message, for which there is one answer.
class Together {
  public:
    explicit Together(Outcome& outcome) : outcome_(outcome), before_(outcome.ending) {}

    void add(Outcome one) {
        ++recipients_;
        if (one.ending && (!before_ || one.ending->rule != before_->rule || one.ending->verb != before_->verb ||
                           one.ending->reply != before_->reply)) {
            ++ended_;
            if (!keeps_back(one.ending->verb))
                ++accepted_;
            else if (!kept_ || weight(one.ending->verb) < weight(kept_->verb))
                kept_ = one.ending;
            if (!ending_ || weight(one.ending->verb) < weight(ending_->verb)) {
                ending_ = std::move(one.ending);
                goes_on_ = one.goes_on;
            }
        }
        add_new(outcome_.headers, std::move(one.headers));
        add_new(outcome_.log, std::move(one.log));
        add_new(outcome_.notify, std::move(one.notify));
        add_new(outcome_.fired, std::move(one.fired));
        add_new(outcome_.would, std::move(one.would));
        set_new(outcome_.junk_by, std::move(one.junk_by));
        set_new(outcome_.dmarc_by, std::move(one.dmarc_by));
        set_new(outcome_.no_dmarc_by, std::move(one.no_dmarc_by));
        greylisted_ += one.greylist_by.empty() ? 0 : 1;
        set_new(greylist_by_, std::move(one.greylist_by));
        set_new(outcome_.skip_greylist_by, std::move(one.skip_greylist_by));
        set_new(outcome_.seal_by, std::move(one.seal_by));
    }

    /// What is kept back for some is for the junk folder of all; nobody accepts for the others.
    void end(bool has_more_recipients) {
        if (greylisted_ == recipients_ && !has_more_recipients)
            set_new(outcome_.greylist_by, std::move(greylist_by_));
        else if (!greylist_by_.empty())
            add_new(outcome_.would,
                    {fmt::format("rule {}: greylist, but the message is for others too", greylist_by_)});
        const bool all = ended_ == recipients_ && (accepted_ == 0 || accepted_ == recipients_) && !has_more_recipients;
        if (all) {
            outcome_.ending = std::move(ending_);
            outcome_.goes_on = goes_on_;
        } else if (kept_) {
            set_new(outcome_.junk_by, std::string(kept_->rule));
            add_new(outcome_.would,
                    {fmt::format("rule {}: {}{}{}, but the message is for others too", kept_->rule,
                                 row_of(kept_->verb).name, kept_->reply.empty() ? "" : " ", kept_->reply)});
        }
    }

  private:
    Outcome& outcome_;
    std::optional<Ending> before_;
    std::optional<Ending> ending_; ///< the mildest
    std::optional<Ending> kept_;   ///< likewise of those that keep back
    bool goes_on_ = false;
    std::string greylist_by_;
    std::size_t recipients_ = 0, ended_ = 0, accepted_ = 0, greylisted_ = 0;
};

} // namespace

std::string action_text(const RuleAction& action, const Subject& subject) {
    std::string text(row_of(action.verb).name);
    if (action.reply) text += ' ' + action.reply->render(subject);
    if (!action.name.empty()) text += ' ' + action.name;
    if (!action.text.empty()) text += (action.name.empty() ? " " : ": ") + action.text.render(subject);
    return text;
}

const RuleAction* Rule::deciding() const {
    const auto found = std::ranges::find_if(then, [](const RuleAction& action) { return row_of(action.verb).decides; });
    return found == then.end() ? nullptr : &*found;
}

Scope scope_of(const Rule& rule, const Subject& subject) {
    if (rule.recipients == nullptr) return Scope::all;
    const auto is_in = [&](std::string_view recipient) { return rule.recipients->has(Type::address, recipient); };
    if (!subject.recipient.empty()) return is_in(subject.recipient) ? Scope::all : Scope::nobody;
    const auto& recipients = subject.facts.envelope.recipients;
    const auto in = static_cast<std::size_t>(std::ranges::count_if(recipients, is_in));
    if (in == 0) return Scope::nobody;
    return in == recipients.size() && subject.facts.envelope.more_recipients == 0 ? Scope::all : Scope::some;
}

Mode Modes::of(const Subject& subject) const {
    const auto covers = [&](const std::shared_ptr<const ValueSet>& set, auto&& quantifier) {
        if (set == nullptr) return false;
        const auto is_in = [&](std::string_view recipient) { return set->has(Type::address, recipient); };
        if (!subject.recipient.empty()) return is_in(subject.recipient);
        const auto& recipients = subject.facts.envelope.recipients;
        return !recipients.empty() && quantifier(recipients, is_in);
    };
    if (covers(monitored_recipients, std::ranges::any_of)) return Mode::monitor;
    if (covers(enforced_recipients, std::ranges::all_of)) return Mode::enforce;
    for (const auto& [listener, mode_there] : listeners)
        if (listener == subject.around.listener) return mode_there;
    return mode;
}

bool Modes::always_enforce() const {
    return mode == Mode::enforce && monitored_recipients == nullptr &&
           std::ranges::find(listeners, Mode::monitor, &std::pair<std::string, Mode>::second) == listeners.end();
}

void Rules::evaluate(const Subject& subject, const Modes& modes, Outcome& outcome) const {
    if (!has(subject.level) || (outcome.ending && !outcome.goes_on)) return;
    if (subject.level == Level::rcpt && subject.recipient.empty() && subject.facts.envelope.recipients.size() > 1)
        evaluate_each(subject, modes, outcome);
    else
        evaluate_one(subject, modes, outcome);
}

void Rules::evaluate_each(const Subject& subject, const Modes& modes, Outcome& outcome) const {
    Together together(outcome);
    const Modes one_mode{.mode = modes.of(subject)}; // what is done is done to the mail of all
    for (const std::string& recipient : subject.facts.envelope.recipients) {
        Outcome one;
        one.ending = outcome.ending;
        one.goes_on = outcome.goes_on;
        evaluate_one({subject.facts, subject.judgement, subject.around, subject.level, recipient}, one_mode, one);
        together.add(std::move(one));
    }
    together.end(subject.facts.envelope.more_recipients > 0);
}

void Rules::evaluate_one(const Subject& subject, const Modes& modes, Outcome& outcome) const {
    for (const Rule& rule : rules_) {
        if (!rule.enabled || rule.level != subject.level) continue;
        const Scope scope = scope_of(rule, subject);
        if (scope == Scope::nobody || rule.when.test(subject) != Truth::yes) continue;
        outcome.fired.push_back(rule.name);
        Firing firing(rule, subject, scope, outcome);
        if (rule.mode.value_or(modes.of(subject)) == Mode::monitor) {
            firing.tell();
            continue;
        }
        if (firing.act()) return;
    }
}

} // namespace bonafide::policy
