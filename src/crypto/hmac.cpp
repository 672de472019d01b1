#include "crypto/hmac.hpp"

#include <new>
#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace bonafide::crypto {
namespace {

template<std::size_t size>
std::array<std::uint8_t, size> mac(const char* digest, std::string_view key, std::string_view text) {
    std::array<std::uint8_t, size> out{};
    std::size_t written = 0;
    if (EVP_Q_mac(nullptr, "HMAC", nullptr, digest, nullptr, key.data(), key.size(),
                  reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), out.size(),
                  &written) == nullptr ||
        written != size)
        throw std::bad_alloc(); // nothing else can fail
    return out;
}

} // namespace

Sha256Digest hmac_sha256(std::string_view key, std::string_view text) { return mac<32>("SHA256", key, text); }
std::array<std::uint8_t, 20> hmac_sha1(std::string_view key, std::string_view text) {
    return mac<20>("SHA1", key, text);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace bonafide::crypto
