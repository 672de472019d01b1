// The records a domain should have, made from what its owner wants: SPF staged from ~all to -all, DMARC staged to reject (RFC 9989), DKIM
// keys, MTA-STS (RFC 8461), TLS-RPT (RFC 8460), parked domains (RFC 7505); and how that differs from what is published.
#pragma once

#include "base/ip.hpp"
#include "dmarc/dmarc.hpp"
#include "dns/flow.hpp"
#include "dns/public_suffix.hpp"
#include "dns/record.hpp"
#include "doctor/mta_sts.hpp"
#include "doctor/provider.hpp"
#include "text/text.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
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
    std::string text; ///< of the TXT record
};

struct Wishes {
    std::string domain{}; ///< A-labels
    std::vector<ip::Address> servers{};
    std::vector<const Provider*> providers{};
    std::vector<BulkSender> bulk{};
    std::vector<dns::Mx> mx{};
    SpfStage spf = SpfStage::start;
    dmarc::Policy dmarc = dmarc::Policy::none;
    std::optional<std::uint32_t> legacy_pct{}; ///< for receivers of before RFC 9989
    bool testing = false;                      ///< t=y
    std::string rua{};                         ///< a mail address; empty: none
    std::string ruf{};
    std::vector<PublicKeyRecord> keys{};
    std::optional<StsMode> mta_sts{};
    std::string tls_rpt{}; ///< a mail address; empty: none
    bool parked = false;
    std::string mta_sts_id{}; ///< id= of the record: changes with the policy
};

struct Planned {
    dns::Record record;
    text::Text says;        ///< what it does
    bool elsewhere = false; ///< in another's zone: of the host that takes the reports
};
struct Plan {
    std::vector<Planned> records{};
    std::vector<text::Text> notes{}; ///< what has to be done beside DNS, and what to mind
    std::string sts_policy{};        ///< the file to serve; empty: none
};
[[nodiscard]] Plan plan_records(const Wishes& wishes, const dns::PublicSuffixList& suffixes);

/// Against what DNS has.
struct Difference {
    std::vector<Planned> add{};
    std::vector<Planned> replace{}; ///< stands there otherwise: `remove` has what goes
    std::vector<dns::Record> remove{};
    std::vector<dns::Record> right{};      ///< there already
    std::vector<std::string> unanswered{}; ///< names that DNS gave no answer for
};
[[nodiscard]] dns::Flow<Difference> compare_plan(Plan plan);

} // namespace bonafide::doctor
