// One row for each trap of the DKIM standards (RFC 6376, 8301, 8463, 8616), named by its id in tests/standards.tsv: the cause, of which
// the result follows (result.cpp), or what is reported beside a pass. Canonicalization has its rows in body_hash_test.cpp and
// header_hash_test.cpp.
#include "dkim/key_record.hpp"
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

const Message plain{"From: Ann <ann@a.example>\r\nTo: b@b.example\r\nSubject: One\r\n", "Hello\r\n\r\nBye\r\n"};

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    const std::size_t at = text.find(what);
    return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

/// Signs with a field whose text is `value`, where {bh} and {b} stand for what is computed.
Message sign(const Message& message, const std::string& value, const crypto::PrivateKey& key = rsa_key()) {
    const auto draft = [&](const std::string& bh, const std::string& b) {
        return "DKIM-Signature:" + replaced(replaced(value, "{bh}", bh), "{b}", b) + "\r\n" + message.header;
    };
    return testing::sign_draft(message, draft, key);
}

const Records& zone() {
    static const Records records([](Records& made) {
        const std::string key = "v=DKIM1; p=" + public_text(rsa_key());
        for (const std::string name : {"a.example", "co.uk", "xn--bcher-kva.example"})
            made.txt("s._domainkey." + name, {key});
        made.txt("ed._domainkey.a.example", {"k=ed25519; p=" + public_text(ed25519_key())});
    });
    return records;
}

SignatureResult verdict(const Message& message, const Policy& policy = {}) {
    return testing::verify(message, zone(), policy).at(0);
}

TEST(DkimStandard, SoundSignatures) {
    const struct {
        std::string_view name, value;
    } rows[] = {
        {"D3 c= with one name", "v=1; a=rsa-sha256; d=a.example; s=s; c=relaxed; h=from; bh={bh}; b={b}"},
        {"D4 h= with white space", "v=1; a=rsa-sha256; d=a.example; s=s; h=From : To; bh={bh}; b={b}"},
        {"D4 oversigned", "v=1; a=rsa-sha256; d=a.example; s=s; h=from:from:to:cc; bh={bh}; b={b}"},
        {"D5 b= first", "b={b}; v=1; a=rsa-sha256; d=a.example; s=s; h=from; bh={bh}"},
        {"D5 b= in the middle", "v=1; a=rsa-sha256; d=a.example; b={b}; s=s; h=from; bh={bh}"},
        {"D5 bh= before b=", "bh={bh}; b={b}; v=1; a=rsa-sha256; d=a.example; s=s; h=from"},
        {"D5 b= inside z=, n= and i=",
         "v=1; z=b=x|From:b=3D; n=b=; i=b=20=40@a.example; a=rsa-sha256; d=a.example; s=s; h=from; bh={bh}; b={b}"},
        {"D5 B= is another tag", "v=1; B=zzzz; a=rsa-sha256; d=a.example; s=s; h=from; bh={bh}; b={b}"},
        {"D5 white space round b=", "v=1; a=rsa-sha256; d=a.example; s=s; h=from; bh={bh}; b =\r\n\t{b}\r\n ; x_end=1"},
        {"D6 final semicolon missing", "v=1; a=rsa-sha256; d=a.example; s=s; h=from; bh={bh}; b={b}"},
        {"D6 final semicolon", "v=1; a=rsa-sha256; d=a.example; s=s; h=from; bh={bh}; b={b};"},
        {"D6 unknown tag with an empty value", "v=1; y_z=; a=rsa-sha256; d=a.example; s=s; h=from; bh={bh}; b={b}"},
        {"D10 quoted local-part with @",
         "v=1; a=rsa-sha256; d=a.example; s=s; i=\"a@b\"@a.example; h=from; bh={bh}; b={b}"},
        {"D10 i= in capitals", "v=1; a=rsa-sha256; d=a.example; s=s; i=@M.A.EXAMPLE; h=from; bh={bh}; b={b}"},
        {"D14 l=0", "v=1; a=rsa-sha256; d=a.example; s=s; l=0; h=from; bh={bh}; b={b}"},
        {"D14 l= cuts inside CRLF", "v=1; a=rsa-sha256; d=a.example; s=s; l=6; h=from; bh={bh}; b={b}"},
        {"D16 an unknown method beside dns/txt",
         "v=1; a=rsa-sha256; d=a.example; s=s; q=dns/new:dns/txt; h=from; bh={bh}; b={b}"},
        {"D17 a public suffix is a domain like others", "v=1; a=rsa-sha256; d=co.uk; s=s; h=from; bh={bh}; b={b}"},
        {"D19 d= as U-label", "v=1; a=rsa-sha256; d=b\u00fccher.example; s=s; h=from; bh={bh}; b={b}"},
        {"D19 i= with a UTF-8 local-part",
         "v=1; a=rsa-sha256; d=b\u00fccher.example; i=j\u00f6rg@b\u00fccher.example; s=s; h=from; bh={bh}; b={b}"},
        {"D21 a request for reports changes nothing",
         "v=1; r=y; a=rsa-sha256; d=a.example; s=s; h=from; bh={bh}; b={b}"},
    };
    for (const auto& row : rows) {
        for (const std::string space : {" ", "", "\r\n\t"}) {
            const SignatureResult result = verdict(sign(plain, space + std::string(row.value)));
            EXPECT_EQ(to_text(result.code), "ok") << row.name << ": " << result.reason;
            EXPECT_EQ(result.result, Result::pass) << row.name;
        }
        const Message relaxed = sign(plain, " " + replaced(std::string(row.value), "d=", "c=relaxed/relaxed; d="));
        if (!row.name.starts_with("D3")) EXPECT_EQ(to_text(verdict(relaxed).code), "ok") << row.name;
    }
}

TEST(DkimStandard, SignaturesThatAreRefused) {
    const std::string a = "a=rsa-sha256; d=a.example; s=s; ";
    const std::string hashes = "; bh=AAAA; b=AAAA";
    const struct {
        std::string name, value;
        Code code;
        Result result;
    } rows[] = {
        {"D3 unknown canonicalization", "v=1; c=nowsp; " + a + "h=from" + hashes, Code::unknown_canonicalization,
         Result::neutral},
        {"D4 empty name in h=", "v=1; " + a + "h=from::to" + hashes, Code::bad_syntax, Result::neutral},
        {"D4 empty h=", "v=1; " + a + "h=" + hashes, Code::bad_syntax, Result::neutral},
        {"D4 From not signed", "v=1; " + a + "h=to:subject" + hashes, Code::from_not_signed, Result::permerror},
        {"D6 v= twice", "v=1; v=1; " + a + "h=from" + hashes, Code::bad_syntax, Result::neutral},
        {"D6 v=01", "v=01; " + a + "h=from" + hashes, Code::bad_version, Result::permerror},
        {"D6 tag name begins with a digit", "v=1; 1x=y; " + a + "h=from" + hashes, Code::bad_syntax, Result::neutral},
        {"D6 tag without name", "v=1; =x; " + a + "h=from" + hashes, Code::bad_syntax, Result::neutral},
        {"D6 two semicolons", "v=1;; " + a + "h=from" + hashes, Code::bad_syntax, Result::neutral},
        {"D6 empty value is not absent", "v=1; q=; " + a + "h=from" + hashes, Code::bad_query_method,
         Result::permerror},
        {"X4 tag names are case-sensitive", "V=1; " + a + "h=from" + hashes, Code::missing_tag, Result::permerror},
        {"D7 rsa-sha1", "v=1; a=rsa-sha1; d=a.example; s=s; h=from" + hashes, Code::weak_algorithm, Result::permerror},
        {"D10 suffix without a dot", "v=1; i=@nota.example; " + a + "h=from" + hashes, Code::bad_identity,
         Result::permerror},
        {"D14 negative l=", "v=1; l=-1; " + a + "h=from" + hashes, Code::bad_syntax, Result::neutral},
        {"D14 l= larger than the body", "v=1; l=15; " + a + "h=from" + hashes, Code::body_too_short, Result::permerror},
        {"D14 l= of 10^75", "v=1; l=1" + std::string(75, '0') + "; " + a + "h=from" + hashes, Code::body_too_short,
         Result::permerror},
        {"D15 x= equals t=", "v=1; t=5; x=5; " + a + "h=from" + hashes, Code::bad_times, Result::permerror},
        {"D15 x= before t=", "v=1; t=6; x=5; " + a + "h=from" + hashes, Code::bad_times, Result::permerror},
        {"D15 thirteen digits", "v=1; t=1000000000000; " + a + "h=from" + hashes, Code::bad_syntax, Result::neutral},
        {"D16 q=dns", "v=1; q=dns; " + a + "h=from" + hashes, Code::bad_query_method, Result::permerror},
        {"D17 single label", "v=1; a=rsa-sha256; d=com; s=s; h=from" + hashes, Code::bad_domain, Result::permerror},
        {"D17 empty label", "v=1; a=rsa-sha256; d=example..com; s=s; h=from" + hashes, Code::bad_domain,
         Result::permerror},
        {"D17 space inside", "v=1; a=rsa-sha256; d=exa mple.com; s=s; h=from" + hashes, Code::bad_domain,
         Result::permerror},
    };
    for (const auto& row : rows) {
        const SignatureResult result = verdict({"DKIM-Signature: " + row.value + "\r\n" + plain.header, plain.body});
        EXPECT_EQ(to_text(result.code), to_text(row.code)) << row.name << ": " << result.reason;
        EXPECT_EQ(to_text(result.result), to_text(row.result)) << row.name;
        EXPECT_NE(result.reason, "") << row.name;
    }
}

TEST(DkimStandard, ChangesOnTheWay) { // RFC 6376 5.3, 5.4, 8.2, 8.15
    const std::string base = " v=1; a=rsa-sha256; c=relaxed/relaxed; d=a.example; s=s; bh={bh}; b={b}; h=";
    const std::string eight_bit = "Gr\u00fc\u00dfe\r\n";
    const struct {
        std::string name, tags, body, fields, arriving_body;
        Code code;
    } rows[] = {
        {"D18 the MTA adds a To that was oversigned", "from:to:to", "x\r\n", "To: c@c.example\r\n", "x\r\n",
         Code::bad_signature},
        {"D18 the MTA adds a Message-ID that was not signed", "from:to", "x\r\n", "Message-ID: <1@mx>\r\n", "x\r\n",
         Code::ok},
        {"D18 8BITMIME downgrade", "from", eight_bit, "", "Gr=C3=BC=C3=9Fe\r\n", Code::body_hash_mismatch},
        {"D18 line of 1200 octets", "from", std::string(1200, 'x') + "\r\n", "", std::string(1200, 'x') + "\r\n",
         Code::ok},
        {"D18 long line broken", "from", std::string(1200, 'x') + "\r\n", "",
         std::string(990, 'x') + "\r\n " + std::string(210, 'x') + "\r\n", Code::body_hash_mismatch},
        {"D18 dot-stuffing left in", "from", ".x\r\n", "", "..x\r\n", Code::body_hash_mismatch},
        {"X5 bare LF became CRLF", "from", "a\nb\r\n", "", "a\r\nb\r\n", Code::body_hash_mismatch},
        {"D4 From on top, signed once", "from", "x\r\n", "From: Ceo <ceo@bank.example>\r\n", "x\r\n", Code::ok},
        {"D4 From on top, oversigned", "from:from", "x\r\n", "From: Ceo <ceo@bank.example>\r\n", "x\r\n",
         Code::bad_signature},
        {"D14 a part appended beyond l=", "from; l=3", "x\r\n", "Content-Type: multipart/mixed; boundary=y\r\n",
         "x\r\n--y\r\n\r\nspam\r\n--y--\r\n", Code::ok},
        {"D14 the signed part changed", "from; l=3", "x\r\n", "", "y\r\nmore\r\n", Code::body_hash_mismatch},
    };
    for (const auto& row : rows) {
        Message message = sign({plain.header, row.body}, base + row.tags);
        message.header = row.fields + message.header;
        message.body = row.arriving_body;
        const SignatureResult result = verdict(message);
        EXPECT_EQ(to_text(result.code), to_text(row.code)) << row.name << ": " << result.reason;
        EXPECT_EQ(result.several_from, row.fields.starts_with("From") && row.tags == "from") << row.name;
        if (row.code == Code::ok) EXPECT_EQ(result.unsigned_bytes, result.body_length ? 20U : 0U) << row.name;
    }
}

TEST(DkimStandard, Times) { // RFC 6376 3.5: x= is judged by the time of first receipt
    const Message message =
        sign(plain, " v=1; a=rsa-sha256; d=a.example; s=s; t=1000000; x=1003600; h=from; bh={bh}; b={b}");
    Policy policy;
    policy.now = 1000060;
    EXPECT_EQ(verdict(message, policy).code, Code::ok) << "D15 first receipt";
    policy.now += 86400;
    EXPECT_EQ(verdict(message, policy).code, Code::expired) << "D15 received anew after 24 hours of greylisting";
    policy.now = 0;
    EXPECT_EQ(verdict(message, policy).code, Code::ok) << "D15 t= in the future";
}

TEST(DkimStandard, SeveralSignatures) { // RFC 6376 6.1; RFC 6008 4
    const std::string value = " v=1; a=rsa-sha256; d=a.example; s=s; h=from; bh={bh}; b={b}";
    const Message good = sign(plain, value);
    Message doubled = good; // D20: a copy whose domain was altered, with the same b=
    doubled.header = replaced(good.header.substr(0, good.header.find("From:")), "d=a.example", "d=co.uk") + good.header;
    auto results = testing::verify(doubled, zone());
    ASSERT_EQ(results.size(), 2U);
    EXPECT_EQ(results[0].code, Code::bad_signature) << "D20 the altered copy";
    EXPECT_EQ(results[0].domain, "co.uk");
    EXPECT_EQ(results[1].code, Code::ok) << "D20, D13 the good one is judged alone";
    EXPECT_EQ(results[0].signature_start, results[1].signature_start);

    const Message both = sign(sign(plain, replaced(value, "s=s", "s=gone")), value);
    results = testing::verify(both, zone());
    EXPECT_EQ(results.at(0).code, Code::ok) << "D13 one good signature beside one whose key is gone";
    EXPECT_EQ(results.at(1).code, Code::no_key);
    EXPECT_EQ(results.at(1).result, Result::permerror) << "D13";
}

// What stands in a zone for keys.

std::string element(char tag, const std::string& content) {
    std::string out(1, tag);
    if (content.size() >= 0x100) {
        out += {'\x82', static_cast<char>(content.size() >> 8)};
    } else if (content.size() >= 0x80) {
        out += '\x81';
    }
    return out + static_cast<char>(content.size() & 0xff) + content;
}

/// The RSAPublicKey of a modulus with this many bits, after `padding`; an RSA key only in form.
std::string rsa_text(unsigned bits, unsigned exponent, const std::string& padding = "") {
    std::string modulus((bits + 7) / 8, '\x55');
    modulus.front() = static_cast<char>(1U << ((bits - 1) % 8));
    if ((modulus.front() & 0x80) != 0) modulus.insert(0, 1, '\0');
    const std::string key =
        element(0x30, element(2, padding + modulus) + element(2, std::string(1, static_cast<char>(exponent))));
    return base64::encode(std::vector<std::uint8_t>(key.begin(), key.end()));
}

TEST(DkimStandard, Keys) { // RFC 6376 3.6.1, 6.1.2; RFC 8301 3.2; RFC 8463 4
    const std::string p = public_text(rsa_key());
    const std::string spf = "v=spf1 -all";
    auto info = rsa_key().public_bytes();
    info.erase(info.begin(), info.begin() + 24); // what SubjectPublicKeyInfo wraps
    const std::string pkcs1 = base64::encode(info);
    const struct {
        std::string name;
        std::vector<std::string> texts;
        Code code;
    } rows[] = {
        {"D7 1023 bits", {"p=" + rsa_text(1023, 3)}, Code::key_too_small},
        {"D7 1023 bits, padded to 1024", {"p=" + rsa_text(1023, 3, std::string(1, '\0'))}, Code::bad_key},
        {"D7 1024 bits, exponent 3", {"p=" + rsa_text(1024, 3)}, Code::ok},
        {"D7 4096 bits", {"p=" + rsa_text(4096, 3)}, Code::ok},
        {"D7 4097 bits", {"p=" + rsa_text(4097, 3)}, Code::key_too_large},
        {"D7 16384 bits", {"p=" + rsa_text(16384, 3)}, Code::key_too_large},
        {"D8 32 octets without k=", {"p=" + public_text(ed25519_key())}, Code::bad_key},
        {"D8 Ed25519 wrapped",
         {"k=ed25519; p=MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="},
         Code::bad_key},
        {"D8 Ed25519 key for an RSA signature", {"k=ed25519; p=" + public_text(ed25519_key())}, Code::key_wrong_type},
        {"D9 SubjectPublicKeyInfo", {"p=" + p}, Code::ok},
        {"D9 RSAPublicKey", {"p=" + pkcs1}, Code::ok},
        {"D9 spaces where the TXT was split", {"p=" + p.substr(0, 200) + " " + p.substr(200)}, Code::ok},
        {"D11 v= not first", {"k=rsa; v=DKIM1; p=" + p}, Code::bad_key},
        {"D11 v=DKIM1.0", {"v=DKIM1.0; p=" + p}, Code::bad_key},
        {"D11 h=sha1", {"h=sha1; p=" + p}, Code::key_wrong_hash},
        {"D11 s=tlsrpt", {"s=tlsrpt; p=" + p}, Code::key_wrong_service},
        {"D11 t=y:s", {"t=y:s; p=" + p}, Code::ok},
        {"D11 empty p=", {"v=DKIM1; p="}, Code::key_revoked},
        {"D11 no p=", {"v=DKIM1; k=rsa"}, Code::bad_key},
        {"D11 g= of DomainKeys", {"g=; p=" + p}, Code::ok},
        {"D11 other tags", {"v=DKIM1; n=note; x=y; p=" + p}, Code::ok},
        {"D12 SPF text beside the key", {spf, "v=DKIM1; p=" + p}, Code::ok},
        {"D12 SPF text of a wildcard", {spf}, Code::bad_key},

    };
    for (const auto& row : rows) {
        Records records;
        records.txt("s._domainkey.a.example", row.texts);
        KeyRequest request;
        request.name = "s._domainkey.a.example";
        const FetchedKey key = dns::run(look_up_key(request), records);
        EXPECT_EQ(to_text(key.code), to_text(row.code)) << row.name << ": " << key.reason;
        EXPECT_EQ(key.reason.empty(), row.code == Code::ok) << row.name;
    }
}

TEST(DkimStandard, KeyLookUpsThatFail) { // X2, D13: RFC 6376 6.1.2
    const Message message = sign(plain, " v=1; a=rsa-sha256; d=a.example; s=s; h=from; bh={bh}; b={b}");
    for (int i = 0; i <= static_cast<int>(dns::Status::cname_loop); ++i) {
        const auto status = static_cast<dns::Status>(i);
        if (status == dns::Status::ok) continue;
        Records records;
        records.status("s._domainkey.a.example", status);
        const SignatureResult result = testing::verify(message, records).at(0);
        EXPECT_EQ(result.result, dns::is_void(status) ? Result::permerror : Result::temperror) << dns::to_text(status);
        EXPECT_EQ(result.code, dns::is_void(status) ? Code::no_key : Code::key_unavailable) << dns::to_text(status);
        EXPECT_NE(result.reason.find(dns::to_text(status)), std::string::npos) << result.reason;
    }
}

} // namespace
} // namespace bonafide::dkim
