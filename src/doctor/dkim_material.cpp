#include "doctor/dkim_material.hpp"

#include "base/ascii.hpp"
#include "crypto/der.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

namespace bonafide::doctor {
namespace {

using Octets = std::span<const std::uint8_t>;

constexpr std::uint8_t sequence = 0x30, object_identifier = 0x06, integer = 0x02, explicit_0 = 0xa0;
constexpr std::size_t ed25519_octets = 32;
constexpr std::array<std::uint8_t, 9> rsa_encryption{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
constexpr std::array<std::uint8_t, 3> ed25519_oid{0x2b, 0x65, 0x70}; // RFC 8410 3

/// Where the content of a DER value begins, and how long it says it is: X.690 8.1.3, up to three octets of length.
struct Header {
    std::size_t content = 0, length = 0;
    [[nodiscard]] std::size_t end() const { return content + length; }
};

std::optional<Header> header_at(Octets bytes, std::size_t at, std::uint8_t tag) {
    if (bytes.size() < at + 2 || bytes[at] != tag) return {};
    const std::uint8_t first = bytes[at + 1];
    if (first < 0x80) return Header{at + 2, first};
    const std::size_t more = first - std::size_t{0x80};
    if (more == 0 || more > 3 || bytes.size() < at + 2 + more) return {};
    Header header{at + 2 + more, 0};
    for (std::size_t i = 0; i < more; ++i) header.length = header.length << 8U | bytes[at + 2 + i];
    return header;
}

bool begins_with(const base64::Bytes& bytes, std::string_view text) {
    return bytes.size() >= text.size() &&
           std::equal(text.begin(), text.end(), bytes.begin(),
                      [](char c, std::uint8_t byte) { return static_cast<std::uint8_t>(c) == byte; });
}

bool is_oid(Octets bytes, const Header& header, Octets wanted) {
    return header.length == wanted.size() && header.end() <= bytes.size() &&
           std::ranges::equal(bytes.subspan(header.content, header.length), wanted);
}

/// By what the outermost SEQUENCE begins with.
KeyForm form_of_content(Octets bytes, std::size_t at) {
    // RFC 5208 5, RFC 5958 2, RFC 8017 A.1.2, RFC 5915 3: private keys begin with a version of 0 or 1. A modulus is longer.
    if (bytes.size() > at + 2 && bytes[at] == integer && bytes[at + 1] == 1 && bytes[at + 2] <= 1)
        return KeyForm::private_key;
    const auto inner = header_at(bytes, at, sequence);
    if (!inner || inner->content >= bytes.size()) return KeyForm::rsa;
    if (bytes[inner->content] == explicit_0 || bytes[inner->content] == integer)
        return KeyForm::certificate; // RFC 5280 4.1: version, or the serial number of version 1
    const auto algorithm = header_at(bytes, inner->content, object_identifier);
    if (!algorithm) return KeyForm::unknown;
    if (is_oid(bytes, *algorithm, ed25519_oid)) return KeyForm::wrapped_ed25519;
    return is_oid(bytes, *algorithm, rsa_encryption) ? KeyForm::rsa : KeyForm::other_algorithm;
}

KeyForm form_of_text(const base64::Bytes& bytes) {
    constexpr std::string_view pem = "-----BEGIN ", openssh_private = "openssh-key-v1";
    constexpr std::string_view openssh_rsa("\0\0\0\7ssh-rsa", 11), openssh_ed25519("\0\0\0\13ssh-ed25519", 15);
    if (begins_with(bytes, openssh_private)) return KeyForm::private_key;
    if (begins_with(bytes, openssh_rsa) || begins_with(bytes, openssh_ed25519)) return KeyForm::openssh;
    if (!begins_with(bytes, pem)) return KeyForm::unknown;
    constexpr std::string_view secret = "PRIVATE KEY-----";
    const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(bytes.size(), 80));
    const bool is_private = std::search(bytes.begin(), end, secret.begin(), secret.end()) != end;
    return is_private ? KeyForm::private_key : KeyForm::pem;
}

void find_form(KeyMaterial& material) {
    const Octets bytes = material.bytes;
    material.form = form_of_text(material.bytes);
    if (material.form != KeyForm::unknown) return;
    if (bytes.size() == ed25519_octets) {
        material.form = KeyForm::ed25519;
        return;
    }
    const auto outer = header_at(bytes, 0, sequence);
    if (!outer) return;
    material.octets = outer->end();
    material.form = form_of_content(bytes, outer->content);
    if (material.form != KeyForm::rsa && material.form != KeyForm::wrapped_ed25519) return;
    if (material.octets > bytes.size()) {
        material.form = KeyForm::cut_off;
    } else if (material.octets < bytes.size()) {
        material.form = KeyForm::trailing;
    } else if (material.form == KeyForm::rsa) {
        const auto numbers = crypto::read_rsa_public_key(bytes);
        material.form = numbers ? KeyForm::rsa : KeyForm::unknown;
        if (numbers) material.rsa_bits = crypto::bit_length(numbers->modulus);
    }
}

/// Base64 stands in fours; of five characters the last one is a piece of nothing.
std::string_view without_lone_end(std::string_view data) {
    const auto is_digit = [](char c) { return ascii::is_alnum(c) || c == '+' || c == '/'; };
    if (std::ranges::count_if(data, is_digit) % 4 != 1) return data;
    const std::size_t last = data.find_last_not_of(" \t\r\n=");
    return is_digit(data[last]) ? data.substr(0, last) : data;
}

} // namespace

KeyMaterial look_at_key(std::string_view data) {
    KeyMaterial material;
    Expected<base64::Bytes> bytes = base64::decode(without_lone_end(data));
    if (!bytes) {
        material.form = KeyForm::no_base64;
        material.position = bytes.error().position == Error::nowhere ? 0 : bytes.error().position;
        return material;
    }
    material.bytes = *std::move(bytes);
    if (!material.bytes.empty()) find_form(material);
    return material;
}

} // namespace bonafide::doctor
