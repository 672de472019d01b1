// What SPF records of the domain say, followed to the end, and what is wrong with them (RFC 7208).
#pragma once

#include "dns/flow.hpp"
#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bonafide::doctor {

/// Bounds of one survey: past them a term is `cut`. Only a tree that is permerror already gets there: a look-up costs at most 21 questions
/// (MX and two for each of ten hosts), and a record of the greatest length that is read (limit spf_record_bytes) has some 8,200 terms.
inline constexpr std::uint32_t most_spf_questions = 300;
inline constexpr std::size_t most_spf_depth = 20;
inline constexpr std::size_t most_spf_terms = 100'000;
inline constexpr std::size_t most_spf_subdomains = 200; ///< of a zone file, looked at for records of their own

/// Every branch is followed, unlike in a check, which stops at a match.
/// Subdomains are left to survey_subdomain().
[[nodiscard]] dns::Flow<SpfSurvey> survey_spf(Subject subject);

/// Names below the domain that may send: of sources, of a zone file, else the usual ones.
[[nodiscard]] std::vector<std::string> subdomains_to_ask(const Subject& subject);
struct SpfSubdomain {
    std::string name;
    std::shared_ptr<const SpfNode> node{}; ///< null: it neither sends nor has MX
};
[[nodiscard]] dns::Flow<SpfSubdomain> survey_subdomain(Subject subject, std::string name);

void judge_spf(const Survey& all, std::vector<Finding>& findings);

} // namespace bonafide::doctor
