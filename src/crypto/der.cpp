#include "crypto/der.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <optional>

namespace bonafide::crypto {
namespace {

using Octets = std::span<const std::uint8_t>;

constexpr std::uint8_t tag_integer = 0x02;
constexpr std::uint8_t tag_bit_string = 0x03;
constexpr std::uint8_t tag_null = 0x05;
constexpr std::uint8_t tag_object_identifier = 0x06;
constexpr std::uint8_t tag_sequence = 0x30;

// 1.2.840.113549.1.1.1, rsaEncryption (RFC 3279 2.3.1).
constexpr std::array<std::uint8_t, 9> rsa_encryption{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};

/// A run of DER elements; take() cuts them off the front.
class Reader {
  public:
    explicit Reader(Octets octets) : rest_(octets) {}

    [[nodiscard]] bool done() const { return rest_.empty(); }
    [[nodiscard]] bool next_is(std::uint8_t tag) const { return !rest_.empty() && rest_[0] == tag; }

    /// The content of the next element, which must have this tag.
    [[nodiscard]] std::optional<Octets> take(std::uint8_t tag) {
        if (rest_.size() < 2 || rest_[0] != tag) return {};
        std::size_t length = rest_[1];
        std::size_t head = 2;
        if (length >= 0x80) {
            const std::size_t count = length - 0x80; // 0 would be the indefinite form, which DER forbids
            if (count == 0 || count > 3 || rest_.size() < 2 + count) return {};
            length = 0;
            for (std::size_t i = 0; i < count; ++i) length = length << 8 | rest_[2 + i];
            if (length < 0x80 || length >> (8 * (count - 1)) == 0) return {}; // not the shortest form
            head += count;
        }
        if (length > rest_.size() - head) return {};
        const Octets content = rest_.subspan(head, length);
        rest_ = rest_.subspan(head + length);
        return content;
    }

  private:
    Octets rest_;
};

/// A positive INTEGER without its sign octet.
std::optional<Octets> take_positive(Reader& reader) {
    const std::optional<Octets> content = reader.take(tag_integer);
    if (!content || content->empty() || (*content)[0] >= 0x80) return {}; // empty or negative
    if ((*content)[0] != 0) return content;
    if (content->size() == 1 || (*content)[1] < 0x80) return {}; // zero, or padded beyond the sign bit (X.690 8.3.2)
    return content->subspan(1);
}

Expected<RsaNumbers> read_numbers(Reader sequence) {
    const std::optional<Octets> modulus = take_positive(sequence);
    const std::optional<Octets> exponent = take_positive(sequence);
    if (!modulus || !exponent) return failure("the RSA key does not hold two positive numbers");
    if (!sequence.done()) return failure("the RSA key holds more than a modulus and an exponent");
    return RsaNumbers{*modulus, *exponent};
}

/// The content of SubjectPublicKeyInfo, from AlgorithmIdentifier on.
Expected<RsaNumbers> read_public_key_info(Reader info) {
    const std::optional<Octets> algorithm = info.take(tag_sequence);
    if (!algorithm) return failure("the key data is not DER");
    Reader identifier(*algorithm);
    const std::optional<Octets> object = identifier.take(tag_object_identifier);
    if (!object || !std::ranges::equal(*object, rsa_encryption)) return failure("the key is not an RSA key");
    if (identifier.next_is(tag_null)) {
        const std::optional<Octets> null = identifier.take(tag_null);
        if (!null || !null->empty()) return failure("the key data is not DER");
    }
    const std::optional<Octets> bits = info.take(tag_bit_string);
    if (!identifier.done() || !bits || bits->empty() || (*bits)[0] != 0) return failure("the key data is not DER");
    if (!info.done()) return failure("the key data goes on after the key");
    Reader inner(bits->subspan(1));
    const std::optional<Octets> sequence = inner.take(tag_sequence);
    if (!sequence) return failure("the key data is not DER");
    if (!inner.done()) return failure("the key data goes on after the key");
    return read_numbers(Reader(*sequence));
}

} // namespace

unsigned bit_length(Octets number) {
    if (number.empty()) return 0;
    return static_cast<unsigned>((number.size() - 1) * 8) + static_cast<unsigned>(std::bit_width(number[0]));
}

Expected<RsaNumbers> read_rsa_public_key(Octets der) {
    Reader whole(der);
    const std::optional<Octets> sequence = whole.take(tag_sequence);
    if (!sequence) return failure("the key data is not DER, or is cut off");
    if (!whole.done()) return failure("the key data goes on after the key");
    const Reader content(*sequence);
    // RFC 6376 3.6.1 says RSAPublicKey, everybody publishes SubjectPublicKeyInfo: their first elements differ.
    return content.next_is(tag_integer) ? read_numbers(content) : read_public_key_info(content);
}

} // namespace bonafide::crypto
