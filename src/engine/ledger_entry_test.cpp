#include "engine/ledger_entry.hpp"
#include "engine/ledger_lists.hpp"
#include "engine/stored_message.hpp"
#include "io/store_names.hpp"
#include "verdict/test_facts.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace bonafide::engine {
namespace {

namespace json = boost::json;
using namespace verdict::testing_facts;
using verdict::PastKind;

constexpr io::store::Secret secret{4, 5, 6};

/// A message of somebody with a name, a subject and two addresses, to two recipients.
class LedgerEntryTest : public testing::Test {
  protected:
    LedgerEntryTest() {
        settings.lists.accepted_domains = {"receiver.example"};
        verdict::Facts& facts = finished.facts;
        facts = inbound("contoso.com");
        facts.author.mailboxes = {{"Chris Longname", "Chris", "contoso.com"}};
        facts.envelope.mail_from = "bounce-Chris=x@mail.contoso.com";
        facts.envelope.recipients = {"Ann@receiver.example", "bob@receiver.example"};
        facts.letter.message_id = "Id.1@host.contoso.com";
        facts.letter.subject = "The very private subject";
        facts.letter.reply_to = {{"Chris Longname", "chris.private", "webmail.example"}};
        facts.letter.list_id = "lovers-of-opera.lists.contoso.com";
        facts.spf = {spf_outcome(spf::Result::none, "mail.contoso.com", spf::Code::no_record), {}};
        facts.dmarc = {without_policy(dmarc::Result::none, "contoso.com", dmarc::Code::no_record), {}};
        facts.dkim = {signature(dkim::Result::pass, "signer.example")};
        facts.dkim[0].identity = "Chris.Signing@signer.example";
        finished.judgement.emplace();
        finished.judgement->result = verdict::Compauth::fail;
        finished.judgement->reason = 1;
        finished.judgement->why = "nothing vouches for Chris@contoso.com";
        finished.judgement->evidence = {{"impersonated_name", -5, "the display name is that of Chris L., not"}};
        finished.judgement->suggestion = verdict::Suggestion::junk;
        finished.history = {
            true,
            {{{PastKind::contact, "chris@contoso.com", "ann@receiver.example"}, {{.day = 7, .good = 2}}},
             {{PastKind::name, "ann@receiver.example", "chris longname"}, {}}}};
        lessons = {{{PastKind::contact, "chris@contoso.com", "ann@receiver.example"}, {.day = 8, .bad = 1}},
                   {{PastKind::author, "contoso.com", {}}, {.day = 8, .unclear = 1}}};
    }
    io::store::Message make() {
        const LedgerLists lists(settings, suffixes, 0);
        return make_message(finished, "01-ID", "4ABC", lessons,
                            {secret, settings, *lists.current(), *suffixes, "mx.receiver.example"});
    }
    json::object document() {
        const io::store::Message message = make();
        return json::parse(with_history(message.document, message.packed)).as_object();
    }

    const std::shared_ptr<const dns::PublicSuffixList> suffixes =
        std::make_shared<const dns::PublicSuffixList>(dns::PublicSuffixList::system());
    Settings settings;
    Finished finished;
    std::vector<verdict::Lesson> lessons;
};

bool has_term(const io::store::Message& message, std::string_view term) {
    return std::ranges::find(message.terms, io::store::hash_of_term(secret, term)) != message.terms.end();
}

TEST_F(LedgerEntryTest, Columns) {
    const io::store::Message message = make();
    EXPECT_EQ(message.id, "01-ID");
    EXPECT_EQ(message.time, finished.facts.now);
    EXPECT_EQ(message.direction, "inbound");
    EXPECT_EQ(message.author, "chris@contoso.com");
    EXPECT_EQ(message.author_domain, "contoso.com");
    EXPECT_EQ(message.infrastructure, "network:192.0.2.0/24");
    EXPECT_EQ(message.recipient, "ann@receiver.example");
    EXPECT_EQ(message.compauth, "fail");
    EXPECT_EQ(message.reason, 1U);
    EXPECT_EQ(message.dmarc, "none");
    EXPECT_EQ(message.dmarc_policy, "");
    EXPECT_EQ(message.suggestion, "junk");
    EXPECT_EQ(message.action, "accept");
    EXPECT_EQ(message.sealer, "");
    EXPECT_EQ(message.transcript, "") << "not kept by default";
    EXPECT_TRUE(message.correspondents.empty());
    EXPECT_FALSE(message.internal);
}

TEST_F(LedgerEntryTest, IsFoundByEverythingAnAdministratorKnows) {
    const io::store::Message message = make();
    for (const char* term :
         {"01-id", "4abc", "id.1@host.contoso.com", "chris@contoso.com", "contoso.com",
          "bounce-chris=x@mail.contoso.com", "mail.contoso.com", "ann@receiver.example", "bob@receiver.example",
          "receiver.example", "signer.example", "chris.private@webmail.example", "webmail.example", "192.0.2.10",
          "192.0.2.0/24", "mail.example", "chris.signing@signer.example"})
        EXPECT_TRUE(has_term(message, term)) << term;
    EXPECT_FALSE(has_term(message, "other.example"));
    EXPECT_FALSE(has_term(message, ""));
    EXPECT_TRUE(std::ranges::is_sorted(message.terms));
    EXPECT_EQ(std::ranges::adjacent_find(message.terms), message.terms.end()) << "each once";
}

TEST_F(LedgerEntryTest, Document) {
    json::object got = document();
    EXPECT_EQ(got["queue_id"], "4ABC");
    EXPECT_EQ(got["message_id"], "Id.1@host.contoso.com");
    EXPECT_EQ(got["list_id"], "lovers-of-opera.lists.contoso.com");
    EXPECT_EQ(got["client"], "192.0.2.10");
    EXPECT_EQ(got["helo"], "mail.example");
    EXPECT_EQ(got["mail_from"], "bounce-Chris=x@mail.contoso.com");
    EXPECT_EQ(json::serialize(got["recipients"]), R"(["Ann@receiver.example","bob@receiver.example"])");
    EXPECT_EQ(json::serialize(got["history"]),
              R"([{"kind":"contact","of":"chris@contoso.com","with":"ann@receiver.example","days":[[7,2,0,0,0,0,0]]},)"
              R"({"kind":"name","of":"ann@receiver.example","with":"chris longname","days":[]}])");
    json::object verdict = got["verdict"].as_object();
    EXPECT_FALSE(verdict.contains("dns"));
    EXPECT_EQ(verdict["compauth"].as_object()["reason"], "001");
    EXPECT_TRUE(std::string_view(verdict["authentication_results"].as_string()).starts_with("mx.receiver.example"));
    EXPECT_FALSE(make().document.contains("private subject")) << "not kept by default";
    settings.ledger.subjects = true;
    settings.identity.authserv_id = "named.example";
    got = document();
    EXPECT_EQ(got["subject"], "The very private subject");
    EXPECT_TRUE(make().document.contains("named.example;"));
}

TEST_F(LedgerEntryTest, WhoWasRefusedIsKeptAndFound) {
    finished.facts.envelope.recipients.clear();
    finished.refused = {{"Eve@receiver.example", "550 5.7.1 not for eve@receiver.example", "rule eve"}};
    finished.ended = policy::Level::rcpt;
    finished.decision.why = "refused at rcpt by rule eve";
    for (const bool keeps : {false, true}) {
        settings.ledger.subjects = keeps;
        EXPECT_EQ(
            json::serialize(document()["refused"]),
            fmt::format(
                R"([{{"recipient":"Eve@receiver.example","smtp_reply":"550 5.7.1{}","by":"rule eve","place":0}}])",
                keeps ? " not for eve@receiver.example" : ""));
    }
    EXPECT_EQ(document()["ended"], "rcpt");
    EXPECT_EQ(document()["verdict"].as_object()["sentence"], "refused at rcpt by rule eve");
    EXPECT_EQ(make().recipient, "eve@receiver.example");
    EXPECT_TRUE(has_term(make(), "eve@receiver.example"));
    settings.ledger.addresses = KeptAddresses::hashed;
    const io::store::Message hashed = make();
    EXPECT_FALSE((hashed.document + hashed.recipient).contains("ve@receiver")) << hashed.document;
    const auto again = read_message(hashed.document, hashed.packed);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->refused.at(0).by, "rule eve");
    EXPECT_EQ(again->ended, policy::Level::rcpt);
}

TEST_F(LedgerEntryTest, WhatItAddedToWhichHistories) {
    const auto told = make().told;
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].key, io::store::hash_of(secret, lessons[0].key));
    EXPECT_EQ(told[0].kind, PastKind::contact);
    EXPECT_EQ(told[0].counts, lessons[0].counts);
    EXPECT_EQ(told[0].people, (std::vector<io::store::Hash>{io::store::hash_of_term(secret, "chris@contoso.com"),
                                                            io::store::hash_of_term(secret, "ann@receiver.example")}));
    EXPECT_TRUE(told[1].people.empty());
    const auto people = [](const verdict::PastKey& key) { return increments_of({{key, {}}}, secret).front().people; };
    const std::vector<io::store::Hash> ann{io::store::hash_of_term(secret, "ann@receiver.example")};
    EXPECT_EQ(people({PastKind::contact_domain, "contoso.com", "ann@receiver.example"}), ann);
    EXPECT_EQ(people({PastKind::returned, "id@x", "ann@receiver.example"}), ann);
    EXPECT_EQ(people({PastKind::name, "ann@receiver.example", "chris longname"}), ann);
}

TEST_F(LedgerEntryTest, HashedAddressesLeaveNoLocalPartNameOrSubject) {
    settings.ledger.addresses = KeptAddresses::hashed;
    settings.ledger.subjects = true;
    finished.facts.envelope.recipients.push_back(std::string(400, 'l') + "@receiver.example"); // cut where it is told
    finished.decision.edits = {{policy::HeaderEdit::Kind::insert_top, "Authentication-Results",
                                " mx; spf=none smtp.mailfrom=bounce-Chris=x@mail.contoso.com"}};
    const io::store::Message message = make();
    for (const std::string_view telling : {"hris", "ann@", "Ann", "bob", "bounce", "private", "Longname", "longname",
                                           "Id.1", "id.1", "llll", "opera", "signing"}) {
        EXPECT_FALSE(message.document.contains(telling)) << telling << " in " << message.document;
        EXPECT_FALSE(message.author.contains(telling));
        EXPECT_FALSE(message.recipient.contains(telling));
    }
    EXPECT_TRUE(message.author.starts_with('#') && message.author.ends_with("@contoso.com")) << message.author;
    EXPECT_TRUE(message.document.contains(message.recipient.substr(0, 13))) << "the same person is the same hash";
    EXPECT_EQ(message.author_domain, "contoso.com");
    EXPECT_TRUE(has_term(message, "chris@contoso.com")) << "found by the plain address all the same";
    EXPECT_TRUE(has_term(message, "id.1@host.contoso.com"));
    json::object got = json::parse(message.document).as_object();
    EXPECT_TRUE(got["message_id"].is_null());
    EXPECT_TRUE(std::string_view(got["list_id"].as_string()).ends_with(".contoso.com")) << "whose list it is";
    EXPECT_EQ(got["verdict"].as_object()["letter"].as_object()["list_id"], got["list_id"]);
}

TEST_F(LedgerEntryTest, EveryPersonOfTheMessageCanBeErased) {
    finished.facts.envelope.recipients.emplace_back("root");                        // a local user
    finished.facts.dkim.push_back(signature(dkim::Result::pass, "signer.example")); // i= of the whole domain
    for (const KeptAddresses kept : {KeptAddresses::plain, KeptAddresses::hashed}) {
        settings.ledger.addresses = kept;
        const io::store::Message message = make();
        for (const char* person :
             {"chris@contoso.com", "bounce-chris=x@mail.contoso.com", "ann@receiver.example", "bob@receiver.example",
              "chris.private@webmail.example", "chris.signing@signer.example", "root"})
            EXPECT_NE(std::ranges::find(message.terms, io::store::hash_of_person(secret, person)), message.terms.end())
                << person;
        for (const char* nobody : {"4abc", "contoso.com", "@signer.example", "mail.example"})
            EXPECT_EQ(std::ranges::find(message.terms, io::store::hash_of_person(secret, nobody)), message.terms.end())
                << nobody;
    }
}

TEST_F(LedgerEntryTest, TranscriptsAreKeptWhereTheSettingsSaySo) {
    settings.ledger.keep_transcripts = 60;
    const auto answer = dns::make_answer(dns::Status::no_data);
    finished.facts.transcript.record({.name = "contoso.com", .why = "SPF record", .server = {}}, answer);
    finished.facts.transcript.record({.name = "chris.private._spf.contoso.com", .why = "SPF exists", .server = {}},
                                     answer);
    EXPECT_TRUE(make().transcript.contains("chris.private._spf.contoso.com"));
    settings.ledger.addresses = KeptAddresses::hashed;
    EXPECT_TRUE(make().transcript.contains(R"("contoso.com")"));
    EXPECT_FALSE(make().transcript.contains("private")) << "a macro put a local part into a name";
}

TEST_F(LedgerEntryTest, SpoofsAreInboundJudgedMailThatNobodyVouchesFor) {
    const auto is_spoof = [this](unsigned reason) {
        finished.judgement->reason = reason;
        return make().spoof;
    };
    for (const unsigned reason : {0U, 1U, 2U, 10U, 103U, 104U, 112U, 116U, 201U, 202U, 501U, 601U, 701U, 704U})
        EXPECT_TRUE(is_spoof(reason)) << reason;
    for (const unsigned reason : {100U, 101U, 102U, 108U, 109U, 111U, 115U, 130U})
        EXPECT_FALSE(is_spoof(reason)) << reason;
    finished.judgement->result = verdict::Compauth::none;
    EXPECT_FALSE(is_spoof(300)) << "judging was passed over";
    finished.judgement->result = verdict::Compauth::fail;
    finished.facts.dmarc = {evaluation(dmarc::Result::fail, "contoso.com", dmarc::Policy::none), {}};
    EXPECT_TRUE(is_spoof(1));
    for (const dmarc::Policy policy : {dmarc::Policy::quarantine, dmarc::Policy::reject}) {
        finished.facts.dmarc = {evaluation(dmarc::Result::fail, "contoso.com", policy), {}};
        EXPECT_FALSE(is_spoof(0)) << "the owner has said what to do with it";
    }
    EXPECT_EQ(make().dmarc_policy, "reject");
    finished.facts.dmarc = {without_policy(dmarc::Result::none, "contoso.com", dmarc::Code::no_record), {}};
    finished.facts.direction = verdict::Direction::submitted;
    EXPECT_FALSE(is_spoof(1));
    finished.facts.direction = verdict::Direction::inbound;
    finished.facts.author = {};
    EXPECT_FALSE(is_spoof(1)) << "there is no author who could be spoofed";
    finished.facts.author.domain = "contoso.com";
    finished.judgement.reset();
    EXPECT_FALSE(make().spoof);
    EXPECT_EQ(make().compauth, "");
}

TEST_F(LedgerEntryTest, OursAndSealersAndCorrespondents) {
    finished.facts.author.domain = "sub.receiver.example";
    EXPECT_TRUE(make().internal);
    finished.facts.arc.value = chain(arc::Status::pass, {"first.example", "newest.example"});
    EXPECT_EQ(make().sealer, "") << "DMARC does not fail";
    finished.facts.dmarc = {evaluation(dmarc::Result::fail, "contoso.com"), {}};
    EXPECT_EQ(make().sealer, "newest.example");
    finished.facts.arc.value = chain(arc::Status::fail, {"first.example", "newest.example"});
    EXPECT_EQ(make().sealer, "");

    finished.facts.direction = verdict::Direction::submitted;
    finished.facts.envelope.recipients = {"x@Supplier.example", "y@supplier.example", "bob@receiver.example", "local",
                                          "z@other.example",    "q@[192.0.2.1]"};
    EXPECT_EQ(make().correspondents, (std::vector<std::string>{"supplier.example", "other.example"}));
}

TEST_F(LedgerEntryTest, AnEmptyMessageIsNoTrouble) {
    finished = {};
    lessons.clear();
    EXPECT_EQ(make().author, "");
    EXPECT_TRUE(document()["mail_from"].is_null());
    EXPECT_TRUE(document()["history"].is_null()) << "not known";
    settings.ledger.addresses = KeptAddresses::hashed;
    EXPECT_TRUE(document()["mail_from"].is_null());
}

} // namespace
} // namespace bonafide::engine
