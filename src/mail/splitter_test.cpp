#include "mail/splitter.hpp"

#include <gtest/gtest.h>

namespace bonafide::mail {
namespace {

struct Split {
    std::vector<std::string> fields;
    std::string body;
    bool oversized = false;
    int headers = 0;
    std::size_t body_chunks = 0;
};

Split split(std::string_view message, std::size_t chunk, const Limits& limits = {}) {
    Split result;
    Splitter splitter(
        [&](HeaderBlock header) {
            EXPECT_TRUE(result.body.empty());
            for (std::size_t i = 0; i < header.size(); ++i) result.fields.emplace_back(header[i].raw);
            result.oversized = header.oversized();
            ++result.headers;
        },
        [&](std::string_view body) {
            result.body += body;
            ++result.body_chunks;
        },
        limits);
    for (std::size_t i = 0; i < message.size(); i += chunk) splitter.feed(message.substr(i, chunk));
    splitter.finish();
    EXPECT_EQ(result.headers, 1);
    return result;
}

struct Row {
    const char* what;
    std::string_view message;
    std::vector<std::string> fields;
    std::string_view body;
};

const Row rows[] = {
    {"plain", "A: 1\r\nB: 2\r\n\r\nbody\r\n", {"A: 1", "B: 2"}, "body\r\n"},
    {"bare LF", "A: 1\n 2\n\nx\ny\n", {"A: 1\r\n 2"}, "x\r\ny\r\n"},
    {"mixed line ends", "A: 1\nB: 2\r\n\nx\r\ny\nz", {"A: 1", "B: 2"}, "x\r\ny\r\nz"},
    {"no body", "A: 1\r\n\r\n", {"A: 1"}, ""},
    {"no empty line", "A: 1\r\nB: 2", {"A: 1", "B: 2"}, ""},
    {"nothing", "", {}, ""},
    {"empty header", "\r\nx", {}, "x"},
    {"bare CR is content", "A: 1\r2\r\n\r\nx\ry\r\r\nz\r", {"A: 1\r2"}, "x\ry\r\r\nz\r"},
    {"body of line feeds", "A: 1\n\n\n\n", {"A: 1"}, "\r\n\r\n"},
    {"text ends the header", "A: 1\r\nno field\r\nB: 2\r\n\r\nx", {"A: 1"}, "no field\r\nB: 2\r\n\r\nx"},
    {"text at the very end", "A: 1\r\nno field", {"A: 1"}, "no field"},
    {"blank line is a folding", "A: 1\r\n \r\n\t2\r\n\r\nx", {"A: 1\r\n \r\n\t2"}, "x"},
    {"folding without a field", " x\r\nA: 1\r\n\r\n", {}, " x\r\nA: 1\r\n\r\n"},
    {"CR before the empty line's CRLF", "A: 1\r\n\r\r\nx", {"A: 1"}, "\r\r\nx"},
    {"mbox line", "From joe@x.example Sat Nov 21\nA: 1\n\nx", {"A: 1"}, "x"},
    {"quoted mbox line", ">>From joe Sat Nov 21\r\nA: 1\r\n\r\n", {"A: 1"}, ""},
    {"mbox line further down is text", "A: 1\r\nFrom joe Sat\r\nB: 2\r\n", {"A: 1"}, "From joe Sat\r\nB: 2\r\n"},
    {"From with white space before its colon", "From : joe@x.example\r\n\r\n", {"From : joe@x.example"}, ""},
    {"8-bit name is text", "\xc3\xa4: 1\r\n", {}, "\xc3\xa4: 1\r\n"},
};

TEST(Splitter, SameInChunksOfAnySize) {
    for (const Row& row : rows) {
        for (const std::size_t chunk : {1u, 2u, 3u, 7u, 4096u}) {
            const Split result = split(row.message, chunk);
            EXPECT_EQ(result.fields, row.fields) << row.what << " in chunks of " << chunk;
            EXPECT_EQ(result.body, row.body) << row.what << " in chunks of " << chunk;
            EXPECT_FALSE(result.oversized);
        }
    }
}

TEST(Splitter, CleanBodyChunksAreNotCopied) {
    const std::string chunk = "one\r\ntwo\r\nthree\r";
    const void* seen = nullptr;
    Splitter splitter([](HeaderBlock) {}, [&](std::string_view body) { seen = body.data(); });
    splitter.feed("\r\n");
    splitter.feed(chunk);
    EXPECT_EQ(seen, chunk.data());
    const std::string next = "\nfour\r\n"; // its LF belongs to the CR before
    splitter.feed(next);
    EXPECT_EQ(seen, next.data());
}

TEST(Splitter, LongHeaderLinesAreBoundedInAnyChunks) {
    Limits limits;
    limits.header_bytes = 20;
    const auto check = [&](const std::string& message, std::vector<std::string> fields, const std::string& body,
                           bool oversized) {
        for (const std::size_t chunk : {1u, 3u, 64u, 100'000u}) {
            const Split result = split(message, chunk, limits);
            EXPECT_EQ(result.fields, fields) << message << " in chunks of " << chunk;
            EXPECT_EQ(result.body, body) << message << " in chunks of " << chunk;
            EXPECT_EQ(result.oversized, oversized) << message << " in chunks of " << chunk;
        }
    };
    const std::string sixteen(16, 'x');
    check("A:" + sixteen + "\r\n\r\nb", {"A:" + sixteen}, "b", false);
    check("A:" + sixteen + "x\r\n\r\nb", {}, "b", true);
    check("A:" + sixteen + sixteen + "\r\nB: 1\r\n\r\nb", {}, "b", true);
    check("A: 1\r\n " + sixteen + "\r\n\r\nb", {}, "b", true);
    check("A: 1\r\n " + sixteen + sixteen + "\r\n " + sixteen + "\r\nB: 1\r\n\r\nb", {}, "b", true);
    check("A: 1\r\n" + sixteen + sixteen + " text\r\nb", {"A: 1"}, sixteen + sixteen + " text\r\nb", false);
    check("A: 1\r\n" + sixteen + sixteen + ": too long a name\r\nb", {"A: 1"},
          sixteen + sixteen + ": too long a name\r\nb", false);
    check("From " + sixteen + sixteen + "\nA: 1\n\nb", {"A: 1"}, "b", false);
}

TEST(Splitter, HostileSizesStayCheap) {
    const std::string huge_line = "A: " + std::string(8u << 20, 'x');
    EXPECT_TRUE(split(huge_line, 1000).oversized);
    const std::string huge_name(3u << 20, 'n');
    EXPECT_EQ(split(huge_name + ": x\r\n", 100).body.size(), huge_name.size() + 5);
    std::string many;
    for (int i = 0; i < 100'000; ++i) many += "A: 1\n";
    const Split result = split(many + "\nbody", 65536);
    EXPECT_TRUE(result.oversized);
    EXPECT_EQ(result.fields.size(), Limits{}.header_fields);
    EXPECT_EQ(result.body, "body");
}

} // namespace
} // namespace bonafide::mail
