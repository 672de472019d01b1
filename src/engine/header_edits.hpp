// A header as the decision's edits will leave it: what is signed and sealed is what goes out.
#pragma once

#include "base/limits.hpp"
#include "mail/header.hpp"
#include "policy/decision.hpp"

#include <vector>

namespace bonafide::engine {

/// The edits made one after the other, as the MTA will make them.
[[nodiscard]] mail::HeaderBlock with_edits(const mail::HeaderBlock& header,
                                           const std::vector<policy::HeaderEdit>& edits, const Limits& limits);

/// The message goes on, to its recipients or into the hold queue.
[[nodiscard]] bool is_let_through(const policy::Decision& decision);

} // namespace bonafide::engine
