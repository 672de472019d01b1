// Signatures of the zone (RFC 4035), as the resolver that validates them sees it.
#pragma once

#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <vector>

namespace bonafide::doctor {

/// Validation fails for the domain's own TXT or MX: whatever else it publishes, validating receivers see none of it.
[[nodiscard]] bool own_records_are_bogus(const Survey& all);
/// dnssec.bogus with the names that fail, dnssec.ok where the domain's own answers are secure; an unsigned domain is no finding.
void judge_dnssec(const Survey& all, std::vector<Finding>& findings);

} // namespace bonafide::doctor
