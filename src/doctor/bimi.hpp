// BIMI (draft-brand-indicators-for-message-identification): the assertion record at default._bimi, and whether DMARC lets it count.
#pragma once

#include "dns/flow.hpp"
#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <vector>

namespace bonafide::doctor {

[[nodiscard]] dns::Flow<BimiSurvey> survey_bimi(Subject subject);
void judge_bimi(const Survey& all, std::vector<Finding>& findings);

} // namespace bonafide::doctor
