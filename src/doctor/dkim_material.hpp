// What the bytes in p= of a key record really are. Receivers only see that they are no usable key; whoever published them needs to hear
// that they are a certificate, a private key or one half of the right thing.
#pragma once

#include "base/base64.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bonafide::doctor {

enum class KeyForm : std::uint8_t {
    nothing,         ///< no data at all
    no_base64,       ///< see KeyMaterial::position
    rsa,             ///< a whole RSA public key, SubjectPublicKeyInfo or RSAPublicKey
    ed25519,         ///< 32 octets
    wrapped_ed25519, ///< SubjectPublicKeyInfo of an Ed25519 key, where RFC 8463 4 wants the bare octets
    private_key,     ///< of any kind
    certificate,
    other_algorithm, ///< a public key of an algorithm that DKIM does not know
    pem,             ///< base64 of a PEM file, which holds base64 itself
    openssh,         ///< a public key as ssh-keygen writes it
    cut_off,         ///< a DER value whose end is missing: see KeyMaterial::octets
    trailing,        ///< a DER value with more octets behind it
    unknown,
};

struct KeyMaterial {
    KeyForm form = KeyForm::nothing;
    base64::Bytes bytes{};
    unsigned rsa_bits = 0;    ///< of rsa
    std::size_t octets = 0;   ///< that the outermost DER value says it has, its header included; 0: it is none
    std::size_t position = 0; ///< of the first character that is no base64
};

/// `data`: the value of p=, white space allowed. A lone character at the end, as cutting leaves it, is dropped.
[[nodiscard]] KeyMaterial look_at_key(std::string_view data);

} // namespace bonafide::doctor
