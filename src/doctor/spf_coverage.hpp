// How much of the internet an SPF record lets send, and which of its terms add nothing.
#pragma once

#include "doctor/survey.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

struct SpfCoverage {
    bool everybody = false;
    std::string culprit{}; ///< the term
    std::string owner{};   ///< whose record it stands in
};
/// Everybody: an "all" that passes, or networks that together hold half of IPv4 or an eighth of IPv6.
[[nodiscard]] SpfCoverage spf_coverage(const SpfNode& root);
/// A term that by itself is that wide.
[[nodiscard]] bool spf_is_too_wide(std::string_view term);
/// RFC 1918, loopback, link-local, carrier-grade NAT, unique local; not the networks for documentation.
[[nodiscard]] bool spf_is_private(const ip::Prefix& network);

/// Terms of the root that cost look-ups while other terms list all they stand for.
[[nodiscard]] std::vector<std::string> spf_idle_terms(const SpfNode& root);

/// The record with "all" moved to its end.
[[nodiscard]] std::string spf_all_last(std::string_view text);
/// A record with a mistake whose cure is known, corrected until it parses; nothing where it is not.
[[nodiscard]] std::optional<std::string> repaired(std::string_view text);

} // namespace bonafide::doctor
