// The engine with DNS that answers at once, late, in odd order, or never; direction; what is stamped and what is left alone.
#include "engine/test_transaction.hpp"

namespace bonafide::engine {
namespace {

using namespace testing_engine;
using testing::HasSubstr;
using verdict::Direction;

TEST_F(TransactionTest, InboundMailIsVerifiedStampedAndForgedFieldsGo) {
    Connection connection(context);
    connection.open(peer());
    connection.helo("mx.example.com");
    Transaction message(connection);
    send(message);
    const Finished finished = end(message);
    const verdict::Facts& facts = finished.facts;
    ASSERT_TRUE(facts.spf.value);
    EXPECT_EQ(facts.spf.value->result, spf::Result::pass);
    ASSERT_TRUE(facts.iprev.value);
    EXPECT_EQ(facts.iprev.value->result, iprev::Result::pass);
    ASSERT_TRUE(facts.dmarc.value);
    EXPECT_EQ(facts.dmarc.value->result, dmarc::Result::pass);
    EXPECT_FALSE(facts.transcript.exchanges().empty());
    EXPECT_TRUE(facts.unchecked.empty());
    ASSERT_EQ(finished.decision.edits.size(), 3U) << "forged field removed, compauth and ours stamped";
    EXPECT_EQ(finished.decision.action, policy::Action::accept);
    EXPECT_EQ(finished.decision.edits[0].kind, policy::HeaderEdit::Kind::remove);
    EXPECT_EQ(finished.decision.edits[0].position, 1U);
    EXPECT_EQ(finished.decision.edits[2].kind, policy::HeaderEdit::Kind::insert_top);
    EXPECT_THAT(finished.decision.edits[2].value, HasSubstr("dmarc=pass"));
}

TEST_F(TransactionTest, SubmittedInternalAndLocalMailIsLeftAloneButForForgedFields) {
    auto settings = std::make_shared<Settings>();
    settings->direction.internal_networks = {*ip::Prefix::parse("10.0.0.0/8")};
    context.settings = settings;
    struct Row {
        Peer peer;
        std::string_view authenticated;
        Direction direction;
    };
    const Row rows[] = {
        {peer(), "ann", Direction::submitted},
        {{ip::Address::parse("192.0.2.1"), 40000, "", "Submission", {}}, "", Direction::submitted},
        {peer("10.1.2.3"), "", Direction::internal},
        {{ip::Address::parse("127.0.0.1"), 0, "localhost", "", {}}, "", Direction::local},
        {{std::nullopt, 0, "localhost", "", {}}, "", Direction::local},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(to_text(row.direction));
        Connection connection(context);
        connection.open(row.peer);
        Transaction message(connection);
        send(message, row.authenticated);
        const Finished finished = end(message);
        EXPECT_EQ(finished.facts.direction, row.direction);
        EXPECT_FALSE(finished.facts.spf.value);
        EXPECT_FALSE(finished.facts.dmarc.value);
        ASSERT_EQ(finished.decision.edits.size(), 1U);
        EXPECT_EQ(finished.decision.edits[0].kind, policy::HeaderEdit::Kind::remove);
        EXPECT_TRUE(message.body_ignored());
    }
}

TEST_F(TransactionTest, NoNetworkIsTrustedByDefault) {
    for (const std::string_view address : {"10.0.0.1", "192.168.1.1", "127.0.0.1", "fd00::1"}) {
        EXPECT_EQ(find_direction({ip::Address::parse(address), 1234, "", "smtpd", {}}, Settings{}.direction),
                  Direction::inbound)
            << address;
    }
}

TEST_F(TransactionTest, AClientOfUnknownAddressIsNobodyOfOurs) {
    EXPECT_EQ(find_direction({std::nullopt, 0, "unknown", "smtpd", {}}, Settings{}.direction), Direction::inbound);
    EXPECT_EQ(find_direction({}, Settings{}.direction), Direction::inbound);
    Connection connection(context);
    connection.open({});
    Transaction message(connection);
    send(message);
    const Finished finished = end(message);
    EXPECT_EQ(finished.facts.direction, Direction::inbound);
    EXPECT_THAT(finished.facts.spf.unavailable, HasSubstr("not known"));
    EXPECT_EQ(finished.decision.edits.size(), 3U) << "forged field removed, compauth and ours stamped";
}

TEST_F(TransactionTest, RecipientsPastTheLimitAreCounted) {
    auto settings = std::make_shared<Settings>();
    settings->limits.recipients = 2;
    context.settings = settings;
    for (const std::size_t given : {2U, 3U}) {
        Connection connection(context);
        connection.open(peer());
        Transaction message(connection);
        message.mail("ann@example.com", {});
        for (std::size_t i = 0; i < given; ++i) message.rcpt("bob@receiver.example");
        EXPECT_EQ(message.envelope().recipients.size(), 2U);
        EXPECT_EQ(message.envelope().more_recipients, given - 2);
    }
}

TEST_F(TransactionTest, ForgedFieldsPastTheLimitDeferTheMessage) {
    auto settings = std::make_shared<Settings>();
    settings->limits.authres_forged = 2;
    context.settings = settings;
    for (const int forged : {2, 3}) {
        Connection connection(context);
        connection.open(peer());
        Transaction message(connection);
        message.mail("ann@example.com", {});
        for (int i = 0; i < forged; ++i) message.header("Authentication-Results", " mx.receiver.example; none");
        message.header("From", " ann@example.com");
        message.end_of_header();
        const Finished finished = end(message);
        EXPECT_EQ(finished.decision.action, forged > 2 ? policy::Action::defer : policy::Action::accept);
    }
}

TEST_F(TransactionTest, HundredsOfSignaturesStillGetOneFieldOfBearableSize) {
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    message.mail("ann@example.com", {});
    for (int i = 0; i < 500; ++i)
        message.header("DKIM-Signature", " v=1; a=rsa-sha256; d=example.com; s=s; h=from:to; bh=AAAA; b=AAAA");
    message.header("From", " ann@example.com");
    message.end_of_header();
    const Finished finished = end(message);
    EXPECT_EQ(finished.facts.dkim.size(), 500U);
    ASSERT_EQ(finished.decision.edits.size(), 2U);
    EXPECT_LT(finished.decision.edits.back().value.size(), 16000U);
    EXPECT_THAT(finished.decision.edits.back().value, HasSubstr("480 more signatures"));
}

TEST_F(TransactionTest, AnswersMayComeLateAndInAnyOrder) {
    context.source = late;
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    send(message);
    std::optional<Finished> finished;
    message.end([&](Finished f) { finished = std::move(f); });
    EXPECT_GE(late->waiting.size(), 3U) << "iprev, SPF and DMARC discovery wait side by side";
    while (!late->waiting.empty()) late->deliver(late->waiting.size() - 1);
    ASSERT_TRUE(finished);
    EXPECT_EQ(finished->facts.dmarc.value->result, dmarc::Result::pass);
}

TEST_F(TransactionTest, AnAbandonedMessageIgnoresAnswers) {
    context.source = late;
    Connection connection(context);
    connection.open(peer());
    bool called = false;
    {
        Transaction message(connection);
        send(message);
        message.end([&](Finished) { called = true; });
    }
    while (!late->waiting.empty()) late->deliver(0);
    EXPECT_FALSE(called);
}

TEST_F(TransactionTest, TheConnectionMayGoWhileQuestionsAreUnderWay) {
    context.source = late;
    {
        Connection connection(context);
        connection.open(peer());
    }
    while (!late->waiting.empty()) late->deliver(0);
}

TEST_F(TransactionTest, DoneMayDestroyTheMessage) {
    context.source = late;
    Connection connection(context);
    connection.open(peer());
    auto message = std::make_unique<Transaction>(connection);
    send(*message);
    message->end([&](Finished) { message.reset(); });
    while (!late->waiting.empty()) late->deliver(0);
    EXPECT_FALSE(message);
}

TEST_F(TransactionTest, AResolverThatAnswersNothingIsOurFailure) {
    context.source = late;
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    send(message);
    late->fails_with = dns::Status::timeout;
    const Finished finished = end(message);
    EXPECT_EQ(finished.facts.spf.value->result, spf::Result::temperror);
    EXPECT_EQ(finished.facts.dmarc.value->result, dmarc::Result::temperror);
    EXPECT_THAT(finished.facts.unchecked, testing::ElementsAre("dns"));
    EXPECT_EQ(finished.decision.action, policy::Action::accept)
        << "a temporary DNS error never defers mail in monitor mode";
}

TEST_F(TransactionTest, PastTheDeadlineEveryFurtherQuestionTimesOut) {
    context.source = late;
    auto parsed = dns::Zone::parse(
        "example.com. TXT \"v=spf1 include:a.example.com -all\"\na.example.com. TXT \"v=spf1 ip4:192.0.2.1 -all\"\n");
    ASSERT_TRUE(parsed);
    late = std::make_shared<LateSource>(*parsed);
    context.source = late;
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    message.mail("ann@example.com", {});
    now += context.settings->dns.message_timeout;
    while (!late->waiting.empty()) late->deliver(late->waiting.size() - 1);
    message.header("From", " ann@example.com");
    message.end_of_header();
    const Finished finished = end(message);
    EXPECT_EQ(finished.facts.spf.value->result, spf::Result::temperror);
}

TEST_F(TransactionTest, SeveralMessagesShareOneConnection) {
    context.source = late;
    Connection connection(context);
    connection.open(peer());
    for (int i = 0; i < 3; ++i) {
        Transaction message(connection);
        send(message);
        const Finished finished = end(message);
        EXPECT_EQ(finished.facts.iprev.value->result, iprev::Result::pass) << i;
        EXPECT_EQ(finished.facts.envelope.recipients.size(), 1U);
    }
}

TEST_F(TransactionTest, AMissingFromIsNeverSilence) {
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    message.mail("", {});
    message.header("Subject", " no author");
    message.end_of_header();
    const Finished finished = end(message);
    EXPECT_EQ(finished.facts.author.cause, mail::FromCause::missing);
    EXPECT_EQ(finished.facts.dmarc.value->result, dmarc::Result::permerror);
}

TEST_F(TransactionTest, WithoutAnAddressAFailIsNotClaimed) {
    Connection connection(context);
    connection.open({std::nullopt, 0, "", "", Direction::inbound});
    Transaction message(connection);
    send(message);
    const Finished finished = end(message);
    EXPECT_FALSE(finished.facts.spf.value);
    EXPECT_THAT(finished.facts.spf.unavailable, HasSubstr("address is not known"));
    EXPECT_FALSE(finished.facts.dmarc.value);
    EXPECT_THAT(finished.facts.dmarc.unavailable, HasSubstr("SPF was not checked"));
}

TEST_F(TransactionTest, ExplanationsAreLookedUpUnlessSwitchedOff) {
    auto parsed = dns::Zone::parse(
        "example.com. TXT \"v=spf1 -all exp=why.example.com\"\nwhy.example.com. TXT \"Not from there\"\n");
    ASSERT_TRUE(parsed);
    immediate = std::make_shared<dns::ImmediateSource>(**parsed);
    context.source = immediate;
    for (const bool wanted : {true, false}) {
        auto settings = std::make_shared<Settings>();
        settings->spf.explanation = wanted;
        context.settings = settings;
        Connection connection(context);
        connection.open(peer());
        Transaction message(connection);
        send(message);
        const Finished finished = end(message);
        EXPECT_EQ(finished.facts.spf.value->result, spf::Result::fail);
        EXPECT_EQ(finished.facts.spf.value->explanation, wanted ? "Not from there" : "");
    }
}

TEST_F(TransactionTest, HeaderPastTheLimitIsSaidAndAccepted) {
    auto settings = std::make_shared<Settings>();
    settings->limits.header_fields = 2;
    context.settings = settings;
    for (const int fields : {2, 3}) {
        Connection connection(context);
        connection.open(peer());
        Transaction message(connection);
        message.mail("ann@example.com", {});
        message.header("From", " ann@example.com");
        for (int i = 1; i < fields; ++i) message.header("X-Filler", " x");
        message.end_of_header();
        const Finished finished = end(message);
        const bool past = fields > 2;
        EXPECT_EQ(finished.facts.dmarc.value->result, past ? dmarc::Result::permerror : dmarc::Result::pass);
        EXPECT_EQ(finished.facts.unchecked.empty(), !past);
        EXPECT_EQ(finished.decision.action, policy::Action::accept);
    }
}

TEST_F(TransactionTest, ForgedFieldsBehindTheHeaderLimitGoToo) {
    auto settings = std::make_shared<Settings>();
    settings->limits.header_fields = 3;
    settings->identity.also_ours = {"old.example"};
    context.settings = settings;
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    message.mail("ann@example.com", {});
    message.header("Authentication-Results", " other.example; none");       // 1
    message.header("Authentication-Results", " mx.receiver.example; none"); // 2
    message.header("From", " ann@example.com");
    message.header("authentication-results", " mx.receiver.example; none"); // 3, the first not kept
    message.header("Authentication-Results ", " other.example; none");      // 4
    message.header("Authentication-Results ", " old.example; none");        // 5
    message.end_of_header();
    const Finished finished = end(message);
    EXPECT_EQ(removed_by(finished.decision), (std::vector<std::size_t>{5, 3, 2}));
}

TEST_F(TransactionTest, BesideAnotherFilterResultsStandUnderAnotherName) {
    auto settings = std::make_shared<Settings>();
    settings->identity.results_field = "X-Bonafide-Results";
    settings->limits.header_fields = 4;
    context.settings = settings;
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    message.mail("ann@example.com", {});
    message.header("Authentication-Results", " mx.receiver.example; dmarc=pass header.from=example.com"); // theirs
    message.header("x-bonafide-results", " other.example; none");                                         // 1
    message.header("X-Bonafide-Results", " mx.receiver.example; none");                                   // 2
    message.header("From", " ann@example.com");
    message.header("X-Bonafide-Results", " mx.receiver.example; none");     // 3, not kept
    message.header("Authentication-Results", " mx.receiver.example; none"); // theirs, not kept
    message.end_of_header();
    const Finished finished = end(message);
    EXPECT_EQ(removed_by(finished.decision), (std::vector<std::size_t>{3, 2}));
    std::vector<std::string> stamped;
    for (const policy::HeaderEdit& edit : finished.decision.edits) {
        EXPECT_NE(edit.name, "Authentication-Results");
        if (edit.kind == policy::HeaderEdit::Kind::insert_top && edit.name == "X-Bonafide-Results")
            stamped.push_back(edit.value);
    }
    ASSERT_EQ(stamped.size(), 2U) << "compauth and ours";
    EXPECT_THAT(stamped[0], HasSubstr("compauth="));
    EXPECT_TRUE(stamped[1].starts_with("mx.receiver.example;")) << stamped[1];
}

TEST_F(TransactionTest, WhatATrustedHostStampedIsReadWhateverOursIsCalled) {
    auto settings = std::make_shared<Settings>();
    settings->identity.results_field = "X-Bonafide-Results";
    settings->identity.trusted_hosts = {*ip::Prefix::parse("192.0.2.1")};
    context.settings = settings;
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    send(message);
    const Finished finished = end(message);
    ASSERT_EQ(finished.upstream.size(), 1U);
    EXPECT_EQ(finished.upstream[0].results[0].method, "dmarc");
    EXPECT_EQ(removed_by(finished.decision), (std::vector<std::size_t>{}));
}

TEST_F(TransactionTest, FieldsOfUnknownVersionGoOnEitherSideOfTheHeaderLimit) { // RFC 8601 5
    auto settings = std::make_shared<Settings>();
    const std::size_t most = settings->limits.header_fields;
    context.settings = settings;
    for (const std::size_t before :
         {most - 1, most, most + 1}) { // the field is the last kept, the first not kept, a later one
        SCOPED_TRACE(before);
        Connection connection(context);
        connection.open(peer());
        Transaction message(connection);
        message.mail("ann@example.com", {});
        message.header("From", " ann@example.com");
        for (std::size_t i = 1; i < before; ++i) message.header("X-Filler", " x");
        message.header("Authentication-Results", " other.example 2; dmarc=pass"); // 1
        message.header("Authentication-Results", " other.example 1; dmarc=pass"); // 2
        message.header("Authentication-Results", " ; mx.receiver.example; none"); // 3
        message.end_of_header();
        const Finished finished = end(message);
        EXPECT_EQ(removed_by(finished.decision), (std::vector<std::size_t>{3, 1}));
    }
}

TEST_F(TransactionTest, TheIdnaBudgetIsOneForFieldsOnBothSidesOfTheHeaderLimit) {
    auto settings = std::make_shared<Settings>();
    settings->limits.header_fields = 33;
    context.settings = settings;
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    message.mail("ann@example.com", {});
    for (int i = 0; i < 66; ++i)
        message.header("Authentication-Results", " m\u00f8x" + std::to_string(i) + ".example; none");
    message.end_of_header();
    const Finished finished = end(message);
    EXPECT_EQ(removed_by(finished.decision), (std::vector<std::size_t>{33, 32}))
        << "64 names are converted in a message";
}

} // namespace
} // namespace bonafide::engine
