// What the rules of composite authentication ask of SPF and DKIM again and again, found once. Internal to src/verdict.
#pragma once

#include "dns/public_suffix.hpp"
#include "verdict/facts.hpp"

#include <string>

namespace bonafide::verdict {

struct Alignment {
    bool spf = false;         ///< SPF passes for the author's organization, by a mechanism that does not let everybody
    bool dkim = false;        ///< a signature of the author's organization passes and counts
    bool broken_dkim = false; ///< one of its signatures does not fit the message any more
    std::string by;           ///< the domain that vouches
    [[nodiscard]] bool any() const { return spf || dkim; }
};

/// RFC 7489 3.1 relaxed: by the public suffix list, since a tree walk that finds no record would separate a domain from its own hosts.
[[nodiscard]] Alignment align(const Facts& facts, const dns::PublicSuffixList& suffixes);

/// The address of the author in lower case: the first mailbox of From; empty when there is no single Author Domain.
[[nodiscard]] std::string author_address(const Facts& facts);

/// "dkim:contoso.com": the infrastructure that mail signed by the author himself has.
[[nodiscard]] std::string own_signature(const std::string& author_domain);

/// The domain of the mailing list that handed the message on: that of its List-Id where SPF or DKIM vouch for it; empty: none, or the
/// author's own.
[[nodiscard]] std::string list_domain(const Facts& facts, const dns::PublicSuffixList& suffixes);

} // namespace bonafide::verdict
