// Hosts and sockets as other programs write them.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "base/ip.hpp"
#include "cli/moving.hpp"

#include <fmt/format.h>

namespace bonafide::cli::moving {
namespace {

/// A network of IPv4-mapped addresses is that IPv4 network.
std::optional<ip::Prefix> parse_network(std::string_view text) {
    constexpr std::string_view mapped = "::ffff:";
    if (ascii::istarts_with(text, mapped) && text.contains('.'))
        if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
            const auto bits = ascii::parse_decimal(text.substr(slash + 1));
            if (!bits || *bits < 96 || *bits > 128) return {};
            return ip::Prefix::parse(
                fmt::format("{}/{}", text.substr(mapped.size(), slash - mapped.size()), *bits - 96));
        }
    return ip::Prefix::parse(text);
}

} // namespace

std::string network_text(const ip::Prefix& network) {
    std::string text = network.text();
    const std::size_t slash = text.find('/');
    if (text.substr(slash) == (text.contains(':') ? "/128" : "/32")) text.resize(slash);
    return text;
}

void add_host(Conversion& conversion, std::string_view setting, std::string_view entry, const Theirs& theirs) {
    std::string text;
    for (const char c : entry) // "[2001:db8::1]" as well as without brackets
        if (c != '[' && c != ']') text += c;
    const auto leave = [&](std::string_view why) {
        conversion.leave(theirs, fmt::format("\"{}\" {}", escape::line(entry, 100), why));
    };
    if (text.starts_with('!')) return leave("is an exception; write the networks without it");
    if (ascii::iequals(text, "localhost")) {
        conversion.add(setting, "127.0.0.1", theirs);
        return conversion.add(setting, "::1", theirs);
    }
    const auto network = parse_network(text);
    if (!network) return leave(fmt::format("is no address; {} goes by addresses alone, write them there", setting));
    if (network->text().ends_with("/0")) return leave("is everybody: no mail would be checked any more");
    conversion.add(setting, network_text(*network), theirs);
}

std::string listen_address(std::string_view socket) {
    for (const std::string_view kind : {"local:", "unix:"})
        if (ascii::istarts_with(socket, kind)) return fmt::format("unix:{}", socket.substr(kind.size()));
    if (socket.starts_with('/')) return fmt::format("unix:{}", socket);
    for (const std::string_view kind : {"inet6:", "inet:"}) {
        if (!ascii::istarts_with(socket, kind)) continue;
        std::string_view rest = socket.substr(kind.size());
        const std::size_t at = rest.find('@');
        const std::string_view port = rest.substr(0, at);
        std::string_view host = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
        if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
        const bool v6 = kind == "inet6:" || host.contains(':');
        if (host.empty()) host = v6 ? "::1" : "127.0.0.1"; // theirs would listen on all addresses
        if (ascii::iequals(host, "localhost")) host = v6 ? "::1" : "127.0.0.1";
        return v6 ? fmt::format("inet6:[{}]:{}", host, port) : fmt::format("inet:{}:{}", host, port);
    }
    return {};
}

} // namespace bonafide::cli::moving
