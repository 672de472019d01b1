// The two DER forms of an RSA public key, walked by hand: OpenSSL's own decoder costs five signature verifications a key.
// Definite minimal lengths only, nothing before, between or after what the form holds (X.690 10.1).
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <span>

namespace bonafide::crypto {

/// Modulus and exponent, big-endian without leading zero octets; views into the DER.
struct RsaNumbers {
    std::span<const std::uint8_t> modulus;
    std::span<const std::uint8_t> exponent;
};

/// SubjectPublicKeyInfo (RFC 5280 4.1.2.7 with RFC 3279 2.3.1) or RSAPublicKey (RFC 8017 A.1.1).
/// Errors: not DER, trailing bytes, another algorithm, a negative or zero number.
[[nodiscard]] Expected<RsaNumbers> read_rsa_public_key(std::span<const std::uint8_t> der);

/// Bits of a big-endian number without leading zero octets; 0 when empty.
[[nodiscard]] unsigned bit_length(std::span<const std::uint8_t> number);

} // namespace bonafide::crypto
