#include "io/store_series.hpp"
#include "io/store_told.hpp"

#include <gtest/gtest.h>

namespace bonafide::io::store {
namespace {

using verdict::DayCounts;
using verdict::Series;

std::string bytes(std::initializer_list<int> values) {
    std::string text;
    for (const int value : values) text += static_cast<char>(value);
    return text;
}

Series days(std::size_t count) {
    Series series;
    for (std::size_t i = 0; i < count; ++i) series.push_back({.day = static_cast<std::int32_t>(i), .good = 1});
    return series;
}

TEST(StoreSeries, ComesBackInTheOrderOfDays) {
    const Series series{{.day = 20779, .good = 3, .unclear = 200, .bad = UINT32_MAX},
                        {.day = -5, .ham = 1, .spam = 2, .sent = 3},
                        {.day = INT32_MAX, .good = 1},
                        {.day = INT32_MIN, .sent = 1}};
    const auto read = unpack_series(pack(series));
    ASSERT_TRUE(read) << read.error().text;
    EXPECT_EQ(*read, (Series{series[3], series[1], series[0], series[2]}));
}

TEST(StoreSeries, ASenderSeenOnceTakesFiveBytes) { EXPECT_EQ(pack({{.day = 20779, .good = 1}}).size(), 5U); }

TEST(StoreSeries, DaysWithoutCountsAreLeftOut) {
    EXPECT_EQ(pack({{.day = 1}, {.day = 2}}), "");
    EXPECT_EQ(unpack_series("").value_or(days(1)), Series{});
}

TEST(StoreSeries, OtherFormsOfTheSameAreRefused) {
    const std::string good = bytes({2, 1, 1, 1, 1, 5}); // day 1: good 1; day 2: good 5
    ASSERT_EQ(unpack_series(good).value_or(Series{}), (Series{{.day = 1, .good = 1}, {.day = 2, .good = 5}}));
    EXPECT_FALSE(unpack_series(bytes({2, 1, 1, 0, 1, 5}))) << "the same day twice";
    EXPECT_FALSE(unpack_series(bytes({2, 0}))) << "a day of nothing";
    EXPECT_FALSE(unpack_series(bytes({2, 1, 0}))) << "a count of nothing";
    EXPECT_FALSE(unpack_series(bytes({2, 64, 1}))) << "an unknown column";
    EXPECT_FALSE(unpack_series(bytes({0x82, 0, 1, 1}))) << "a longer form of 2";
    EXPECT_FALSE(unpack_series(bytes({2, 1, 0x80, 0x80, 0x80, 0x80, 0x10}))) << "a count of 33 bits";
    EXPECT_FALSE(unpack_series(bytes({2, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2}))) << "65 bits";
    for (std::size_t length : {1U, 2U, 4U, 5U}) EXPECT_FALSE(unpack_series(good.substr(0, length))) << length;
}

TEST(StoreSeries, DaysBeyondTheCalendarAreRefused) {
    std::string past;
    put_number(past, zigzag(std::int64_t{INT32_MAX} + 1));
    EXPECT_FALSE(unpack_series(past + bytes({1, 1})));
    std::string after = pack({{.day = INT32_MAX, .good = 1}});
    EXPECT_TRUE(unpack_series(after));
    EXPECT_FALSE(unpack_series(after + bytes({1, 1, 1})));
}

TEST(StoreSeries, AtMostSoManyDays) {
    EXPECT_TRUE(unpack_series(pack(days(most_packed_days))));
    EXPECT_FALSE(unpack_series(pack(days(most_packed_days + 1))));
}

TEST(StoreTold, IncrementsComeBackWithTwoPeopleAtMost) {
    Increment increment{0xfedcba9876543210U, verdict::PastKind::contact, {.day = -3, .good = 1, .sent = 7}, {1, 2, 3}};
    const auto read = unpack_increments(pack(std::vector{increment, increment}));
    ASSERT_TRUE(read);
    ASSERT_EQ(read->size(), 2U);
    EXPECT_EQ((*read)[1].key, increment.key);
    EXPECT_EQ((*read)[1].kind, increment.kind);
    EXPECT_EQ((*read)[1].counts, increment.counts);
    EXPECT_EQ((*read)[1].people, (std::vector<Hash>{1, 2}));
}

TEST(StoreTold, DamagedIncrementsAreRefused) {
    const std::string good = pack(std::vector{Increment{1, verdict::PastKind::returned, {.day = 1, .sent = 1}, {9}}});
    for (std::size_t length = 1; length < good.size(); ++length)
        EXPECT_FALSE(unpack_increments(good.substr(0, length))) << length;
    std::string kind = good;
    kind[8] = static_cast<char>(verdict::past_kinds);
    EXPECT_FALSE(unpack_increments(kind));
}

TEST(StoreTold, HashesAreAscendingAndOnce) {
    const std::string packed = pack(std::vector<Hash>{9, 1, 9, UINT64_MAX});
    EXPECT_EQ(unpack_hashes(packed).value_or(std::vector<Hash>{}), (std::vector<Hash>{1, 9, UINT64_MAX}));
    EXPECT_FALSE(unpack_hashes(packed + packed));
    EXPECT_FALSE(unpack_hashes(packed.substr(1)));
}

TEST(StoreTold, InflatingGivesWhatWasAnnouncedOrNothing) {
    const std::string text(100'000, 'x');
    const std::string packed = deflate(text);
    EXPECT_LT(packed.size(), 1000U);
    EXPECT_EQ(inflate(packed, text.size()).value_or(""), text);
    EXPECT_FALSE(inflate(packed, text.size() - 1)) << "a bomb";
    EXPECT_FALSE(inflate(packed, text.size() + 1));
    EXPECT_FALSE(inflate(packed, most_text_bytes + 1));
    EXPECT_FALSE(inflate("garbage", 7));
    EXPECT_EQ(inflate(deflate(""), 0).value_or("?"), "");
}

TEST(StoreHash, EveryPartOfAKeyAndTheSecretCount) {
    const Secret secret{1};
    const Hash hash = hash_of(secret, {verdict::PastKind::contact, "ab", "c"});
    EXPECT_EQ(hash, hash_of(secret, {verdict::PastKind::contact, "ab", "c"}));
    EXPECT_NE(hash, hash_of(secret, {verdict::PastKind::contact, "a", "bc"}));
    EXPECT_NE(hash, hash_of(secret, {verdict::PastKind::pair, "ab", "c"}));
    EXPECT_NE(hash, hash_of(Secret{2}, {verdict::PastKind::contact, "ab", "c"}));
    EXPECT_NE(hash_of_term(secret, "abc"), hash_of_term(secret, "abd"));
    EXPECT_NE(hash_of_term(secret, "abc"), hash_of_term(Secret{2}, "abc"));
}

} // namespace
} // namespace bonafide::io::store
