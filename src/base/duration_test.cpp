#include "base/duration.hpp"

#include <gmock/gmock.h>

namespace bonafide {
namespace {

using namespace std::chrono_literals;

TEST(Duration, Parses) {
    const std::pair<std::string_view, std::chrono::milliseconds> cases[] = {
        {"250ms", 250ms}, {"5s", 5s}, {"10m", 10min}, {"2h", 2h},
        {"1d", 24h},      {"0s", 0s}, {"007s", 7s},   {"36500d", std::chrono::days(36500)}};
    for (const auto& [text, value] : cases) EXPECT_EQ(parse_duration(text), value) << text;
}

TEST(Duration, ErrorsNameTheUnits) {
    for (const auto* text : {"", "5", "s", "5 s", " 5s", "5s ", "-5s", "1.5s", "5S", "5sec", "5w", "1h30m", "ms"}) {
        const auto result = parse_duration(text);
        ASSERT_FALSE(result.has_value()) << text;
        EXPECT_THAT(result.error().text, testing::HasSubstr("ms, s, m, h, d")) << text;
    }
    for (const auto* text : {"36501d", "18446744073709551616ms", "9223372036854775807s"}) {
        const auto result = parse_duration(text);
        ASSERT_FALSE(result.has_value()) << text;
        EXPECT_THAT(result.error().text, testing::HasSubstr("longer than 36500d")) << text;
    }
}

TEST(Duration, PrintsInTheLargestWholeUnit) {
    EXPECT_EQ(duration_text(0ms), "0s");
    EXPECT_EQ(duration_text(250ms), "250ms");
    EXPECT_EQ(duration_text(1500ms), "1500ms");
    EXPECT_EQ(duration_text(90s), "90s");
    EXPECT_EQ(duration_text(120s), "2m");
    EXPECT_EQ(duration_text(36h), "36h");
    EXPECT_EQ(duration_text(48h), "2d");
    EXPECT_EQ(duration_text(-5s), "-5s");
}

TEST(Duration, PrintedFormParsesToTheSame) {
    for (std::int64_t ms = 1; ms < 4'000'000'000; ms = ms * 7 / 3 + 1) {
        const std::chrono::milliseconds value(ms);
        EXPECT_EQ(parse_duration(duration_text(value)), value);
    }
}

} // namespace
} // namespace bonafide
