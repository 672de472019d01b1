// For tests only: keys as they stand in a ring.
#pragma once

#include "base/base64.hpp"
#include "crypto/key.hpp"
#include "sign/key_ring.hpp"

#include <string>
#include <utility>

namespace bonafide::sign::testing {

/// p= of a key made once per process.
inline const std::string& public_key(crypto::KeyType type, unsigned bits = 1024) {
    const auto make = [](crypto::KeyType kind, unsigned size) {
        return base64::encode(crypto::PrivateKey::generate(kind, size)->public_bytes());
    };
    static const std::string ed25519 = make(crypto::KeyType::ed25519, 0);
    if (type == crypto::KeyType::ed25519) return ed25519;
    static const std::string small = make(crypto::KeyType::rsa, 1024);
    if (bits <= 1024) return small;
    static const std::string large = make(crypto::KeyType::rsa, 4096);
    return large;
}

inline Key make_key(std::string selector, State state = State::generated,
                    crypto::KeyType type = crypto::KeyType::ed25519, std::int64_t created = 1000) {
    return {.selector = std::move(selector),
            .type = type,
            .bits = type == crypto::KeyType::rsa ? 1024U : 256U,
            .public_key = public_key(type),
            .state = state,
            .created = created,
            .changed = created};
}

} // namespace bonafide::sign::testing
