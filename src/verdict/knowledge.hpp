// What a judgement goes by beside the Facts: history, lists, the author's hosts, weights. Plain data.
#pragma once

#include "authres/authres.hpp"
#include "verdict/history.hpp"
#include "verdict/infrastructure.hpp"
#include "verdict/lists.hpp"
#include "verdict/signals.hpp"

#include <span>
#include <string>
#include <vector>

namespace bonafide::verdict {

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
[[nodiscard]] inline Weighed weighed_for(SignalId id, const Series& series, std::int32_t today,
                                         const Weights& weights) {
    return weigh(series, today, weights.half_life(id));
}

} // namespace bonafide::verdict
