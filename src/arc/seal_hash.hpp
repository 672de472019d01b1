// What an ARC-Seal covers (RFC 8617 5.1.1): the fields of all sets in ascending order, relaxed, its own last and without b=. The seals
// of a chain share their beginnings: all of them together cost one pass over the fields.
#pragma once

#include "crypto/digest.hpp"
#include "dkim/canonical.hpp"
#include "dkim/header_hash.hpp"
#include "mail/header.hpp"

#include <cstddef>

namespace bonafide::arc {

class SealHash {
  public:
    /// The next field of the chain: ARC-Authentication-Results, ARC-Message-Signature, ARC-Seal of each instance.
    void add(const mail::Field& field);
    /// The digest of what was added and this seal with `b` emptied.
    [[nodiscard]] crypto::Sha256Digest with_seal(const mail::Field& seal, dkim::ValueRange b) const;

  private:
    crypto::Sha256 hash_;
};

/// Octets that hashing these fields takes, before canonicalization.
[[nodiscard]] std::size_t signed_bytes(const dkim::HeaderIndex& index, const dkim::SignedFields& fields);

} // namespace bonafide::arc
