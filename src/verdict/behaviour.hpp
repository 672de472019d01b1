// What speaks for or against a message beside the rules of compauth.hpp: behaviour, likeness, reputation; and what clients may show. Pure.
#pragma once

#include "verdict/alignment.hpp"
#include "verdict/knowledge.hpp"

#include <optional>
#include <vector>

namespace bonafide::verdict {

/// Evidence that never decides compauth, only weighs. `so_far` is what the rules gave: a good name vouches for nobody whom nothing
/// authenticates, or every spoof of a well-known author would profit by it.
/// `aligned` and `senders` are what align() and infrastructures_of() find.
[[nodiscard]] std::vector<Evidence> behaviour_of(const Facts& facts, const Knowledge& knowledge,
                                                 const Judgement& so_far, const Alignment& aligned,
                                                 const std::vector<Infrastructure>& senders);

/// Where the name itself is the trick (a look-alike, a borrowed display name, a replayed signature) proof that the author is the author
/// says little: of all points for him only a few stay. A row with the points that go, or none.
[[nodiscard]] std::optional<Evidence> cap_of(const std::vector<Evidence>& evidence, const Thresholds& thresholds);

/// `hides_via`: somebody of the author's own organization vouches, or an administrator allows it.
[[nodiscard]] Indicators indicators_of(const Facts& facts, const History& history, Compauth result, bool hides_via);

} // namespace bonafide::verdict
