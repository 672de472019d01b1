// Composite authentication: who the author is, judged from Facts, history, lists and settings. Pure.
// Order of rules: block pair, DMARC pass, best guess, aligned in spite of a DMARC error, trusted upstream, trusted ARC sealer, a proven
// bounce, explicit fail, infrastructure, history, fail. The first that applies gives result and reason; every signal is evidence.
#pragma once

#include "arc/trust.hpp"
#include "authres/authres.hpp"
#include "verdict/history.hpp"
#include "verdict/infrastructure.hpp"
#include "verdict/judgement.hpp"
#include "verdict/signals.hpp"
#include "verdict/spoof_pairs.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bonafide::verdict {

/// What administrators have said, immutable while in use.
struct Lists {
    std::vector<SpoofPair> pairs;
    std::vector<arc::Sealer> sealers;
    std::vector<std::string> accepted_domains;      ///< ours: each for itself and all below it; normalized
    std::vector<std::string> shared_infrastructure; ///< Organizational Domains whose hosts send for strangers
};

/// What a judgement goes by beside the Facts.
struct Knowledge {
    const AuthorHosts& author_hosts;          ///< empty where needs_author_hosts() said no
    std::span<const authres::Field> upstream; ///< what trusted hosts of ours stamped in our name, top to bottom
    const History& history;
    const Lists& lists;
    const dns::PublicSuffixList& suffixes;
    const Weights& weights;
    const Thresholds& thresholds;
};

/// Whether the owner's wish for quarantine or reject is itself a reason to fail.
enum class OwnerPolicy : std::uint8_t {
    counts,
    ignored, ///< as if p=none: does anything beside DMARC speak against the message too (RFC 9989 7.4)?
};

/// Whether judge() would look at the author's hosts: nothing explicit decides. They are asked for only then.
[[nodiscard]] bool needs_author_hosts(const Facts& facts, const dns::PublicSuffixList& suffixes,
                                      OwnerPolicy policy = OwnerPolicy::counts);

[[nodiscard]] Judgement judge(const Facts& facts, const Knowledge& knowledge, OwnerPolicy policy = OwnerPolicy::counts);

} // namespace bonafide::verdict
