#include "engine/settings_check.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "base/ip.hpp"
#include "io/milter_address.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::engine {
namespace {

std::unexpected<Error> refuse(std::string_view text, std::string_view why) {
    return failure(fmt::format("\"{}\" {}", escape::line(text), why));
}

bool is_port(std::string_view text) {
    const auto port = ascii::parse_decimal(text);
    return port && text.size() <= 5 && *port <= 65535;
}

/// "HOST:PORT" with brackets round an IPv6 address; an empty view when there is no such split.
struct HostPort {
    std::string_view host;
    std::string_view port;
    bool bracketed = false;
};

HostPort split_host_port(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return {};
    HostPort split{text.substr(0, colon), text.substr(colon + 1)};
    if (split.host.starts_with('[') && split.host.ends_with(']')) {
        split.host = split.host.substr(1, split.host.size() - 2);
        split.bracketed = true;
    }
    return split;
}

bool is_word(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return ascii::is_printable(c) && c != ' '; });
}

} // namespace

Expected<void> check_milter_address(std::string_view text) {
    const auto address = io::milter::ListenAddress::parse(text);
    return address ? Expected<void>{} : std::unexpected(address.error());
}

Expected<void> check_dns_server(std::string_view text) {
    const std::size_t at = text.find('@');
    const std::string_view address = text.substr(0, at);
    if (!ip::Address::parse(address))
        return refuse(text, "is no IP address (\"192.0.2.53\", \"2001:db8::53\", \"192.0.2.53@5353\")");
    if (at == std::string_view::npos) return {};
    if (!is_port(text.substr(at + 1)) || text.substr(at + 1) == "0")
        return refuse(text, "needs a port from 1 to 65535 after the '@'");
    return {};
}

Expected<void> check_host_port_or_empty(std::string_view text) {
    if (text.empty()) return {};
    const HostPort split = split_host_port(text);
    const auto address = ip::Address::parse(split.host);
    if (!address || address->is_v4() == split.bracketed) return refuse(text, "is not \"IP:PORT\" or \"[IPv6]:PORT\"");
    if (!is_port(split.port)) return refuse(text, "needs a port from 0 to 65535");
    return {};
}

Expected<void> check_authserv_id(std::string_view text) {
    // RFC 8601 2.2: authserv-id is an RFC 2045 5.1 "value"; one that would need quotes is a mistake in practice.
    constexpr std::string_view specials = "()<>@,;:\\\"/[]?=";
    const bool sound = std::ranges::all_of(
        text, [&](char c) { return ascii::is_printable(c) && c != ' ' && specials.find(c) == std::string_view::npos; });
    if (!sound) return refuse(text, "is no authserv-id: a host name of ASCII letters, digits, dots and hyphens does");
    return {};
}

Expected<void> check_word(std::string_view text) {
    if (!is_word(text)) return refuse(text, "is empty or holds blanks or control characters");
    return {};
}

Expected<void> check_path_or_empty(std::string_view text) {
    if (!text.empty() && !text.starts_with('/')) return refuse(text, "is no absolute path");
    return {};
}

Expected<void> check_log_target(std::string_view text) {
    if (text == "stderr" || text == "journald" || text.starts_with('/')) return {};
    return refuse(text, "is not \"stderr\", \"journald\" or an absolute path");
}

} // namespace bonafide::engine
