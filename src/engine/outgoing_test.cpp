// Mail that goes out, through the engine over a small zone: who signs, which records must be in DNS, what is done where they are not.
#include "base/base64.hpp"
#include "dkim/test_signer.hpp"
#include "engine/header_edits.hpp"
#include "engine/outgoing.hpp"
#include "engine/test_transaction.hpp"

#include <fmt/format.h>

namespace bonafide::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Result = SigningReport::Result;
using Made = SigningReport::Made;

/// Generated once: RSA keys take their time.
const std::string& pem_of(std::string_view name) {
    static std::map<std::string, std::string, std::less<>> made;
    auto found = made.find(name);
    if (found == made.end()) {
        const auto type = name.starts_with('e') ? crypto::KeyType::ed25519 : crypto::KeyType::rsa;
        found = made.emplace(name, crypto::PrivateKey::generate(type, 1024)->to_pem()).first;
    }
    return found->second;
}

struct Held {
    std::string domain, selector;
    std::string name; ///< of the key: 'e...' is Ed25519
    bool active = true;
};

std::string record_of(std::string_view name) {
    const auto key = crypto::PrivateKey::from_pem(pem_of(name));
    return fmt::format("v=DKIM1; k={}; p={}", key->type() == crypto::KeyType::rsa ? "rsa" : "ed25519",
                       base64::encode(key->public_bytes()));
}

std::string in_pieces(std::string_view record) {
    std::string text;
    for (std::size_t at = 0; at < record.size(); at += 200) text += fmt::format("\"{}\" ", record.substr(at, 200));
    return text;
}

class OutgoingTest : public testing_engine::TransactionTest {
  protected:
    OutgoingTest() { settings.lists.accepted_domains = {"example.com"}; }

    /// Publishes what is in DNS: name, key.
    void publish(std::vector<std::pair<std::string, std::string>> records) {
        std::string text(testing_engine::zone_text);
        for (const auto& [name, key] : records) text += fmt::format("{}. TXT {}\n", name, in_pieces(key));
        auto parsed = dns::Zone::parse(text);
        ASSERT_TRUE(parsed) << parsed.error().text;
        zone = *parsed;
        immediate = std::make_shared<dns::ImmediateSource>(*zone);
        late = std::make_shared<testing_engine::LateSource>(zone);
        context.source = immediate;
    }
    void hold(const std::vector<Held>& held) {
        std::map<std::string, SigningKeys::Keys> by_domain;
        for (const Held& one : held) {
            const std::string pem = pem_of(one.name);
            const auto key = crypto::PrivateKey::from_pem(pem);
            auto known = key->type() == crypto::KeyType::rsa ? crypto::PublicKey::rsa_from_der(key->public_bytes())
                                                             : crypto::PublicKey::ed25519_from_raw(key->public_bytes());
            by_domain[one.domain].push_back(
                std::make_shared<const SigningKey>(one.domain, one.selector, *std::move(known), one.active,
                                                   [pem] { return crypto::PrivateKey::from_pem(pem); }));
        }
        auto keys = std::make_shared<SigningKeys>();
        for (auto& [domain, list] : by_domain) keys->add(domain, std::move(list));
        holding = keys;
    }
    /// One key of example.com, in DNS and held.
    void usual() {
        hold({{"example.com", "s1", "r1"}});
        publish({{"s1._domainkey.example.com", record_of("r1")}});
    }
    void equip() {
        context.signing = std::make_shared<SigningPolicy>(make_signing_policy(settings, holding));
        context.settings = std::make_shared<Settings>(settings);
    }
    /// Sends a message of `from`, logged in as `login`.
    Finished submit(std::string_view login = "ann@example.com", std::string_view from = "Ann <ann@example.com>",
                    std::string_view body = "Hello.\r\n") {
        equip();
        Connection connection(context);
        connection.open(peer("203.0.113.9"));
        Transaction message(connection);
        message.mail("<ann@example.com>", login);
        message.rcpt("<bob@receiver.example>");
        header = mail::HeaderBlock();
        const auto add = [&](std::string_view name, std::string value) {
            message.header(name, value);
            header.add(name, value);
        };
        add("From", fmt::format(" {}", from));
        add("Subject", " hello");
        message.end_of_header();
        message.body(body);
        return end(message);
    }
    /// A message of ann@example.com that bears a stamp of ours, from 192.0.2.1.
    Finished submit_stamped(std::string_view login) {
        equip();
        Connection connection(context);
        Peer from = peer();
        from.adds_fields = adds_fields;
        from.changes_fields = changes_fields;
        connection.open(from);
        Transaction message(connection);
        message.mail("<ann@example.com>", login);
        header = mail::HeaderBlock();
        for (const auto& [name, value] : {std::pair("From", " ann@example.com"),
                                          {"Authentication-Results", " mx.receiver.example; dkim=pass"},
                                          {"Subject", " x"}}) {
            message.header(name, value);
            header.add(name, value);
        }
        message.end_of_header();
        return end(message);
    }
    /// Verifies the message as a receiver gets it, every signature of it.
    std::vector<dkim::SignatureResult> verify(const Finished& finished, std::string_view body = "Hello.\r\n") {
        const mail::HeaderBlock sent = with_edits(header, finished.decision.edits, {});
        dkim::BodyHashes bodies;
        dkim::Verifier verifier(sent, {.now = 1795255200, .author_domain = {}, .limits = {}}, bodies);
        bodies.update(body);
        bodies.finish();
        for (std::size_t i = 0; i < verifier.size(); ++i)
            if (verifier.needs_key(i)) verifier.set_key(i, dns::run(verifier.fetch_key(i), *zone));
        return verifier.results();
    }
    Settings settings;
    std::shared_ptr<const SigningKeys> holding = std::make_shared<SigningKeys>();
    mail::HeaderBlock header;
    bool adds_fields = true, changes_fields = true;
};

std::vector<std::string> passes(const std::vector<dkim::SignatureResult>& results) {
    std::vector<std::string> names;
    for (const dkim::SignatureResult& one : results)
        names.push_back(one.result == dkim::Result::pass ? one.domain + '/' + one.selector
                                                         : fmt::format("{} {}", to_text(one.result), one.reason));
    return names;
}

TEST_F(OutgoingTest, ASubmittedMessageIsSignedByTheKeyOfItsFromDomain) {
    usual();
    const Finished finished = submit();
    EXPECT_EQ(finished.signing.result, Result::signed_);
    EXPECT_THAT(finished.signing.made, ElementsAre(Made{"example.com", "s1"}));
    EXPECT_THAT(passes(verify(finished)), ElementsAre("example.com/s1"));
}

TEST_F(OutgoingTest, InboundMailIsNotSigned) {
    usual();
    const Finished finished = submit("");
    EXPECT_EQ(finished.signing.result, Result::not_asked);
    EXPECT_THAT(verify(finished), IsEmpty());
}

TEST_F(OutgoingTest, DirectionsSayWhichMailIsSigned) {
    usual();
    settings.signing.directions = {"local"};
    EXPECT_EQ(submit().signing.result, Result::not_asked);
    settings.direction.internal_networks = {*ip::Prefix::parse("203.0.113.0/24")};
    settings.signing.directions = {"internal"};
    EXPECT_EQ(submit("").signing.result, Result::signed_);
}

TEST_F(OutgoingTest, RsaAndEd25519SignTogether) {
    hold({{"example.com", "r", "r1"}, {"example.com", "e", "e1"}});
    publish({{"r._domainkey.example.com", record_of("r1")}, {"e._domainkey.example.com", record_of("e1")}});
    EXPECT_THAT(passes(verify(submit())), ElementsAre("example.com/r", "example.com/e"));
}

TEST_F(OutgoingTest, TheDefaultDomainSignsWhereTheCustomerHasNoKey) {
    hold({{"host.example", "h", "r2"}});
    publish({{"h._domainkey.host.example", record_of("r2")}});
    EXPECT_THAT(submit().signing.why, HasSubstr("no active key of example.com"));
    settings.signing.default_domain = "host.example";
    EXPECT_THAT(passes(verify(submit())), ElementsAre("host.example/h"));
}

TEST_F(OutgoingTest, TheDefaultDomainSignsBesideTheCustomerWhereTheSettingSaysSo) {
    hold({{"example.com", "s1", "r1"}, {"host.example", "h", "r2"}});
    publish({{"s1._domainkey.example.com", record_of("r1")}, {"h._domainkey.host.example", record_of("r2")}});
    settings.signing.default_domain = "host.example";
    EXPECT_THAT(passes(verify(submit())), ElementsAre("example.com/s1"));
    settings.signing.with_default = true;
    EXPECT_THAT(passes(verify(submit())), ElementsAre("example.com/s1", "host.example/h"));
}

TEST_F(OutgoingTest, TheTableChoosesByAddressDomainAndSubdomain) {
    hold({{"example.com", "s1", "r1"}, {"example.com", "s2", "r2"}, {"other.example", "o", "r3"}});
    publish({{"s1._domainkey.example.com", record_of("r1")},
             {"s2._domainkey.example.com", record_of("r2")},
             {"o._domainkey.other.example", record_of("r3")}});
    settings.signing.table = {"boss@example.com example.com/s2", "*@example.com example.com/s1",
                              ".example.com other.example", "quiet.example.com none"};
    EXPECT_THAT(passes(verify(submit())), ElementsAre("example.com/s1"));
    EXPECT_THAT(passes(verify(submit("boss@example.com", "boss@example.com"))), ElementsAre("example.com/s2"));
    EXPECT_THAT(passes(verify(submit("x@example.com", "x@news.example.com"))), ElementsAre("other.example/o"));
    EXPECT_EQ(submit("x@example.com", "x@quiet.example.com").signing.why, "signing.table says none");
}

TEST_F(OutgoingTest, MailWhoseFromTheLoginMayNotUseIsNeverSigned) {
    usual();
    const Finished finished = submit("eve@evil.example");
    EXPECT_EQ(finished.signing.result, Result::wrong_sender);
    EXPECT_THAT(finished.signing.why, HasSubstr("eve@evil.example may not send as ann@example.com"));
    EXPECT_EQ(finished.decision.action, policy::Action::accept);
    EXPECT_THAT(verify(finished), IsEmpty());
    // The default domain does not vouch for it either.
    settings.signing.default_domain = "example.com";
    EXPECT_THAT(verify(submit("eve@evil.example")), IsEmpty());
    settings.signing.on_wrong_sender = OnWrongSender::reject;
    const Finished refused = submit("eve@evil.example");
    EXPECT_EQ(refused.decision.action, policy::Action::reject);
    EXPECT_EQ(refused.decision.smtp_reply, "550 5.7.1 This login may not send with this From address");
}

TEST_F(OutgoingTest, EveryAuthorMustBeTheLoginsOwn) {
    usual();
    EXPECT_EQ(submit("ann@example.com", "ann@example.com, bob@example.com").signing.result, Result::signed_);
    settings.signing.sender_domains = SenderDomains::listed;
    settings.signing.senders = {"ann@example.com ann@example.com"};
    EXPECT_EQ(submit("ann@example.com", "ann@example.com").signing.result, Result::signed_);
    EXPECT_EQ(submit("ann@example.com", "ann@example.com, bob@example.com").signing.result, Result::wrong_sender);
    EXPECT_EQ(submit("ann@example.com", "ann@example.com, bob@other.example").signing.result, Result::wrong_sender);
}

TEST_F(OutgoingTest, AFromFieldThatCannotBeReadIsNobodysOwn) {
    usual();
    EXPECT_EQ(submit("ann@example.com", "ann@").signing.result, Result::wrong_sender);
    settings.signing.sender_domains = SenderDomains::any;
    EXPECT_EQ(submit("ann@example.com", "ann@").signing.result, Result::unsigned_);
}

TEST_F(OutgoingTest, OneOfSeveralAuthorsWhoIsNotSignedIsEnough) {
    usual();
    settings.signing.table = {"quiet@example.com none"};
    EXPECT_EQ(submit("ann@example.com", "ann@example.com, quiet@example.com").signing.why, "signing.table says none");
    EXPECT_EQ(submit("ann@example.com", "ann@example.com, bob@example.com").signing.result, Result::signed_);
}

TEST_F(OutgoingTest, MailWithoutALoginIsListedAsADash) {
    usual();
    settings.direction.internal_networks = {*ip::Prefix::parse("203.0.113.0/24")};
    EXPECT_EQ(submit("").signing.result, Result::signed_);
    settings.signing.sender_domains = SenderDomains::listed;
    EXPECT_EQ(submit("").signing.result, Result::wrong_sender);
    EXPECT_EQ(submit("").signing.why, "mail without a login may not send as ann@example.com");
    settings.signing.senders = {"- cron@example.com"};
    EXPECT_EQ(submit("").signing.result, Result::wrong_sender);
    EXPECT_EQ(submit("", "cron@example.com").signing.result, Result::signed_);
}

TEST_F(OutgoingTest, ALoginWithoutADomainMayUseAny) {
    usual();
    EXPECT_EQ(submit("ann").signing.result, Result::signed_);
    settings.signing.sender_domains = SenderDomains::listed;
    EXPECT_EQ(submit("ann").signing.result, Result::wrong_sender);
    settings.signing.sender_domains = SenderDomains::any;
    EXPECT_EQ(submit("eve@evil.example").signing.result, Result::signed_);
}

TEST_F(OutgoingTest, AKeyWhoseRecordIsMissingDoesNotSign) {
    hold({{"example.com", "s1", "r1"}});
    const Finished finished = submit();
    EXPECT_EQ(finished.signing.result, Result::mismatch);
    EXPECT_THAT(finished.signing.why, HasSubstr("there is no key at s1._domainkey.example.com"));
    EXPECT_THAT(verify(finished), IsEmpty());
    settings.signing.check_dns = false;
    EXPECT_EQ(submit().signing.result, Result::signed_);
}

TEST_F(OutgoingTest, AKeyWhoseRecordIsAnotherOneIsReplacedSkippedOrWaitedFor) {
    hold({{"example.com", "s1", "r1"}, {"example.com", "s0", "r2", false}});
    publish({{"s1._domainkey.example.com", record_of("r3")}, {"s0._domainkey.example.com", record_of("r2")}});
    const Finished other = submit();
    EXPECT_THAT(passes(verify(other)), ElementsAre("example.com/s0"));
    ASSERT_EQ(other.signing.troubles.size(), 1U);
    EXPECT_EQ(other.signing.troubles[0].why, "the public key in DNS is another one than ours");
    settings.signing.on_mismatch = OnMismatch::skip;
    EXPECT_EQ(submit().signing.result, Result::mismatch);
    settings.signing.on_mismatch = OnMismatch::defer;
    const Finished deferred = submit();
    EXPECT_EQ(deferred.decision.action, policy::Action::defer);
    EXPECT_THAT(deferred.decision.smtp_reply, testing::StartsWith("451 4.7.5 "));
    EXPECT_EQ(deferred.decision.by, "signing.on_mismatch");
}

TEST_F(OutgoingTest, ARevokedRecordOfTheSameSelectorIsAMismatch) {
    hold({{"example.com", "s1", "r1"}});
    publish({{"s1._domainkey.example.com", "v=DKIM1; p="}});
    EXPECT_EQ(submit().signing.result, Result::mismatch);
}

TEST_F(OutgoingTest, OfTwoRecordsOneMayBeOurs) {
    hold({{"example.com", "s1", "r1"}});
    publish({{"s1._domainkey.example.com", record_of("r3")}, {"s1._domainkey.example.com", record_of("r1")}});
    EXPECT_EQ(submit().signing.result, Result::signed_);
}

TEST_F(OutgoingTest, AnActiveKeySignsWhileDnsDoesNotAnswer) {
    usual();
    hold({{"example.com", "s1", "r1"}, {"example.com", "s0", "r2", false}});
    context.source = late;
    late->fails_with = dns::Status::serv_fail;
    const Finished finished = submit();
    EXPECT_THAT(finished.signing.made, ElementsAre(Made{"example.com", "s1"}));
}

TEST_F(OutgoingTest, AKeyFileThatCannotBeReadIsOurFault) {
    usual();
    const auto known = crypto::PublicKey::rsa_from_der(crypto::PrivateKey::from_pem(pem_of("r1"))->public_bytes());
    auto keys = std::make_shared<SigningKeys>();
    keys->add("example.com",
              {std::make_shared<const SigningKey>(
                  "example.com", "s1",
                  *crypto::PublicKey::rsa_from_der(crypto::PrivateKey::from_pem(pem_of("r1"))->public_bytes()), true,
                  [] { return Expected<crypto::PrivateKey>(failure("s1.pem: permission denied")); })});
    holding = keys;
    const Finished finished = submit();
    EXPECT_EQ(finished.signing.result, Result::failed);
    EXPECT_THAT(finished.signing.why, HasSubstr("permission denied"));
    EXPECT_EQ(finished.decision.action, policy::Action::accept);
}

TEST_F(OutgoingTest, ForgedFieldsOfOursGoAndAreNotSigned) {
    usual();
    const Finished finished = submit_stamped("ann@example.com");
    EXPECT_THAT(removed_by(finished.decision), ElementsAre(1));
    EXPECT_THAT(passes(verify(finished, "")), ElementsAre("example.com/s1"));
}

TEST_F(OutgoingTest, WhatTheMailServerDoesNotGrantIsNotHashed) {
    usual();
    settings.signing.headers = {"From", "Authentication-Results"}; // so that the forged field counts
    changes_fields = false;
    const Finished kept = submit_stamped("ann@example.com");
    EXPECT_THAT(removed_by(kept.decision), IsEmpty());
    EXPECT_THAT(passes(verify(kept, "")), ElementsAre("example.com/s1"));
    adds_fields = false;
    const Finished none = submit_stamped("ann@example.com");
    EXPECT_EQ(none.signing.result, Result::unsigned_);
    EXPECT_THAT(none.signing.why, HasSubstr("add no header fields"));
    EXPECT_THAT(none.decision.edits, IsEmpty());
}

TEST_F(OutgoingTest, AUserIsNobodysSecondHop) {
    usual();
    settings.identity.trusted_hosts = {*ip::Prefix::parse("192.0.2.1")};
    const Finished finished = submit_stamped("ann@example.com");
    EXPECT_THAT(removed_by(finished.decision), ElementsAre(1));
    EXPECT_THAT(passes(verify(finished, "")), ElementsAre("example.com/s1"));
}

TEST_F(OutgoingTest, MailThatCameFromOutsideAndIsSentOnHereIsNeverSigned) {
    usual();
    settings.direction.internal_networks = {*ip::Prefix::parse("192.0.2.1")};
    settings.signing.default_domain = "example.com";
    settings.signing.table = {"* example.com"};
    const Finished forged = submit_stamped("");
    EXPECT_EQ(forged.signing.result, Result::unsigned_);
    EXPECT_THAT(forged.signing.why, HasSubstr("it came from outside"));
    EXPECT_THAT(verify(forged, ""), IsEmpty());
    settings.identity.trusted_hosts = {*ip::Prefix::parse("192.0.2.1")}; // the stamp is believed then
    EXPECT_THAT(submit_stamped("").signing.why, HasSubstr("it came from outside"));
}

TEST_F(OutgoingTest, TheSecondCandidateMayBeKnownBeforeTheFirst) {
    hold({{"example.com", "s1", "r1"}, {"example.com", "s0", "r2", false}});
    publish({{"s0._domainkey.example.com", record_of("r2")}});
    late->at_hand = {"s0._domainkey.example.com"};
    context.source = late;
    EXPECT_THAT(passes(verify(submit())), ElementsAre("example.com/s0"));
}

TEST_F(OutgoingTest, AKeyThatStandsInForTwoSignsOnce) {
    hold({{"example.com", "s1", "r1"}, {"example.com", "s2", "r2"}, {"example.com", "s0", "r3", false}});
    publish({{"s0._domainkey.example.com", record_of("r3")}});
    EXPECT_THAT(passes(verify(submit())), ElementsAre("example.com/s0"));
}

TEST_F(OutgoingTest, WhatServersOnTheWayRewriteIsTold) {
    usual();
    EXPECT_THAT(submit().signing.fragile, IsEmpty());
    EXPECT_THAT(submit("ann@example.com", "ann@example.com", "gr\xc3\xbc\xc3\x9f\x65\r\n").signing.fragile,
                ElementsAre("8bit"));
    EXPECT_THAT(submit("ann@example.com", "ann@example.com", std::string(998, 'x') + "\r\n").signing.fragile,
                IsEmpty());
    EXPECT_THAT(submit("ann@example.com", "ann@example.com", std::string(999, 'x') + "\r\n").signing.fragile,
                ElementsAre("long-lines"));
}

TEST_F(OutgoingTest, FormExpiryAndFieldsAreAsTheSettingsSay) {
    usual();
    settings.signing.form = SignedForm::simple_simple;
    settings.signing.expire = 86400;
    settings.signing.headers = {"From", "Subject", "Subject"};
    const auto results = verify(submit());
    ASSERT_EQ(results.size(), 1U);
    EXPECT_EQ(results[0].result, dkim::Result::pass) << results[0].reason;
    EXPECT_EQ(results[0].canonicalization, "simple/simple");
    EXPECT_EQ(results[0].expires, 1795255200 + 86400);
    EXPECT_THAT(results[0].signed_headers, ElementsAre("from", "subject", "subject"));
}

TEST(BodyShape, LinesAreCountedAcrossChunks) {
    BodyShape shape;
    shape.update(std::string(500, 'x'));
    shape.update(std::string(498, 'x') + "\r");
    shape.update("\n");
    EXPECT_FALSE(shape.has_long_lines());
    shape.update(std::string(500, 'x'));
    shape.update(std::string(499, 'x') + "\r\n");
    EXPECT_TRUE(shape.has_long_lines());
}

TEST(WithEdits, EditsAreMadeInTheirOrder) {
    mail::HeaderBlock header;
    header.add("A", " 1");
    header.add("B", " 2");
    header.add("a", " 3");
    using Kind = policy::HeaderEdit::Kind;
    const auto changed = with_edits(header,
                                    {{Kind::remove, "A", "", 2},
                                     {Kind::change, "b", "two", 1},
                                     {Kind::insert_top, "C", "top", 0},
                                     {Kind::append, "D", "end", 0},
                                     {Kind::remove, "none", "", 1}},
                                    {});
    std::vector<std::string> raw;
    for (std::size_t i = 0; i < changed.size(); ++i) raw.emplace_back(changed[i].raw);
    EXPECT_THAT(raw, ElementsAre("C: top", "A: 1", "B: two", "D: end"));
}

} // namespace
} // namespace bonafide::engine
