// ARC sealing through the engine over a small zone: on the way in, by rule, and on a second hop.
#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "engine/header_edits.hpp"
#include "engine/test_rules.hpp"
#include "engine/test_transaction.hpp"

#include <fmt/format.h>

namespace bonafide::engine {
namespace {

using testing::HasSubstr;
using Result = SealReport::Result;

class SealingTest : public testing_engine::TransactionTest {
  protected:
    SealingTest() : key(*crypto::PrivateKey::generate(crypto::KeyType::rsa, 1024)) {
        settings.sealing.domain = "forwarder.example";
        settings.lists.accepted_domains = {"receiver.example"};
        hold(true);
        std::string text(testing_engine::zone_text);
        const std::string record = fmt::format("v=DKIM1; k=rsa; p={}", base64::encode(key.public_bytes()));
        text += fmt::format("s._domainkey.forwarder.example. TXT \"{}\"\n", record);
        zone = *dns::Zone::parse(text);
        immediate = std::make_shared<dns::ImmediateSource>(*zone);
        context.source = immediate;
    }
    void hold(bool active) {
        const std::string pem = key.to_pem();
        auto keys = std::make_shared<SigningKeys>();
        keys->add("forwarder.example",
                  {std::make_shared<const SigningKey>("forwarder.example", "s",
                                                      *crypto::PublicKey::rsa_from_der(key.public_bytes()), active,
                                                      [pem] { return crypto::PrivateKey::from_pem(pem); })});
        holding = keys;
    }
    /// Each run is a message from outside, unless `listener` is a second hop's.
    Finished run(const mail::HeaderBlock& arriving, std::string_view body = "Hello.\r\n",
                 const std::string& listener = "inet:127.0.0.1:8899", std::string_view client = "192.0.2.1") {
        context.settings = std::make_shared<Settings>(settings);
        context.signing = std::make_shared<SigningPolicy>(make_signing_policy(settings, holding));
        Connection connection(context);
        Peer from = peer(client);
        from.listener = listener;
        connection.open(from);
        Transaction message(connection);
        message.mail("<ann@example.com>", "");
        message.rcpt("<bob@receiver.example>");
        for (std::size_t i = 0; i < arriving.size(); ++i) message.header(arriving[i].name, arriving[i].value);
        message.end_of_header();
        message.body(body);
        return end(message);
    }
    static mail::HeaderBlock plain() {
        mail::HeaderBlock header;
        header.add("From", " Ann <ann@example.com>");
        header.add("Subject", " hello");
        return header;
    }
    /// The chain as the next receiver finds it.
    arc::Outcome validate(const mail::HeaderBlock& header, std::string_view body = "Hello.\r\n") {
        dkim::BodyHashes bodies;
        arc::Validator validator(header, {.now = 1795255200, .limits = {}}, bodies);
        bodies.update(body);
        bodies.finish();
        for (std::size_t i = 0; i < validator.look_ups(); ++i)
            validator.set_key(i, dns::run(validator.fetch_key(i), *zone));
        return validator.outcome();
    }
    static mail::HeaderBlock after(const mail::HeaderBlock& header, const Finished& finished) {
        return with_edits(header, finished.decision.edits, {});
    }
    static std::string value_of(const mail::HeaderBlock& header, std::string_view name) {
        const auto found = header.find_all(name);
        return found.empty() ? "" : mail::unfold(header[found.front()].value);
    }
    crypto::PrivateKey key;
    Settings settings;
    std::shared_ptr<const SigningKeys> holding;
};

TEST_F(SealingTest, MailOfForwardedRecipientsIsSealedAsItComesIn) {
    settings.sealing.recipients = {"receiver.example"};
    const Finished finished = run(plain());
    EXPECT_EQ(finished.seal.result, Result::sealed);
    EXPECT_EQ(finished.seal.instance, 1U);
    EXPECT_EQ(finished.seal.cv, arc::Status::none);
    const mail::HeaderBlock sent = after(plain(), finished);
    EXPECT_EQ(validate(sent).result, arc::Status::pass);
    EXPECT_THAT(value_of(sent, "ARC-Authentication-Results"),
                testing::AllOf(HasSubstr("i=1; mx.receiver.example"), HasSubstr("spf=pass"), HasSubstr("arc=none")));
}

TEST_F(SealingTest, OtherMailIsNot) {
    settings.sealing.recipients = {"carol@receiver.example"};
    EXPECT_EQ(run(plain()).seal.result, Result::not_asked);
    settings.sealing.recipients = {"bob@receiver.example"};
    EXPECT_EQ(run(plain()).seal.result, Result::sealed);
    settings.sealing.domain.clear();
    EXPECT_EQ(run(plain()).seal.result, Result::not_asked);
}

TEST_F(SealingTest, ARuleMaySaySo) {
    settings.mode = Mode::enforce;
    settings.rules.list = {testing_engine::rule("forwards", "subject is hello", {"seal"}, "data")};
    EXPECT_EQ(run(plain()).seal.result, Result::sealed);
    mail::HeaderBlock other;
    other.add("From", " ann@example.com");
    other.add("Subject", " else");
    EXPECT_EQ(run(other).seal.result, Result::not_asked);
}

TEST_F(SealingTest, TheChainGoesOn) {
    settings.sealing.recipients = {"receiver.example"};
    const mail::HeaderBlock once = after(plain(), run(plain()));
    const Finished second = run(once);
    EXPECT_EQ(second.seal.instance, 2U);
    EXPECT_EQ(second.seal.cv, arc::Status::pass);
    EXPECT_EQ(validate(after(once, second)).result, arc::Status::pass);
}

TEST_F(SealingTest, ASecondHopSealsWhatAListHasChangedByWhatWeSaidOnTheWayIn) {
    settings.identity.trusted_hosts = {*ip::Prefix::parse("127.0.0.1")};
    settings.sealing.listeners = {"inet:127.0.0.1:8900"};
    const mail::HeaderBlock arrived = after(plain(), run(plain()));
    mail::HeaderBlock changed;
    for (std::size_t i = 0; i < arrived.size(); ++i) {
        const bool subject = ascii::iequals(arrived[i].name, "Subject");
        changed.add(arrived[i].name, subject ? " [list] hello" : arrived[i].value);
    }
    const std::string body = "Hello.\r\n-- \r\nthe list\r\n";
    const Finished relayed = run(changed, body, "inet:127.0.0.1:8900", "127.0.0.1");
    EXPECT_EQ(relayed.facts.direction, verdict::Direction::internal);
    EXPECT_EQ(relayed.seal.result, Result::sealed) << relayed.seal.why;
    const mail::HeaderBlock sent = after(changed, relayed);
    EXPECT_EQ(validate(sent, body).result, arc::Status::pass);
    EXPECT_THAT(value_of(sent, "ARC-Authentication-Results"), HasSubstr("spf=pass"));
    EXPECT_EQ(relayed.signing.result, SigningReport::Result::unsigned_);
}

TEST_F(SealingTest, AChainThatStoodOnTheWayInStandsThoughTheListBreaksItsSignature) {
    settings.identity.trusted_hosts = {*ip::Prefix::parse("127.0.0.1")};
    settings.sealing.recipients = {"receiver.example"};
    const mail::HeaderBlock forwarded = after(plain(), run(plain()));
    settings.sealing.recipients.clear();
    settings.sealing.listeners = {"inet:127.0.0.1:8900"};
    const mail::HeaderBlock arrived = after(forwarded, run(forwarded));
    const Finished relayed = run(arrived, "changed\r\n", "inet:127.0.0.1:8900", "127.0.0.1");
    EXPECT_EQ(relayed.seal.result, Result::sealed) << relayed.seal.why;
    EXPECT_EQ(relayed.seal.cv, arc::Status::pass);
    EXPECT_EQ(validate(after(arrived, relayed), "changed\r\n").result, arc::Status::pass);
}

TEST_F(SealingTest, ASecondHopWithoutOurResultsSealsNothing) {
    settings.sealing.listeners = {"inet:127.0.0.1:8900"};
    const mail::HeaderBlock arrived = after(plain(), run(plain()));
    const Finished untrusted = run(arrived, "Hello.\r\n", "inet:127.0.0.1:8900", "127.0.0.1");
    EXPECT_EQ(untrusted.seal.result, Result::unsealed);
    EXPECT_THAT(untrusted.seal.why, HasSubstr("identity.trusted_hosts"));
    settings.identity.trusted_hosts = {*ip::Prefix::parse("127.0.0.1")};
    EXPECT_EQ(run(plain(), "Hello.\r\n", "inet:127.0.0.1:8900", "127.0.0.1").seal.result, Result::unsealed);
}

TEST_F(SealingTest, WithoutAKeyInDnsNothingIsSealed) {
    settings.sealing.recipients = {"receiver.example"};
    hold(false);
    EXPECT_THAT(run(plain()).seal.why, HasSubstr("no active RSA key of forwarder.example"));
    hold(true);
    zone = *dns::Zone::parse(testing_engine::zone_text);
    immediate = std::make_shared<dns::ImmediateSource>(*zone);
    context.source = immediate;
    const Finished finished = run(plain());
    EXPECT_EQ(finished.seal.result, Result::failed);
    EXPECT_THAT(finished.seal.why, HasSubstr("there is no key at s._domainkey.forwarder.example"));
}

TEST_F(SealingTest, RefusedMailIsNotSealed) {
    settings.sealing.recipients = {"receiver.example"};
    settings.mode = Mode::enforce;
    settings.rules.list = {testing_engine::rule("no", "subject is hello", {"reject"}, "data")};
    const Finished finished = run(plain());
    EXPECT_EQ(finished.decision.action, policy::Action::reject);
    EXPECT_EQ(finished.seal.result, Result::unsealed);
    for (const policy::HeaderEdit& edit : finished.decision.edits)
        EXPECT_THAT(edit.name, testing::Not(testing::StartsWith("ARC")));
}

} // namespace
} // namespace bonafide::engine
