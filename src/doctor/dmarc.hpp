// The DMARC policy of the domain, by both ways to find it, and what is wrong with it (RFC 9989, RFC 7489, RFC 9990 4).
#pragma once

#include "dns/flow.hpp"
#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <string>
#include <vector>

namespace bonafide::doctor {

[[nodiscard]] dns::Flow<DmarcSurvey> survey_dmarc(Subject subject);
/// The DMARC record of a subdomain's own, "" where there is none.
[[nodiscard]] dns::Flow<std::string> survey_dmarc_below(std::string subdomain);
void judge_dmarc(const Survey& all, std::vector<Finding>& findings);

} // namespace bonafide::doctor
