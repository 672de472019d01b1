#include "verdict/history.hpp"

#include <gtest/gtest.h>

namespace bonafide::verdict {
namespace {

constexpr std::int32_t today = 20778;

TEST(Weigh, HalvesWithEachHalfLife) {
    const Series series{
        {today, 8, 0, 0, 0, 0}, {today - 30, 8, 4, 0, 0, 0}, {today - 60, 8, 0, 0, 0, 0}, {today - 5, 0, 0, 0, 0, 0}};
    const Weighed sum = weigh(series, today, 30);
    EXPECT_DOUBLE_EQ(sum.good, 8 + 4 + 2);
    EXPECT_DOUBLE_EQ(sum.unclear, 2);
    EXPECT_EQ(sum.days, 3U) << "an empty day is none";
    EXPECT_EQ(sum.first_day, today - 60);
    EXPECT_EQ(sum.messages, 28U);
    EXPECT_EQ(day_of(-1), -1);
    EXPECT_EQ(day_of(86400), 1);
}

} // namespace
} // namespace bonafide::verdict
