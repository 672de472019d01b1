// The outcome of a chain in the words of Authentication-Results (RFC 8617 6, 10.1, 10.2).
#pragma once

#include "arc/chain.hpp"
#include "authres/authres.hpp"
#include "base/ip.hpp"

#include <optional>

namespace bonafide::arc {

/// arc=none|pass|fail, smtp.remote-ip of the client when it is known, header.oldest-pass on pass, the reason as a comment on fail.
[[nodiscard]] authres::MethodResult method_result(const Outcome& outcome, const std::optional<ip::Address>& client);

} // namespace bonafide::arc
