#include "engine/whatif_run.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace bonafide::engine {
namespace {

using io::store::Database;
using io::store::MessagePlace;
using io::store::Scanned;

constexpr std::size_t piece = 256; // messages: a few milliseconds of reading

class Run {
  public:
    Run(const WhatIfRequest& request, const Regime& now, const Regime& then, const dns::PublicSuffixList& suffixes,
        WhatIfProgress& progress)
        : request_(request), now_(now), then_(then), suffixes_(suffixes), progress_(progress) {}

    Expected<WhatIfTotals> go() {
        {
            std::vector<std::jthread> threads;
            for (std::size_t i = 0; i < std::max<std::size_t>(request_.threads, 1); ++i)
                threads.emplace_back([this] { work(); });
        }
        if (failure_) return std::unexpected(*std::move(failure_));
        return std::move(totals_);
    }

  private:
    void work() {
        try {
            if (auto done = read_all(); !done) fail(std::move(done.error()));
        } catch (const std::exception& error) {
            fail({.text = error.what(), .position = Error::nowhere, .section = {}});
        }
    }

    Expected<void> read_all() {
        auto ledger = Database::open(request_.ledger, Database::Mode::read_only);
        if (!ledger) return std::unexpected(ledger.error());
        WhatIf whatif(now_, then_, suffixes_, request_.most_flips);
        while (!progress_.stop) {
            const auto places = next_piece(*ledger);
            if (!places) return std::unexpected(places.error());
            if (places->empty()) break;
            const auto damaged = ledger->scan(*places, [&](const Scanned& one) {
                if (one.direction == "inbound")
                    whatif.add(one.time, one.id, one.document, one.packed);
                else
                    whatif.add_other_way();
            });
            if (!damaged) return std::unexpected(damaged.error());
            whatif.add_damaged(*damaged);
            progress_.done += places->size();
        }
        const std::scoped_lock lock(mutex_);
        totals_.add(whatif.take(), request_.most_flips);
        return {};
    }

    Expected<std::vector<MessagePlace>> next_piece(Database& ledger) {
        const std::scoped_lock lock(mutex_);
        if (!std::exchange(counted_, true)) {
            const auto total = ledger.count(request_.since, request_.until);
            if (!total) return std::unexpected(total.error());
            progress_.total = *total;
        }
        auto places = ledger.places(request_.since, request_.until, last_, piece);
        if (places && !places->empty()) last_ = places->back();
        return places;
    }

    void fail(Error why) {
        progress_.stop = true;
        const std::scoped_lock lock(mutex_);
        if (!failure_) failure_ = std::move(why);
    }

    const WhatIfRequest& request_;
    const Regime& now_;
    const Regime& then_;
    const dns::PublicSuffixList& suffixes_;
    WhatIfProgress& progress_;
    std::mutex mutex_; // guards what follows
    MessagePlace last_;
    bool counted_ = false;
    WhatIfTotals totals_;
    std::optional<Error> failure_;
};

} // namespace

Expected<WhatIfTotals> run_whatif(const WhatIfRequest& request, const Regime& now, const Regime& then,
                                  const dns::PublicSuffixList& suffixes, WhatIfProgress& progress) {
    return Run(request, now, then, suffixes, progress).go();
}

} // namespace bonafide::engine
