// Where mail for the domain goes (RFC 5321 5.1, RFC 7505).
#pragma once

#include "dns/flow.hpp"
#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

inline constexpr std::size_t most_mx_hosts = 30; ///< whose addresses are asked for, the preferred ones

/// The hosts by preference, each name once with its addresses, and the addresses of the domain itself.
[[nodiscard]] dns::Flow<MxSurvey> survey_mx(Subject subject);

/// The MX target is an address and not a name, in brackets or not (RFC 5321 5.1 allows only names), also with the domain behind it that a
/// panel has put there; that address.
[[nodiscard]] std::optional<ip::Address> address_in_mx(std::string_view host, std::string_view domain);

void judge_mx(const Survey& all, std::vector<Finding>& findings);

} // namespace bonafide::doctor
