// The addresses of this host's network interfaces that the public internet could know.
#pragma once

#include "base/ip.hpp"

#include <vector>

namespace bonafide::io {

/// Global unicast addresses of interfaces that are up; none behind NAT. Temporary addresses of IPv6 privacy extensions cannot be told apart.
[[nodiscard]] std::vector<ip::Address> own_public_addresses();

} // namespace bonafide::io
