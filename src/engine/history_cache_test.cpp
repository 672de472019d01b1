#include "engine/history_cache.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <thread>

namespace bonafide::engine {
namespace {

using Hash = io::store::Hash;
using verdict::Series;
using Behind = HistoryCache::Behind;
using Missing = HistoryCache::Missing;
using Room = HistoryCache::Room;
using Added = HistoryCache::Added;

constexpr std::int32_t today = 20000;

io::store::Increment one_good(Hash key, std::int32_t day = today) {
    return {key, verdict::PastKind::pair, {.day = day, .good = 1}, {}};
}

Series good(std::uint32_t count) { return count == 0 ? Series{} : Series{{.day = today, .good = count}}; }

std::uint64_t goods(const Series& series) {
    std::uint64_t sum = 0;
    for (const verdict::DayCounts& day : series) sum += day.good;
    return sum;
}

/// Asks as a reader does, with an answer of the store right away.
Series read(HistoryCache& cache, Hash key, const Series& stored) {
    auto begun = cache.begin_read(key);
    if (auto* series = std::get_if<Series>(&begun)) return *series;
    EXPECT_EQ(std::get<Missing>(begun), Missing::ask);
    auto series = cache.end_read(key, stored);
    EXPECT_TRUE(series);
    return series.value_or(Series{});
}

void add(HistoryCache& cache, Hash key, std::int32_t day = today) {
    ASSERT_NE(cache.add(one_good(key, day), Room::enough), Added::refused);
}

TEST(HistoryCache, AnAdditionCountsAtOnceThoughTheStoreWasNeverAsked) {
    HistoryCache cache(Behind::store, {});
    add(cache, 7);
    EXPECT_FALSE(cache.find(7)) << "what the store has is not known";
    EXPECT_EQ(goods(read(cache, 7, good(40))), 41U);
    EXPECT_EQ(goods(*cache.find(7)), 41U);
    add(cache, 7);
    EXPECT_EQ(goods(*cache.find(7)), 42U);
}

TEST(HistoryCache, AdditionsOfOneKeyAndDayAreOneRow) {
    HistoryCache cache(Behind::store, {});
    EXPECT_EQ(cache.add(one_good(1), Room::enough), Added::waiting);
    EXPECT_EQ(cache.add(one_good(1), Room::none), Added::merged) << "needs no room";
    EXPECT_EQ(cache.add(one_good(1, today + 1), Room::none), Added::refused);
    EXPECT_EQ(cache.add(one_good(2), Room::none), Added::refused);
    EXPECT_EQ(cache.unwritten(), 1U);
    const auto batch = cache.take(10);
    ASSERT_EQ(batch.size(), 1U);
    EXPECT_EQ(batch[0].counts, (verdict::DayCounts{.day = today, .good = 2}));
    EXPECT_TRUE(cache.confirm().empty());
    EXPECT_EQ(cache.unwritten(), 0U);
}

TEST(HistoryCache, AKeyThatIsBeingReadIsNotWritten) {
    HistoryCache cache(Behind::store, {});
    EXPECT_EQ(std::get<Missing>(cache.begin_read(1)), Missing::ask);
    EXPECT_EQ(std::get<Missing>(cache.begin_read(1)), Missing::wait) << "one question is enough";
    add(cache, 1);
    add(cache, 2);
    ASSERT_EQ(cache.take(10).size(), 1U) << "key 2 alone";
    EXPECT_TRUE(cache.confirm().empty());
    EXPECT_EQ(goods(*cache.end_read(1, good(5))), 6U);
    EXPECT_EQ(cache.take(10).size(), 1U);
    EXPECT_TRUE(cache.confirm().empty());
    EXPECT_EQ(goods(*cache.find(1)), 6U);
}

TEST(HistoryCache, AKeyThatIsBeingWrittenIsReadAfterwards) {
    for (const bool is_written : {true, false}) {
        HistoryCache cache(Behind::store, {});
        add(cache, 1);
        ASSERT_EQ(cache.take(10).size(), 1U);
        add(cache, 1); // while the batch is under way
        EXPECT_EQ(std::get<Missing>(cache.begin_read(1)), Missing::wait);
        const auto readable = is_written ? cache.confirm() : cache.put_back();
        ASSERT_EQ(readable, std::vector<Hash>{1});
        // The store answers with the batch, or without it; the sum is the same.
        EXPECT_EQ(goods(*cache.end_read(1, good(is_written ? 6 : 5))), 7U);
        EXPECT_EQ(cache.unwritten(), 1U) << "two additions of a day are one row again";
    }
}

TEST(HistoryCache, AnEvictedKeyKeepsWhatIsNotWritten) {
    HistoryCache cache(Behind::store, {.most_known = 0});
    add(cache, 1);
    EXPECT_EQ(goods(read(cache, 1, good(3))), 4U);
    EXPECT_FALSE(cache.find(1));
    ASSERT_EQ(cache.take(10).size(), 1U);
    EXPECT_TRUE(cache.confirm().empty());
    EXPECT_EQ(goods(read(cache, 1, good(4))), 4U);
}

TEST(HistoryCache, KeepsAsManyAsTheLimitSaysAndDropsTheOneNotUsedForLongest) {
    HistoryCache cache(Behind::store, {.most_known = 33});
    for (Hash key = 0; key < 33; ++key) static_cast<void>(read(cache, key, good(1)));
    EXPECT_EQ(cache.counters().known, 33U);
    for (Hash key = 0; key < 33; ++key) EXPECT_TRUE(cache.find(key)) << key;
    static_cast<void>(cache.find(0)); // used last in its shard, which has keys 0, 16 and 32
    static_cast<void>(read(cache, 48, good(1)));
    EXPECT_EQ(cache.counters().known, 33U) << "one past the limit";
    EXPECT_TRUE(cache.find(0));
    EXPECT_FALSE(cache.find(16));
    cache.bound({.most_known = 4});
    EXPECT_EQ(cache.counters().known, 4U);
}

TEST(HistoryCache, KeepsAsManyDaysAsTheLimitSays) {
    HistoryCache cache(Behind::store, {.most_days = 3});
    static_cast<void>(read(cache, 1, {}));
    for (std::int32_t day = today; day < today + 3; ++day) add(cache, 1, day);
    EXPECT_EQ(cache.find(1)->size(), 3U);
    add(cache, 1, today + 3);
    EXPECT_EQ(cache.find(1)->size(), 3U) << "one past the limit";
    EXPECT_EQ(cache.unwritten(), 3U);
    add(cache, 1, -400000); // a clock that jumped back a thousand years, and one that jumped forth
    add(cache, 1, 900000);
    EXPECT_EQ(cache.find(1)->size(), 3U);
    EXPECT_EQ(cache.take(10).size(), 3U);
}

TEST(HistoryCache, ABatchHasAtMostSoManyRowsAndNoShardIsAlwaysLeftOver) {
    HistoryCache cache(Behind::store, {});
    for (Hash key = 0; key < 64; ++key) add(cache, key);
    std::map<Hash, int> written;
    for (int batch = 0; batch < 16; ++batch) {
        const auto rows = cache.take(4);
        EXPECT_LE(rows.size(), 4U);
        for (const auto& row : rows) ++written[row.key];
        EXPECT_TRUE(cache.confirm().empty());
    }
    EXPECT_EQ(written.size(), 64U);
    EXPECT_EQ(cache.unwritten(), 0U);
}

TEST(HistoryCache, WhatOthersChangedWhileItWasReadIsReadAgain) {
    HistoryCache cache(Behind::store, {});
    EXPECT_EQ(std::get<Missing>(cache.begin_read(1)), Missing::ask);
    cache.forget(1);
    EXPECT_FALSE(cache.end_read(1, good(5))) << "read before the change, for all we know";
    EXPECT_EQ(std::get<Missing>(cache.begin_read(1)), Missing::wait) << "it is still being read";
    EXPECT_EQ(goods(*cache.end_read(1, good(3))), 3U);
    cache.forget_all();
    EXPECT_FALSE(cache.find(1));
    EXPECT_EQ(goods(read(cache, 1, good(2))), 2U);
    cache.forget(1);
    EXPECT_FALSE(cache.find(1));
}

TEST(HistoryCache, AReadThatFailsLeavesNothingBehind) {
    HistoryCache cache(Behind::store, {});
    EXPECT_EQ(std::get<Missing>(cache.begin_read(1)), Missing::ask);
    add(cache, 1);
    cache.abandon_read(1);
    EXPECT_FALSE(cache.find(1));
    EXPECT_EQ(cache.take(10).size(), 1U) << "written again";
    EXPECT_EQ(cache.put_back().size(), 0U);
    EXPECT_EQ(goods(read(cache, 1, good(1))), 2U);
}

TEST(HistoryCache, StartsAnewWithOtherKeys) {
    HistoryCache cache(Behind::store, {});
    static_cast<void>(read(cache, 1, good(1)));
    add(cache, 1);
    add(cache, 2);
    ASSERT_EQ(cache.take(1).size(), 1U);
    EXPECT_EQ(std::get<Missing>(cache.begin_read(3)), Missing::ask);
    EXPECT_EQ(cache.start_anew(), 2U);
    EXPECT_EQ(cache.unwritten(), 0U);
    EXPECT_TRUE(cache.confirm().empty()) << "of the batch of before";
    EXPECT_EQ(cache.end_read(3, good(9)), good(9));
    EXPECT_FALSE(cache.find(3)) << "an answer of before is not kept";
}

TEST(HistoryCache, WithNothingBehindItEverythingIsKnown) {
    HistoryCache cache(Behind::nothing, {.most_known = 16});
    EXPECT_EQ(cache.find(1), Series{});
    add(cache, 1);
    EXPECT_EQ(cache.find(1), good(1));
    EXPECT_EQ(cache.unwritten(), 0U);
    add(cache, 17); // the only place of this shard
    EXPECT_EQ(cache.find(1), Series{}) << "forgotten";
}

/// A store that does what it is asked at a time of its own.
struct Model {
    std::map<Hash, std::uint64_t> stored, learned;
    std::vector<io::store::Increment> batch;
    bool under_way = false, applied = false;
    struct Reading {
        Hash key;
        std::optional<std::uint64_t> snapshot;
    };
    std::vector<Reading> readings;
};

// Whatever the order in which the store reads, writes, answers and confirms: a read gives what was learned, no more and no less.
TEST(HistoryCache, NoCountIsLostOrDoubledInAnyOrder) {
    constexpr int steps = 200000;
    constexpr Hash keys = 5;
    HistoryCache cache(Behind::store,
                       {.most_known = 20}); // key 4 shares room with nobody, and all are evicted by forget()
    Model model;
    std::mt19937 random(20261122);
    const auto any = [&](std::size_t below) {
        return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
    };
    std::size_t answered = 0, held = 0;
    const auto ask = [&](const std::vector<Hash>& to_ask) {
        for (const Hash key : to_ask) model.readings.push_back({key, {}});
        held += to_ask.size();
    };
    for (int step = 0; step < steps; ++step) {
        const Hash key = any(keys);
        switch (any(8)) {
        case 0:
            add(cache, key);
            ++model.learned[key];
            break;
        case 1: {
            const auto begun = cache.begin_read(key);
            if (const auto* series = std::get_if<Series>(&begun))
                ASSERT_EQ(goods(*series), model.learned[key]) << step;
            else if (std::get<Missing>(begun) == Missing::ask)
                model.readings.push_back({key, {}});
            break;
        }
        case 2: // the store reads
            if (!model.readings.empty()) {
                auto& reading = model.readings[any(model.readings.size())];
                if (!reading.snapshot) reading.snapshot = model.stored[reading.key];
            }
            break;
        case 3: // and answers
            for (std::size_t i = 0; i < model.readings.size(); ++i) {
                if (!model.readings[i].snapshot) continue;
                const Model::Reading reading = model.readings[i];
                model.readings.erase(model.readings.begin() + static_cast<std::ptrdiff_t>(i));
                const auto series = cache.end_read(reading.key, good(static_cast<std::uint32_t>(*reading.snapshot)));
                if (!series) {
                    model.readings.push_back({reading.key, {}});
                    break;
                }
                ASSERT_EQ(goods(*series), model.learned[reading.key]) << step;
                ++answered;
                break;
            }
            break;
        case 4:
            if (model.under_way) break;
            model.batch = cache.take(1 + any(6));
            model.under_way = !model.batch.empty();
            model.applied = false;
            if (!model.under_way) ask(cache.confirm());
            break;
        case 5: // the store writes
            if (model.under_way && !model.applied)
                for (const auto& row : model.batch) model.stored[row.key] += row.counts.good;
            model.applied = model.under_way;
            break;
        case 6: // and says so, or that it could not
            if (!model.under_way) break;
            model.under_way = false;
            ask(model.applied ? cache.confirm() : cache.put_back());
            break;
        default:
            if (any(4) == 0) cache.forget(key);
            if (const auto series = cache.find(key)) ASSERT_EQ(goods(*series), model.learned[key]) << step;
            break;
        }
    }
    EXPECT_GT(answered, 1000U);
    EXPECT_GT(held, 100U) << "the interesting case came up";
}

TEST(HistoryCache, ManyThreads) {
    HistoryCache cache(Behind::store, {.most_known = 40});
    constexpr int rounds = 3000;
    constexpr Hash keys = 64;
    std::mutex store_mutex;
    std::map<Hash, std::uint64_t> stored;
    std::atomic<int> running = 3;
    const auto ask = [&](Hash key) {
        for (bool answered = false; !answered;) {
            std::unique_lock lock(store_mutex);
            const Series series = good(static_cast<std::uint32_t>(stored[key]));
            lock.unlock();
            answered = cache.end_read(key, series).has_value();
        }
    };
    std::vector<std::thread> threads;
    for (unsigned seed = 0; seed < 3; ++seed)
        threads.emplace_back([&, seed] {
            std::mt19937 random(seed);
            for (int i = 0; i < rounds; ++i) {
                const Hash key = random() % keys;
                add(cache, key);
                const auto begun = cache.begin_read(key);
                const auto* missing = std::get_if<Missing>(&begun);
                if (missing != nullptr && *missing == Missing::ask) ask(key);
            }
            --running;
        });
    while (running > 0 || cache.unwritten() > 0) {
        const auto batch = cache.take(16);
        {
            const std::scoped_lock lock(store_mutex);
            for (const auto& row : batch) stored[row.key] += row.counts.good;
        }
        for (const Hash key : cache.confirm()) ask(key);
    }
    for (std::thread& thread : threads) thread.join();
    std::uint64_t sum = 0;
    for (Hash key = 0; key < keys; ++key) {
        sum += stored[key];
        EXPECT_EQ(goods(read(cache, key, good(static_cast<std::uint32_t>(stored[key])))), stored[key]) << key;
    }
    EXPECT_EQ(sum, 3U * rounds);
}

} // namespace
} // namespace bonafide::engine
