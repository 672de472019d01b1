#include "io/smtp_message.hpp"

#include <gtest/gtest.h>

namespace bonafide::io::smtp {
namespace {

TEST(SmtpMessage, LineEndsAndDots) {
    EXPECT_EQ(on_wire("A: b\r\n\r\nc\r\n"), "A: b\r\n\r\nc\r\n.\r\n");
    EXPECT_EQ(on_wire("A: b\n\nc"), "A: b\r\n\r\nc\r\n.\r\n");
    EXPECT_EQ(on_wire(".\r\n..\r\n.a\r\nb.\r\n"), "..\r\n...\r\n..a\r\nb.\r\n.\r\n");
    EXPECT_EQ(on_wire(""), ".\r\n");
}

TEST(SmtpMessage, NoLineEndStandsAloneSoThatNobodySeesAnotherEnd) {
    EXPECT_EQ(on_wire("a\n.\nMAIL FROM:<x>\n"), "a\r\n..\r\nMAIL FROM:<x>\r\n.\r\n");
    EXPECT_EQ(on_wire("a\r.\rb"), "a\r\n..\r\nb\r\n.\r\n");
    EXPECT_EQ(on_wire("a\r\n.\r"), "a\r\n..\r\n.\r\n");
    EXPECT_EQ(on_wire("a\n\r.\r\n"), "a\r\n\r\n..\r\n.\r\n");
}

TEST(SmtpMessage, WhatItNeeds) {
    EXPECT_FALSE(needs_of("A: b\r\n\r\nc\r\n").eight_bit);
    EXPECT_TRUE(needs_of("A: b\r\n\r\nc\xc3\xa9\r\n").eight_bit);
    EXPECT_FALSE(needs_of("A: b\r\n\r\nc\xc3\xa9\r\n").utf8_header);
    EXPECT_TRUE(needs_of("A: \xc3\xa9\r\n\r\nc\r\n").utf8_header);
    EXPECT_FALSE(needs_of("A: \xc3\xa9\r\n\r\nc\r\n").eight_bit);
    EXPECT_EQ(needs_of("A: b\r\n\r\nlonger\rx").longest_line, 6U);
    EXPECT_EQ(needs_of("").longest_line, 0U);
}

TEST(SmtpMessage, Paths) {
    for (const char* good : {"a@b", "ann@sender.example", "\"a@b\"@c.example", "\xc3\xa9@b.example"})
        EXPECT_TRUE(is_path(good)) << good;
    for (const char* bad : {"", "a", "@b", "a@", "a b@c", "a@b>", "<a@b", "a@b\r\nRCPT TO:<x@y>", "a\x7f@b", "a\tb@c"})
        EXPECT_FALSE(is_path(bad)) << bad;
    EXPECT_TRUE(is_path(std::string(252, 'x') + "@y"));
    EXPECT_FALSE(is_path(std::string(253, 'x') + "@y"));
}

} // namespace
} // namespace bonafide::io::smtp
