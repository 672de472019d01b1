#include "sign/tsig_key.hpp"

#include <gtest/gtest.h>

namespace bonafide::sign {
namespace {

const TsigKey key{"ddns.example", "hmac-sha256", "AAECAwQFBgcICQ=="};

std::string refusal(std::string_view text) {
    const auto parsed = parse_tsig_key(text);
    return parsed ? "none" : parsed.error().text;
}

TEST(TsigKey, AsToolsWriteIt) {
    EXPECT_EQ(parse_tsig_key("key \"ddns.example\" {\n\talgorithm hmac-sha256;\n\tsecret \"AAECAwQFBgcICQ==\";\n};\n"),
              key);
    EXPECT_EQ(parse_tsig_key("key ddns.example. { algorithm HMAC-SHA256; secret AAECAwQFBgcICQ==; };"), key);
    EXPECT_EQ(parse_tsig_key("# hmac-sha256:ddns.example:AAECAwQFBgcICQ==\nkey:\n  - id: ddns.example\n"
                             "    algorithm: hmac-sha256\n    secret: AAECAwQFBgcICQ==\n"),
              key);
    EXPECT_EQ(parse_tsig_key("// made by hand\nkey k { secret \"AA//+A==\"; algorithm hmac-sha512; };"),
              (TsigKey{"k", "hmac-sha512", "AA//+A=="}));
}

TEST(TsigKey, WhatIsNone) {
    EXPECT_EQ(refusal(""), "holds no TSIG key, as tsig-keygen or keymgr -t writes it");
    EXPECT_EQ(refusal("key k { algorithm hmac-sha256; };"), "holds no TSIG key, as tsig-keygen or keymgr -t writes it");
    EXPECT_EQ(refusal("key k { algorithm hmac-sha256; secret"),
              "holds no TSIG key, as tsig-keygen or keymgr -t writes it");
    EXPECT_EQ(refusal("key k { algorithm hmac-md5; secret \"AAAA\"; };"),
              "the algorithm hmac-md5 is not known; hmac-sha256 and hmac-sha512 are");
    EXPECT_EQ(refusal("key k { algorithm hmac-sha256; secret \"!!\"; };"), "the secret is no base64 text");
    EXPECT_EQ(refusal("key k { algorithm hmac-sha256; secret \"=\"; };"), "the secret is no base64 text");
    EXPECT_EQ(refusal("key a..b { algorithm hmac-sha256; secret \"AAAA\"; };"),
              "the name of the key is no domain name");
    const std::string one = "key k { algorithm hmac-sha256; secret \"AAAA\"; };\n";
    EXPECT_EQ(refusal(one), "none");
    EXPECT_EQ(refusal(one + one), "has more than one name");
    EXPECT_EQ(refusal(one + std::string(TsigKey::most_bytes - one.size(), ' ')), "none");
    EXPECT_EQ(refusal(one + std::string(TsigKey::most_bytes - one.size() + 1, ' ')), "is too long for a TSIG key");
}

} // namespace
} // namespace bonafide::sign
