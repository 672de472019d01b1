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

namespace {

template<std::size_t count> std::array<Prefix, count> prefixes(const std::array<std::string_view, count>& texts) {
    std::array<Prefix, count> result;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t slash = texts[i].find('/');
        result[i] = {*Address::parse_unmapped(texts[i].substr(0, slash)),
                     static_cast<unsigned>(*ascii::parse_decimal(texts[i].substr(slash + 1)))};
    }
    return result;
}

/// The IPv4 address within an IPv6 one, from this byte on.
Address embedded(const Address& address, std::size_t from) {
    std::array<std::uint8_t, 4> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = address.bytes()[from + i];
    return Address::from_v4(bytes);
}

} // namespace

bool is_special_use(const Address& address) {
    static const auto v4 = prefixes(std::to_array<std::string_view>(
        {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
         "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
         "224.0.0.0/4", "240.0.0.0/4"}));
    static const auto nat64 = prefixes(std::to_array<std::string_view>({"64:ff9b::/96"}))[0];
    static const auto six_to_four = prefixes(std::to_array<std::string_view>({"2002::/16"}))[0];
    // Of all other IPv6 only global unicast is routed, less what is taken out of it.
    static const auto global = prefixes(std::to_array<std::string_view>({"2000::/3"}))[0];
    static const auto taken_out =
        prefixes(std::to_array<std::string_view>({"2001::/23", "2001:db8::/32", "3fff::/20"}));
    if (address.is_v4()) return is_in(address, v4);
    if (nat64.contains(address)) return is_special_use(embedded(address, 12));
    if (six_to_four.contains(address)) return is_special_use(embedded(address, 2));
    return !global.contains(address) || is_in(address, taken_out);
}

} // namespace bonafide::ip
