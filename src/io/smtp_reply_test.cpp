#include "io/smtp_reply.hpp"

#include <gtest/gtest.h>

namespace bonafide::io::smtp {
namespace {

std::string read(std::string bytes) {
    const auto reply = take_reply(bytes);
    if (!reply) return "error: " + reply.error().text;
    if (!*reply) return "more";
    return (*reply)->text() + " | " + bytes;
}

TEST(SmtpReply, OneLineOrSeveral) {
    EXPECT_EQ(read("250 ok\r\n"), "250 ok | ");
    EXPECT_EQ(read("250\r\n"), "250  | ");
    EXPECT_EQ(read("250-mx\r\n250-SIZE 10\r\n250 8BITMIME\r\n220 x"), "250 mx; SIZE 10; 8BITMIME | 220 x");
    EXPECT_EQ(read("250-\r\n250\r\n"), "250 ;  | ");
    EXPECT_EQ(read("421 bye\n"), "421 bye | ") << "a line that ends in LF alone";
}

TEST(SmtpReply, WhatIsNotThereYetStays) {
    for (const std::string text : {"", "2", "250", "250 ok\r", "250-mx\r\n", "250-mx\r\n250 x"}) {
        std::string bytes = text;
        const auto reply = take_reply(bytes);
        ASSERT_TRUE(reply) << text;
        EXPECT_FALSE(*reply) << text;
        EXPECT_EQ(bytes, text);
    }
}

TEST(SmtpReply, WhatIsNoReply) {
    for (const std::string text : {"hello\r\n", "\r\n", "25 ok\r\n", "2500 ok\r\n", "150 x\r\n", "650 x\r\n",
                                   "250_x\r\n", "250-a\r\nb\r\n", "SSH-2.0-x\r\n"})
        EXPECT_TRUE(read(text).starts_with("error: the server said \"")) << text;
    EXPECT_EQ(read("250-a\r\n550 b\r\n"), "error: the server gave 250 and 550 in one reply");
    EXPECT_EQ(read("\x1b[2J\n"), "error: the server said \"\\x1b[2J\", which is no reply");
}

TEST(SmtpReply, AStrangersWordsAreEscapedAndCut) {
    EXPECT_EQ(read(std::string("550 a\0b\xff\x1b\r\n", 11)), "550 a\\x00b\\xff\\x1b | ");
    EXPECT_LT(read("550 " + std::string(1000, 'x') + "\r\n").size(), 320U);
}

TEST(SmtpReply, ALineAtTheLimitAndOnePast) {
    const auto line = [](std::size_t bytes) { return "250 " + std::string(bytes - 6, 'x') + "\r\n"; };
    EXPECT_TRUE(read(line(most_reply_line_bytes)).starts_with("250 x"));
    EXPECT_EQ(read(line(most_reply_line_bytes + 1)), "error: a line of the server's reply is too long");
    EXPECT_EQ(read("250 " + std::string(most_reply_line_bytes, 'x')), "error: a line of the server's reply is too long")
        << "nobody waits for its end";
}

TEST(SmtpReply, AReplyAtTheLimitAndOnePast) {
    const auto lines = [](std::size_t bytes) {
        std::string text;
        while (text.size() + 2048 <= bytes - 16) text += "250-" + std::string(1024 - 6, 'x') + "\r\n";
        while (text.size() + 8 <= bytes - 16) text += "250-xx\r\n";
        const std::size_t rest = bytes - text.size();
        return text + "250 " + std::string(rest - 6, 'x') + "\r\n";
    };
    ASSERT_EQ(lines(most_reply_bytes).size(), most_reply_bytes);
    EXPECT_TRUE(read(lines(most_reply_bytes)).starts_with("250 x"));
    EXPECT_EQ(read(lines(most_reply_bytes + 1)), "error: the server's reply is too long");
}

} // namespace
} // namespace bonafide::io::smtp
