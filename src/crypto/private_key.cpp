#include "crypto/key.hpp"
#include "crypto/openssl.hpp"

#include <limits>
#include <new>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <utility>

namespace bonafide::crypto {
namespace {

constexpr unsigned least_generated_bits = 512; // OpenSSL's own minimum; tests need keys that are too small
constexpr unsigned most_generated_bits = 16384;

/// Never asks anybody for a passphrase: an encrypted key is an error.
int refuse_passphrase(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

} // namespace

struct PrivateKey::Data {
    KeyOwner key;
    KeyType type;
    mutable ContextSlot slot;

    Data(KeyOwner owner, KeyType kind) : key(std::move(owner)), type(kind) {}

    [[nodiscard]] Expected<std::vector<std::uint8_t>> sign_rsa(const Sha256Digest& digest) const;
    [[nodiscard]] Expected<std::vector<std::uint8_t>> sign_ed25519(const Sha256Digest& digest) const;
};

Expected<std::vector<std::uint8_t>> PrivateKey::Data::sign_rsa(const Sha256Digest& digest) const {
    KeyContext context = slot.take();
    if (context == nullptr) context = make_rsa_context(key.get(), &EVP_PKEY_sign_init);
    std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key.get()));
    std::vector<std::uint8_t> signature(size);
    if (context == nullptr ||
        EVP_PKEY_sign(context.get(), signature.data(), &size, digest.data(), digest.size()) != 1) {
        ERR_clear_error();
        return failure("signing with the RSA key failed");
    }
    slot.put_back(std::move(context));
    signature.resize(size);
    return signature;
}

Expected<std::vector<std::uint8_t>> PrivateKey::Data::sign_ed25519(const Sha256Digest& digest) const {
    const DigestContext context(EVP_MD_CTX_new());
    std::vector<std::uint8_t> signature(64);
    std::size_t size = signature.size();
    if (context == nullptr || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
        EVP_DigestSign(context.get(), signature.data(), &size, digest.data(), digest.size()) != 1) {
        ERR_clear_error();
        return failure("signing with the Ed25519 key failed");
    }
    return signature;
}

Expected<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
    if (pem.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return failure("not a key file");
    const Bio text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    bool encrypted = false;
    KeyOwner key(text ? PEM_read_bio_PrivateKey(text.get(), nullptr, &refuse_passphrase, &encrypted) : nullptr);
    ERR_clear_error();
    if (encrypted) return failure("the private key is encrypted; store it without a passphrase");
    if (key == nullptr) return failure("no private key in PEM form found");
    switch (EVP_PKEY_get_base_id(key.get())) {
    case EVP_PKEY_RSA: return PrivateKey(std::make_unique<Data>(std::move(key), KeyType::rsa));
    case EVP_PKEY_ED25519: return PrivateKey(std::make_unique<Data>(std::move(key), KeyType::ed25519));
    default: return failure("the private key is neither RSA nor Ed25519");
    }
}

Expected<PrivateKey> PrivateKey::generate(KeyType type, unsigned bits) {
    KeyOwner key;
    if (type == KeyType::ed25519) {
        key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    } else {
        if (bits < least_generated_bits || bits > most_generated_bits)
            return failure("an RSA key must have between 512 and 16384 bits");
        key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits)));
    }
    if (key == nullptr) {
        ERR_clear_error();
        return failure("no key could be generated");
    }
    return PrivateKey(std::make_unique<Data>(std::move(key), type));
}

PrivateKey::PrivateKey(std::unique_ptr<Data> data) : data_(std::move(data)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

KeyType PrivateKey::type() const { return data_->type; }

unsigned PrivateKey::bits() const {
    return data_->type == KeyType::ed25519 ? 256 : static_cast<unsigned>(EVP_PKEY_get_bits(data_->key.get()));
}

Expected<std::vector<std::uint8_t>> PrivateKey::sign(const Sha256Digest& digest) const {
    return data_->type == KeyType::rsa ? data_->sign_rsa(digest) : data_->sign_ed25519(digest);
}

std::vector<std::uint8_t> PrivateKey::public_bytes() const {
    std::vector<std::uint8_t> bytes;
    if (data_->type == KeyType::ed25519) {
        std::size_t size = 32;
        bytes.resize(size);
        EVP_PKEY_get_raw_public_key(data_->key.get(), bytes.data(), &size);
        return bytes;
    }
    const int size = i2d_PUBKEY(data_->key.get(), nullptr);
    if (size <= 0) throw std::bad_alloc(); // a complete key always has this form
    bytes.resize(static_cast<std::size_t>(size));
    unsigned char* end = bytes.data();
    i2d_PUBKEY(data_->key.get(), &end);
    return bytes;
}

std::string PrivateKey::to_pem() const {
    const Bio memory(BIO_new(BIO_s_mem()));
    if (memory == nullptr ||
        PEM_write_bio_PKCS8PrivateKey(memory.get(), data_->key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        throw std::bad_alloc();
    char* begin = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &begin);
    return std::string(begin, static_cast<std::size_t>(size));
}

} // namespace bonafide::crypto
