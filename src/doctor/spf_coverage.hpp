// How much of the internet an SPF record lets send.
#pragma once

#include "doctor/survey.hpp"

#include <string>
#include <string_view>

namespace bonafide::doctor {

struct SpfCoverage {
    bool everybody = false;
    std::string culprit{};         ///< the term
    const SpfNode* owner{nullptr}; ///< whose record it stands in; lives as long as the tree
};
/// Everybody: an "all" that passes, "exists" of a fixed name that is there, or networks that together hold half of IPv4 or an eighth of IPv6.
[[nodiscard]] SpfCoverage spf_coverage(const SpfNode& root);
/// A term that by itself holds a network that wide: of IPv4 wider than /8, of IPv6 wider than /16 (as spf/lets_anybody.hpp).
[[nodiscard]] bool spf_lets_too_many(const SpfTerm& term);
/// Private use, loopback, link-local, carrier-grade NAT, unique local, multicast, reserved; not the networks for documentation.
[[nodiscard]] bool spf_is_private(const ip::Prefix& network);

} // namespace bonafide::doctor
