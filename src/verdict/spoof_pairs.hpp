// The list of spoofed-sender pairs in the form Microsoft 365 gave them: who may, and who may not, send as whom. At most one side is "*".
#pragma once

#include "base/error.hpp"
#include "verdict/infrastructure.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bonafide::verdict {

struct SpoofPair {
    enum class Action : std::uint8_t { allow, block };
    std::string author;         ///< "chris@contoso.com", "contoso.com" or "*"; local part as written, domain normalized
    std::string infrastructure; ///< "fabrikam.com" (a PTR or DKIM domain), "192.0.2.0/24", "2001:db8::/64" or "*"
    Action action = Action::block;
    std::string note; ///< why it is here, for people

    /// "AUTHOR, INFRASTRUCTURE" as administrators write it. Errors say which side is wrong; "*, *" is one.
    [[nodiscard]] static Expected<SpoofPair> parse(std::string_view text, Action action);
    bool operator==(const SpoofPair&) const = default;
};
[[nodiscard]] std::string_view to_text(SpoofPair::Action action);

/// The pair that holds for a message of `address` (the author's, or only a domain) from these infrastructures. A block beats an allow; of
/// several of one kind the first in the list. A domain stands for itself, not for what lies below it; an infrastructure domain is compared
/// with Organizational Domains of PTR names and with DKIM domains and theirs. A block of a network holds for all clients in it, an allowance
/// only for those without a confirmed name, as `infrastructures` has them.
[[nodiscard]] const SpoofPair* find_pair(std::span<const SpoofPair> pairs, std::string_view address,
                                         std::span<const Infrastructure> infrastructures,
                                         const std::optional<ip::Address>& client,
                                         const dns::PublicSuffixList& suffixes);

} // namespace bonafide::verdict
