// What the Resolver's settings come to once the files they name are read. Internal to the resolver.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bonafide::io {

struct ResolverSettings;

struct ResolverPlan {
    std::vector<std::string> forward_to; ///< empty: full recursion
    std::string root_hints;              ///< empty: those built into libunbound
    std::string trust_anchor;            ///< empty: no validation
    std::vector<std::string> anchors;    ///< the names the trust anchor file holds keys for; "" is the root
};

[[nodiscard]] Expected<ResolverPlan> plan(const ResolverSettings& settings);

/// Owner names of the DS and DNSKEY records of a trust anchor file, normalized, each once.
[[nodiscard]] std::vector<std::string> trust_anchor_owners(std::string_view text);

} // namespace bonafide::io
