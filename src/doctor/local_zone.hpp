// The zone as the mail server has it, against the public one: what a panel wrote and nobody copied to the DNS provider.
#pragma once

#include "dns/flow.hpp"
#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <cstddef>
#include <vector>

namespace bonafide::doctor {

inline constexpr std::size_t most_local_names = 500;

/// Asks public DNS for every name of the local zone that mail depends on.
[[nodiscard]] dns::Flow<LocalZoneSurvey> survey_local_zone(Subject subject);
void judge_local_zone(const Survey& all, std::vector<Finding>& findings);

} // namespace bonafide::doctor
