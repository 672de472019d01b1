#include "engine/test_early.hpp"
#include "mail/header.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::engine {
namespace {

using policy::Action;

using testing_engine::rule;
using testing_engine::text;

class RulesOfATransaction : public testing_engine::EarlyTest {
  protected:
    static std::string at_connection(Connection& connection, policy::Level level) {
        std::optional<Early> early;
        connection.decide(level, [&](Early one) { early = std::move(one); });
        return text_of(early);
    }
    static std::string at_mail(Transaction& message) {
        std::optional<Early> early;
        message.decide_mail([&](Early one) { early = std::move(one); });
        return text_of(early);
    }
    /// A whole message without early questions.
    Finished run(std::string_view client = "192.0.2.1", std::string_view authenticated = {}) {
        Connection connection(context);
        connection.open(peer(client));
        connection.helo("mx.example.com");
        Transaction message(connection);
        send(message, authenticated);
        return end(message);
    }
};

TEST_F(RulesOfATransaction, ConnectAndHelo) {
    use({rule("network", "client in [198.51.100.0/24]", {"reject 554 5.7.1 not from {client}"}, "connect"),
         rule("name", "client.ptr in [.example.com]", {"log"}, "connect"),
         rule("helo", "helo is localhost", {"defer 450 4.7.1 who are you"}, "helo")});
    Connection bad(context);
    bad.open(peer("198.51.100.7"));
    EXPECT_EQ(at_connection(bad, policy::Level::connect), "554 5.7.1 not from 198.51.100.7 by rule network");
    Connection good(context);
    good.open(peer());
    EXPECT_EQ(at_connection(good, policy::Level::connect), "go on");
    EXPECT_EQ(good.outcome().log, std::vector<std::string>{"name"});
    good.helo("localhost");
    EXPECT_EQ(at_connection(good, policy::Level::helo), "450 4.7.1 who are you by rule helo");
}

TEST_F(RulesOfATransaction, ListsAreKnownFromTheConnectionOn) {
    settings.lists.block = {"198.51.100.0/24"};
    settings.lists.ignore = {"mx.example.com"};
    use({rule("listed", "list.block is yes", {"reject 554 5.7.1 listed"}, "connect"),
         rule("passed over", "list.ignore is yes", {"log"}, "helo")});
    Connection bad(context);
    bad.open(peer("198.51.100.7"));
    EXPECT_EQ(at_connection(bad, policy::Level::connect), "554 5.7.1 listed by rule listed");
    Connection good(context);
    good.open(peer());
    EXPECT_EQ(at_connection(good, policy::Level::connect), "go on");
    EXPECT_EQ(at_connection(good, policy::Level::helo), "go on");
    EXPECT_EQ(good.outcome().log, std::vector<std::string>{"passed over"}) << "by the client's confirmed name";
}

TEST_F(RulesOfATransaction, ConnectWaitsForTheClientsNameWhereARuleReadsIt) {
    use({rule("name", "client.ptr is mx.example.com", {"reject"}, "connect")});
    context.source = late;
    Connection connection(context);
    connection.open(peer());
    std::optional<Early> early;
    connection.decide(policy::Level::connect, [&](Early one) { early = std::move(one); });
    EXPECT_FALSE(early);
    while (!late->waiting.empty()) late->deliver(0);
    EXPECT_EQ(text_of(early), "550 5.7.1 The mail is refused by a rule of this server by rule name");
}

TEST_F(RulesOfATransaction, SpfFailAtMail) {
    settings.spf.reject_fail = true;
    settings.spf.reject_reply = "550 5.7.23 SPF check failed for {mail_from.domain}";
    use({});
    Connection connection(context);
    connection.open(peer("198.51.100.7"));
    Transaction message(connection);
    message.mail("<ann@example.com>", "");
    EXPECT_EQ(at_mail(message), "550 5.7.23 SPF check failed for example.com by spf.reject_fail");
    Connection own(context);
    own.open(peer());
    Transaction passes(own);
    passes.mail("<ann@example.com>", "");
    EXPECT_EQ(at_mail(passes), "go on");
    Transaction submitted(connection);
    submitted.mail("<ann@example.com>", "ann");
    EXPECT_EQ(at_mail(submitted), "go on") << "our own users";
    settings.lists.allow = {"198.51.100.0/24"};
    use({});
    Connection allowed(context);
    allowed.open(peer("198.51.100.7"));
    Transaction spared(allowed);
    spared.mail("<ann@example.com>", "");
    EXPECT_EQ(at_mail(spared), "go on");
}

TEST_F(RulesOfATransaction, MonitorModeRefusesNothing) {
    settings.mode = Mode::monitor;
    settings.spf.reject_fail = true;
    settings.lists.block = {"198.51.100.0/24"};
    use({rule("r", "spf.result is fail", {"reject"})});
    Connection connection(context);
    connection.open(peer("198.51.100.7"));
    Transaction message(connection);
    message.mail("<ann@example.com>", "");
    EXPECT_EQ(at_mail(message), "go on");
    message.rcpt("<bob@receiver.example>");
    message.header("From", " ann@example.com");
    message.end_of_header();
    const Finished finished = end(message);
    EXPECT_EQ(finished.decision.action, Action::accept);
    EXPECT_EQ(finished.decision.would.size(), 4U) << fmt::format("{}", fmt::join(finished.decision.would, " | "));
    EXPECT_EQ(finished.decision.would.front(), "rule r: reject");
}

TEST_F(RulesOfATransaction, ARecipientByHimself) {
    use({rule("closed", "recipient is bob@receiver.example and spf.result is pass",
              {"reject 550 5.7.1 not to {recipient}"}),
         rule("count", "recipients > 1", {"defer"}, "judged")});
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    message.mail("<ann@example.com>", "");
    EXPECT_EQ(at_mail(message), "go on");
    EXPECT_EQ(at_rcpt(message, "<rita@receiver.example>"), "go on");
    EXPECT_EQ(at_rcpt(message, "<Bob@receiver.example>"), "550 5.7.1 not to bob@receiver.example by rule closed");
    EXPECT_EQ(message.recipient_outcome().fired, std::vector<std::string>{"closed"});
    message.header("From", " ann@example.com");
    message.end_of_header();
    const Finished finished = end(message);
    EXPECT_EQ(finished.facts.envelope.recipients, std::vector<std::string>{"rita@receiver.example"});
    EXPECT_EQ(finished.decision.action, Action::accept) << "one recipient is left";
    EXPECT_TRUE(finished.outcome.fired.empty());
}

TEST_F(RulesOfATransaction, WhatNobodyAskedEarlyIsDecidedAtTheEnd) {
    use({rule("network", "client in [192.0.2.0/24]", {"log"}, "connect"),
         rule("spf", "spf.result is pass", {"reject 550 5.7.1 at the end"})});
    const Finished finished = run();
    EXPECT_EQ(finished.decision.action, Action::reject);
    EXPECT_EQ(finished.decision.smtp_reply, "550 5.7.1 at the end");
    EXPECT_EQ(finished.decision.by, "rule spf");
    EXPECT_EQ(finished.outcome.log, std::vector<std::string>{"network"});
}

TEST_F(RulesOfATransaction, OurOwnMailIsAskedNothing) {
    use({rule("all", "", {"reject"})});
    EXPECT_EQ(run().decision.action, Action::reject);
    EXPECT_EQ(run("192.0.2.1", "ann").decision.action, Action::accept) << "submitted";
    settings.direction.internal_networks = {*ip::Prefix::parse("192.0.2.0/24")};
    use(settings.rules.list);
    EXPECT_EQ(run().decision.action, Action::accept) << "internal";
}

TEST_F(RulesOfATransaction, HeaderFieldsThatRulesRead) {
    use({rule("h", "header.subject contains hello and size > 5", {"tag-subject [TEST]", "junk"})});
    const Finished finished = run();
    const auto edit = std::ranges::find(finished.decision.edits, "Subject", &policy::HeaderEdit::name);
    ASSERT_NE(edit, finished.decision.edits.end());
    EXPECT_EQ(edit->value, "[TEST] hello");
    EXPECT_NE(std::ranges::find(finished.decision.edits, "X-Bonafide-Junk", &policy::HeaderEdit::name),
              finished.decision.edits.end());
}

TEST_F(RulesOfATransaction, HeloIsCheckedWhereARuleReadsIt) {
    use({rule("h", "spf_helo.result is known", {"log"})});
    Connection connection(context);
    connection.open(peer());
    connection.helo("[192.0.2.1]"); // no name: the client's confirmed one is taken
    Transaction message(connection);
    send(message);
    EXPECT_EQ(end(message).outcome.log, std::vector<std::string>{"h"});
}

TEST_F(RulesOfATransaction, FromIsCheckedWhereMailFromIsEmpty) {
    use({rule("f", "spf_from.result is fail and bounce", {"reject 550 5.7.23 not yours"})});
    Connection connection(context);
    connection.open(peer("198.51.100.7"));
    connection.helo("mx.elsewhere.example");
    Transaction message(connection);
    message.mail("<>", "");
    message.rcpt("<bob@receiver.example>");
    message.header("From", " ann@example.com");
    message.end_of_header();
    const Finished finished = end(message);
    EXPECT_EQ(finished.decision.smtp_reply, "550 5.7.23 not yours");
    EXPECT_EQ(finished.facts.spf.value->domain, "mx.elsewhere.example") << "it is no smtp.mailfrom";
}

TEST_F(RulesOfATransaction, BlockedAndAllowedSenders) {
    settings.lists.block = {"example.com"};
    use({});
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    message.mail("<ann@example.com>", "");
    EXPECT_EQ(at_mail(message), "550 5.7.1 Mail of this sender is not taken here by lists.block example.com");
    EXPECT_EQ(run().decision.action, Action::reject) << "at the end too";
    settings.lists.allow = {"ann@example.com"};
    use({});
    EXPECT_EQ(run().decision.action, Action::accept) << "SPF proves the name";
    EXPECT_EQ(run("198.51.100.7").decision.action, Action::reject) << "a name that nothing proves";
}

TEST_F(RulesOfATransaction, DmarcIsCarriedOut) {
    settings.dmarc.reject = policy::DmarcReject::always;
    use({});
    const Finished refused = run("198.51.100.7");
    EXPECT_EQ(refused.decision.action, Action::reject);
    EXPECT_TRUE(refused.decision.smtp_reply.starts_with("550 5.7.")) << refused.decision.smtp_reply;
    EXPECT_EQ(refused.decision.by, "dmarc");
    use({rule("spare", "client in [198.51.100.0/24]", {"no-dmarc"})});
    const Finished spared = run("198.51.100.7");
    EXPECT_NE(spared.decision.action, Action::reject);
    ASSERT_TRUE(spared.disposition.override_reason);
    settings.mode = Mode::monitor;
    use({});
    const Finished monitored = run("198.51.100.7");
    EXPECT_EQ(monitored.decision.action, Action::accept);
    EXPECT_FALSE(monitored.decision.would.empty());
}

TEST_F(RulesOfATransaction, WithoutAHistoryRejectIsQuarantine) { // RFC 9989 7.4
    use({});
    const Finished finished = run("198.51.100.7");
    EXPECT_EQ(finished.decision.action, Action::accept);
    const auto mark = std::ranges::find(finished.decision.edits, "X-Bonafide-Junk", &policy::HeaderEdit::name);
    ASSERT_NE(mark, finished.decision.edits.end());
    EXPECT_TRUE(mark->value.starts_with("yes; by=dmarc; level=quarantine")) << mark->value;
}

TEST_F(RulesOfATransaction, AnErrorOfOursLetsTheMessageGoOn) {
    use({rule("all", "spf.result is known", {"reject"})});
    context.source = late;
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    message.mail("<ann@example.com>", "");
    std::optional<Early> early;
    message.decide_mail([&](Early one) { early = std::move(one); });
    EXPECT_FALSE(early);
    message.fail();
    EXPECT_EQ(text_of(early), "go on");
}

TEST_F(RulesOfATransaction, DnsListsAreAskedWhereARuleReadsThem) {
    const auto parsed = dns::Zone::parse("$ORIGIN example.com.\n@ TXT \"v=spf1 -all\"\n"
                                         "1.2.0.192.bl.example. A 127.0.0.2\nexample.com.rhs.example. A 127.0.0.3\n"
                                         "1.2.0.192.wl.example. A 127.0.0.4\n");
    ASSERT_TRUE(parsed);
    const auto listing = std::make_shared<dns::ImmediateSource>(**parsed);
    const auto list = [](std::string name, std::string zone, std::string of) {
        policy::DnsListSource source;
        source.name = text(std::move(name));
        source.zone = text(std::move(zone));
        source.of = {text(std::move(of))};
        return source;
    };
    settings.rules.dns_lists = {list("bl", "bl.example", "client"), list("rhs", "rhs.example", "from"),
                                list("quiet", "quiet.example", "client"), list("wl", "wl.example", "client")};
    use({rule("both", "dns_lists is bl and dns_lists is rhs", {"reject 550 5.7.1 listed by {dns_lists}"})});
    context.source = listing;
    EXPECT_EQ(run().decision.smtp_reply, "550 5.7.1 listed by bl, rhs, wl");
    use({rule("client", "dns_lists is bl and dns_lists is wl and spf_helo.result is known",
              {"reject 550 5.7.1 early"})});
    Connection connection(context);
    connection.open(peer());
    connection.helo("mx.example.com");
    Transaction message(connection);
    message.mail("<ann@example.com>", "");
    EXPECT_EQ(at_mail(message), "550 5.7.1 early by rule client") << "all of it answered at once";
    settings.lists.ignore = {"192.0.2.0/24"};
    use(settings.rules.list);
    EXPECT_NE(run().decision.action, Action::reject) << "nobody is asked about it";
}

TEST_F(RulesOfATransaction, ATaggedSubjectKeepsAllOfItself) {
    use({rule("tag", "direction is inbound", {"tag-subject [EXTERNAL]"}, "data")});
    std::string subject;
    while (subject.size() < 5000) subject += "word" + std::to_string(subject.size()) + ' ';
    subject += "end";
    Connection connection(context);
    connection.open(peer());
    Transaction message(connection);
    message.mail("<ann@example.com>", {});
    message.header("From", " <ann@example.com>");
    message.header("Subject", ' ' + subject);
    message.end_of_header();
    const Finished finished = end(message);
    const auto edit = std::ranges::find(finished.decision.edits, "Subject", &policy::HeaderEdit::name);
    ASSERT_NE(edit, finished.decision.edits.end());
    EXPECT_EQ(mail::unfold(edit->value), "[EXTERNAL] " + subject);
}

} // namespace
} // namespace bonafide::engine
