#include "spf/lets_anybody.hpp"

#include <gtest/gtest.h>

namespace bonafide::spf {
namespace {

Outcome pass(std::string mechanism, std::string term = {}) {
    Outcome outcome;
    outcome.result = Result::pass;
    outcome.mechanism = std::move(mechanism);
    outcome.cause.term = std::move(term);
    return outcome;
}

TEST(LetsAnybody, InEverySpelling) {
    for (const char* term : {"all", "+all", "ALL", "+All", "ip4:0.0.0.0/0", "ip4:128.0.0.0/1", "IP4:1.0.0.0/7",
                             "ip6:::/0", "ip6:2000::/3", "a/0", "mx:x.example/0", "a//0", "a/24//3"})
        EXPECT_TRUE(lets_anybody(pass(term))) << term;
    for (const char* term : {"ip4:10.0.0.0/8", "ip4:192.0.2.1", "ip6:2001:db8::/32", "ip6:2001::/16", "a", "a/24",
                             "a//64", "include:all.example", "exists:%{i}.x.example", "a:x.example/x"})
        EXPECT_FALSE(lets_anybody(pass(term))) << term;
    Outcome fail = pass("-all", "-all");
    fail.result = Result::fail;
    EXPECT_FALSE(lets_anybody(fail));
}

TEST(LetsAnybody, WhereverTheRecordLeads) {
    EXPECT_TRUE(lets_anybody(pass("include:low.example", "+ALL")));
    EXPECT_TRUE(lets_anybody(pass("redirect=low.example", "all")));
    EXPECT_FALSE(lets_anybody(pass("include:low.example", "ip4:192.0.2.0/24")));
}

} // namespace
} // namespace bonafide::spf
