// The truth table of composite authentication: a row for each code, what comes before what, and what must not be enough.
#include "verdict/test_situation.hpp"

#include <gtest/gtest.h>
#include <set>

namespace bonafide::verdict {
namespace {

using namespace testing_situation;

TEST(Compauth, TheScenariosOfMicrosoftsArticle) {
    Situation one; // 1 and 5
    one.facts.spf = {spf_outcome(spf::Result::none, "maliciousdomain.com", spf::Code::no_record), {}};
    one.signed_by("maliciousdomain.com");
    EXPECT_EQ(one.code(), "fail 001");
    Situation two;
    two.author("fabrikam.com");
    EXPECT_EQ(two.code(), "fail 001");
    Situation three;
    three.author("fabrikam.com");
    three.spf_passes("fabrikam.com");
    EXPECT_EQ(three.code(), "pass 109");
    Situation four;
    four.author("fabrikam.com");
    four.signed_by("outbound.fabrikam.com");
    EXPECT_EQ(four.code(), "pass 109");
}

TEST(Compauth, ExplicitCodes) {
    check({
        {"DMARC passes by both", "pass 100", [](auto& s) { s.dmarc_passes(true, true); }},
        {"by DKIM", "pass 101", [](auto& s) { s.dmarc_passes(false, true); }},
        {"by SPF", "pass 102", [](auto& s) { s.dmarc_passes(true, false); }},
        {"fails under reject", "fail 000", [](auto& s) { s.dmarc_fails(dmarc::Policy::reject); }},
        {"fails under quarantine", "fail 000", [](auto& s) { s.dmarc_fails(dmarc::Policy::quarantine); }},
        {"fails under none", "fail 001", [](auto& s) { s.dmarc_fails(dmarc::Policy::none); }},
        {"the wish is for tests only (t=y)", "fail 001",
         [](auto& s) {
             s.dmarc_fails(dmarc::Policy::quarantine);
             s.facts.dmarc.value->disposition = dmarc::Policy::none;
         }},
        {"fails, and it is our own domain", "fail 010",
         [](auto& s) {
             s.dmarc_fails(dmarc::Policy::reject);
             s.own("contoso.com");
         }},
        {"below a domain of ours", "fail 010",
         [](auto& s) {
             s.author("mail.contoso.com");
             s.dmarc_fails(dmarc::Policy::reject);
             s.own("contoso.com");
         }},
        {"our own without a policy", "fail 601", [](auto& s) { s.own("contoso.com"); }},
        {"a name that only ends like ours", "fail 001",
         [](auto& s) {
             s.author("notcontoso.com");
             s.no_policy();
             s.own("contoso.com");
         }},
        {"no policy, SPF aligned", "pass 109", [](auto& s) { s.spf_passes("mail.contoso.com"); }},
        {"a policy exists: no guess", "fail 001",
         [](auto& s) {
             s.dmarc_fails(dmarc::Policy::none);
             s.spf_passes("mail.contoso.com");
         }},
        {"SPF of another organization", "fail 001", [](auto& s) { s.spf_passes("proseware.com"); }},
        {"a public suffix in common", "fail 001",
         [](auto& s) {
             s.author("a.co.uk");
             s.spf_passes("b.co.uk");
         }},
        {"DNS failed, aligned", "pass 111",
         [](auto& s) {
             s.dmarc_error(dmarc::Code::dns_error);
             s.signed_by("contoso.com");
         }},
        {"DNS failed, other signals", "pass 112",
         [](auto& s) {
             s.dmarc_error(dmarc::Code::dns_error);
             s.called("mail.contoso.com");
         }},
        {"DNS failed, nothing else", "none 112", [](auto& s) { s.dmarc_error(dmarc::Code::dns_error); }},
        {"no author", "fail 001",
         [](auto& s) {
             s.facts.author = {};
             s.facts.author.cause = mail::FromCause::several_domains;
             s.facts.dmarc = {dmarc::without_author("two", dmarc::Discovery::treewalk), {}};
             s.spf_passes("contoso.com");
         }},
    });
}

TEST(Compauth, WhatIsNotJudged) {
    check({
        {"submitted", "none 300", [](auto& s) { s.facts.direction = Direction::submitted; }},
        {"a failure of ours", "none 305", [](auto& s) { s.facts.unchecked = {"dns"}; }},
        {"an error of ours", "none 305", [](auto& s) { s.facts.unchecked = {"internal"}; }},
        {"a header padded beyond what is read is no way round", "fail 001",
         [](auto& s) {
             s.facts.unchecked = {"limit"};
             s.facts.author.cause = mail::FromCause::too_many;
             s.facts.author.domain.clear();
         }},
        {"names of the sender's own that do not resolve are none either", "fail 001",
         [](auto& s) {
             s.facts.unchecked = {"dns"};
             s.facts.author.cause = mail::FromCause::several_domains;
             s.facts.author.domain.clear();
         }},
        {"no SPF, so no DMARC result", "none 305", [](auto& s) { s.facts.dmarc = {{}, "the client is not known"}; }},
        {"our relays hide the client", "none 905",
         [](auto& s) {
             s.facts.envelope.relays = 2;
             s.facts.envelope.client.reset();
         }},
    });
}

TEST(Compauth, Infrastructure) {
    check({
        {"the host is the author's", "pass 103", [](auto& s) { s.called("mail.contoso.com"); }},
        {"the host is the author's name itself", "pass 103", [](auto& s) { s.called("contoso.com"); }},
        {"the author lies below the host", "pass 104",
         [](auto& s) {
             s.author("news.contoso.com");
             s.called("contoso.com");
         }},
        {"one organization only", "softpass 202",
         [](auto& s) {
             s.author("news.contoso.com");
             s.called("mail.contoso.com");
         }},
        {"an MX host of the author's", "pass 116",
         [](auto& s) {
             s.called("mx1.hoster.example");
             s.hosts({"mx1.hoster.example"}, "203.0.113.1");
         }},
        {"beside an MX host", "pass 116",
         [](auto& s) {
             s.called("out.hoster.example");
             s.hosts({"mx1.hoster.example"}, "203.0.113.1");
         }},
        {"the MX of a cloud, and some host of it", "fail 001",
         [](auto& s) {
             s.shared("cloud.example");
             s.called("out7.cloud.example");
             s.hosts({"mx1.cloud.example"}, "203.0.113.1");
         }},
        {"in one /24 with a host of the author's", "softpass 201",
         [](auto& s) {
             s.called("mx.hoster.example");
             s.hosts({}, "192.0.2.200");
         }},
        {"one bit outside", "fail 001",
         [](auto& s) {
             s.called("mx.hoster.example");
             s.hosts({}, "192.0.3.10");
         }},
        {"a nameless host beside it", "fail 001", [](auto& s) { s.hosts({}, "192.0.2.200"); }},
        {"a rented host in the same cloud", "fail 001",
         [](auto& s) {
             s.shared("cloud.example");
             s.called("vm1.cloud.example");
             s.hosts({}, "192.0.2.200");
         }},
        {"aligned by the list, not as the owner wants it, but its mail host", "pass 116",
         [](auto& s) {
             s.dmarc_fails(dmarc::Policy::none);
             s.spf_passes("mail.contoso.com");
             EXPECT_TRUE(needs_author_hosts(s.facts, suffixes()));
             s.called("mx1.hoster.example");
             s.hosts({"mx1.hoster.example"}, "203.0.113.1");
         }},
        {"a PTR that does not resolve back", "fail 001",
         [](auto& s) {
             s.called("mail.contoso.com");
             s.facts.iprev.value->result = iprev::Result::fail;
         }},
        {"a name that only ends like it", "fail 001", [](auto& s) { s.called("mail.notcontoso.com"); }},
        {"the organization's own fail stays", "fail 000",
         [](auto& s) {
             s.dmarc_fails(dmarc::Policy::reject);
             s.called("mail.contoso.com");
         }},
        {"an own domain from an own host", "pass 103",
         [](auto& s) {
             s.own("contoso.com");
             s.called("mail.contoso.com");
         }},
    });
}

TEST(Compauth, HistoryVouches) {
    check({
        {"long seen", "pass 701", [](auto& s) { s.seen(s.pair(), 2); }},
        {"too few days", "fail 001", [](auto& s) { s.seen(s.pair(), 20, 0, 3); }},
        {"too little, decayed", "fail 001",
         [](auto& s) {
             for (int i = 0; i < 10; ++i) s.pair().push_back({.day = today - 2000 + i, .good = 100});
         }},
        {"turned", "fail 001", [](auto& s) { s.seen(s.pair(), 2, 1); }},
        {"one day of good mail does not outweigh", "fail 001",
         [](auto& s) { s.pair() = {{.day = today, .good = 100000}}; }},
        {"answered", "pass 702",
         [](auto& s) {
             s.seen(s.pair(), 1, 0, 1);
             s.contact() = {{.day = today - 2, .sent = 1}};
         }},
        {"written to, never heard of from there", "fail 001",
         [](auto& s) { s.contact() = {{.day = today - 2, .sent = 1}}; }},
        {"a great sender", "pass 703",
         [](auto& s) {
             s.seen(s.pair(), 1, 0, 1);
             s.seen(s.infrastructure(), 100, 0, 14);
         }},
        {"people want it", "pass 704", [](auto& s) { s.pair() = {{.day = today - 1, .good = 1, .ham = 2}}; }},
        {"infrastructure comes first", "softpass 202",
         [](auto& s) {
             s.author("news.contoso.com");
             s.called("mail.contoso.com");
             s.seen(s.pair(), 2);
         }},
        {"an explicit fail stays", "fail 000",
         [](auto& s) {
             s.dmarc_fails(dmarc::Policy::reject);
             s.seen(s.pair(), 2);
         }},
        {"days of a clock that was wrong fade too", "fail 001",
         [](auto& s) {
             for (int i = 0; i < 10; ++i) s.pair().push_back({.day = today + 3000 + i, .good = 100});
         }},
    });
}

TEST(Compauth, OnlyOneInfrastructureWasEverTheAuthor) {
    const auto unproven = [](Series& series, std::int32_t oldest, std::uint32_t a_day) {
        for (std::int32_t i = 1; i <= oldest; ++i) series.push_back({.day = today - i, .unclear = a_day});
    };
    Situation s; // a supplier that authenticates nothing, in correspondence for a month
    unproven(s.pair(), 30, 1);
    unproven(s.author_past(), 30, 1);
    EXPECT_EQ(s.code(), "fail 001") << "to have come often proves nothing";
    s.contact() = {{.day = today - 2, .sent = 1}};
    EXPECT_EQ(s.code(), "pass 702");
    s.contact() = {{.day = today - 31, .sent = 1}};
    EXPECT_EQ(s.code(), "fail 001") << "nobody has answered since this sender came";
    s.contact() = {{.day = today - 2, .sent = 1}};
    unproven(s.author_past() = {}, 60, 1);
    EXPECT_EQ(s.code(), "fail 001") << "somebody else was him before";
    unproven(s.author_past() = {}, 30, 2);
    EXPECT_EQ(s.code(), "fail 001") << "half of his mail comes from elsewhere";
}

TEST(Compauth, Bounces) {
    const auto bounce = [](Situation& s, PastKind kind, std::int32_t days_ago) {
        s.dmarc_fails(dmarc::Policy::reject);
        s.facts.envelope.mail_from = "";
        s.facts.letter.delivery_report = true;
        s.facts.letter.returned_ids = {"x"};
        s.past(kind, "x", "y") = {{.day = today - days_ago, .sent = 1}};
    };
    check({
        {"of our mail", "pass 502", [&](auto& s) { bounce(s, PastKind::returned, 1); }},
        {"from a contact", "pass 501", [&](auto& s) { bounce(s, PastKind::contact_domain, 14); }},
        {"too late", "fail 000", [&](auto& s) { bounce(s, PastKind::contact_domain, 15); }},
        {"from nobody", "fail 000", [&](auto& s) { bounce(s, PastKind::contact, 1); }},
        {"no delivery report", "fail 000",
         [&](auto& s) {
             bounce(s, PastKind::returned, 1);
             s.facts.letter.delivery_report = false;
         }},
        {"it returns nothing", "fail 000",
         [&](auto& s) {
             bounce(s, PastKind::contact_domain, 1);
             s.facts.letter.returned_ids.clear();
         }},
        {"no bounce by its envelope", "fail 000",
         [&](auto& s) {
             bounce(s, PastKind::returned, 1);
             s.facts.envelope.mail_from = "a@b.example";
         }},
    });
}

TEST(Compauth, TheTableOfReasonsKnowsEveryCode) {
    std::set<std::pair<unsigned, Compauth>> known;
    for (const Reason& reason : reasons()) {
        EXPECT_TRUE(known.emplace(reason.code, reason.result).second) << reason.code;
        EXPECT_FALSE(reason.when.empty());
    }
    EXPECT_TRUE(known.contains({109, Compauth::pass}));
    EXPECT_EQ(reason_text(0), "000");
}

TEST(Compauth, EverythingThatCountsIsInTheEvidence) {
    Situation s;
    s.dmarc_fails(dmarc::Policy::reject);
    s.facts.spf = {spf_outcome(spf::Result::fail, "contoso.com"), {}};
    s.history.known = true;
    s.looks_like_ours();
    s.past(PastKind::signature, "b") = {{.day = today, .good = 20}};
    s.seen(s.network(), 0, 10);
    static_cast<void>(s.contact());
    const Judgement judgement = s.judge();
    double sum = 0;
    std::set<std::string_view> names;
    for (const Evidence& one : judgement.evidence) {
        EXPECT_TRUE(find_signal(one.signal)) << one.signal;
        EXPECT_FALSE(one.text.empty()) << one.signal;
        EXPECT_TRUE(names.insert(one.signal).second) << one.signal << " twice";
        sum += one.points;
    }
    EXPECT_DOUBLE_EQ(sum, judgement.score);
    for (const char* name : {"dmarc_fail_strict", "spf_fail_author", "look_alike", "replayed_signature",
                             "first_contact", "network_reputation", "no_reverse_dns"})
        EXPECT_TRUE(names.contains(name)) << name;
    EXPECT_EQ(judgement.suggestion, Suggestion::quarantine) << "a first letter is held, not refused";
}

TEST(Compauth, FailAloneNeverRefuses) { // the issue: compauth=fail never blocks by itself
    Situation first;                    // a newcomer without any record
    static_cast<void>(first.contact());
    EXPECT_EQ(first.code(), "fail 001");
    EXPECT_LE(first.judge().suggestion, Suggestion::mark);
    Situation watched;
    watched.dmarc_fails(dmarc::Policy::none);
    static_cast<void>(watched.contact());
    EXPECT_LE(watched.judge().suggestion, Suggestion::mark);
    Situation strict;
    strict.dmarc_fails(dmarc::Policy::reject);
    EXPECT_LE(strict.judge().suggestion, Suggestion::junk);
}

TEST(Compauth, Indicators) {
    Situation s;
    EXPECT_TRUE(s.judge().indicators.unverified);
    s.spf_passes("bounces.proseware.com");
    s.facts.envelope.mail_from = "x@bounces.proseware.com";
    EXPECT_FALSE(s.judge().indicators.unverified);
    EXPECT_EQ(s.judge().indicators.via, "bounces.proseware.com");
    s.signed_by("mailer.example");
    EXPECT_EQ(s.judge().indicators.via, "mailer.example");
    s.allow("contoso.com, mailer.example");
    EXPECT_EQ(s.judge().indicators.via, "") << "an allow pair takes it away";
    Situation own;
    own.signed_by("mail.contoso.com");
    EXPECT_EQ(own.judge().indicators.via, "");
    EXPECT_FALSE(own.judge().indicators.first_contact) << "without a ledger nobody knows";
    static_cast<void>(own.contact());
    EXPECT_TRUE(own.judge().indicators.first_contact);
}

TEST(Compauth, ASecondSignalBesideTheOwnersWish) { // RFC 9989 7.4
    const auto second = [](const Situation& s) {
        return verdict::judge(s.facts,
                              {s.author_hosts, s.upstream, s.history, s.lists, suffixes(), s.weights, s.thresholds},
                              OwnerPolicy::ignored);
    };
    Situation s;
    s.dmarc_fails(dmarc::Policy::reject);
    EXPECT_EQ(s.code(), "fail 000");
    EXPECT_EQ(second(s).result, Compauth::fail);
    EXPECT_EQ(second(s).reason, 1U);
    EXPECT_FALSE(needs_author_hosts(s.facts, suffixes()));
    EXPECT_TRUE(needs_author_hosts(s.facts, suffixes(), OwnerPolicy::ignored));
    s.called("mail.contoso.com"); // a forwarder or a forgotten server of the owner's own
    EXPECT_EQ(s.code(), "fail 000");
    EXPECT_EQ(second(s).reason, 103U);
}

TEST(Compauth, AsksForTheAuthorsHostsOnlyWhenTheyMatter) {
    Situation s;
    EXPECT_TRUE(needs_author_hosts(s.facts, suffixes()));
    s.spf_passes("contoso.com");
    EXPECT_FALSE(needs_author_hosts(s.facts, suffixes()));
    Situation strict;
    strict.dmarc_fails(dmarc::Policy::quarantine);
    EXPECT_FALSE(needs_author_hosts(strict.facts, suffixes()));
    Situation passed;
    passed.dmarc_passes(true, false);
    EXPECT_FALSE(needs_author_hosts(passed.facts, suffixes()));
}

} // namespace
} // namespace bonafide::verdict
