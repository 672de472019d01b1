#include "base/base64.hpp"
#include "crypto/der.hpp"
#include "crypto/key.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

namespace bonafide::crypto {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes element(std::uint8_t tag, const Bytes& content) {
    Bytes out{tag};
    if (content.size() >= 0x100) {
        out.insert(out.end(), {0x82, static_cast<std::uint8_t>(content.size() >> 8)});
    } else if (content.size() >= 0x80) {
        out.push_back(0x81);
    }
    out.push_back(static_cast<std::uint8_t>(content.size()));
    out.insert(out.end(), content.begin(), content.end());
    return out;
}

Bytes join(const Bytes& a, const Bytes& b) {
    Bytes out = a;
    out.insert(out.end(), b.begin(), b.end());
    return out;
}

/// An odd number of exactly `bits` bits, with its sign octet where DER wants one.
Bytes number(unsigned bits) {
    Bytes out((bits + 7) / 8, 0x11);
    out[0] = static_cast<std::uint8_t>(1U << ((bits - 1) % 8));
    if (out.size() == 1) out[0] |= 1;
    if (out[0] & 0x80) out.insert(out.begin(), 0);
    return out;
}

Bytes rsa_key(const Bytes& modulus, const Bytes& exponent) {
    return element(0x30, join(element(2, modulus), element(2, exponent)));
}

const Bytes usual_exponent{1, 0, 1};

std::string error_of(const Bytes& der) {
    const auto key = PublicKey::rsa_from_der(der);
    return key ? "no error" : key.error().text;
}

const PrivateKey& rsa_2048() {
    static const PrivateKey key = PrivateKey::generate(KeyType::rsa).value();
    return key;
}

TEST(RsaKey, SignsAndVerifiesThroughBothPublishedForms) {
    const Sha256Digest digest = sha256("a message");
    const Bytes signature = rsa_2048().sign(digest).value();
    const Bytes info = rsa_2048().public_bytes();
    const auto key = PublicKey::rsa_from_der(info);
    ASSERT_TRUE(key) << key.error().text;
    EXPECT_EQ(key->type(), KeyType::rsa);
    EXPECT_EQ(key->bits(), 2048U);
    EXPECT_TRUE(key->verify(digest, signature));
    EXPECT_TRUE(key->verify(digest, signature)) << "the kept context serves a second time";
    EXPECT_FALSE(key->verify(sha256("another"), signature));

    // RSAPublicKey is what the BIT STRING wraps: 24 octets in front (RFC 6376 3.6.1 names this form).
    const auto bare = PublicKey::rsa_from_der(std::span(info).subspan(24));
    ASSERT_TRUE(bare) << bare.error().text;
    EXPECT_TRUE(bare->verify(digest, signature));
}

TEST(RsaKey, MalformedSignaturesAreFalse) {
    const Sha256Digest digest = sha256("a message");
    const Bytes signature = rsa_2048().sign(digest).value();
    const auto key = PublicKey::rsa_from_der(rsa_2048().public_bytes());
    EXPECT_FALSE(key->verify(digest, {}));
    EXPECT_FALSE(key->verify(digest, std::span(signature).first(255)));
    EXPECT_FALSE(key->verify(digest, join(signature, {0})));
    EXPECT_FALSE(key->verify(digest, join({0}, signature)));
    EXPECT_FALSE(key->verify(digest, Bytes(256, 0)));
    EXPECT_FALSE(key->verify(digest, Bytes(256, 0xff))); // above the modulus
}

TEST(RsaKey, EveryTruncationAndEveryExtraByteIsRefused) {
    const Bytes info = rsa_2048().public_bytes();
    for (std::size_t i = 0; i < info.size(); ++i) EXPECT_FALSE(PublicKey::rsa_from_der(std::span(info).first(i))) << i;
    EXPECT_EQ(error_of(join(info, {0})), "the key data goes on after the key");
}

TEST(RsaKey, CountsBitsWithoutLeadingZeros) {
    for (const unsigned bits : {512U, 1023U, 1024U, 2048U, 4096U}) {
        const auto key = PublicKey::rsa_from_der(rsa_key(number(bits), usual_exponent));
        ASSERT_TRUE(key) << bits << key.error().text;
        EXPECT_EQ(key->bits(), bits);
    }
}

TEST(RsaKey, ModulusLimits) {
    EXPECT_TRUE(PublicKey::rsa_from_der(rsa_key(number(256), usual_exponent)));
    EXPECT_EQ(error_of(rsa_key(number(255), usual_exponent)), "the RSA modulus is far too short");
    EXPECT_TRUE(PublicKey::rsa_from_der(rsa_key(number(16384), usual_exponent)));
    EXPECT_EQ(error_of(rsa_key(number(16385), usual_exponent)), "the RSA modulus is longer than 16384 bits");
}

TEST(RsaKey, RefusesNumbersThatCannotBeAKey) {
    Bytes even = number(1024);
    even.back() = 0x10;
    EXPECT_EQ(error_of(rsa_key(even, usual_exponent)), "the RSA modulus is even, so it is no product of two primes");
    EXPECT_EQ(error_of(rsa_key(number(1024), {0})), "the RSA key does not hold two positive numbers");
    EXPECT_EQ(error_of(rsa_key(number(1024), {1})), "the RSA exponent is even or 1");
    EXPECT_EQ(error_of(rsa_key(number(1024), {2})), "the RSA exponent is even or 1");
    EXPECT_EQ(error_of(rsa_key(number(1024), {0x80, 1})), "the RSA key does not hold two positive numbers"); // negative
    EXPECT_EQ(error_of(rsa_key(number(1024), {})), "the RSA key does not hold two positive numbers");
    EXPECT_EQ(error_of(rsa_key(join({0}, number(1023)), usual_exponent)),
              "the RSA key does not hold two positive numbers"); // padded
    EXPECT_TRUE(PublicKey::rsa_from_der(rsa_key(number(1024), {3})));
    EXPECT_TRUE(PublicKey::rsa_from_der(rsa_key(number(1024), number(64))));
    EXPECT_EQ(error_of(rsa_key(number(1024), number(65))), "the RSA exponent is longer than 64 bits");
}

TEST(RsaKey, RefusesOtherStructures) {
    const Bytes identifier = element(0x30, join(element(6, {0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1}), element(5, {})));
    EXPECT_EQ(error_of(element(0x30, join(identifier, element(3, {0, 4})))), "the key is not an RSA key");
    EXPECT_EQ(error_of({}), "the key data is not DER, or is cut off");
    EXPECT_EQ(error_of({0x30, 0x80, 0, 0}), "the key data is not DER, or is cut off");       // indefinite length
    EXPECT_EQ(error_of({0x30, 0x81, 0x02, 5, 0}), "the key data is not DER, or is cut off"); // not the shortest length
    EXPECT_EQ(error_of({0x30, 0x84, 0, 0, 0, 2, 5, 0}),
              "the key data is not DER, or is cut off"); // four octets of length
    const Bytes three = join(join(element(2, number(1024)), element(2, usual_exponent)), element(2, {1}));
    EXPECT_EQ(error_of(element(0x30, three)), "the RSA key holds more than a modulus and an exponent");
}

TEST(RsaKey, OneKeyServesSeveralThreads) {
    const Sha256Digest digest = sha256("a message");
    const Bytes signature = rsa_2048().sign(digest).value();
    const PublicKey key = PublicKey::rsa_from_der(rsa_2048().public_bytes()).value();
    std::vector<std::thread> threads;
    std::atomic<int> good = 0;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 200; ++i) good += key.verify(digest, signature) ? 1 : 0;
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(good, 800);
}

TEST(Ed25519Key, Rfc8463AppendixA1) {
    // RFC 8463 A.1 and RFC 8032 7.1 test 1 share this key pair.
    const Bytes raw = base64::decode("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=").value();
    const auto key = PublicKey::ed25519_from_raw(raw);
    ASSERT_TRUE(key);
    EXPECT_EQ(key->bits(), 256U);
    EXPECT_EQ(key->type(), KeyType::ed25519);
    const auto secret = PrivateKey::from_pem("-----BEGIN PRIVATE KEY-----\n"
                                             "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
                                             "-----END PRIVATE KEY-----\n");
    ASSERT_TRUE(secret) << secret.error().text;
    EXPECT_EQ(secret->public_bytes(), raw);
    const Bytes signature = secret->sign(sha256("x")).value();
    EXPECT_TRUE(key->verify(sha256("x"), signature));
    EXPECT_FALSE(key->verify(sha256("y"), signature));
    EXPECT_FALSE(key->verify(sha256("x"), std::span(signature).first(63)));
}

TEST(Ed25519Key, HasThirtyTwoOctets) {
    EXPECT_FALSE(PublicKey::ed25519_from_raw(Bytes(31)));
    EXPECT_FALSE(PublicKey::ed25519_from_raw(Bytes(33)));
    EXPECT_FALSE(PublicKey::ed25519_from_raw(Bytes(44))); // SubjectPublicKeyInfo around it is not RFC 8463
    EXPECT_FALSE(PublicKey::ed25519_from_raw({}));
}

TEST(PrivateKey, SurvivesPem) {
    const auto ed = PrivateKey::generate(KeyType::ed25519).value();
    for (const PrivateKey* key : {&rsa_2048(), &ed}) {
        const auto again = PrivateKey::from_pem(key->to_pem());
        ASSERT_TRUE(again) << again.error().text;
        EXPECT_EQ(again->public_bytes(), key->public_bytes());
        EXPECT_EQ(again->type(), key->type());
        EXPECT_EQ(again->bits(), key->bits());
    }
}

TEST(PrivateKey, RefusesWhatItCannotUse) {
    EXPECT_EQ(PrivateKey::from_pem("").error().text, "no private key in PEM form found");
    EXPECT_EQ(PrivateKey::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").error().text,
              "no private key in PEM form found");
    EXPECT_EQ(PrivateKey::from_pem("-----BEGIN EC PRIVATE KEY-----\n"
                                   "MHcCAQEEIECm9S1OSDaMWq2nNhFWonGjw4yf919aOPlBiGDcmnD7oAoGCCqGSM49\n"
                                   "AwEHoUQDQgAEbyk4abzuRc/+uh3a++gOg5yr3J5a3z1nJQulzZpx8HiaY6FZOKMG\n"
                                   "Z+2wtQxOfLRR+YIcyyY/kH3R8h796yg0Nw==\n"
                                   "-----END EC PRIVATE KEY-----\n")
                  .error()
                  .text,
              "the private key is neither RSA nor Ed25519"); // a P-256 key
    EXPECT_EQ(PrivateKey::generate(KeyType::rsa, 511).error().text, "an RSA key must have between 512 and 16384 bits");
}

TEST(BitLength, CountsFromTheTopBit) {
    EXPECT_EQ(bit_length({}), 0U);
    EXPECT_EQ(bit_length(Bytes{1}), 1U);
    EXPECT_EQ(bit_length(Bytes{0x80, 0}), 16U);
}

} // namespace
} // namespace bonafide::crypto
