#include "crypto/openssl.hpp"

#include <new>
#include <openssl/err.h>
#include <openssl/rsa.h>

namespace bonafide::crypto {

const EVP_MD* sha256_algorithm() {
    // Never freed: it lives as long as the process. An implicit fetch for every digest costs more than hashing a short header.
    static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    if (fetched == nullptr) throw std::bad_alloc();
    return fetched;
}

KeyContext make_rsa_context(EVP_PKEY* key, int (*start)(EVP_PKEY_CTX*)) {
    KeyContext context(EVP_PKEY_CTX_new(key, nullptr));
    if (context == nullptr || start(context.get()) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) != 1 ||
        EVP_PKEY_CTX_set_signature_md(context.get(), sha256_algorithm()) != 1) {
        ERR_clear_error();
        return {};
    }
    return context;
}

} // namespace bonafide::crypto
