// What `verify` and `replay` print of a finished message, and the options that choose the form.
#pragma once

#include "cli/command.hpp"
#include "engine/transaction.hpp"

#include <string>
#include <vector>

namespace bonafide::cli {

/// `own` and --json, --explain and --headers.
[[nodiscard]] std::vector<Option> with_verdict_options(std::vector<Option> own);

/// The JSON object of `--json`, without a line end.
[[nodiscard]] std::string verdict_json(const engine::Finished& finished, const std::string& authserv_id);

void print_verdict(const engine::Finished& finished, const std::string& authserv_id, const Arguments& arguments,
                   std::ostream& out);

} // namespace bonafide::cli
