// Domains that send nothing: the set of records that says so, so that nobody can forge them (RFC 7505 4.2, RFC 9989).
#pragma once

#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <vector>

namespace bonafide::doctor {

void judge_parked(const Survey& all, std::vector<Finding>& findings);

/// The whole set for a domain.
[[nodiscard]] std::vector<dns::Record> parked_records(const std::string& domain);

} // namespace bonafide::doctor
