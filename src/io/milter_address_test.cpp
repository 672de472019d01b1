// Which family an address of a milter listener means, and hosts that no listener can have.
#include "io/milter_address.hpp"

#include <gtest/gtest.h>

namespace bonafide::io::milter {
namespace {

using namespace std::string_view_literals;

std::string printed(std::string_view text) {
    const auto parsed = ListenAddress::parse(text);
    return parsed ? parsed->text() : parsed.error().text;
}

TEST(MilterAddress, AnAddressItselfDecidesTheFamily) {
    EXPECT_EQ(printed("inet:[::1]:8899"), "inet6:[::1]:8899"); // Postfix's inet: is both families
    EXPECT_EQ(printed("inet:8899@::1"), "inet6:[::1]:8899");
    EXPECT_EQ(printed("inet6:localhost:8899"), "inet6:[localhost]:8899");
    EXPECT_EQ(printed("inet6:127.0.0.1:8899"),
              "\"inet6:127.0.0.1:8899\" is no milter address: inet6: takes an IPv6 address");
}

TEST(MilterAddress, WhatLacksItsKindSaysWhich) {
    EXPECT_EQ(printed("localhost:8899"),
              "\"localhost:8899\" is no milter address: a host and port are written with inet: before them");
    EXPECT_EQ(printed("[::1]:8899"),
              "\"[::1]:8899\" is no milter address: a host and port are written with inet: before them");
    EXPECT_EQ(printed("/run/x.sock"),
              "\"/run/x.sock\" is no milter address: a socket's path is written with unix: before it");
    EXPECT_EQ(printed("8899"), "\"8899\" is no milter address: it starts with inet:, inet6: or unix:");
    EXPECT_EQ(printed("inet:8899"), "\"inet:8899\" is no milter address: name a host and a port up to 65535, for "
                                    "instance inet:127.0.0.1:8899 or inet6:[::1]:8899");
}

TEST(MilterAddress, AnIpv6AddressBeforeAColonNeedsBrackets) {
    for (const auto text :
         {"inet6:::1:8899"sv, "inet6:[::1]"sv, "inet6:[::1]8899"sv, "inet:[127.0.0.1]:1"sv, "inet:a:b:1"sv,
          "inet:@127.0.0.1"sv, "inet:1@"sv, "inet:x@127.0.0.1"sv, "inet:127.0.0.1:000025"sv, "inet:a\0b:1"sv})
        EXPECT_FALSE(ListenAddress::parse(text)) << text;
}

} // namespace
} // namespace bonafide::io::milter
