// IP addresses and prefixes. An IPv4-mapped IPv6 address (::ffff:a.b.c.d) is that IPv4 address from the moment it is parsed
// (RFC 7208 5: "treated as IPv4 throughout"), so no protocol needs to think of it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bonafide::ip {

enum class Family : std::uint8_t { v4, v6 };

class Address {
  public:
    Address() = default; ///< 0.0.0.0

    /// Reads dotted IPv4 (four octets, no leading zeros) or RFC 4291 IPv6 text; no brackets, no zone, no blanks.
    [[nodiscard]] static std::optional<Address> parse(std::string_view text);
    /// Like parse, but ::ffff:a.b.c.d stays an IPv6 address (SPF's ip6 mechanism never matches IPv4, RFC 7208 5.6).
    [[nodiscard]] static std::optional<Address> parse_unmapped(std::string_view text);
    [[nodiscard]] static Address from_v4(const std::array<std::uint8_t, 4>& bytes);
    [[nodiscard]] static Address from_v6(const std::array<std::uint8_t, 16>& bytes);
    /// Like from_v6, but ::ffff:a.b.c.d stays an IPv6 address: what an AAAA record says is never IPv4.
    [[nodiscard]] static Address from_v6_unmapped(const std::array<std::uint8_t, 16>& bytes);

    [[nodiscard]] Family family() const { return family_; }
    [[nodiscard]] bool is_v4() const { return family_ == Family::v4; }
    /// Network order; the first 4 bytes count for IPv4.
    [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
    [[nodiscard]] unsigned bits() const { return is_v4() ? 32 : 128; }

    /// "192.0.2.1" or RFC 5952 text ("2001:db8::1").
    [[nodiscard]] std::string text() const;
    /// "1.2.0.192.in-addr.arpa" or 32 nibbles and "ip6.arpa"; no final dot.
    [[nodiscard]] std::string reverse_name() const;
    /// RFC 7208 7.3 %{i}: "192.0.2.1", or 32 dotted lower-case nibbles in order.
    [[nodiscard]] std::string dotted() const;

    bool operator==(const Address&) const = default;
    auto operator<=>(const Address&) const = default;

  private:
    Family family_ = Family::v4;
    std::array<std::uint8_t, 16> bytes_{};
};

struct Prefix {
    Address address;
    unsigned length = 0; ///< 0..address.bits()

    /// "192.0.2.0/24", "2001:db8::/32" or a bare address (full length). Host bits may be set; they are ignored.
    [[nodiscard]] static std::optional<Prefix> parse(std::string_view text);
    /// Same family and equal in the first `length` bits.
    [[nodiscard]] bool contains(const Address& other) const;
    [[nodiscard]] std::string text() const;
    bool operator==(const Prefix&) const = default;
};

/// Whether one of the networks contains the address.
[[nodiscard]] bool is_in(const Address& address, std::span<const Prefix> networks);

/// No host of the public internet (RFC 6890 and its registries): private, loopback, link-local, carrier-grade NAT, documentation,
/// benchmarking, multicast, reserved; and the IPv6 forms that carry such an IPv4 address (mapped, 6to4, NAT64, Teredo).
[[nodiscard]] bool is_special_use(const Address& address);

} // namespace bonafide::ip
