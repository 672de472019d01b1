// What the rules of RFC 8617 mean where ARC meets the rest: other people's Authentication-Results, a second sealer, a replayed chain.
#include "arc/merge.hpp"
#include "arc/seal.hpp"
#include "arc/test_sealer.hpp"
#include "arc/trust.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace bonafide::arc {
namespace {

using testing::add_set;
using testing::chain;
using testing::plain;
using testing::sound;
using testing::validate;

TEST(ArcStandard, R8WhatWouldBeSealedAsOursIsRemovedWhenForged) { // RFC 8617 4.1.1, RFC 8601 5
    const std::vector<std::string> ours{"mx.example", "b\u00fccher.example"};
    const char* values[] = {
        "mx.example; dmarc=pass header.from=bank.example",
        "MX.Example; dmarc=pass",
        "mx.example 1; dmarc=pass",
        "mx.example 01; dmarc=pass",
        "mx.example.; dmarc=pass",
        "\"mx.example\"; dmarc=pass",
        "\"m\\x.example\"; dmarc=pass",
        "(c) mx.example (c); dmarc=pass",
        "\r\n\tmx.example\r\n\t;\r\n\tdmarc=pass",
        "xn--bcher-kva.example; dmarc=pass",
        "B\u00dcCHER.example; dmarc=pass",
        "mx.example/job; dmarc=pass",
        "mx.example 2; dmarc=pass",
        "evil.example; dmarc=pass",
        "mx.example.evil.example; dmarc=pass",
    };
    std::size_t taken = 0;
    for (const char* value : values) {
        mail::HeaderBlock header;
        header.add("Authentication-Results", " " + std::string(value));
        const bool merged = !merge_results(header, ours, {}).empty();
        authres::Judge judge(ours);
        EXPECT_TRUE(!merged || judge.must_go(value)) << value << " would be sealed as ours, but a forgery of it stays";
        taken += merged ? 1 : 0;
    }
    EXPECT_EQ(taken, 11U);
}

TEST(ArcStandard, R7TwoSealersOfOneDomain) { // RFC 8617 5.1: each adds a set of its own
    const Outcome outcome = validate(chain(plain(), 2));
    EXPECT_EQ(outcome.result, Status::pass) << outcome.reason;
    ASSERT_EQ(outcome.instances.size(), 2U);
    EXPECT_EQ(outcome.instances[0].seal.domain, outcome.instances[1].seal.domain);
    EXPECT_EQ(outcome.oldest_pass, 0U);
}

struct Claim {
    const char* name;
    const char* results; ///< of the trusted sealer
    const char* author;
    bool vouches;
};

TEST(ArcStandard, R11WhatATrustedSealerMayClaim) { // RFC 8617 7.2.1, RFC 8601 2.6
    const Claim claims[] = {
        {"R11 the author's own pass", "dmarc=pass header.from=a.example", "a.example", true},
        {"R11 another From domain", "dmarc=pass header.from=b.example", "a.example", false},
        {"R11 domain above", "dmarc=pass header.from=example", "a.example", false},
        {"R11 fail", "dmarc=fail header.from=a.example", "a.example", false},
        {"R11 SPF and DKIM alone", "spf=pass smtp.mailfrom=a.example; dkim=pass header.d=a.example", "a.example",
         false},
        {"R11 not for whom", "dmarc=pass", "a.example", false},
        {"R11 property of another type", "dmarc=pass policy.from=a.example", "a.example", false},
        {"H2 method version 1", "dmarc/1=pass header.from=a.example", "a.example", true},
        {"H2 method version 2", "dmarc/2=pass header.from=a.example", "a.example", false},
        {"H2 unknown beside known", "zz=pass header.from=a.example; dmarc=pass header.from=a.example", "a.example",
         true},
    };
    for (const Claim& claim : claims) {
        testing::SetText set = sound(1);
        set.results = "i=1; lists.example; " + std::string(claim.results);
        const std::vector<Hop> hops = hops_of(validate(add_set(plain(), set)));
        ASSERT_EQ(hops.size(), 1U) << claim.name;
        ASSERT_TRUE(hops[0].results) << claim.name;
        EXPECT_EQ(vouches_for(*hops[0].results, claim.author), claim.vouches) << claim.name;
    }
    authres::Field later{"lists.example", "2", {{"dmarc", "", "pass", "", "", {{"header", "from", "a.example"}}}}};
    EXPECT_FALSE(vouches_for(later, "a.example")) << "H2 unknown version of the field";
    later.version = "1";
    EXPECT_TRUE(vouches_for(later, "a.example"));
}

TEST(ArcStandard, R11AReplayedChainStillPasses) {
    // RFC 8617 9.5: nothing in ARC tells who receives; only the scope of the trust in a sealer limits it
    testing::Message message = chain(plain(), 1);
    message.header += "Bcc: somebody@else.example\r\n"; // not signed
    const Outcome outcome = validate(message);
    EXPECT_EQ(outcome.result, Status::pass) << outcome.reason;
    const std::vector<Hop> hops = hops_of(outcome);
    const Circumstances elsewhere{"a.example", {"somebody@else.example"}, 1000};
    EXPECT_EQ(trusted_run(hops, {}, elsewhere).oldest, 0U);
    const std::vector<Sealer> scoped{{"lists.example", {}, {"b.example"}, {}, ""}};
    EXPECT_EQ(trusted_run(hops, scoped, elsewhere).oldest, 0U);
}

} // namespace
} // namespace bonafide::arc
