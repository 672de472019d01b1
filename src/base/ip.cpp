#include "base/ip.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <fmt/format.h>

namespace bonafide::ip {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::string_view hex_digits = "0123456789abcdef";

} // namespace

Address Address::from_v4(const std::array<std::uint8_t, 4>& bytes) {
    Address address;
    std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
    return address;
}

Address Address::from_v6(const std::array<std::uint8_t, 16>& bytes) {
    if (std::equal(mapped_prefix.begin(), mapped_prefix.end(), bytes.begin()))
        return from_v4({bytes[12], bytes[13], bytes[14], bytes[15]});
    return from_v6_unmapped(bytes);
}

Address Address::from_v6_unmapped(const std::array<std::uint8_t, 16>& bytes) {
    Address address;
    address.family_ = Family::v6;
    address.bytes_ = bytes;
    return address;
}

std::optional<Address> Address::parse_unmapped(std::string_view text) {
    char copy[INET6_ADDRSTRLEN + 1];
    if (text.empty() || text.size() >= sizeof copy || text.contains('\0')) return {};
    std::memcpy(copy, text.data(), text.size());
    copy[text.size()] = '\0';
    Address address;
    if (inet_pton(AF_INET, copy, address.bytes_.data()) == 1) return address;
    address.bytes_ = {};
    address.family_ = Family::v6;
    if (inet_pton(AF_INET6, copy, address.bytes_.data()) == 1) return address;
    return {};
}

std::optional<Address> Address::parse(std::string_view text) {
    auto address = parse_unmapped(text);
    if (address && !address->is_v4()) return from_v6(address->bytes_);
    return address;
}

std::string Address::text() const {
    if (is_v4()) return fmt::format("{}.{}.{}.{}", bytes_[0], bytes_[1], bytes_[2], bytes_[3]);
    char buffer[INET6_ADDRSTRLEN];
    inet_ntop(AF_INET6, bytes_.data(), buffer, sizeof buffer);
    return buffer;
}

std::string Address::dotted() const {
    if (is_v4()) return text();
    std::string result;
    result.reserve(63);
    for (const std::uint8_t byte : bytes_) {
        if (!result.empty()) result += '.';
        result += hex_digits[byte >> 4];
        result += '.';
        result += hex_digits[byte & 15];
    }
    return result;
}

std::string Address::reverse_name() const {
    if (is_v4()) return fmt::format("{}.{}.{}.{}.in-addr.arpa", bytes_[3], bytes_[2], bytes_[1], bytes_[0]);
    std::string result = dotted();
    std::reverse(result.begin(), result.end());
    return result + ".ip6.arpa";
}

std::optional<Prefix> Prefix::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = Address::parse(text.substr(0, slash));
    if (!address) return {};
    if (slash == std::string_view::npos) return Prefix{*address, address->bits()};
    const std::string_view digits = text.substr(slash + 1);
    const auto length = ascii::parse_decimal(digits);
    if (!length || digits.size() > 3 || (digits.size() > 1 && digits.front() == '0')) return {};
    // A mapped prefix such as ::ffff:192.0.2.0/120 counts its bits from the IPv6 start.
    const bool mapped = address->is_v4() && text.contains(':');
    if (mapped && (*length < 96 || *length > 128)) return {};
    const auto bits = static_cast<unsigned>(mapped ? *length - 96 : *length);
    if (bits > address->bits()) return {};
    return Prefix{*address, bits};
}

bool Prefix::contains(const Address& other) const {
    if (other.family() != address.family()) return false;
    const unsigned compared = std::min(length, address.bits());
    const unsigned whole = compared / 8;
    if (std::memcmp(other.bytes().data(), address.bytes().data(), whole) != 0) return false;
    const unsigned rest = compared % 8;
    return rest == 0 || ((other.bytes()[whole] ^ address.bytes()[whole]) >> (8 - rest)) == 0;
}

std::string Prefix::text() const { return fmt::format("{}/{}", address.text(), length); }

bool is_in(const Address& address, std::span<const Prefix> networks) {
    return std::ranges::any_of(networks, [&](const Prefix& network) { return network.contains(address); });
}

} // namespace bonafide::ip
