#include "srs/stamp.hpp"

#include <gtest/gtest.h>

namespace bonafide::srs {
namespace {

constexpr std::int64_t day = 86400;

TEST(SrsStamp, IsTheDayInBase32) {
    EXPECT_EQ(write_stamp(0), "AA");
    EXPECT_EQ(write_stamp(31 * day), "A7");
    EXPECT_EQ(write_stamp(32 * day - 1), "A7");
    EXPECT_EQ(write_stamp(32 * day), "BA");
    EXPECT_EQ(write_stamp(1023 * day), "77");
    EXPECT_EQ(write_stamp(1024 * day), "AA");
    EXPECT_EQ(write_stamp(-86400), "77");
}

TEST(SrsStamp, AgeGoesOnOverTheWrap) {
    EXPECT_EQ(stamp_age("AA", 0), 0);
    EXPECT_EQ(stamp_age("aa", 5 * day), 5);
    EXPECT_EQ(stamp_age("77", 1024 * day), 1);
    EXPECT_EQ(stamp_age("7x", 1034 * day), 19);
    EXPECT_EQ(stamp_age("AA", 1022 * day), 1022);
    EXPECT_EQ(stamp_age("AA", 1023 * day), -1); // tomorrow's
    EXPECT_EQ(stamp_age("AA", 1024 * day), 0);  // as if it were new: what the form cannot tell
}

TEST(SrsStamp, OtherTextIsNone) {
    for (const std::string_view text : {"", "A", "AAA", "A1", "8A", "A=", "\xc3\xa4"}) EXPECT_FALSE(stamp_age(text, 0));
}

} // namespace
} // namespace bonafide::srs
