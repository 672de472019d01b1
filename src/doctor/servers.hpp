// The servers of the zone, each asked by itself: do all say the same (RFC 1034 4.1, RFC 1912 2.8)?
#pragma once

#include "dns/flow.hpp"
#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace bonafide::doctor {

inline constexpr std::size_t most_zone_servers = 13;    ///< names looked at
inline constexpr std::size_t most_server_addresses = 2; ///< of each: one of each family
inline constexpr std::size_t most_compared_names = 40;

using NameAndType = std::pair<std::string, dns::Type>;

/// What matters for mail and was found: MX and TXT of the domain, its policy, its keys.
[[nodiscard]] std::vector<NameAndType> names_for_servers(const Survey& survey);

/// The zone at or above the domain and the names of its servers, with their addresses. Answers are left empty.
[[nodiscard]] dns::Flow<ServersSurvey> survey_servers(Subject subject);
/// Asks one server for everything.
[[nodiscard]] dns::Flow<ZoneServer> ask_server(ZoneServer server, std::string zone, std::vector<NameAndType> names);

void judge_servers(const Survey& all, std::vector<Finding>& findings);
/// Signatures of the zone (RFC 4035).
void judge_dnssec(const Survey& all, std::vector<Finding>& findings);

} // namespace bonafide::doctor
