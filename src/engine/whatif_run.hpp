// All stored messages of a time through WhatIf, on several threads, while the daemon goes on writing: each thread has the ledger open for
// reading by itself and takes the next few hundred messages; memory stays the same however many there are.
#pragma once

#include "base/error.hpp"
#include "engine/whatif.hpp"
#include "io/store_sqlite.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

namespace bonafide::engine {

struct WhatIfRequest {
    std::string ledger;                ///< file
    std::int64_t since = 0, until = 0; ///< Unix times; until is not within
    std::size_t threads = 2;
    std::size_t most_flips = 20; ///< that are told one by one
};

/// Of a run that goes on; may be read by any thread.
struct WhatIfProgress {
    std::atomic<std::uint64_t> total = 0; ///< messages; 0: not known yet
    std::atomic<std::uint64_t> done = 0;
    std::atomic<bool> stop = false; ///< set it, and the run ends with what it has
};

/// Returns when all is read or `progress.stop` is set. An error when the ledger cannot be read; single damaged documents are counted.
[[nodiscard]] Expected<WhatIfTotals> run_whatif(const WhatIfRequest& request, const Regime& now, const Regime& then,
                                                const dns::PublicSuffixList& suffixes, WhatIfProgress& progress);

} // namespace bonafide::engine
