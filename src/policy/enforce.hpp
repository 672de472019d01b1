// What a Decision becomes once mail may be refused for what DMARC found. A pure function of Facts and settings, applied to the
// Decision that decide() made; the daemon does not call it yet: this build's only mode is monitor.
#pragma once

#include "policy/decision.hpp"

#include <cstdint>

namespace bonafide::policy {

/// When a message whose owner asks for reject is refused. RFC 9989 7.4 wants more than that wish; the value that looks for a second
/// signal comes with the judgement.
enum class DmarcReject : std::uint8_t {
    always, ///< as the owner asks
    never,  ///< treated as quarantine
};

/// What a From field gets that names several domains, or that stands there several times: DMARC cannot apply (RFC 9989 5.3.1, 11.5).
enum class SeveralAuthors : std::uint8_t { accept, refuse };

struct Enforcement {
    DmarcReject reject = DmarcReject::never;
    SeveralAuthors several_authors = SeveralAuthors::accept;
};

/// `decided` with the owner's disposition carried out. A message that is not inbound, or that decide() already keeps out, stays as it
/// was decided. A refusal is 550 with the enhanced code 5.7.26 when both SPF and DKIM failed (RFC 7372 3.4), else 5.7.1, and says
/// "DMARC" in its text (RFC 9989 7.2); quarantine accepts with the junk mark. What could not be evaluated is never refused.
[[nodiscard]] Decision enforce(Decision decided, const verdict::Facts& facts, const Enforcement& settings);

} // namespace bonafide::policy
