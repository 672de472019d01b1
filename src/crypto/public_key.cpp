#include "crypto/der.hpp"
#include "crypto/key.hpp"
#include "crypto/openssl.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <utility>

namespace bonafide::crypto {
namespace {

constexpr unsigned least_modulus_bits =
    256; // below it there is no room even for a toy; 512 is still read, to say how small it is
constexpr unsigned most_modulus_bits = 16384; // OPENSSL_RSA_MAX_MODULUS_BITS
constexpr unsigned most_exponent_bits = 64;   // OPENSSL_RSA_MAX_PUBEXP_BITS; 65537 needs 17
constexpr std::size_t ed25519_octets = 32;
constexpr std::size_t ed25519_signature_octets = 64;

bool is_even(std::span<const std::uint8_t> number) { return number.empty() || number.back() % 2 == 0; }

/// OSSL_PARAM wants big numbers in the machine's byte order.
std::vector<std::uint8_t> in_native_order(std::span<const std::uint8_t> number) {
    std::vector<std::uint8_t> bytes(number.begin(), number.end());
    if constexpr (std::endian::native == std::endian::little) std::ranges::reverse(bytes);
    return bytes;
}

Expected<KeyOwner> build_rsa(const RsaNumbers& numbers) {
    std::vector<std::uint8_t> modulus = in_native_order(numbers.modulus);
    std::vector<std::uint8_t> exponent = in_native_order(numbers.exponent);
    std::array parameters{OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, modulus.data(), modulus.size()),
                          OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, exponent.data(), exponent.size()),
                          OSSL_PARAM_construct_end()};
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    EVP_PKEY* key = nullptr;
    if (context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.data()) != 1) {
        ERR_clear_error();
        return failure("the RSA key cannot be used");
    }
    return KeyOwner(key);
}

} // namespace

struct PublicKey::Data {
    KeyOwner key;
    KeyType type;
    unsigned bits;
    mutable ContextSlot slot;

    Data(KeyOwner owner, KeyType kind, unsigned size) : key(std::move(owner)), type(kind), bits(size) {}

    [[nodiscard]] bool verify_rsa(const Sha256Digest& digest, std::span<const std::uint8_t> signature) const;
    [[nodiscard]] bool verify_ed25519(const Sha256Digest& digest, std::span<const std::uint8_t> signature) const;
};

bool PublicKey::Data::verify_rsa(const Sha256Digest& digest, std::span<const std::uint8_t> signature) const {
    // RFC 8017 8.2.2 step 1: the signature is exactly as long as the modulus.
    if (signature.size() != (bits + 7) / 8) return false;
    KeyContext context = slot.take();
    if (context == nullptr) context = make_rsa_context(key.get(), &EVP_PKEY_verify_init);
    if (context == nullptr) return false;
    const bool good =
        EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()) == 1;
    if (!good) ERR_clear_error(); // the thread's queue of reasons would grow
    slot.put_back(std::move(context));
    return good;
}

bool PublicKey::Data::verify_ed25519(const Sha256Digest& digest, std::span<const std::uint8_t> signature) const {
    if (signature.size() != ed25519_signature_octets) return false;
    const DigestContext context(EVP_MD_CTX_new());
    // RFC 8463 3: pure Ed25519 over the SHA-256 hash as the message.
    const bool good =
        context != nullptr && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
        EVP_DigestVerify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()) == 1;
    if (!good) ERR_clear_error();
    return good;
}

Expected<PublicKey> PublicKey::rsa_from_der(std::span<const std::uint8_t> der) {
    const Expected<RsaNumbers> numbers = read_rsa_public_key(der);
    if (!numbers) return std::unexpected(numbers.error());
    const unsigned bits = bit_length(numbers->modulus);
    if (bits < least_modulus_bits) return failure("the RSA modulus is far too short");
    if (bits > most_modulus_bits) return failure("the RSA modulus is longer than 16384 bits");
    if (is_even(numbers->modulus)) return failure("the RSA modulus is even, so it is no product of two primes");
    const unsigned exponent_bits = bit_length(numbers->exponent);
    if (exponent_bits < 2 || is_even(numbers->exponent)) return failure("the RSA exponent is even or 1");
    if (exponent_bits > most_exponent_bits) return failure("the RSA exponent is longer than 64 bits");
    Expected<KeyOwner> key = build_rsa(*numbers);
    if (!key) return std::unexpected(std::move(key).error());
    return PublicKey(std::make_unique<Data>(std::move(*key), KeyType::rsa, bits));
}

Expected<PublicKey> PublicKey::ed25519_from_raw(std::span<const std::uint8_t> raw) {
    if (raw.size() != ed25519_octets) return failure("an Ed25519 key has 32 octets", Error::nowhere, "RFC 8463 4");
    KeyOwner key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw.data(), raw.size()));
    if (key == nullptr) {
        ERR_clear_error();
        return failure("the Ed25519 key cannot be used");
    }
    return PublicKey(std::make_unique<Data>(std::move(key), KeyType::ed25519, 256));
}

PublicKey::PublicKey(std::unique_ptr<Data> data) : data_(std::move(data)) {}
PublicKey::PublicKey(PublicKey&&) noexcept = default;
PublicKey& PublicKey::operator=(PublicKey&&) noexcept = default;
PublicKey::~PublicKey() = default;

KeyType PublicKey::type() const { return data_->type; }
unsigned PublicKey::bits() const { return data_->bits; }

bool PublicKey::operator==(const PublicKey& other) const {
    if (EVP_PKEY_eq(data_->key.get(), other.data_->key.get()) == 1) return true;
    ERR_clear_error();
    return false;
}

bool PublicKey::verify(const Sha256Digest& digest, std::span<const std::uint8_t> signature) const {
    return data_->type == KeyType::rsa ? data_->verify_rsa(digest, signature)
                                       : data_->verify_ed25519(digest, signature);
}

} // namespace bonafide::crypto
