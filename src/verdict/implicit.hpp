// Implicit authentication: what speaks for an author whom nothing explicit vouches for: his hosts, and his past. Internal to src/verdict.
#pragma once

#include "verdict/knowledge.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bonafide::verdict {

struct Implicit {
    Compauth result = Compauth::none;
    unsigned reason = 0;
    std::string why;
};

/// Infrastructure, then history; every signal that applies goes into `evidence`, the first decides. `senders` is what
/// infrastructures_of() finds.
[[nodiscard]] std::optional<Implicit> weigh_implicit(const Facts& facts, const Knowledge& knowledge,
                                                     const std::vector<Infrastructure>& senders,
                                                     std::vector<Evidence>& evidence);

} // namespace bonafide::verdict
