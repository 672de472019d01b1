#include "cli/time_text.hpp"

#include <gtest/gtest.h>

namespace bonafide::cli {
namespace {

TEST(TimeText, Prints) {
    EXPECT_EQ(utc_text(0), "1970-01-01 00:00:00");
    EXPECT_EQ(utc_text(1795340911), "2026-11-22 09:48:31");
    EXPECT_EQ(day_text(20779), "2026-11-22");
    EXPECT_EQ(utc_text(-1), "1969-12-31 23:59:59");
}

TEST(TimeText, ReadsWhatItPrintsAndMore) {
    EXPECT_EQ(parse_time("2026-11-22 09:48:31").value_or(0), 1795340911);
    EXPECT_EQ(parse_time("2026-11-22T09:48:31Z").value_or(0), 1795340911);
    EXPECT_EQ(parse_time("2026-11-22 09:48").value_or(0), 1795340880);
    EXPECT_EQ(parse_time("2026-11-22").value_or(0), 1795305600);
    EXPECT_EQ(parse_time("1795340911").value_or(0), 1795340911);
    EXPECT_EQ(parse_time("253402300799").value_or(0), 253402300799);
    for (const char* wrong : {"", "yesterday", "2026-11-31", "2026-11-22 24:00", "2026-11-22 09:60", "2026-11-22x09:48",
                              "2026-11-22 9:48", "253402300800", "2026-11-22 09:48:31 CET"})
        EXPECT_FALSE(parse_time(wrong)) << wrong;
}

TEST(TimeText, AgesAreBounded) {
    for (const char* sound : {"1s", "7d", "3650d"}) EXPECT_TRUE(check_age(sound)) << sound;
    for (const char* wrong : {"999ms", "3651d", "7", "", "-1d"}) EXPECT_FALSE(check_age(wrong)) << wrong;
    Arguments arguments;
    EXPECT_EQ(read_since(arguments, "since", 1000, 60), 940);
    arguments.add("since", "2m");
    EXPECT_EQ(read_since(arguments, "since", 1000, 60), 880);
}

} // namespace
} // namespace bonafide::cli
