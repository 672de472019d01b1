// Composite authentication: who the author is, judged from Facts, history, lists and settings. Pure.
// Order of rules: block pair, DMARC pass, best guess, aligned in spite of a DMARC error, trusted upstream, trusted ARC sealer, a proven
// bounce, explicit fail, infrastructure, history, fail. The first that applies gives result and reason; every signal is evidence.
#pragma once

#include "verdict/knowledge.hpp"

#include <cstdint>

namespace bonafide::verdict {

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
