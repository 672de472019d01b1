// MTA-STS (RFC 8461): the TXT record, and the policy behind it.
#pragma once

#include "base/error.hpp"
#include "dns/flow.hpp"
#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

enum class StsMode : std::uint8_t { none, testing, enforce };

/// RFC 8461 3.2.
struct StsPolicy {
    StsMode mode = StsMode::none;
    std::uint32_t max_age = 0;     ///< seconds
    std::vector<std::string> mx{}; ///< lower case; "*." only in front
};
inline constexpr std::size_t most_sts_bytes = 65536; ///< RFC 8461 3.3
inline constexpr std::size_t most_sts_hosts = 1000;
inline constexpr std::uint32_t most_sts_age = 31557600; ///< RFC 8461 3.2: one year
inline constexpr std::uint32_t least_sts_age = 86400;   ///< seconds; a shorter one is told
inline constexpr std::size_t most_sts_id = 32;          ///< RFC 8461 3.1

/// Lines end in LF or CRLF; keys and values are exact, of a key that may stand once the first counts, unknown keys are skipped. Empty lines
/// are skipped too, though the grammar has none. Errors know the byte; they are in English, for a detail.
[[nodiscard]] Expected<StsPolicy> parse_sts_policy(std::string_view text);
/// RFC 8461 4.1: "*.example.com" stands for exactly one label.
[[nodiscard]] bool matches(const StsPolicy& policy, std::string_view host);
/// RFC 8461 3.1: "v=STSv1; id=..." to the letter. Errors as above.
[[nodiscard]] Expected<void> check_sts_record(std::string_view text);
/// Of TXT records those that senders look at: they begin with "v=STSv1;" (RFC 8461 3.1). Where there is none, those that were meant to.
[[nodiscard]] std::vector<std::string> sts_records(const std::vector<std::string>& texts);

[[nodiscard]] dns::Flow<MtaStsSurvey> survey_mta_sts(Subject subject);
/// There is a record, so there should be a policy.
[[nodiscard]] bool wants_policy(const MtaStsSurvey& survey);
void judge_mta_sts(const Survey& all, std::vector<Finding>& findings);

} // namespace bonafide::doctor
