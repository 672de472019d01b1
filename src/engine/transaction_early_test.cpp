// What may be refused before the message is there, and what has to wait: DNS that is slow, modes by recipients, rules that go on.
#include "engine/test_early.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::engine {
namespace {

using policy::Action;

using testing_engine::rule;

class EarlyAnswers : public testing_engine::EarlyTest {
  protected:
    /// MAIL, with DNS answers that come later.
    std::string at_slow_mail() {
        context.source = late;
        Connection connection(context);
        connection.open(peer());
        Transaction message(connection);
        message.mail("<ann@example.com>", "");
        std::optional<Early> early;
        message.decide_mail([&](Early one) { early = std::move(one); });
        while (!late->waiting.empty()) late->deliver(0);
        context.source = immediate;
        return text_of(early);
    }
    /// A whole message for two, asked early at each stage; the replies, then what became of it.
    std::string session(std::string_view client = "192.0.2.1") {
        Connection connection(context);
        connection.open(peer(client));
        Transaction message(connection);
        message.mail("<ann@example.com>", "");
        std::optional<Early> early;
        message.decide_mail([&](Early one) { early = std::move(one); });
        std::string said = text_of(early);
        if (early && early->refuses()) return said;
        for (const char* recipient : {"<rita@receiver.example>", "<ron@receiver.example>"})
            said += " | " + at_rcpt(message, recipient);
        message.header("From", " ann@example.com");
        message.end_of_header();
        const Finished finished = end(message);
        return fmt::format("{} | {} by {}", said, to_text(finished.decision.action), finished.decision.by);
    }
};

TEST_F(EarlyAnswers, AnAllowanceIsWaitedForWhereDnsIsSlow) {
    settings.lists.allow = {"example.com"};
    settings.lists.block = {"192.0.2.0/24"};
    use({});
    EXPECT_EQ(at_slow_mail(), "go on") << "SPF proves the allowed name";
    use({rule("stranger", "not list.allow", {"reject 550 5.7.1 no"}, "mail")});
    EXPECT_EQ(at_slow_mail(), "go on");
    settings.lists.allow.clear();
    use({});
    EXPECT_TRUE(at_slow_mail().ends_with("by lists.block 192.0.2.0/24"));
}

TEST_F(EarlyAnswers, WhereAnAllowanceMayStillBeProvenTheBlockListWaitsForTheEnd) {
    settings.lists.allow = {"elsewhere.example"};
    settings.lists.block = {"192.0.2.0/24"};
    use({});
    EXPECT_EQ(session(), "go on | go on | go on | reject by lists.block 192.0.2.0/24");
}

TEST_F(EarlyAnswers, ModesByRecipientsHoldFromTheFirstStageOn) {
    settings.spf.reject_fail = true;
    settings.rules.monitor_recipients = {"receiver.example"};
    use({rule("r", "client in [198.51.100.0/24]", {"reject"}, "mail")});
    EXPECT_EQ(session("198.51.100.7"), "go on | go on | go on | accept by ");
    settings.mode = Mode::monitor;
    settings.rules.monitor_recipients.clear();
    settings.rules.enforce_recipients = {"receiver.example"};
    use({});
    EXPECT_EQ(session("198.51.100.7"), "go on | go on | go on | reject by spf.reject_fail");
    use({rule("r", "client in [198.51.100.0/24]", {"reject"}, "mail")});
    EXPECT_EQ(session("198.51.100.7"), "go on | go on | go on | reject by rule r");
}

TEST_F(EarlyAnswers, ARuleThatGoesOnLeavesTheLastWordToLaterOnes) {
    use({rule("perhaps", "client in [192.0.2.0/24]", {"reject 550 5.7.1 perhaps", "continue"}, "mail"),
         rule("for all", "recipient.domain is receiver.example", {"accept"}, "rcpt")});
    EXPECT_EQ(session(), "go on | go on | go on | accept by rule for all");
    use({rule("perhaps", "client in [192.0.2.0/24]", {"discard", "continue"}, "mail"),
         rule("not rita", "recipient is rita@receiver.example", {"reject 550 5.7.1 not her"}, "rcpt")});
    EXPECT_EQ(session(), "go on | 550 5.7.1 not her by rule not rita | go on | discard by rule perhaps");
}

TEST_F(EarlyAnswers, TheLastHeloCounts) { // RFC 3207 4.2: the one before STARTTLS is forgotten
    use({rule("evil", "helo is evil.example", {"reject 550 5.7.1 evil"}, "helo")});
    Connection connection(context);
    connection.open(peer());
    const auto at_helo = [&](std::string_view name) {
        connection.helo(name);
        std::optional<Early> early;
        connection.decide(policy::Level::helo, [&](Early one) { early = std::move(one); });
        return text_of(early);
    };
    EXPECT_EQ(at_helo("ok.example"), "go on");
    EXPECT_TRUE(at_helo("evil.example").starts_with("550 5.7.1 evil"));
    EXPECT_EQ(at_helo("ok.example"), "go on");
}

TEST_F(EarlyAnswers, WhoIsRefusedGetsNoGoodName) {
    use({rule("first", "from.domain is example.com", {"reject 550 5.7.1 no"}, "judged")});
    for (const bool refused : {true, false}) {
        if (!refused) use({});
        Connection connection(context);
        connection.open(peer());
        Transaction message(connection);
        message.mail("<ann@example.com>", "");
        message.rcpt("<rita@receiver.example>");
        message.header("From", " ann@example.com");
        message.end_of_header();
        const Finished finished = end(message);
        EXPECT_EQ(finished.decision.action, refused ? policy::Action::reject : policy::Action::accept);
        EXPECT_EQ(
            std::ranges::any_of(finished.lessons,
                                [](const verdict::Lesson& one) { return one.counts.good + one.counts.unclear > 0; }),
            !refused);
    }
}

TEST_F(EarlyAnswers, WhatIsRefusedBeforeTheMessageIsThereToBeKept) {
    use({rule("net", "client in [198.51.100.0/24]", {"reject 550 5.7.1 not you"}, "mail"),
         rule("not rita", "recipient is rita@receiver.example", {"reject 550 5.7.1 not her"}, "rcpt"),
         rule("not ron", "recipient is ron@receiver.example", {"defer 451 4.7.1 not now"}, "rcpt")});
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    message.mail("<ann@example.com>", "");
    EXPECT_FALSE(message.without_recipients()) << "nobody was refused";
    EXPECT_TRUE(at_rcpt(message, "<rita@receiver.example>").starts_with("550"));
    EXPECT_TRUE(at_rcpt(message, "<ron@receiver.example>").starts_with("451"));
    const auto none_left = message.without_recipients();
    ASSERT_TRUE(none_left);
    EXPECT_EQ(none_left->ended, policy::Level::rcpt);
    EXPECT_EQ(none_left->decision.action, policy::Action::defer);
    EXPECT_EQ(none_left->decision.why, "deferred at rcpt by rule not ron");
    ASSERT_EQ(none_left->refused.size(), 2U);
    EXPECT_EQ(none_left->refused[0].recipient, "rita@receiver.example");
    EXPECT_EQ(none_left->refused[0].smtp_reply, "550 5.7.1 not her");
    EXPECT_EQ(at_rcpt(message, "<eve@receiver.example>"), "go on");
    EXPECT_FALSE(message.without_recipients()) << "somebody is left";
    message.header("From", " ann@example.com");
    message.end_of_header();
    const Finished finished = end(message);
    EXPECT_FALSE(finished.ended);
    EXPECT_EQ(finished.refused.size(), 2U);
    EXPECT_EQ(finished.facts.envelope.recipients, std::vector<std::string>{"eve@receiver.example"});

    Connection other(context);
    other.open(peer("198.51.100.7"));
    Transaction at_mail(other);
    at_mail.mail("<ann@example.com>", "");
    const Finished refused = at_mail.refused({"550 5.7.1 not you", "rule net"});
    EXPECT_EQ(refused.ended, policy::Level::mail);
    EXPECT_EQ(refused.facts.dmarc.unavailable, "refused before the message");
    EXPECT_EQ(refused.facts.spf.value->result, spf::Result::fail);
}

TEST_F(EarlyAnswers, ManyFieldsOfOneNameHideNoOther) {
    use({rule("many", "header.received contains x", {"log"}, "data"),
         rule("bad", "header.x-bad is yes", {"reject 550 5.7.1 bad"}, "data"),
         rule("none", "header.received is unknown", {"log"}, "data")});
    for (const std::size_t count : {100U, 101U}) {
        Connection connection(context);
        connection.open(peer());
        Transaction message(connection);
        message.mail("<ann@example.com>", "");
        for (std::size_t i = 0; i < count; ++i) message.header("Received", " y");
        message.header("X-Bad", " yes");
        message.header("From", " ann@example.com");
        message.end_of_header();
        const Finished finished = end(message);
        EXPECT_EQ(finished.decision.smtp_reply, "550 5.7.1 bad") << count;
        EXPECT_EQ(finished.around.cut_headers.size(), count > 100 ? 1U : 0U);
    }
}

TEST_F(EarlyAnswers, TextsNameWhatNoConditionReads) {
    use({rule("t", "", {"add-header X-C: {header.x-who} {spf_helo.result} {size} {client.ptr}"}, "data")});
    Connection connection(context);
    connection.open(peer());
    connection.helo("example.com");
    Transaction message(connection);
    message.mail("<ann@example.com>", "");
    message.header("X-Who", " me");
    message.header("From", " ann@example.com");
    message.end_of_header();
    message.body("hello");
    const Finished finished = end(message);
    const auto edit = std::ranges::find(finished.decision.edits, "X-C", &policy::HeaderEdit::name);
    ASSERT_NE(edit, finished.decision.edits.end());
    EXPECT_EQ(edit->value, "me pass 5 mx.example.com");
}

/// What a reply of the settings names is looked up although no rule reads it.
TEST_F(EarlyAnswers, RepliesOfTheSettingsNameWhatNoRuleReads) {
    settings.rules.reject_reply = "550 5.7.1 not from {client.ptr}";
    use({rule("r", "client in [192.0.2.0/24]", {"reject"}, "mail")});
    EXPECT_EQ(at_slow_mail(), "550 5.7.1 not from mx.example.com by rule r");
    settings.rules.reject_reply = Settings().rules.reject_reply;
    settings.lists.block = {"192.0.2.0/24"};
    settings.rules.block_reply = "550 5.7.1 no, {client.ptr}, SPF or not ({spf.result}, {spf_helo.result})";
    use({});
    EXPECT_EQ(at_slow_mail(), "550 5.7.1 no, mx.example.com, SPF or not (pass, none) by lists.block 192.0.2.0/24");
    settings.lists.block.clear();
    settings.spf.reject_fail = true;
    settings.spf.reject_reply = "550 5.7.23 no, {client}, {iprev.result}";
    use({});
    EXPECT_EQ(session("198.51.100.7"), "550 5.7.23 no, 198.51.100.7, permerror by spf.reject_fail");
}

TEST_F(EarlyAnswers, RepliesAtTheEndNameWhatNoRuleReads) {
    settings.dmarc.several_authors = policy::SeveralAuthors::refuse;
    settings.dmarc.several_authors_reply =
        "550 5.7.1 {header.x-who} by {spf_helo.result}: {size} bytes for {header.x-none}";
    use({});
    Connection connection(context);
    connection.open(peer());
    connection.helo("example.com");
    Transaction message(connection);
    message.mail("<ann@example.com>", "");
    message.rcpt("<bob@receiver.example>");
    message.header("X-Who", " me");
    message.header("From", " ann@example.com, bob@other.example");
    message.end_of_header();
    EXPECT_FALSE(message.body_ignored()) << "its size is wanted";
    message.body("hello");
    const Finished finished = end(message);
    EXPECT_EQ(finished.decision.smtp_reply, "550 5.7.1 me by pass: 5 bytes for -");
}

} // namespace
} // namespace bonafide::engine
