#include "cli/check.hpp"

#include "base/ascii.hpp"
#include "base/duration.hpp"
#include "base/endpoint.hpp"
#include "base/escape.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"

#include <fmt/format.h>
#include <ostream>

namespace bonafide::cli {

namespace {

std::unexpected<Error> wrong(std::string_view text, std::string_view why) {
    return failure(fmt::format("\"{}\" {}", escape::line(text), why));
}

/// Letters, digits, hyphens and at least one dot, as host names have them.
bool looks_like_host_name(std::string_view text) { return text.contains('.') && dns::is_hostname_like(text); }

} // namespace

Expected<void> check_ip(std::string_view text) {
    if (ip::Address::parse(text)) return {};
    if (ip::Prefix::parse(text)) return wrong(text, "is a network; give one address of it");
    if (const auto endpoint = ip::Endpoint::parse(text))
        return wrong(text, fmt::format("has a port; give the address alone: {}", endpoint->address.text()));
    // RFC 5321 4.1.3: how mail logs and HELO write addresses.
    std::string_view literal = text;
    if (literal.starts_with('[') && literal.ends_with(']')) literal = literal.substr(1, literal.size() - 2);
    if (ascii::istarts_with(literal, "IPv6:")) literal.remove_prefix(5);
    if (ip::Address::parse(literal))
        return wrong(text, fmt::format("is an address literal; give the address alone: {}", literal));
    if (looks_like_host_name(text) && text.find_first_not_of("0123456789.") != std::string_view::npos)
        return wrong(text, "is a host name; give its IP address, the one that connected");
    return wrong(text, "is no IP address");
}

Expected<void> check_unix_time(std::string_view text) {
    // Up to the year 9999, so that arithmetic on it cannot overflow.
    const auto time = ascii::parse_decimal(text);
    if (!time || *time > 253402300799)
        return wrong(text, "is no Unix time (whole seconds since 1970), as date +%s prints it");
    return {};
}

Expected<void> check_duration(std::string_view text) {
    const auto time = parse_duration(text);
    if (!time) return failure(time.error().text);
    if (time->count() < 1 || *time > std::chrono::minutes(10)) return failure("must be from 1ms to 10m");
    return {};
}

Expected<void> check_domain(std::string_view text) {
    if (const auto scheme = text.find("://"); scheme != std::string_view::npos) {
        const std::string_view rest = text.substr(scheme + 3);
        return wrong(text, fmt::format("is a URL; give the domain alone: {}",
                                       escape::line(rest.substr(0, rest.find_first_of("/:?#")))));
    }
    if (const auto at = text.rfind('@'); at != std::string_view::npos) {
        std::string_view domain = text.substr(at + 1);
        domain = domain.substr(0, domain.find('>')); // "Ann <ann@example.com>"
        return wrong(text, domain.empty()
                               ? "is no domain name"
                               : fmt::format("is an address; give its domain alone: {}", escape::line(domain)));
    }
    if (ip::Address::parse(text)) return wrong(text, "is an IP address; a domain name is wanted");
    if (text.find_first_of(" \t,;:\"<>") != std::string_view::npos)
        return wrong(text, "is no domain name: it holds a character that none has");
    const auto domain = dns::to_ascii(text);
    if (!domain || !dns::is_valid(*domain)) return wrong(text, "is no domain name");
    return {};
}

std::int64_t read_time(const Arguments& arguments, std::int64_t otherwise, std::string_view option) {
    const auto text = arguments.text(option);
    const auto time = text ? ascii::parse_decimal(*text) : std::nullopt;
    return time ? static_cast<std::int64_t>(*time) : otherwise;
}

std::string without_brackets(std::string_view path) {
    path = ascii::trim(path);
    if (path.starts_with('<') && path.ends_with('>')) path = path.substr(1, path.size() - 2);
    return std::string(path);
}

void print_transcript(const dns::Transcript& transcript, Console& console) {
    if (transcript.exchanges().empty()) return;
    console.out << "DNS questions:\n";
    for (const dns::Exchange& exchange : transcript.exchanges()) console.out << "  " << dns::to_line(exchange) << '\n';
}

} // namespace bonafide::cli
