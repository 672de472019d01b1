#include "policy/disposition.hpp"

#include "base/escape.hpp"
#include "policy/corroboration.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace bonafide::policy {
namespace {

using verdict::Compauth;
using Type = OverrideReason::Type;

constexpr unsigned blocked_pair = 2;
constexpr unsigned trusted_sealer = 130;
/// compauth that stands against the owner's policy. 400 and 905: judging was passed over on an administrator's word, or because the client
/// is not known.
constexpr std::array rescuing{108U, 115U, trusted_sealer, 400U, 501U, 502U, 701U, 702U, 703U, 704U, 905U};

bool rescues(const verdict::Judgement* judgement) {
    return judgement != nullptr && std::ranges::find(rescuing, judgement->reason) != rescuing.end();
}

bool has_several_authors(const mail::Author& author) {
    return author.cause == mail::FromCause::several_domains || author.cause == mail::FromCause::several_fields;
}

/// "No result" is no failure: a domain without a record, a message without a signature, a DNS that was silent.
/// RFC 7208 8.2: neutral counts like none.
bool spf_failed(const verdict::Facts& facts) {
    if (!facts.spf.value) return false;
    const spf::Result result = facts.spf.value->result;
    return result == spf::Result::fail || result == spf::Result::softfail || result == spf::Result::permerror;
}

bool dkim_failed(const verdict::Facts& facts) {
    const auto is = [](dkim::Result result) { return [result](const auto& one) { return one.result == result; }; };
    return std::ranges::any_of(facts.dkim, is(dkim::Result::fail)) &&
           std::ranges::none_of(facts.dkim, is(dkim::Result::pass));
}

class Disposer {
  public:
    Disposer(const verdict::Facts& facts, const verdict::Judgement* judged, const verdict::Judgement* without_policy,
             const DispositionSettings& settings, const Exceptions& exceptions)
        : facts_(facts), judged_(judged), without_policy_(without_policy), settings_(settings), exceptions_(exceptions),
          found_(facts.dmarc.value ? &*facts.dmarc.value : nullptr),
          fails_(found_ != nullptr && found_->result == dmarc::Result::fail) {
        // RFC 9989 5.4: an error, or no policy, is no failure.
        if (fails_) owner_ = asked_ = found_->disposition.value_or(dmarc::Policy::none);
    }

    Disposition dispose() {
        if (facts_.direction != verdict::Direction::inbound) {
            out_.why = fmt::format("{} mail is left alone", to_text(facts_.direction));
            return std::move(out_);
        }
        out_.why = "nothing asks for anything to be done";
        if (!by_exceptions()) act();
        if (out_.what == What::quarantine && settings_.quarantine_as == QuarantineAs::hold) out_.what = What::hold;
        if (out_.what == What::reject) out_.reply = reply();
        tell_override();
        return std::move(out_);
    }

  private:
    // ---- what goes before the settings

    [[nodiscard]] bool is_blocked_pair() const { return judged_ != nullptr && judged_->reason == blocked_pair; }

    /// Something of ours failed; a judgement that says so has code 305.
    [[nodiscard]] bool is_unfinished() const {
        return verdict::is_unverified(facts_) ||
               (verdict::is_unchecked(facts_, "dns") && facts_.author.cause == mail::FromCause::ok);
    }

    /// Whether the message is done with. A blocked pair goes before all but the rule.
    bool by_exceptions() {
        if (is_unfinished() && !is_blocked_pair())
            return leave(Type::other, "a failure on our side kept the check incomplete");
        if (!exceptions_.no_dmarc_rule.empty())
            set_aside(Type::local_policy, fmt::format("the rule {} says no-dmarc", shown(exceptions_.no_dmarc_rule)));
        if (!is_blocked_pair() && by_lists()) return true;
        if (exceptions_.no_dmarc_rule.empty() && refuses_authors()) return true;
        if (!set_aside_) by_rescue();
        return false;
    }

    /// The users first, as Microsoft 365 has it ("user wins"), then the administrator's allowances.
    bool by_lists() {
        if (is_told_by_rule()) return false;
        if (exceptions_.safe_sender) return leave(Type::local_policy, "all recipients call the author a safe sender");
        if (exceptions_.blocked_sender) {
            take(What::junk, By::list, "all recipients have blocked the author");
            return true;
        }
        if (allows_pair()) return leave(Type::local_policy, "the list of spoofed senders allows this author from here");
        if (!exceptions_.allowed_by.empty())
            return leave(Type::local_policy,
                         fmt::format("the allow list has {}", escape::line(exceptions_.allowed_by, 100)));
        return false;
    }

    /// A rule says "dmarc": no list is an exception.
    [[nodiscard]] bool is_told_by_rule() const {
        return exceptions_.no_dmarc_rule.empty() && !exceptions_.dmarc_rule.empty();
    }

    [[nodiscard]] bool allows_pair() const {
        const std::string_view name =
            verdict::signals()[static_cast<std::size_t>(verdict::SignalId::allowed_pair)].name;
        return judged_ != nullptr &&
               std::ranges::find(judged_->evidence, name, &verdict::Evidence::signal) != judged_->evidence.end();
    }

    bool refuses_authors() {
        if (settings_.several_authors != SeveralAuthors::refuse || !has_several_authors(facts_.author)) return false;
        take(What::reject, By::dmarc, "the From field gives no single author domain");
        return true;
    }

    /// The message is not spoofed, whatever its owner's policy says. History speaks only where the policy does not (compauth.hpp).
    void by_rescue() {
        if (asked_ == dmarc::Policy::none || is_blocked_pair()) return;
        const verdict::Judgement* const by = rescues(judged_) ? judged_ : without_policy_;
        if (!rescues(by)) return;
        if (by->reason == trusted_sealer && facts_.arc.value) {
            set_aside(Type::trusted_forwarder, by->why);
            set_aside_->comment = arc_comment(*facts_.arc.value);
            return;
        }
        const auto handed = handed_on(facts_, by);
        set_aside(handed && handed->how == HandedOn::How::list ? Type::mailing_list : Type::local_policy, by->why);
    }

    /// From here on the message is judged as if its owner asked for nothing.
    void set_aside(Type type, std::string why) {
        out_.why = why;
        set_aside_ = OverrideReason{type, std::move(why)};
        owner_ = dmarc::Policy::none;
        if (without_policy_ != nullptr) judged_ = without_policy_;
    }

    bool leave(Type type, std::string why) {
        set_aside(type, std::move(why));
        return true;
    }

    // ---- what the settings come to

    /// The stronger of what was there and this.
    void take(What what, By by, std::string why) {
        if (what <= out_.what) return;
        out_.what = what;
        out_.by = by;
        out_.why = std::move(why);
    }

    void act() {
        if (settings_.preset == Preset::none) {
            by_owner();
            by_suggestion();
        } else {
            by_preset();
        }
        if (is_told_by_rule() && exceptions_.blocked_sender && !exceptions_.safe_sender)
            take(What::junk, By::list, "all recipients have blocked the author");
    }

    /// Microsoft's matrix (docs/dmarc-policy.md). RFC 9989 7.4 wants more than the owner's wish before a refusal; on_reject does without.
    void by_preset() {
        const bool is_spoof = judged_ != nullptr && judged_->result == Compauth::fail;
        const What on_spoof = settings_.on_spoof == OnSpoof::junk ? What::junk : What::quarantine;
        const auto spoof = [&] {
            take(on_spoof, By::spoof, fmt::format("a spoof: {} ({})", judged_->why, to_text(settings_.preset)));
        };
        if (fails_ && settings_.honour_dmarc)
            honour();
        else if (fails_ && !settings_.spoof_intelligence && owner_ != dmarc::Policy::none)
            take(What::quarantine, By::dmarc, asks("and is not honoured, so the mail is quarantined"));
        else if (is_spoof && settings_.spoof_intelligence)
            spoof();
        if (is_spoof && judged_->reason == blocked_pair) spoof(); // an administrator's word, not intelligence
    }

    void honour() {
        const bool junks = settings_.on_quarantine == OnQuarantine::junk;
        const bool refuses = settings_.on_reject == OnReject::reject;
        if (owner_ == dmarc::Policy::quarantine)
            take(junks ? What::junk : What::quarantine, By::dmarc, asks({}));
        else if (owner_ == dmarc::Policy::reject)
            take(refuses ? What::reject : What::quarantine, By::dmarc,
                 asks(refuses ? "" : "which on_reject turns into quarantine"));
    }

    void by_owner() {
        if (owner_ == dmarc::Policy::quarantine) take(What::quarantine, By::dmarc, asks({}));
        if (owner_ != dmarc::Policy::reject) return;
        switch (settings_.reject) {
        case DmarcReject::always: return take(What::reject, By::dmarc, asks({}));
        case DmarcReject::never:
            return take(What::quarantine, By::dmarc, asks("which dmarc.reject turns into quarantine"));
        case DmarcReject::corroborated: break;
        }
        const auto history = exceptions_.history_known ? HistoryKnown::yes : HistoryKnown::no;
        if (const auto second = second_reason(facts_, without_policy_, history))
            return take(What::reject, By::dmarc, asks("and " + *second));
        // RFC 9989 7.4: without other knowledge as if the owner asked for quarantine.
        const auto handed = handed_on(facts_, without_policy_);
        take(What::quarantine, By::dmarc,
             asks(handed ? "but " + handed->text
                  : without_policy_ == nullptr || !exceptions_.history_known
                      ? "but nothing is known beside that"
                      : "but nothing else speaks against the mail"));
        if (handed && handed->how == HandedOn::How::list) milder_ = OverrideReason{Type::mailing_list, handed->text};
    }

    /// compauth=fail alone refuses nothing, and where the owner asks for reject that is dmarc.reject's matter: only a blocked pair is left.
    void by_suggestion() {
        static_assert(static_cast<int>(Follow::reject) == static_cast<int>(verdict::Suggestion::reject));
        if (judged_ == nullptr) return;
        const bool blocked = judged_->reason == blocked_pair;
        const auto wanted = static_cast<Follow>(judged_->suggestion); // both go from nothing to reject
        const Follow most = blocked ? Follow::reject : Follow::quarantine;
        constexpr std::array steps{What::none, What::mark, What::junk, What::quarantine, What::reject};
        const What what = steps[static_cast<std::size_t>(std::min({wanted, settings_.follow, most}))];
        take(what, blocked ? By::spoof : By::suggestion,
             fmt::format("the judgement suggests {} (score {:.1f}, reason {}): {}", to_text(judged_->suggestion),
                         judged_->score, verdict::reason_text(judged_->reason), judged_->why));
    }

    // ---- what is told

    [[nodiscard]] bool is_testing() const { return found_->record && found_->record->testing; }

    static std::string shown(std::string_view name) { return escape::line(name, 100); }

    [[nodiscard]] std::string asks(std::string_view further) const {
        std::string text =
            fmt::format("DMARC fails and {} asks for {}", escape::line(found_->author_domain), dmarc::to_text(owner_));
        if (found_->policy && *found_->policy != owner_ && is_testing()) text += " under t=y";
        if (!further.empty()) text += fmt::format(", {}", further);
        if (settings_.preset != Preset::none) text += fmt::format(" ({})", to_text(settings_.preset));
        return text;
    }

    /// RFC 7372 3.4, 4: a code of its own when several checks failed. DMARC itself is none of them: it only follows from the others.
    /// RFC 8617 5.2.2: nor is a broken ARC chain, which refuses nothing; the 5.7.29 it may have is not used.
    [[nodiscard]] std::string reply() const {
        const DmarcReplies& replies = settings_.replies;
        const Surroundings nothing;
        const Subject subject{
            facts_, judged_, exceptions_.around == nullptr ? nothing : *exceptions_.around, Level::judged, {}};
        if (out_.by == By::spoof) return replies.blocked.render(subject);
        if (has_several_authors(facts_.author)) return replies.authors.render(subject);
        // RFC 9989 7.2: the word DMARC tells whoever reads the reply, and the machines that do, what to mend.
        return (spf_failed(facts_) && dkim_failed(facts_) ? replies.both : replies.other).render(subject);
    }

    /// RFC 9990 3.1.1.9: where alignment failed and something else was done than is published, a reason must say why.
    void tell_override() {
        if (!fails_ || !found_->policy) return;
        const dmarc::Policy done = as_policy(out_.what);
        if (done != asked_)
            out_.override_reason = set_aside_ ? set_aside_
                                   : milder_  ? milder_
                                              : OverrideReason{Type::local_policy, out_.why};
        else if (asked_ != *found_->policy && is_testing())
            out_.override_reason = OverrideReason{Type::policy_test_mode, "t=y"};
    }

    const verdict::Facts& facts_;
    const verdict::Judgement* judged_;
    const verdict::Judgement* without_policy_;
    const DispositionSettings& settings_;
    const Exceptions& exceptions_;
    const dmarc::Evaluation* found_;
    bool fails_;
    dmarc::Policy asked_ = dmarc::Policy::none; ///< by the owner, for this message
    dmarc::Policy owner_ = dmarc::Policy::none; ///< the same, as far as it is heard
    std::optional<OverrideReason> set_aside_;   ///< why it is not
    std::optional<OverrideReason> milder_;      ///< why less than it is done
    Disposition out_;
};

} // namespace

dmarc::Policy as_policy(What what) {
    if (what == What::reject) return dmarc::Policy::reject;
    return what >= What::junk ? dmarc::Policy::quarantine : dmarc::Policy::none;
}

std::string_view to_text(What what) {
    switch (what) {
    case What::none: return "none";
    case What::mark: return "mark";
    case What::junk: return "junk";
    case What::quarantine: return "quarantine";
    case What::hold: return "hold";
    case What::reject: return "reject";
    }
    return "none";
}

std::string_view to_text(By by) {
    switch (by) {
    case By::nobody: return "nobody";
    case By::dmarc: return "dmarc";
    case By::spoof: return "spoof";
    case By::suggestion: return "suggestion";
    case By::list: return "list";
    case By::rule: return "rule";
    }
    return "nobody";
}

Disposition dispose(const verdict::Facts& facts, const verdict::Judgement* judged,
                    const verdict::Judgement* without_policy, const DispositionSettings& settings,
                    const Exceptions& exceptions) {
    return Disposer(facts, judged, without_policy, settings, exceptions).dispose();
}

} // namespace bonafide::policy
