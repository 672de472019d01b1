#include "verdict/lessons.hpp"
#include "verdict/memory_ledger.hpp"
#include "verdict/test_situation.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

namespace bonafide::verdict {
namespace {

using namespace testing_situation;

/// A message that a judgement of this reason and suggestion was made of.
std::vector<Lesson> taught(const Situation& s, Compauth result, unsigned reason,
                           Suggestion suggestion = Suggestion::deliver) {
    Judgement judgement;
    judgement.result = result;
    judgement.reason = reason;
    judgement.suggestion = suggestion;
    return lessons_of(s.facts, judgement, suffixes());
}

const DayCounts* find(const std::vector<Lesson>& lessons, PastKind kind) {
    const auto found = std::ranges::find_if(lessons, [&](const Lesson& one) { return one.key.kind == kind; });
    return found == lessons.end() ? nullptr : &found->counts;
}

std::size_t count(std::span<const PastKey> keys, PastKind kind) {
    return static_cast<std::size_t>(std::ranges::count(keys, kind, &PastKey::kind));
}
std::size_t count(const std::vector<Lesson>& lessons, PastKind kind) {
    return static_cast<std::size_t>(
        std::ranges::count_if(lessons, [&](const auto& one) { return one.key.kind == kind; }));
}

constexpr DayCounts good_today(std::uint32_t n = 1) { return {.day = 20778, .good = n}; }
constexpr DayCounts unclear_today() { return {.day = 20778, .unclear = 1}; }
constexpr DayCounts bad_today() { return {.day = 20778, .bad = 1}; }
constexpr DayCounts sent_today() { return {.day = 20778, .sent = 1}; }

/// What the ledger knows when this message comes, its verdict, and what it teaches.
Judgement receive(Situation& s, MemoryLedger& ledger) {
    s.history = ledger.read(keys_of(s.facts, suffixes()));
    Judgement judgement = s.judge();
    ledger.learn(lessons_of(s.facts, judgement, suffixes()));
    return judgement;
}
void on_day(Situation& s, std::int32_t days_ago) { s.facts.now = now - std::int64_t{days_ago} * 86400; }

TEST(Lessons, ProvenMailTeachesGood) {
    Situation s;
    s.dmarc_passes(true, true);
    s.spf_passes("contoso.com");
    s.signed_by("contoso.com");
    s.facts.author.mailboxes[0].display_name = "Chris Green";
    s.facts.dkim[0].fingerprint = "b";
    const auto lessons = taught(s, Compauth::pass, 100);
    ASSERT_EQ(today, 20778);
    for (const PastKind kind : {PastKind::pair, PastKind::author, PastKind::network, PastKind::infrastructure,
                                PastKind::contact, PastKind::name, PastKind::signature}) {
        ASSERT_NE(find(lessons, kind), nullptr) << to_text(kind);
        EXPECT_EQ(*find(lessons, kind), good_today()) << to_text(kind);
    }
    EXPECT_EQ(count(lessons, PastKind::pair), 2U) << "the network and the DKIM domain";
    EXPECT_EQ(count(lessons, PastKind::signer), 0U) << "the author's own signature is no other's";
}

TEST(Lessons, OnlyWhatIsNeitherHistoryNorInfrastructureIsProof) {
    Situation s;
    s.spf_passes("contoso.com");
    for (const unsigned reason : {100U, 101U, 102U, 108U, 109U, 111U, 115U, 130U})
        EXPECT_EQ(*find(taught(s, Compauth::pass, reason), PastKind::author), good_today()) << reason;
    for (const unsigned reason : {103U, 104U, 112U, 116U, 501U, 502U, 701U, 702U, 703U, 704U})
        for (const PastKind kind : {PastKind::pair, PastKind::author, PastKind::network, PastKind::infrastructure})
            EXPECT_EQ(*find(taught(s, Compauth::pass, reason), kind), unclear_today()) << reason << to_text(kind);
    EXPECT_EQ(*find(taught(s, Compauth::softpass, 201), PastKind::pair), unclear_today());
}

TEST(Lessons, UnprovenMailDoesNotHurtTheAuthorsName) {
    Situation s;
    for (const unsigned reason : {0U, 1U}) {
        const auto lessons = taught(s, Compauth::fail, reason, Suggestion::junk);
        EXPECT_EQ(*find(lessons, PastKind::author), unclear_today());
        for (const PastKind kind : {PastKind::pair, PastKind::network, PastKind::infrastructure, PastKind::contact})
            EXPECT_EQ(*find(lessons, kind), bad_today()) << to_text(kind) << " did send it";
    }
    EXPECT_EQ(*find(taught(s, Compauth::pass, 100, Suggestion::junk), PastKind::author), bad_today())
        << "he did write it";
    EXPECT_EQ(*find(taught(s, Compauth::pass, 100, Suggestion::mark), PastKind::author), good_today());
    s.facts.author.mailboxes[0].display_name = "Chris Green";
    EXPECT_EQ(find(taught(s, Compauth::fail, 1, Suggestion::deliver), PastKind::name), nullptr)
        << "a name is known by proven mail alone";
}

TEST(Lessons, ASignatureDoesNotNameTheSender) {
    Situation s;
    s.dmarc_passes(false, true);
    s.signed_by("contoso.com");
    EXPECT_EQ(*find(taught(s, Compauth::pass, 101), PastKind::pair), unclear_today());
    EXPECT_EQ(*find(taught(s, Compauth::pass, 130), PastKind::pair), good_today()) << "a trusted sealer names it";
    EXPECT_EQ(*find(taught(s, Compauth::pass, 101, Suggestion::junk), PastKind::pair), bad_today());
    s.spf_passes("contoso.com");
    EXPECT_EQ(*find(taught(s, Compauth::pass, 100), PastKind::pair), good_today()) << "the owner's SPF names it";
}

TEST(Lessons, ReSentMailMakesNoPastForWhatIsNotSigned) {
    MemoryLedger ledger;
    for (std::int32_t day = 40; day > 0;
         --day) { // somebody collects signed newsletters and sends them on from his network
        Situation copy;
        on_day(copy, day);
        copy.facts.envelope.mail_from = "x@attacker.example";
        copy.spf_passes("attacker.example");
        copy.dmarc_passes(false, true);
        copy.signed_by("contoso.com");
        copy.facts.dkim[0].fingerprint = std::to_string(day);
        EXPECT_EQ(receive(copy, ledger).reason, 101U);
    }
    Situation spoof;
    const Judgement judgement = receive(spoof, ledger);
    EXPECT_EQ(judgement.result, Compauth::fail);
    EXPECT_EQ(judgement.reason, 1U);
    EXPECT_FALSE(std::ranges::any_of(
        judgement.evidence, [](const Evidence& one) { return one.signal.starts_with("pair_") && one.points > 0; }));
    MemoryLedger honest; // the same weeks from a network that the owner's SPF names
    for (std::int32_t day = 40; day > 0; --day) {
        Situation own;
        on_day(own, day);
        own.spf_passes("contoso.com");
        own.dmarc_passes(true, false);
        static_cast<void>(receive(own, honest));
    }
    Situation unsigned_mail;
    EXPECT_EQ(receive(unsigned_mail, honest).reason, 701U);
}

TEST(Lessons, APastDoesNotFeedOnItself) {
    MemoryLedger ledger;
    for (std::int32_t day = 60; day > 50; --day) {
        Situation s;
        on_day(s, day);
        s.spf_passes("contoso.com");
        s.dmarc_passes(true, false);
        static_cast<void>(receive(s, ledger));
    }
    Situation last;
    for (std::int32_t day = 50; day > 0; --day) { // from here on history alone lets it pass
        last = {};
        on_day(last, day);
        EXPECT_EQ(receive(last, ledger).reason, 701U);
    }
    const Weighed pair = weigh(last.pair(), today, 0);
    EXPECT_EQ(pair.good, 10);
    EXPECT_GT(pair.unclear, 40);
}

TEST(Lessons, SubmittedMailTeachesWhoWritesToWhom) {
    Situation s;
    s.facts.direction = Direction::submitted;
    s.facts.envelope.mail_from = "Ann@ours.example";
    s.facts.envelope.recipients = {"Chris@contoso.com", "dana@contoso.com", "Chris@Contoso.com", "postmaster"};
    s.facts.letter.message_id = "1@ours.example";
    const auto lessons = taught(s, Compauth::none, 300);
    for (const Lesson& lesson : lessons) EXPECT_EQ(lesson.counts, sent_today()) << to_text(lesson.key.kind);
    EXPECT_EQ(count(lessons, PastKind::contact), 2U);
    EXPECT_EQ(count(lessons, PastKind::author), 2U) << "a domain once, whatever many addresses; and the sender himself";
    EXPECT_EQ(count(lessons, PastKind::contact_domain), 1U);
    EXPECT_EQ(count(lessons, PastKind::returned), 1U);
    EXPECT_EQ(lessons.size(), 6U) << "nothing else";
    EXPECT_EQ(lessons[0].key, (PastKey{PastKind::author, "ann@ours.example", ""}));
    EXPECT_EQ(lessons[1].key, (PastKey{PastKind::contact, "chris@contoso.com", "ann@ours.example"}));
    EXPECT_TRUE(keys_of(s.facts, suffixes()).empty()) << "and asks nothing";
    s.facts.envelope.mail_from = "";
    EXPECT_TRUE(taught(s, Compauth::none, 300).empty()) << "a bounce of ours is nobody's letter";
    s.facts.envelope.mail_from = "Ann@ours.example";
    s.facts.direction = Direction::local;
    EXPECT_TRUE(taught(s, Compauth::none, 300).empty());
}

TEST(Lessons, WhatWasNotJudgedTeachesNothing) {
    Situation s;
    s.signed_by("contoso.com");
    EXPECT_TRUE(taught(s, Compauth::none, 305).empty());
    EXPECT_TRUE(taught(s, Compauth::none, 112).empty());
    EXPECT_FALSE(taught(s, Compauth::fail, 1).empty());
}

TEST(Lessons, OnlyOurOwnMailSaysThatSomethingWasSent) {
    Situation s;
    s.facts.envelope.mail_from = "";
    s.facts.letter.delivery_report = true;
    s.facts.letter.returned_ids = {"1@ours.example"};
    const auto keys = keys_of(s.facts, suffixes());
    EXPECT_EQ(count(keys, PastKind::returned), 1U);
    EXPECT_EQ(count(keys, PastKind::contact_domain), 1U);
    const auto lessons = taught(s, Compauth::fail, 1);
    EXPECT_EQ(count(lessons, PastKind::returned), 0U);
    EXPECT_EQ(count(lessons, PastKind::contact_domain), 0U);
    s.facts.envelope.mail_from = "chris@contoso.com";
    EXPECT_EQ(count(keys_of(s.facts, suffixes()), PastKind::returned), 0U) << "no bounce, no question";
}

TEST(Lessons, CopiesAreCountedByTheirRecipients) {
    Situation s;
    s.dmarc_passes(false, true);
    s.signed_by("contoso.com");
    s.facts.dkim[0].fingerprint = "b";
    s.facts.envelope.recipients = {"a@ours.example", "b@ours.example", "c@ours.example"};
    s.facts.envelope.more_recipients = 997;
    EXPECT_EQ(*find(taught(s, Compauth::pass, 101), PastKind::signature), good_today(1000));
    s.facts.envelope.recipients.clear();
    s.facts.envelope.more_recipients = 0;
    EXPECT_EQ(*find(taught(s, Compauth::pass, 101), PastKind::signature), good_today()) << "of a stored message";
}

TEST(Lessons, ContactsAreBounded) {
    Situation s;
    const auto to = [&](std::size_t n) {
        s.facts.envelope.recipients.clear();
        for (std::size_t i = 0; i < n; ++i)
            s.facts.envelope.recipients.push_back("u" + std::to_string(i) + "@ours.example");
        return count(keys_of(s.facts, suffixes()), PastKind::contact);
    };
    EXPECT_EQ(to(most_contacts), most_contacts);
    EXPECT_EQ(to(most_contacts + 1), most_contacts);
    EXPECT_EQ(count(taught(s, Compauth::fail, 1), PastKind::contact), most_contacts);
    s.facts.direction = Direction::submitted;
    EXPECT_EQ(count(taught(s, Compauth::none, 300), PastKind::contact), most_contacts);
    s.facts.direction = Direction::inbound;
    s.facts.envelope.recipients.assign(most_contacts + 1, "Rita@ours.example");
    EXPECT_EQ(count(keys_of(s.facts, suffixes()), PastKind::contact), 1U) << "each once";
}

TEST(Lessons, InfrastructuresAreBounded) {
    Situation s;
    const auto pairs = [&](std::size_t signers) {
        s.facts.dkim.clear();
        for (std::size_t i = 0; i < signers; ++i) s.signed_by("s" + std::to_string(i) + ".example");
        return count(keys_of(s.facts, suffixes()), PastKind::pair) - 1; // read only: how often the author signs
    };
    EXPECT_EQ(pairs(most_infrastructures - 1), most_infrastructures) << "the client's own beside them";
    EXPECT_EQ(pairs(most_infrastructures), most_infrastructures);
    EXPECT_EQ(count(taught(s, Compauth::fail, 1), PastKind::pair), most_infrastructures);
    EXPECT_EQ(count(keys_of(s.facts, suffixes()), PastKind::signer), 1U) << "the first that is not the author's";
}

TEST(Lessons, KeysComeInTheOrderOfKindsEachOnce) {
    Situation s;
    s.signed_by("contoso.com");
    s.signed_by("list.example");
    s.signed_by("contoso.com");
    s.facts.dkim[0].fingerprint = "b";
    s.facts.author.mailboxes[0].display_name = "Chris Green";
    s.facts.envelope.mail_from = "";
    s.facts.letter.returned_ids = {"1@ours.example", "1@ours.example"};
    const auto keys = keys_of(s.facts, suffixes());
    EXPECT_TRUE(std::ranges::is_sorted(keys, {}, &PastKey::kind));
    for (std::size_t i = 0; i < keys.size(); ++i)
        EXPECT_EQ(std::ranges::count(keys, keys[i]), 1) << to_text(keys[i].kind) << keys[i].of;
    EXPECT_EQ(count(keys, PastKind::returned), 1U);
}

TEST(Lessons, FeedbackSpeaksOfWhoSentIt) {
    for (const PastKind kind : {PastKind::pair, PastKind::author, PastKind::signer, PastKind::network,
                                PastKind::infrastructure, PastKind::contact})
        EXPECT_TRUE(takes_feedback(kind)) << to_text(kind);
    for (const PastKind kind : {PastKind::contact_domain, PastKind::name, PastKind::signature, PastKind::returned})
        EXPECT_FALSE(takes_feedback(kind)) << to_text(kind);
}

TEST(MemoryLedger, KeepsWhatItIsTaughtAndItsDays) {
    MemoryLedger ledger(2);
    const PastKey key{PastKind::author, "contoso.com", {}};
    const auto read = [&] { return ledger.read(std::vector{key}); };
    EXPECT_TRUE(read().known);
    ASSERT_EQ(read().pasts.size(), 1U);
    EXPECT_TRUE(read().pasts[0].series.empty());
    for (std::int32_t day = 1; day <= 2; ++day) ledger.learn(std::vector<Lesson>{{key, {.day = day, .good = 1}}});
    ledger.learn(std::vector<Lesson>{{key, {.day = 2, .bad = 1}}});
    EXPECT_EQ(read().of(PastKind::author, "contoso.com"),
              (Series{{.day = 1, .good = 1}, {.day = 2, .good = 1, .bad = 1}}));
    ledger.learn(std::vector<Lesson>{{key, {.day = 3, .good = 1}}});
    EXPECT_EQ(read().pasts[0].series.size(), 2U) << "one day past the limit";
    EXPECT_EQ(ledger.size(), 1U);
}

} // namespace
} // namespace bonafide::verdict
