// What judging needs comes back out of the JSON. The other half of the property stands in test_situation.hpp: whatever the tables of judging
// judge is written, read and judged again.
#include "verdict/json_read.hpp"
#include "verdict/report.hpp"
#include "verdict/test_situation.hpp"

#include <gtest/gtest.h>
#include <string>

namespace bonafide::verdict {
namespace {

using namespace testing_situation;

StoredFacts read_back(const Facts& facts) {
    const std::string document = to_json(facts, nullptr, "mx.example", "null");
    auto stored = read_facts(document);
    EXPECT_TRUE(stored) << document;
    return stored ? std::move(*stored) : StoredFacts{};
}

/// A message with something in every member.
Facts full() {
    Situation situation;
    Facts& facts = situation.facts;
    facts.envelope.client_name = "mx.contoso.com";
    facts.envelope.relay = ip::Address::parse("2001:db8::1");
    facts.envelope.relays = 2;
    facts.envelope.more_recipients = 7;
    facts.envelope.source = "message";
    facts.author.cause = mail::FromCause::several_domains;
    facts.author.domains = {"contoso.com", "other.example"};
    facts.author.mailboxes = {{"Chris \"Green\"", "chris", "contoso.com"}, {"", "x", "other.example"}};
    facts.author.detail = "two domains";
    facts.author.defect = "odd";
    facts.author.text = "Chris <chris@contoso.com>, x@other.example";
    facts.letter.message_id = "id@contoso.com";
    facts.letter.reply_to = {{"", "a@b", "reply.example"}};
    facts.letter.list_id = "list.example";
    facts.letter.subject = "Gr\xc3\xbc\xc3\x9f"
                           "e";
    facts.letter.delivery_report = true;
    facts.letter.returned_ids = {"one@ours.example", "two@ours.example"};
    facts.spf = {spf_outcome(spf::Result::softfail, "contoso.com"), {}};
    facts.spf.value->identity = spf::Identity::helo;
    facts.spf.value->mechanism = "~all";
    facts.spf.value->lookups = 3;
    facts.spf.value->cause.term = "~all";
    facts.dkim = {signature(dkim::Result::pass, "contoso.com"),
                  signature(dkim::Result::fail, "x.example", dkim::Code::body_hash_mismatch)};
    facts.dkim[0].testing = true;
    facts.dkim[0].body_length = 100;
    facts.dkim[0].unsigned_bytes = 5;
    facts.dkim[0].signed_at = 1795255000;
    facts.dkim[0].fingerprint = "nmblp3rT+/abc=";
    facts.dkim[0].several_from = true;
    facts.dkim_support = {.testing = false, .partial_body = true};
    facts.dmarc = {evaluation(dmarc::Result::fail, "contoso.com", dmarc::Policy::quarantine), {}};
    facts.dmarc.value->record = *dmarc::parse_record("v=DMARC1; p=quarantine; adkim=s; t=y; rua=mailto:a@contoso.com");
    facts.dmarc.value->author_exists = true;
    facts.dmarc.value->notes = {"a note"};
    facts.iprev = {iprev_pass("192.0.2.10", "mx.contoso.com"), {}};
    facts.arc.value = chain(arc::Status::pass, {"first.example", "second.example"}, 1);
    facts.arc.value->seals_hold = true;
    facts.unchecked = {"dns"};
    return facts;
}

TEST(JsonRead, EveryMemberComesBack) {
    const Facts facts = full();
    const StoredFacts stored = read_back(facts);
    EXPECT_FALSE(stored.gaps.any());
    EXPECT_FALSE(stored.judged);
    EXPECT_EQ(to_json(stored.facts, nullptr, "mx.example", "null"), to_json(facts, nullptr, "mx.example", "null"));
    EXPECT_EQ(stored.facts.author.mailboxes, facts.author.mailboxes);
    EXPECT_EQ(stored.facts.letter.reply_to, facts.letter.reply_to);
    EXPECT_EQ(stored.facts.dkim[0].fingerprint, facts.dkim[0].fingerprint);
    EXPECT_FALSE(stored.facts.dkim_support.testing);
    ASSERT_TRUE(stored.facts.dmarc.value && stored.facts.dmarc.value->record);
    EXPECT_EQ(stored.facts.dmarc.value->record->adkim, dmarc::Alignment::strict);
    EXPECT_TRUE(stored.facts.dmarc.value->record->testing);
    ASSERT_TRUE(stored.facts.arc.value && stored.facts.arc.value->instances[1].results);
    EXPECT_EQ(stored.facts.arc.value->instances[1].results->results.front().result, "pass");
    EXPECT_EQ(stored.facts.arc.value->highest, 2U);
}

TEST(JsonRead, BytesThatAreNoTextComeBack) {
    Facts facts = full();
    const std::string bytes = "\xff\x80 \xc3";
    facts.author.mailboxes[0] = {bytes, bytes, "contoso.com"};
    facts.author.text = bytes;
    facts.author.domains.push_back(bytes);
    facts.envelope.helo = bytes;
    facts.envelope.mail_from = bytes + "@contoso.com";
    facts.envelope.recipients = {"rita@ours.example", bytes + "@ours.example"};
    facts.letter.subject = bytes;
    facts.letter.returned_ids = {bytes};
    facts.dkim[0].domain = bytes;
    facts.spf.value->domain = std::string(400, 'a'); // longer than what people are told
    const StoredFacts stored = read_back(facts);
    EXPECT_FALSE(stored.gaps.any());
    EXPECT_EQ(stored.facts.author.mailboxes, facts.author.mailboxes);
    EXPECT_EQ(stored.facts.author.text, bytes);
    EXPECT_EQ(stored.facts.author.domains, facts.author.domains);
    EXPECT_EQ(stored.facts.envelope.helo, bytes);
    EXPECT_EQ(stored.facts.envelope.mail_from, facts.envelope.mail_from);
    EXPECT_EQ(stored.facts.envelope.recipients, facts.envelope.recipients);
    EXPECT_EQ(stored.facts.letter.subject, bytes);
    EXPECT_EQ(stored.facts.letter.returned_ids, facts.letter.returned_ids);
    EXPECT_EQ(stored.facts.dkim[0].domain, bytes);
    EXPECT_EQ(stored.facts.spf.value->domain, facts.spf.value->domain);
}

TEST(JsonRead, WhatIsTooLongIsToldAsCut) {
    Facts facts = full();
    facts.envelope.helo = std::string(2000, 'h');
    EXPECT_TRUE(read_back(facts).gaps.cut);
    facts = full();
    facts.envelope.recipients.push_back(std::string(2000, 'r') + "@ours.example");
    EXPECT_TRUE(read_back(facts).gaps.cut);
}

TEST(JsonRead, TheNullPathIsNotAnUnknownOne) {
    Facts facts = full();
    facts.envelope.mail_from = "";
    EXPECT_EQ(read_back(facts).facts.envelope.mail_from, "");
    facts.envelope.mail_from.reset();
    EXPECT_EQ(read_back(facts).facts.envelope.mail_from, std::nullopt);
}

TEST(JsonRead, WhatWasNotCheckedStaysSo) {
    Facts facts = full();
    facts.spf = {{}, "switched off"};
    facts.arc = {{}, "the header is larger than this server reads"};
    facts.dmarc = {{}, "SPF was not checked"};
    facts.iprev = {{}, "the client's address is not known"};
    const StoredFacts stored = read_back(facts);
    EXPECT_FALSE(stored.gaps.any());
    EXPECT_FALSE(stored.facts.spf.value || stored.facts.arc.value || stored.facts.dmarc.value ||
                 stored.facts.iprev.value);
    EXPECT_EQ(stored.facts.spf.unavailable, "switched off");
    EXPECT_EQ(stored.facts.arc.unavailable, "the header is larger than this server reads");
    EXPECT_EQ(stored.facts.dmarc.unavailable, "SPF was not checked");
}

TEST(JsonRead, AnEarlierVersionIsReadAndToldAsSuch) {
    const auto stored =
        read_facts(R"({"spf":{"result":"pass","domain":"contoso.com"},"dkim":[{"result":"pass","domain":"a"}],
        "arc":{"result":"none","instances":[]},"author":{"domain":"contoso.com","cause":"ok"},"now":5,"new":{"a":[1]}})");
    ASSERT_TRUE(stored);
    EXPECT_TRUE(stored->gaps.earlier);
    EXPECT_EQ(stored->facts.author.domain, "contoso.com");
    EXPECT_EQ(stored->facts.spf.value->result, spf::Result::pass);
    const auto empty = read_facts("{}");
    ASSERT_TRUE(empty);
    EXPECT_TRUE(empty->gaps.earlier);
}

TEST(JsonRead, RefusesWhatNobodyWrote) {
    for (const char* document :
         {"", "[]", "1", R"({"spf":{"result":"perhaps"}})", R"({"spf":3})", R"({"dkim":{}})", R"({"now":"yesterday"})",
          R"({"envelope":{"client":"nowhere"}})", R"({"envelope":{"relays":-1}})",
          R"({"envelope":{"relays":4294967296}})", R"({"envelope":{"helo":"x","helo_bytes":"\u0100"}})",
          R"({"envelope":{"recipients":[],"recipients_bytes":["x"]}})",
          R"({"compauth":{"result":"fail","reason":"1"}})", R"({"author":{"mailboxes":[1]}})", R"({"direction":"up"})"})
        EXPECT_FALSE(read_facts(document)) << document;
    EXPECT_FALSE(read_facts("{\"now\":1" + std::string(StoredFacts::most_bytes, ' ') + "}"));
}

TEST(JsonRead, Pasts) {
    History history;
    const auto read = [](const std::string& text) {
        JsonCursor cursor(text);
        History past = read_history(cursor);
        EXPECT_TRUE(cursor.finished()) << text;
        return past;
    };
    EXPECT_FALSE(read(to_json(history)).known);
    history.known = true;
    EXPECT_TRUE(read(to_json(history)).known);
    history.pasts = {
        {{PastKind::pair, "contoso.com", "ptr:x.example"}, {{1, 2, 3, 4, 5, 6, 7}, {-2, UINT32_MAX, 0, 0, 0, 0, 0}}},
        {{PastKind::name, "rita@ours.example", "\xff" + std::string(500, 'x')}, {}}};
    const History again = read(to_json(history));
    ASSERT_EQ(again.pasts.size(), 2U);
    EXPECT_EQ(again.pasts[0].key, history.pasts[0].key);
    EXPECT_EQ(again.pasts[0].series, history.pasts[0].series);
    EXPECT_EQ(again.pasts[1].key, history.pasts[1].key);
    for (const std::string_view bad : {R"([{"days":[[1,2,3,4,5,6,7,8]]}])", R"([{"days":[[3000000000]]}])",
                                       R"([{"days":[[1,-1]]}])", R"([{"kind":"other"}])", "[1]", "{}"}) {
        JsonCursor cursor(bad);
        static_cast<void>(read_history(cursor));
        EXPECT_FALSE(cursor.finished()) << bad;
    }
}

} // namespace
} // namespace bonafide::verdict
