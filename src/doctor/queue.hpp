// Mail of the domain that waits in the server's queue, and what the receivers said.
#pragma once

#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <vector>

namespace bonafide::doctor {

/// One finding for each kind of trouble.
void judge_queue(const Survey& all, std::vector<Finding>& findings);

} // namespace bonafide::doctor
