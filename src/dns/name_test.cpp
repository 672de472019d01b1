#include "dns/name.hpp"

#include <gtest/gtest.h>
#include <string>

namespace bonafide::dns {
namespace {

TEST(DnsName, Normalize) {
    EXPECT_EQ(normalize("Example.ORG."), "example.org");
    EXPECT_EQ(normalize("."), "");
    EXPECT_EQ(normalize("a.."), "a.");
    EXPECT_EQ(normalize(""), "");
}

TEST(DnsName, Rfc1035Section234Lengths) {
    const std::string label(63, 'a');
    EXPECT_TRUE(is_valid(label + ".org"));
    EXPECT_FALSE(is_valid(label + "a.org"));
    const std::string longest = label + '.' + label + '.' + label + '.' + std::string(61, 'b'); // 253
    EXPECT_TRUE(is_valid(longest));
    EXPECT_TRUE(is_valid(longest + '.'));
    EXPECT_FALSE(is_valid(longest + 'b'));
}

TEST(DnsName, Valid) {
    for (const auto* name : {"a", "a.", "_dmarc.example.org", "-x-.org", "a b.org", "\xff.org", "*.org"})
        EXPECT_TRUE(is_valid(name)) << name;
    for (const auto* name : {"", ".", "..", ".a", "a..b", "a.."}) EXPECT_FALSE(is_valid(name)) << name;
}

TEST(DnsName, HostnameLike) {
    for (const auto* name :
         {"a", "example.org", "EXAMPLE.org.", "a-b.c_d", "_x.example.org", "1.2.3.4", "xn--bcher-kva.example"})
        EXPECT_TRUE(is_hostname_like(name)) << name;
    for (const auto* name : {"", "-a.org", "a-.org", "a.-b", "a.b-", "a b.org", "a..org", "a@b.org",
                             "b\xc3\xbc"
                             "cher.org",
                             "[1.2.3.4]", "-", "*.org"})
        EXPECT_FALSE(is_hostname_like(name)) << name;
}

TEST(DnsName, Labels) {
    EXPECT_EQ(label_count(""), 0U);
    EXPECT_EQ(label_count("org"), 1U);
    EXPECT_EQ(label_count("a.b.c"), 3U);
    EXPECT_EQ(last_labels("a.b.c", 0), "");
    EXPECT_EQ(last_labels("a.b.c", 1), "c");
    EXPECT_EQ(last_labels("a.b.c", 2), "b.c");
    EXPECT_EQ(last_labels("a.b.c", 3), "a.b.c");
    EXPECT_EQ(last_labels("a.b.c", 9), "a.b.c");
    EXPECT_EQ(last_labels("", 2), "");
    EXPECT_EQ(last_labels(".a", 2), ".a");
    EXPECT_EQ(parent("a.b.c"), "b.c");
    EXPECT_EQ(parent("c"), "");
    EXPECT_EQ(parent(""), "");
}

TEST(DnsName, EqualOrBelow) {
    EXPECT_TRUE(is_equal_or_below("Example.org", "example.ORG"));
    EXPECT_TRUE(is_equal_or_below("a.example.org", "example.org"));
    EXPECT_FALSE(is_equal_or_below("badexample.org", "example.org"));
    EXPECT_FALSE(is_equal_or_below("example.org", "a.example.org"));
    EXPECT_FALSE(is_equal_or_below("example.org", ""));
}

} // namespace
} // namespace bonafide::dns
