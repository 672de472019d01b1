// Answers too large, and times to live too short, for look-ups to succeed every time.
#pragma once

#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

/// Above the UDP payload that is advised to be offered at most (RFC 6891 6.2.5) every look-up goes over TCP, which some firewalls forget.
inline constexpr std::size_t most_comfortable_bytes = 4096;
/// Of one record that is asked for by itself: a larger answer may be cut into fragments on its way.
inline constexpr std::size_t most_unfragmented_bytes = 1232;
inline constexpr std::uint32_t least_comfortable_ttl = 300; ///< seconds
inline constexpr std::uint32_t too_long_ttl = 604800;       ///< seconds: a mistake stays that long after it was mended

/// Estimate of the answer to a TXT question for `name`: header, question, OPT record, and each record with its name pointer, type, class,
/// TTL and lengths (RFC 1035 4.1, 3.3.14). Signatures are not counted.
[[nodiscard]] std::size_t wire_bytes(const dns::AnswerData& answer, std::string_view name);

void judge_size(const Survey& all, std::vector<Finding>& findings);

} // namespace bonafide::doctor
