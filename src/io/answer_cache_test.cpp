#include "base/test_cost.hpp"
#include "io/answer_cache.hpp"

#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

namespace bonafide::io {
namespace {

dns::Question question(std::string name, dns::Type type = dns::Type::txt) {
    return {std::move(name), type, "test", {}, true, true};
}

dns::Answer found(std::uint32_t ttl, std::string text = "x") {
    auto answer = std::make_shared<dns::AnswerData>();
    answer->status = dns::Status::ok;
    answer->ttl = ttl;
    answer->txt.push_back(std::move(text));
    return answer;
}

TEST(AnswerCache, KeepsForItsTtlAndNotASecondLonger) {
    AnswerCache cache({});
    const dns::Answer answer = found(300);
    cache.insert(question("a.example"), answer, 1000);
    EXPECT_EQ(cache.find(question("a.example"), 1000), answer);
    EXPECT_EQ(cache.find(question("a.example"), 1299), answer);
    EXPECT_EQ(cache.find(question("a.example"), 1300), nullptr);
}

TEST(AnswerCache, KeyIsNameTypeServerAndRecursion) {
    AnswerCache cache({});
    cache.insert(question("a.example"), found(300), 0);
    EXPECT_EQ(cache.find(question("b.example"), 1), nullptr);
    EXPECT_EQ(cache.find(question("a.example", dns::Type::a), 1), nullptr);
    dns::Question other = question("a.example");
    other.server = ip::Address::parse("192.0.2.1");
    EXPECT_EQ(cache.find(other, 1), nullptr);
    other = question("a.example");
    other.recursion = false;
    EXPECT_EQ(cache.find(other, 1), nullptr);
    other = question("a.example");
    other.why = "something else";
    EXPECT_NE(cache.find(other, 1), nullptr);
}

TEST(AnswerCache, NamesOfManyLengthsAreToldApart) {
    AnswerCache cache({});
    std::string name;
    for (int i = 0; i < 64; ++i) cache.insert(question(name += 'a'), found(300, name), 0);
    name.clear();
    for (int i = 0; i < 64; ++i) {
        const dns::Answer answer = cache.find(question(name += 'a'), 1);
        ASSERT_NE(answer, nullptr) << name;
        EXPECT_EQ(answer->txt.front(), name);
    }
}

TEST(AnswerCache, QuestionThatWantsNoCacheFindsNothingButRefreshes) {
    AnswerCache cache({});
    dns::Question fresh = question("a.example");
    fresh.use_cache = false;
    cache.insert(fresh, found(300), 0);
    EXPECT_EQ(cache.find(fresh, 1), nullptr);
    EXPECT_NE(cache.find(question("a.example"), 1), nullptr);
}

struct Life {
    const char* what;
    dns::Status status;
    std::uint32_t ttl;
    std::uint64_t kept; ///< seconds; 0: not kept
};

TEST(AnswerCache, LifetimesAreClamped) {
    const AnswerCache::Settings settings{
        .least_ttl = 5, .most_ttl = 1000, .most_negative_ttl = 300, .temporary_ttl = 2};
    const Life rows[] = {
        {"record below least", dns::Status::ok, 0, 5},
        {"record at least", dns::Status::ok, 5, 5},
        {"record at most", dns::Status::ok, 1000, 1000},
        {"record past most", dns::Status::ok, 0xffffffff, 1000},
        {"NODATA, RFC 2308 5", dns::Status::no_data, 60, 60},
        {"NODATA at most", dns::Status::no_data, 300, 300},
        {"NODATA past most", dns::Status::no_data, 301, 300},
        {"NXDOMAIN past most", dns::Status::nx_domain, 86400, 300},
        {"NXDOMAIN without SOA is not kept, RFC 2308 5", dns::Status::nx_domain, 0, 0},
        {"SERVFAIL, RFC 2308 7.1", dns::Status::serv_fail, 3600, 2},
        {"time-out, RFC 2308 7.2", dns::Status::timeout, 0, 2},
        {"bogus", dns::Status::bogus, 3600, 2},
    };
    for (const Life& row : rows) {
        AnswerCache cache(settings);
        auto answer = std::make_shared<dns::AnswerData>();
        answer->status = row.status;
        answer->ttl = row.ttl;
        cache.insert(question("a.example"), answer, 100);
        if (row.kept > 0) EXPECT_NE(cache.find(question("a.example"), 100 + row.kept - 1), nullptr) << row.what;
        EXPECT_EQ(cache.find(question("a.example"), 100 + row.kept), nullptr) << row.what;
    }
}

TEST(AnswerCache, TtlZeroIsNotKeptByDefaultAndReplacesWhatWasThere) {
    AnswerCache cache({});
    cache.insert(question("a.example"), found(300), 0);
    cache.insert(question("a.example"), found(0), 1);
    EXPECT_EQ(cache.find(question("a.example"), 1), nullptr);
    EXPECT_EQ(cache.stats().entries, 0U);
    EXPECT_EQ(cache.stats().bytes, 0U);
}

TEST(AnswerCache, AtTheLimitAllStayOnePastItTheLeastRecentlyUsedGoes) {
    AnswerCache cache({.most_entries = 4});
    for (const char* name : {"a", "b", "c", "d"}) cache.insert(question(name), found(300), 0);
    EXPECT_EQ(cache.stats().entries, 4U);
    EXPECT_EQ(cache.stats().evictions, 0U);
    EXPECT_NE(cache.find(question("a"), 1), nullptr); // now "b" is the one not used for longest
    cache.insert(question("e"), found(300), 1);
    EXPECT_EQ(cache.stats().entries, 4U);
    EXPECT_EQ(cache.stats().evictions, 1U);
    EXPECT_EQ(cache.find(question("b"), 1), nullptr);
    for (const char* name : {"a", "c", "d", "e"}) EXPECT_NE(cache.find(question(name), 1), nullptr) << name;
}

TEST(AnswerCache, ExpiredEntryGoesBeforeALiveOlderOne) {
    AnswerCache cache({.most_entries = 4});
    cache.insert(question("old"), found(300), 0);
    cache.insert(question("short"), found(1), 0);
    cache.insert(question("c"), found(300), 0);
    cache.insert(question("d"), found(300), 0);
    cache.insert(question("e"), found(300), 10);
    EXPECT_NE(cache.find(question("old"), 10), nullptr);
    EXPECT_EQ(cache.stats().evictions, 0U);
}

TEST(AnswerCache, BoundedByBytesToo) {
    AnswerCache cache({.most_entries = 60, .most_bytes = 100000});
    for (int i = 0; i < 50; ++i)
        cache.insert(question("n" + std::to_string(i)), found(300, std::string(20000, 'x')), 0);
    EXPECT_LE(cache.stats().bytes, 100000U);
    EXPECT_EQ(cache.stats().entries, 4U);
    cache.insert(question("huge"), found(300, std::string(100000, 'x')),
                 0); // more than everything: not kept, drives nobody out
    EXPECT_EQ(cache.find(question("huge"), 0), nullptr);
    EXPECT_EQ(cache.stats().entries, 4U);
}

TEST(AnswerCache, ZeroEntriesKeepsNothing) {
    AnswerCache cache({.most_entries = 0});
    cache.insert(question("a"), found(300), 0);
    EXPECT_EQ(cache.find(question("a"), 0), nullptr);
}

TEST(AnswerCache, TotalStaysWithinEntriesWithAllShardsInUse) {
    AnswerCache cache({.most_entries = 10000});
    for (int i = 0; i < 30000; ++i) cache.insert(question("host" + std::to_string(i) + ".example"), found(300), 0);
    EXPECT_LE(cache.stats().entries, 10000U);
    EXPECT_GE(cache.stats().entries, 9900U); // evenly spread: no shard is left half empty
}

TEST(AnswerCache, MemoRidesAlong) {
    AnswerCache cache({});
    cache.insert(question("a"), found(300), 0);
    const auto first = cache.find(question("a"), 1)->memo.get<int>([] { return 42; });
    const auto second = cache.find(question("a"), 2)->memo.get<int>([] { return 43; });
    EXPECT_EQ(first, second);
}

TEST(AnswerCache, ANewGenerationForgetsEverything) {
    AnswerCache cache({});
    cache.insert(question("a"), found(300), 0);
    cache.begin_generation(1);
    EXPECT_EQ(cache.find(question("a"), 0), nullptr);
    EXPECT_EQ(cache.stats().entries, 0U);
}

TEST(AnswerCache, AnEarlierGenerationKeepsNothingAnyMore) {
    AnswerCache cache({});
    cache.begin_generation(2);
    cache.insert(question("a"), found(300), 0, 1);
    EXPECT_EQ(cache.find(question("a"), 0), nullptr);
    cache.insert(question("a"), found(300), 0, 2);
    const dns::Answer kept = cache.find(question("a"), 0);
    ASSERT_TRUE(kept);
    cache.insert(question("a"), found(600), 0, 1);
    EXPECT_EQ(cache.find(question("a"), 0), kept) << "nor does it replace anything";
}

TEST(AnswerCache, StatsCountHitsAndMisses) {
    AnswerCache cache({});
    cache.insert(question("a"), found(300), 0);
    (void)cache.find(question("a"), 0);
    (void)cache.find(question("a"), 0);
    (void)cache.find(question("b"), 0);
    EXPECT_EQ(cache.stats().hits, 2U);
    EXPECT_EQ(cache.stats().misses, 1U);
}

TEST(AnswerCache, ThreadsShareIt) {
    AnswerCache cache({.most_entries = 200});
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 4; ++t) {
        threads.emplace_back([&cache, t] {
            for (unsigned i = 0; i < 5000; ++i) {
                const dns::Question q = question("host" + std::to_string((i * (t + 1)) % 400));
                if (!cache.find(q, i / 100)) cache.insert(q, found(10), i / 100);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_LE(cache.stats().entries, 200U);
}

// Not a benchmark, only a guard against a hit that scans: ten times the aim of 200 ns.
TEST(AnswerCache, HitIsQuick) {
    AnswerCache cache({});
    std::vector<dns::Question> asked;
    for (int i = 0; i < 1000; ++i)
        asked.push_back(question("selector" + std::to_string(i) + "._domainkey.example.com"));
    for (const dns::Question& q : asked) cache.insert(q, found(300), 0);
    const double begin = testing::processor_seconds();
    std::size_t hits = 0;
    for (int round = 0; round < 200; ++round)
        for (const dns::Question& q : asked) hits += cache.find(q, 1) != nullptr;
    const double nanoseconds = (testing::processor_seconds() - begin) * 1e9 / 200000;
    EXPECT_EQ(hits, 200000U);
    EXPECT_LT(nanoseconds, 2000 * testing::slow_build) << "nanoseconds a hit";
    RecordProperty("nanoseconds_per_hit", static_cast<int>(nanoseconds));
}

} // namespace
} // namespace bonafide::io
