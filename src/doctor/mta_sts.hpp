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
inline constexpr std::size_t most_sts_bytes = 65536;
inline constexpr std::size_t most_sts_hosts = 1000;
inline constexpr std::uint32_t most_sts_age = 31557600; ///< RFC 8461 3.2: one year

/// Lines end in LF or CRLF. Errors know the byte; they are in English, for a detail.
[[nodiscard]] Expected<StsPolicy> parse_sts_policy(std::string_view text);
/// RFC 8461 4.1: "*.example.com" stands for exactly one label.
[[nodiscard]] bool matches(const StsPolicy& policy, std::string_view host);
/// RFC 8461 3.1: "v=STSv1; id=...". Errors as above.
[[nodiscard]] Expected<void> check_sts_record(std::string_view text);

[[nodiscard]] dns::Flow<MtaStsSurvey> survey_mta_sts(Subject subject);
/// There is a record, so there should be a policy.
[[nodiscard]] bool wants_policy(const MtaStsSurvey& survey);
void judge_mta_sts(const Survey& all, std::vector<Finding>& findings);

} // namespace bonafide::doctor
