// Owners and the reusable contexts of OpenSSL objects, for this room's .cpp files only.
// EVP_PKEY may be used by several threads at once; an EVP_PKEY_CTX may not, so prepared ones are lent out one user at a time.
#pragma once

#include <atomic>
#include <memory>
#include <openssl/evp.h>

namespace bonafide::crypto {

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(BIO* bio) const { BIO_free(bio); }
};
using KeyOwner = std::unique_ptr<EVP_PKEY, Free>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free>;
using Bio = std::unique_ptr<BIO, Free>;

/// SHA-256, fetched once for the process and immutable.
[[nodiscard]] const EVP_MD* sha256_algorithm();

/// One place for a prepared context: setting one up costs 2 microseconds, an eighth of a verification. Whoever finds the place
/// empty makes a new context; nobody waits.
class ContextSlot {
  public:
    ContextSlot() = default;
    ContextSlot(const ContextSlot&) = delete;
    ContextSlot& operator=(const ContextSlot&) = delete;
    ~ContextSlot() { EVP_PKEY_CTX_free(kept_.load(std::memory_order_relaxed)); }

    /// Empty when another user has it, or nobody has made one.
    [[nodiscard]] KeyContext take() { return KeyContext(kept_.exchange(nullptr, std::memory_order_acq_rel)); }
    void put_back(KeyContext context) {
        const KeyContext surplus(kept_.exchange(context.release(), std::memory_order_acq_rel));
    }

  private:
    std::atomic<EVP_PKEY_CTX*> kept_{nullptr};
};

/// A context of `key`, initialized by `start` (EVP_PKEY_verify_init or EVP_PKEY_sign_init) for PKCS#1 v1.5 with SHA-256
/// (RFC 8017 8.2). Empty on failure.
[[nodiscard]] KeyContext make_rsa_context(EVP_PKEY* key, int (*start)(EVP_PKEY_CTX*));

} // namespace bonafide::crypto
