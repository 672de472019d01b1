#include "policy/conclude.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "policy/junk_mark.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

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
        out_.by = "rule " + ending.rule;
        out_.why = fmt::format("rule {} says {}", escape::line(ending.rule), row_of(ending.verb).name);
        if (out_.action == Action::reject)
            out_.smtp_reply = ending.reply.empty() ? replies_.reject.render(subject_) : ending.reply;
        if (out_.action == Action::defer)
            out_.smtp_reply = ending.reply.empty() ? replies_.defer.render(subject_) : ending.reply;
    }

    [[nodiscard]] bool enforces() const { return given_.mode == Mode::enforce || !given_.rules.dmarc_by.empty(); }

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

    void mark_junk() {
        if (!given_.rules.junk_by.empty())
            junk_ = junk_value(By::rule, JunkLevel::junk, "rule " + given_.rules.junk_by);
        if (junk_.empty() || given_.rules.accepted()) return;
        own_.push_back({HeaderEdit::Kind::insert_top, std::string(junk_field), junk_, 0});
    }

    /// Positions are those of the message as it came; removals go from the last one up.
    void change_headers() {
        for (const HeaderChange& change : given_.rules.headers) {
            const std::size_t count = count_of(subject_.around, change.name);
            switch (change.verb) {
            case Verb::tag_subject: tag_subject(change.value, count); break;
            case Verb::change_header:
                remove(change.name, count, 1);
                if (count > 0)
                    own_.push_back({HeaderEdit::Kind::change, change.name, change.value, 1});
                else
                    own_.push_back({HeaderEdit::Kind::insert_top, change.name, change.value, 0});
                break;
            case Verb::remove_header: remove(change.name, count, 0); break;
            default: own_.push_back({HeaderEdit::Kind::insert_top, change.name, change.value, 0}); break;
            }
        }
    }

    void remove(const std::string& name, std::size_t count, std::size_t kept) {
        for (std::size_t position = count; position > kept; --position)
            own_.push_back({HeaderEdit::Kind::remove, name, {}, position});
    }

    /// Answers come back with the tag that they had.
    void tag_subject(const std::string& tag, std::size_t count) {
        const std::string& kept = subject_.facts.letter.subject;
        const std::string& subject = subject_.around.subject.empty() ? kept : subject_.around.subject;
        if (ascii::lower(subject).contains(ascii::lower(tag))) return;
        const std::string tagged = as_field_value(subject.empty() ? tag : tag + ' ' + subject);
        if (count > 0)
            own_.push_back({HeaderEdit::Kind::change, "Subject", tagged, 1});
        else
            own_.push_back({HeaderEdit::Kind::insert_top, "Subject", tagged, 0});
    }

    Decision out_;
    const Subject& subject_;
    const Conclusion& given_;
    const RuleReplies& replies_;
    std::string junk_;
    std::vector<HeaderEdit> own_; ///< of ours here
};

} // namespace

bool would_deliver(const Decision& decided, const Outcome& rules, const Disposition& disposition, Mode mode) {
    if (decided.action != Action::accept || rules.ending) return false;
    const bool enforces = mode == Mode::enforce || !rules.dmarc_by.empty();
    return !enforces || disposition.what < What::hold;
}

Decision conclude(Decision decided, const Subject& subject, const Conclusion& conclusion, const RuleReplies& replies) {
    if (decided.action != Action::accept || subject.facts.direction != verdict::Direction::inbound) return decided;
    return Concluder(std::move(decided), subject, conclusion, replies).conclude();
}

} // namespace bonafide::policy
