// What is signed verifies, survives what mail servers add behind us, and breaks when anything is added that a reader would see.
#include "dkim/sign.hpp"
#include "dkim/test_signer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace bonafide::dkim {
namespace {

using testing::ed25519_key;
using testing::Message;
using testing::public_text;
using testing::Records;
using testing::rsa_key;

const Message plain{"From: Ann <ann@a.example>\r\nTo: b@b.example\r\nSubject: One  two\r\nDate: today\r\n"
                    "Message-ID: <1@a.example>\r\n",
                    "Hello  world \r\n\r\nBye\r\n\r\n"};

const Records& zone() {
    static const Records records([](Records& made) {
        for (const std::string domain : {"a.example", "xn--bcher-kva.example"})
            made.txt("s._domainkey." + domain, {"v=DKIM1; p=" + public_text(rsa_key())});
        made.txt("ed._domainkey.a.example", {"k=ed25519; p=" + public_text(ed25519_key())});
    });
    return records;
}

SignRequest request(std::string selector = "s") {
    return {.domain = "a.example", .selector = std::move(selector), .time = 1795255200};
}

Expected<std::string> value_of(const Message& message, const SignRequest& request,
                               const crypto::PrivateKey& key = rsa_key()) {
    BodyHashes bodies;
    bodies.want(request.body_kind);
    bodies.update(message.body);
    bodies.finish();
    return sign(testing::read_header(message.header), bodies, key, request);
}

Message signed_message(const Message& message, const SignRequest& request, const crypto::PrivateKey& key = rsa_key()) {
    const auto value = value_of(message, request, key);
    EXPECT_TRUE(value) << (value ? "" : value.error().text);
    return {"DKIM-Signature: " + value.value_or("") + "\r\n" + message.header, message.body};
}

SignatureResult verdict(const Message& message) {
    Policy policy;
    policy.now = 1795255200;
    const auto results = testing::verify(message, zone(), policy);
    EXPECT_FALSE(results.empty());
    return results.empty() ? SignatureResult{} : results[0];
}

std::string refusal(const SignRequest& request, const Message& message = plain) {
    const auto value = value_of(message, request);
    return value ? "signed" : value.error().text;
}

TEST(Sign, EveryCanonicalizationAndShape) {
    const std::vector<Message> shapes{
        plain,
        {plain.header, ""},
        {plain.header, "\r\n\r\n"},
        {plain.header, "no line end"},
        {"From: a@a.example\r\n", "x\r\n"},
        {"FROM:a@a.example\r\nSubject:\r\nTo:\r\n\t\r\n b@b.example\r\n", "\t \r\n x\t\r\n"},
        {"From: \"\xc3\x84nn\" <\xc3\xa4@a.example>\r\nSubject: " + std::string(900, 'x') + "\r\n", "\xff\x80\r\n"},
        {"From: a@a.example\r\nReceived: one\r\nReceived: two\r\nTo: x\r\nTo: y\r\nReferences: <1>\r\n <2>\r\n",
         "b\r\n"},
        {plain.header + "X-Long: " + std::string(20000, 'y') + "\r\n", std::string(100000, 'z')}};
    for (const Message& shape : shapes)
        for (const auto header_kind : {Canonicalization::simple, Canonicalization::relaxed})
            for (const auto body_kind : {Canonicalization::simple, Canonicalization::relaxed})
                for (const bool rsa : {true, false}) {
                    SignRequest asked = request(rsa ? "s" : "ed");
                    asked.header_kind = header_kind;
                    asked.body_kind = body_kind;
                    const SignatureResult result =
                        verdict(signed_message(shape, asked, rsa ? rsa_key() : ed25519_key()));
                    EXPECT_EQ(result.result, Result::pass) << result.reason << shape.header;
                    EXPECT_EQ(result.unsigned_bytes, 0U);
                }
}

TEST(Sign, LinesAreShort) {
    Message many = plain;
    for (int i = 0; i < 60; ++i) many.header += fmt::format("List-Unsubscribe: <mailto:{}@a.example>\r\n", i);
    SignRequest asked = request();
    asked.identity = "a user = ann@mail.a.example";
    const std::string value = value_of(many, asked).value();
    std::size_t begin = 0;
    for (std::size_t end = 0; begin < value.size(); begin = end + 2) {
        end = std::min(value.find("\r\n", begin), value.size());
        EXPECT_LE(end - begin + (begin == 0 ? signature_field.size() + 2 : 0), 78U) << value.substr(begin, end - begin);
    }
    EXPECT_TRUE(value.contains("i=a=20user=20=3D=20ann@mail.a.example;")) << value;
}

TEST(Sign, WhatTheMailServerAddsBehindUsBreaksNothing) { // Postfix: always_add_missing_headers
    const Message bare{"From: a@a.example\r\nSubject: x\r\n", "x\r\n"};
    Message signed_bare = signed_message(bare, request());
    signed_bare.header = "Received: by mx\r\n" + signed_bare.header +
                         "Date: today\r\nMessage-ID: <1@mx>\r\nTo: undisclosed-recipients:;\r\n";
    EXPECT_EQ(verdict(signed_bare).result, Result::pass);
    Message listed = signed_message(plain, request());
    listed.header += "List-Id: <l.example>\r\nSender: l@l.example\r\nReferences: <0@x>\r\n";
    EXPECT_EQ(verdict(listed).result, Result::pass);
}

TEST(Sign, WhatAReaderWouldSeeCannotBeAdded) { // RFC 6376 8.15
    for (const char* field : {"From: other@b.example", "To: c@b.example", "Cc: c@b.example", "Subject: other",
                              "Date: other", "Message-ID: <2@b.example>", "Reply-To: x@b.example",
                              "Content-Type: text/html", "MIME-Version: 1.0", "Content-Transfer-Encoding: base64"})
        for (const bool above : {true, false}) {
            Message changed = signed_message(plain, request());
            changed.header = above ? field + ("\r\n" + changed.header) : changed.header + field + "\r\n";
            EXPECT_NE(verdict(changed).result, Result::pass) << field << above;
        }
}

TEST(Sign, UsualNames) {
    const auto names = [](std::string_view header) {
        return fmt::format("{}", fmt::join(usual_names(testing::read_header(header)), ":"));
    };
    EXPECT_EQ(names("From: a\r\nReceived: x\r\nReturn-Path: x\r\nAuthentication-Results: x\r\nDKIM-Signature: x\r\n"),
              "from:from:cc:subject:reply-to:mime-version:content-type:content-transfer-encoding");
    EXPECT_EQ(names("Date: a\r\nTo: b\r\nTo: c\r\nFrom: a\r\nList-Id: l\r\n"),
              "from:from:to:to:to:cc:subject:date:date:reply-to:mime-version:content-type:content-transfer-encoding:"
              "list-id");
}

TEST(Sign, AsAsked) {
    SignRequest asked = request();
    asked.signed_headers = {"From", "X-Own", "From"};
    asked.expire_after = 86400;
    const Message message = signed_message(plain, asked);
    EXPECT_TRUE(message.header.contains("h=from:x-own:from;")) << message.header;
    EXPECT_TRUE(message.header.contains("t=1795255200; x=1795341600;")) << message.header;
    const SignatureResult result = verdict(message);
    EXPECT_EQ(result.result, Result::pass);
    EXPECT_EQ(result.expires, 1795341600);
    EXPECT_FALSE(message.header.contains("l="));
}

TEST(Sign, InternationalDomainsAsALabels) { // RFC 8616
    SignRequest asked = request();
    asked.domain = "b\xc3\xbc"
                   "cher.example";
    EXPECT_EQ(verdict(signed_message(plain, asked)).domain, "xn--bcher-kva.example");
}

TEST(Sign, WhatCannotBeSigned) {
    EXPECT_EQ(refusal(request(), {"To: x\r\n", "x\r\n"}), "the message has no From field (RFC 6376 5.4)");
    SignRequest asked = request();
    asked.domain = "example";
    EXPECT_EQ(refusal(asked), "the signing domain is no domain name of at least two labels");
    asked = request("a b");
    EXPECT_EQ(refusal(asked), "the selector is no usable name");
    asked = request();
    asked.identity = "ann@b.example";
    EXPECT_EQ(refusal(asked), "i= must be of a.example or of a name below it (RFC 6376 3.5)");
    asked = request();
    asked.signed_headers = {"To"};
    EXPECT_EQ(refusal(asked), "the header fields to sign do not name From (RFC 6376 5.4)");
    asked.signed_headers = {"From", "To; x=1"};
    EXPECT_EQ(refusal(asked), "\"to; x=1\" is no header field name");
    asked = request();
    asked.expire_after = 0;
    EXPECT_EQ(refusal(asked), "x= must be later than t= (RFC 6376 3.5)");
    const auto weak = value_of(plain, request(), rsa_key(512));
    EXPECT_EQ(weak.error().text, "the RSA key has 512 bits; signing takes at least 1024 (RFC 8301 3.2)");
    BodyHashes none;
    none.finish();
    EXPECT_EQ(sign(testing::read_header(plain.header), none, rsa_key(), request()).error().text,
              "the body hash that signing needs was not taken");
}

} // namespace
} // namespace bonafide::dkim
