#include "engine/history_cache.hpp"

#include <algorithm>
#include <list>
#include <unordered_map>
#include <utility>

namespace bonafide::engine {

using io::store::Increment;

namespace {

/// Keys are keyed hashes already: nobody outside can choose two that meet.
struct Identity {
    std::size_t operator()(io::store::Hash key) const { return key; }
};
template<class T> using ByKey = std::unordered_map<io::store::Hash, T, Identity>;

struct Known {
    io::store::Hash key = 0;
    verdict::Series series;
};

/// What the store does not have of a key.
struct Unwritten {
    verdict::PastKind kind = verdict::PastKind::pair;
    std::vector<io::store::Hash> people;
    verdict::Series waiting;
    verdict::Series sent; ///< in the batch under way
};

struct Reading {
    bool asked = false; ///< false: held back until the batch under way is settled
    bool stale = false; ///< others changed the key since it was asked for
};

void add_all(verdict::Series& to, const verdict::Series& from, std::size_t most_days) {
    for (const verdict::DayCounts& counts : from) verdict::add(to, counts, most_days);
}

} // namespace

/// A part of the keys behind its own lock. `order` owns the known histories, last used first; `known` points into it.
struct alignas(64) HistoryCache::Shard {
    using Order = std::list<Known>;

    mutable std::mutex mutex; ///< guards everything below
    Order order;
    ByKey<Order::iterator> known;
    ByKey<Unwritten> unwritten;
    ByKey<Reading> reading;
    std::uint64_t hits = 0, misses = 0;

    Series* find_known(Hash key) {
        const auto found = known.find(key);
        if (found == known.end()) return nullptr;
        order.splice(order.begin(), order, found->second);
        return &found->second->series;
    }
    void evict_to(std::size_t room) {
        while (known.size() > room) {
            known.erase(order.back().key);
            order.pop_back();
        }
    }
    /// Null when there is room for none.
    Series* keep(Hash key, Series series, std::size_t room) {
        if (Series* there = find_known(key)) {
            *there = std::move(series);
            return there;
        }
        evict_to(room == 0 ? 0 : room - 1);
        if (room == 0) return nullptr;
        order.push_front({key, std::move(series)});
        known.emplace(key, order.begin());
        return &order.front().series;
    }
    void drop(Hash key) {
        const auto found = known.find(key);
        if (found == known.end()) return;
        order.erase(found->second);
        known.erase(found);
    }
    /// `stored` and all that is not in the store yet.
    [[nodiscard]] Series sum(Hash key, Series stored, std::size_t most_days) const {
        const auto more = unwritten.find(key);
        if (more == unwritten.end()) return stored;
        add_all(stored, more->second.sent, most_days);
        add_all(stored, more->second.waiting, most_days);
        return stored;
    }
};

HistoryCache::HistoryCache(Behind behind, Bounds bounds)
    : behind_(behind), most_known_(bounds.most_known), most_days_(bounds.most_days),
      shards_(std::make_unique<std::array<Shard, shard_count>>()) {}

HistoryCache::~HistoryCache() = default;

void HistoryCache::bound(Bounds bounds) {
    most_known_ = bounds.most_known;
    most_days_ = bounds.most_days;
    for (std::size_t i = 0; i < shard_count; ++i) {
        Shard& shard = (*shards_)[i];
        const std::scoped_lock lock(shard.mutex);
        shard.evict_to(room_of(i));
    }
}

HistoryCache::Shard& HistoryCache::shard_of(Hash key) const { return (*shards_)[key % shard_count]; }

/// The shares of all shards add up to the bound exactly.
std::size_t HistoryCache::room_of(std::size_t shard) const {
    const std::size_t most = most_known_;
    return most / shard_count + (shard < most % shard_count ? 1 : 0);
}

// ---- reading

std::optional<verdict::Series> HistoryCache::find(Hash key) {
    Shard& shard = shard_of(key);
    const std::scoped_lock lock(shard.mutex);
    const Series* known = shard.find_known(key);
    if (known == nullptr && behind_ == Behind::store) {
        ++shard.misses;
        return {};
    }
    ++(known != nullptr ? shard.hits : shard.misses);
    return shard.sum(key, known != nullptr ? *known : Series{}, most_days_);
}

std::variant<verdict::Series, HistoryCache::Missing> HistoryCache::begin_read(Hash key) {
    Shard& shard = shard_of(key);
    const std::scoped_lock lock(shard.mutex);
    if (const Series* known = shard.find_known(key)) return shard.sum(key, *known, most_days_);
    if (behind_ == Behind::nothing) return Series{};
    const auto [reading, is_first] = shard.reading.try_emplace(key);
    if (!is_first) return Missing::wait;
    const auto written = shard.unwritten.find(key);
    reading->second.asked = written == shard.unwritten.end() || written->second.sent.empty();
    return reading->second.asked ? Missing::ask : Missing::wait;
}

std::optional<verdict::Series> HistoryCache::end_read(Hash key, Series stored) {
    Shard& shard = shard_of(key);
    const std::scoped_lock lock(shard.mutex);
    const auto reading = shard.reading.find(key);
    if (reading == shard.reading.end()) return stored; // of before start_anew(): nobody waits for it
    if (std::exchange(reading->second.stale, false)) return {};
    shard.reading.erase(reading);
    Series all = shard.sum(key, stored, most_days_);
    shard.keep(key, std::move(stored), room_of(key % shard_count));
    return all;
}

void HistoryCache::abandon_read(Hash key) {
    Shard& shard = shard_of(key);
    const std::scoped_lock lock(shard.mutex);
    shard.reading.erase(key);
}

// ---- adding and writing

HistoryCache::Added HistoryCache::add(const Increment& increment, Room room) {
    const std::size_t index = increment.key % shard_count;
    Shard& shard = (*shards_)[index];
    const std::scoped_lock lock(shard.mutex);
    if (behind_ == Behind::nothing) {
        Series* series = shard.find_known(increment.key);
        if (series == nullptr) series = shard.keep(increment.key, {}, room_of(index));
        if (series != nullptr) verdict::add(*series, increment.counts, most_days_);
        return Added::merged;
    }
    auto row = shard.unwritten.find(increment.key);
    const auto is_day = [&](const verdict::DayCounts& counts) { return counts.day == increment.counts.day; };
    if (row != shard.unwritten.end() && std::ranges::any_of(row->second.waiting, is_day)) {
        verdict::add(row->second.waiting, increment.counts, most_days_);
        return Added::merged;
    }
    if (room == Room::none) return Added::refused;
    if (row == shard.unwritten.end())
        row = shard.unwritten.emplace(increment.key, Unwritten{increment.kind, increment.people, {}, {}}).first;
    const std::size_t before = row->second.waiting.size();
    verdict::add(row->second.waiting, increment.counts, most_days_);
    if (row->second.waiting.size() == before) return Added::merged; // in the place of another day
    unwritten_.fetch_add(1, std::memory_order_relaxed);
    return Added::waiting;
}

void HistoryCache::add_to_known(const Increment& increment) {
    Shard& shard = shard_of(increment.key);
    const std::scoped_lock lock(shard.mutex);
    if (Series* known = shard.find_known(increment.key)) verdict::add(*known, increment.counts, most_days_);
}

std::vector<Increment> HistoryCache::take(std::size_t most) {
    std::vector<Increment> batch;
    const std::scoped_lock all(batch_mutex_);
    under_way_.clear();
    for (std::size_t i = 0; i < shard_count; ++i) {
        Shard& shard = (*shards_)[next_shard_];
        const std::scoped_lock lock(shard.mutex);
        for (auto& [key, row] : shard.unwritten) {
            if (batch.size() + row.waiting.size() > most && !batch.empty()) return batch;
            if (shard.reading.contains(key) || row.waiting.empty()) continue;
            for (const verdict::DayCounts& counts : row.waiting) batch.push_back({key, row.kind, counts, row.people});
            row.sent = std::exchange(row.waiting, {});
            under_way_.push_back(key);
        }
        next_shard_ = (next_shard_ + 1) % shard_count;
    }
    return batch;
}

/// `settle` does with a row, and what is known of its key, what became of the batch.
template<class Settle> std::vector<HistoryCache::Hash> HistoryCache::end_batch(Settle settle) {
    std::vector<Hash> to_ask;
    const std::scoped_lock all(batch_mutex_);
    for (const Hash key : std::exchange(under_way_, {})) {
        Shard& shard = shard_of(key);
        const std::scoped_lock lock(shard.mutex);
        const auto row = shard.unwritten.find(key);
        const std::size_t before = row->second.sent.size() + row->second.waiting.size();
        settle(row->second, shard.find_known(key));
        row->second.sent.clear();
        unwritten_.fetch_sub(before - row->second.waiting.size(), std::memory_order_relaxed);
        if (row->second.waiting.empty()) shard.unwritten.erase(row);
        const auto held = shard.reading.find(key);
        if (held == shard.reading.end()) continue;
        held->second.asked = true;
        to_ask.push_back(key);
    }
    return to_ask;
}

std::vector<HistoryCache::Hash> HistoryCache::confirm() {
    return end_batch([this](const Unwritten& row, Series* known) {
        if (known != nullptr) add_all(*known, row.sent, most_days_);
    });
}

std::vector<HistoryCache::Hash> HistoryCache::put_back() {
    return end_batch([this](Unwritten& row, const Series*) { add_all(row.waiting, row.sent, most_days_); });
}

// ---- changes by others

void HistoryCache::forget(Hash key) {
    Shard& shard = shard_of(key);
    const std::scoped_lock lock(shard.mutex);
    shard.drop(key);
    const auto reading = shard.reading.find(key);
    if (reading != shard.reading.end()) reading->second.stale = reading->second.asked;
}

void HistoryCache::forget_all() {
    for (Shard& shard : *shards_) {
        const std::scoped_lock lock(shard.mutex);
        shard.evict_to(0);
        for (auto& [key, reading] : shard.reading) reading.stale = reading.asked;
    }
}

std::size_t HistoryCache::start_anew() {
    std::size_t lost = 0;
    const std::scoped_lock all(batch_mutex_);
    under_way_.clear();
    for (Shard& shard : *shards_) {
        const std::scoped_lock lock(shard.mutex);
        shard.evict_to(0);
        for (const auto& [key, row] : shard.unwritten) lost += row.waiting.size() + row.sent.size();
        shard.unwritten.clear();
        shard.reading.clear();
    }
    unwritten_.fetch_sub(lost, std::memory_order_relaxed);
    return lost;
}

HistoryCache::Counters HistoryCache::counters() const {
    Counters sum;
    for (const Shard& shard : *shards_) {
        const std::scoped_lock lock(shard.mutex);
        sum.hits += shard.hits;
        sum.misses += shard.misses;
        sum.known += shard.known.size();
    }
    return sum;
}

} // namespace bonafide::engine
