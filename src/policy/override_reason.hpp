// Why something else was done with a message than its owner asked for, as the aggregate report tells it (RFC 9990 3.1.1.12).
#pragma once

#include "arc/chain.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace bonafide::policy {

struct OverrideReason {
    /// PolicyOverrideType, spelled as there.
    enum class Type : std::uint8_t { local_policy, mailing_list, other, policy_test_mode, trusted_forwarder };
    Type type = Type::local_policy;
    std::string comment; ///< one phrase, escaped
    bool operator==(const OverrideReason&) const = default;
};
[[nodiscard]] std::string_view to_text(OverrideReason::Type type);

/// RFC 8617 7.2.2: "arc=pass as[1].d=lists.example as[1].s=s1 remote-ip[1]=192.0.2.1", newest set first; escaped, at most 1,000 bytes.
[[nodiscard]] std::string arc_comment(const arc::Outcome& chain);

} // namespace bonafide::policy
