#include "crypto/digest.hpp"

#include "crypto/openssl.hpp"

#include <new>
#include <utility>

namespace bonafide::crypto {
namespace {

EVP_MD_CTX* as_context(void* pointer) { return static_cast<EVP_MD_CTX*>(pointer); }

// Hashing in memory fails only when OpenSSL runs out of memory.
void require(int ok) {
    if (ok != 1) throw std::bad_alloc();
}

} // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
    if (context_ == nullptr) throw std::bad_alloc();
}

Sha256::Sha256(Sha256&& other) noexcept
    : context_(std::exchange(other.context_, nullptr)), finished_(other.finished_) {}

Sha256& Sha256::operator=(Sha256&& other) noexcept {
    std::swap(context_, other.context_);
    std::swap(finished_, other.finished_);
    return *this;
}

Sha256::~Sha256() { EVP_MD_CTX_free(as_context(context_)); }

void Sha256::update(std::string_view bytes) {
    if (finished_) start();
    require(EVP_DigestUpdate(as_context(context_), bytes.data(), bytes.size()));
}

Sha256Digest Sha256::finish() {
    if (finished_) start();
    Sha256Digest digest;
    require(EVP_DigestFinal_ex(as_context(context_), digest.data(), nullptr));
    finished_ = true; // most objects end here: preparing the next digest waits until there is one
    return digest;
}

void Sha256::start() {
    require(EVP_DigestInit_ex2(as_context(context_), sha256_algorithm(), nullptr));
    finished_ = false;
}

Sha256Digest Sha256::so_far() const {
    if (finished_) return sha256("");
    return copy().finish();
}

Sha256 Sha256::copy() const {
    Sha256 copy;
    if (finished_) return copy;
    require(EVP_MD_CTX_copy_ex(as_context(copy.context_), as_context(context_)));
    copy.finished_ = false;
    return copy;
}

Sha256Digest sha256(std::string_view bytes) {
    Sha256Digest digest;
    require(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, sha256_algorithm(), nullptr));
    return digest;
}

std::string to_hex(const Sha256Digest& digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : digest) {
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

} // namespace bonafide::crypto
