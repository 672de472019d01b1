// TLS reporting (RFC 8460 3): where others send reports about failed TLS towards this domain.
#pragma once

#include "dns/flow.hpp"
#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

[[nodiscard]] dns::Flow<TlsRptSurvey> survey_tls_rpt(Subject subject);
void judge_tls_rpt(const Survey& all, std::vector<Finding>& findings);

/// A text that a person means to be a TLS-RPT record, well written or not.
[[nodiscard]] bool is_meant_as_tls_rpt(std::string_view text);
/// Begins with the version, exactly: what report senders take for a record; all else is discarded.
[[nodiscard]] bool is_tls_rpt_record(std::string_view text);
/// What is wrong with it; nothing: it is in order.
[[nodiscard]] std::optional<text::Text> find_tls_rpt_mistake(std::string_view text);
/// Where the reports are to go, as URIs; none where the record has a mistake.
[[nodiscard]] std::vector<std::string> tls_rpt_addresses(std::string_view text);
/// The record as it was meant; empty where no report address can be made out.
[[nodiscard]] std::string corrected_tls_rpt(std::string_view text);

} // namespace bonafide::doctor
