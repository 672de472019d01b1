// Any bytes as an RSA public key: the reader stays inside them, and what it accepts encodes back to the same bytes.
#include "crypto/der.hpp"
#include "crypto/key.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes element(std::uint8_t tag, const Bytes& content) {
    Bytes out{tag};
    const std::size_t size = content.size();
    if (size >= 0x80) out.push_back(static_cast<std::uint8_t>(size >= 0x10000 ? 0x83 : size >= 0x100 ? 0x82 : 0x81));
    if (size >= 0x10000) out.push_back(static_cast<std::uint8_t>(size >> 16));
    if (size >= 0x100) out.push_back(static_cast<std::uint8_t>(size >> 8));
    out.push_back(static_cast<std::uint8_t>(size));
    out.insert(out.end(), content.begin(), content.end());
    return out;
}

Bytes integer(std::span<const std::uint8_t> number) {
    Bytes content(number.begin(), number.end());
    if (content[0] & 0x80) content.insert(content.begin(), 0);
    return element(2, content);
}

bool ends_with(std::span<const std::uint8_t> whole, const Bytes& tail) {
    return whole.size() >= tail.size() && std::equal(tail.rbegin(), tail.rend(), whole.rbegin());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const std::uint8_t> der(data, size);
    const auto numbers = bonafide::crypto::read_rsa_public_key(der);
    if (numbers) {
        Bytes content = integer(numbers->modulus);
        const Bytes exponent = integer(numbers->exponent);
        content.insert(content.end(), exponent.begin(), exponent.end());
        if (!ends_with(der, element(0x30, content))) std::abort();
    }
    const auto key = bonafide::crypto::PublicKey::rsa_from_der(der);
    if (key && !numbers) std::abort();
    if (key && key->bits() <= 4096)
        (void)key->verify(bonafide::crypto::sha256("x"), std::vector<std::uint8_t>((key->bits() + 7) / 8, 1));
    return 0;
}
