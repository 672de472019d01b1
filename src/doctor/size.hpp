// Answers too large, and times to live too short, for look-ups to succeed every time.
#pragma once

#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bonafide::doctor {

/// Above the largest UDP answer anybody asks for (RFC 6891 6.2.5) every look-up goes over TCP, which some firewalls forget.
inline constexpr std::size_t most_comfortable_bytes = 4096;
inline constexpr std::uint32_t least_comfortable_ttl = 300; ///< seconds

/// Of a TXT answer on the wire: each record with its name pointer, type, class, TTL and lengths (RFC 1035 4.1.3, 3.3.14).
[[nodiscard]] std::size_t wire_bytes(const dns::AnswerData& answer);

void judge_size(const Survey& all, std::vector<Finding>& findings);

} // namespace bonafide::doctor
