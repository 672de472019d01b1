// What becomes of a message once it may be kept out or apart: for the DMARC policy of its author's domain, for a spoof, for the judgement's
// suggestion. A pure function; the mode (monitor, enforce) is its caller's matter, and so is everything a rule decides by itself.
//
// The order: a rule (no-dmarc, dmarc), a blocked pair, exceptions (allowed pair, allow list, the recipients' own lists), what rescues the
// message from its owner's policy (compauth 108, 115, 130, 400, 501, 502, 701 to 704, 905), then the preset, or dmarc.reject and the
// suggestion.
#pragma once

#include "policy/disposition_settings.hpp"
#include "policy/override_reason.hpp"
#include "policy/subject.hpp"
#include "verdict/facts.hpp"
#include "verdict/judgement.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bonafide::policy {

/// Ordered by severity.
enum class What : std::uint8_t {
    none,       ///< delivered; DMARC and judgement leave it alone
    mark,       ///< delivered, with its suggestion to show
    junk,       ///< delivered with the junk mark
    quarantine, ///< delivered with the junk mark, which says "level=quarantine"
    hold,       ///< into the MTA's hold queue, the whole message, at its end
    reject,     ///< refused with `reply`, at the end of the message
};
[[nodiscard]] std::string_view to_text(What what);
/// What an owner would call it.
[[nodiscard]] dmarc::Policy as_policy(What what);

/// Who wanted it; the "by=" of the junk mark.
enum class By : std::uint8_t {
    nobody,
    dmarc,      ///< the owner's policy
    spoof,      ///< composite authentication
    suggestion, ///< the judgement's score
    list,       ///< the recipients' blocked senders
    rule,       ///< never of dispose(): for rules that mark as junk
};
[[nodiscard]] std::string_view to_text(By by);

struct Disposition {
    What what = What::none;
    By by = By::nobody;
    std::string why;   ///< one plain sentence, escaped
    std::string reply; ///< "550 5.7.26 text", one line; empty unless reject
    /// Present when DMARC fails and the message gets something else than its owner published. In monitor mode nothing is done whatever
    /// stands here, and a rule may decide otherwise: override_of() (conclude.hpp) tells of that.
    std::optional<OverrideReason> override_reason;
};

/// What is known beside Facts and Judgement.
struct Exceptions {
    std::string no_dmarc_rule{};          ///< the rule that says no-dmarc; empty: none. It goes before `dmarc_rule`
    std::string dmarc_rule{};             ///< the rule that says dmarc: no exception of lists counts
    std::string allowed_by{};             ///< the entry of the allow list that holds; empty: none
    bool safe_sender = false;             ///< all recipients have the author among their safe senders
    bool blocked_sender = false;          ///< all recipients have him among their blocked senders; safe goes before
    const Surroundings* around = nullptr; ///< for what replies name; null: not known
    bool history_known = false;           ///< verdict::History::known: that nothing vouches means something only then
};

/// `judged` as it is stamped, `without_policy` with OwnerPolicy::ignored; null where nothing was judged. Mail that is not inbound, and mail
/// that a failure of ours left unchecked, is never acted on. The owner's policy is facts.dmarc's disposition, after sp, np and t; where DMARC
/// did not fail there is none.
[[nodiscard]] Disposition dispose(const verdict::Facts& facts, const verdict::Judgement* judged,
                                  const verdict::Judgement* without_policy, const DispositionSettings& settings,
                                  const Exceptions& exceptions);

} // namespace bonafide::policy
