#include "arc/seal_hash.hpp"

#include <string>

namespace bonafide::arc {

void SealHash::add(const mail::Field& field) {
    std::string text;
    dkim::append_canonical(text, field, dkim::Canonicalization::relaxed);
    hash_.update(text);
}

crypto::Sha256Digest SealHash::with_seal(const mail::Field& seal, dkim::ValueRange b) const {
    std::string text;
    dkim::append_canonical_unsigned(text, seal, b, dkim::Canonicalization::relaxed);
    crypto::Sha256 hash = hash_.copy();
    hash.update(text);
    return hash.finish();
}

std::size_t signed_bytes(const dkim::HeaderIndex& index, const dkim::SignedFields& fields) {
    dkim::HeaderIndex::Walk walk(index, fields.own);
    std::size_t bytes = index.header()[fields.own].raw.size();
    for (const std::string_view name : fields.names)
        if (const std::optional<std::size_t> field = walk.take(name)) bytes += index.header()[*field].raw.size();
    return bytes;
}

} // namespace bonafide::arc
