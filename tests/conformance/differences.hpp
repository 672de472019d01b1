// The committed list of accepted differences, and the judgement of a run by it: a difference that is not listed fails the run, and so
// does a listed one that is gone, that now differs in another way, or whose suite is there but not the case.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::conformance {

struct Difference {
    std::string ours;   ///< what we give, as Comparison::ours() says it
    std::string reason; ///< "RFC nnnn x.y: one sentence"
};
using Differences = std::map<std::string, Difference>; ///< by case id

/// Lines "id TAB ours TAB reason"; empty lines and those that begin with '#' are skipped. The error names the line.
[[nodiscard]] Expected<Differences> parse_differences(std::string_view text);

enum class Verdict : std::uint8_t {
    agrees,
    listed,
    unlisted,   ///< fails the run
    gone,       ///< listed, but agrees now: fails the run
    changed,    ///< listed, but differs in another way now: fails the run
    unreadable, ///< fails the run
    not_run,    ///< a kind that nothing in this build answers
};
[[nodiscard]] constexpr bool is_failure(Verdict verdict) {
    return verdict != Verdict::agrees && verdict != Verdict::listed && verdict != Verdict::not_run;
}

/// `ours`: what we give where it differs, empty when the case agrees.
[[nodiscard]] Verdict judge(const Differences& listed, const std::string& id, std::string_view ours);

struct Outcome {
    std::string id;
    std::string suite;
    std::string kind;
    Verdict verdict = Verdict::agrees;
    std::string details; ///< for a person, when it differs or could not be read
    double seconds = 0;
};

/// Ids that are listed although their suite, which was run, has no such case.
[[nodiscard]] std::vector<std::string> stale(const Differences& listed, const std::vector<Outcome>& outcomes);

} // namespace bonafide::conformance
