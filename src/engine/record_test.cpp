// A record written and read back is the same; whatever is wrong with one is named by its place.
#include "engine/record.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace bonafide::engine {
namespace {

namespace json = boost::json;

Record full_record() {
    Record record;
    record.version = "0.1.0";
    record.now = -1;
    record.host_name = "mx.example.net";
    record.direction = verdict::Direction::internal;
    record.envelope.client = ip::Address::parse_unmapped("::ffff:192.0.2.1");
    record.envelope.client_name = "client.example";
    record.envelope.helo = std::string("h\xe9lo\0\"", 6);
    record.envelope.mail_from = "<ann@example.com>";
    record.envelope.recipients = {"<bob@example.net>", "\xff"};
    record.settings = "mode = \"monitor\"\n";
    record.settings_sha256 = crypto::to_hex(crypto::sha256(record.settings));
    record.suffixes = {"/list.dat", "2026-01-01", "00ff", true};
    record.fields = {"From: ann@example.com", "Subject: b\xfc\r\n\tc\x01"};
    record.header_oversized = true;
    record.body = {{dkim::Canonicalization::relaxed, 18446744073709551615U, {}, 5},
                   {dkim::Canonicalization::simple, {}, crypto::sha256("a"), 18446744073709551615U}};
    record.dns =
        R"([{"name":"a.example","type":"TXT","why":"SPF record","status":"NXDOMAIN","dnssec":"insecure","ttl":7}])";
    record.verdict = R"({"dmarc":{"result":"pass"},"now":-1})";
    record.redacted = Record::Redaction{{"x"}, {"y"}, {{1, dkim::Canonicalization::relaxed, crypto::sha256("b")}}};
    return record;
}

TEST(Record, EveryMemberComesBack) {
    const std::string text = to_json(full_record());
    const auto again = parse_record(text);
    ASSERT_TRUE(again) << again.error().text;
    EXPECT_EQ(to_json(*again), text);
    EXPECT_EQ(again->envelope.client, full_record().envelope.client);
    EXPECT_EQ(again->envelope.helo, full_record().envelope.helo);
    EXPECT_EQ(again->fields, full_record().fields);
    EXPECT_EQ(again->body, full_record().body);
    EXPECT_EQ(again->dns, full_record().dns);
    EXPECT_EQ(again->verdict, full_record().verdict);
    EXPECT_EQ(again->redacted->header_hashes, full_record().redacted->header_hashes);
}

TEST(Record, WhatIsUnknownStaysUnknown) {
    Record record;
    const auto again = parse_record(to_json(record));
    ASSERT_TRUE(again) << again.error().text;
    EXPECT_FALSE(again->envelope.client);
    EXPECT_FALSE(again->envelope.mail_from); // not the null path
    EXPECT_FALSE(again->redacted);
    record.envelope.mail_from = "";
    EXPECT_EQ(parse_record(to_json(record))->envelope.mail_from, "");
}

/// Puts `value` (JSON; "" removes) at a JSON pointer of a good record and reads it.
std::string error_with(std::string_view pointer, std::string_view value) {
    json::value document = json::parse(to_json(full_record()));
    const std::size_t slash = pointer.rfind('/');
    json::value& parent = slash == 0 ? document : document.at_pointer(pointer.substr(0, slash));
    const std::string_view key = pointer.substr(slash + 1);
    if (value.empty())
        parent.as_object().erase(key);
    else if (parent.is_object())
        parent.as_object()[key] = json::parse(value);
    else
        parent.as_array().at(0) = json::parse(value);
    const auto record = parse_record(json::serialize(document));
    return record ? "" : record.error().text;
}

TEST(Record, EveryBadMemberIsNamed) {
    struct Row {
        std::string_view pointer, value, error;
    };
    const Row rows[] = {
        {"/bonafide_record", "", "this is no record of a verdict: it has no bonafide_record"},
        {"/bonafide_record", "2", "its format is 2; this program reads format 1"},
        {"/bonafide_record", "\"1\"", "bonafide_record is no whole number in range"},
        {"/bonafide_record", "1.0", "bonafide_record is no whole number in range"},
        {"/version", "", "version is missing"},
        {"/version", "1", "version is no text of bytes"},
        {"/version", "\"\\u0100\"", "version is no text of bytes"},
        {"/now", "9223372036854775808", "now is no whole number in range"},
        {"/now", "1.5", "now is no whole number in range"},
        {"/host", "null", "host is no text of bytes"},
        {"/direction", "\"outbound\"", "direction is no direction"},
        {"/envelope", "[]", "envelope is no object"},
        {"/envelope/client", "\"mx.example\"", "envelope.client is no IP address"},
        {"/envelope/helo", "", "envelope.helo is missing"},
        {"/envelope/mail_from", "false", "envelope.mail_from is no text of bytes"},
        {"/envelope/recipients", "{}", "envelope.recipients is no list"},
        {"/envelope/recipients/0", "7", "envelope.recipients[0] is no text of bytes"},
        {"/envelope/more", "7", "envelope has a member more that this program does not know"},
        {"/settings/text", "", "settings.text is missing"},
        {"/settings/sha256", "3", "settings.sha256 is no text of bytes"},
        {"/public_suffix_list/used", "\"yes\"", "public_suffix_list.used is neither true nor false"},
        {"/header/fields/0", "null", "header.fields[0] is no text of bytes"},
        {"/header/oversized", "", "header.oversized is missing"},
        {"/body", "null", "body is no list"},
        {"/body/0", "1", "body[0] is no object"},
        {"/body/0/canonicalization", "\"plain\"", "body[0].canonicalization is neither simple nor relaxed"},
        {"/body/0/length", "-1", "body[0].length is no whole number in range"},
        {"/body/0/sha256", "\"AAAA\"", "body[0].sha256 is no SHA-256 digest in base64"},
        {"/body/0/size", "", "body[0].size is missing"},
        {"/dns", "{}", "dns: the DNS answers are no JSON array"},
        {"/dns/0/status", "\"PERHAPS\"", "dns: DNS answer 0: \"status\" has an unknown value"},
        {"/verdict", "[]", "verdict is no object"},
        {"/verdict", "", "verdict is missing"},
        {"/redacted", "", "redacted is missing"},
        {"/redacted", "true", "redacted is no object"},
        {"/redacted/header_hashes/0", "{}", "redacted.header_hashes[0].field is missing"},
        {"/redacted/header_hashes/0/field", "-1", "redacted.header_hashes[0].field is no whole number in range"},
        {"/extra\x1b", "1", "the record has a member extra\\x1b that this program does not know"},
    };
    for (const Row& row : rows) EXPECT_EQ(error_with(row.pointer, row.value), row.error) << row.pointer;
}

TEST(Record, WhatIsNoDocument) {
    for (const std::string_view text : {"", "{", "[]", "1", "{}", "\"bonafide_record\""})
        EXPECT_FALSE(parse_record(text)) << text;
    std::string cut = to_json(full_record());
    cut.resize(cut.size() / 2);
    EXPECT_TRUE(parse_record(cut).error().text.starts_with("this is no whole JSON document: "));
    EXPECT_FALSE(parse_record(std::string(100'000, '['))); // deeper than anything is read
}

TEST(Record, SizesAreBounded) {
    std::string text = to_json(full_record());
    text.resize(Record::most_bytes, ' ');
    EXPECT_TRUE(parse_record(text));
    text += ' ';
    EXPECT_EQ(parse_record(text).error().text, "a record has at most 64 MiB");

    Record record = full_record();
    record.body.assign(Record::most_digests, record.body[0]);
    EXPECT_TRUE(parse_record(to_json(record)));
    record.body.push_back(record.body[0]);
    EXPECT_EQ(parse_record(to_json(record)).error().text, "body has more than 1000 entries");
}

TEST(Record, HeaderAsItWas) {
    Record record = full_record();
    const auto header = header_of(record, {});
    ASSERT_TRUE(header);
    EXPECT_EQ((*header)[1].raw, record.fields[1]);
    EXPECT_TRUE(header->oversized());
    record.fields.insert(record.fields.begin() + 1, "no field");
    EXPECT_EQ(header_of(record, {}).error().text, "header.fields[1] is no header field");
}

TEST(Record, SettingsThatDecide) {
    Settings settings;
    const std::string before = deciding_settings(settings);
    settings.log.target = "/var/log/x";
    settings.dns.timeout = std::chrono::milliseconds{1};
    settings.server.listen = {"unix:/x"};
    EXPECT_EQ(deciding_settings(settings), before); // none of them changes a verdict whose answers are given
    settings.spf.enabled = false;
    settings.limits.dkim_signatures = 3;
    const std::string after = deciding_settings(settings);
    EXPECT_TRUE(after.contains("spf.enabled = false\n"));
    EXPECT_TRUE(after.contains("limits.dkim_signatures = 3\n"));
    EXPECT_TRUE(after.starts_with("mode = \"monitor\"\nserver.on_failure = \"accept\"\nidentity."));
}

TEST(JsonDifferences, NameTheMembers) {
    using Lines = std::vector<std::string>;
    EXPECT_EQ(json_differences(R"({"a":1})", R"({"a":1})"), Lines{});
    EXPECT_EQ(
        json_differences(R"({"a":{"b":[1,{"c":"x"}]},"d":1})", R"({"a":{"b":[1,{"c":"y\n"}]},"e":2})"),
        (Lines{R"(a.b[1].c: recorded "x", now "y\\n")", "d: recorded 1, now nothing", "e: recorded nothing, now 2"}));
    EXPECT_EQ(json_differences("[1,2]", "[1]"), (Lines{"[1]: recorded 2, now nothing"}));
    EXPECT_EQ(json_differences("{", "{}"), (Lines{"one of the two is no JSON"}));
    EXPECT_EQ(json_differences(R"({"a":1,"b":2})", R"({"b":2,"a":1})").size(), 1U);
    std::string many = "[0";
    for (int i = 1; i < 25; ++i) many += ",0";
    const Lines lines = json_differences(many + "]", "[]");
    EXPECT_EQ(lines.size(), 21U);
    EXPECT_EQ(lines.back(), "and 5 more");
}

} // namespace
} // namespace bonafide::engine
