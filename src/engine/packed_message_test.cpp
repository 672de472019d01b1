// The packed form of a message: what it refuses. That it says what the document says is stored_message_test.cpp's.
#include "engine/packed_message.hpp"
#include "engine/transaction.hpp"

#include <gtest/gtest.h>

namespace bonafide::engine {
namespace {

Finished mail() {
    Finished finished;
    verdict::Facts& facts = finished.facts;
    facts.now = 1795255200;
    facts.envelope.client = ip::Address::parse("2001:db8::1");
    facts.envelope.relay = ip::Address::parse("192.0.2.1");
    facts.envelope.mail_from = "";
    facts.envelope.recipients = {"rita@ours.example", "ron@ours.example"};
    facts.author.cause = mail::FromCause::ok;
    facts.author.domain = "contoso.com";
    facts.author.mailboxes = {{"Ann \xff", "ann", "contoso.com"}};
    facts.letter.subject = "a secret";
    facts.spf.value.emplace().result = spf::Result::softfail;
    facts.iprev.unavailable = "no client";
    facts.dkim.emplace_back().expires = -5;
    facts.dmarc.value.emplace().record = dmarc::parse_record("v=DMARC1; p=reject; t=y").value();
    arc::Instance& instance = facts.arc.value.emplace().instances.emplace_back();
    instance.results_text = " mx.sealer.example; dmarc=pass header.from=contoso.com";
    finished.history.known = true;
    finished.history.pasts = {{{verdict::PastKind::author, "contoso.com", ""}, {{.day = 20700, .good = 3}}},
                              {{verdict::PastKind::contact, "ann@contoso.com", "rita@ours.example"}, {}}};
    finished.around.size = 12;
    finished.around.safe_sender = false;
    finished.judgement.emplace().reason = 701;
    finished.refused = {{"eve@ours.example", "550 5.7.1 no", "rule r"}};
    return finished;
}

TEST(PackedMessage, IsReadBack) {
    const std::string packed = pack(mail(), true);
    EXPECT_LT(packed.size(), 420U);
    const auto message = unpack_message(packed);
    ASSERT_TRUE(message) << message.error().text;
    EXPECT_EQ(pack(*message), packed);
    EXPECT_EQ(message->facts.letter.subject, "a secret");
    EXPECT_EQ(message->facts.author.mailboxes[0].display_name, "Ann \xff");
    EXPECT_EQ(message->facts.dkim[0].expires, -5);
    EXPECT_TRUE(message->facts.dmarc.value->record->testing);
    ASSERT_TRUE(message->facts.arc.value->instances[0].results);
    EXPECT_EQ(message->history.of(verdict::PastKind::author, "contoso.com").at(0).good, 3U);
    EXPECT_EQ(message->around.safe_sender, false);
    EXPECT_EQ(message->judged->reason, 701U);
    EXPECT_EQ(message->refused.at(0).smtp_reply, "550 5.7.1 no");
    EXPECT_FALSE(message->ended);
    EXPECT_FALSE(message->gaps.subject);
}

TEST(PackedMessage, WithoutItsSubject) {
    const std::string packed = pack(mail(), false);
    EXPECT_FALSE(packed.contains("secret"));
    EXPECT_EQ(unpack_message(packed)->refused.at(0).smtp_reply, "550 5.7.1");
    EXPECT_TRUE(unpack_message(packed)->gaps.subject);
}

TEST(PackedMessage, CodesOfAReply) {
    EXPECT_EQ(codes_of("550 5.7.23 SPF check failed"), "550 5.7.23");
    EXPECT_EQ(codes_of("550 5.1.10 x"), "550 5.1.10");
    EXPECT_EQ(codes_of("550 5.7.1"), "550 5.7.1");
    EXPECT_EQ(codes_of("550 No ann@contoso.com"), "550");
    EXPECT_EQ(codes_of("550 5.7 x"), "550");
    EXPECT_EQ(codes_of(""), "");
}

TEST(PackedMessage, MoreRecipientsThanAreReadBackAreNotPacked) {
    Finished finished = mail();
    finished.facts.envelope.recipients.assign(verdict::StoredFacts::most_of_a_list, "a@b.example");
    EXPECT_NE(pack(finished, true), "");
    finished.facts.envelope.recipients.emplace_back("a@b.example");
    EXPECT_EQ(pack(finished, true), "");
}

TEST(PackedMessage, CutAnywhereOrLengthenedIsRefused) {
    const std::string packed = pack(mail(), true);
    for (std::size_t size = 0; size < packed.size(); ++size)
        EXPECT_FALSE(unpack_message(std::string_view(packed).substr(0, size))) << size;
    EXPECT_FALSE(unpack_message(packed + '\0'));
    EXPECT_EQ(unpack_message("\x02" + packed.substr(1)).error().text,
              "a message was packed by a newer version of Bonafide");
}

TEST(PackedMessage, BytesOfAnyKindEndInTime) {
    const std::string packed = pack(mail(), true);
    std::size_t read = 0;
    for (std::size_t i = 1; i < packed.size(); ++i)
        for (const unsigned value : {0U, 1U, 0x7fU, 0x80U, 0xffU}) {
            std::string other = packed;
            other[i] = static_cast<char>(value);
            const auto message = unpack_message(other);
            if (message && ++read > 0) EXPECT_TRUE(unpack_message(pack(*message))) << i << ' ' << value;
        }
    EXPECT_GT(read, 100U) << "texts may say anything";
    EXPECT_FALSE(unpack_message("\x01\x01" + std::string(8, '\xff')));
}

TEST(PackedMessage, TooLongIsNotPacked) {
    Finished finished = mail();
    finished.facts.letter.message_id.assign(most_packed_bytes, 'x');
    EXPECT_EQ(pack(finished, true), "");
}

} // namespace
} // namespace bonafide::engine
