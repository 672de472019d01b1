// The SMTP envelope on a command line.
#pragma once

#include "cli/command.hpp"
#include "cli/verification.hpp"

#include <vector>

namespace bonafide::cli {

/// --ip, --helo, --mail-from, --rcpt and --now; then `own`.
[[nodiscard]] std::vector<Option> with_envelope_options(std::vector<Option> own);
[[nodiscard]] GivenEnvelope given_envelope(const Arguments& arguments);

} // namespace bonafide::cli
