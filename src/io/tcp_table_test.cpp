#include "io/tcp_table.hpp"

#include <gtest/gtest.h>

namespace bonafide::io::tcp_table {
namespace {

std::string read(std::string_view bytes) {
    const auto cut_off = cut(bytes);
    if (!cut_off) return "! " + cut_off.error().text;
    if (cut_off->bytes == 0) return "...";
    return fmt::format("{} {}", cut_off->bytes, cut_off->request.key);
}

TEST(TcpTable, Requests) {
    EXPECT_EQ(read("get ann@example.org\n"), "20 ann@example.org");
    EXPECT_EQ(read("GET ann@example.org\r\nget x"), "21 ann@example.org");
    EXPECT_EQ(read("get %22ann%20lee%22@example.org\n"), "32 \"ann lee\"@example.org");
    EXPECT_EQ(read("get \n"), "5 ");
    EXPECT_EQ(read("get ann@exa"), "...");
    EXPECT_EQ(read(""), "...");
}

TEST(TcpTable, WhatIsNoRequest) {
    EXPECT_EQ(read("put a b\n"), "! only \"get KEY\" is answered");
    EXPECT_EQ(read("\n"), "! only \"get KEY\" is answered");
    EXPECT_EQ(read("27:srs_forward\n"), "! only \"get KEY\" is answered");
    for (const std::string_view key : {"%", "%2", "%2g", "a%"})
        EXPECT_EQ(read(fmt::format("get {}\n", key)), "! a percent sign without two hexadecimal digits");
}

TEST(TcpTable, LengthIsBounded) {
    const std::string fits = "get " + std::string(most_map_request_bytes - 5, 'x') + "\n";
    EXPECT_EQ(fits.size(), most_map_request_bytes);
    EXPECT_TRUE(read(fits).starts_with("8192 x"));
    EXPECT_EQ(read(fits.substr(0, most_map_request_bytes - 1)), "...");
    EXPECT_EQ(read("x" + fits), "! request too long");
}

TEST(TcpTable, Answers) {
    using Kind = MapAnswer::Kind;
    EXPECT_EQ(write(MapAnswer{Kind::found, "SRS0=a%b@example.org"}), "200 SRS0=a%25b@example.org\n");
    EXPECT_EQ(write(MapAnswer{Kind::found, "\"a b\"@\xc3\xa4\n"}), "200 \"a%20b\"@%C3%A4%0A\n");
    EXPECT_EQ(write(MapAnswer{Kind::not_found, "bad hash"}), "500 bad%20hash\n");
    EXPECT_EQ(write(MapAnswer{Kind::temporary, "later"}), "400 later\n");
    EXPECT_EQ(write(MapAnswer{Kind::permanent, "never"}), "400 never\n");
}

TEST(TcpTable, EveryByteComesThrough) {
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    EXPECT_EQ(decode(encode(all)), all);
    EXPECT_EQ(read("get " + encode(all) + "\n").substr(4), all);
}

} // namespace
} // namespace bonafide::io::tcp_table
