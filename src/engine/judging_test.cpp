// Judging inside a Transaction: the past is asked for once, may come late or never, and every direction teaches what it may.
#include "engine/judging.hpp"
#include "engine/letter.hpp"
#include "engine/test_transaction.hpp"

#include <algorithm>

namespace bonafide::engine {
namespace {

using namespace testing_engine;
using testing::ElementsAre;
using testing::HasSubstr;
using verdict::PastKey;
using verdict::PastKind;

class JudgingTest : public TransactionTest {
  protected:
    JudgingTest() {
        history = std::make_shared<FakeHistory>();
        history->answer.known = true;
        context.history = history;
        context.clock.alarm = [this](Clock::TimePoint when, std::function<void()> act) -> Clock::Alarm {
            auto alarm = std::make_shared<std::function<void()>>(std::move(act));
            alarms.emplace_back(when, alarm);
            return alarm;
        };
    }
    void set(const std::function<void(Settings&)>& change) {
        auto settings = std::make_shared<Settings>(*context.settings);
        change(*settings);
        context.settings = settings;
    }
    /// Rings what is due at `time`.
    void ring(Clock::TimePoint time) {
        now = time;
        for (const auto& [when, weak] : std::exchange(alarms, {}))
            if (const auto act = weak.lock(); act && when <= time) (*act)();
    }
    static std::vector<std::string> fields(const Finished& finished, std::string_view name) {
        std::vector<std::string> values;
        for (const policy::HeaderEdit& edit : finished.decision.edits)
            if (edit.kind != policy::HeaderEdit::Kind::remove && edit.name == name) values.push_back(edit.value);
        return values;
    }
    std::shared_ptr<FakeHistory> history;
    std::vector<std::pair<Clock::TimePoint, std::weak_ptr<std::function<void()>>>> alarms;
};

TEST_F(JudgingTest, TheVerdictWaitsForThePastAndTeaches) {
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    send(message);
    std::optional<Finished> finished;
    message.end([&](Finished f) { finished = std::move(f); });
    EXPECT_FALSE(finished);
    EXPECT_THAT(history->asked, testing::Contains(PastKey{PastKind::pair, "example.com", "ptr:example.com"}));
    EXPECT_THAT(history->asked,
                testing::Contains(PastKey{PastKind::contact, "ann@example.com", "bob@receiver.example"}));
    ASSERT_TRUE(history->deliver());
    ASSERT_TRUE(finished);
    ASSERT_TRUE(finished->judgement);
    EXPECT_EQ(finished->judgement->result, verdict::Compauth::pass);
    EXPECT_EQ(finished->judgement->reason, 102U);
    EXPECT_TRUE(finished->history.known);
    EXPECT_EQ(history->reads, 1);
    EXPECT_TRUE(std::ranges::any_of(finished->lessons, [](const verdict::Lesson& lesson) {
        return lesson.key == PastKey{PastKind::pair, "example.com", "ptr:example.com"} && lesson.counts.good == 1;
    }));
    const std::vector<std::string> results = fields(*finished, "Authentication-Results");
    ASSERT_EQ(results.size(), 2U) << "compauth has a field of its own";
    EXPECT_THAT(results[0] + results[1], HasSubstr("compauth=pass"));
}

TEST_F(JudgingTest, AStoreThatDoesNotAnswerIsNotWaitedFor) {
    Connection connection(context);
    connection.open(peer());
    std::optional<Finished> finished;
    {
        Transaction abandoned(connection);
        send(abandoned);
        abandoned.end([&](Finished f) { finished = std::move(f); });
        ring(now + context.settings->ledger.read_timeout - std::chrono::milliseconds(1));
        EXPECT_FALSE(finished);
    }
    EXPECT_FALSE(history->deliver());
    Transaction message(connection);
    send(message);
    message.end([&](Finished f) { finished = std::move(f); });
    const Clock::TimePoint late = now + context.settings->ledger.read_timeout;
    ring(late);
    ASSERT_TRUE(finished);
    EXPECT_FALSE(finished->history.known);
    EXPECT_EQ(finished->judgement->reason, 102U);
    EXPECT_EQ(fields(*finished, "X-Bonafide-Unchecked"), std::vector<std::string>{"store"});
    EXPECT_FALSE(history->deliver()) << "what comes later is nobody's";
}

TEST_F(JudgingTest, AStoreThatIsDownDefersWhereTheSettingsSaySo) {
    history->answer.known = false;
    history->at_once = true;
    set([](Settings& settings) { settings.failure.store = {2}; }); // tempfail
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    send(message);
    const Finished finished = end(message);
    EXPECT_EQ(finished.decision.action, policy::Action::defer);
    EXPECT_EQ(finished.decision.by, "failure.store");
    EXPECT_TRUE(finished.decision.smtp_reply.starts_with("451 4.3.0 "));
    EXPECT_TRUE(finished.lessons.empty()) << "it comes again";
}

TEST_F(JudgingTest, AnOverloadedServerVerifiesNothing) {
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    message.fail("overload");
    send(message);
    const Finished finished = end(message);
    EXPECT_EQ(history->reads, 0);
    EXPECT_FALSE(finished.facts.spf.value || finished.facts.dmarc.value);
    EXPECT_EQ(finished.judgement->reason, 305U);
    EXPECT_EQ(finished.decision.action, policy::Action::accept);
    EXPECT_EQ(fields(finished, "X-Bonafide-Unchecked"), std::vector<std::string>{"overload"});
    EXPECT_THAT(fields(finished, "Authentication-Results").at(0), HasSubstr("none"));
}

TEST_F(JudgingTest, AFailureWhileItWaitsEndsTheMessageOnce) {
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    send(message);
    int ends = 0;
    message.end([&](Finished f) {
        ++ends;
        EXPECT_EQ(f.facts.unchecked, std::vector<std::string>{"internal"});
        ASSERT_TRUE(f.judgement);
        EXPECT_EQ(f.judgement->reason, 305U);
        EXPECT_TRUE(f.lessons.empty()) << "what was not judged teaches nothing";
    });
    message.fail();
    EXPECT_EQ(ends, 1);
    static_cast<void>(history->deliver());
    EXPECT_EQ(ends, 1);
}

TEST_F(JudgingTest, SwitchedOffNothingIsAskedOrStamped) {
    set([](Settings& settings) { settings.compauth.enabled = false; });
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    send(message);
    const Finished finished = end(message);
    EXPECT_FALSE(finished.judgement);
    EXPECT_EQ(history->reads, 0);
    EXPECT_EQ(fields(finished, "Authentication-Results").size(), 1U);
}

TEST_F(JudgingTest, SubmittedMailTeachesWhoWritesToWhom) {
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    message.mail("<bob@ours.example>", "bob");
    message.rcpt("<Ann@Example.com>");
    message.header("From", " Bob <bob@ours.example>");
    message.header("Message-ID", " <1@ours.example>");
    message.end_of_header();
    const Finished finished = end(message);
    EXPECT_EQ(history->reads, 0);
    EXPECT_FALSE(finished.judgement);
    std::vector<PastKey> keys;
    for (const verdict::Lesson& lesson : finished.lessons) {
        keys.push_back(lesson.key);
        EXPECT_EQ(lesson.counts.sent, 1U);
        EXPECT_EQ(lesson.counts.good + lesson.counts.unclear + lesson.counts.bad, 0U);
    }
    EXPECT_THAT(keys, ElementsAre(PastKey{PastKind::author, "bob@ours.example", ""},
                                  PastKey{PastKind::contact, "ann@example.com", "bob@ours.example"},
                                  PastKey{PastKind::author, "example.com", ""},
                                  PastKey{PastKind::contact_domain, "example.com", "bob@ours.example"},
                                  PastKey{PastKind::returned, "1@ours.example", "bob@ours.example"}));
}

TEST_F(JudgingTest, ABounceOfOurMailIsKnown) {
    history->at_once = true;
    history->answer.pasts = {{{PastKind::returned, "1@ours.example", "bob@ours.example"},
                              {{.day = verdict::day_of(1795255200), .sent = 1}}}};
    Connection connection(context);
    connection.open(peer("198.51.100.1"));
    Transaction message(connection);
    message.mail("<>", {});
    message.rcpt("<bob@ours.example>");
    message.header("From", " MAILER-DAEMON@example.com");
    message.header("Content-Type", " multipart/report; report-type=delivery-status;\r\n boundary=b");
    message.end_of_header();
    EXPECT_FALSE(message.body_ignored()) << "what it returns is in the body";
    message.body("--b\r\n\r\nFrom: bob@ours.example\r\nMessage-ID: <1@ours.");
    message.body("example>\r\n--b--\r\n");
    const Finished finished = end(message);
    EXPECT_THAT(history->asked, testing::Contains(PastKey{PastKind::returned, "1@ours.example", "bob@ours.example"}));
    ASSERT_TRUE(finished.judgement);
    EXPECT_EQ(finished.judgement->reason, 502U) << finished.judgement->why;
}

TEST_F(JudgingTest, WhatAGatewayOfOursStampedCounts) {
    set([](Settings& settings) {
        settings.identity.trusted_hosts = {*ip::Prefix::parse("198.51.100.1")};
        settings.lists.accepted_domains = {"example.com"};
    });
    history->at_once = true;
    for (const bool trusted : {true, false}) {
        Connection connection(context);
        connection.open(peer(trusted ? "198.51.100.1" : "198.51.100.2"));
        Transaction message(connection);
        message.mail("<ann@example.com>", {});
        message.rcpt("<bob@ours.example>");
        message.header("From", " ann@example.com");
        message.header("Authentication-Results", " mx.receiver.example; auth=pass smtp.auth=ann");
        message.end_of_header();
        const Finished finished = end(message);
        ASSERT_TRUE(finished.judgement);
        EXPECT_EQ(finished.judgement->reason, trusted ? 115U : 10U) << finished.judgement->why;
    }
}

TEST_F(JudgingTest, WeightsAndThresholdsOfTheSettingsHold) {
    set([](Settings& settings) {
        settings.compauth.weights = {"dmarc_pass=-7"};
        settings.compauth.thresholds = {"junk=-6"};
    });
    history->at_once = true;
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    send(message);
    const Finished finished = end(message);
    ASSERT_TRUE(finished.judgement);
    EXPECT_EQ(finished.judgement->suggestion, verdict::Suggestion::junk);
    EXPECT_EQ(finished.decision.action, policy::Action::accept) << "a score refuses nothing";
    EXPECT_THAT(fields(finished, std::string(policy::suggestion_field)), ElementsAre(HasSubstr("junk")));
}

TEST_F(JudgingTest, ForgedIndicatorsGo) {
    history->at_once = true;
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    message.mail("<ann@example.com>", {});
    message.rcpt("<bob@ours.example>");
    for (int i = 0; i < 2; ++i) message.header(policy::suggestion_field, " deliver");
    message.header(policy::sender_field, " via=bank.example");
    message.header("x-bonafide-id", " 6562d1a0-1-0-1-1");
    message.header("From", " ann@example.com");
    message.end_of_header();
    const Finished finished = end(message);
    std::vector<std::string> removed;
    for (const policy::HeaderEdit& edit : finished.decision.edits)
        if (edit.kind == policy::HeaderEdit::Kind::remove) removed.push_back(edit.name + std::to_string(edit.position));
    EXPECT_THAT(removed, testing::UnorderedElementsAre("X-Bonafide-Suggestion2", "X-Bonafide-Suggestion1",
                                                       "X-Bonafide-Sender1", "X-Bonafide-Id1"));
}

TEST(Letter, ReadsWhatThereIs) {
    mail::HeaderBlock header{Limits{}};
    header.add("Message-ID", " <a@x.example>");
    header.add("Message-ID", " <b@x.example>");
    header.add("Reply-To", " Ann <ann@y.example>");
    header.add("List-Id", " A list <Users.Lists.example>");
    header.add("Subject", " =?utf-8?q?h=C3=A4?=\r\n  there");
    header.add("Content-Type", " multipart/report; report-type=\"delivery-status\"; boundary=b");
    const verdict::Letter letter = read_letter(header, {});
    EXPECT_EQ(letter.message_id, "a@x.example");
    ASSERT_EQ(letter.reply_to.size(), 1U);
    EXPECT_EQ(letter.reply_to[0].domain, "y.example");
    EXPECT_EQ(letter.list_id, "users.lists.example");
    EXPECT_THAT(letter.subject, HasSubstr("there"));
    EXPECT_TRUE(letter.delivery_report);
}

TEST(Letter, IsBoundedAndNeverFails) {
    mail::HeaderBlock header{Limits{}};
    header.add("Message-ID", " <no end");
    header.add("Reply-To", " ,,,<");
    header.add("List-Id", " <a b>");
    header.add("Subject", " " + std::string(2000, 'x'));
    header.add("Content-Type", " multipart/report");
    const verdict::Letter letter = read_letter(header, {});
    EXPECT_EQ(letter.message_id, "");
    EXPECT_TRUE(letter.reply_to.empty());
    EXPECT_EQ(letter.list_id, "");
    EXPECT_LE(letter.subject.size(), verdict::Letter::most_bytes);
    EXPECT_FALSE(letter.delivery_report);
    EXPECT_EQ(read_letter(mail::HeaderBlock{Limits{}}, {}).subject, "");
}

} // namespace
} // namespace bonafide::engine
