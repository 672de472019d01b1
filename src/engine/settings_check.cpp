#include "engine/settings_check.hpp"

#include "base/ascii.hpp"
#include "base/endpoint.hpp"
#include "base/escape.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"
#include "io/milter_address.hpp"
#include "policy/decision.hpp"
#include "policy/notice.hpp"
#include "verdict/signals.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::engine {
namespace {

std::unexpected<Error> refuse(std::string_view text, std::string_view why) {
    return failure(fmt::format("\"{}\" {}", escape::line(text), why));
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
    if (ip::Endpoint::parse_dns_server(text)) return {};
    if (ip::Address::parse(text.substr(0, text.find('@'))))
        return refuse(text, "needs a port from 1 to 65535 after the '@'");
    if (const auto colon = ip::Endpoint::parse(text))
        return refuse(text,
                      fmt::format("has its port behind a colon: write \"{}@{}\"", colon->address.text(), colon->port));
    return refuse(text, "is no IP address (\"192.0.2.53\", \"2001:db8::53\", \"192.0.2.53@5353\")");
}

Expected<void> check_host_port_or_empty(std::string_view text) {
    if (text.empty() || ip::Endpoint::parse(text)) return {};
    return refuse(text, "is not \"IP:PORT\" or \"[IPv6]:PORT\" with a port from 0 to 65535");
}

Expected<void> check_authserv_id(std::string_view text) {
    // RFC 8601 2.2: authserv-id is an RFC 2045 5.1 "value"; one that would need quotes is a mistake in practice.
    constexpr std::string_view specials = "()<>@,;:\\\"/[]?=";
    const bool sound = std::ranges::all_of(
        text, [&](char c) { return ascii::is_printable(c) && c != ' ' && specials.find(c) == std::string_view::npos; });
    if (!sound) return refuse(text, "is no authserv-id: a host name of ASCII letters, digits, dots and hyphens does");
    return {};
}

Expected<void> check_field_name(std::string_view text) {
    constexpr std::size_t most = 76; // with its colon it fits a line
    const bool well = !text.empty() && text.size() <= most &&
                      std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f' && c != ':'; });
    if (!well) return refuse(text, "is no name of a header field");
    return {};
}

Expected<void> check_results_field(std::string_view text) {
    if (ascii::iequals(text, "Authentication-Results")) return {};
    if (const auto name = check_field_name(text); !name) return name;
    // Any other name means something to somebody, and ours of it would be removed on arrival.
    if (!ascii::istarts_with(text, "X-")) return refuse(text, "must be Authentication-Results or begin with X-");
    for (const std::string_view taken : {policy::unchecked_field, policy::junk_field, policy::suggestion_field,
                                         policy::sender_field, policy::id_field})
        if (ascii::iequals(text, taken)) return refuse(text, "is a field of Bonafide's that says something else");
    return {};
}

Expected<void> check_word(std::string_view text) {
    if (!is_word(text)) return refuse(text, "is empty or holds blanks or control characters");
    return {};
}

Expected<void> check_not_empty(std::string_view text) {
    if (ascii::trim(text).empty()) return failure("may not be empty");
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

Expected<void> check_ledger_path(std::string_view text) {
    if (text.empty() || text == "auto" || text.starts_with('/')) return {};
    return refuse(text, "is not \"auto\", an absolute path or empty");
}

Expected<void> check_weight(std::string_view text) { return verdict::Weights{}.assign(text); }

Expected<void> check_threshold(std::string_view text) { return verdict::Thresholds{}.assign(text); }

Expected<void> check_reply(std::string_view text, policy::Reply::Class wanted, policy::Level known_at,
                           std::span<const policy::Field> own) {
    const auto reply = policy::Reply::parse(text, wanted, known_at, own);
    if (!reply) return std::unexpected(reply.error());
    if (reply->closes_connection())
        return refuse(text, fmt::format("closes the connection; {} does not",
                                        wanted == policy::Reply::Class::permanent ? "550" : "451"));
    return {};
}

Expected<void> check_domain_entry(std::string_view text) {
    const std::string_view name = text.starts_with('.') ? text.substr(1) : text;
    if (name.contains('@') || name.contains('/') || ip::Prefix::parse(name) || !dns::to_ascii(name) ||
        dns::normalize(name).empty())
        return refuse(text, "is no domain (\"example.com\", or \".example.com\" for all below it)");
    return {};
}

Expected<void> check_sender_entry(std::string_view text) {
    const std::size_t at = text.rfind('@');
    if (at == std::string_view::npos) return check_domain_entry(text);
    if (at == 0 || !is_word(text) || text[at + 1 < text.size() ? at + 1 : at] == '.' ||
        !check_domain_entry(text.substr(at + 1)))
        return refuse(text, "is no address (\"ann@example.com\") and no domain");
    return {};
}

Expected<void> check_recipient_entry(std::string_view text) {
    if (text.size() > 1 && text.ends_with('@') && is_word(text) && !text.substr(0, text.size() - 1).contains('@'))
        return {};
    return check_sender_entry(text);
}

Expected<void> check_smtp_server_or_empty(std::string_view text) {
    if (text.empty()) return {};
    const auto server = ip::Endpoint::parse(text);
    if (server && server->port != 0) return {};
    return refuse(text, "is not \"IP:PORT\" or \"[IPv6]:PORT\" with a port from 1 to 65535");
}

Expected<void> check_notice_sender_or_empty(std::string_view text) {
    if (text.empty() || policy::is_notice_address(text)) return {};
    return refuse(text, "is no plain address (\"bonafide@example.com\")");
}

} // namespace bonafide::engine
