// From a survey to findings: every topic speaks, then what one finding explains is not told twice.
#pragma once

#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <vector>

namespace bonafide::doctor {

/// Not sorted.
[[nodiscard]] std::vector<Finding> judge(const Survey& survey);

} // namespace bonafide::doctor
