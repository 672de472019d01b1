// The words that the prints of a report share.
#pragma once

#include "doctor/finding.hpp"

namespace bonafide::doctor {

[[nodiscard]] text::Text label(Severity severity); ///< "error", ... to be shown
[[nodiscard]] text::Text describe(Actor actor);    ///< "who edits the DNS zone", ...
/// Each rendered, with its place in the text: the title first, then details, why, fix.
[[nodiscard]] text::Text why_line(const Finding& finding);
[[nodiscard]] text::Text fix_line(const Finding& finding);
/// "Grade D, because of dkim.none_found".
[[nodiscard]] text::Text grade_line(const Grade& grade, std::string_view domain);
/// One line: NAME TYPE VALUE, TXT in quotes.
[[nodiscard]] std::string one_line(const dns::Record& record);

} // namespace bonafide::doctor
