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
        {"by the host's whole name", "fail 002",
         [](auto& s) {
             s.called("a.b.proseware.com");
             s.block("*, a.b.proseware.com");
         }},
        {"another host of them", "fail 001",
         [](auto& s) {
             s.called("b.proseware.com");
             s.block("*, a.b.proseware.com");
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

bool speaks(const Situation& s, std::string_view signal) {
    const Judgement judgement = s.judge();
    return std::ranges::any_of(judgement.evidence, [&](const Evidence& one) { return one.signal == signal; });
}

TEST(Compauth, ABurst) {
    Situation s;
    s.dmarc_passes(true, true);
    s.seen(s.pair(), 5); // ten days of five
    const auto burst = [&](std::uint32_t messages) {
        s.pair().push_back({.day = today, .good = messages});
        const bool told = speaks(s, "burst");
        s.pair().pop_back();
        return told;
    };
    EXPECT_FALSE(burst(50)) << "ten times the mean is not above it";
    EXPECT_TRUE(burst(51));
    s.pair().clear();
    EXPECT_FALSE(burst(49));
    EXPECT_TRUE(burst(50)) << "from nothing";
}

TEST(Compauth, Replay) {
    Situation s;
    s.dmarc_passes(false, true);
    s.signed_by("contoso.com");
    Series& copies = s.past(PastKind::signature, "b");
    copies = {{.day = today - 2, .good = 19}};
    EXPECT_FALSE(speaks(s, "replayed_signature"));
    copies = {{.day = today - 2, .good = 10}, {.day = today, .good = 10}};
    EXPECT_TRUE(speaks(s, "replayed_signature"));
    copies = {{.day = today - 3, .good = 1000}};
    EXPECT_FALSE(speaks(s, "replayed_signature")) << "long ago";
    s.past(PastKind::signature, "b") = {{.day = today, .good = 1000}};
    s.seen(s.pair(), 2);
    EXPECT_FALSE(speaks(s, "replayed_signature")) << "the author's usual sender: a newsletter";
    s.facts.dkim[0].signed_at = now - std::int64_t{7} * 86400;
    EXPECT_FALSE(speaks(s, "old_signature"));
    s.facts.dkim[0].signed_at = now - std::int64_t{8} * 86400;
    EXPECT_TRUE(speaks(s, "old_signature"));
    s.spf_passes("contoso.com");
    EXPECT_FALSE(speaks(s, "old_signature")) << "SPF vouches too";
}

TEST(Compauth, WhatIsNotLikeTheAuthor) {
    Situation s;
    s.seen(s.author_past(), 2);
    EXPECT_TRUE(speaks(s, "unlike_author"));
    EXPECT_EQ(s.judge().suggestion, Suggestion::junk);
    s.seen(s.infrastructure(), 10, 0, 20);
    EXPECT_TRUE(speaks(s, "known_forwarder"));
    EXPECT_LE(s.judge().suggestion, Suggestion::mark) << "a list or forwarder may have broken the proof";
    EXPECT_EQ(s.code(), "fail 001") << "and is no proof itself";
    s.seen(s.infrastructure(), 0, 20, 10);
    EXPECT_FALSE(speaks(s, "known_forwarder")) << "it hands on bad mail too";
    s.author_past().clear();
    for (int i = 0; i < 10; ++i) s.author_past().push_back({.day = today - i, .good = 9, .unclear = 1});
    EXPECT_FALSE(speaks(s, "unlike_author")) << "a tenth of his mail proves nothing anyway";
}

TEST(Compauth, AnSpfPassThroughACloudTheAuthorNeverUsed) {
    Situation s;
    s.spf_passes("contoso.com");
    s.dmarc_passes(true, false);
    s.called("out7.cloud.example");
    s.shared("cloud.example");
    EXPECT_FALSE(speaks(s, "spf_upgrade")) << "nothing is known of the author";
    s.seen(s.author_past(), 2);
    EXPECT_TRUE(speaks(s, "spf_upgrade"));
    s.signed_by("contoso.com");
    EXPECT_FALSE(speaks(s, "spf_upgrade")) << "the cloud's tenant has the author's key";
    s.facts.dkim.clear();
    s.seen(s.pair(), 1, 0, 1);
    EXPECT_FALSE(speaks(s, "spf_upgrade")) << "it was used before";
}

TEST(Compauth, NamesAndAnswers) {
    Situation s;
    s.facts.letter.reply_to = {{"", "x", "mail.contoso.com"}};
    EXPECT_FALSE(speaks(s, "reply_elsewhere")) << "the same organization";
    s.facts.letter.reply_to = {{"", "x", "freemail.example"}};
    EXPECT_TRUE(speaks(s, "reply_elsewhere"));
    s.dmarc_passes(true, true);
    EXPECT_FALSE(speaks(s, "reply_elsewhere")) << "a proven author says where answers go";
    s.past(PastKind::name, "rita@ours.example", "chris green") = {{.day = today - 1, .good = 2}};
    static_cast<void>(s.contact());
    EXPECT_TRUE(speaks(s, "borrowed_name_anew")) << "and of the domain nothing ever came";
    s.seen(s.author_past(), 1, 0, 3);
    EXPECT_TRUE(speaks(s, "borrowed_name"));
    s.contact() = {{.day = today - 1, .good = 1}};
    EXPECT_FALSE(speaks(s, "borrowed_name")) << "it is he";
}

TEST(Compauth, AFromThatNoParserTakes) {
    const auto from = [](std::string_view field) {
        Situation s;
        s.facts.author = mail::find_author({&field, 1});
        s.facts.dmarc = {dmarc::without_author("syntax", dmarc::Discovery::treewalk), {}};
        s.own("ours.example");
        return s;
    };
    EXPECT_EQ(from("x y <x@evil.example").code(), "fail 001");
    Situation s = from("CEO <ceo@ours.example> <x@evil.example>");
    EXPECT_EQ(s.code(), "fail 601");
    s.block("evil.example, *");
    EXPECT_EQ(s.code(), "fail 002");
    Situation person = from("Ann Doe <x@evil.example");
    person.known_names().add_person({"Ann Doe", {"ann@ours.example"}});
    EXPECT_TRUE(speaks(person, "impersonated_name"));
    EXPECT_GE(person.judge().suggestion, Suggestion::quarantine);
}

TEST(Compauth, MailToOneselfWhereNobodySaidWhatIsOurs) {
    Situation s;
    s.author("ours.example");
    s.dmarc_fails(dmarc::Policy::reject);
    EXPECT_EQ(s.code(), "fail 010");
    s.dmarc_fails(dmarc::Policy::none);
    EXPECT_EQ(s.code(), "fail 601");
    s.facts.envelope.recipients = {"rita@elsewhere.example", "rita@mail.ours.example"};
    EXPECT_EQ(s.code(), "fail 601");
    s.facts.envelope.recipients = {"rita@elsewhere.example"};
    EXPECT_EQ(s.code(), "fail 001");
    s.facts.envelope.recipients = {"rita", ""};
    EXPECT_EQ(s.code(), "fail 001");
}

TEST(Compauth, EvidenceNamesWhatItGoesBy) {
    const auto text_of = [](const Situation& s, std::string_view signal) {
        for (const Evidence& one : s.judge().evidence)
            if (one.signal == signal) return one.text;
        return std::string();
    };
    Situation s;
    s.called("out7.proseware.com");
    s.hosts({"mx.other.example", "mx.proseware.com"}, "198.51.100.7");
    EXPECT_EQ(text_of(s, "mail_host"),
              "the client out7.proseware.com is of the mail hosts of contoso.com: mx.proseware.com");
    s.hosts({}, "192.0.2.77");
    EXPECT_EQ(text_of(s, "same_network"), "a host of contoso.com, 192.0.2.77, is in the network of out7.proseware.com");
    s.dmarc_fails(dmarc::Policy::reject);
    s.sealed_by({"list.example", "relay.example", "list.example"}, "contoso.com");
    for (const char* sealer : {"list.example", "relay.example"}) s.trust(sealer);
    EXPECT_EQ(
        text_of(s, "trusted_sealer"),
        "list.example, whose seals are trusted, saw DMARC pass for contoso.com, and so are those of relay.example");
}

TEST(Compauth, NobodyThereCouldBeAnswered) {
    Situation s;
    s.author_hosts.null_mail_host = true;
    EXPECT_TRUE(speaks(s, "unanswerable_author"));
    s.author_hosts = {};
    s.author_hosts.no_such_domain = true;
    EXPECT_TRUE(speaks(s, "unanswerable_author"));
    s.dmarc_passes(true, true);
    EXPECT_FALSE(speaks(s, "unanswerable_author")) << "its hosts are not asked for then";
}

TEST(Compauth, NamesOfRentedLinesSayNothing) {
    Situation s;
    s.author("isp.example");
    s.called("host-192-0-2-10.dyn.isp.example");
    EXPECT_EQ(s.code(), "fail 001");
    s.called("mail10.dyn.isp.example");
    EXPECT_EQ(s.code(), "pass 103");
}

TEST(Compauth, AGatewayOfOurs) {
    Situation s;
    s.upstream = {{"gate.example", "", {{"auth", "", "pass", "", "", {{"smtp", "auth", "ann"}}}}}};
    EXPECT_EQ(s.code(), "fail 001") << "it knows the user, not that contoso.com is his";
    s.own("contoso.com");
    EXPECT_EQ(s.code(), "pass 115");
    s.upstream.front().results.front().properties = {{"smtp", "auth", "x@evil.example"}};
    EXPECT_EQ(s.code(), "fail 601") << "another's user";
    s.upstream.insert(s.upstream.begin(), authres::Field{"gate.example", "", {{"spf", "", "fail", "", "", {}}}});
    s.upstream.back().results.front().properties = {{"smtp", "auth", "ann"}};
    EXPECT_EQ(s.code(), "fail 601") << "the newest word counts";
    s.lists.networks = {*ip::Prefix::parse("192.0.2.0/24")};
    EXPECT_EQ(s.code(), "none 400");
}

TEST(Compauth, AGoodNameVouchesForNobodyElse) {
    Situation spoof;
    spoof.dmarc_fails(dmarc::Policy::reject);
    spoof.signed_by("cloud.example");
    const double before = spoof.judge().score;
    spoof.seen(spoof.author_past(), 1000);
    spoof.seen(spoof.past(PastKind::signer, "cloud.example"), 1000);
    spoof.seen(spoof.network(), 1000);
    EXPECT_LE(spoof.judge().score, before);
    spoof.network().clear();
    spoof.seen(spoof.network(), 0, 1000);
    EXPECT_LT(spoof.judge().score, before);
    Situation shared; // of a cloud's hosts every author has a past
    shared.called("x.outlook.com");
    shared.seen(shared.pair(), 10);
    EXPECT_EQ(shared.code(), "pass 701");
    shared.shared("outlook.com");
    EXPECT_EQ(shared.code(), "fail 001");
}

TEST(Compauth, ProofOfANameDoesNotHelpWhereTheNameIsTheTrick) {
    for (const auto& trick : std::vector<std::function<void(Situation&)>>{
             [](Situation& t) { t.looks_like_ours(); },
             [](Situation& t) {
                 t.known_names().add_person({"Chris Green", {"chris@ours.example"}});
                 t.facts.author.mailboxes[0].display_name = "Chris Green";
             },
             [](Situation& t) { t.past(PastKind::signature, "b") = {{.day = today, .good = 1000}}; }}) {
        Situation s;
        s.dmarc_passes(true, true);
        static_cast<void>(s.contact());
        EXPECT_EQ(s.judge().suggestion, Suggestion::deliver);
        trick(s);
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
    EXPECT_EQ(s.code(), "fail 601") << "the recipient's organization, where nobody said what is ours";
    s.own("other.example");
    EXPECT_EQ(s.code(), "fail 001");
    s.own("ours.example");
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
        {"weak signals are not enough", "none 112",
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
    tricky.looks_like_ours();
    static_cast<void>(tricky.contact());
    EXPECT_EQ(tricky.code(), "none 112");
    EXPECT_GE(tricky.judge().suggestion, Suggestion::junk);
}

} // namespace
} // namespace bonafide::verdict
