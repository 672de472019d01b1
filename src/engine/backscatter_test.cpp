// Tags of outgoing mail and the bounces that bring them back, through the engine.
#include "engine/header_edits.hpp"
#include "engine/test_rules.hpp"
#include "engine/test_transaction.hpp"
#include "sign/bounce_tag.hpp"

#include <fmt/format.h>

namespace bonafide::engine {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class BackscatterTest : public testing_engine::TransactionTest {
  protected:
    BackscatterTest() {
        settings.mode = Mode::enforce;
        settings.compauth.enabled = false; // which has a mark of its own
        settings.backscatter.action = OnBackscatter::reject;
    }
    void equip() {
        auto policy = std::make_shared<SigningPolicy>(make_signing_policy(settings, std::make_shared<SigningKeys>()));
        policy->backscatter.secrets = {"sixteen characters"};
        context.signing = policy;
        context.settings = std::make_shared<Settings>(settings);
    }
    /// The tag of a message that Ann sends; empty: none.
    std::string send_as(std::string_view login, std::string_view mail_from = "<ann@receiver.example>") {
        equip();
        Connection connection(context);
        connection.open(peer());
        Transaction message(connection);
        message.mail(mail_from, login);
        message.rcpt("<bob@example.com>");
        message.header("From", " ann@receiver.example");
        message.header("Message-ID", " <m1@receiver.example>");
        message.end_of_header();
        const Finished finished = end(message);
        for (const policy::HeaderEdit& edit : finished.decision.edits)
            if (edit.name == sign::tag_field) return edit.value;
        return {};
    }
    std::string recipient = "<ann@receiver.example>";
    Finished bounce(const std::string& tag, std::string_view from = "MAILER-DAEMON@elsewhere.example",
                    std::string_view type = "multipart/report; report-type=delivery-status; boundary=b") {
        equip();
        Connection connection(context);
        connection.open(peer());
        Transaction message(connection);
        message.mail("<>", "");
        message.rcpt(recipient);
        message.header("From", fmt::format(" {}", from));
        message.header("Content-Type", fmt::format(" {}", type));
        message.end_of_header();
        message.body("--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <m1@receiver.example>\r\n");
        if (!tag.empty()) message.body(fmt::format("X-Bonafide-Tag: {}\r\n", tag));
        message.body("--b--\r\n");
        return end(message);
    }
    Settings settings;
};

bool has_junk_mark(const Finished& finished) {
    return std::ranges::find(finished.decision.edits, "X-Bonafide-Junk", &policy::HeaderEdit::name) !=
           finished.decision.edits.end();
}

TEST_F(BackscatterTest, ABounceOfOurOwnMailComesIn) {
    const std::string tag = send_as("ann");
    ASSERT_FALSE(tag.empty());
    const Finished finished = bounce(tag);
    EXPECT_EQ(finished.around.bounce_tag, "valid");
    EXPECT_EQ(finished.decision.action, policy::Action::accept);
    EXPECT_THAT(finished.facts.letter.returned_ids, testing::ElementsAre("m1@receiver.example"));
}

TEST_F(BackscatterTest, ABounceOfMailThatWasNeverSentIsRefused) {
    const Finished finished = bounce("");
    EXPECT_EQ(finished.around.bounce_tag, "missing");
    EXPECT_EQ(finished.decision.action, policy::Action::reject);
    EXPECT_EQ(finished.decision.smtp_reply, "550 5.7.1 This bounce is of no message that was sent from here");
    EXPECT_EQ(finished.decision.by, "backscatter.action");
    EXPECT_EQ(bounce("v=1; t=1795255200; i=1; m=AAAAAAAAAAAAAAAAAAAAAA").around.bounce_tag, "wrong");
}

TEST_F(BackscatterTest, MonitorModeOnlySaysSo) {
    settings.mode = Mode::monitor;
    const Finished finished = bounce("");
    EXPECT_EQ(finished.decision.action, policy::Action::accept);
    EXPECT_THAT(finished.decision.would, testing::Contains(HasSubstr("backscatter.action: reject 550")));
}

TEST_F(BackscatterTest, MarkAndLog) {
    settings.backscatter.action = OnBackscatter::mark;
    const Finished marked = bounce("");
    EXPECT_EQ(marked.decision.action, policy::Action::accept);
    EXPECT_TRUE(has_junk_mark(marked));
    settings.backscatter.action = OnBackscatter::log;
    const Finished logged = bounce("");
    EXPECT_FALSE(has_junk_mark(logged));
    EXPECT_EQ(logged.around.bounce_tag, "missing");
    settings.backscatter.action = OnBackscatter::off;
    EXPECT_EQ(bounce("").around.bounce_tag, "");
    EXPECT_THAT(send_as("ann"), IsEmpty());
}

TEST_F(BackscatterTest, BouncesWithoutAReportAreKnownByTheirSender) {
    EXPECT_EQ(bounce("", "MAILER-DAEMON@elsewhere.example", "text/plain").decision.action, policy::Action::reject);
    EXPECT_EQ(bounce("", "postmaster@elsewhere.example", "text/plain").decision.action, policy::Action::reject);
}

TEST_F(BackscatterTest, AnswersOfPeopleOnLeaveAreNoBounces) {
    const Finished finished = bounce("", "carol@example.com", "text/plain");
    EXPECT_EQ(finished.around.bounce_tag, "");
    EXPECT_EQ(finished.decision.action, policy::Action::accept);
}

TEST_F(BackscatterTest, MailFromOutsideAndBouncesOfOursGetNoTag) {
    EXPECT_THAT(send_as(""), IsEmpty());
    EXPECT_THAT(send_as("ann", "<>"), IsEmpty());
}

TEST_F(BackscatterTest, BouncesOfForwardedMailComeToAddressesThatProveThemselves) {
    settings.srs.domain = "forwarder.example";
    recipient = "<SRS0=abcd=ef=example.com=ann@Forwarder.example>";
    EXPECT_EQ(bounce("").around.bounce_tag, "");
    recipient = "<SRS0=abcd=ef=example.com=ann@receiver.example>";
    EXPECT_EQ(bounce("").around.bounce_tag, "missing");
    recipient = "<srs@forwarder.example>";
    EXPECT_EQ(bounce("").around.bounce_tag, "missing");
}

TEST_F(BackscatterTest, ARuleGoesBeforeTheSetting) {
    settings.rules.list = {testing_engine::rule("let", "bounce.tag is missing", {"accept"}, "data")};
    EXPECT_EQ(bounce("").decision.action, policy::Action::accept);
}

} // namespace
} // namespace bonafide::engine
