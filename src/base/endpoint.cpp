#include "base/endpoint.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::ip {
namespace {

constexpr std::uint16_t dns_port = 53;

bool is_bracketed(std::string_view text) { return text.size() >= 2 && text.front() == '[' && text.back() == ']'; }

} // namespace

std::optional<std::uint16_t> parse_port(std::string_view text) {
    const auto number = ascii::parse_decimal(text);
    if (!number || text.size() > 5 || *number > 65535) return {};
    return static_cast<std::uint16_t>(*number);
}

std::optional<HostPort> HostPort::parse(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return {};
    std::string_view host = text.substr(0, colon);
    const auto port = parse_port(text.substr(colon + 1));
    if (!port) return {};
    if (is_bracketed(host)) {
        host = host.substr(1, host.size() - 2);
        const auto address = Address::parse_unmapped(host);
        if (!address || address->is_v4()) return {};
    } else if (host.find_first_of(":[]") != std::string_view::npos) {
        return {};
    }
    if (host.empty()) return {};
    return HostPort{host, *port};
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
    const auto parts = HostPort::parse(text);
    if (!parts) return {};
    const auto address = Address::parse_unmapped(parts->host);
    if (!address) return {};
    return Endpoint{*address, parts->port};
}

std::optional<Endpoint> Endpoint::parse_dns_server(std::string_view text) {
    const std::size_t at = text.find('@');
    const auto address = Address::parse_unmapped(text.substr(0, at));
    if (!address) return {};
    if (at == std::string_view::npos) return Endpoint{*address, dns_port};
    const auto port = parse_port(text.substr(at + 1));
    if (!port || *port == 0) return {};
    return Endpoint{*address, *port};
}

std::string Endpoint::text() const {
    return address.is_v4() ? fmt::format("{}:{}", address.text(), port) : fmt::format("[{}]:{}", address.text(), port);
}

bool is_loopback(const Address& address) {
    const Address plain = address.is_v4() ? address : Address::from_v6(address.bytes());
    if (plain.is_v4()) return plain.bytes()[0] == 127;
    return plain == *Address::parse("::1");
}

bool is_wildcard(const Address& address) {
    return std::ranges::all_of(address.bytes(), [](std::uint8_t byte) { return byte == 0; });
}

} // namespace bonafide::ip
