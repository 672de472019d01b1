#include "policy/conclude.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "policy/junk_mark.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <utility>
#include <vector>

namespace bonafide::policy {
namespace {

Action action_of(Verb verb) {
    switch (verb) {
    case Verb::reject: return Action::reject;
    case Verb::defer: return Action::defer;
    case Verb::discard: return Action::discard;
    case Verb::quarantine: return Action::hold;
    default: return Action::accept;
    }
}

std::size_t count_of(const Surroundings& around, std::string_view name) {
    const auto found =
        std::ranges::find_if(around.header_counts, [&](const auto& one) { return ascii::iequals(one.first, name); });
    return found == around.header_counts.end() ? 0 : found->second;
}

/// A stranger's subject as the value of a field again: control bytes go, and the lines are of a length that all take (RFC 5322 2.1.1, 2.2.3).
std::string as_field_value(std::string_view text) {
    constexpr std::size_t line = 78;
    std::string value;
    std::size_t column = std::string_view("Subject: ").size();
    for (const char c : text) {
        const bool is_blank = c == ' ' || static_cast<unsigned char>(c) < ' ' || c == 0x7f;
        if (is_blank && column >= line) {
            value += "\r\n";
            column = 0;
        }
        value += is_blank ? ' ' : c;
        ++column;
    }
    return value;
}

/// The action `dmarc` carries out the policy for DMARC, and no more than that, whatever the mode.
bool carries_out(const Disposition& disposition, const Outcome& rules, Mode mode) {
    return mode == Mode::enforce || (!rules.dmarc_by.empty() && disposition.by == By::dmarc);
}

/// What becomes of the fields of one name; later changes see what earlier ones left.
struct FieldState {
    std::string name;
    std::size_t count = 0;               ///< as the message came
    std::optional<std::string> replaced; ///< the value of the first
    bool others_go = false;              ///< all that came, or all but the replaced one
    std::vector<std::string> added;
};

/// Behind what answers and forwards put before it: "Re: ", "Fwd: ", "AW: ", "Re[2]: ".
std::string_view without_prefixes(std::string_view subject) {
    for (;;) {
        const std::string_view rest = ascii::trim(subject);
        const std::size_t colon = rest.find(':');
        std::string_view word = rest.substr(0, std::min(colon, rest.size()));
        word = word.substr(0, word.find('['));
        const bool is_prefix =
            colon <= 8 && !word.empty() && word.size() <= 4 && std::ranges::all_of(word, ascii::is_alpha);
        if (!is_prefix) return rest;
        subject = rest.substr(colon + 1);
    }
}

class Concluder {
  public:
    Concluder(Decision decided, const Subject& subject, const Conclusion& conclusion, const RuleReplies& replies)
        : out_(std::move(decided)), subject_(subject), given_(conclusion), replies_(replies) {}

    Decision conclude() {
        out_.would.insert(out_.would.end(), given_.rules.would.begin(), given_.rules.would.end());
        if (given_.rules.ending) {
            end_by_rule(*given_.rules.ending);
        } else {
            dispose();
            greylist();
        }
        if (out_.action != Action::accept && out_.action != Action::hold) return std::move(out_);
        change_headers();
        mark_junk();
        // Below what decide() stamps, in the order of insertion before it (RFC 8601 4.1).
        const auto top = std::ranges::find(out_.edits, HeaderEdit::Kind::insert_top, &HeaderEdit::kind);
        out_.edits.insert(top, own_.begin(), own_.end());
        return std::move(out_);
    }

  private:
    void end_by_rule(const Ending& ending) {
        out_.action = action_of(ending.verb);
        out_.by = ending.by();
        out_.why = fmt::format("{} says {}", escape::line(out_.by), row_of(ending.verb).name);
        if (out_.action == Action::reject)
            out_.smtp_reply = ending.reply.empty() ? replies_.reject.render(subject_) : ending.reply;
        if (out_.action == Action::defer)
            out_.smtp_reply = ending.reply.empty() ? replies_.defer.render(subject_) : ending.reply;
    }

    [[nodiscard]] bool enforces() const { return carries_out(given_.disposition, given_.rules, given_.mode); }

    void dispose() {
        const Disposition& disposition = given_.disposition;
        if (disposition.what == What::none || disposition.what == What::mark) return;
        if (!enforces()) {
            out_.would.push_back(fmt::format("{}: {}{}{}", to_text(disposition.by), to_text(disposition.what),
                                             disposition.reply.empty() ? "" : " ", disposition.reply));
            return;
        }
        out_.by = to_text(disposition.by);
        out_.why = disposition.why;
        if (disposition.what == What::reject) {
            out_.action = Action::reject;
            out_.smtp_reply = disposition.reply;
        }
        if (disposition.what == What::hold) out_.action = Action::hold;
        junk_ = junk_value(disposition);
    }

    void greylist() {
        if (!given_.greylisted.defer || out_.action != Action::accept) return;
        std::string reply = given_.greylist_reply.render(subject_);
        if (given_.mode == Mode::monitor && given_.rules.greylist_by.empty()) {
            out_.would.push_back("greylist: defer " + reply);
            return;
        }
        out_.action = Action::defer;
        out_.by = "greylist";
        out_.why = given_.greylisted.why;
        out_.smtp_reply = std::move(reply);
    }

    /// A rule that accepts keeps the mark off, but for its own.
    void mark_junk() {
        const Outcome& rules = given_.rules;
        if (!rules.junk_by.empty()) junk_ = junk_value(By::rule, JunkLevel::junk, "rule " + rules.junk_by);
        if (junk_.empty() || (rules.accepted() && !rules.goes_on && rules.ending->rule != rules.junk_by)) return;
        own_.push_back({HeaderEdit::Kind::insert_top, std::string(junk_field), junk_, 0});
    }

    /// Positions are those of the message as it came; removals go from the last one up.
    void change_headers() {
        for (const HeaderChange& change : given_.rules.headers) {
            FieldState& field = field_of(change.name);
            switch (change.verb) {
            case Verb::tag_subject: tag_subject(field, change.value); break;
            case Verb::change_header:
                field.replaced = change.value;
                field.others_go = true;
                field.added.clear();
                break;
            case Verb::remove_header:
                field.replaced.reset();
                field.others_go = true;
                field.added.clear();
                break;
            default: field.added.push_back(change.value); break;
            }
        }
        for (const FieldState& field : fields_) put(field);
    }

    FieldState& field_of(const std::string& name) {
        for (FieldState& field : fields_)
            if (ascii::iequals(field.name, name)) return field;
        fields_.emplace_back(name, count_of(subject_.around, name));
        return fields_.back();
    }

    void put(const FieldState& field) {
        const std::size_t kept = field.replaced ? 1 : 0;
        for (std::size_t position = field.count; field.others_go && position > kept; --position)
            own_.push_back({HeaderEdit::Kind::remove, field.name, {}, position});
        if (field.replaced && field.count > 0)
            own_.push_back({HeaderEdit::Kind::change, field.name, *field.replaced, 1});
        else if (field.replaced)
            own_.push_back({HeaderEdit::Kind::insert_top, field.name, *field.replaced, 0});
        for (const std::string& value : field.added)
            own_.push_back({HeaderEdit::Kind::insert_top, field.name, value, 0});
    }

    /// Answers come back with the tag that they had.
    void tag_subject(FieldState& field, const std::string& tag) {
        const std::string& cut = subject_.facts.letter.subject;
        const std::string& whole = subject_.around.subject.empty() ? cut : subject_.around.subject;
        const std::string came = field.others_go ? std::string() : whole;
        std::string subject = field.replaced.value_or(came);
        for (std::size_t fold = subject.find("\r\n"); fold != std::string::npos; fold = subject.find("\r\n"))
            subject.erase(fold, 2);
        if (ascii::istarts_with(without_prefixes(subject), tag)) return;
        field.replaced = as_field_value(subject.empty() ? tag : tag + ' ' + subject);
    }

    Decision out_;
    const Subject& subject_;
    const Conclusion& given_;
    const RuleReplies& replies_;
    std::string junk_;
    std::vector<HeaderEdit> own_; ///< of ours here
    std::vector<FieldState> fields_;
};

} // namespace

namespace {

/// What an owner would call it.
dmarc::Policy done_by(const Decision& decision) {
    if (decision.action == Action::reject || decision.action == Action::discard) return dmarc::Policy::reject;
    const bool is_marked = std::ranges::any_of(decision.edits, [](const HeaderEdit& edit) {
        return edit.kind == HeaderEdit::Kind::insert_top && edit.name == junk_field;
    });
    return is_marked || decision.action == Action::hold ? dmarc::Policy::quarantine : dmarc::Policy::none;
}

} // namespace

std::optional<OverrideReason> override_of(const verdict::Facts& facts, const Decision& decision, const Outcome& rules,
                                          const Disposition& disposition) {
    using Type = OverrideReason::Type;
    const auto& dmarc = facts.dmarc.value;
    const bool fails = dmarc && dmarc->result == dmarc::Result::fail && dmarc->policy;
    const dmarc::Policy done = done_by(decision);
    if (!fails || decision.action == Action::defer || done == as_policy(disposition.what))
        return disposition.override_reason;
    if (done == *dmarc->policy) return std::nullopt;
    if (done == dmarc->disposition) return OverrideReason{Type::policy_test_mode, "t=y"};
    if (!decision.by.empty()) return OverrideReason{Type::local_policy, decision.why};
    if (rules.junk_by.empty()) return OverrideReason{Type::local_policy, "monitor mode"};
    return OverrideReason{Type::local_policy, fmt::format("the rule {} says junk", escape::line(rules.junk_by, 100))};
}

bool would_deliver(const Decision& decided, const Outcome& rules, const Disposition& disposition, Mode mode) {
    if (decided.action != Action::accept || rules.ending) return false;
    return !carries_out(disposition, rules, mode) || disposition.what < What::hold;
}

Decision conclude(Decision decided, const Subject& subject, const Conclusion& conclusion, const RuleReplies& replies) {
    if (decided.action != Action::accept || subject.facts.direction != verdict::Direction::inbound) return decided;
    return Concluder(std::move(decided), subject, conclusion, replies).conclude();
}

} // namespace bonafide::policy
