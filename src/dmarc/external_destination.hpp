// Whether reports about a domain may go to a host outside its organization (RFC 9990 4, before it RFC 7489 7.1): the host has to say so
// in DNS. Without it a stranger's record could have a third party flooded.
#pragma once

#include "dmarc/dmarc.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace bonafide::dmarc {

enum class Consent : std::uint8_t {
    same_organization, ///< both names are of one organization: nothing to ask
    given,             ///< a record of the host allows it
    missing,           ///< no such record, or the name to ask is longer than DNS allows: nothing may be sent there
    elsewhere, ///< a record allows it but names a report address at yet another host: nothing may be sent to either
    unknown,   ///< DNS failed: ask again later, send nothing until then
};
[[nodiscard]] std::string_view to_text(Consent consent); ///< "same-organization", ...

struct ExternalDestination {
    Consent consent = Consent::missing;
    std::string asked; ///< the name that was asked; empty when none was
    /// The host's own report addresses, URIs as written: where there are any they replace the policy's (step 9). Only with `given`.
    std::vector<std::string> overrides;
};

struct ReportTarget {
    std::string policy_domain; ///< where the policy record was found; normalized A-labels
    std::string host;          ///< of the report URI; normalized A-labels
    Discovery discovery = Discovery::treewalk;
    std::shared_ptr<const dns::PublicSuffixList> suffixes; ///< needed for psl; may be null for treewalk
    Limits limits;
};

/// Asks <policy domain>._report._dmarc.<host> where the organizations differ. Several records at that name are as good as one.
[[nodiscard]] dns::Flow<ExternalDestination> check_destination(ReportTarget target);

/// Where a report URI leads (RFC 9990 4 step 1): the domain of a mailto address, else the host of the authority (RFC 3986 3.2.2).
/// Normalized A-labels; empty when the URI has none.
[[nodiscard]] std::string destination_host(std::string_view uri);

} // namespace bonafide::dmarc
