// What speaks for or against a message beside the rules of compauth.hpp: behaviour, likeness, reputation; and what clients may show. Pure.
#pragma once

#include "verdict/compauth.hpp"

#include <vector>

namespace bonafide::verdict {

/// Evidence that never decides compauth, only weighs.
[[nodiscard]] std::vector<Evidence> behaviour_of(const Facts& facts, const Knowledge& knowledge);

/// `hides_via`: somebody of the author's own organization vouches, or an administrator allows it.
[[nodiscard]] Indicators indicators_of(const Facts& facts, const History& history, Compauth result, bool hides_via);

} // namespace bonafide::verdict
