// The trust rule, which the standards leave open: what a chain claims is believed as far down as an unbroken run of
// trusted sealers reaches from the newest hop, and no further. A trusted sealer below an untrusted one counts for
// nothing: the untrusted one may have rewritten the message. Pure functions over hops and a table, so that hops of
// another protocol fit the same rule.
#pragma once

#include "arc/chain.hpp"
#include "authres/authres.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::arc {

/// One handler of the message that vouches for what it saw.
struct Hop {
    unsigned position = 0;                 ///< 1: the oldest
    std::vector<std::string> domains;      ///< all that signed for this hop; each must be trusted
    bool verified = false;                 ///< its claims are proven to be its own
    std::optional<authres::Field> results; ///< what it found when the message arrived there
};

/// A row of the sealer table.
struct Sealer {
    std::string domain;                      ///< exactly this domain, U- or A-labels in any case
    std::vector<std::string> author_domains; ///< only for mail from these, ".d" for all below d; empty: for all
    std::vector<std::string> recipients;     ///< only for mail to these addresses, or domains; empty: to all
    std::optional<std::int64_t> expires;     ///< the first second at which the row no longer counts
    std::string note;                        ///< why it is here, for people
};

/// What of a message decides whether a row applies.
struct Circumstances {
    std::string author_domain; ///< of From
    std::vector<std::string>
        recipients;       ///< envelope addresses; a row with recipients counts only when it covers them all
    std::int64_t now = 0; ///< Unix time
};

struct Trust {
    unsigned oldest = 0;                   ///< position of the oldest hop of the trusted run; 0: there is none
    std::string domain;                    ///< its sealer
    std::vector<std::string> sealers;      ///< of the whole run, newest first, each once
    std::optional<authres::Field> results; ///< what it found
    std::string note;                      ///< of the table row that trusts it
    std::string reason;                    ///< why the run ends there, or is empty; empty when it reaches the first hop
};

/// `hops` in any order.
[[nodiscard]] Trust trusted_run(std::span<const Hop> hops, std::span<const Sealer> sealers,
                                const Circumstances& message);

/// The hops of a chain that passed; none of one that did not, which counts as no chain (RFC 8617 5.2). The newest is verified only when its
/// message signature covers From and the whole body.
[[nodiscard]] std::vector<Hop> hops_of(const Outcome& outcome);

/// The results hold dmarc=pass for exactly this Author Domain (header.from), U- or A-labels in any case, and no other word of DMARC about it.
[[nodiscard]] bool vouches_for(const authres::Field& results, std::string_view author_domain);

} // namespace bonafide::arc
