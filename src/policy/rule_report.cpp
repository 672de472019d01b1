#include "policy/rule_report.hpp"

#include <array>

namespace bonafide::policy {
namespace {

using State = RuleReport::State;

bool refuses(const Rule& rule) {
    const RuleAction* deciding = rule.deciding();
    return deciding != nullptr && (deciding->verb == Verb::reject || deciding->verb == Verb::defer);
}

/// Whether no rule is asked behind this one.
bool ends(const RuleReport& report) {
    return report.state == State::fired && report.scope == Scope::all && report.rule->deciding() != nullptr &&
           !report.rule->goes_on;
}

State state_of(Truth truth, Mode mode) {
    if (truth == Truth::no) return State::no;
    if (truth == Truth::unknown) return State::unknown;
    return mode == Mode::monitor ? State::told : State::fired;
}

} // namespace

std::string_view to_text(RuleReport::State state) {
    constexpr std::array<std::string_view, 7> names{"off", "ended", "elsewhere", "no", "unknown", "fired", "monitored"};
    return names[static_cast<std::size_t>(state)];
}

RuleReport RuleReporter::report_of(const Rule& rule, const Subject& subject, const std::string& ended_by) const {
    RuleReport report;
    report.rule = &rule;
    report.recipient = subject.recipient;
    report.mode = rule.mode.value_or(modes_.of(subject));
    report.scope = scope_of(rule, subject);
    if (!rule.enabled) {
        report.state = State::off;
        return report;
    }
    rule.when.visit([&](const Condition& one) {
        report.comparisons.push_back({one.text, one.test(subject), one.comparison->field.read(subject)});
    });
    report.truth = rule.when.test(subject);
    for (const RuleAction& action : rule.then) report.actions.push_back(action_text(action, subject));
    if (!ended_by.empty()) {
        report.state = State::ended;
        report.ended_by = ended_by;
    } else {
        report.state = report.scope == Scope::nobody ? State::elsewhere : state_of(report.truth, report.mode);
    }
    return report;
}

void RuleReporter::ask(const Subject& subject) {
    const auto& recipients = subject.facts.envelope.recipients;
    if (subject.level == Level::rcpt && subject.recipient.empty() && recipients.size() > 1) return ask_each(subject);
    for (const Rule& rule : rules_.all()) {
        if (rule.level != subject.level) continue;
        RuleReport report = report_of(rule, subject, ended_by_);
        if (ends(report)) ended_by_ = rule.name;
        const bool was_told = subject.level == Level::rcpt && asked_recipients_ && refuses(rule);
        if (!was_told || report.state == State::fired) reports_.push_back(std::move(report));
    }
}

/// About each recipient by himself, where there is one answer for all.
void RuleReporter::ask_each(const Subject& subject) {
    const Modes one_mode{.mode = modes_.of(subject)};
    for (const std::string& recipient : subject.facts.envelope.recipients) {
        std::string ended_by = ended_by_;
        for (const Rule& rule : rules_.all()) {
            if (rule.level != Level::rcpt) continue;
            RuleReport report =
                report_of(rule, {subject.facts, subject.judgement, subject.around, subject.level, recipient}, ended_by);
            if (ends(report)) ended_by = rule.name;
            if (!asked_recipients_ || !refuses(rule)) reports_.push_back(std::move(report));
        }
    }
    if (!ended_by_.empty()) return;
    Outcome outcome;
    rules_.evaluate(subject, one_mode, outcome);
    if (outcome.ending && !outcome.goes_on) ended_by_ = outcome.ending->rule;
}

void RuleReporter::ask_recipient(const Subject& subject) {
    asked_recipients_ = true;
    std::string ended_by = ended_by_; // for him alone
    for (const Rule& rule : rules_.all()) {
        if (rule.level != Level::rcpt) continue;
        RuleReport report = report_of(rule, subject, ended_by);
        if (ends(report)) ended_by = rule.name;
        if (refuses(rule)) reports_.push_back(std::move(report));
    }
}

} // namespace bonafide::policy
