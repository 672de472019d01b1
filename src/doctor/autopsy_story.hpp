// The broken signatures of a message, examined and told as part of its explanation.
#pragma once

#include "base/limits.hpp"
#include "dns/flow.hpp"
#include "doctor/explanation.hpp"

#include <cstddef>
#include <string>

namespace bonafide::doctor {

inline constexpr std::size_t most_autopsies = 5; ///< signatures of one message

/// Looks up the key of each signature, examines those that do not verify, and adds what was found. `original` may be empty.
[[nodiscard]] dns::Flow<Explanation> with_autopsies(Explanation explanation, std::string message, std::string original,
                                                    Limits limits);

} // namespace bonafide::doctor
