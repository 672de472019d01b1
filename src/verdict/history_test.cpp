#include "verdict/history.hpp"

#include <gtest/gtest.h>
#include <limits>

namespace bonafide::verdict {
namespace {

constexpr std::int32_t today = 20778;

TEST(Weigh, HalvesWithEachHalfLife) {
    const Series series{{.day = today, .good = 8, .sent = 1},
                        {.day = today - 30, .good = 8, .unclear = 4},
                        {.day = today - 60, .good = 8},
                        {.day = today - 90, .sent = 8},
                        {.day = today - 5}};
    const Weighed sum = weigh(series, today, 30);
    EXPECT_NEAR(sum.good, 8 + 4 + 2, 1e-9);
    EXPECT_NEAR(sum.unclear, 2, 1e-9);
    EXPECT_NEAR(sum.sent, 2, 1e-9);
    EXPECT_EQ(sum.days, 3U) << "an empty day is none, nor one on which we only wrote";
    EXPECT_EQ(sum.first_day, today - 60);
    EXPECT_EQ(sum.last_sent, today);
    EXPECT_EQ(sum.messages, 28U);
    EXPECT_DOUBLE_EQ(weigh(series, today, 0).good, 24) << "nothing decays";
    EXPECT_EQ(day_of(-1), -1);
    EXPECT_EQ(day_of(86400), 1);
}

TEST(Add, SumsADayAndForgetsTheFarthest) {
    Series series;
    for (std::int32_t i = 0; i < 4; ++i) add(series, {.day = today + i, .good = 1}, 4);
    add(series, {.day = today + 3, .good = 2, .bad = 1}, 4);
    ASSERT_EQ(series.size(), 4U) << "at the limit";
    EXPECT_EQ(series.back(), (DayCounts{.day = today + 3, .good = 3, .bad = 1}));
    add(series, {.day = today + 4, .good = 1}, 4);
    ASSERT_EQ(series.size(), 4U) << "one past it";
    EXPECT_EQ(series.front().day, today + 1);
    add(series, {.day = today - 2000, .good = 1}, 4); // the clock jumped back: what it left in the future goes
    EXPECT_EQ(series.size(), 4U);
    EXPECT_EQ(series.back().day, today - 2000);
    EXPECT_EQ(series[2].day, today + 3);
    add(series, {.day = today - 2000, .good = std::numeric_limits<std::uint32_t>::max()}, 4);
    EXPECT_EQ(series.back().good, std::numeric_limits<std::uint32_t>::max()) << "saturates";
}

TEST(History, FindsAPast) {
    History history;
    history.pasts = {{{PastKind::pair, "a.example", "ptr:b.example"}, {{.day = 1, .good = 1}}},
                     {{PastKind::author, "a.example", ""}, {{.day = 2}}}};
    EXPECT_EQ(history.of(PastKind::author, "a.example").size(), 1U);
    EXPECT_EQ(history.of(PastKind::pair, "a.example", "ptr:b.example").front().day, 1);
    EXPECT_TRUE(history.of(PastKind::pair, "a.example").empty());
}

} // namespace
} // namespace bonafide::verdict
