#include "dkim/body_hashes.hpp"

#include <algorithm>

namespace bonafide::dkim {

void BodyHashes::want(Canonicalization kind, std::optional<std::uint64_t> length) {
    auto hash = std::ranges::find(hashes_, kind, &BodyHash::kind);
    if (hash == hashes_.end()) hash = hashes_.emplace(hashes_.end(), kind);
    hash->want(length);
}

void BodyHashes::update(std::string_view chunk) {
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
    const BodyHash* hash = find(kind);
    return hash == nullptr ? std::nullopt : hash->digest(length);
}

std::uint64_t BodyHashes::size(Canonicalization kind) const {
    const BodyHash* hash = find(kind);
    return hash == nullptr ? 0 : hash->size();
}

} // namespace bonafide::dkim
