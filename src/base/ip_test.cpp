#include "base/ip.hpp"

#include <gtest/gtest.h>

namespace bonafide::ip {
namespace {

Address address(std::string_view text) {
    const auto parsed = Address::parse(text);
    EXPECT_TRUE(parsed.has_value()) << text;
    return parsed.value_or(Address());
}

bool contains(std::string_view prefix, std::string_view text) {
    const auto parsed = Prefix::parse(prefix);
    EXPECT_TRUE(parsed.has_value()) << prefix;
    return parsed && parsed->contains(Address::parse_unmapped(text).value());
}

TEST(IpAddress, ParsesAndPrintsRfc5952) {
    constexpr std::pair<std::string_view, std::string_view> cases[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"0.0.0.0", "0.0.0.0"},
        {"255.255.255.255", "255.255.255.255"},
        {"2001:DB8::1", "2001:db8::1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"2001:db8::192.0.2.33", "2001:db8::c000:221"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"::FFFF:c000:0201", "192.0.2.1"},
        {"0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    };
    for (const auto& [text, printed] : cases) EXPECT_EQ(address(text).text(), printed) << text;
}

TEST(IpAddress, RefusesWhatIsNoAddress) {
    for (const auto* text : {"",
                             " ",
                             "1",
                             "1.2.3",
                             "1.2.3.4.5",
                             "1.2.3.256",
                             "01.2.3.4",
                             "1.2.3.04",
                             "1.2.3.4 ",
                             " 1.2.3.4",
                             "1.2.3.-4",
                             "0x1.2.3.4",
                             "1.2..4",
                             "1.2.3.4.",
                             "::ffff:01.2.3.4",
                             "::ffff:1.2.3",
                             ":",
                             ":::",
                             "1:2:3:4:5:6:7",
                             "1:2:3:4:5:6:7:8:9",
                             "1::2::3",
                             "12345::",
                             "::g",
                             "fe80::1%eth0",
                             "fe80::1%",
                             "[::1]",
                             "::1/128",
                             "1:2:3:4:5:6:7::8:9",
                             "0000000000000000000000000000000000000000000000000000000000001.2.3.4"}) {
        EXPECT_FALSE(Address::parse(text).has_value()) << text;
        EXPECT_FALSE(Address::parse_unmapped(text).has_value()) << text;
    }
    EXPECT_FALSE(Address::parse(std::string_view("1.2.3.4\0", 8)).has_value());
}

TEST(IpAddress, MappedIsIpv4UnlessAskedOtherwise) {
    EXPECT_EQ(address("::ffff:192.0.2.1"), address("192.0.2.1"));
    EXPECT_EQ(address("::ffff:192.0.2.1").family(), Family::v4);
    EXPECT_FALSE(address("::fffe:192.0.2.1").is_v4());
    EXPECT_FALSE(address("::192.0.2.1").is_v4()); // compatible is not mapped
    EXPECT_FALSE(address("64:ff9b::192.0.2.1").is_v4());

    const auto kept = Address::parse_unmapped("::ffff:192.0.2.1").value();
    EXPECT_FALSE(kept.is_v4());
    EXPECT_EQ(kept.text(), "::ffff:192.0.2.1");
    EXPECT_EQ(Address::from_v6_unmapped(kept.bytes()), kept);
    EXPECT_EQ(Address::from_v6(kept.bytes()), address("192.0.2.1"));
    EXPECT_EQ(Address::from_v4({192, 0, 2, 1}), address("192.0.2.1"));
}

TEST(IpAddress, NamesForDnsAndMacros) {
    EXPECT_EQ(address("192.0.2.1").reverse_name(), "1.2.0.192.in-addr.arpa");
    EXPECT_EQ(address("192.0.2.1").dotted(), "192.0.2.1");
    // RFC 7208 7.4
    EXPECT_EQ(address("2001:db8::cb01").dotted(), "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.c.b.0.1");
    EXPECT_EQ(address("2001:db8::cb01").reverse_name(),
              "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

TEST(IpPrefix, Contains) {
    EXPECT_TRUE(contains("192.0.2.0/24", "192.0.2.255"));
    EXPECT_FALSE(contains("192.0.2.0/24", "192.0.3.0"));
    EXPECT_TRUE(contains("192.0.2.128/25", "192.0.2.128"));
    EXPECT_FALSE(contains("192.0.2.128/25", "192.0.2.127"));
    EXPECT_TRUE(contains("192.0.2.77/25", "192.0.2.1")); // host bits are ignored
    EXPECT_TRUE(contains("0.0.0.0/0", "255.1.2.3"));
    EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
    EXPECT_FALSE(contains("::/0", "192.0.2.1"));
    EXPECT_TRUE(contains("::/0", "::ffff:192.0.2.1")); // unmapped, it is an IPv6 address
    EXPECT_TRUE(contains("192.0.2.1", "192.0.2.1"));
    EXPECT_FALSE(contains("192.0.2.1/32", "192.0.2.0"));
    EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
    EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
    EXPECT_TRUE(contains("2001:db8::1", "2001:db8::1"));
    EXPECT_FALSE(contains("2001:db8::1/128", "2001:db8::2"));
}

TEST(IpPrefix, MappedPrefixIsIpv4) {
    EXPECT_EQ(Prefix::parse("::ffff:192.0.2.0/120"), Prefix::parse("192.0.2.0/24"));
    EXPECT_EQ(Prefix::parse("::ffff:192.0.2.1"), Prefix::parse("192.0.2.1/32"));
    EXPECT_EQ(Prefix::parse("::ffff:0:0/96"), Prefix::parse("0.0.0.0/0"));
}

TEST(IpPrefix, RefusesWhatIsNone) {
    for (const auto* text : {"", "/", "/8", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/024", "192.0.2.0/-1",
                             "192.0.2.0/+8", "192.0.2.0/8 ", "192.0.2.0 /8", "192.0.2.0/255.255.255.0", "192.0.2.0/8/8",
                             "::/129", "::/1280", "::ffff:192.0.2.0/95", "::ffff:192.0.2.0/24", "192.0.2/24"})
        EXPECT_FALSE(Prefix::parse(text).has_value()) << text;
    EXPECT_EQ(Prefix::parse("192.0.2.0/0")->length, 0U);
}

TEST(IpPrefix, LengthBeyondTheAddressIsTheWholeAddress) {
    EXPECT_TRUE((Prefix{address("192.0.2.1"), 200}.contains(address("192.0.2.1"))));
    EXPECT_FALSE((Prefix{address("2001:db8::1"), 200}.contains(address("2001:db8::2"))));
}

TEST(SpecialUse, NothingThatAStrangerCouldMeanByAPublicHost) {
    for (const std::string_view text : {"0.0.0.0",
                                        "0.255.255.255",
                                        "10.0.0.1",
                                        "100.64.0.1",
                                        "100.127.255.255",
                                        "127.0.0.1",
                                        "169.254.169.254",
                                        "172.16.0.1",
                                        "172.31.255.255",
                                        "192.0.0.1",
                                        "192.0.2.1",
                                        "192.168.1.1",
                                        "198.18.0.1",
                                        "198.19.255.255",
                                        "198.51.100.1",
                                        "203.0.113.1",
                                        "224.0.0.1",
                                        "239.1.1.1",
                                        "240.0.0.1",
                                        "255.255.255.255",
                                        "::",
                                        "::1",
                                        "::ffff:127.0.0.1",
                                        "::127.0.0.1",
                                        "fe80::1",
                                        "fc00::1",
                                        "fdff::1",
                                        "ff02::1",
                                        "2001:db8::1",
                                        "2001::1",
                                        "64:ff9b::10.0.0.1",
                                        "64:ff9b:1::1",
                                        "2002:7f00:1::1",
                                        "2002:a00:1::",
                                        "100::1",
                                        "3fff::1",
                                        "4000::1"}) {
        EXPECT_TRUE(is_special_use(*Address::parse_unmapped(text))) << text;
    }
    for (const std::string_view text :
         {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
          "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.0.3.1", "198.17.255.255", "198.20.0.0", "223.255.255.255",
          "2606:4700::1111", "2a00::1", "64:ff9b::1.1.1.1", "2002:101:101::1"}) {
        EXPECT_FALSE(is_special_use(*Address::parse_unmapped(text))) << text;
    }
}

} // namespace
} // namespace bonafide::ip
