#include "arc/test_sealer.hpp"
#include "arc/trust.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace bonafide::arc {
namespace {

authres::Field dmarc_pass(const std::string& id, const std::string& from) {
    return {id, "", {{"dmarc", "", "pass", "", "", {{"header", "from", from}}}}};
}

Hop hop(unsigned position, const std::string& domain) {
    return {position, {domain}, true, dmarc_pass("mx." + domain, "a.example")};
}

Sealer sealer(const std::string& domain) { return {domain, {}, {}, {}, "note of " + domain}; }

const Circumstances message{"a.example", {"bob@b.example"}, 1000};
const std::vector<Sealer> both{sealer("one.example"), sealer("two.example")};

TEST(Trust, RunReachesTheFirstHop) {
    const std::vector hops{hop(1, "one.example"), hop(2, "two.example")};
    const Trust trust = trusted_run(hops, both, message);
    EXPECT_EQ(trust.oldest, 1U);
    EXPECT_EQ(trust.domain, "one.example");
    EXPECT_EQ(trust.note, "note of one.example");
    EXPECT_EQ(trust.reason, "");
    ASSERT_TRUE(trust.results);
    EXPECT_EQ(trust.results->authserv_id, "mx.one.example");
}

TEST(Trust, UntrustedAboveTrusted) { // R11: it may have rewritten the message
    const std::vector hops{hop(1, "one.example"), hop(2, "evil.example")};
    const Trust trust = trusted_run(hops, both, message);
    EXPECT_EQ(trust.oldest, 0U);
    EXPECT_FALSE(trust.results);
    EXPECT_EQ(trust.reason, "hop 2: evil.example is no trusted sealer");
}

TEST(Trust, TrustedAboveUntrusted) {
    const std::vector hops{hop(1, "evil.example"), hop(2, "one.example"), hop(3, "two.example")};
    const Trust trust = trusted_run(hops, both, message);
    EXPECT_EQ(trust.oldest, 2U);
    EXPECT_EQ(trust.domain, "one.example");
    EXPECT_EQ(trust.reason, "hop 1: evil.example is no trusted sealer");
}

TEST(Trust, NoHops) {
    EXPECT_EQ(trusted_run({}, both, message).reason, "there is no chain that passes");
    EXPECT_EQ(trusted_run(std::vector{hop(1, "one.example")}, {}, message).oldest, 0U);
}

TEST(Trust, HopsAreOrderedAsNumbers) { // field: 9 sorted before 10 where they were strings
    std::vector<Hop> hops;
    for (unsigned i = 1; i <= 12; ++i) hops.push_back(hop(i, i < 10 ? "one.example" : "evil.example"));
    std::ranges::reverse(hops);
    EXPECT_EQ(trusted_run(hops, both, message).oldest, 0U);
    EXPECT_TRUE(trusted_run(hops, both, message).reason.starts_with("hop 12:"));
    for (Hop& each : hops) each.domains = {each.position >= 10 ? "one.example" : "evil.example"};
    EXPECT_EQ(trusted_run(hops, both, message).oldest, 10U);
}

TEST(Trust, EveryDomainThatSignedCounts) { // R11: sealer d= trusted but AMS d= different
    Hop mixed = hop(1, "one.example");
    mixed.domains.push_back("evil.example");
    EXPECT_EQ(trusted_run(std::vector{mixed}, both, message).oldest, 0U);
    mixed.domains.back() = "two.example";
    EXPECT_EQ(trusted_run(std::vector{mixed}, both, message).oldest, 1U);
    mixed.domains.clear();
    EXPECT_EQ(trusted_run(std::vector{mixed}, both, message).oldest, 0U);
}

TEST(Trust, HopsThatAreNotProvenOrMissing) {
    Hop forged = hop(1, "one.example");
    forged.verified = false;
    EXPECT_EQ(trusted_run(std::vector{forged}, both, message).reason, "hop 1: its signatures do not verify");
    const Trust gap = trusted_run(std::vector{hop(1, "one.example"), hop(3, "two.example")}, both, message);
    EXPECT_EQ(gap.oldest, 3U);
    EXPECT_EQ(gap.reason, "hop 1: the hop above it is missing");
}

TEST(Trust, RowsEnd) { // the first second at which the row no longer counts
    Sealer row = sealer("one.example");
    const std::vector hops{hop(1, "one.example")};
    row.expires = 1001;
    EXPECT_EQ(trusted_run(hops, std::vector{row}, message).oldest, 1U);
    row.expires = 1000;
    EXPECT_EQ(trusted_run(hops, std::vector{row}, message).reason, "hop 1: the trust in one.example has expired");
    EXPECT_EQ(trusted_run(hops, std::vector{row, sealer("one.example")}, message).oldest, 1U); // another row holds
}

TEST(Trust, Scopes) {
    struct Row {
        std::vector<std::string> author_domains;
        std::vector<std::string> recipients;
        bool trusted;
    };
    const std::vector<Row> rows{
        {{}, {}, true},
        {{"a.example"}, {}, true},
        {{"x.example", "A.Example."}, {}, true},
        {{"x.example"}, {}, false},
        {{"example"}, {}, false},
        {{".example"}, {}, true},
        {{".a.example"}, {}, false},
        {{""}, {}, false},
        {{}, {"b.example"}, true},
        {{}, {"bob@B.example"}, true},
        {{}, {"BOB@b.example"}, true},
        {{}, {"ann@b.example"}, false},
        {{}, {"x.example"}, false},
        {{}, {".example"}, true},
        {{"a.example"}, {"x.example"}, false},
        {{"x.example"}, {"b.example"}, false},
        {{"a.example"}, {"b.example"}, true},
    };
    const std::vector hops{hop(1, "one.example")};
    for (const Row& row : rows) {
        Sealer scoped = sealer("one.example");
        scoped.author_domains = row.author_domains;
        scoped.recipients = row.recipients;
        const Trust trust = trusted_run(hops, std::vector{scoped}, message);
        EXPECT_EQ(trust.oldest == 1, row.trusted) << trust.reason;
    }
    Sealer scoped = sealer("one.example");
    scoped.recipients = {"b.example"};
    EXPECT_EQ(trusted_run(hops, std::vector{scoped}, {"a.example", {"bob@b.example", "c@c.example"}, 0}).oldest, 0U);
    EXPECT_EQ(trusted_run(hops, std::vector{scoped}, {"a.example", {}, 0}).reason,
              "hop 1: one.example is not trusted for mail to these recipients");
    scoped = sealer("one.example");
    scoped.author_domains = {"a.example"};
    EXPECT_EQ(trusted_run(hops, std::vector{scoped}, {"", {}, 0}).oldest, 0U);
}

TEST(Trust, NamesCompareAsALabelsWithoutCase) { // X3
    const std::vector rows{sealer("B\xc3\x9c"
                                  "CHER.example.")};
    EXPECT_EQ(trusted_run(std::vector{hop(1, "xn--bcher-kva.example")}, rows, message).oldest, 1U);
    EXPECT_EQ(trusted_run(std::vector{hop(1, "XN--BCHER-KVA.Example")}, rows, message).oldest, 1U);
    EXPECT_EQ(trusted_run(std::vector{hop(1, "a.xn--bcher-kva.example")}, rows, message).oldest, 0U); // not below it
    EXPECT_EQ(trusted_run(std::vector{hop(1, "")}, std::vector{sealer("")}, message).oldest, 0U);
}

TEST(Trust, HopsOfAChain) {
    using namespace arc::testing;
    SetText mixed = sound(2, "other.example");
    mixed.message.replace(mixed.message.find("d=other"), 7, "d=lists");
    Message carried = add_set(chain(plain(), 1), mixed);
    std::vector<Hop> hops = hops_of(validate(carried));
    ASSERT_EQ(hops.size(), 2U);
    EXPECT_EQ(hops[0].domains, std::vector<std::string>{"lists.example"});
    EXPECT_EQ(hops[1].domains, (std::vector<std::string>{"other.example", "lists.example"}));
    EXPECT_TRUE(hops[0].verified && hops[1].verified);
    EXPECT_EQ(hops[0].results->authserv_id, "lists.example");
    carried.body += "x"; // RFC 8617 5.2: a failed chain counts as none
    EXPECT_TRUE(hops_of(validate(carried)).empty());
}

TEST(Trust, TheNewestSetMustCoverWhatIsShown) { // From, and all of the body: anybody may have written the rest since
    const auto verified = [](const testing::SetText& set, const std::string& appended = "") {
        testing::Message sealed = testing::add_set(testing::plain(), set);
        sealed.body += appended;
        return hops_of(testing::validate(sealed)).at(0).verified;
    };
    const testing::SetText sound = testing::sound(1);
    EXPECT_TRUE(verified(sound));
    EXPECT_FALSE(verified(testing::with(sound, &testing::SetText::message, "h=from:subject", "h=subject")));
    const auto partial = testing::with(sound, &testing::SetText::message, "t=1000", "t=1000; l=7");
    EXPECT_TRUE(verified(partial));
    EXPECT_FALSE(verified(partial, "More\r\n"));
}

TEST(Trust, VouchesForOneAuthorDomain) { // R11: AAR says dmarc=pass for another From domain
    EXPECT_TRUE(vouches_for(dmarc_pass("x", "a.example"), "a.example"));
    EXPECT_TRUE(vouches_for(dmarc_pass("x", "A.EXAMPLE"), "a.example."));
    EXPECT_TRUE(vouches_for(dmarc_pass("x", "ann@a.example"), "a.example"));
    EXPECT_TRUE(vouches_for(dmarc_pass("x", "xn--bcher-kva.example"), "b\xc3\xbc"
                                                                      "cher.example"));
    EXPECT_FALSE(vouches_for(dmarc_pass("x", "b.example"), "a.example"));
    EXPECT_FALSE(vouches_for(dmarc_pass("x", "sub.a.example"), "a.example"));
    EXPECT_FALSE(vouches_for(dmarc_pass("x", ""), ""));
    authres::Field field = dmarc_pass("x", "a.example");
    field.results[0].result = "fail";
    EXPECT_FALSE(vouches_for(field, "a.example"));
    field = {"x", "", {{"dmarc", "", "pass", "", "", {}}}}; // does not say for whom
    EXPECT_FALSE(vouches_for(field, "a.example"));
    field = {"x", "", {{"spf", "", "pass", "", "", {{"header", "from", "a.example"}}}}};
    EXPECT_FALSE(vouches_for(field, "a.example"));
    const authres::MethodResult pass = dmarc_pass("x", "a.example").results.front();
    authres::MethodResult fail = pass;
    fail.result = "fail";
    for (const auto& results : {std::vector{pass, fail}, std::vector{fail, pass}}) // no word contradicts it
        EXPECT_FALSE(vouches_for({"x", "", results}, "a.example"));
    EXPECT_TRUE(vouches_for({"x", "", {pass, pass}}, "a.example"));
    EXPECT_FALSE(vouches_for({"x", "", {pass, dmarc_pass("x", "b.example").results.front()}}, "a.example"));
}

} // namespace
} // namespace bonafide::arc
