// The body hashes of one message, a BodyHash for each canonicalization that somebody wants, shared by all DKIM signatures and
// ARC-Message-Signatures of the message and by what we sign ourselves: the body is canonicalized at most twice however many they are.
// Order of calls: want() for each signature, update()*, finish(), then digest() and size(). Not thread-safe.
// A body that is not at hand any more is stood in for by what was kept of it: know() first, and nothing is hashed.
#pragma once

#include "dkim/body_hash.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace bonafide::dkim {

/// What a signature needs to know of a body, fit to be kept.
struct BodyDigest {
    Canonicalization kind = Canonicalization::simple;
    std::optional<std::uint64_t> length;        ///< l=; nothing: the whole
    std::optional<crypto::Sha256Digest> digest; ///< nothing: the canonical body is shorter than `length`
    std::uint64_t size = 0;                     ///< of the whole canonical body
    bool operator==(const BodyDigest&) const = default;
};

class BodyHashes {
  public:
    /// Answers from these alone from now on.
    void know(std::vector<BodyDigest> digests) { known_ = std::move(digests); }
    /// Everything that was wanted, after finish(). With know(): as far as it is known.
    [[nodiscard]] std::vector<BodyDigest> all() const;
    /// With know(): what was wanted and is not known, without digest and size.
    [[nodiscard]] std::vector<BodyDigest> unknown() const;

    /// Announces that the digest of the first `length` canonical octets (l=), or of all, will be asked for.
    void want(Canonicalization kind, std::optional<std::uint64_t> length = {});
    /// Nobody wants anything: chunks need not be fed.
    [[nodiscard]] bool empty() const { return hashes_.empty(); }

    /// The next bytes of the body, CRLF line ends, chunked anywhere.
    void update(std::string_view chunk);
    void finish();

    /// A digest that was wanted; nothing when the canonical body is shorter than `length`.
    [[nodiscard]] std::optional<crypto::Sha256Digest> digest(Canonicalization kind,
                                                             std::optional<std::uint64_t> length = {}) const;
    /// Octets of the canonical body of a kind that was wanted; else 0.
    [[nodiscard]] std::uint64_t size(Canonicalization kind) const;

  private:
    [[nodiscard]] const BodyHash* find(Canonicalization kind) const;
    [[nodiscard]] const BodyDigest* find_known(Canonicalization kind, std::optional<std::uint64_t> length) const;

    std::vector<BodyHash> hashes_; // at most one a canonicalization
    std::optional<std::vector<BodyDigest>> known_;
};

} // namespace bonafide::dkim
