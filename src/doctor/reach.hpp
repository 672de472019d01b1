// Addresses that a record in public DNS names in vain.
#pragma once

#include "base/ip.hpp"

namespace bonafide::doctor {

/// No host of the internet has it: private, loopback, link-local and the other special-use addresses (ip::is_special_use). Those for
/// documentation count as reachable: in an example they stand for real ones.
[[nodiscard]] bool is_off_the_internet(const ip::Address& address);

} // namespace bonafide::doctor
