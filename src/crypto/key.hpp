// Public and private keys of DKIM and ARC: RSA (PKCS#1 v1.5 with SHA-256) and Ed25519 (RFC 8463: over the SHA-256 hash).
// OpenSSL stays inside the .cpp files. Public keys are built with EVP_PKEY_fromdata from DER walked by hand, never by d2i_PUBKEY
// (measured: one costs five verifications), and are meant to be kept with the DNS answer they came from (dns::Memo).
#pragma once

#include "base/error.hpp"
#include "crypto/digest.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::crypto {

enum class KeyType : std::uint8_t { rsa, ed25519 };

/// Immutable after construction; verify() may be called from several threads at once.
class PublicKey {
  public:
    /// DER of SubjectPublicKeyInfo (what everyone publishes) or a bare RSAPublicKey (what RFC 6376 3.6.1 says).
    /// Errors: not DER, trailing bytes, not an RSA key, even or tiny modulus, modulus over 16384 bits, exponent even, below 3 or
    /// over 64 bits (a long exponent makes one verification cost milliseconds).
    [[nodiscard]] static Expected<PublicKey> rsa_from_der(std::span<const std::uint8_t> der);
    /// 32 raw octets (RFC 8463 4). Errors: another length. Octets that are no point of the curve verify nothing.
    [[nodiscard]] static Expected<PublicKey> ed25519_from_raw(std::span<const std::uint8_t> raw);

    PublicKey(PublicKey&&) noexcept;
    PublicKey& operator=(PublicKey&&) noexcept;
    ~PublicKey();

    [[nodiscard]] KeyType type() const;
    /// Bits of the RSA modulus (leading zero bits do not count), 256 for Ed25519.
    [[nodiscard]] unsigned bits() const;
    /// True when `signature` is this key's over the digest. Any malformed signature is false.
    [[nodiscard]] bool verify(const Sha256Digest& digest, std::span<const std::uint8_t> signature) const;
    /// The same key, however it was written.
    [[nodiscard]] bool operator==(const PublicKey& other) const;

    struct Data;

  private:
    explicit PublicKey(std::unique_ptr<Data> data);
    std::unique_ptr<Data> data_;
};

/// sign() may be called from several threads at once.
class PrivateKey {
  public:
    /// PEM, PKCS#1 or PKCS#8, unencrypted. Errors: no key, encrypted, neither RSA nor Ed25519.
    [[nodiscard]] static Expected<PrivateKey> from_pem(std::string_view pem);
    /// A new key, for tests, the demo and `keys` commands. RSA of `bits`; Ed25519 ignores bits.
    [[nodiscard]] static Expected<PrivateKey> generate(KeyType type, unsigned bits = 2048);

    PrivateKey(PrivateKey&&) noexcept;
    PrivateKey& operator=(PrivateKey&&) noexcept;
    ~PrivateKey();

    [[nodiscard]] KeyType type() const;
    [[nodiscard]] unsigned bits() const;
    [[nodiscard]] Expected<std::vector<std::uint8_t>> sign(const Sha256Digest& digest) const;
    /// What belongs into p= before base64: SubjectPublicKeyInfo DER for RSA, 32 raw octets for Ed25519.
    [[nodiscard]] std::vector<std::uint8_t> public_bytes() const;
    [[nodiscard]] std::string to_pem() const; ///< PKCS#8

    struct Data;

  private:
    explicit PrivateKey(std::unique_ptr<Data> data);
    std::unique_ptr<Data> data_;
};

} // namespace bonafide::crypto
