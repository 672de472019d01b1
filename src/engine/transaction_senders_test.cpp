// Safe and blocked senders on a message's way: unknown before RCPT, at RCPT of the one recipient, at the end of all that were not refused.
#include "engine/test_transaction.hpp"
#include "policy/recipient_table.hpp"

#include <fmt/format.h>

namespace bonafide::engine {
namespace {

using policy::Action;

class SendersOfATransaction : public testing_engine::TransactionTest {
  protected:
    SendersOfATransaction() { settings.mode = Mode::enforce; }

    void use(std::string_view table, const std::vector<std::pair<std::string, std::string>>& rules = {}) {
        auto senders = std::make_shared<policy::RecipientSenders>();
        const auto read = policy::read_recipient_table(table, *senders);
        ASSERT_TRUE(read) << read.error().text;
        context.senders = std::move(senders);
        for (const auto& [when, then] : rules) {
            policy::RuleSource source;
            source.name = {fmt::format("rule {}", settings.rules.list.size()), {}};
            source.when = {{when, {}}};
            source.then.push_back({then, {}});
            settings.rules.list.push_back(std::move(source));
        }
        context.settings = std::make_shared<Settings>(settings);
    }
    /// Of ann@example.com, whom DMARC proves from 192.0.2.1 and no other address, to these recipients.
    Finished run(std::vector<std::string> recipients = {"bob@receiver.example"}, std::string_view client = "192.0.2.1",
                 std::string_view mail_from = "<ann@example.com>") {
        Connection connection(context);
        connection.open(peer(client));
        connection.helo("mx.example.com");
        Transaction message(connection);
        message.mail(mail_from, {});
        EXPECT_EQ(message.surroundings().safe_sender, std::nullopt);
        for (const std::string& recipient : recipients) {
            message.rcpt(recipient);
            message.decide_recipient([&](Early early) { replies.push_back(early.smtp_reply); });
        }
        message.header("From", " Ann <ann@example.com>");
        message.end_of_header();
        message.body("Hello.\r\n");
        Finished finished = end(message);
        around = message.surroundings();
        return finished;
    }
    Settings settings;
    std::vector<std::string> replies; ///< at RCPT
    policy::Surroundings around;
};

TEST_F(SendersOfATransaction, NoTableIsUnknown) {
    EXPECT_EQ(run().decision.action, Action::accept);
    EXPECT_EQ(around.safe_sender, std::nullopt);
    EXPECT_EQ(around.blocked_sender, std::nullopt);
}

TEST_F(SendersOfATransaction, AProvenSafeSenderComesClean) {
    use("bob@receiver.example safe ann@example.com");
    const Finished finished = run();
    EXPECT_EQ(around.safe_sender, true);
    EXPECT_EQ(around.blocked_sender, false);
    EXPECT_EQ(finished.disposition.what, policy::What::none);
    EXPECT_EQ(finished.disposition.why, "all recipients call the author a safe sender");
}

TEST_F(SendersOfATransaction, ASpoofOfASafeSenderStaysRefused) {
    settings.dmarc.reject = policy::DmarcReject::always;
    use("bob@receiver.example safe ann@example.com\n* safe example.com");
    const Finished finished = run({"bob@receiver.example"}, "198.51.100.7");
    EXPECT_EQ(around.safe_sender, false);
    EXPECT_EQ(finished.decision.action, Action::reject);
}

TEST_F(SendersOfATransaction, ABlockedSenderGetsTheJunkMark) {
    use("@receiver.example blocked example.com");
    const Finished finished = run();
    EXPECT_EQ(around.blocked_sender, true);
    EXPECT_EQ(finished.disposition.what, policy::What::junk);
    EXPECT_EQ(finished.disposition.why, "all recipients have blocked the author");
}

TEST_F(SendersOfATransaction, SeveralRecipientsHaveToAgree) {
    use("bob@receiver.example blocked example.com\nrita@receiver.example blocked example.com");
    EXPECT_EQ(run({"bob@receiver.example", "rita@receiver.example"}).disposition.what, policy::What::junk);
    EXPECT_EQ(run({"bob@receiver.example", "ron@receiver.example"}).disposition.what, policy::What::none);
}

TEST_F(SendersOfATransaction, AtRcptEachIsAskedAboutByHimself) {
    use("bob@receiver.example blocked example.com\nrita@receiver.example safe example.com",
        {{"sender.blocked", "reject 550 5.7.1 not to {recipient}"}});
    const Finished finished = run({"bob@receiver.example", "rita@receiver.example", "ron@receiver.example"});
    EXPECT_EQ(replies, (std::vector<std::string>{"550 5.7.1 not to bob@receiver.example", "", ""}));
    EXPECT_EQ(finished.facts.envelope.recipients,
              (std::vector<std::string>{"rita@receiver.example", "ron@receiver.example"}));
    EXPECT_EQ(around.blocked_sender, false) << "who was refused is none of the message's";
    EXPECT_EQ(around.safe_sender, false);
    EXPECT_EQ(finished.decision.action, Action::accept);
}

TEST_F(SendersOfATransaction, WhoIsBlockedByFromIsFoundAtTheEnd) {
    use("bob@receiver.example blocked ann@example.com", {{"sender.blocked", "reject 550 5.7.1 no"}});
    const Finished finished = run({"bob@receiver.example"}, "192.0.2.1", "<x@other.example>");
    EXPECT_EQ(replies, std::vector<std::string>{""});
    EXPECT_EQ(finished.decision.action, Action::reject);
}

TEST_F(SendersOfATransaction, ASafeFromMakesABlockedPathNoMatterAtRcpt) {
    use("bob@receiver.example blocked x@example.com\nbob@receiver.example safe ann@example.com",
        {{"sender.blocked", "reject 550 5.7.1 no"}});
    const Finished finished = run({"bob@receiver.example"}, "192.0.2.1", "<x@example.com>");
    EXPECT_EQ(replies, std::vector<std::string>{""});
    EXPECT_EQ(finished.decision.action, Action::accept);
    EXPECT_EQ(around.safe_sender, true);
}

TEST_F(SendersOfATransaction, RecipientsBeyondTheLimitAreNotKnown) {
    settings.limits.recipients = 1;
    use("* safe example.com");
    run({"bob@receiver.example"});
    EXPECT_EQ(around.safe_sender, true);
    run({"bob@receiver.example", "rita@receiver.example"});
    EXPECT_EQ(around.safe_sender, false);
}

TEST_F(SendersOfATransaction, OnlyMailFromOutsideIsAskedAbout) {
    use("* blocked example.com");
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    send(message, "ann");
    const Finished finished = end(message);
    EXPECT_EQ(message.surroundings().blocked_sender, std::nullopt);
    EXPECT_EQ(finished.decision.action, Action::accept);
}

} // namespace
} // namespace bonafide::engine
