// docs/conformance.md, written from a run.
#pragma once

#include "conformance/differences.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bonafide::conformance {

/// What one suite gave for one kind of case.
struct Tally {
    std::string suite;
    std::string kind;
    std::size_t cases = 0;
    std::size_t agree = 0;
    std::size_t listed = 0;
    std::size_t not_run = 0;
    double seconds = 0;
};

/// In the order in which the suites were run.
[[nodiscard]] std::vector<Tally> count(const std::vector<Outcome>& outcomes);

/// Nothing in it depends on time or machine. The sections "Differential tests" and "Fuzzing" are taken over from
/// `old_page`: other hands write them.
[[nodiscard]] std::string write_page(const std::vector<Outcome>& outcomes, const Differences& listed,
                                     std::string_view old_page);

} // namespace bonafide::conformance
