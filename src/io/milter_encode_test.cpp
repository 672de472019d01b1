#include "io/milter_encode.hpp"
#include "io/milter_script.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace bonafide::io::milter {
namespace {

using Kind = Modification::Kind;

std::string replied(std::string text) {
    std::string out;
    append_reply(out, Reply::smtp(std::move(text)));
    return script::packets(out).at(0);
}
/// Index in brackets, then the rest: "i[1]X-A| value|"; "refused".
std::string modified(Modification modification, Blank blank) {
    std::string out;
    if (!append_modification(out, modification, blank))
        return out.empty() ? "refused" : "refused, but something was written";
    std::string text = script::packets(out).at(0);
    if (text[0] == 'i' || text[0] == 'm') {
        const auto index = static_cast<unsigned char>(out[8]);
        text = text.substr(0, 1) + "[" + std::to_string(index) + "]" + text.substr(5);
    }
    return text;
}

TEST(MilterEncode, Replies) {
    EXPECT_EQ(replied("550 5.7.26 no"), "y550 5.7.26 no|");
    EXPECT_EQ(replied("451 4.7.1 100% later"), "y451 4.7.1 100%% later|");
    EXPECT_EQ(replied("550 5.7.26 one\ntwo\nthree"), "y550-5.7.26 one\r\n550-5.7.26 two\r\n550 5.7.26 three|");
    // Postfix refuses a reply without an enhanced code of its class.
    EXPECT_EQ(replied("550 no code"), "y550 5.0.0 no code|");
    EXPECT_EQ(replied("550"), "y550 5.0.0|");
    EXPECT_EQ(replied("550 5.7.1"), "y550 5.7.1|");
    EXPECT_EQ(replied("550 4.7.1 other class"), "y550 5.0.0 4.7.1 other class|");
    EXPECT_EQ(replied("550 5.7.1234 long"), "y550 5.0.0 5.7.1234 long|");
}

TEST(MilterEncode, InvalidRepliesBecomePlain) {
    for (const std::string& text :
         {std::string{"550x"}, std::string{"55"}, std::string{"5a0 x"}, std::string{"550 a\rb"},
          std::string{"550 caf\xc3\xa9"}, std::string("550 a\0b", 7), std::string{"550-5.7.1 x"}}) {
        EXPECT_FALSE(valid_reply(text)) << text;
        EXPECT_EQ(replied(text), "r") << text;
    }
    EXPECT_EQ(replied("45"), "t");
    EXPECT_EQ(replied("250 2.0.0 fine"), "t"); // a filter cannot say that; ask again rather than lose mail
    EXPECT_EQ(replied(""), "t");
}

TEST(MilterEncode, ReplyLimits) {
    const std::string line(protocol_limits.reply_line_bytes, 'x');
    EXPECT_TRUE(valid_reply("550 5.7.1 " + line));
    EXPECT_FALSE(valid_reply("550 5.7.1 " + line + "x"));
    EXPECT_FALSE(valid_reply("550 5.7.1 " + line.substr(1) + "%")); // doubled, it is one too long
    std::string lines = "550 5.7.1 a";
    for (std::size_t i = 1; i < protocol_limits.reply_lines; ++i) lines += "\na";
    EXPECT_TRUE(valid_reply(lines));
    EXPECT_FALSE(valid_reply(lines + "\na"));
}

TEST(MilterEncode, Modifications) {
    EXPECT_EQ(modified({Kind::insert, 0, "X-A", "v"}, Blank::by_us), "i[0]X-A| v|");
    EXPECT_EQ(modified({Kind::insert, 1, "X-A", " v"}, Blank::by_us), "i[1]X-A| v|");
    EXPECT_EQ(modified({Kind::insert, 1, "X-A", "v"}, Blank::by_mta), "i[1]X-A|v|");
    EXPECT_EQ(modified({Kind::insert, 1, "X-A", " v"}, Blank::by_mta), "i[1]X-A|v|");
    EXPECT_EQ(modified({Kind::append, 9, "X-A", "v"}, Blank::by_us), "hX-A| v|");
    EXPECT_EQ(modified({Kind::change, 2, "X-A", "v"}, Blank::by_mta), "m[2]X-A|v|");
    EXPECT_EQ(modified({Kind::change, 2, "X-A", ""}, Blank::by_mta), "m[2]X-A| |"); // empty would delete it
    EXPECT_EQ(modified({Kind::change, 2, "X-A", ""}, Blank::by_us), "m[2]X-A| |");
    EXPECT_EQ(modified({Kind::remove, 2, "X-A", "ignored"}, Blank::by_us), "m[2]X-A||");
    EXPECT_EQ(modified({Kind::quarantine, 0, "", "held\r\nfor %"}, Blank::by_us), "qheld??for %|");
    EXPECT_EQ(modified({Kind::quarantine, 0, "", ""}, Blank::by_us), "qheld|");
}

TEST(MilterEncode, FoldedValues) {
    EXPECT_EQ(modified({Kind::append, 0, "A", "one\r\n two\r\n\tthree"}, Blank::by_mta), "hA|one\n two\n\tthree|");
    EXPECT_EQ(modified({Kind::append, 0, "A", "one\n two\n"}, Blank::by_mta), "hA|one\n two|");
    // Nothing in a value starts a field of its own.
    EXPECT_EQ(modified({Kind::append, 0, "A", "one\r\nBcc: x"}, Blank::by_mta), "hA|one\n\tBcc: x|");
    EXPECT_EQ(modified({Kind::append, 0, "A", "one\n\nbody"}, Blank::by_mta), "hA|one\n\t\n\tbody|");
    EXPECT_EQ(modified({Kind::append, 0, "A", "one\rtwo"}, Blank::by_mta), "hA|one\n\ttwo|");
}

TEST(MilterEncode, RefusedModifications) {
    EXPECT_EQ(modified({Kind::append, 0, "", "v"}, Blank::by_us), "refused");
    EXPECT_EQ(modified({Kind::append, 0, "A:B", "v"}, Blank::by_us), "refused");
    EXPECT_EQ(modified({Kind::append, 0, "A B", "v"}, Blank::by_us), "refused");
    EXPECT_EQ(modified({Kind::append, 0, "A\nB", "v"}, Blank::by_us), "refused");
    EXPECT_EQ(modified({Kind::append, 0, "A", std::string("a\0b", 3)}, Blank::by_us), "refused");
    EXPECT_EQ(modified({Kind::change, 0, "A", "v"}, Blank::by_us), "refused");
    EXPECT_EQ(modified({Kind::insert, 0x7fffffff, "A", "v"}, Blank::by_us), "refused");
    // letter, name, NUL, blank, value, NUL
    EXPECT_NE(modified({Kind::append, 0, "A", std::string(protocol_limits.response_bytes - 5, 'v')}, Blank::by_us),
              "refused");
    EXPECT_EQ(modified({Kind::append, 0, "A", std::string(protocol_limits.response_bytes - 4, 'v')}, Blank::by_us),
              "refused");
}

} // namespace
} // namespace bonafide::io::milter
