// The records a domain should have, made from what its owner wants: SPF staged from ~all to -all (RFC 7208), DMARC staged to reject with the
// tags of RFC 9989, DKIM keys and aliases, MTA-STS (RFC 8461), TLS-RPT (RFC 8460), parked domains (RFC 7505). Values in and out; how a plan
// differs from what is published: doctor/record_difference.hpp.
#pragma once

#include "base/ip.hpp"
#include "base/limits.hpp"
#include "dmarc/dmarc.hpp"
#include "dns/public_suffix.hpp"
#include "dns/record.hpp"
#include "doctor/mta_sts.hpp"
#include "doctor/provider.hpp"
#include "text/text.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

enum class SpfStage : std::uint8_t {
    start,  ///< ~all: senders that were forgotten are marked, not refused
    enforce ///< -all
};

struct BulkSender {
    std::string subdomain; ///< one label or more: "news"
    const Provider* provider = nullptr;
};
struct PublicKeyRecord {
    std::string selector;
    std::string text; ///< of the TXT record; an empty p= for a revoked key
};

struct Wishes {
    std::string domain{}; ///< A-labels
    std::vector<ip::Address> servers{};
    std::vector<const Provider*> providers{};
    std::vector<BulkSender> bulk{};
    std::vector<dns::Mx> mx{};
    SpfStage spf = SpfStage::start;
    dmarc::Policy dmarc = dmarc::Policy::none;
    std::optional<dmarc::Policy> sp{}; ///< of subdomains; none: as the domain
    std::optional<dmarc::Policy> np{}; ///< of names that do not exist; none: reject beside p=quarantine, else as sp
    std::optional<std::uint32_t> legacy_pct{}; ///< for receivers of before RFC 9989
    bool testing = false;                      ///< t=y
    std::vector<std::string> rua{};            ///< mail addresses or URIs
    std::vector<std::string> ruf{};
    std::vector<PublicKeyRecord> keys{};
    std::optional<StsMode> mta_sts{};
    std::vector<std::string> tls_rpt{}; ///< mail addresses or URIs
    bool parked = false;                ///< sends nothing, takes nothing
    Limits limits{};
};

struct Planned {
    dns::Record record{};
    text::Text says{};      ///< what it does
    bool elsewhere = false; ///< in another's zone: of the host that takes the reports
};
struct Plan {
    std::vector<Planned> records{};
    std::vector<text::Text> notes{};    ///< what has to be done beside DNS, and what comes next
    std::vector<text::Text> warnings{}; ///< what will not work as wished
    std::string sts_policy{};           ///< the file to serve; empty: none
    Limits limits{};
};

/// RFC 7208 3.4: a longer record may not fit into an answer that all can receive.
inline constexpr std::size_t most_comfortable_spf_bytes = 450;

[[nodiscard]] Plan plan_records(const Wishes& wishes, const dns::PublicSuffixList& suffixes);

/// A report address as a URI: "user@host" becomes "mailto:user@host".
[[nodiscard]] std::string report_uri(std::string_view address);

} // namespace bonafide::doctor
