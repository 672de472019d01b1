// The last word: what rules, the policy for DMARC and spoofs, and greylisting make of a message together. Pure.
//
// In this order: a failure of ours that decide() already answers; the rule that decided; the disposition, in enforce mode; greylisting, which
// only asks where the message would be delivered. What is not done for the mode alone stands in Decision::would.
#pragma once

#include "policy/decision.hpp"
#include "policy/disposition.hpp"
#include "policy/rules.hpp"

#include <optional>
#include <string>

namespace bonafide::policy {

/// What greylisting says of a message.
struct Greylisted {
    bool defer = false;
    std::string why{}; ///< one sentence; escaped
};

/// Replies of rules that have none of their own.
struct RuleReplies {
    const Reply& reject;
    const Reply& defer;
};

/// Whether the message would be delivered as things stand, so that greylisting is worth asking.
[[nodiscard]] bool would_deliver(const Decision& decided, const Outcome& rules, const Disposition& disposition,
                                 Mode mode);

struct Conclusion {
    const Outcome& rules;
    const Disposition& disposition;
    const Greylisted& greylisted;
    const Reply& greylist_reply;
    Mode mode = Mode::monitor;
};

/// `decided` with all that carried out. Mail that is not inbound stays as it was decided.
[[nodiscard]] Decision conclude(Decision decided, const Subject& subject, const Conclusion& conclusion,
                                const RuleReplies& replies);

/// RFC 9990 3.1.1.9: why something else than the owner's wish was done, by what `decision` came to in the end. A rule that decides, and the
/// mode, come after `disposition`, which says its own reason.
[[nodiscard]] std::optional<OverrideReason> override_of(const verdict::Facts& facts, const Decision& decision,
                                                        const Outcome& rules, const Disposition& disposition);

} // namespace bonafide::policy
