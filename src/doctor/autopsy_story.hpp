// The broken signatures of a message, examined and told as part of its explanation.
#pragma once

#include "base/limits.hpp"
#include "dns/flow.hpp"
#include "doctor/explanation.hpp"

#include <cstddef>
#include <string>

namespace bonafide::doctor {

inline constexpr std::size_t most_autopsies = 5; ///< signatures of one message

/// Looks up the key of each signature of the explanation's message, examines those that do not verify, and adds what was found; with no
/// message it changes nothing. `original`: the message as it was sent; may be empty.
[[nodiscard]] dns::Flow<Explanation> with_autopsies(Explanation explanation, std::string original, Limits limits);

} // namespace bonafide::doctor
