// What the ledger keeps of a message is judged again, and shows itself to rules, as the message did.
#include "engine/judging.hpp"
#include "engine/ledger_entry.hpp"
#include "engine/ledger_lists.hpp"
#include "engine/stored_message.hpp"
#include "engine/stored_surroundings.hpp"
#include "engine/test_transaction.hpp"
#include "policy/fields.hpp"
#include "verdict/compauth.hpp"
#include "verdict/report.hpp"

#include <algorithm>

namespace bonafide::engine {
namespace {

using namespace testing_engine;

constexpr io::store::Secret secret{4, 5, 6};

/// Everything that is asked about has a past.
class FullHistory final : public HistorySource {
  public:
    std::shared_ptr<void> read(std::vector<verdict::PastKey> keys,
                               std::function<void(verdict::History)> done) override {
        verdict::History history;
        history.known = true;
        std::uint32_t count = 1;
        for (verdict::PastKey& key : keys) {
            verdict::Past& past = history.pasts.emplace_back(verdict::Past{std::move(key), {}});
            for (std::int32_t day = 20700; day < 20730; ++day)
                past.series.push_back({.day = day, .good = count, .sent = 1});
            ++count;
        }
        done(std::move(history));
        return nullptr;
    }
};

class StoredMessageTest : public TransactionTest {
  protected:
    StoredMessageTest() {
        context.history = std::make_shared<FullHistory>();
        settings.identity.trusted_hosts = {*ip::Prefix::parse("198.51.100.0/24")};
        settings.ledger.subjects = true;
    }
    struct Mail {
        std::string from, mail_from = "<ann@example.com>", client = "192.0.2.1";
        std::vector<std::pair<std::string, std::string>> more{};
        std::string body = "Hello.\r\n";
    };
    Finished run(const Mail& mail) {
        context.settings = std::make_shared<Settings>(settings);
        Connection connection(context);
        connection.open(peer(mail.client));
        connection.helo("mail.example.net");
        Transaction message(connection);
        message.mail(mail.mail_from, {});
        message.rcpt("<bob@receiver.example>");
        message.rcpt("<Eve@receiver.example>");
        message.header("From", mail.from);
        message.header("Subject", " hello \xc3\xbc");
        message.header("Message-ID", " <1@example.com>");
        for (const auto& [name, value] : mail.more) message.header(name, value);
        message.end_of_header();
        message.body(mail.body);
        return end(message);
    }
    StoredMessage stored(const Finished& finished) {
        const LedgerLists lists(settings, context.suffixes, 0);
        const io::store::Message row =
            make_message(finished, "01", "4ABC", {}, {secret, settings, *lists.current(), *context.suffixes, "mx"});
        EXPECT_EQ(row.packed.empty(), settings.ledger.addresses == KeptAddresses::hashed);
        auto message =
            reads_packed ? read_message({}, row.packed) : read_message(with_history(row.document, row.packed), {});
        EXPECT_TRUE(message) << message.error().text << row.document;
        return message ? std::move(*message) : StoredMessage{};
    }
    verdict::Judgement judge_again(const StoredMessage& message) {
        const Tuning tuning = make_tuning(settings);
        return verdict::judge(message.facts, {message.author_hosts, message.upstream, message.history,
                                              *make_lists(settings, *context.suffixes, 0), *context.suffixes,
                                              tuning.weights, tuning.thresholds});
    }
    void expect_the_same(const Mail& mail) {
        for (const bool packed : {true, false}) {
            reads_packed = packed;
            expect_the_same_read(mail);
        }
    }
    void expect_the_same_read(const Mail& mail) {
        const Finished finished = run(mail);
        ASSERT_TRUE(finished.judgement);
        const StoredMessage message = stored(finished);
        EXPECT_EQ(verdict::to_json(judge_again(message)), verdict::to_json(*finished.judgement)) << mail.from;
        ASSERT_TRUE(message.judged);
        EXPECT_EQ(message.judged->reason, finished.judgement->reason);
        EXPECT_FALSE(message.gaps.earlier || message.gaps.cut || message.gaps.addresses || message.gaps.subject);
        for (const policy::Field& field : policy::fields()) {
            const policy::FieldRef ref{&field, {}};
            if (std::ranges::find(message.around.unknown, field.name) != message.around.unknown.end()) continue;
            EXPECT_EQ(
                policy::to_text(ref.read({message.facts, &*finished.judgement, message.around, policy::Level::judged})),
                policy::to_text(
                    ref.read({finished.facts, &*finished.judgement, finished.around, policy::Level::judged})))
                << field.name << " of " << mail.from;
        }
    }
    Settings settings;
    bool reads_packed = false;
};

TEST_F(StoredMessageTest, JudgedAgainItIsTheSame) {
    settings.lists.accepted_domains = {"receiver.example"};
    settings.lists.protected_users = {"Bob Builder <bob@receiver.example>"};
    const std::vector<Mail> mails{
        {.from = " Ann <ann@example.com>"},
        {.from = " Ann <ann@example.com>", .client = "203.0.113.9"},
        {.from = " Bob Builder <bob@stranger.example>", .mail_from = "<x@stranger.example>", .client = "203.0.113.9"},
        {.from = " Bob <bob@receiver.example>", .client = "203.0.113.9"},
        {.from = " ann@example.com, other@stranger.example"},
        {.from = " nobody"},
        {.from = " \"\xff\xfe Bob\" <ann@\xc3\xbc.example>"},
        {.from = " MAILER-DAEMON <daemon@example.com>",
         .mail_from = "<>",
         .more = {{"Content-Type", " multipart/report; report-type=delivery-status; boundary=b"}},
         .body =
             "--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <our.id@receiver.example>\r\n\r\nx\r\n--b--\r\n"},
        {.from = " Ann <ann@example.com>",
         .client = "203.0.113.9",
         .more = {{"Reply-To", " Me <me@elsewhere.example>"},
                  {"List-Id", " List <l.example.com>"},
                  {"DKIM-Signature", " v=1; a=rsa-sha256; d=example.com; s=none; h=from; bh=AAAA; b=BBBB"}}},
        {.from = " Ann <ann@example.com>",
         .client = "198.51.100.1",
         .more = {{"Authentication-Results", " mx.receiver.example; dmarc=pass header.from=example.com"}}},
        {.from = " Ann <ann@example.com>",
         .client = "203.0.113.9",
         .more = {{"ARC-Seal", " i=1; a=rsa-sha256; cv=none; d=sealer.example; s=s; t=1; b=AAAA"},
                  {"ARC-Message-Signature", " i=1; a=rsa-sha256; d=sealer.example; s=s; h=from; bh=AAAA; b=AAAA"},
                  {"ARC-Authentication-Results", " i=1; sealer.example; dmarc=pass header.from=example.com"}}},
    };
    for (const Mail& mail : mails) expect_the_same(mail);
}

TEST_F(StoredMessageTest, WhatPrivacyLeavesOutIsUnknownAndTold) {
    settings.ledger.subjects = false;
    const Finished finished = run({.from = " Ann <ann@example.com>"});
    StoredMessage message = stored(finished);
    EXPECT_TRUE(message.gaps.subject);
    EXPECT_FALSE(message.gaps.addresses);
    const auto value = [&](std::string_view field) {
        return policy::to_text(
            policy::parse_field(field)->read({message.facts, nullptr, message.around, policy::Level::data}));
    };
    EXPECT_EQ(value("subject"), "unknown");
    EXPECT_EQ(value("dns_lists"), "unknown");
    EXPECT_EQ(value("header.x-spam"), "unknown");
    EXPECT_EQ(value("from.name"), "Ann");

    settings.ledger.addresses = KeptAddresses::hashed;
    message = stored(finished);
    EXPECT_TRUE(message.gaps.addresses);
    EXPECT_FALSE(message.gaps.earlier);
    EXPECT_EQ(value("from.name"), "unknown");
    EXPECT_EQ(value("message_id"), "unknown");
    EXPECT_EQ(value("recipient.domain"), "receiver.example");
    EXPECT_EQ(value("from"), "unknown") << "no rule can name a mailbox";
    EXPECT_EQ(value("from.domain"), "example.com");
    EXPECT_EQ(verdict::to_json(judge_again(message)), verdict::to_json(*finished.judgement))
        << "the past is found under the same hashes";
}

TEST_F(StoredMessageTest, HashedBouncesFindTheirPast) {
    settings.ledger.addresses = KeptAddresses::hashed;
    const Finished finished = run(
        {.from = " MAILER-DAEMON <daemon@example.com>",
         .mail_from = "<>",
         .client = "203.0.113.9",
         .more = {{"Content-Type", " multipart/report; report-type=delivery-status; boundary=b"}},
         .body =
             "--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <our.id@receiver.example>\r\n\r\nx\r\n--b--\r\n"});
    const StoredMessage message = stored(finished);
    ASSERT_EQ(message.facts.letter.returned_ids.size(), 1U);
    EXPECT_FALSE(message.facts.letter.returned_ids[0].contains("our"));
    EXPECT_EQ(judge_again(message).reason, finished.judgement->reason);
}

TEST_F(StoredMessageTest, EarlierDocuments) {
    EXPECT_FALSE(read_message("", ""));
    EXPECT_FALSE(read_message("{}", ""));
    EXPECT_FALSE(read_message(R"({"verdict":null})", ""));
    EXPECT_FALSE(read_message(R"({"verdict":{"now":"x"}})", ""));
    const auto message = read_message(
        R"({"queue_id":"4","verdict":{"compauth":{"result":"fail","reason":"001","suggestion":"junk"},"now":5},"history":null})",
        "");
    ASSERT_TRUE(message);
    EXPECT_TRUE(message->gaps.earlier);
    EXPECT_FALSE(message->gaps.not_judged);
    EXPECT_FALSE(message->history.known);
    EXPECT_EQ(message->judged->suggestion, verdict::Suggestion::junk);
    EXPECT_TRUE(read_message(R"({"verdict":{"compauth":{"result":null,"reason":null}}})", "")->gaps.not_judged);
}

TEST(StoredSurroundings, AreReadBack) {
    policy::Surroundings around;
    around.listener = "inet:127.0.0.1:8899";
    around.daemon = "smtpd";
    around.size = 0;
    around.asked_dns_lists = true;
    around.dns_lists = {"a", "b\xff"};
    around.no_answer = {"c"};
    around.spf_helo.emplace().result = spf::Result::softfail;
    around.safe_sender = false;
    around.blocked_sender = true;
    const std::string text = to_json(around);
    JsonCursor cursor(text);
    const policy::Surroundings read = read_surroundings(cursor);
    ASSERT_TRUE(cursor.finished()) << text;
    EXPECT_EQ(to_json(read), text);
    EXPECT_EQ(read.size, 0U);
    EXPECT_EQ(read.spf_helo->result, spf::Result::softfail);
    EXPECT_FALSE(read.spf_from);
    for (const std::string_view bad : {R"({"spf_helo":"perhaps"})", R"({"size":"big"})", R"({"dns_lists":{}})", "[]"}) {
        JsonCursor damaged(bad);
        static_cast<void>(read_surroundings(damaged));
        EXPECT_FALSE(damaged.finished()) << bad;
    }
    JsonCursor empty("{}");
    EXPECT_EQ(to_json(read_surroundings(empty)), "{}");
}

TEST(StoredSurroundings, ADispositionTellsWhyItsOwnerIsNotFollowed) {
    policy::Disposition disposition{policy::What::junk, policy::By::dmarc, "because", {}, {}};
    EXPECT_EQ(to_json(disposition), R"({"what":"junk","by":"dmarc","why":"because"})");
    disposition.override_reason = {policy::OverrideReason::Type::mailing_list, "a list"};
    EXPECT_EQ(to_json(disposition),
              R"({"what":"junk","by":"dmarc","why":"because","override":{"type":"mailing_list","comment":"a list"}})");
}

} // namespace
} // namespace bonafide::engine
