#include "verdict/spoof_pairs.hpp"

#include <gtest/gtest.h>

namespace bonafide::verdict {
namespace {

TEST(SpoofPairs, Forms) {
    const auto parsed = [](std::string_view text) {
        const auto pair = SpoofPair::parse(text, SpoofPair::Action::allow);
        return pair ? pair->author + "|" + pair->infrastructure : "error: " + pair.error().text;
    };
    EXPECT_EQ(parsed("contoso.com, 192.168.100.100/24"), "contoso.com|192.168.100.0/24");
    EXPECT_EQ(parsed(" Chris@Contoso.COM ,fabrikam.com "), "Chris@contoso.com|fabrikam.com");
    EXPECT_EQ(parsed("*, contoso.net"), "*|contoso.net");
    EXPECT_EQ(parsed("contoso.com, *"), "contoso.com|*");
    EXPECT_EQ(parsed("b\u00fccher.example, 2001:db8::1/64"), "xn--bcher-kva.example|2001:db8::/64");
    for (const char* wrong :
         {"*, *", "contoso.com", "contoso.com, 192.0.2.1", "contoso.com, 192.0.2.0/16", "@contoso.com, *", "a b, *",
          "contoso.com, ", ", contoso.com", "contoso.com, 2001:db8::/48"})
        EXPECT_TRUE(parsed(wrong).starts_with("error: ")) << wrong << ": " << parsed(wrong);
}

} // namespace
} // namespace bonafide::verdict
