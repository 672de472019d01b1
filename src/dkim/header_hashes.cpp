#include "dkim/header_hashes.hpp"

namespace bonafide::dkim {

HeaderHashes::HeaderHashes(const std::vector<Kept>& known) : stands_in_(true) {
    for (const Kept& kept : known) digests_.emplace(Key{kept.field, kept.kind}, kept.digest);
}

std::vector<HeaderHashes::Kept> HeaderHashes::all() const {
    std::vector<Kept> kept;
    for (const auto& [key, digest] : digests_) kept.push_back({key.first, key.second, digest});
    return kept;
}

crypto::Sha256Digest hash_header(const HeaderIndex& index, const SignedFields& fields, HeaderHashes* hashes) {
    if (hashes == nullptr) return hash_header(index, fields);
    return hashes->of(fields.own, fields.kind, [&] { return hash_header(index, fields); });
}

} // namespace bonafide::dkim
