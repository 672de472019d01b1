#include "base/limits.hpp"

#include <gtest/gtest.h>
#include <set>

namespace bonafide {
namespace {

// The struct holds nothing but 32-bit bounds, so the n-th row must point at the n-th member: no member without a row.
TEST(Limits, EveryMemberHasItsRowInOrder) {
    ASSERT_EQ(limit_rows().size() * sizeof(std::uint32_t), sizeof(Limits));
    const Limits limits;
    const auto* first = reinterpret_cast<const char*>(&limits);
    std::size_t offset = 0;
    for (const LimitRow& row : limit_rows()) {
        EXPECT_EQ(reinterpret_cast<const char*>(&(limits.*row.value)) - first, static_cast<std::ptrdiff_t>(offset))
            << row.name;
        offset += sizeof(std::uint32_t);
    }
}

TEST(Limits, RowsAreComplete) {
    std::set<std::string_view> names;
    const Limits limits;
    for (const LimitRow& row : limit_rows()) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_FALSE(row.origin.empty()) << row.name;
        EXPECT_FALSE(row.outcome.empty()) << row.name;
        EXPECT_GT(limits.*row.value, 0U) << row.name;
    }
}

TEST(Limits, NumbersOfTheStandards) {
    const Limits limits;
    EXPECT_EQ(limits.spf_lookups, 10U);           // RFC 7208 4.6.4
    EXPECT_EQ(limits.spf_void_lookups, 2U);       // RFC 7208 4.6.4
    EXPECT_EQ(limits.spf_mx_names, 10U);          // RFC 7208 4.6.4
    EXPECT_EQ(limits.spf_ptr_names, 10U);         // RFC 7208 4.6.4
    EXPECT_EQ(limits.dkim_rsa_bits_least, 1024U); // RFC 8301 3.2
    EXPECT_EQ(limits.dmarc_queries, 8U);          // RFC 9989 4.10
}

} // namespace
} // namespace bonafide
