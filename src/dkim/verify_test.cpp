#include "base/test_cost.hpp"
#include "dkim/test_signer.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace bonafide::dkim {
namespace {

using testing::ed25519_key;
using testing::Message;
using testing::public_text;
using testing::Records;
using testing::rsa_key;
using testing::verify;

const Message plain{"From: Ann <ann@a.example>\r\nTo: b@b.example\r\nSubject: One  two\r\n",
                    "Hello  world \r\n\r\nBye\r\n\r\n"};
const std::string tags = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=a.example; s=s; h=from:to:subject";

const Records& zone() {
    static const Records records([](Records& made) {
        for (const std::string& domain : {"a.example", "b.example", "xn--bcher-kva.example"})
            made.txt("s._domainkey." + std::string(domain), {"v=DKIM1; p=" + public_text(rsa_key())});
        made.txt("ed._domainkey.a.example", {"k=ed25519; p=" + public_text(ed25519_key())});
        made.txt("test._domainkey.a.example", {"t=y; p=" + public_text(rsa_key())});
        made.txt("strict._domainkey.a.example", {"t=s; p=" + public_text(rsa_key())});
        made.txt("two._domainkey.a.example", {"p=" + public_text(rsa_key(1024)), "p=" + public_text(rsa_key())});
        made.txt("revoked._domainkey.a.example", {"v=DKIM1; p="});
        made.status("down._domainkey.a.example", dns::Status::serv_fail);
    });
    return records;
}

SignatureResult only(const Message& message, Policy policy = {}) {
    auto results = verify(message, zone(), std::move(policy));
    EXPECT_EQ(results.size(), 1U);
    return results.at(0);
}

/// The verdict on a well-made signature with these tags.
SignatureResult signed_with(const std::string& with, Policy policy = {}) {
    return only(testing::sign(plain, with, rsa_key()), std::move(policy));
}

/// The verdict on a signature field that need not be well made; its hash values are nonsense.
SignatureResult field(const std::string& value, Policy policy = {}) {
    return only({"DKIM-Signature: " + value + "\r\n" + plain.header, plain.body}, std::move(policy));
}

TEST(Verifier, EveryCanonicalizationPasses) { // RFC 6376 3.4
    for (const std::string c : {"c=simple/simple", "c=simple/relaxed", "c=relaxed/simple", "c=relaxed/relaxed",
                                "c=relaxed", "c=simple", "c=RELAXED/Simple", "n=none given"}) {
        const SignatureResult result = signed_with("v=1; a=rsa-sha256; d=a.example; s=s; h=from:to; " + c);
        EXPECT_EQ(result.result, Result::pass) << c << result.reason;
        EXPECT_EQ(result.reason, "");
    }
    EXPECT_EQ(signed_with("v=1; a=rsa-sha256; d=a.example; s=s; h=from; c=relaxed").canonicalization, "relaxed/simple");
    EXPECT_EQ(signed_with("v=1; a=rsa-sha256; d=a.example; s=s; h=from").canonicalization, "simple/simple");
}

TEST(Verifier, Ed25519Passes) { // RFC 8463
    const auto message = testing::sign(plain, "v=1; a=ed25519-sha256; d=a.example; s=ed; h=from", ed25519_key());
    const SignatureResult result = only(message);
    EXPECT_EQ(result.result, Result::pass) << result.reason;
    EXPECT_EQ(result.key_bits, 256U);
}

TEST(Verifier, ChangesAreFound) {
    const Message good = testing::sign(plain, tags, rsa_key());
    Message changed = good;
    changed.body += "-- \r\nlist footer\r\n";
    EXPECT_EQ(only(changed).code, Code::body_hash_mismatch);
    EXPECT_EQ(only(changed).result, Result::fail);
    changed = good;
    changed.header.replace(changed.header.find("One"), 3, "Two");
    EXPECT_EQ(only(changed).code, Code::bad_signature);
    EXPECT_EQ(only(changed).result, Result::fail);
    changed = good; // what relaxed forgives
    changed.header.replace(changed.header.find("Subject: One  two"), 17, "SUBJECT :\tOne\r\n two\t");
    changed.body = "Hello world\t\r\n\r\nBye \r\n\r\n\r\n";
    EXPECT_EQ(only(changed).result, Result::pass) << only(changed).reason;
}

TEST(Verifier, SignatureFieldRules) { // RFC 6376 3.5, 6.1.1
    struct Row {
        std::string value;
        Code code;
        Result result;
    };
    const std::string rest = "; bh=AAAA; b=AAAA";
    const std::string base = "v=1; a=rsa-sha256; d=a.example; s=s; h=from";
    const std::vector<Row> rows{
        {"v=1; v=1; a=rsa-sha256; d=a.example; s=s; h=from" + rest, Code::bad_syntax, Result::neutral},
        {"no tags at all", Code::bad_syntax, Result::neutral},
        {"", Code::bad_syntax, Result::neutral},
        {base + ";;" + rest, Code::bad_syntax, Result::neutral},
        {"v=01; a=rsa-sha256; d=a.example; s=s; h=from" + rest, Code::bad_version, Result::permerror},
        {"v=2; a=rsa-sha256; d=a.example; s=s; h=from" + rest, Code::bad_version, Result::permerror},
        {"v=; a=rsa-sha256; d=a.example; s=s; h=from" + rest, Code::bad_version, Result::permerror},
        {"a=rsa-sha256; d=a.example; s=s; h=from" + rest, Code::missing_tag, Result::permerror},
        {"v=1; d=a.example; s=s; h=from" + rest, Code::missing_tag, Result::permerror},
        {"v=1; a=rsa-sha256; s=s; h=from" + rest, Code::missing_tag, Result::permerror},
        {"v=1; a=rsa-sha256; d=a.example; h=from" + rest, Code::missing_tag, Result::permerror},
        {"v=1; a=rsa-sha256; d=a.example; s=s" + rest, Code::missing_tag, Result::permerror},
        {base + "; b=AAAA", Code::missing_tag, Result::permerror},
        {base + "; bh=AAAA", Code::missing_tag, Result::permerror},
        {base + "; bh=AAAA; B=AAAA", Code::missing_tag, Result::permerror}, // B= is not b=
        {"v=1; a=rsa-sha1; d=a.example; s=s; h=from" + rest, Code::weak_algorithm, Result::permerror},
        {"v=1; a=rsa-md5; d=a.example; s=s; h=from" + rest, Code::unknown_algorithm, Result::neutral},
        {"v=1; a=; d=a.example; s=s; h=from" + rest, Code::unknown_algorithm, Result::neutral},
        {base + "; c=nofws" + rest, Code::unknown_canonicalization, Result::neutral},
        {base + "; c=relaxed/" + rest, Code::unknown_canonicalization, Result::neutral},
        {base + "; c=relaxed/relaxed/simple" + rest, Code::unknown_canonicalization, Result::neutral},
        {base + "; c=" + rest, Code::unknown_canonicalization, Result::neutral},
        {"v=1; a=rsa-sha256; d=com; s=s; h=from" + rest, Code::bad_domain, Result::permerror},
        {"v=1; a=rsa-sha256; d=a..example; s=s; h=from" + rest, Code::bad_domain, Result::permerror},
        {"v=1; a=rsa-sha256; d=a.example.; s=s; h=from" + rest, Code::bad_domain, Result::permerror},
        {"v=1; a=rsa-sha256; d=a b.example; s=s; h=from" + rest, Code::bad_domain, Result::permerror},
        {"v=1; a=rsa-sha256; d=; s=s; h=from" + rest, Code::bad_domain, Result::permerror},
        {"v=1; a=rsa-sha256; d=a.example; s=; h=from" + rest, Code::bad_domain, Result::permerror},
        {"v=1; a=rsa-sha256; d=a.example; s=s.; h=from" + rest, Code::bad_domain,
         Result::permerror}, // 3.5 has no final dot
        {"v=1; a=rsa-sha256; d=a.example; s=a/b; h=from" + rest, Code::bad_domain, Result::permerror},
        {"v=1; a=rsa-sha256; d=a.example; s=" + std::string(64, 'x') + "; h=from" + rest, Code::bad_domain,
         Result::permerror},
        {base + "; i=@notA.example" + rest, Code::bad_identity, Result::permerror},
        {base + "; i=@nota.example" + rest, Code::bad_identity, Result::permerror},
        {base + "; i=@example" + rest, Code::bad_identity, Result::permerror},
        {base + "; i=a.example" + rest, Code::bad_identity, Result::permerror},
        {base + "; i=" + rest, Code::bad_identity, Result::permerror},
        {base + "; i=a=4@a.example" + rest, Code::bad_identity, Result::permerror},
        {"v=1; a=rsa-sha256; d=a.example; s=s; h=to" + rest, Code::from_not_signed, Result::permerror},
        {"v=1; a=rsa-sha256; d=a.example; s=s; h=from::to" + rest, Code::bad_syntax, Result::neutral},
        {"v=1; a=rsa-sha256; d=a.example; s=s; h=" + rest, Code::bad_syntax, Result::neutral},
        {"v=1; a=rsa-sha256; d=a.example; s=s; h=from to" + rest, Code::bad_syntax, Result::neutral},
        {base + "; bh=AAAA; b=", Code::bad_syntax, Result::neutral},
        {base + "; bh=A!AA; b=AAAA", Code::bad_syntax, Result::neutral},
        {base + "; bh=; b=AAAA", Code::bad_syntax, Result::neutral},
        {base + "; q=dns" + rest, Code::bad_query_method, Result::permerror},
        {base + "; q=http:dns/other" + rest, Code::bad_query_method, Result::permerror},
        {base + "; t=5; x=5" + rest, Code::bad_times, Result::permerror},
        {base + "; t=6; x=5" + rest, Code::bad_times, Result::permerror},
        {base + "; t=+5" + rest, Code::bad_syntax, Result::neutral},
        {base + "; t=" + rest, Code::bad_syntax, Result::neutral},
        {base + "; t=1234567890123" + rest, Code::bad_syntax, Result::neutral},
        {base + "; x=soon" + rest, Code::bad_syntax, Result::neutral},
        {base + "; l=-1" + rest, Code::bad_syntax, Result::neutral},
        {base + "; l=" + rest, Code::bad_syntax, Result::neutral},
        {base + "; l=" + std::string(77, '1') + rest, Code::bad_syntax, Result::neutral},
        {base + "; l=1" + std::string(75, '0') + rest, Code::body_too_short, Result::permerror}, // 10^75: no overflow
        {base + "; l=18446744073709551616" + rest, Code::body_too_short, Result::permerror},
        {base + rest, Code::body_hash_mismatch, Result::fail},
    };
    for (const Row& row : rows) {
        const SignatureResult result = field(row.value);
        EXPECT_EQ(to_text(result.code), to_text(row.code)) << row.value << ": " << result.reason;
        EXPECT_EQ(to_text(result.result), to_text(row.result)) << row.value;
        EXPECT_NE(result.reason, "") << row.value;
    }
}

TEST(Verifier, OddButValidSignatures) {
    const std::vector<std::string> rows{
        "h=From : To;  s = s ; a=RSA-sha256;v=1; d=A.Example",
        "v=1; a=rsa-sha256; d=a.example; s=s; h=from:from:to:nosuch:from",
        "v=1; a=rsa-sha256; d=a.example; s=s; h=from; q=http/x:dns/txt",
        "v=1; a=rsa-sha256; d=a.example; s=s; h=from; unknown=1; z=From:b=3Dx|To:y; n=b=",
        "v=1; a=rsa-sha256; d=a.example; s=s; h=from; i=\"a@b\"@a.example",
        "v=1; a=rsa-sha256; d=a.example; s=s; h=from; i=j=20k@Mail.A.EXAMPLE",
        "v=1; a=rsa-sha256; d=a.example; s=s; h=from; i=@\r\n a.example",
        "v=1; a=rsa-sha256; d=a.example; s=s; h=from; l=0",
        "v=1; a=rsa-sha256; d=a.example; s=s; h=from; l=0000000000000000000000000000012",
        "v=1; a=rsa-sha256; d=a.example; s=s; h=from; t=0; x=999999999999",
        "v=1; a=rsa-sha256; d=a.example; s=s; h=from:dkim-signature:dkim-signature", // never means itself
        "v=1; a=rsa-sha256; d=a.example; s=strict; h=from; i=@a.example",
        "v=1; a=rsa-sha256; d=a.example; s=two; h=from", // the second of two records fits
        "v=1; a=rsa-sha256; d=b\xc3\xbc"
        "cher.example; s=s; h=from", // RFC 8616 5
    };
    for (const std::string& row : rows) {
        const SignatureResult result = signed_with(row);
        EXPECT_EQ(result.result, Result::pass) << row << ": " << result.reason;
    }
    EXPECT_EQ(signed_with(rows.back()).domain, "xn--bcher-kva.example");
    EXPECT_EQ(only(testing::sign(plain, tags, rsa_key(), ";")).result, Result::pass) << "a final semicolon";
    EXPECT_EQ(only(testing::sign(plain, tags, rsa_key(), "; x_last=1")).result, Result::pass) << "b= in the middle";
}

TEST(Verifier, KeyDecides) { // RFC 6376 6.1.2
    const auto with = [](const std::string& s) {
        return signed_with("v=1; a=rsa-sha256; d=a.example; h=from; s=" + s);
    };
    EXPECT_EQ(with("nosuch").code, Code::no_key);
    EXPECT_EQ(with("nosuch").result, Result::permerror);
    EXPECT_EQ(with("down").code, Code::key_unavailable);
    EXPECT_EQ(with("down").result, Result::temperror);
    EXPECT_EQ(with("revoked").code, Code::key_revoked);
    EXPECT_EQ(with("ed").code, Code::key_wrong_type);
    EXPECT_TRUE(with("test").testing);
    EXPECT_EQ(with("test").result, Result::pass);
    EXPECT_FALSE(with("s").testing);
    EXPECT_EQ(signed_with("v=1; a=rsa-sha256; d=a.example; h=from; s=strict; i=@m.a.example").code, Code::bad_identity);
}

TEST(Verifier, KeyThatNeverCameIsTemporary) {
    const Message message = testing::sign(plain, tags, rsa_key());
    BodyHashes bodies;
    Verifier verifier(testing::read_header(message.header), {}, bodies);
    EXPECT_TRUE(verifier.needs_key(0));
    EXPECT_FALSE(bodies.empty());
    bodies.update(message.body);
    bodies.finish();
    EXPECT_EQ(verifier.results().at(0).result, Result::temperror);
}

TEST(Verifier, FlowOutlivesTheVerifier) {
    BodyHashes bodies;
    auto verifier = std::make_unique<Verifier>(testing::read_header(testing::sign(plain, tags, rsa_key()).header),
                                               Policy{}, bodies);
    auto flow = verifier->fetch_key(0);
    verifier.reset();
    EXPECT_EQ(dns::run(std::move(flow), zone()).code, Code::ok);
}

TEST(Verifier, BodyLength) { // RFC 6376 3.5 l=, 8.2
    const std::string base = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=a.example; s=s; h=from; l=";
    Message message = testing::sign(plain, base + "18", rsa_key()); // "Hello world\r\n\r\nBye\r\n" is 20
    SignatureResult result = only(message);
    EXPECT_EQ(result.result, Result::pass);
    EXPECT_EQ(result.body_length, 18U);
    EXPECT_EQ(result.unsigned_bytes, 2U);
    EXPECT_EQ(result.reason, "the last 2 octets of the body are not signed (l=)");
    message = testing::sign(plain, base + "20", rsa_key());
    EXPECT_EQ(only(message).unsigned_bytes, 0U);
    EXPECT_EQ(only(message).reason, "");
    message.body += "more\r\n";
    EXPECT_EQ(only(message).result, Result::pass);
    EXPECT_EQ(only(message).unsigned_bytes, 8U) << "the empty line now counts";
    EXPECT_EQ(signed_with(base + "21").code, Code::body_too_short);
    EXPECT_EQ(signed_with(base + "0").unsigned_bytes, 20U);
}

TEST(Verifier, Times) { // RFC 6376 3.5 t=, x=
    Policy policy;
    policy.now = 10000;
    policy.clock_skew = 300;
    const auto at = [&](const std::string& times) { return signed_with(tags + "; " + times, policy).code; };
    EXPECT_EQ(at("x=9700"), Code::ok);
    EXPECT_EQ(at("x=9699"), Code::expired);
    EXPECT_EQ(at("t=20000"), Code::ok) << "the future is ignored unless configured";
    policy.refuse_future = true;
    EXPECT_EQ(at("t=10300"), Code::ok);
    EXPECT_EQ(at("t=10301"), Code::from_future);
}

TEST(Verifier, FromAddedOnTopIsFlagged) { // RFC 6376 8.15
    Message message = testing::sign(plain, tags, rsa_key());
    EXPECT_FALSE(only(message).several_from);
    message.header = "From: Ceo <ceo@bank.example>\r\n" + message.header;
    EXPECT_EQ(only(message).result, Result::pass);
    EXPECT_TRUE(only(message).several_from);
    message = testing::sign(plain, "v=1; a=rsa-sha256; d=a.example; s=s; h=from:from", rsa_key());
    message.header = "From: Ceo <ceo@bank.example>\r\n" + message.header;
    EXPECT_EQ(only(message).code, Code::bad_signature) << "oversigned";
}

TEST(Verifier, SignatureOverAnotherSignature) { // RFC 6376 3.5: other signatures count as they stand, b= and all
    const Message inner = testing::sign(plain, tags, rsa_key());
    const Message outer = testing::sign(inner, "v=1; a=rsa-sha256; d=b.example; s=s; h=from:dkim-signature", rsa_key());
    auto results = verify(outer, zone());
    ASSERT_EQ(results.size(), 2U);
    EXPECT_EQ(results[0].result, Result::pass) << results[0].reason;
    EXPECT_EQ(results[1].result, Result::pass) << results[1].reason;
    EXPECT_EQ(results[0].signed_headers, (std::vector<std::string>{"from", "dkim-signature"}));
    EXPECT_EQ(results[1].domain, "a.example");
    EXPECT_EQ(results[1].identity, "@a.example");
}

TEST(Verifier, GoodBesideBroken) { // RFC 6376 6.1: one good signature is enough, each is judged alone
    Message message = testing::sign(plain, tags, rsa_key());
    message.header = "DKIM-Signature: v=1; v=1\r\n" + message.header;
    const auto results = verify(message, zone());
    EXPECT_EQ(results.at(0).result, Result::neutral);
    EXPECT_EQ(results.at(1).result, Result::pass);
}

TEST(Verifier, NoSignature) {
    BodyHashes bodies;
    Verifier verifier(testing::read_header(plain.header), {}, bodies);
    EXPECT_EQ(verifier.size(), 0U);
    EXPECT_TRUE(bodies.empty());
    EXPECT_TRUE(verifier.results().empty());
}

std::string many(std::size_t count, const std::string& domain) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
        out += "DKIM-Signature: v=1; a=rsa-sha256; d=" + domain + "; s=s; h=from; bh=AAAA; b=AAAA\r\n";
    return out;
}

TEST(Verifier, SignatureLimitPrefersTheAuthorDomain) { // RFC 6376 6.1, 8.4
    Policy policy;
    policy.author_domain = "m.a.example";
    Message message = testing::sign(plain, tags, rsa_key());
    message.header = many(20, "b.example") + message.header;
    auto results = verify(message, zone(), policy);
    ASSERT_EQ(results.size(), 21U);
    EXPECT_EQ(results[20].result, Result::pass) << "aligned, so looked at first";
    EXPECT_EQ(results[18].code, Code::body_hash_mismatch);
    EXPECT_EQ(results[19].code, Code::too_many_signatures);
    EXPECT_EQ(results[19].result, Result::policy);
    results = verify({many(20, "b.example") + plain.header, plain.body}, zone(), policy);
    EXPECT_EQ(results[19].code, Code::body_hash_mismatch) << "at the limit";
}

TEST(Verifier, SizeLimits) {
    Policy policy;
    policy.limits.dkim_signed_headers = 4;
    const std::string base = "v=1; a=rsa-sha256; d=a.example; s=s; h=";
    EXPECT_EQ(signed_with(base + "from:to:cc:bcc", policy).code, Code::ok);
    EXPECT_EQ(signed_with(base + "from:to:cc:bcc:date", policy).code, Code::beyond_limit);
    policy = {};
    const std::string value = base + "from; bh=AAAA; b=AAAA";
    policy.limits.dkim_signature_bytes = static_cast<std::uint32_t>(value.size() + 1); // and the space before it
    EXPECT_EQ(field(value, policy).code, Code::body_hash_mismatch);
    EXPECT_EQ(field(value + ";", policy).code, Code::beyond_limit);
    EXPECT_EQ(field(value + ";", policy).result, Result::policy) << "a bound of ours says nothing about the signature";
    policy = {};
    policy.limits.header_fields = 3;
    const Message message = testing::sign(plain, tags, rsa_key());
    EXPECT_EQ(only(message, policy).code, Code::header_incomplete);
    EXPECT_EQ(only(message, policy).result, Result::policy);
    policy.limits.header_fields = 4;
    EXPECT_EQ(only(message, policy).code, Code::ok);
}

TEST(Verifier, BombsStayCheap) {
    std::string header = many(500, "b.example");
    std::string names = "from";
    for (int i = 0; i < 511; ++i) names += ":x";
    for (int i = 0; i < 20; ++i)
        header += "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=s; h=" + names + "; bh=AAAA; b=AAAA\r\n";
    for (int i = 0; i < 9000; ++i) header += "X: y\r\n";
    Policy policy;
    policy.author_domain = "a.example";
    const double begin = bonafide::testing::processor_seconds();
    const auto results = verify({header + plain.header, plain.body}, zone(), policy);
    EXPECT_EQ(results.size(), 520U);
    EXPECT_LT(bonafide::testing::processor_seconds() - begin, 5 * bonafide::testing::slow_build); // 0.3 s
}

TEST(Verifier, SignatureStartIsUnique) { // RFC 6008 4
    const auto with = [](const std::string& b) {
        return "DKIM-Signature: v=1; a=rsa-sha256; d=b.example; s=s; h=from; bh=AAAA; b=" + b + "\r\n";
    };
    const auto results = verify(
        {with("AAAABBBBCCCC") + with("AAAABBB\r\n BCDCC") + with("ZZZZ") + with("AAAABBBBCCCC") + plain.header, ""},
        zone());
    EXPECT_EQ(results.at(0).signature_start, "AAAABBBBCC");
    EXPECT_EQ(results.at(1).signature_start, "AAAABBBBCD");
    EXPECT_EQ(results.at(2).signature_start, "ZZZZ");
    EXPECT_EQ(results.at(3).signature_start, "AAAABBBBCC") << "a copy cannot be told apart";
}

TEST(Result, Words) {
    EXPECT_EQ(to_text(Result::temperror), "temperror");
    EXPECT_EQ(parse_result("PermError"), Result::permerror);
    EXPECT_EQ(parse_result("hardfail"), std::nullopt);
    EXPECT_EQ(to_text(Code::bad_signature), "bad-signature");
}

} // namespace
} // namespace bonafide::dkim
