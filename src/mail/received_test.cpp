#include "mail/received.hpp"

#include <gtest/gtest.h>

namespace bonafide::mail {
namespace {

StoredEnvelope read(std::initializer_list<const char*> fields) {
    HeaderBlock header;
    for (const char* field : fields) EXPECT_TRUE(header.add_raw(field)) << field;
    return read_stored_envelope(header);
}

struct Row {
    const char *mta, *received, *client, *helo;
};

const Row rows[] = {
    {"Postfix",
     "from mail.x.test (ptr.x.test [192.0.2.1])\r\n\tby mx.y.test (Postfix) with ESMTPS id 1; Sat, 21 Nov 2026 "
     "10:00:00 +0000",
     "192.0.2.1", "mail.x.test"},
    {"Postfix, IPv6", "from mail.x.test (unknown [IPv6:2001:db8::1]) by mx", "2001:db8::1", "mail.x.test"},
    {"Postfix, TLS",
     "from x.test (x.test [192.0.2.1])\r\n\t(using TLSv1.3 with cipher A (256/256 bits)\r\n\t key-exchange "
     "X25519)\r\n\t(Client CN \"[203.0.113.9]\", Issuer \"y\" (verified OK))\r\n\tby mx",
     "192.0.2.1", "x.test"},
    {"Postfix, literal HELO", "from [203.0.113.9] (unknown [192.0.2.1]) by mx", "192.0.2.1", "[203.0.113.9]"},
    {"Postfix, HELO of several words", "from x ([203.0.113.9]) (unknown [192.0.2.1]) by mx", "192.0.2.1", "x"},
    {"Postfix, unbalanced HELO", "from x( (unknown [192.0.2.1]) by mx", "", "x"},
    {"Exim, no name", "from [192.0.2.1] (helo=mail.x.test)\r\n\tby mx with esmtp (Exim 4.96)", "192.0.2.1",
     "mail.x.test"},
    {"Exim, literal HELO", "from [192.0.2.1] (port=2525 helo=[203.0.113.9]) by mx", "192.0.2.1", "[203.0.113.9]"},
    {"Exim, name", "from ptr.x.test ([192.0.2.1] helo=mail.x.test) by mx", "192.0.2.1", "mail.x.test"},
    {"Exim, same name", "from mail.x.test ([192.0.2.1]:33412) by mx", "192.0.2.1", "mail.x.test"},
    {"Exim, IPv6", "from mail.x.test ([2001:db8::1]) by mx", "2001:db8::1", "mail.x.test"},
    {"Sendmail", "from mail.x.test (ptr.x.test [192.0.2.1] (may be forged)) by mx (8.17.1/8.17.1)", "192.0.2.1",
     "mail.x.test"},
    {"Sendmail, ident", "from x.test (IDENT:joe@ptr.x.test [192.0.2.1]) by mx", "192.0.2.1", "x.test"},
    {"Exchange", "from MAIL.x.test (192.0.2.1) by EX.y.test (10.0.0.1) with Microsoft SMTP Server", "192.0.2.1",
     "MAIL.x.test"},
    {"Exchange, IPv6", "from MAIL.x.test (2001:db8::1) by EX.y.test (2001:db8::2)", "2001:db8::1", "MAIL.x.test"},
    {"Gmail", "from mail-x.google.com (mail-x.google.com. [209.85.1.1]) by mx.google.com with SMTPS id 1 for <a@b>",
     "209.85.1.1", "mail-x.google.com"},
    {"qmail", "from unknown (HELO mail.x.test) (192.0.2.1) by mx with SMTP", "192.0.2.1", "mail.x.test"},
    {"qmail, ident", "from ptr.x.test (HELO mail.x.test) (joe@192.0.2.1) by mx", "192.0.2.1", "mail.x.test"},
    {"Courier", "from x.test (ptr.x.test [::ffff:192.0.2.1]) by mx", "192.0.2.1", "x.test"},
    {"no address", "from localhost by mx", "", "localhost"},
    {"address of the receiver only", "from x by mx (mx.y.test [192.0.2.9])", "", "x"},
};

TEST(StoredEnvelope, FormsOfReceived) { // RFC 5321 4.4
    for (const Row& row : rows) {
        const StoredEnvelope envelope = read({("Received: " + std::string(row.received)).c_str()});
        EXPECT_EQ(envelope.client ? envelope.client->text() : "", row.client) << row.mta;
        EXPECT_EQ(envelope.helo, row.helo) << row.mta;
        EXPECT_FALSE(envelope.mail_from) << row.mta;
    }
}

TEST(StoredEnvelope, TopmostFromClauseCounts) {
    const auto envelope =
        read({"Received: by lmtp.y.test with LMTP id 1; Sat, 21 Nov 2026 10:00:00 +0000",
              "Received: (qmail 1 invoked by uid 0)", "Received: from a.test (a.test [192.0.2.1]) by mx",
              "Received: from b.test (b.test [192.0.2.2]) by a.test"});
    EXPECT_EQ(envelope.client->text(), "192.0.2.1");
    EXPECT_EQ(envelope.helo, "a.test");
}

TEST(StoredEnvelope, AnUnreadableFromClauseDoesNotYieldToTheSendersOwn) {
    const auto envelope = read({"Received: from x( (real.test [192.0.2.1]) by mx",
                                "Received: from forged.test (forged.test [203.0.113.9]) by y"});
    EXPECT_FALSE(envelope.client);
    EXPECT_EQ(envelope.helo, "x");
    EXPECT_FALSE(read({"Received: from (open", "Received: from forged.test ([203.0.113.9]) by y"}).client);
}

TEST(StoredEnvelope, ReturnPath) {
    EXPECT_EQ(read({"Return-Path: <joe@x.test>", "Return-Path: <forged@y.test>"}).mail_from, "joe@x.test");
    EXPECT_EQ(read({"Return-Path: <>"}).mail_from, "");
    EXPECT_EQ(read({"Return-Path: joe@x.test"}).mail_from, "joe@x.test");
    EXPECT_EQ(read({"Return-Path:\r\n <@relay.test:joe@x.test> (bounce)"}).mail_from, "joe@x.test");
    EXPECT_EQ(read({"Return-Path: <\"a>b\"@x.test>"}).mail_from, "\"a>b\"@x.test");
    EXPECT_FALSE(read({"Subject: x"}).mail_from);
}

// Dovecot's LMTP and content filters take mail over from the same host.
TEST(StoredEnvelope, LoopbackAtTheTopIsTheReceiverItself) {
    const char* lmtp = "Received: from mx.y.test ([127.0.0.1]) by mx.y.test with LMTP id 1";
    const char* filter = "Received: from localhost (localhost [IPv6:::1]) by mx.y.test (Postfix)";
    const char* client = "Received: from mail.x.test (mail.x.test [192.0.2.1]) by mx.y.test (Postfix)";
    const char* below = "Received: from pc (pc [203.0.113.9]) by mail.x.test";
    const StoredEnvelope envelope = read({lmtp, filter, client, below});
    EXPECT_EQ(envelope.client->text(), "192.0.2.1");
    EXPECT_EQ(envelope.helo, "mail.x.test");
    EXPECT_EQ(envelope.fields_read, 3U);
    EXPECT_FALSE(read({lmtp, filter}).client); // it came from nowhere else
}

Sender original(std::initializer_list<const char*> fields, const char* direct, std::uint32_t already_read = 0) {
    HeaderBlock header;
    for (const char* field : fields) EXPECT_TRUE(header.add_raw(field)) << field;
    const ip::Prefix relays[] = {*ip::Prefix::parse("192.0.2.0/28"), *ip::Prefix::parse("2001:db8:1::/48")};
    return find_original_client(header, {ip::Address::parse(direct), "direct", 0}, relays, already_read);
}

std::string shown(const Sender& sender) {
    return (sender.client ? sender.client->text() : "unknown") + " " + sender.helo + " " +
           std::to_string(sender.relays);
}

TEST(OriginalClient, NoRelayIsTheClientItself) {
    EXPECT_EQ(shown(original({"Received: from x (x [203.0.113.1]) by y"}, "198.51.100.1")), "198.51.100.1 direct 0");
}

TEST(OriginalClient, BehindRelays) {
    const char* edge = "Received: from mail.a.test (ptr.a.test [198.51.100.7]) by edge.ours.test";
    const char* loop = "Received: from localhost (localhost [127.0.0.1]) by edge.ours.test";
    const char* inner = "Received: from edge.ours.test (edge.ours.test [IPv6:2001:db8:1::2]) by inner.ours.test";
    EXPECT_EQ(shown(original({edge}, "192.0.2.1")), "198.51.100.7 mail.a.test 1");
    EXPECT_EQ(shown(original({inner, edge}, "192.0.2.2")), "198.51.100.7 mail.a.test 2");
    EXPECT_EQ(shown(original({inner, loop, edge}, "192.0.2.2")), "198.51.100.7 mail.a.test 3");
    EXPECT_EQ(shown(original({inner, "Received: (invoked by uid 1)", edge}, "192.0.2.2")),
              "198.51.100.7 mail.a.test 2");
}

// What stands below the first stranger's field is the stranger's word.
TEST(OriginalClient, ForgedTrailBelowIsNotRead) {
    EXPECT_EQ(shown(original({"Received: from evil.test (evil.test [198.51.100.7]) by edge.ours.test",
                              "Received: from bank.test (bank.test [203.0.113.9]) by edge.ours.test"},
                             "192.0.2.1")),
              "198.51.100.7 evil.test 1");
}

TEST(OriginalClient, TrailThatEndsWithinOurRelaysIsUnknown) {
    EXPECT_EQ(shown(original({}, "192.0.2.1")), "unknown  0");
    EXPECT_EQ(shown(original({"Received: from b (b [192.0.2.2]) by a"}, "192.0.2.1")), "unknown  1");
    EXPECT_EQ(shown(original({"Received: from nobody by a"}, "192.0.2.1")), "unknown nobody 1");
}

TEST(OriginalClient, StoredMessagesBeginBelowTheReceiversOwnField) {
    EXPECT_EQ(
        shown(original({"Received: from edge (edge [192.0.2.1]) by mx", "Received: from a (a [198.51.100.7]) by edge"},
                       "192.0.2.1", 1)),
        "198.51.100.7 a 1");
}

TEST(OriginalClient, LimitOfRelays) {
    for (const std::uint32_t relays : {most_relays - 1, most_relays}) {
        HeaderBlock header;
        for (std::uint32_t i = 0; i < relays; ++i) EXPECT_TRUE(header.add_raw("Received: from a (a [192.0.2.3]) by b"));
        EXPECT_TRUE(header.add_raw("Received: from x (x [198.51.100.7]) by b"));
        const ip::Prefix ours[] = {*ip::Prefix::parse("192.0.2.0/28")};
        const Sender found = find_original_client(header, {ip::Address::parse("192.0.2.1"), "", 0}, ours, 0);
        EXPECT_EQ(found.client.has_value(), relays < most_relays) << relays;
    }
}

} // namespace
} // namespace bonafide::mail
