// Addresses with a port, and everything that only looks like one.
#include "base/endpoint.hpp"

#include <gtest/gtest.h>

namespace bonafide::ip {
namespace {

using namespace std::string_view_literals;

std::string endpoint(std::string_view text) {
    const auto parsed = Endpoint::parse(text);
    return parsed ? parsed->text() : "none";
}

std::string host_port(std::string_view text) {
    const auto parsed = HostPort::parse(text);
    return parsed ? std::string(parsed->host) + " " + std::to_string(parsed->port) : "none";
}

std::string dns_server(std::string_view text) {
    const auto parsed = Endpoint::parse_dns_server(text);
    return parsed ? parsed->text() : "none";
}

TEST(Port, IsOneToFiveDigitsUpTo65535) {
    EXPECT_EQ(parse_port("0"), 0);
    EXPECT_EQ(parse_port("00025"), 25);
    EXPECT_EQ(parse_port("65535"), 65535);
    for (const auto text : {"65536"sv, "000025"sv, ""sv, " 1"sv, "1 "sv, "+1"sv, "-1"sv, "0x19"sv, "1.0"sv, "25\0"sv,
                            "99999"sv, "18446744073709551617"sv, "\xd9\xa1"sv})
        EXPECT_EQ(parse_port(text), std::nullopt) << text;
}

TEST(HostPort, CutsAtTheLastColonAndKnowsBrackets) {
    EXPECT_EQ(host_port("localhost:25"), "localhost 25");
    EXPECT_EQ(host_port("127.0.0.1:0"), "127.0.0.1 0");
    EXPECT_EQ(host_port("[::1]:25"), "::1 25");
    EXPECT_EQ(host_port("mx.example.com:8899"), "mx.example.com 8899");
    for (const auto text :
         {""sv,          ":"sv,           ":25"sv,        "localhost"sv,      "localhost:"sv,     "localhost:x"sv,
          "::1:25"sv,    "2001:db8::1"sv, "[]:25"sv,      "[::1]"sv,          "[::1]25"sv,        "[::1]:"sv,
          "[::1:25"sv,   "::1]:25"sv,     "[[::1]]:25"sv, "[127.0.0.1]:25"sv, "[localhost]:25"sv, "[::1%lo]:25"sv,
          "[::1] :25"sv, "a:b:25"sv,      "[:25"sv,       "]:25"sv,           "localhost:25:25"sv})
        EXPECT_EQ(host_port(text), "none") << text;
}

TEST(Endpoint, IsAnAddressAndAPort) {
    EXPECT_EQ(endpoint("192.0.2.1:25"), "192.0.2.1:25");
    EXPECT_EQ(endpoint("[2001:DB8:0::1]:25"), "[2001:db8::1]:25");
    EXPECT_EQ(endpoint("[::]:0"), "[::]:0");
    EXPECT_EQ(endpoint("[::ffff:192.0.2.1]:25"), "[::ffff:192.0.2.1]:25"); // a socket of the other family
    for (const auto text : {"localhost:25"sv, "192.0.2.1"sv, "192.0.2:25"sv, "192.0.2.01:25"sv, "192.0.2.1 :25"sv,
                            "192.0.2.1:25 "sv, "2001:db8::1:25"sv, "192.0.2.0/24:25"sv, "192.0.2.1\0:25"sv})
        EXPECT_EQ(endpoint(text), "none") << text;
}

TEST(Endpoint, OfADnsServerHasPort53OrOneBehindTheAtSign) {
    EXPECT_EQ(dns_server("192.0.2.53"), "192.0.2.53:53");
    EXPECT_EQ(dns_server("192.0.2.53@5353"), "192.0.2.53:5353");
    EXPECT_EQ(dns_server("2001:db8::53@1"), "[2001:db8::53]:1");
    EXPECT_EQ(dns_server("2001:db8::53"), "[2001:db8::53]:53");
    for (const auto text : {""sv, "@"sv, "@53"sv, "192.0.2.53@"sv, "192.0.2.53@0"sv, "192.0.2.53@65536"sv,
                            "192.0.2.53@53@53"sv, "192.0.2.53:53"sv, "[2001:db8::53]"sv, "[2001:db8::53]@53"sv,
                            "fe80::1%eth0"sv, "dns.example.com"sv, "192.0.2.53 "sv})
        EXPECT_EQ(dns_server(text), "none") << text;
}

TEST(Address, LoopbackAndWildcard) {
    for (const auto text : {"127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"})
        EXPECT_TRUE(is_loopback(Address::parse_unmapped(text).value())) << text;
    for (const auto text : {"126.255.255.255", "128.0.0.0", "0.0.0.0", "::", "::2", "7f00::1", "::ffff:192.0.2.1"})
        EXPECT_FALSE(is_loopback(Address::parse_unmapped(text).value())) << text;
    for (const auto text : {"0.0.0.0", "::"}) EXPECT_TRUE(is_wildcard(Address::parse_unmapped(text).value())) << text;
    for (const auto text : {"0.0.0.1", "::1", "::ffff:0.0.0.0"})
        EXPECT_FALSE(is_wildcard(Address::parse_unmapped(text).value())) << text;
}

} // namespace
} // namespace bonafide::ip
