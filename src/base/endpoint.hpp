// An IP address or host with a port, in the spellings that settings use. The one parser for all of them: ports are one to five digits,
// brackets hold IPv6 and nothing else, and an IPv6 address before a colon needs them ("::1:25" is an address of its own).
#pragma once

#include "base/ip.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bonafide::ip {

/// 0 to 65535 in one to five decimal digits.
[[nodiscard]] std::optional<std::uint16_t> parse_port(std::string_view text);

/// "HOST:PORT", "192.0.2.1:25", "[2001:db8::1]:25", cut in two. The host is not judged beyond the brackets; it is never empty.
struct HostPort {
    std::string_view host; ///< without brackets; a view into the text
    std::uint16_t port = 0;

    [[nodiscard]] static std::optional<HostPort> parse(std::string_view text);
};

struct Endpoint {
    Address address; ///< ::ffff:a.b.c.d stays an IPv6 address: sockets tell the two apart
    std::uint16_t port = 0;

    /// "192.0.2.1:25" or "[2001:db8::1]:25".
    [[nodiscard]] static std::optional<Endpoint> parse(std::string_view text);
    /// A DNS server: "192.0.2.53", "2001:db8::53", either with "@PORT" from 1 to 65535; the port is 53 otherwise.
    [[nodiscard]] static std::optional<Endpoint> parse_dns_server(std::string_view text);
    /// What parse() reads.
    [[nodiscard]] std::string text() const;
    auto operator<=>(const Endpoint&) const = default;
};

/// 127.0.0.0/8 and ::1, the IPv4 ones in their IPv6 spelling too.
[[nodiscard]] bool is_loopback(const Address& address);
/// 0.0.0.0 or ::, which a listener takes for every address of the host.
[[nodiscard]] bool is_wildcard(const Address& address);

} // namespace bonafide::ip
