#include "arc/merge.hpp"
#include "arc/seal.hpp"
#include "arc/test_sealer.hpp"
#include "dkim/tags.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace bonafide::arc {
namespace {

using testing::add_set;
using testing::chain;
using testing::Message;
using testing::plain;
using testing::Records;
using testing::sound;
using testing::validate;
using testing::validated;

SealRequest request() {
    SealRequest made;
    made.domain = "lists.example";
    made.selector = "s";
    made.authserv_id = "mx.lists.example";
    made.time = 2000;
    return made;
}

const std::vector<std::string> results{"spf=pass smtp.mailfrom=a.example", "dmarc=pass header.from=a.example"};

Expected<Sealing> sealing(const Message& message, const SealRequest& how = request(),
                          const crypto::PrivateKey& key = dkim::testing::ed25519_key()) {
    const testing::Validated at_arrival = validated(message);
    return seal(at_arrival.header, at_arrival.bodies, at_arrival.outcome, results, key, how);
}

Message with_set(Message message, const Set& set) {
    message.header = "ARC-Seal: " + set.seal + "\r\nARC-Message-Signature: " + set.message_signature +
                     "\r\nARC-Authentication-Results: " + set.results + "\r\n" + message.header;
    return message;
}

Set set_of(const Message& message, const SealRequest& how = request()) {
    const Expected<Sealing> made = sealing(message, how);
    EXPECT_TRUE(made) << made.error().text;
    EXPECT_TRUE(made->set) << made->why_not;
    return made->set.value();
}

std::string tag(const std::string& value, std::string_view name) {
    const dkim::TagList list = dkim::parse_tags(value);
    const dkim::Tag* found = list.find(name);
    return found == nullptr ? "-" : dkim::without_space(found->value);
}

TEST(Seal, FirstSetPasses) { // RFC 8617 5.1
    const Set set = set_of(plain());
    EXPECT_EQ(set.instance, 1U);
    EXPECT_EQ(set.cv, Status::none);
    EXPECT_EQ(mail::unfold(set.results), "i=1; mx.lists.example; spf=pass smtp.mailfrom=a.example; "
                                         "dmarc=pass header.from=a.example; arc=none");
    EXPECT_TRUE(set.seal.starts_with("i=1; a=ed25519-sha256; t=2000; cv=none; d=lists.example; s=s;")) << set.seal;
    EXPECT_TRUE(mail::unfold(set.message_signature).starts_with("i=1; a=ed25519-sha256; c=relaxed/relaxed; "));
    EXPECT_EQ(tag(set.message_signature, "h"), "from:to:subject");
    EXPECT_EQ(tag(set.message_signature, "t"), "2000");
    EXPECT_EQ(tag(set.seal, "h"), "-");
    const Outcome outcome = validate(with_set(plain(), set));
    EXPECT_EQ(outcome.result, Status::pass) << outcome.reason;
    ASSERT_TRUE(outcome.instances[0].results);
    EXPECT_EQ(outcome.instances[0].results->authserv_id, "mx.lists.example");
}

/// The set on a message that has two sets, was then stamped by us, and after that changed.
Set set_after(const std::vector<std::string>& stamped, const Message& changed) {
    const testing::Validated now = validated(changed);
    const Outcome then = at_arrival(now.outcome, stamped);
    return seal(now.header, now.bodies, then, stamped, dkim::testing::ed25519_key(), request())->set.value();
}

TEST(Seal, AChangeOfOurOwnDoesNotBreakTheChain) { // RFC 8617 5.1 step 1 and 4 C, 7.1.3
    const std::vector<std::string> passed{"spf=pass", "arc=pass (i=2) header.oldest-pass=0"};
    Message changed = chain(plain(), 2);
    changed.body += "-- \r\nfooter\r\n";
    const Set set = set_after(passed, changed);
    EXPECT_EQ(set.cv, Status::pass);
    EXPECT_EQ(set.instance, 3U);
    EXPECT_NE(mail::unfold(set.results).find("arc=pass (i=2) header.oldest-pass=0"), std::string::npos) << set.results;
    const Outcome outcome = validate(with_set(changed, set));
    EXPECT_EQ(outcome.result, Status::pass) << outcome.reason;
    EXPECT_EQ(outcome.oldest_pass, 3U);
    EXPECT_EQ(set_after({"spf=pass"}, changed).cv, Status::fail) << "nobody of us saw it pass";
    changed.header.replace(changed.header.find("spf=pass"), 8, "spf=fail"); // in the set of instance 2
    EXPECT_EQ(set_after(passed, changed).cv, Status::fail) << "a seal is broken";
}

TEST(Seal, AFailureAtArrivalIsPermanent) { // RFC 8617 5.2.1
    const Set set = set_after({"arc=fail", "spf=pass"}, chain(plain(), 2));
    EXPECT_EQ(set.cv, Status::fail);
    EXPECT_EQ(mail::unfold(set.results), "i=3; mx.lists.example; arc=fail; spf=pass");
}

TEST(Seal, ResultsNeverContradictTheSeal) {
    EXPECT_EQ(set_after({"arc=pass"}, plain()).cv, Status::none);
    const Set set = set_after({"arc=none", "spf=pass"}, chain(plain(), 1));
    EXPECT_EQ(set.cv, Status::pass);
    EXPECT_EQ(set.results.find("arc=none"), std::string::npos) << set.results;
}

TEST(Seal, WhatNoSignerMayDo) {
    const auto refused = [](const SealRequest& how, const crypto::PrivateKey& key) {
        const auto made = sealing(plain(), how, key);
        return made ? std::string("made") : made.error().text;
    };
    const auto weak = crypto::PrivateKey::generate(crypto::KeyType::rsa, 768); // RFC 8301 3.2
    ASSERT_TRUE(weak) << weak.error().text;
    EXPECT_EQ(refused(request(), *weak), "the RSA key has 768 bits; signing takes at least 1024 (RFC 8301 3.2)");
    const auto enough = crypto::PrivateKey::generate(crypto::KeyType::rsa, 1024);
    EXPECT_EQ(refused(request(), *enough), "made");
    SealRequest how = request();
    how.signed_headers = {"to", "subject"}; // RFC 6376 5.4
    EXPECT_EQ(refused(how, *enough), "the header fields to sign do not name From (RFC 6376 5.4)");
    how.signed_headers = {"From", ""};
    EXPECT_EQ(refused(how, *enough), "\"\" is no header field name");
}

TEST(Seal, ChainsOfOurOwnSetsPass) {
    Message message = plain();
    for (unsigned i = 1; i <= 5; ++i) {
        const Set set = set_of(message);
        EXPECT_EQ(set.instance, i);
        EXPECT_EQ(set.cv, i == 1 ? Status::none : Status::pass);
        message = with_set(message, set);
    }
    EXPECT_EQ(validate(message).result, Status::pass) << validate(message).reason;
    EXPECT_EQ(validate(message).oldest_pass, 0U);
    message = chain(message, 2, 6); // and others go on with it
    EXPECT_EQ(validate(message).result, Status::pass) << validate(message).reason;
}

TEST(Seal, EveryKindAndLayout) {
    Records records;
    const crypto::PrivateKey& rsa = dkim::testing::rsa_key(4096);
    records.txt("s._domainkey.lists.example", {"p=" + dkim::testing::public_text(rsa)});
    for (const auto header_kind : {dkim::Canonicalization::simple, dkim::Canonicalization::relaxed}) {
        for (const auto body_kind : {dkim::Canonicalization::simple, dkim::Canonicalization::relaxed}) {
            for (const Layout layout : {Layout::standard, Layout::alphabetical}) {
                SealRequest how = request();
                how.header_kind = header_kind;
                how.body_kind = body_kind;
                how.layout = layout;
                const Expected<Sealing> made = sealing(plain(), how, rsa);
                ASSERT_TRUE(made && made->set);
                const Outcome outcome = validate(with_set(plain(), *made->set), records);
                EXPECT_EQ(outcome.result, Status::pass) << outcome.reason;
            }
        }
    }
}

TEST(Seal, LinesAreFolded) { // RFC 5322 2.1.1
    const Expected<Sealing> made = sealing(plain(), request(), dkim::testing::rsa_key());
    for (const auto& [name, value] :
         {std::pair{"ARC-Seal: ", made->set->seal}, std::pair{"ARC-Message-Signature: ", made->set->message_signature},
          std::pair{"ARC-Authentication-Results: ", made->set->results}}) {
        std::string text = name + value;
        for (std::size_t end = text.find("\r\n"); !text.empty(); end = text.find("\r\n")) {
            EXPECT_LE(std::min(end, text.size()), 78U) << text;
            text.erase(0, end == std::string::npos ? end : end + 2);
            EXPECT_TRUE(text.empty() || (text[0] == ' ' && text[1] != ' ')) << text;
        }
    }
}

TEST(Seal, SignsAllInstancesOfTheUsualFields) { // RFC 8617 4.1.2: DKIM-Signature among them
    Message message = plain();
    message.header += "DKIM-Signature: a\r\nDKIM-Signature: b\r\nReceived: x\r\nAuthentication-Results: x; none\r\n";
    EXPECT_EQ(tag(set_of(message).message_signature, "h"), "from:to:subject:dkim-signature:dkim-signature");
}

TEST(Seal, HeadersAsAsked) {
    SealRequest how = request();
    how.signed_headers = {"From", "Date", "subject"};
    EXPECT_EQ(tag(set_of(plain(), how).message_signature, "h"), "from:date:subject");
    for (const std::string name : {"ARC-Seal", "arc-message-signature", "ARC-Authentication-Results",
                                   "Authentication-results", "a b", "a;b", "", "a:b", "a\r\nb"}) {
        how.signed_headers = {"From", name};
        const Expected<Sealing> made = sealing(plain(), how);
        EXPECT_FALSE(made) << name; // RFC 8617 4.1.2
    }
}

TEST(Seal, FailedChainIsSealedAlone) { // RFC 8617 5.1.2
    Message message = chain(plain(), 2);
    message.body += "changed";
    const Set set = set_of(message);
    EXPECT_EQ(set.instance, 3U);
    EXPECT_EQ(set.cv, Status::fail);
    EXPECT_TRUE(
        mail::unfold(set.results)
            .ends_with("arc=fail (the message signature of instance 2 fails: the body was changed after signing)"));
    const Outcome outcome = validate(with_set(message, set));
    EXPECT_EQ(outcome.code, Code::reported_failed);
    // The seal covers its own set as if it were the only one.
    Message alone{"ARC-Seal: " + set.seal + "\r\nARC-Message-Signature: " + set.message_signature +
                      "\r\nARC-Authentication-Results: " + set.results + "\r\n",
                  ""};
    const mail::HeaderBlock header = dkim::testing::read_header(alone.header);
    SealHash hash;
    hash.add(header[2]);
    hash.add(header[1]);
    const Signed seal = read_signed(header[0].value, {}, dkim::SignatureKind::arc_seal);
    const auto key = crypto::PublicKey::ed25519_from_raw(dkim::testing::ed25519_key().public_bytes());
    EXPECT_TRUE(key->verify(hash.with_seal(header[0], seal.signature.b), seal.signature.signature));
}

TEST(Seal, BrokenStructureGetsTheNextInstance) { // 5.1 step 3: one more than the highest number found
    const Set set = set_of(add_set(plain(), sound(7)));
    EXPECT_EQ(set.instance, 8U);
    EXPECT_EQ(set.cv, Status::fail);
}

TEST(Seal, RefusesWhenTheNewestSealSaysFail) { // RFC 8617 5.1 step 2
    testing::SetText failed = sound(2);
    failed.seal.replace(failed.seal.find("cv=pass"), 7, "cv=fail");
    const Expected<Sealing> made = sealing(add_set(chain(plain(), 1), failed));
    ASSERT_TRUE(made);
    EXPECT_FALSE(made->set);
    EXPECT_EQ(made->why_not, "the newest seal says cv=fail already");
}

TEST(Seal, RefusesTheFiftyFirst) { // RFC 8617 4.2.1
    const Message fortynine = chain(plain(), 49);
    EXPECT_EQ(set_of(fortynine).instance, 50U);
    Message fifty = add_set(fortynine, sound(50));
    Expected<Sealing> made = sealing(fifty);
    ASSERT_TRUE(made);
    EXPECT_FALSE(made->set);
    EXPECT_EQ(made->why_not, "the chain has instance 50 already and must not have more than 50");
    fifty.body += "x"; // broken or not
    made = sealing(fifty);
    ASSERT_TRUE(made);
    EXPECT_FALSE(made->set);
}

TEST(Seal, RefusesAHeaderItDoesNotKnowWhole) {
    Policy policy;
    policy.limits.header_fields = 2;
    const testing::Validated at_arrival = validated(plain(), testing::zone(), policy);
    const auto made = seal(at_arrival.header, at_arrival.bodies, at_arrival.outcome, results,
                           dkim::testing::ed25519_key(), request());
    ASSERT_TRUE(made);
    EXPECT_FALSE(made->set);
}

TEST(Seal, OutcomeOfAnotherHeaderIsAnError) {
    const testing::Validated at_arrival = validated(chain(plain(), 1));
    const mail::HeaderBlock other = dkim::testing::read_header(chain(plain(), 2).header);
    EXPECT_FALSE(seal(other, at_arrival.bodies, at_arrival.outcome, results, dkim::testing::ed25519_key(), request()));
    EXPECT_FALSE(seal(dkim::testing::read_header(plain().header), at_arrival.bodies, at_arrival.outcome, results,
                      dkim::testing::ed25519_key(), request()));
}

TEST(Seal, RequestsThatCannotBeMet) {
    const auto refuses = [](auto change) {
        SealRequest how = request();
        change(how);
        return !sealing(plain(), how);
    };
    EXPECT_TRUE(refuses([](SealRequest& r) { r.domain = "example"; }));
    EXPECT_TRUE(refuses([](SealRequest& r) { r.domain = "a.example; h=x"; }));
    EXPECT_TRUE(refuses([](SealRequest& r) { r.domain = ""; }));
    EXPECT_TRUE(refuses([](SealRequest& r) { r.selector = "a b"; }));
    EXPECT_TRUE(refuses([](SealRequest& r) { r.selector = ""; }));
    const testing::Validated at_arrival = validated(plain());
    dkim::BodyHashes nothing;
    nothing.finish();
    EXPECT_FALSE(
        seal(at_arrival.header, nothing, at_arrival.outcome, results, dkim::testing::ed25519_key(), request()));
}

TEST(Seal, InternationalDomain) { // RFC 8617 4.1.4
    SealRequest how = request();
    how.domain = "B\xc3\xbc"
                 "cher.example";
    EXPECT_EQ(tag(set_of(plain(), how).seal, "d"), "xn--bcher-kva.example");
}

TEST(Seal, ArcResultIsAddedOnce) { // RFC 8617 5.2: the outcome belongs to the results
    const testing::Validated at_arrival = validated(chain(plain(), 1));
    SealRequest how = request();
    how.client = ip::Address::parse("192.0.2.1");
    const auto text = [&](const std::vector<std::string>& given) {
        const auto made =
            seal(at_arrival.header, at_arrival.bodies, at_arrival.outcome, given, dkim::testing::ed25519_key(), how);
        return mail::unfold(made->set->results);
    };
    EXPECT_EQ(text({}), "i=2; mx.lists.example; arc=pass smtp.remote-ip=192.0.2.1 header.oldest-pass=0");
    EXPECT_EQ(text({"arc=pass", "spf=none"}), "i=2; mx.lists.example; arc=pass; spf=none");
}

TEST(Seal, LongAndOddResultsStayOneField) {
    const testing::Validated at_arrival = validated(plain());
    const std::string quoted = "spf=pass reason=\"" + std::string(60, 'a') + "   " + std::string(60, 'b') + "\"";
    const auto made = seal(at_arrival.header, at_arrival.bodies, at_arrival.outcome, std::vector{quoted},
                           dkim::testing::ed25519_key(), request());
    const Message message = with_set(plain(), *made->set);
    EXPECT_TRUE(mail::unfold(made->set->results).contains(quoted));
    EXPECT_EQ(validate(message).result, Status::pass) << validate(message).reason;
}

} // namespace
} // namespace bonafide::arc
