#include "base/network_set.hpp"

#include <gtest/gtest.h>
#include <initializer_list>
#include <random>
#include <string_view>
#include <vector>

namespace bonafide::ip {
namespace {

NetworkSet set_of(std::initializer_list<std::string_view> networks) {
    NetworkSet set;
    for (const std::string_view network : networks) set.add(Prefix::parse(network).value());
    return set;
}

bool has(const NetworkSet& set, std::string_view address) { return set.contains(Address::parse(address).value()); }

TEST(NetworkSet, HasTheEdgesAndNothingBeside) {
    const NetworkSet set = set_of({"192.0.2.0/25", "192.0.2.192/26", "198.51.100.7", "2001:db8::/33"});
    for (const std::string_view inside : {"192.0.2.0", "192.0.2.127", "192.0.2.192", "192.0.2.255", "198.51.100.7",
                                          "2001:db8::", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"})
        EXPECT_TRUE(has(set, inside)) << inside;
    for (const std::string_view outside : {"192.0.1.255", "192.0.2.128", "192.0.2.191", "192.0.3.0", "198.51.100.6",
                                           "198.51.100.8", "2001:db7:ffff::", "2001:db8:8000::", "::", "0.0.0.0"})
        EXPECT_FALSE(has(set, outside)) << outside;
    EXPECT_FALSE(has(NetworkSet(), "192.0.2.1"));
}

TEST(NetworkSet, OneWithinAnotherIsNoneOfItsOwn) {
    for (const auto& networks : std::initializer_list<std::initializer_list<std::string_view>>{
             {"10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "10.0.0.0/8"},
             {"10.1.2.3", "10.1.0.0/16", "10.0.0.0", "10.255.255.255", "10.0.0.0/8"}}) {
        const NetworkSet set = set_of(networks);
        EXPECT_EQ(set.size(), 1U);
        EXPECT_TRUE(has(set, "10.0.0.0") && has(set, "10.200.0.1") && has(set, "10.255.255.255"));
        EXPECT_FALSE(has(set, "9.255.255.255") || has(set, "11.0.0.0"));
    }
    EXPECT_TRUE(has(set_of({"192.0.2.0", "192.0.2.3", "192.0.2.0/30"}), "192.0.2.2")) << "between two that it holds";
}

TEST(NetworkSet, FamiliesAreApart) {
    EXPECT_TRUE(has(set_of({"0.0.0.0/0"}), "255.255.255.255"));
    EXPECT_FALSE(has(set_of({"0.0.0.0/0"}), "::1"));
    EXPECT_TRUE(has(set_of({"::/0"}), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
    EXPECT_FALSE(has(set_of({"::/0"}), "192.0.2.1"));
    // RFC 4291 2.5.5.2: written as IPv6, meant as IPv4.
    EXPECT_TRUE(has(set_of({"::ffff:192.0.2.0/120"}), "192.0.2.9"));
    EXPECT_TRUE(has(set_of({"192.0.2.0/24"}), "::ffff:192.0.2.9"));
}

TEST(NetworkSet, HostBitsAreIgnored) { EXPECT_TRUE(has(set_of({"192.0.2.77/24"}), "192.0.2.1")); }

TEST(NetworkSet, SaysWhatLookingAtEachWouldSay) {
    std::mt19937 random(7);
    const auto some_address = [&] {
        return Address::from_v4({10, 0, static_cast<std::uint8_t>(random() % 4), static_cast<std::uint8_t>(random())});
    };
    for (int round = 0; round < 50; ++round) {
        std::vector<Prefix> networks;
        NetworkSet set;
        for (int i = 0; i < 20; ++i) {
            networks.push_back({some_address(), 22 + static_cast<unsigned>(random() % 11)});
            set.add(networks.back());
        }
        for (int i = 0; i < 500; ++i) {
            const Address one = some_address();
            EXPECT_EQ(set.contains(one), is_in(one, networks)) << one.text();
        }
    }
}

} // namespace
} // namespace bonafide::ip
