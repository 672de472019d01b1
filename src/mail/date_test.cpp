#include "mail/date.hpp"

#include <gtest/gtest.h>

namespace bonafide::mail {
namespace {

struct Row {
    const char* text;
    std::optional<std::int64_t> time;
};

const Row rows[] = {
    {"Fri, 21 Nov 1997 09:55:06 -0600", 880127706}, // RFC 5322 A.1.1
    {"Tue, 1 Jul 2003 10:52:37 +0200", 1057049557}, // A.1.2
    {"Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n               -0330 (Newfoundland Time)",
     -27723480},                                                    // A.5
    {"21 Nov 97 09:55:06 GMT", 880106106},                          // A.6.2
    {"Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", 880127706}, // A.6.3
    {"1 Jan 1970 00:00 +0000", 0},
    {"1 Jan 1970 00:00:00 UT", 0},
    {"1 jan 1970 00:00:00 -0000", 0},
    {"31 Dec 1969 19:00:00 EST", 0},
    {"1 Jan 1970 00:00:00 Z", 0},
    {"1 Jan 1970 00:00:00 QQQ", 0},
    {"1 Jan 49 00:00:00 +0000", 2493072000}, // 2049
    {"1 Jan 50 00:00:00 +0000", -631152000}, // 1950
    {"1 Jan 070 00:00:00 +0000", 0},         // 1970
    {"29 Feb 2024 00:00:00 +0000", 1709164800},
    {"31 Dec 2016 23:59:60 +0000", 1483228800}, // a leap second
    {"Thursday, 01-Jan-70 00:00:00 GMT", 0},
    {"", {}},
    {"tomorrow", {}},
    {"29 Feb 2023 00:00:00 +0000", {}},
    {"32 Jan 2023 00:00:00 +0000", {}},
    {"0 Jan 2023 00:00:00 +0000", {}},
    {"1 Foo 2023 00:00:00 +0000", {}},
    {"Foo, 1 Jan 2023 00:00:00 +0000", {}},
    {"1 Jan 1899 00:00:00 +0000", {}},
    {"1 Jan 12023 00:00:00 +0000", {}},
    {"1 Jan 2023 24:00:00 +0000", {}},
    {"1 Jan 2023 00:60:00 +0000", {}},
    {"1 Jan 2023 00:00:61 +0000", {}},
    {"1 Jan 2023 00:00:00 +0060", {}},
    {"1 Jan 2023 00:00:00 +000", {}},
    {"1 Jan 2023 00:00:00", {}},
    {"1 Jan 2023 00:00:00 +0000 x", {}},
    {"1 Jan 2023 00:00:00 +0000 (", {}},
    {"99999999999999999999 Jan 2023 00:00:00 +0000", {}},
};

TEST(Date, Parse) {
    for (const Row& row : rows) EXPECT_EQ(parse_date(row.text), row.time) << row.text;
}

TEST(Date, Format) {
    EXPECT_EQ(format_date(0), "Thu, 01 Jan 1970 00:00:00 +0000");
    EXPECT_EQ(format_date(-1), "Wed, 31 Dec 1969 23:59:59 +0000");
    EXPECT_EQ(format_date(1795255200), "Sat, 21 Nov 2026 10:00:00 +0000");
    for (const std::int64_t time : {0LL, -2208988800LL, 951782399LL, 4102444800LL})
        EXPECT_EQ(parse_date(format_date(time)), time);
}

} // namespace
} // namespace bonafide::mail
