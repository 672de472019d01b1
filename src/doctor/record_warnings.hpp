// What the owner of a domain should know before records are changed: who may send now and not afterwards, what becomes weaker, and what the
// new SPF record costs (RFC 7208 4.6.4).
#pragma once

#include "doctor/record_difference.hpp"

#include <vector>

namespace bonafide::doctor {

void warn_of_losses(Difference& difference);
/// Follows the includes.
[[nodiscard]] dns::Flow<std::vector<text::Text>> warn_of_costs(dns::Record spf, Limits limits);

} // namespace bonafide::doctor
