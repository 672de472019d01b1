#include "dkim/body_hashes.hpp"

#include <algorithm>

namespace bonafide::dkim {

void BodyHashes::want(Canonicalization kind, std::optional<std::uint64_t> length) {
    auto hash = std::ranges::find(hashes_, kind, &BodyHash::kind);
    if (hash == hashes_.end()) hash = hashes_.emplace(hashes_.end(), kind);
    hash->want(length);
}

void BodyHashes::update(std::string_view chunk) {
    if (known_) return;
    for (BodyHash& hash : hashes_) hash.update(chunk);
}

void BodyHashes::finish() {
    for (BodyHash& hash : hashes_) hash.finish();
}

const BodyHash* BodyHashes::find(Canonicalization kind) const {
    const auto hash = std::ranges::find(hashes_, kind, &BodyHash::kind);
    return hash == hashes_.end() ? nullptr : &*hash;
}

std::optional<crypto::Sha256Digest> BodyHashes::digest(Canonicalization kind,
                                                       std::optional<std::uint64_t> length) const {
    if (known_) {
        const BodyDigest* known = find_known(kind, length);
        return known == nullptr ? std::nullopt : known->digest;
    }
    const BodyHash* hash = find(kind);
    return hash == nullptr ? std::nullopt : hash->digest(length);
}

std::uint64_t BodyHashes::size(Canonicalization kind) const {
    if (known_) {
        const auto known = std::ranges::find(*known_, kind, &BodyDigest::kind);
        return known == known_->end() ? 0 : known->size;
    }
    const BodyHash* hash = find(kind);
    return hash == nullptr ? 0 : hash->size();
}

const BodyDigest* BodyHashes::find_known(Canonicalization kind, std::optional<std::uint64_t> length) const {
    const auto known = std::ranges::find_if(
        *known_, [&](const BodyDigest& digest) { return digest.kind == kind && digest.length == length; });
    return known == known_->end() ? nullptr : &*known;
}

std::vector<BodyDigest> BodyHashes::all() const {
    std::vector<BodyDigest> digests;
    for (const BodyHash& hash : hashes_)
        for (const std::optional<std::uint64_t> length : hash.wanted())
            if (!known_ || find_known(hash.kind(), length) != nullptr)
                digests.push_back({hash.kind(), length, digest(hash.kind(), length), size(hash.kind())});
    return digests;
}

std::vector<BodyDigest> BodyHashes::unknown() const {
    std::vector<BodyDigest> digests;
    for (const BodyHash& hash : hashes_)
        for (const std::optional<std::uint64_t> length : hash.wanted())
            if (known_ && find_known(hash.kind(), length) == nullptr) digests.push_back({hash.kind(), length, {}, 0});
    return digests;
}

} // namespace bonafide::dkim
