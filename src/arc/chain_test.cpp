#include "arc/result.hpp"
#include "arc/test_sealer.hpp"

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
using testing::replaced;
using testing::Scope;
using testing::SetText;
using testing::sound;
using testing::validate;
using testing::with;
using testing::zone;

/// The message without its first field of this name.
Message without(Message message, const std::string& name) {
    const std::size_t begin = message.header.find(name + ":");
    std::size_t end = message.header.find("\r\n", begin);
    while (message.header.substr(end + 2, 1) == " ") end = message.header.find("\r\n", end + 2);
    message.header.erase(begin, end + 2 - begin);
    return message;
}

/// Its first field of this name once more, on top.
Message doubled(Message message, const std::string& name) {
    const std::size_t begin = message.header.find(name + ":");
    message.header.insert(0, message.header.substr(begin, message.header.find("\r\n", begin) + 2 - begin));
    return message;
}

TEST(Chain, NoneWithoutSets) { // RFC 8617 5.2 step 1
    const Outcome outcome = validate(plain());
    EXPECT_EQ(outcome.result, Status::none);
    EXPECT_EQ(outcome.code, Code::no_chain);
    EXPECT_EQ(outcome.highest, 0U);
    EXPECT_TRUE(outcome.instances.empty());
}

TEST(Chain, PassesAndTellsWhatItSaw) { // RFC 8617 5.2
    const Outcome outcome = validate(add_set(chain(plain(), 1), sound(2, "other.example")));
    EXPECT_EQ(outcome.result, Status::pass) << outcome.reason;
    EXPECT_EQ(outcome.code, Code::ok);
    EXPECT_EQ(outcome.oldest_pass, 0U);
    EXPECT_EQ(outcome.highest, 2U);
    ASSERT_EQ(outcome.instances.size(), 2U);
    const Instance& newest = outcome.instances[1];
    EXPECT_EQ(newest.number, 2U);
    EXPECT_EQ(newest.cv, Status::pass);
    EXPECT_EQ(newest.seal.check, Check::pass);
    EXPECT_EQ(newest.seal.domain, "other.example");
    EXPECT_EQ(newest.seal.selector, "s");
    EXPECT_EQ(newest.seal.algorithm, "ed25519-sha256");
    EXPECT_EQ(newest.seal.signed_at, 1000);
    EXPECT_EQ(newest.message.check, Check::pass);
    EXPECT_EQ(newest.message.domain, "other.example");
    EXPECT_EQ(newest.canonicalization, "relaxed/relaxed");
    EXPECT_EQ(newest.signed_headers, (std::vector<std::string>{"from", "subject", "dkim-signature"}));
    EXPECT_TRUE(newest.signs_from);
    ASSERT_TRUE(newest.results);
    EXPECT_EQ(newest.results->authserv_id, "other.example");
    EXPECT_EQ(newest.results->results.at(1).method, "dmarc");
    EXPECT_TRUE(newest.results_text.starts_with(" other.example; spf=pass"));
    EXPECT_EQ(outcome.instances[0].cv, Status::none);
}

TEST(Chain, RsaPasses) {
    Records records;
    records.txt("s._domainkey.lists.example", {"v=DKIM1; p=" + dkim::testing::public_text(dkim::testing::rsa_key())});
    SetText set = sound(1);
    set = with(with(set, &SetText::message, "ed25519", "rsa"), &SetText::seal, "ed25519", "rsa");
    EXPECT_EQ(validate(add_set(plain(), set, dkim::testing::rsa_key()), records).result, Status::pass);
}

TEST(Chain, EachKeyNameIsAskedOnce) {
    EXPECT_EQ(testing::validated(chain(plain(), 5)).look_ups, 1U);
    EXPECT_EQ(testing::validated(add_set(chain(plain(), 2), sound(3, "other.example"))).look_ups, 2U);
}

TEST(Chain, WhereTheFieldsStandHasNoMeaning) { // R1: header order shuffled must not matter
    const Message message = chain(plain(), 3);
    const mail::HeaderBlock header = dkim::testing::read_header(message.header);
    Message shuffled{"", message.body};
    for (std::size_t i = header.size(); i-- != 0;) // upside down; no name but the ARC ones occurs twice
        shuffled.header += std::string(header[i].raw) + "\r\n";
    EXPECT_EQ(validate(shuffled).result, Status::pass) << validate(shuffled).reason;
}

TEST(Chain, R1StructureOfTheSets) { // RFC 8617 4.2.1, 5.2 step 3 A and B
    struct Row {
        std::string what;
        Message message;
        Code code;
        std::string reason;
    };
    const Message one = chain(plain(), 1);
    const Message two = chain(plain(), 2);
    const auto instance = [&](const std::string& tag) {
        return add_set(plain(), with(sound(1), &SetText::message, "i=1", tag));
    };
    const std::vector<Row> rows{
        {"gap 1, 3", add_set(one, sound(3)), Code::missing_set, "instance 2 is missing"},
        {"only 2", add_set(plain(), sound(2)), Code::missing_set, "instance 1 is missing"},
        {"two AMS i=1", doubled(one, "ARC-Message-Signature"), Code::duplicate_field,
         "instance 1 has two ARC-Message-Signatures"},
        {"two AS", doubled(two, "ARC-Seal"), Code::duplicate_field, "instance 2 has two ARC-Seals"},
        {"two AAR", doubled(one, "ARC-Authentication-Results"), Code::duplicate_field,
         "instance 1 has two ARC-Authentication-Resultss"},
        {"only AS", without(without(one, "ARC-Message-Signature"), "ARC-Authentication-Results"), Code::missing_field,
         "instance 1 has no ARC-Authentication-Results"},
        {"no AMS at 2", without(two, "ARC-Message-Signature"), Code::missing_field,
         "instance 2 has no ARC-Message-Signature"},
        {"no AS at 2", without(two, "ARC-Seal"), Code::missing_field, "instance 2 has no ARC-Seal"},
        {"i=0", instance("i=0"), Code::bad_instance, "an ARC-Message-Signature has no usable instance (i=)"},
        {"i=51", instance("i=51"), Code::too_many_sets, "instance 51 is above the 50 there may be"},
        {"i=001", instance("i=001"), Code::bad_instance, "an ARC-Message-Signature has no usable instance (i=)"},
        {"i=", instance("i="), Code::bad_instance, "an ARC-Message-Signature has no usable instance (i=)"},
        {"i=+1", instance("i=+1"), Code::bad_instance, "an ARC-Message-Signature has no usable instance (i=)"},
        {"I=1", instance("I=1"), Code::bad_instance, "an ARC-Message-Signature has no usable instance (i=)"},
        {"no i in AS", add_set(plain(), with(sound(1), &SetText::seal, "i=1; ", "")), Code::bad_instance,
         "an ARC-Seal has no usable instance (i=)"},
        {"i=1 not first in AAR",
         add_set(plain(), with(sound(1), &SetText::results, "i=1; lists.example", "lists.example; i=1")),
         Code::bad_instance, "an ARC-Authentication-Results has no usable instance (i=)"},
    };
    for (const Row& row : rows) {
        const Outcome outcome = validate(row.message);
        EXPECT_EQ(outcome.result, Status::fail) << row.what;
        EXPECT_EQ(outcome.code, row.code) << row.what << ": " << to_text(outcome.code);
        EXPECT_EQ(outcome.reason, row.reason) << row.what;
        EXPECT_EQ(testing::validated(row.message).look_ups, 0U) << row.what;
    }
}

TEST(Chain, R1InstanceTagsThatAreFine) {
    const std::vector<SetText> sets{
        with(sound(1), &SetText::message, "i=1", "i=01"), // RFC 8617 3.9: position is one or two digits
        with(sound(1), &SetText::message, "i=1", " (a) i (b) = (c) 1 (d)"), // 3.9: CFWS
        with(sound(1), &SetText::results, "i=1", "(x) i = 1 (y)"),
        with(with(sound(1), &SetText::seal, "i=1; ", ""), &SetText::seal, "t=1000", "t=1000; i=1"), // anywhere
        with(with(sound(1), &SetText::message, "i=1; ", ""), &SetText::message, "t=1000", "t=1000; i = 1 "),
        with(sound(1), &SetText::results, "spf=pass",
             "no A-R value at all; ;;"), // its content is no matter of the chain
    };
    for (const SetText& set : sets) {
        const Outcome outcome = validate(add_set(plain(), set));
        EXPECT_EQ(outcome.result, Status::pass) << set.message << set.seal << outcome.reason;
    }
}

TEST(Chain, FiftySetsPass) { // RFC 8617 4.2.1
    const Message fifty = chain(plain(), 50);
    const Outcome outcome = validate(fifty);
    EXPECT_EQ(outcome.result, Status::pass) << outcome.reason;
    EXPECT_EQ(outcome.highest, 50U);
    EXPECT_EQ(outcome.instances.size(), 50U);
    const Outcome past = validate(add_set(fifty, sound(51)));
    EXPECT_EQ(past.result, Status::fail);
    EXPECT_EQ(past.code, Code::too_many_sets);
    EXPECT_EQ(past.highest, 51U);
}

TEST(Chain, R2ChainStatus) { // RFC 8617 5.2 steps 2 and 3 C
    const auto seal = [](unsigned i, const std::string& cv) {
        SetText set = sound(i);
        set.seal = replaced(set.seal, i == 1 ? "cv=none" : "cv=pass", cv);
        return set;
    };
    struct Row {
        std::string what;
        Message message;
        Code code;
    };
    const Message one = chain(plain(), 1);
    const std::vector<Row> rows{
        {"i=1 cv=pass", add_set(plain(), seal(1, "cv=pass")), Code::bad_chain_status},
        {"i=2 cv=none", add_set(one, seal(2, "cv=none")), Code::bad_chain_status},
        {"newest cv=fail", add_set(one, seal(2, "cv=fail")), Code::reported_failed},
        {"cv=FAIL", add_set(one, seal(2, "cv=FAIL")), Code::reported_failed},
        {"newest cv=fail of a broken chain", add_set(plain(), seal(7, "cv=fail")), Code::reported_failed},
        {"older cv=fail", add_set(add_set(one, seal(2, "cv=fail")), sound(3)), Code::bad_chain_status},
        {"cv= absent", add_set(plain(), seal(1, "n=1")), Code::bad_chain_status},
        {"cv= empty", add_set(plain(), seal(1, "cv=")), Code::bad_chain_status},
        {"cv unknown", add_set(plain(), seal(1, "cv=perhaps")), Code::bad_chain_status},
        {"CV=none", add_set(plain(), seal(1, "CV=none")), Code::bad_chain_status}, // tag names have case
        {"cv=Pass", add_set(one, seal(2, "cv=Pass")), Code::ok},                   // 3.9: chain-status has none
        {"cv=None", add_set(plain(), seal(1, "cv=None")), Code::ok},
    };
    for (const Row& row : rows) {
        const Outcome outcome = validate(row.message);
        EXPECT_EQ(outcome.code, row.code) << row.what << ": " << to_text(outcome.code) << " " << outcome.reason;
        EXPECT_EQ(outcome.result, row.code == Code::ok ? Status::pass : Status::fail) << row.what;
    }
}

TEST(Chain, R3TagsOfTheSeal) { // RFC 8617 4.1.3
    struct Row {
        std::string what;
        std::string by;
        Code code;
    };
    const std::vector<Row> rows{
        {"t=1000", "t=1000; h=from", Code::seal_names_headers},
        {"t=1000", "t=1000; h=", Code::seal_names_headers},
        {"t=1000", "t=1000; c=simple/simple", Code::ok}, // not supported, so ignored: relaxed all the same
        {"t=1000", "t=1000; v=1", Code::ok},
        {"t=1000", "t=1000; bh=AAAA; l=7; q=x; x=1", Code::ok},
        {"t=1000", "n=no time", Code::ok},
        {"t=1000", "t=", Code::bad_seal},
        {"t=1000", "t=10 00", Code::bad_seal},
        {"t=1000", "t=1000; t=1000", Code::bad_seal},
        {"t=1000", "t=1000; i=1", Code::bad_seal},
        {"s=s", "n=1", Code::bad_seal},
        {"s=s", "s=", Code::bad_seal},
        {"d=lists.example", "n=1", Code::bad_seal},
        {"d=lists.example", "d=example", Code::bad_seal},
        {"a=ed25519-sha256", "n=1", Code::bad_seal},
        {"a=ed25519-sha256", "a=", Code::bad_seal},
        {"a=ed25519-sha256", "a=rsa-sha1", Code::bad_seal}, // R12, RFC 8301 3.1
        {"a=ed25519-sha256", "a=rsa-sha256", Code::seal_key},
        {"d=lists.example", "d=nokey.example", Code::seal_key},
        {"d=lists.example", "d=LISTS.example", Code::ok},
    };
    for (const Row& row : rows) {
        const Outcome outcome = validate(add_set(plain(), with(sound(1), &SetText::seal, row.what, row.by)));
        EXPECT_EQ(outcome.code, row.code) << row.by << ": " << to_text(outcome.code) << " " << outcome.reason;
        EXPECT_EQ(outcome.result, row.code == Code::ok ? Status::pass : Status::fail) << row.by;
    }
    EXPECT_EQ(validate(add_set(plain(), with(sound(1), &SetText::seal, "t=1000", "h=from"))).reason,
              "the seal of instance 1 has an h=");
}

TEST(Chain, R4TagsOfTheMessageSignature) { // RFC 8617 4.1.2
    struct Row {
        std::string what;
        std::string by;
        Code code;
    };
    const std::string h = "h=from:subject:dkim-signature";
    const std::vector<Row> rows{
        {h, "h=from:arc-seal:subject", Code::signs_seal},
        {h, "h=from: ARC-Seal", Code::signs_seal},
        {h, "h=from:arc-message-signature:arc-authentication-results:authentication-results", Code::ok}, // unwise
        {h, "h=to", Code::ok},                                                                           // without From
        {h, "h=", Code::ok},
        {h, "h=from::to", Code::bad_message_signature},
        {h, "n=1", Code::bad_message_signature},
        {"t=1000", "t=1000; v=1", Code::ok}, // v= is ignored
        {"t=1000", "t=1000; v=2", Code::ok},
        {"t=1000", "t=", Code::bad_message_signature},
        {"t=1000", "t=1000; x=2000", Code::ok},
        {"t=1000", "t=1000; l=3", Code::ok},
        {"t=1000", "t=1000; l=9", Code::body_changed},
        {"c=relaxed/relaxed", "c=simple", Code::ok},
        {"c=relaxed/relaxed", "c=relaxed", Code::ok},
        {"c=relaxed/relaxed", "n=1", Code::ok}, // simple/simple, inherited
        {"c=relaxed/relaxed", "c=nowsp", Code::bad_message_signature},
        {"a=ed25519-sha256", "a=rsa-sha1", Code::bad_message_signature},
        {"d=lists.example", "d=", Code::bad_message_signature},
        {"d=lists.example", "d=nokey.example", Code::message_signature_key},
    };
    for (const Row& row : rows) {
        const Outcome outcome = validate(add_set(plain(), with(sound(1), &SetText::message, row.what, row.by)));
        EXPECT_EQ(outcome.code, row.code) << row.by << ": " << to_text(outcome.code) << " " << outcome.reason;
        EXPECT_EQ(outcome.result, row.code == Code::ok ? Status::pass : Status::fail) << row.by;
    }
    const auto expired = with(sound(1), &SetText::message, "t=1000", "t=1000; x=2000");
    Policy late;
    late.now = 99999;
    EXPECT_EQ(validate(add_set(plain(), expired), zone(), late).code, Code::bad_message_signature);
}

TEST(Chain, CanonicalizationNotGivenMayBeRelaxed) { // the default of ARC's drafts; RFC 8617 inherits simple/simple
    SetText set = with(sound(1), &SetText::message, "c=relaxed/relaxed; ", "");
    const Message message{"From:  x\r\n", "a  b\r\n"};
    EXPECT_EQ(validate(add_set(message, set)).result, Status::pass);
    EXPECT_EQ(validate(add_set(message, set)).instances.at(0).canonicalization, "simple/simple");
    set.unsaid = dkim::Canonicalization::relaxed;
    const Outcome outcome = validate(add_set(message, set));
    EXPECT_EQ(outcome.result, Status::pass) << outcome.reason;
    EXPECT_EQ(outcome.instances.at(0).canonicalization, "relaxed/relaxed");
    set.message = replaced(set.message, "t=1000", "t=1000; c=simple/simple"); // what it says is meant
    EXPECT_EQ(validate(add_set(message, set)).code, Code::body_changed);
}

TEST(Chain, R5BodyFooterAddedAtHopTwo) { // RFC 8617 5.2 step 5
    Message message = chain(plain(), 1);
    message.body += "-- \r\nThe list\r\n";
    message = add_set(message, sound(2));
    const Outcome outcome = validate(message);
    EXPECT_EQ(outcome.result, Status::pass) << outcome.reason;
    EXPECT_EQ(outcome.oldest_pass, 2U);
    EXPECT_EQ(outcome.instances[0].message.check, Check::fail);
    EXPECT_EQ(outcome.instances[0].message.code, dkim::Code::body_hash_mismatch);
    EXPECT_EQ(outcome.instances[0].seal.check, Check::pass);
}

TEST(Chain, R5OldestPassStopsAtTheFirstFailure) {
    Message message = chain(plain(), 2); // 1 and 2 sign the same
    message.body += "footer\r\n";
    message = chain(message, 2, 3);
    Outcome outcome = validate(message);
    EXPECT_EQ(outcome.oldest_pass, 3U);
    EXPECT_EQ(outcome.instances[1].message.check, Check::fail);
    EXPECT_EQ(outcome.instances[0].message.check, Check::skipped);
    // An older one that cannot be read fails, and the chain does not mind.
    message = add_set(add_set(plain(), with(sound(1), &SetText::message, "a=ed25519", "a=rot13")), sound(2));
    outcome = validate(message);
    EXPECT_EQ(outcome.result, Status::pass) << outcome.reason;
    EXPECT_EQ(outcome.oldest_pass, 2U);
}

TEST(Chain, R5ChangesAfterTheNewestSetAreFound) { // RFC 8617 5.2 steps 4 and 6
    const Message message = chain(plain(), 2);
    Message changed = message;
    changed.body += "x";
    Outcome outcome = validate(changed);
    EXPECT_EQ(outcome.code, Code::body_changed);
    EXPECT_EQ(outcome.reason, "the message signature of instance 2 fails: the body was changed after signing");
    EXPECT_TRUE(outcome.seals_hold) << "only the content is another";
    EXPECT_EQ(outcome.instances[1].seal.check, Check::pass);
    changed = message;
    changed.header = replaced(changed.header, "Subject: One", "Subject: Two");
    EXPECT_EQ(validate(changed).code, Code::header_changed);
    changed.header = replaced(changed.header, "i=1; lists.example; spf=pass", "i=1; lists.example; spf=fail");
    outcome = validate(changed);
    EXPECT_EQ(outcome.code, Code::header_changed);
    EXPECT_FALSE(outcome.seals_hold);
    changed = message;
    changed.header = replaced(changed.header, "i=1; lists.example; spf=pass", "i=1; lists.example; spf=fail");
    outcome = validate(changed);
    EXPECT_EQ(outcome.code, Code::seal_broken);
    EXPECT_TRUE(outcome.reason.starts_with("the seal of instance 2 fails: ")) << outcome.reason;
    EXPECT_EQ(outcome.oldest_pass, 0U);
    changed = message; // relaxed: white space and folding say nothing
    changed.header = replaced(changed.header, "i=1; lists.example; spf", "i=1;\r\n\tlists.example;   spf");
    EXPECT_EQ(validate(changed).result, Status::pass);
}

TEST(Chain, SealOfOneSetAloneDoesNotHoldAChain) { // RFC 8617 5.1.1
    SetText set = sound(2);
    set.scope = Scope::own_set;
    EXPECT_EQ(validate(add_set(chain(plain(), 1), set)).code, Code::seal_broken);
}

TEST(Chain, R6DnsFailuresArePermanent) { // RFC 8617 5.2.1
    const Message message = add_set(add_set(plain(), sound(1, "other.example")), sound(2));
    Records records;
    records.txt("s._domainkey.lists.example",
                {"k=ed25519; p=" + dkim::testing::public_text(dkim::testing::ed25519_key())});
    records.status("s._domainkey.other.example", dns::Status::serv_fail);
    const Outcome outcome = validate(message, records);
    EXPECT_EQ(outcome.result, Status::fail);
    EXPECT_EQ(outcome.code, Code::seal_key);
    EXPECT_EQ(outcome.instances[0].seal.code, dkim::Code::key_unavailable);
    EXPECT_TRUE(outcome.reason.starts_with("the seal of instance 1 fails: the key at s._domainkey.other.example"))
        << outcome.reason;
}

TEST(Chain, KeysThatNeverCame) {
    const mail::HeaderBlock header = dkim::testing::read_header(chain(plain(), 1).header);
    dkim::BodyHashes bodies;
    const Validator validator(header, {}, bodies);
    bodies.update(plain().body);
    bodies.finish();
    const Outcome outcome = validator.outcome();
    EXPECT_EQ(outcome.result, Status::fail);
    EXPECT_EQ(outcome.code, Code::message_signature_key);
}

TEST(Chain, R12SmallKey) { // RFC 8301 3.2
    Records records;
    records.txt("s._domainkey.lists.example", {"p=" + dkim::testing::public_text(dkim::testing::rsa_key(512))});
    SetText set = sound(1);
    set = with(with(set, &SetText::message, "ed25519", "rsa"), &SetText::seal, "ed25519", "rsa");
    const Outcome outcome = validate(add_set(plain(), set, dkim::testing::rsa_key(512)), records);
    EXPECT_EQ(outcome.code, Code::message_signature_key);
    EXPECT_EQ(outcome.instances[0].message.code, dkim::Code::key_too_small);
}

TEST(Chain, DifferentDomainsInOneSet) { // RFC 8617 4.1.2: no requirements on domains
    const Outcome outcome =
        validate(add_set(plain(), with(sound(1), &SetText::seal, "d=lists.example", "d=other.example")));
    EXPECT_EQ(outcome.result, Status::pass) << outcome.reason;
    EXPECT_EQ(outcome.instances[0].seal.domain, "other.example");
    EXPECT_EQ(outcome.instances[0].message.domain, "lists.example");
}

TEST(Chain, UnsignedBytesOfL) {
    const Outcome outcome = validate(add_set(plain(), with(sound(1), &SetText::message, "t=1000", "t=1000; l=5")));
    EXPECT_EQ(outcome.result, Status::pass);
    EXPECT_EQ(outcome.instances[0].unsigned_bytes, 2U);
}

TEST(Chain, DnssecIsThatOfTheWeakestKey) {
    class Secure : public dns::Source {
      public:
        explicit Secure(std::string except) : except_(std::move(except)) {}
        [[nodiscard]] dns::Answer answer(const dns::Question& question) const override {
            auto data = std::make_shared<dns::AnswerData>(*zone().answer(question));
            data->dnssec = question.name.contains(except_) ? dns::Dnssec::insecure : dns::Dnssec::secure;
            return data;
        }

      private:
        std::string except_;
    };
    const Message message = add_set(chain(plain(), 1), sound(2, "other.example"));
    EXPECT_EQ(validate(message, Secure("nobody")).dnssec, dns::Dnssec::secure);
    EXPECT_EQ(validate(message, Secure("other")).dnssec, dns::Dnssec::insecure);
    EXPECT_EQ(validate(message, Secure("lists")).instances[0].seal.dnssec, dns::Dnssec::insecure);
}

TEST(Chain, RemoteTextIsEscaped) {
    const Outcome outcome =
        validate(add_set(plain(), with(sound(1), &SetText::seal, "a=ed25519-sha256", "a=\x80\x1b")));
    EXPECT_EQ(outcome.result, Status::fail);
    EXPECT_EQ(outcome.reason.find('\x1b'), std::string::npos);
    EXPECT_EQ(outcome.reason.find('\x80'), std::string::npos);
}

TEST(MethodResult, SaysWhatRfc8617Registers) { // RFC 8617 6, 10.2
    const auto client = ip::Address::parse("2001:db8::1a");
    Outcome outcome;
    EXPECT_EQ(authres::write({"x", "", {method_result(outcome, client)}}),
              "x;\r\n\tarc=none smtp.remote-ip=\"2001:db8::1a\"");
    outcome = validate(chain(plain(), 2));
    EXPECT_EQ(authres::write({"x", "", {method_result(outcome, client)}}),
              "x;\r\n\tarc=pass smtp.remote-ip=\"2001:db8::1a\" header.oldest-pass=0");
    outcome = validate(add_set(plain(), sound(2)));
    EXPECT_EQ(authres::write({"x", "", {method_result(outcome, {})}}), "x;\r\n\tarc=fail (instance 1 is missing)");
}

} // namespace
} // namespace bonafide::arc
