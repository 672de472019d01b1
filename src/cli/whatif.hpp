// Internal to `whatif`: how its totals are told.
#pragma once

#include "cli/command.hpp"
#include "engine/whatif.hpp"

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>

namespace bonafide::cli::whatif {

/// What was asked, as the output repeats it.
struct Question {
    std::string now, then; ///< names of the configurations, for a person
    std::int64_t since = 0, until = 0;
    std::size_t limit = 0; ///< rows of each list
    bool only_flips = false;
    bool greylists = false;             ///< one of the configurations does
    std::vector<std::string> untried{}; ///< settings that differ and of which stored mail shows nothing
};

void print_text(const engine::WhatIfTotals& totals, const Question& question, std::ostream& out);
void print_csv(const engine::WhatIfTotals& totals, std::ostream& out);
[[nodiscard]] std::string json_of(const engine::WhatIfTotals& totals, const Question& question);

} // namespace bonafide::cli::whatif
