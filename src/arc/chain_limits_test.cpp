// Chains at and past every bound, and results that nobody wrote by the book.
#include "arc/test_sealer.hpp"

#include <gtest/gtest.h>
#include <string>

namespace bonafide::arc {
namespace {

using testing::add_set;
using testing::chain;
using testing::Message;
using testing::plain;
using testing::SetText;
using testing::sound;
using testing::validate;
using testing::with;
using testing::zone;

TEST(Chain, OversizedHeaderFails) {
    Policy policy;
    const Message message = chain(plain(), 1);
    policy.limits.header_fields = static_cast<std::uint32_t>(dkim::testing::read_header(message.header).size());
    EXPECT_EQ(validate(message, zone(), policy).result, Status::pass);
    --policy.limits.header_fields;
    EXPECT_EQ(validate(message, zone(), policy).result, Status::fail);
    EXPECT_EQ(validate(message, zone(), policy).code, Code::header_incomplete);
}

TEST(Chain, SignedBytesAreLimited) { // most_signed_bytes
    Message message = plain();
    message.header += "X-Large: " + std::string(std::size_t{1000} * 1000, 'x') + "\r\n";
    const auto large = [](unsigned i) { return with(sound(i), &SetText::message, "h=from", "h=x-large:from"); };
    for (unsigned i = 1; i <= 4; ++i) message = add_set(message, large(i));
    EXPECT_EQ(validate(message).oldest_pass, 0U) << validate(message).reason;
    message = add_set(message, large(5));
    const Outcome outcome = validate(message);
    EXPECT_EQ(outcome.result, Status::pass) << outcome.reason;
    EXPECT_EQ(outcome.oldest_pass, 2U);
    EXPECT_EQ(outcome.instances[0].message.check, Check::skipped);
}

TEST(Chain, TheNewestMessageSignatureIsLookedAtWhateverItSigns) {
    Policy wide;
    wide.limits.header_bytes = 20'000'000;
    Message message = plain();
    message.header += "X-Large: " + std::string(most_signed_bytes + 1, 'x') + "\r\n";
    message = add_set(message, with(sound(1), &SetText::message, "h=from", "h=x-large:from"));
    const Outcome outcome = validate(message, zone(), wide);
    EXPECT_EQ(outcome.result, Status::pass) << outcome.reason;
}

TEST(Chain, ResultsAsMicrosoftWritesThem) { // no ptype before action=
    const auto results_of = [](const std::string& text) {
        SetText set = sound(1);
        set.results = "i=1; " + text;
        return validate(add_set(plain(), set)).instances.at(0).results;
    };
    const auto microsoft = results_of("mx.microsoft.com 1; spf=pass smtp.mailfrom=a.example; dmarc=pass action=none "
                                      "header.from=a.example; dkim=pass header.d=a.example; arc=none");
    ASSERT_TRUE(microsoft);
    EXPECT_EQ(microsoft->authserv_id, "mx.microsoft.com");
    EXPECT_EQ(microsoft->results.size(), 4U);
    EXPECT_TRUE(results_of("mx.example; spf=pass smtp.remote-ip=2001:db8::1"));
    // A stranger's text in a value must not become a result.
    EXPECT_FALSE(results_of("mx.example; spf=fail smtp.mailfrom=a b dmarc=pass header.from=a.example"));
    EXPECT_FALSE(results_of("mx.example; spf=fail smtp.mailfrom=a@b.example dmarc=pass header.from=a.example"));
    EXPECT_FALSE(results_of("mx.example; spf=fail oops !"));
}

TEST(Chain, HostileHeadersCostLittle) {
    std::string many;
    for (int i = 0; i < 3333; ++i) many += "ARC-Seal: i=1; a=b\r\nARC-Message-Signature: i=2\r\nARC-Seal: (((((\r\n";
    EXPECT_EQ(validate({many, ""}).code, Code::bad_instance);
    std::string names = "h=from";
    for (int i = 0; i < 511; ++i) names += ":x" + std::to_string(i);
    Message message = plain();
    for (int i = 0; i < 9000; ++i) message.header += "X" + std::to_string(i) + ": y\r\n";
    for (unsigned i = 1; i <= 50; ++i) // 512 names each
        message = add_set(message, with(sound(i), &SetText::message, "h=from:subject:dkim-signature", names));
    EXPECT_EQ(validate(message).result, Status::pass) << validate(message).reason;
    const auto past = with(sound(1), &SetText::message, "h=from:subject:dkim-signature", names + ":one-more");
    EXPECT_EQ(validate(add_set(plain(), past)).code, Code::bad_message_signature);
}

} // namespace
} // namespace bonafide::arc
