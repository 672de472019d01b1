// The header hashes of one message's DKIM signatures and ARC seals, for records of a verdict: kept as they are taken, or, where the
// header is not whole any more, stood in for by those that were kept. Without such an object nothing changes and nothing is kept.
#pragma once

#include "crypto/digest.hpp"
#include "dkim/canonical.hpp"
#include "dkim/header_hash.hpp"

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

namespace bonafide::dkim {

class HeaderHashes {
  public:
    struct Kept {
        std::size_t field = 0; ///< position of the signature's own field in the header
        Canonicalization kind = Canonicalization::simple;
        crypto::Sha256Digest digest{};
        bool operator==(const Kept&) const = default;
    };

    /// Hashes and keeps.
    HeaderHashes() = default;
    /// Answers from `known` alone.
    explicit HeaderHashes(const std::vector<Kept>& known);

    /// The hash of the signature in header field `field`; `compute()` makes it from the header.
    template<class Compute> crypto::Sha256Digest of(std::size_t field, Canonicalization kind, Compute compute) {
        const auto found = digests_.find(Key{field, kind});
        if (found != digests_.end()) return found->second;
        if (!stands_in_) return digests_.emplace(Key{field, kind}, compute()).first->second;
        unknown_.push_back(field);
        return {};
    }

    /// In the order of the header.
    [[nodiscard]] std::vector<Kept> all() const;
    /// Fields of signatures whose hash was asked for and is not known.
    [[nodiscard]] const std::vector<std::size_t>& unknown() const& { return unknown_; }

  private:
    using Key = std::pair<std::size_t, Canonicalization>;
    std::map<Key, crypto::Sha256Digest> digests_;
    std::vector<std::size_t> unknown_;
    bool stands_in_ = false;
};

/// hash_header(), through `hashes` when there is such an object.
[[nodiscard]] crypto::Sha256Digest hash_header(const HeaderIndex& index, const SignedFields& fields,
                                               HeaderHashes* hashes);

} // namespace bonafide::dkim
