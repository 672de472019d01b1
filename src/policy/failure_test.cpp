#include "policy/failure.hpp"
#include "verdict/test_facts.hpp"

#include <gtest/gtest.h>

namespace bonafide::policy {
namespace {

using namespace verdict::testing_facts;

constexpr std::string_view here = "inet:127.0.0.1:8899";

TEST(FailurePolicy, TheNearestWordCounts) {
    FailurePolicy policy;
    EXPECT_EQ(policy.of("dns", here), OnFailure::accept);
    EXPECT_EQ(FailurePolicy(OnFailure::tempfail).of("dns", here), OnFailure::tempfail);
    policy.set("dns", OnFailure::tempfail);
    EXPECT_EQ(policy.of("dns", here), OnFailure::tempfail);
    EXPECT_EQ(policy.of("store", here), OnFailure::accept);
    ASSERT_TRUE(policy.add("inet:127.0.0.1:8899 * accept"));
    EXPECT_EQ(policy.of("dns", here), OnFailure::accept) << "the listener goes before the class";
    EXPECT_EQ(policy.of("dns", "unix:/other"), OnFailure::tempfail);
    ASSERT_TRUE(policy.add("inet:127.0.0.1:8899   dns tempfail"));
    EXPECT_EQ(policy.of("dns", here), OnFailure::tempfail) << "both together go before the listener";
    EXPECT_EQ(policy.of("store", here), OnFailure::accept);
    ASSERT_TRUE(policy.add("inet:127.0.0.1:8899 dns accept"));
    EXPECT_EQ(policy.of("dns", here), OnFailure::accept) << "of two alike the last";
    EXPECT_EQ(policy.of("dns", ""), OnFailure::tempfail) << "no listener: a file";
}

TEST(FailurePolicy, EntriesThatCannotStand) {
    const auto why = [](std::string_view entry) {
        const auto added = FailurePolicy().add(entry);
        return added ? std::string() : added.error().text;
    };
    EXPECT_EQ(why("inet:127.0.0.1:8899 dns"), "want LISTENER CLASS accept|tempfail");
    EXPECT_EQ(why(""), "want LISTENER CLASS accept|tempfail");
    EXPECT_EQ(why("a dns tempfail now"), "want LISTENER CLASS accept|tempfail");
    EXPECT_EQ(why("a limit tempfail"),
              "\"limit\" is no class of failure; there are internal, dns, temperror, store, overload and *");
    EXPECT_EQ(why("a \x1b defer").substr(0, 12), "\"\\x1b\" is no") << "escaped";
    EXPECT_EQ(why("a dns defer"), "\"defer\" is neither accept nor tempfail");
}

TEST(FailurePolicy, DefersByWhatFailed) {
    const FailurePolicy all(OnFailure::tempfail);
    const auto deferring = [&](auto change) {
        verdict::Facts facts = inbound("contoso.com");
        change(facts);
        return std::string(all.deferring(facts, here, true));
    };
    using verdict::Facts;
    EXPECT_EQ(deferring([](Facts&) {}), "");
    EXPECT_EQ(deferring([](Facts& f) { f.unchecked = {"limit"}; }), "") << "every try would end the same way";
    for (const char* what : {"internal", "dns", "store", "overload"})
        EXPECT_EQ(deferring([&](Facts& f) { f.unchecked = {"limit", what}; }), what);
    EXPECT_EQ(deferring([](Facts& f) { f.spf = {spf_outcome(spf::Result::temperror, "contoso.com"), {}}; }),
              "temperror");
    EXPECT_EQ(deferring([](Facts& f) { f.dmarc = {evaluation(dmarc::Result::temperror, "contoso.com"), {}}; }),
              "temperror");
    EXPECT_EQ(deferring([](Facts& f) { f.spf = {spf_outcome(spf::Result::permerror, "contoso.com"), {}}; }), "");
    verdict::Facts facts = inbound("contoso.com");
    facts.unchecked = {"dns"};
    FailurePolicy temperrors;
    temperrors.set("temperror", OnFailure::tempfail);
    EXPECT_EQ(temperrors.deferring(facts, here, true), "");
    facts = inbound("contoso.com");
    facts.spf = {spf_outcome(spf::Result::temperror, "contoso.com"), {}};
    EXPECT_EQ(temperrors.deferring(facts, here, true), "temperror");
    EXPECT_EQ(temperrors.deferring(facts, here, false), "") << "never in monitor mode";
}

} // namespace
} // namespace bonafide::policy
