// The zone as the mail server has it, against the public one: what a panel wrote and nobody copied to the DNS provider.
#pragma once

#include "dns/flow.hpp"
#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

inline constexpr std::size_t most_local_names =
    500; ///< of the file that hold records for mail; the rest is not compared

/// Asks public DNS for every name of the local zone at or below the domain that mail depends on.
[[nodiscard]] dns::Flow<LocalZoneSurvey> survey_local_zone(Subject subject);
/// zone.not_copied, one for each kind of record: absent from public DNS, or other there.
void judge_local_zone(const Survey& all, std::vector<Finding>& findings);

/// Who serves a zone, by the names of its servers: "Cloudflare"; empty: not known.
[[nodiscard]] std::string_view dns_provider(const std::vector<std::string>& servers);

} // namespace bonafide::doctor
