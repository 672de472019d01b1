#include "base/test_cost.hpp"
#include "policy/value_set.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string_view>

namespace bonafide::policy {
namespace {

constexpr unsigned many = 100'000;

ip::Address address(std::string_view text) { return ip::Address::parse(text).value(); }

TEST(ValueSet, AHundredThousandNetworksCostLittle) {
    const double before = testing::processor_seconds();
    ValueSet set;
    for (unsigned i = 0; i < many / 2; ++i) { // every other one, from behind as from the front
        const unsigned n = i % 2 == 0 ? i : many / 2 - i;
        ASSERT_TRUE(set.add(fmt::format("{}.{}.{}.0/25", 20 + (n >> 16), (n >> 8) & 255, n & 255)));
        ASSERT_TRUE(set.add(fmt::format("2001:db8:{:x}::/49", n)));
    }
    EXPECT_LT(testing::processor_seconds() - before, 2 * testing::slow_build);

    const double loaded = testing::processor_seconds();
    std::size_t found = 0;
    for (unsigned i = 0; i < many; ++i) {
        const auto n = static_cast<std::uint8_t>(i);
        found += set.has(ip::Address::from_v4({20, n, n, n})) ? 1 : 0; // the lower half of each /24
    }
    EXPECT_EQ(found, (many / 256) * 128 + 128);
    EXPECT_LT(testing::processor_seconds() - loaded, 0.5 * testing::slow_build);
    EXPECT_TRUE(set.has(address("2001:db8:c34f:7fff::1")));
    EXPECT_FALSE(set.has(address("2001:db8:c34f:8000::")));
}

TEST(ValueSet, HasAddressesAndTheTextsOfSuch) {
    ValueSet set;
    for (const std::string_view entry : {"192.0.2.0/24", "192.0.2.1", "2001:DB8::/32", "Contoso.com"})
        ASSERT_TRUE(set.add(entry)) << entry;
    EXPECT_TRUE(set.has(address("::ffff:192.0.2.200")));
    EXPECT_TRUE(set.has(Type::domain, "192.0.2.9"));
    EXPECT_TRUE(set.has(Type::text, "2001:0db8:0::9"));
    EXPECT_TRUE(set.has(Type::domain, "contoso.COM"));
    EXPECT_FALSE(set.has(Type::text, "192.0.3.1"));
    EXPECT_EQ(set.size(), 3U) << "192.0.2.1 lies in 192.0.2.0/24";
}

} // namespace
} // namespace bonafide::policy
