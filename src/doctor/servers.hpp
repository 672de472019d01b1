// The servers of the zone, each asked by itself: do all say the same (RFC 1034 4.1, 4.3.5)?
#pragma once

#include "dns/flow.hpp"
#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace bonafide::doctor {

inline constexpr std::size_t most_zone_servers = 13;    ///< names looked at: as many as the root has
inline constexpr std::size_t most_server_addresses = 2; ///< of each: one of each family
inline constexpr std::size_t most_compared_names = 40;

using NameAndType = std::pair<std::string, dns::Type>;

/// What matters for mail and was found: MX and TXT of the domain, its policy, its keys.
[[nodiscard]] std::vector<NameAndType> names_for_servers(const Survey& survey);

/// The zone at or above the domain, but not that of a public suffix, and the names of its servers with their addresses. Answers are left
/// empty.
[[nodiscard]] dns::Flow<ServersSurvey> survey_servers(Subject subject);
/// Asks one server for everything; one that does not serve the zone is asked for no more than that.
[[nodiscard]] dns::Flow<ZoneServer> ask_server(ZoneServer server, std::string zone, std::vector<NameAndType> names);

/// ns.disagree, ns.lame, ns.single, ns.unreachable, ns.ok; nothing where no server was looked at.
void judge_servers(const Survey& all, std::vector<Finding>& findings);

} // namespace bonafide::doctor
