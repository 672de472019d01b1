// Rules on a message that the ledger keeps, from what was kept of it: nothing is asked of the DNS.
#pragma once

#include "engine/whatif.hpp"
#include "io/store_sqlite.hpp"
#include "policy/rule_report.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace bonafide::cli {

struct StoredRules {
    std::string id;
    std::int64_t time = 0;
    std::string action; ///< what became of it when it came
    verdict::Envelope envelope;
    engine::StoredMessage::Gaps gaps;
    std::vector<policy::RuleReport> reports; ///< refer to the rules
    engine::Fate fate;                       ///< by the rules
};

/// `regime` has rules, and outlives the result.
[[nodiscard]] Expected<StoredRules> try_stored(const io::store::Found& found, const engine::Regime& regime,
                                               const dns::PublicSuffixList& suffixes);

} // namespace bonafide::cli
