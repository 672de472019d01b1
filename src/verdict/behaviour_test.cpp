// What is usual for an author, who hands mail on, bounces, complaints: each signal at its limit and past it.
#include "verdict/lessons.hpp"
#include "verdict/memory_ledger.hpp"
#include "verdict/test_situation.hpp"

#include <gtest/gtest.h>

namespace bonafide::verdict {
namespace {

using namespace testing_situation;

double points(const Situation& s, std::string_view signal) {
    double sum = 0;
    for (const Evidence& one : s.judge().evidence)
        if (one.signal == signal) sum += one.points;
    return sum;
}
bool speaks(const Situation& s, std::string_view signal) { return points(s, signal) != 0; }

TEST(Behaviour, ANameMadeOfTheAddress) {
    Situation s;
    s.called("mail10.isp.example");
    EXPECT_FALSE(speaks(s, "generic_name"));
    s.called("host-192-0-2-10.isp.example");
    EXPECT_LT(points(s, "generic_name"), 0);
    s.dmarc_passes(true, true);
    EXPECT_FALSE(speaks(s, "generic_name")) << "who is proven may send from where he likes";
}

TEST(Behaviour, AKnownAuthorFromAnotherSender) {
    Situation s;
    s.seen(s.author_past(), 1, 0, 9);
    EXPECT_FALSE(speaks(s, "new_sender")) << "nine messages tell nothing yet";
    s.author_past().push_back({.day = today - 10, .good = 2});
    EXPECT_LT(points(s, "new_sender"), 0);
    Situation few_days = s;
    few_days.author_past() = {{.day = today - 1, .good = 1000}};
    EXPECT_FALSE(speaks(few_days, "new_sender")) << "a week's worth on one day";

    Situation used = s;
    used.pair() = {{.day = today - 7, .unclear = 1}, {.day = today - 3, .bad = 1}, {.day = today - 1, .bad = 1}};
    EXPECT_FALSE(speaks(used, "new_sender")) << "suspicion alone does not go on for ever";
    used.pair()[0].day = today - 6;
    EXPECT_TRUE(speaks(used, "new_sender")) << "a campaign may last as long";
    used.pair() = {{.day = today - 30, .unclear = 1},
                   {.day = today - 3, .unclear = 1, .spam = 1},
                   {.day = today - 1, .unclear = 1}};
    EXPECT_TRUE(speaks(used, "new_sender")) << "people complained";

    Situation reputable = s;
    reputable.seen(reputable.infrastructure(), 1, 0, 7);
    EXPECT_FALSE(speaks(reputable, "new_sender")) << "others prove their mail from there: a service";
    Situation line = s;
    line.called("host-192-0-2-10.isp.example");
    line.seen(line.infrastructure(), 1, 0, 7);
    EXPECT_TRUE(speaks(line, "new_sender")) << "lines of one provider have nothing in common";
    Situation shared = s;
    shared.called("x.cloud.example");
    shared.shared("cloud.example");
    EXPECT_FALSE(speaks(shared, "new_sender"));
}

Situation list_post() {
    Situation s;
    s.dmarc_fails(dmarc::Policy::reject);
    s.signed_by("contoso.com", dkim::Result::fail);
    s.spf_passes("lists.fabrikam.com");
    s.facts.letter.list_id = "talk.lists.fabrikam.com";
    return s;
}

TEST(Behaviour, AListThatOurUsersWriteTo) {
    Situation s = list_post();
    EXPECT_FALSE(speaks(s, "known_list"));
    s.past(PastKind::author, "lists.fabrikam.com") = {{.day = today - 180, .sent = 1}};
    EXPECT_GT(points(s, "known_list"), 0);
    EXPECT_EQ(s.code(), "fail 000") << "it proves nothing about the author";
    EXPECT_LE(s.judge().suggestion, Suggestion::mark);
    s.seen(s.author_past(), 10);
    EXPECT_FALSE(speaks(s, "unlike_author")) << "lists break proofs";
    s.past(PastKind::author, "lists.fabrikam.com") = {{.day = today - 181, .sent = 1}};
    EXPECT_FALSE(speaks(s, "known_list")) << "long ago";
    s.past(PastKind::author, "lists.fabrikam.com") = {{.day = today - 1, .good = 9}};
    EXPECT_FALSE(speaks(s, "known_list")) << "nobody of ours ever wrote there";
    s.past(PastKind::author, "lists.fabrikam.com") = {{.day = today, .sent = 1}};
    s.facts.spf.value->result = spf::Result::softfail;
    EXPECT_FALSE(speaks(s, "known_list")) << "anybody can write a List-Id";
    s.signed_by("fabrikam.com");
    s.past(PastKind::author, "fabrikam.com") = {{.day = today, .sent = 1}};
    EXPECT_TRUE(speaks(s, "known_list"));
}

TEST(Behaviour, WhatIsHandedOnOrComesFirstIsNotRefused) {
    Situation s;
    s.dmarc_fails(dmarc::Policy::reject);
    s.spf_passes("contoso.com");
    s.facts.spf.value->result = spf::Result::fail;
    s.seen(s.author_past(), 10);
    s.contact() = {{.day = today - 1, .good = 1}};
    EXPECT_EQ(s.judge().suggestion, Suggestion::reject);
    Situation list = s;
    list.facts.letter.list_id = "talk.lists.fabrikam.com";
    list.signed_by("lists.fabrikam.com");
    EXPECT_EQ(list.judge().suggestion, Suggestion::quarantine);
    Situation first = s;
    first.contact().clear();
    EXPECT_EQ(first.judge().suggestion, Suggestion::quarantine);
}

TEST(Behaviour, ABounceOfWhatWasNeverSent) {
    Situation s;
    s.dmarc_passes(true, true);
    s.facts.envelope.mail_from = "";
    s.facts.letter.delivery_report = true;
    s.facts.letter.returned_ids = {"1@ours.example"};
    static_cast<void>(s.past(PastKind::returned, "1@ours.example", "rita@ours.example"));
    EXPECT_FALSE(speaks(s, "bounce_unknown")) << "mail of hers never passed here: who knows what she sent";
    s.past(PastKind::author, "rita@ours.example") = {{.day = today - 60, .sent = 1}};
    EXPECT_LT(points(s, "bounce_unknown"), 0);
    EXPECT_GE(s.judge().suggestion, Suggestion::junk) << "that it really comes from there does not help";
    s.past(PastKind::returned, "1@ours.example", "rita@ours.example") = {{.day = today - 1, .sent = 1}};
    EXPECT_FALSE(speaks(s, "bounce_unknown"));
    s.facts.letter.returned_ids.clear();
    s.past(PastKind::returned, "1@ours.example", "rita@ours.example").clear();
    EXPECT_FALSE(speaks(s, "bounce_unknown")) << "it does not say what it returns";
}

TEST(Behaviour, ADomainThatTurns) {
    Situation s;
    s.dmarc_passes(true, true);
    s.contact() = {{.day = today - 1, .good = 1}};
    s.seen(s.author_past(), 2, 0, 30); // weeks of harmless mail
    s.author_past().push_back({.day = today, .good = 20, .spam = 1});
    EXPECT_FALSE(speaks(s, "unwanted_author")) << "one person is not all";
    s.author_past().back().spam = 2;
    EXPECT_LT(points(s, "unwanted_author"), 0);
    EXPECT_GE(s.judge().suggestion, Suggestion::junk);
    EXPECT_EQ(s.code(), "pass 100") << "it is who it says";
    s.author_past().back().ham = 2;
    EXPECT_FALSE(speaks(s, "unwanted_author")) << "others want it";
    s.author_past().back() = {.day = today, .good = 100, .spam = 2};
    EXPECT_FALSE(speaks(s, "unwanted_author")) << "two of many: a newsletter";
}

TEST(Behaviour, AKnownNameFromANewDomain) {
    Situation s;
    s.dmarc_passes(true, true);
    s.facts.author.mailboxes[0].display_name = "Chris Green";
    s.past(PastKind::name, "rita@ours.example", "chris green") = {{.day = today - 1, .good = 2}};
    static_cast<void>(s.contact());
    EXPECT_LT(points(s, "borrowed_name_anew"), 0);
    EXPECT_EQ(s.judge().suggestion, Suggestion::junk);
    s.seen(s.author_past(), 1, 0, 3);
    EXPECT_FALSE(speaks(s, "borrowed_name_anew")) << "a domain that others here know: his private address";
    EXPECT_TRUE(speaks(s, "borrowed_name"));
}

TEST(Behaviour, PeopleMayWantWhatLooksAlike) {
    Situation s;
    s.dmarc_passes(true, true);
    s.looks_like_ours();
    ASSERT_TRUE(speaks(s, "look_alike"));
    s.author_past() = {{.day = today - 1, .ham = 1}};
    EXPECT_TRUE(speaks(s, "look_alike")) << "one word is not enough";
    s.author_past()[0].ham = 2;
    EXPECT_FALSE(speaks(s, "look_alike"));
    s.author_past()[0].spam = 2;
    EXPECT_TRUE(speaks(s, "look_alike"));
}

TEST(Behaviour, SpfAloneForAnAuthorWhoAlwaysSigns) {
    Situation s;
    s.spf_passes("contoso.com");
    s.dmarc_passes(true, false);
    s.called("out7.cloud.example");
    s.shared("cloud.example");
    s.seen(s.author_past(), 2);
    s.seen(s.pair(), 2); // the cloud is his usual one
    EXPECT_FALSE(speaks(s, "spf_upgrade"));
    s.seen(s.past(PastKind::pair, "contoso.com", "dkim:contoso.com"), 2);
    EXPECT_LT(points(s, "spf_upgrade"), 0);
    EXPECT_GE(s.judge().suggestion, Suggestion::mark);
    s.past(PastKind::pair, "contoso.com", "dkim:contoso.com").pop_back();
    EXPECT_FALSE(speaks(s, "spf_upgrade")) << "now and then he does not";
    s.seen(s.past(PastKind::pair, "contoso.com", "dkim:contoso.com"), 2);
    s.signed_by("contoso.com", dkim::Result::fail);
    EXPECT_FALSE(speaks(s, "spf_upgrade")) << "it was broken in passing";
}

TEST(Behaviour, WhatIsReadIsNotTaught) {
    MemoryLedger ledger;
    Situation s;
    s.spf_passes("lists.fabrikam.com");
    s.facts.letter.list_id = "talk.lists.fabrikam.com";
    const auto keys = keys_of(s.facts, suffixes());
    const PastKey signs{PastKind::pair, "contoso.com", "dkim:contoso.com"},
        list{PastKind::author, "lists.fabrikam.com", {}};
    EXPECT_EQ(std::ranges::count(keys, signs), 1);
    EXPECT_EQ(std::ranges::count(keys, list), 1);
    Judgement judgement;
    judgement.result = Compauth::fail;
    judgement.reason = 1;
    for (const Lesson& lesson : lessons_of(s.facts, judgement, suffixes())) {
        EXPECT_NE(lesson.key, signs) << "it was not signed";
        EXPECT_NE(lesson.key, list) << "it was not the list's own letter";
    }
}

} // namespace
} // namespace bonafide::verdict
