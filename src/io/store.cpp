#include "io/store.hpp"

#include "crypto/digest.hpp"

namespace bonafide::io::store {
namespace {

constexpr char term_mark = '\x7f'; // where the kind of a past would stand

void put_length(std::string& out, std::size_t length) {
    for (int i = 0; i < 4; ++i, length >>= 8) out += static_cast<char>(length & 0xff);
}

std::string begin(const Secret& secret, char mark) {
    std::string input(reinterpret_cast<const char*>(secret.data()), secret.size());
    input += mark;
    return input;
}

Hash first_bytes(const crypto::Sha256Digest& digest) {
    Hash hash = 0;
    for (std::size_t i = 0; i < sizeof hash; ++i) hash |= Hash{digest[i]} << (8 * i);
    return hash;
}

} // namespace

Hash hash_of(const Secret& secret, const verdict::PastKey& key) {
    std::string input = begin(secret, static_cast<char>(key.kind));
    put_length(input, key.of.size()); // else "ab" with "c" would be "a" with "bc"
    input += key.of;
    input += key.with;
    return first_bytes(crypto::sha256(input));
}

Hash hash_of_term(const Secret& secret, std::string_view term) {
    std::string input = begin(secret, term_mark);
    input += term;
    return first_bytes(crypto::sha256(input));
}

} // namespace bonafide::io::store
