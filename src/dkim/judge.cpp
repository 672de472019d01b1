#include "dkim/judge.hpp"

#include <algorithm>

namespace bonafide::dkim {

Verdict check_key(const std::optional<FetchedKey>& key) {
    if (!key) return {Code::key_unavailable, "the key was not received in time", nullptr};
    if (key->code == Code::ok && key->record == nullptr) return {Code::no_key, "the key look-up gave no key", nullptr};
    return {key->code, key->reason, key->record.get()};
}

Verdict check_body(const Signature& signature, const BodyHashes& bodies) {
    const std::optional<crypto::Sha256Digest> digest = bodies.digest(signature.body_kind, signature.length);
    if (!digest) // RFC 6376 3.5 l=: must not be larger than the body
        return {Code::body_too_short, "l= counts more octets than the body has", nullptr};
    if (!std::ranges::equal(*digest, signature.body_hash))
        return {Code::body_hash_mismatch, "the body was changed after signing", nullptr};
    return {};
}

Verdict check_header(const Signature& signature, const crypto::Sha256Digest& header_hash, const FetchedKey& key) {
    if (key.record->key->verify(header_hash, signature.signature)) return {Code::ok, "", key.record.get()};
    for (const std::shared_ptr<const KeyRecord>& other : key.more)
        if (other->key->verify(header_hash, signature.signature)) return {Code::ok, "", other.get()};
    return {Code::bad_signature,
            "the signature does not fit the header: a signed field was changed, or the key is another",
            key.record.get()};
}

} // namespace bonafide::dkim
