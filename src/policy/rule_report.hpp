// Why each rule did what it did: every rule with the truth of every comparison and the value it compared, for `bonafide rules test`. Pure.
//     RuleReporter reporter(rules, modes);
//     reporter.ask(...) at connect, helo, mail;  reporter.ask_recipient(...) for each recipient, where he is asked about by himself;
//     reporter.ask(...) at rcpt, data, judged
// It decides like Rules::evaluate() (rule_report_test.cpp compares them), and carries nothing out. `rules` outlives it.
#pragma once

#include "policy/rules.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::policy {

/// One comparison of a condition.
struct ComparisonReport {
    std::string text; ///< as it was written
    Truth truth = Truth::unknown;
    Value value; ///< what the field held
};

struct RuleReport {
    enum class State : std::uint8_t {
        off,       ///< enabled = false
        ended,     ///< a rule before it decided
        elsewhere, ///< no recipient is in its scope
        no,        ///< its condition does not hold
        unknown,   ///< nor does it not hold
        fired,
        told, ///< it would have, but is in monitor mode
    };
    const Rule* rule = nullptr;
    std::string recipient; ///< the one asked about; empty: all of the message
    State state = State::no;
    Scope scope = Scope::all;
    Mode mode = Mode::monitor;
    Truth truth = Truth::unknown;
    std::vector<ComparisonReport> comparisons; ///< all, those too that settled nothing; of no rule that is off
    std::vector<std::string> actions;          ///< "reject 550 5.7.1 Refused", with their values
    std::string ended_by;                      ///< the rule that decided, where the state is `ended`
};
[[nodiscard]] std::string_view to_text(RuleReport::State state);

class RuleReporter {
  public:
    RuleReporter(const Rules& rules, Modes modes) : rules_(rules), modes_(std::move(modes)) {}

    /// All rules of subject.level.
    void ask(const Subject& subject);
    /// What is no rule decided: `by` as the decision names it.
    void end(std::string by) { ended_by_ = std::move(by); }
    /// Those that refuse, about subject.recipient.
    void ask_recipient(const Subject& subject);

    [[nodiscard]] const std::vector<RuleReport>& reports() const& { return reports_; } ///< in the order of asking

  private:
    void ask_each(const Subject& subject);
    [[nodiscard]] RuleReport report_of(const Rule& rule, const Subject& subject, const std::string& ended_by) const;

    const Rules& rules_;
    Modes modes_;
    std::string ended_by_; ///< a rule; empty: none decided so far
    bool asked_recipients_ = false;
    std::vector<RuleReport> reports_;
};

} // namespace bonafide::policy
