#include "mail/mbox.hpp"

#include <gtest/gtest.h>

namespace bonafide::mail {
namespace {

struct Member {
    std::uint64_t offset;
    std::string text;
    bool operator==(const Member&) const = default;
};

void PrintTo(const Member& member, std::ostream* out) {
    *out << member.offset << ' ' << testing::PrintToString(member.text);
}

std::vector<Member> split(std::string_view input, std::size_t chunk) {
    std::vector<Member> members;
    MboxSplitter splitter([&](std::uint64_t offset) { members.push_back({offset, {}}); },
                          [&](std::string_view text) { members.back().text += text; });
    for (std::size_t i = 0; i < input.size(); i += chunk) splitter.feed(input.substr(i, chunk));
    splitter.finish();
    return members;
}

struct Row {
    const char* what;
    std::string_view input;
    std::vector<Member> members;
};

const Row rows[] = {
    {"nothing", "", {}},
    {"one", "From a@x Sat Nov 21 10:00:00 2026\nA: 1\n\nx\n", {{0, "A: 1\n\nx\n"}}},
    {"two, LF",
     "From a@x Sat Nov 21 10:00:00 2026\nA: 1\n\nx\n\nFrom b@x Sat Nov 21 10:00:01 2026\nB: 2\n\ny\n\n",
     {{0, "A: 1\n\nx\n"}, {43, "B: 2\n\ny\n"}}},
    {"two, CRLF",
     "From a@x Sat Nov 21 10:00:00 2026\r\nA: 1\r\n\r\nx\r\n\r\nFrom b@x Sat Nov 21 10:00:01 2026\r\nB: "
     "2\r\n\r\ny\r\n\r\n",
     {{0, "A: 1\r\n\r\nx\r\n"}, {48, "B: 2\r\n\r\ny\r\n"}}},
    {"only one empty line belongs to the mbox",
     "From a\nA: 1\n\nx\n\n\n\nFrom b Sat Nov 21 10:00 2026\nB: 2\n\n\n",
     {{0, "A: 1\n\nx\n\n\n"}, {18, "B: 2\n\n"}}},
    {"no empty line before it",
     "From a\nA: 1\n\nx\nFrom b Sat Nov 21 10:00:00 2026\ny\n",
     {{0, "A: 1\n\nx\nFrom b Sat Nov 21 10:00:00 2026\ny\n"}}},
    {"no date in it", "From a\nA: 1\n\nFrom what I hear, it rains.\n", {{0, "A: 1\n\nFrom what I hear, it rains.\n"}}},
    {"without a body", "From a\nA: 1\n\nFrom b Sat Nov 21 10:00:00 2026\nB: 2\n", {{0, "A: 1\n"}, {13, "B: 2\n"}}},
    {"without anything",
     "From a\n\nFrom b Sat Nov 21 10:00:00 2026\n\nFrom c Sat Nov 21 10:00:00 2026",
     {{0, ""}, {8, ""}, {41, ""}}},
    {"quoted",
     "From a\nA: 1\n\n>From b\n>>From c\n> From d\n>From\n>>>x\n>\n",
     {{0, "A: 1\n\nFrom b\n>From c\n> From d\n>From\n>>>x\n>\n"}}},
    {"quoted after an empty line",
     "From a\n\n\n>From b Sat Nov 21 10:00:00 2026\n",
     {{0, "\n\nFrom b Sat Nov 21 10:00:00 2026\n"}}},
    {"cut at the end of the input", "From a\nA: 1\n\nx\n\nFrom b", {{0, "A: 1\n\nx\n\nFrom b"}}},
    {"CR and empty lines", "From a\n\r\n\r\r\n\r", {{0, "\r\n\r\r\n\r"}}},
    {"no mbox", "A: 1\n\nx\n\nFrom b Sat Nov 21 10:00:00 2026\nB: 2\n", {{0, "A: 1\n\nx\n"}, {9, "B: 2\n"}}},
    {"a field named From", "From : a@x\n\nx\n", {{0, "From : a@x\n\nx\n"}}},
    {"begins with an empty line", "\n\nx", {{0, "\n\nx"}}},
    {"Fro", "From a\n\nFro\nF\nFrom\n", {{0, "\nFro\nF\nFrom\n"}}},
};

TEST(MboxSplitter, FindsTheMessages) {
    for (const Row& row : rows)
        for (const std::size_t chunk : {1UL, 2UL, 3UL, 5UL, 7UL, 16UL, 1000UL})
            EXPECT_EQ(split(row.input, chunk), row.members) << row.what << ", in chunks of " << chunk;
}

TEST(MboxSplitter, LongLinesAreNotHeld) {
    const std::string tail = " Sat Nov 21 10:00:00 2026";
    const auto input = [&](std::size_t length) {
        return "From a\n\nx\n\nFrom " + std::string(length - 5 - tail.size(), 'b') + tail + "\n";
    };
    EXPECT_EQ(split(input(1024), 100).size(), 2U);
    const std::string longer = input(1025);
    EXPECT_EQ(split(longer, 100), (std::vector<Member>{{0, longer.substr(7)}}));
    const std::string quotes(100000, '>');
    EXPECT_EQ(split("From a\n" + quotes + "From b\n", 4096), (std::vector<Member>{{0, quotes.substr(1) + "From b\n"}}));
    EXPECT_EQ(split("From a\n" + quotes + "x", 4096), (std::vector<Member>{{0, quotes + "x"}}));
}

TEST(IsMboxSeparator, TheFormsInUse) {
    for (const char* line :
         {"From ann@x.example Sat Nov 21 10:00:00 2026", "From ann@x.example  Sat Nov  1 10:00 2026",
          "From - Sat Nov 21 10:00:00 2026", "From MAILER-DAEMON Sat Nov 21 10:00:00 2026 +0100",
          "From 1234567890@xxx Sat Nov 21 10:00:00 +0000 2026", "From ann at x.example  Sat Nov 21 10:00:00 2026",
          "From ann@x.example Sat, 21 Nov 2026 10:00:00 +0100", "From ann@x Sat Nov 21 10:00:00 CET 2026 remote from y",
          "From Sat Nov 21 10:00:00 2026"})
        EXPECT_TRUE(is_mbox_separator(line)) << line;
    for (const char* line :
         {"From", "From ", "From: ann@x Sat Nov 21 10:00:00 2026", "from a Sat Nov 21 10:00:00 2026",
          "From a Nov 21 10:00:00 2026", "From a Sat 21 10:00:00 2026", "From a Sat Nov 10:00:00 2026",
          "From a Sat Nov 21 2026", "From a Sat Nov 21 10:00:00", "From a Sat Nov 21 10 00 2026",
          ">From a Sat Nov 21 10:00:00 2026", "From Monday 3 to 5 we are away"})
        EXPECT_FALSE(is_mbox_separator(line)) << line;
}

} // namespace
} // namespace bonafide::mail
