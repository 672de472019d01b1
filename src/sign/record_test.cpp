#include "dkim/key_record.hpp"
#include "dns/zone.hpp"
#include "sign/published.hpp"
#include "sign/record.hpp"
#include "sign/test_keys.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace bonafide::sign {
namespace {

using crypto::KeyType;
using testing::make_key;
using testing::public_key;

Record short_record() {
    return {.name = "s1._domainkey.example.org", .ttl = 3600, .text = "v=DKIM1; k=ed25519; p=AAAA"};
}
Record long_record() {
    return {.name = "s1._domainkey.example.org",
            .ttl = 600,
            .text = "v=DKIM1; k=rsa; p=" + std::string(237, 'A') + "B" + std::string(253, 'C') + "D" + "E"};
}
const std::string first = "v=DKIM1; k=rsa; p=" + std::string(237, 'A');
const std::string second = "B" + std::string(253, 'C') + "D";

TEST(Record, StringsOfAtMost255Bytes) { // RFC 1035 3.3.14
    EXPECT_EQ(record_strings(std::string(255, 'x')).size(), 1U);
    EXPECT_EQ(record_strings(std::string(256, 'x')).size(), 2U);
    EXPECT_EQ(record_strings(std::string(510, 'x')).size(), 2U);
    EXPECT_EQ(record_strings(std::string(511, 'x')).size(), 3U);
    EXPECT_EQ(record_strings("").size(), 1U);
}

TEST(Record, Plain) {
    EXPECT_EQ(print(short_record(), Form::plain), "Name:  s1._domainkey.example.org\nType:  TXT\nTTL:   3600\n"
                                                  "Value: v=DKIM1; k=ed25519; p=AAAA\n");
}

TEST(Record, Bind) {
    EXPECT_EQ(print(short_record(), Form::bind),
              "s1._domainkey.example.org. 3600 IN TXT \"v=DKIM1; k=ed25519; p=AAAA\"\n");
    EXPECT_EQ(print(long_record(), Form::bind),
              "s1._domainkey.example.org. 600 IN TXT (\n    \"" + first + "\"\n    \"" + second + "\"\n    \"E\" )\n");
    Record odd = short_record();
    odd.text = "a\"b\\c\n";
    EXPECT_EQ(print(odd, Form::bind), "s1._domainkey.example.org. 3600 IN TXT \"a\\\"b\\\\c\\010\"\n");
}

TEST(Record, Cloudflare) {
    EXPECT_EQ(
        print(short_record(), Form::cloudflare),
        R"({"type":"TXT","name":"s1._domainkey.example.org","content":"\"v=DKIM1; k=ed25519; p=AAAA\"","ttl":3600})"
        "\n");
    EXPECT_EQ(print(long_record(), Form::cloudflare),
              R"({"type":"TXT","name":"s1._domainkey.example.org","content":"\")" + first + R"(\" \")" + second +
                  R"(\" \"E\"","ttl":600})" + "\n");
}

TEST(Record, Route53) {
    EXPECT_EQ(print(long_record(), Form::route53),
              R"({"Changes":[{"Action":"UPSERT","ResourceRecordSet":{"Name":"s1._domainkey.example.org.","Type":"TXT",)"
              R"("TTL":600,"ResourceRecords":[{"Value":"\")" +
                  first + R"(\" \")" + second + R"(\" \"E\""}]}}]})" + "\n");
}

TEST(Record, Cpanel) {
    EXPECT_EQ(print(long_record(), Form::cpanel),
              R"({"dname":"s1._domainkey.example.org.","ttl":600,"record_type":"TXT","data":[")" + first + R"(",")" +
                  second + R"(","E"]})" + "\n");
}

TEST(Record, DelegationByCname) {
    const Record alias = cname_record("s1", "customer.example", "host.example", 300).value();
    const std::string target = "s1._domainkey.customer.example.host.example";
    EXPECT_EQ(print(alias, Form::plain), "Name:  s1._domainkey.customer.example\nType:  CNAME\nTTL:   300\n"
                                         "Value: " +
                                             target + "\n");
    EXPECT_EQ(print(alias, Form::bind), "s1._domainkey.customer.example. 300 IN CNAME " + target + ".\n");
    EXPECT_EQ(print(alias, Form::cloudflare), R"({"type":"CNAME","name":"s1._domainkey.customer.example","content":")" +
                                                  target + R"(","ttl":300,"proxied":false})" + "\n");
    EXPECT_EQ(print(alias, Form::route53),
              R"({"Changes":[{"Action":"UPSERT","ResourceRecordSet":{"Name":"s1._domainkey.customer.example.",)"
              R"("Type":"CNAME","TTL":300,"ResourceRecords":[{"Value":")" +
                  target + R"(."}]}}]})" + "\n");
    EXPECT_EQ(print(alias, Form::cpanel), R"({"dname":"s1._domainkey.customer.example.","ttl":300,)"
                                          R"("record_type":"CNAME","data":[")" +
                                              target + R"(."]})" + "\n");
}

TEST(Record, CustomersWithTheSameSelectorHaveTargetsOfTheirOwn) {
    EXPECT_NE(cname_record("s1", "a.example", "host.example", 300)->target,
              cname_record("s1", "b.example", "host.example", 300)->target);
}

TEST(Record, AliasesThatCannotBe) {
    for (const char* same : {"example.org", "EXAMPLE.org", "example.org."})
        EXPECT_TRUE(cname_record("s1", "example.org", same, 300).error().text.contains("is the domain itself")) << same;
    const std::string label(63, 'a'), host = label + "." + label + "." + label + ".";
    const auto longest = cname_record("s1", "example.org", host + std::string(36, 'b'), 300);
    ASSERT_FALSE(longest) << longest->target.size();
    EXPECT_TRUE(longest.error().text.contains("has 254 octets; a name has at most 253")) << longest.error().text;
    EXPECT_EQ(cname_record("s1", "example.org", host + std::string(35, 'b'), 300)->target.size(), 253U);
}

TEST(Record, SeveralRecordsOfOneCommand) {
    Record other = short_record();
    other.name = "s2._domainkey.example.org";
    const std::vector<Record> both{short_record(), other};
    const auto lines = [&](Form form) { return print(both[0], form) + print(both[1], form); };
    EXPECT_EQ(print(both, Form::plain), print(both[0], Form::plain) + "\n" + print(both[1], Form::plain));
    for (const Form form : {Form::bind, Form::cloudflare, Form::cpanel}) EXPECT_EQ(print(both, form), lines(form));
    const auto change = [](const std::string& name) {
        return R"({"Action":"UPSERT","ResourceRecordSet":{"Name":")" + name +
               R"(.","Type":"TXT","TTL":3600,"ResourceRecords":[{"Value":"\"v=DKIM1; k=ed25519; p=AAAA\""}]}})";
    };
    EXPECT_EQ(print(both, Form::route53),
              R"({"Changes":[)" + change(both[0].name) + "," + change(both[1].name) + "]}\n");
    EXPECT_EQ(print(std::vector<Record>{}, Form::route53), "");
}

TEST(Record, RevocationsReplaceWhatIsThere) {
    Key key = make_key("s1");
    EXPECT_FALSE(is_revocation(txt_record(key, "example.org", 300)));
    key.state = State::revoked;
    EXPECT_TRUE(is_revocation(txt_record(key, "example.org", 300)));
    EXPECT_TRUE(how_to_replace(Form::cloudflare).contains("PUT"));
    EXPECT_TRUE(how_to_replace(Form::cpanel).contains("edit="));
    EXPECT_TRUE(how_to_replace(Form::route53).empty());
}

Published in_zone(const Key& key, const std::string& zone) {
    return dns::run(look_up(key, "example.org", Limits{}), **dns::Zone::parse(zone));
}
std::string with_txt(const std::string& text) {
    return fmt::format(R"({{"s1._domainkey.example.org": {{"TXT": ["{}"]}}}})", text);
}

/// The master file form is read by the reader of zone files, and gives the key again.
TEST(Published, WhatIsPrintedForBindIsTheKey) {
    for (const KeyType type : {KeyType::rsa, KeyType::ed25519}) {
        Key key = make_key("s1", State::generated, type);
        if (type == KeyType::rsa) key.public_key = public_key(type, 4096);
        const std::string zone = print(txt_record(key, "example.org", 300), Form::bind);
        const Published seen = in_zone(key, zone);
        EXPECT_EQ(seen.presence, Presence::matches) << seen.reason << zone;
        EXPECT_EQ(seen.reason, "");
        const auto record = dkim::parse_key_record(record_text(key), Limits{});
        ASSERT_TRUE(record.key) << record.reason;
        EXPECT_EQ(record.key->type(), type);
        key.state = State::revoked;
        EXPECT_EQ(in_zone(key, print(txt_record(key, "example.org", 300), Form::bind)).presence, Presence::revoked);
    }
}

TEST(Published, ThroughACname) {
    const Key key = make_key("s1");
    const std::string zone = print(cname_record("s1", "example.org", "host.example", 300).value(), Form::bind) +
                             print(txt_record(key, "example.org.host.example", 300), Form::bind);
    EXPECT_EQ(in_zone(key, zone).presence, Presence::matches);
}

TEST(Published, WhatElseMayStandThere) {
    const Key key = make_key("s1");
    const std::string other = base64::encode(crypto::PrivateKey::generate(KeyType::ed25519)->public_bytes());
    const std::vector<std::pair<std::string, Presence>> rows{
        {with_txt(record_text(key)), Presence::matches},
        {with_txt("k=ed25519;t=s:y;p=" + key.public_key.substr(0, 10) + " " + key.public_key.substr(10)),
         Presence::matches},
        {with_txt("v=DKIM1; k=ed25519; p=" + other), Presence::other_key},
        {with_txt("v=DKIM1; k=rsa; p=" + public_key(KeyType::rsa)), Presence::other_key},
        {with_txt("v=DKIM1; k=ed25519; p="), Presence::revoked},
        {with_txt(record_text(key) + "; s=tlsrpt"), Presence::unusable},
        {with_txt(record_text(key) + "; h=sha1"), Presence::unusable},
        {with_txt("v=spf1 -all"), Presence::unusable},
        {with_txt(record_text(key) + R"(","google-site-verification=1)"), Presence::several},
        {R"({"s1._domainkey.example.org": {"A": ["192.0.2.1"]}})", Presence::missing},
        {"{}", Presence::missing},
        {R"({"s1._domainkey.example.org": {"TIMEOUT": true}})", Presence::unavailable},
        {R"({"s1._domainkey.example.org": {"SERVFAIL": true}})", Presence::unavailable}};
    for (const auto& [zone, presence] : rows) {
        const Published seen = in_zone(key, zone);
        EXPECT_EQ(seen.presence, presence) << to_text(seen.presence) << " " << zone;
        EXPECT_EQ(seen.reason.empty(), seen.matches()) << zone;
    }
    EXPECT_TRUE(in_zone(key, with_txt("k=ed25519; t=y; p=" + key.public_key)).testing);
    EXPECT_TRUE(in_zone(key, with_txt("k=ed25519; t=s; p=" + key.public_key)).strict_identity);
}

TEST(Published, SeveralServers) {
    const auto seen = [](State state, std::initializer_list<Presence> presences) {
        std::vector<Published> servers;
        for (const Presence presence : presences) servers.push_back({.presence = presence});
        const Sight sight = combine(make_key("s1", state), servers);
        return fmt::format("{} {}{}", to_text(sight.key), to_text(sight.revoked), sight.foreign ? " foreign" : "");
    };
    using enum Presence;
    EXPECT_EQ(seen(State::published, {matches, matches}), "all none");
    EXPECT_EQ(seen(State::published, {matches, missing}), "some none");
    EXPECT_EQ(seen(State::published, {matches, unavailable}), "unknown none");
    EXPECT_EQ(seen(State::published, {missing, unavailable}), "none none");
    EXPECT_EQ(seen(State::published, {unavailable, unavailable}), "unknown unknown");
    EXPECT_EQ(seen(State::published, {}), "unknown unknown");
    EXPECT_EQ(seen(State::published, {matches, other_key}), "some none foreign");
    EXPECT_EQ(seen(State::published, {missing, several}), "none none foreign");
    EXPECT_EQ(seen(State::published, {revoked}), "none all foreign"); // a person revoked it: nothing is put over that
    EXPECT_EQ(seen(State::revoked, {revoked, revoked}), "none all");
    EXPECT_EQ(seen(State::revoked, {revoked, matches}), "some some");
}

TEST(Published, ABareRsaKeyIsTheSameKey) { // RFC 6376 3.6.1: RSAPublicKey, without the usual wrapping
    const Key key = make_key("s1", State::active, KeyType::rsa);
    const auto whole = base64::decode(key.public_key);
    const base64::Bytes bare(whole->begin() + 22, whole->end()); // of 1024 bits: the wrapping takes 22 octets
    EXPECT_EQ(in_zone(key, with_txt("p=" + base64::encode(bare))).presence, Presence::matches);
}

} // namespace
} // namespace bonafide::sign
