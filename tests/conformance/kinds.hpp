// The kinds of cases and what runs one of each. The rooms are called directly, with DNS from the case's zone and the case's clock.
#pragma once

#include "conformance/comparison.hpp"
#include "conformance/corpus.hpp"
#include "dmarc/dmarc.hpp"

#include <span>
#include <string_view>

namespace bonafide::conformance {

struct Kind {
    std::string_view name;
    Comparison (*run)(const Case& test, Files& files); ///< null: nothing in this build answers such cases
};

[[nodiscard]] std::span<const Kind> kinds();
/// Null when there is no such kind.
[[nodiscard]] const Kind* find_kind(std::string_view name);

[[nodiscard]] Comparison run_spf(const Case& test, Files& files);
[[nodiscard]] Comparison run_dkim(const Case& test, Files& files);
[[nodiscard]] Comparison run_arc(const Case& test, Files& files);
[[nodiscard]] Comparison run_arc_sign(const Case& test, Files& files);
[[nodiscard]] Comparison run_dmarc(const Case& test, Files& files);
[[nodiscard]] Comparison run_dmarc_extreport(const Case& test, Files& files);
[[nodiscard]] Comparison run_e2e(const Case& test, Files& files);
[[nodiscard]] Comparison run_milter(const Case& test, Files& files);
[[nodiscard]] Comparison run_ar(const Case& test, Files& files);
[[nodiscard]] Comparison run_ar_merge(const Case& test, Files& files);
[[nodiscard]] Comparison run_from_domain(const Case& test, Files& files);
[[nodiscard]] Comparison run_psl(const Case& test, Files& files);

/// By tree walk where the case follows RFC 9989, else by public suffix list as RFC 7489 has it.
[[nodiscard]] dmarc::Discovery discovery_of(const Case& test);

} // namespace bonafide::conformance
