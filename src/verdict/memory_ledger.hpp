// A ledger in memory, without store, batches or bounds but the days of one past: for tests and for the simulated year (bench/year.cpp).
// Not thread-safe.
#pragma once

#include "base/limits.hpp"
#include "verdict/history.hpp"
#include "verdict/lessons.hpp"

#include <cstddef>
#include <map>
#include <span>

namespace bonafide::verdict {

class MemoryLedger {
  public:
    explicit MemoryLedger(std::size_t most_days = Limits{}.history_days) : most_days_(most_days) {}

    /// The pasts of these keys, in their order; of one that is new an empty series.
    [[nodiscard]] History read(std::span<const PastKey> keys) const {
        History history{.known = true, .pasts = {}};
        history.pasts.reserve(keys.size());
        for (const PastKey& key : keys) {
            const auto found = pasts_.find(key);
            history.pasts.push_back({key, found == pasts_.end() ? Series{} : found->second});
        }
        return history;
    }

    void learn(std::span<const Lesson> lessons) {
        for (const Lesson& lesson : lessons) add(pasts_[lesson.key], lesson.counts, most_days_);
    }

    [[nodiscard]] std::size_t size() const { return pasts_.size(); } ///< pasts

  private:
    std::map<PastKey, Series> pasts_;
    std::size_t most_days_;
};

} // namespace bonafide::verdict
