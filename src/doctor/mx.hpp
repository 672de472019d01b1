// Where mail for the domain goes (RFC 5321 5.1, RFC 7505).
#pragma once

#include "dns/flow.hpp"
#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <cstddef>
#include <vector>

namespace bonafide::doctor {

inline constexpr std::size_t most_mx_hosts = 30; ///< whose addresses are asked for

[[nodiscard]] dns::Flow<MxSurvey> survey_mx(Subject subject);
void judge_mx(const Survey& all, std::vector<Finding>& findings);

} // namespace bonafide::doctor
