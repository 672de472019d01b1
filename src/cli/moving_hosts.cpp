// Hosts and sockets as other programs write them.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "base/ip.hpp"
#include "cli/moving.hpp"

#include <algorithm>
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

/// "[2001:db8::1]" as well as without brackets.
std::string without_brackets(std::string_view entry) {
    std::string text;
    for (const char c : entry)
        if (c != '[' && c != ']') text += c;
    return text;
}

/// Those inside this network, or it itself.
std::vector<ip::Prefix> those_within(const ip::Prefix& network, const std::vector<ip::Prefix>& exceptions) {
    std::vector<ip::Prefix> within;
    for (const ip::Prefix& one : exceptions)
        if (one.length >= network.length && network.contains(one.address)) within.push_back(one);
    return within;
}

/// With the bit behind the prefix set to `bit`, and none behind that.
ip::Prefix half_of(const ip::Prefix& network, unsigned bit) {
    auto bytes = network.address.bytes();
    const std::size_t at = network.length / 8;
    const auto mask = static_cast<std::uint8_t>(0x80U >> (network.length % 8));
    bytes[at] = static_cast<std::uint8_t>((bytes[at] & ~(2U * mask - 1)) | (bit == 0 ? 0U : mask));
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(at) + 1, bytes.end(), std::uint8_t{0});
    const auto address = network.address.is_v4() ? ip::Address::from_v4({bytes[0], bytes[1], bytes[2], bytes[3]})
                                                 : ip::Address::from_v6_unmapped(bytes);
    return {address, network.length + 1};
}

/// What is left of a network without its exceptions, which lie in it. Stops behind most_pieces.
void split(const ip::Prefix& network, const std::vector<ip::Prefix>& exceptions, std::vector<ip::Prefix>& pieces) {
    if (pieces.size() > most_pieces) return;
    if (exceptions.empty()) return pieces.push_back(network);
    if (std::ranges::any_of(exceptions, [&](const ip::Prefix& one) { return one.length == network.length; })) return;
    for (const unsigned bit : {0U, 1U}) {
        const ip::Prefix half = half_of(network, bit);
        split(half, those_within(half, exceptions), pieces);
    }
}

} // namespace

std::string network_text(const ip::Prefix& network) {
    std::string text = network.text();
    const std::size_t slash = text.find('/');
    if (text.substr(slash) == (text.contains(':') ? "/128" : "/32")) text.resize(slash);
    return text;
}

void add_host(Conversion& conversion, std::string_view setting, std::string_view entry, const Theirs& theirs) {
    const std::string text = without_brackets(entry);
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

void add_hosts(Conversion& conversion, std::string_view setting, const std::vector<HostEntry>& entries) {
    std::vector<ip::Prefix> exceptions;
    for (const HostEntry& entry : entries) {
        const std::string text = without_brackets(entry.text);
        if (!text.starts_with('!')) continue;
        const std::string_view host = ascii::trim(std::string_view(text).substr(1));
        if (ascii::iequals(host, "localhost")) {
            exceptions.push_back(*ip::Prefix::parse("127.0.0.1"));
            exceptions.push_back(*ip::Prefix::parse("::1"));
        } else if (const auto network = parse_network(host))
            exceptions.push_back(*network);
        else
            conversion.leave(entry.theirs, fmt::format("\"{}\" is an exception by name: look whether a network above "
                                                       "has its address, and take that out",
                                                       escape::line(entry.text, 100)));
    }
    for (const HostEntry& entry : entries) {
        if (without_brackets(entry.text).starts_with('!')) continue;
        const auto network = parse_network(without_brackets(entry.text));
        if (exceptions.empty() || !network || network->length == 0) {
            add_host(conversion, setting, entry.text, entry.theirs); // "localhost" is more than one address
            continue;
        }
        std::vector<ip::Prefix> pieces;
        if (exceptions.size() <= most_exceptions) split(*network, those_within(*network, exceptions), pieces);
        if (exceptions.size() > most_exceptions || pieces.size() > most_pieces)
            conversion.leave(entry.theirs, fmt::format("\"{}\" has too many exceptions in it: write the networks "
                                                       "without them",
                                                       escape::line(entry.text, 100)));
        else
            for (const ip::Prefix& piece : pieces) conversion.add(setting, network_text(piece), entry.theirs);
    }
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
