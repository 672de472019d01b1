// BIMI (draft-brand-indicators-for-message-identification): the assertion record at default._bimi, and whether DMARC lets it count.
#pragma once

#include "dns/flow.hpp"
#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

[[nodiscard]] dns::Flow<BimiSurvey> survey_bimi(Subject subject);
void judge_bimi(const Survey& all, std::vector<Finding>& findings);

/// A text that a person means to be a BIMI record, well written or not.
[[nodiscard]] bool is_meant_as_bimi(std::string_view text);
/// Begins with the version tag, exactly: what receivers take for a record.
[[nodiscard]] bool is_bimi_record(std::string_view text);
/// What is wrong with it; nothing: it is in order, or declines on purpose (l= and a= empty).
[[nodiscard]] std::optional<text::Text> find_bimi_mistake(std::string_view text);
/// "v=BIMI1; l=; a=;": no logo wanted.
[[nodiscard]] bool is_bimi_declined(std::string_view text);
/// The record as it was meant; empty where that cannot be told (no address of a logo).
[[nodiscard]] std::string corrected_bimi(std::string_view text);

} // namespace bonafide::doctor
