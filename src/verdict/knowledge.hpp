// What a judgement goes by beside the Facts: history, lists, the author's hosts, weights. Plain data.
#pragma once

#include "arc/trust.hpp"
#include "authres/authres.hpp"
#include "verdict/history.hpp"
#include "verdict/infrastructure.hpp"
#include "verdict/signals.hpp"
#include "verdict/spoof_pairs.hpp"

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

/// Evidence of a signal with these points; `text` as in Evidence.
[[nodiscard]] inline Evidence make_evidence(SignalId id, double points, std::string text) {
    return {signals()[static_cast<std::size_t>(id)].name, points, std::move(text)};
}

/// A series as a signal sees it, with that signal's half-life.
[[nodiscard]] inline Weighed weighed_for(SignalId id, const Series& series, std::int32_t today) {
    return weigh(series, today, signals()[static_cast<std::size_t>(id)].half_life_days);
}

} // namespace bonafide::verdict
