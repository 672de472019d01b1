#include "dkim/key_record.hpp"
#include "dkim/test_signer.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace bonafide::dkim {
namespace {

using testing::ed25519_key;
using testing::public_text;
using testing::Records;
using testing::rsa_key;

const std::string& rsa() {
    static const std::string text = public_text(rsa_key(1024));
    return text;
}

Code code_of(const std::string& record) { return parse_key_record(record, Limits{}).code; }

TEST(KeyRecord, Rules) { // RFC 6376 3.6.1
    const std::string p = "p=" + rsa();
    const std::vector<std::pair<std::string, Code>> rows{
        {p, Code::ok},
        {"v=DKIM1; k=rsa; " + p + ";", Code::ok},
        {"v = DKIM1 ; " + p, Code::ok},
        {"k=rsa; v=DKIM1; " + p, Code::bad_key}, // v= is the first tag
        {"v=DKIM1.0; " + p, Code::bad_key},
        {"v=dkim1; " + p, Code::bad_key},
        {"v=; " + p, Code::bad_key},
        {"v=DKIM1; v=DKIM1; " + p, Code::bad_key},
        {"v=DKIM1; k=rsa", Code::bad_key}, // without p= it is no key
        {"v=DKIM1; p=", Code::key_revoked},
        {"v=DKIM1; k=rsa; p= ;", Code::key_revoked},
        {"v=DKIM1; k=dsa; " + p, Code::key_wrong_type},
        {"k=RSA; " + p, Code::ok},
        {"g=; " + p, Code::ok}, // RFC 4871's g= is now an unknown tag
        {"x=y; n=a note; " + p, Code::ok},
        {"p=" + rsa().substr(0, 40) + " \t" + rsa().substr(40), Code::ok},
        {"p=" + rsa().substr(0, 60), Code::bad_key},
        {"p=!!!", Code::bad_key},
        {"p=" + rsa() + "AAAA", Code::bad_key},
        {"k=ed25519; p=" + public_text(ed25519_key()), Code::ok},
        {"p=" + public_text(ed25519_key()), Code::bad_key}, // k= missing means rsa
        {"k=ed25519; " + p, Code::bad_key},
        {"k=ed25519; p=MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
         Code::bad_key}, // wrapped: not RFC 8463
        {"v=spf1 include:x.example -all", Code::bad_key},
        {"", Code::bad_key},
    };
    for (const auto& [record, code] : rows) EXPECT_EQ(code_of(record), code) << record;
}

TEST(KeyRecord, Flags) {
    const auto read = [](const std::string& tags) { return parse_key_record(tags + "; p=" + rsa(), Limits{}); };
    EXPECT_TRUE(read("t=y").testing);
    EXPECT_FALSE(read("t=s").testing);
    EXPECT_TRUE(read("t=y:s").strict_identity);
    EXPECT_TRUE(read("t= y : s : z ").testing);
    EXPECT_FALSE(read("k=rsa").testing);
    EXPECT_TRUE(read("k=rsa").allows_sha256);
    EXPECT_TRUE(read("h=sha1:sha256").allows_sha256);
    EXPECT_FALSE(read("h=sha1").allows_sha256);
    EXPECT_FALSE(read("h=").allows_sha256);
    EXPECT_TRUE(read("s=*").allows_email);
    EXPECT_TRUE(read("s=tlsrpt:email").allows_email);
    EXPECT_FALSE(read("s=tlsrpt").allows_email);
}

TEST(KeyRecord, LengthLimit) {
    Limits limits;
    const std::string record = "p=" + rsa() + "; n=x";
    limits.dkim_key_record_bytes = static_cast<std::uint32_t>(record.size());
    EXPECT_EQ(parse_key_record(record, limits).code, Code::ok);
    EXPECT_EQ(parse_key_record(record + "x", limits).code, Code::bad_key);
}

FetchedKey fetch(const Records& records, KeyRequest request = {}) {
    request.name = "s._domainkey.a.example";
    return dns::run(look_up_key(request), records);
}

TEST(KeyLookup, Answers) { // RFC 6376 6.1.2
    Records records;
    EXPECT_EQ(fetch(records).code, Code::no_key);
    EXPECT_EQ(fetch(records).reason, "there is no key at s._domainkey.a.example (NXDOMAIN)");
    EXPECT_EQ(records.asked.at(0), "s._domainkey.a.example");
    records.status("s._domainkey.a.example", dns::Status::no_data);
    EXPECT_EQ(fetch(records).code, Code::no_key);
    for (const dns::Status status : {dns::Status::serv_fail, dns::Status::timeout, dns::Status::refused,
                                     dns::Status::bogus, dns::Status::truncated, dns::Status::cname_loop}) {
        records.status("s._domainkey.a.example", status);
        EXPECT_EQ(fetch(records).code, Code::key_unavailable);
    }
    records.txt("s._domainkey.a.example", {"p=" + rsa()});
    const FetchedKey key = fetch(records);
    EXPECT_EQ(key.code, Code::ok);
    ASSERT_TRUE(key.record);
    EXPECT_EQ(key.record->key->bits(), 1024U);
    EXPECT_EQ(fetch(records).record, key.record) << "a warm key is not parsed again";
}

TEST(KeyLookup, SeveralRecordsAreTried) { // RFC 6376 6.1.2 item 4
    Records records;
    const std::string good = "v=DKIM1; p=" + rsa();
    const std::string other = "v=DKIM1; p=" + public_text(rsa_key(2048));
    const std::string spf = "v=spf1 -all";
    const auto with = [&](std::vector<std::string> texts) {
        records.txt("s._domainkey.a.example", std::move(texts));
        return fetch(records);
    };
    EXPECT_EQ(with({spf, good}).code, Code::ok);
    EXPECT_EQ(with({spf}).code, Code::bad_key);
    EXPECT_EQ(with({spf, "v=DKIM1; p="}).code, Code::key_revoked) << "the refusal of a key record tells more";
    EXPECT_EQ(with({good, other}).more.size(), 1U);
    EXPECT_EQ(with({spf, "v=DKIM1; p=", other}).code, Code::ok);
    EXPECT_EQ(with({spf, spf, spf, good}).code, Code::ok)
        << "records that are no keys do not count: their order is not fixed";
    EXPECT_EQ(with({good, other, good}).more.size(), 2U);
    EXPECT_EQ(with({good, other, good, other}).more.size(), 2U) << "dkim_key_records: three usable ones are tried";
}

TEST(KeyLookup, FitsTheSignature) {
    Records records;
    const auto with = [&](const std::string& text, KeyRequest request) {
        records.txt("s._domainkey.a.example", {text});
        return fetch(records, std::move(request)).code;
    };
    const KeyRequest for_rsa{};
    KeyRequest for_ed25519;
    for_ed25519.type = crypto::KeyType::ed25519;
    KeyRequest below;
    below.identity_below_domain = true;
    const std::string p = "p=" + rsa();
    EXPECT_EQ(with(p, for_ed25519), Code::key_wrong_type);
    EXPECT_EQ(with("k=ed25519; p=" + public_text(ed25519_key()), for_rsa), Code::key_wrong_type);
    EXPECT_EQ(with("k=ed25519; p=" + public_text(ed25519_key()), for_ed25519), Code::ok);
    EXPECT_EQ(with("h=sha1; " + p, for_rsa), Code::key_wrong_hash);
    EXPECT_EQ(with("s=tlsrpt; " + p, for_rsa), Code::key_wrong_service);
    EXPECT_EQ(with("t=s; " + p, below), Code::bad_identity);
    EXPECT_EQ(with("t=s; " + p, for_rsa), Code::ok);
    EXPECT_EQ(with(p, below), Code::ok);
}

TEST(KeyLookup, RsaSizeLimits) { // RFC 8301 3.2
    Records records;
    const auto with = [&](unsigned bits, Limits limits) {
        records.txt("s._domainkey.a.example", {"p=" + public_text(rsa_key(bits))});
        KeyRequest request;
        request.limits = limits;
        return fetch(records, request);
    };
    EXPECT_EQ(with(1024, {}).code, Code::ok);
    EXPECT_EQ(with(1016, {}).code, Code::key_too_small);
    EXPECT_EQ(with(512, {}).reason, "the RSA key has only 512 bits, less than 1024 (RFC 8301)");
    Limits tight;
    tight.dkim_rsa_bits_most = 1024;
    EXPECT_EQ(with(1024, tight).code, Code::ok);
    EXPECT_EQ(with(1032, tight).code, Code::key_too_large);
}

TEST(KeyRecord, LineEndsAreWhiteSpace) { // a key pasted into the zone with its lines
    std::string text = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7h\ncvPapiMlrwIaaPcHURo=\r\n";
    EXPECT_EQ(parse_key_record(text, {}).code, Code::ok) << parse_key_record(text, {}).reason;
    text.insert(3, "\x01");
    EXPECT_EQ(parse_key_record(text, {}).code, Code::bad_key);
}

} // namespace
} // namespace bonafide::dkim
