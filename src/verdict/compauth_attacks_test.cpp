// Who tries to get more than is due: sealers nobody trusts, borrowed names, clouds, failing DNS, floods.
#include "verdict/test_situation.hpp"

#include <gtest/gtest.h>

namespace bonafide::verdict {
namespace {

using namespace testing_situation;

TEST(Compauth, TrustedSealers) {
    const auto broken = [](Situation& s) {
        s.dmarc_fails(dmarc::Policy::reject);
        s.signed_by("contoso.com", dkim::Result::fail);
    };
    check({
        {"trusted", "pass 130",
         [&](auto& s) {
             broken(s);
             s.sealed_by({"list.example"}, "contoso.com");
             s.trust("list.example");
         }},
        {"nobody trusts it", "fail 000",
         [&](auto& s) {
             broken(s);
             s.sealed_by({"list.example"}, "contoso.com");
         }},
        {"an untrusted sealer above a trusted one", "fail 000",
         [&](auto& s) {
             broken(s);
             s.sealed_by({"list.example", "evil.example"}, "contoso.com");
             s.trust("list.example");
         }},
        {"AMS and AS differ in d=", "fail 000",
         [&](auto& s) {
             broken(s);
             s.sealed_by({"list.example"}, "contoso.com");
             s.facts.arc.value->instances[0].message.domain = "evil.example";
             s.trust("list.example");
         }},
        {"the results speak of another author", "fail 000",
         [&](auto& s) {
             broken(s);
             s.sealed_by({"list.example"}, "fabrikam.com");
             s.trust("list.example");
         }},
        {"the chain does not verify", "fail 000",
         [&](auto& s) {
             broken(s);
             s.sealed_by({"list.example"}, "contoso.com");
             s.facts.arc.value->result = arc::Status::fail;
             s.trust("list.example");
         }},
        {"the entry has expired", "fail 000",
         [&](auto& s) {
             broken(s);
             s.sealed_by({"list.example"}, "contoso.com");
             s.lists.sealers = {{"list.example", {}, {}, now, ""}};
         }},
    });
}

TEST(Compauth, UpstreamOfOurs) {
    const auto upstream = [](Situation& s, const std::string& author) {
        s.upstream = {{"gate.example", "", {{"dmarc", "", "pass", "", "", {{"header", "from", author}}}}}};
    };
    check({
        {"it broke the signature", "pass 108",
         [&](auto& s) {
             s.dmarc_fails(dmarc::Policy::reject);
             s.signed_by("contoso.com", dkim::Result::fail);
             upstream(s, "contoso.com");
         }},
        {"there was no signature to break", "fail 000",
         [&](auto& s) {
             s.dmarc_fails(dmarc::Policy::reject);
             upstream(s, "contoso.com");
         }},
        {"it speaks of another author", "fail 000",
         [&](auto& s) {
             s.dmarc_fails(dmarc::Policy::reject);
             s.signed_by("contoso.com", dkim::Result::fail);
             upstream(s, "fabrikam.com");
         }},
    });
}

TEST(Compauth, PairsOfTheList) {
    check({
        {"blocked, whatever passes", "fail 002",
         [](auto& s) {
             s.dmarc_passes(true, true);
             s.block("contoso.com, 192.0.2.0/24");
         }},
        {"by its DKIM domain", "fail 002",
         [](auto& s) {
             s.signed_by("maliciousdomain.com");
             s.block("*, maliciousdomain.com");
         }},
        {"by its PTR domain", "fail 002",
         [](auto& s) {
             s.called("a.b.proseware.com");
             s.block("chris@contoso.com, proseware.com");
         }},
        {"another address", "fail 001",
         [](auto& s) {
             s.called("a.b.proseware.com");
             s.block("ann@contoso.com, proseware.com");
         }},
        {"the network of a host with a name", "fail 002",
         [](auto& s) {
             s.called("a.proseware.com");
             s.block("contoso.com, 192.0.2.0/24");
         }},
        {"an allowance does not vouch", "fail 000",
         [](auto& s) {
             s.dmarc_fails(dmarc::Policy::reject);
             s.allow("contoso.com, *");
         }},
    });
    Situation allowed;
    allowed.dmarc_fails(dmarc::Policy::reject);
    allowed.allow("contoso.com, *");
    EXPECT_EQ(allowed.judge().suggestion, Suggestion::deliver);
    allowed.block("contoso.com, 192.0.2.0/24");
    EXPECT_EQ(allowed.code(), "fail 002") << "a block beats an allow";
}

TEST(Compauth, ABurst) {
    Situation s;
    s.dmarc_passes(true, true);
    s.seen(s.history.pair, 5); // ten days of five
    const auto burst = [&](std::uint64_t messages) {
        s.history.pair_today = messages;
        return std::ranges::any_of(s.judge().evidence, [](const Evidence& one) { return one.signal == "burst"; });
    };
    EXPECT_FALSE(burst(50)) << "ten times the mean is not above it";
    EXPECT_TRUE(burst(51));
    s.history.pair.push_back({today, 100000, 0, 0, 0, 0});
    EXPECT_TRUE(burst(51)) << "today is not its own measure";
    s.history.pair.clear();
    EXPECT_FALSE(burst(49));
    EXPECT_TRUE(burst(50)) << "from nothing";
}

TEST(Compauth, AGoodNameVouchesForNobodyElse) {
    Situation spoof;
    spoof.dmarc_fails(dmarc::Policy::reject);
    spoof.signed_by("cloud.example");
    const double before = spoof.judge().score;
    spoof.seen(spoof.history.author_domain, 1000);
    spoof.seen(spoof.history.dkim_domain, 1000);
    spoof.seen(spoof.history.network, 1000);
    EXPECT_EQ(spoof.judge().score, before);
    spoof.history.network.clear();
    spoof.seen(spoof.history.network, 0, 1000);
    EXPECT_LT(spoof.judge().score, before);
    Situation shared; // of a cloud's hosts every author has a past
    shared.called("x.outlook.com");
    shared.seen(shared.history.pair, 10);
    EXPECT_EQ(shared.code(), "pass 701");
    shared.lists.shared_infrastructure = {"outlook.com"};
    EXPECT_EQ(shared.code(), "fail 001");
}

TEST(Compauth, ProofOfANameDoesNotHelpWhereTheNameIsTheTrick) {
    for (const auto& trick : std::vector<std::function<void(History&)>>{
             [](History& h) { h.look_alike_of = "contoso.example"; }, [](History& h) { h.impersonated_name = true; },
             [](History& h) { h.same_signature = 1000; }}) {
        Situation s;
        s.dmarc_passes(true, true);
        s.history.known = true;
        EXPECT_EQ(s.judge().suggestion, Suggestion::deliver);
        trick(s.history);
        EXPECT_EQ(s.code(), "pass 100") << "it is who it says";
        EXPECT_GE(s.judge().suggestion, Suggestion::mark);
    }
}

TEST(Compauth, SeveralAuthors) {
    Situation s;
    s.facts.author = {};
    s.facts.author.cause = mail::FromCause::several_domains;
    s.facts.author.domains = {"ours.example", "evil.example"};
    s.facts.author.mailboxes = {{"", "ceo", "ours.example"}, {"", "x", "evil.example"}};
    s.facts.dmarc = {dmarc::without_author("two", dmarc::Discovery::treewalk), {}};
    EXPECT_EQ(s.code(), "fail 001");
    s.lists.accepted_domains = {"ours.example"};
    EXPECT_EQ(s.code(), "fail 601");
    s.block("x@evil.example, *");
    EXPECT_EQ(s.code(), "fail 002");
    Situation two;
    two.facts.author.mailboxes.push_back({"", "ann", "contoso.com"});
    two.allow("chris@contoso.com, *");
    EXPECT_NE(two.judge().suggestion, Suggestion::deliver) << "an allowance of one address is none of the other";
}

TEST(Compauth, DnsThatFailsIsNoTicket) {
    check({
        {"an identifier failed, the policy is known", "fail 001",
         [](auto& s) {
             s.facts.dmarc.value = [&] {
                 dmarc::Evaluation e = evaluation(dmarc::Result::temperror, "contoso.com");
                 e.code = dmarc::Code::identifier_error;
                 e.disposition.reset();
                 return e;
             }();
         }},
        {"weak signals stay weak", "softpass 112",
         [](auto& s) {
             s.author("news.contoso.com");
             s.dmarc_error(dmarc::Code::dns_error);
             s.called("mail.contoso.com");
         }},
        {"our relays hide the client of mail that DKIM vouches for", "pass 101",
         [](auto& s) {
             s.dmarc_passes(false, true);
             s.facts.envelope.relays = 1;
             s.facts.envelope.client.reset();
         }},
        {"SPF lets anybody", "fail 001",
         [](auto& s) {
             s.spf_passes("contoso.com");
             s.facts.spf.value->mechanism = "+all";
         }},
    });
    Situation tricky;
    tricky.dmarc_error(dmarc::Code::dns_error);
    tricky.history.look_alike_of = "contoso.example";
    tricky.history.known = true;
    EXPECT_EQ(tricky.code(), "none 112");
    EXPECT_GE(tricky.judge().suggestion, Suggestion::junk);
}

} // namespace
} // namespace bonafide::verdict
