// TLS reporting (RFC 8460 3): where others send reports about failed TLS towards this domain.
#pragma once

#include "dns/flow.hpp"
#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <vector>

namespace bonafide::doctor {

[[nodiscard]] dns::Flow<TlsRptSurvey> survey_tls_rpt(Subject subject);
void judge_tls_rpt(const Survey& all, std::vector<Finding>& findings);

} // namespace bonafide::doctor
