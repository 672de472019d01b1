// What the Resolver's settings come to once the files they name are read. For the resolver and for the check of a configuration.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bonafide::io {

struct ResolverSettings;

/// Equal plans make resolvers that answer alike.
struct ResolverPlan {
    std::vector<std::string> forward_to; ///< empty: full recursion
    std::string root_hints;              ///< empty: those built into libunbound
    std::string trust_anchor;            ///< empty: no validation
    std::vector<std::string> anchors;    ///< the names the trust anchor file holds keys for; "" is the root
    std::string root_hints_text; ///< the files as they were read: libunbound reads them itself, but a reload compares
    std::string trust_anchor_text;

    bool operator==(const ResolverPlan&) const = default;
};

[[nodiscard]] Expected<ResolverPlan> plan(const ResolverSettings& settings);

/// Owner names of the DS and DNSKEY records of a trust anchor file, normalized, each once.
[[nodiscard]] std::vector<std::string> trust_anchor_owners(std::string_view text);

/// Those of a file, at least one; a file that cannot be read or holds none is an error.
[[nodiscard]] Expected<std::vector<std::string>> load_trust_anchor(const std::string& file);

} // namespace bonafide::io
