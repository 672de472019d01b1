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
        case Verb::dmarc: outcome_.dmarc_by = rule_.name; break;
        case Verb::no_dmarc: outcome_.no_dmarc_by = rule_.name; break;
        case Verb::greylist: outcome_.greylist_by = rule_.name; break;
        case Verb::skip_greylist: outcome_.skip_greylist_by = rule_.name; break;
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

    void end(const RuleAction& action) {
        if (scope_ == Scope::some && keeps_back(action.verb)) {
            outcome_.junk_by = rule_.name;
            outcome_.would.push_back(fmt::format("rule {}: {}, but the message is for others too", rule_.name,
                                                 action_text(action, subject_)));
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
