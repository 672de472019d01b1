// Ordered rules: read from the configuration once, then asked at each level of a session by any thread. Pure; hit counters are the
// engine's.
//
// At a level its rules are asked in their order. A rule whose condition holds does its actions; one with a deciding action (reject, defer,
// discard, quarantine, accept) ends the evaluation at this level and all later ones, unless it says continue. Rules in monitor mode decide
// nothing: what they would have done is told beside; log and notify are done all the same.
//
// Several recipients: at rcpt each is asked about by itself. From data on, and for rules of rcpt that are asked about all at the end, the
// milter protocol has one answer for all: what refuses or keeps mail back there (reject, defer, discard, quarantine) and is for some
// recipients counts only when it is for all of them; otherwise the message is marked as junk instead. Header changes are made when any
// recipient is in the scope.
#pragma once

#include "policy/action.hpp"
#include "policy/condition.hpp"
#include "policy/decision.hpp"
#include "policy/oddity.hpp"
#include "policy/rule_source.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bonafide::policy {

struct Rule {
    std::string name;
    Place place{};
    Level level = Level::judged;
    Condition when;
    std::vector<RuleAction> then;
    std::shared_ptr<const ValueSet> recipients; ///< null: everybody
    std::optional<Mode> mode;
    bool enabled = true;
    bool goes_on = false; ///< continue

    [[nodiscard]] const RuleAction* deciding() const; ///< null: it decides nothing
    /// Each field that its condition or a text of its actions names.
    template<class Visit> void visit_fields(Visit visit) const {
        when.visit([&](const Condition& one) { visit(one.comparison->field); });
        for (const RuleAction& action : then) {
            action.text.visit(visit);
            if (action.reply) action.reply->text.visit(visit);
        }
    }
};

/// How much of a rule's scope a message is in.
enum class Scope : std::uint8_t { nobody, some, all };

/// What a deciding action came to.
struct Ending {
    Verb verb = Verb::accept;
    std::string reply; ///< "550 5.7.1 Refused"; empty: none was given
    std::string rule;  ///< its name, or the setting's
    bool is_setting = false;
    [[nodiscard]] std::string by() const { return is_setting ? rule : "rule " + rule; }
};

struct HeaderChange {
    Verb verb = Verb::add_header;
    std::string name; ///< of tag-subject: "Subject"
    std::string value;
    bool operator==(const HeaderChange&) const = default;
};

/// What the rules of all levels so far came to.
struct Outcome {
    std::optional<Ending> ending;
    bool goes_on = false; ///< the rule of `ending` says continue: later ones are asked, and may end it otherwise
    std::vector<HeaderChange> headers; ///< in the order of the rules
    std::string junk_by;               ///< the rule; empty: not junk
    std::string dmarc_by, no_dmarc_by; ///< likewise
    std::string greylist_by, skip_greylist_by;
    std::string seal_by;
    std::vector<std::string> log;                            ///< names of rules
    std::vector<std::pair<std::string, std::string>> notify; ///< address, rule
    std::vector<std::string> fired; ///< names of all rules that held, those in monitor mode too
    std::vector<std::string> would; ///< "rule NAME: reject 550 5.7.1 Refused"
    bool accepted() const { return ending && ending->verb == Verb::accept; }
};

/// Which mode holds where a rule says nothing. By recipients' domains: enforce only when all of them are to be enforced.
struct Modes {
    Mode mode = Mode::monitor;
    std::vector<std::pair<std::string, Mode>> listeners{}; ///< by name
    std::shared_ptr<const ValueSet> enforced_recipients{}; ///< null: none named
    std::shared_ptr<const ValueSet> monitored_recipients{};

    [[nodiscard]] Mode of(const Subject& subject) const;
    [[nodiscard]] bool always_enforce() const;
    /// Nobody knows the mode before the recipients.
    [[nodiscard]] bool need_recipients() const {
        return enforced_recipients != nullptr || monitored_recipients != nullptr;
    }
};

class Rules {
  public:
    static constexpr std::size_t most_rules = 1000;
    static constexpr std::size_t most_actions = 20; ///< of one rule
    static constexpr std::size_t most_name_bytes = 80;

    struct Read;
    struct Beside;
    /// `sources` in their order. Any error leaves no rules. Warnings: rules that can never fire, that come behind one which always decides,
    /// that repeat another, comparisons that are foregone or name what is not there, names given twice, enhanced codes nobody has
    /// registered, replies that close the connection.
    [[nodiscard]] static Read read(std::span<const RuleSource> sources, std::span<const SetSource> sets,
                                   const Beside& beside);
    [[nodiscard]] static Read read(std::span<const RuleSource> sources, std::span<const SetSource> sets);

    [[nodiscard]] std::span<const Rule> all() const { return rules_; }
    [[nodiscard]] bool has(Level level) const { return levels_[static_cast<std::size_t>(level)]; }
    [[nodiscard]] const std::vector<std::string>& changed_headers() const {
        return changed_headers_;
    } ///< in lower case
    [[nodiscard]] const Sets& sets() const { return sets_; }

    /// Asks the rules of subject.level and adds what they come to. Nothing once an Ending stands whose rule does not say continue. At rcpt
    /// without subject.recipient: about each recipient of the message by himself.
    void evaluate(const Subject& subject, const Modes& modes, Outcome& outcome) const;

  private:
    void evaluate_each(const Subject& subject, const Modes& modes, Outcome& outcome) const;
    void evaluate_one(const Subject& subject, const Modes& modes, Outcome& outcome) const;

    std::vector<Rule> rules_;
    Sets sets_;
    std::array<bool, level_count> levels_{};
    std::vector<std::string> changed_headers_;
};

/// What the warnings go by that stands elsewhere in the configuration.
struct Rules::Beside {
    Modes modes{.mode = Mode::enforce};
    Vocabulary vocabulary{};
};

struct Rules::Read {
    std::shared_ptr<const Rules> rules; ///< null when there are errors
    std::vector<Complaint> errors;      ///< in the order of the file
    std::vector<Complaint> warnings;
};

/// The action with the values of its fields: "reject 550 5.7.1 not from 192.0.2.1".
[[nodiscard]] std::string action_text(const RuleAction& action, const Subject& subject);

/// How much of the scope of `rule` the recipients of `subject` are in; all for a rule for everybody.
[[nodiscard]] Scope scope_of(const Rule& rule, const Subject& subject);

} // namespace bonafide::policy
