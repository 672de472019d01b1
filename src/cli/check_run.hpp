// The domains of `check`, several under way at a time over one event loop, and what became of each, in the order given.
#pragma once

#include "cli/check_subject.hpp"
#include "doctor/report.hpp"
#include "doctor/survey.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bonafide::cli {

/// The options --zone, --server, --dns-server, --dns-timeout and --parallel behind a command's own.
[[nodiscard]] std::vector<Option> with_check_dns_options(std::vector<Option> own);

using Survey = std::shared_ptr<const doctor::Survey>;
/// Calls `done` for each domain, in the order given, as soon as it and all before it are known. Draws a bar on a terminal.
[[nodiscard]] std::expected<void, Failure> survey_domains(const Arguments& arguments, const KnownBefore& known,
                                                          const std::vector<std::string>& domains, Console& console,
                                                          const std::function<void(Survey)>& done);

} // namespace bonafide::cli
