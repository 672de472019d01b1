#include "mail/received.hpp"

#include "base/ascii.hpp"
#include "base/endpoint.hpp"
#include "mail/address.hpp"
#include "mail/lexer.hpp"

#include <algorithm>
#include <ranges>
#include <string_view>

namespace bonafide::mail {
namespace {

/// The from-clause of one Received field as its MTA wrote it.
struct FromClause {
    std::string_view name;                  ///< the word after "from"
    std::vector<std::string_view> comments; ///< contents of the comments up to "by"
};

constexpr std::size_t most_comments = 16; // Postfix writes four

/// "from" name CFWS (RFC 5321 4.4 From-domain); nothing when the field does not begin with "from". One that does is always the
/// MTA's word on the client: where it cannot be read, the client is unknown, and no field below takes its place.
std::optional<FromClause> read_from_clause(std::string_view value) {
    const auto is_word = [](char c) { return !ascii::is_space(c) && c != '(' && c != ';'; };
    Lexer lexer(ascii::trim(value), Limits{}.comment_depth);
    if (!lexer.skip_cfws() || !ascii::iequals(lexer.take_while(is_word), "from")) return {};
    FromClause clause;
    if (!lexer.skip_cfws()) return clause;
    clause.name = lexer.take_while(is_word);
    while (clause.comments.size() < most_comments) {
        lexer.take_while(ascii::is_space);
        if (lexer.peek() == '(') {
            const auto comment = lexer.take_comment();
            if (!comment) break;
            clause.comments.push_back(ascii::trim(*comment));
            continue;
        }
        // Words of a HELO of several words must not hide the comment that the MTA wrote behind them.
        const auto word = lexer.take_while(is_word);
        if (word.empty() || ascii::iequals(word, "by")) break;
    }
    return clause;
}

/// The address in "[192.0.2.1]", "[IPv6:2001:db8::1]" (RFC 5321 4.1.3) and, as some write it, "[2001:db8::1]"; `text` begins with "[".
std::optional<ip::Address> read_literal(std::string_view text) {
    const auto end = text.find(']');
    if (!text.starts_with('[') || end == std::string_view::npos) return {};
    text = text.substr(1, end - 1);
    if (ascii::istarts_with(text, "IPv6:")) text.remove_prefix(5);
    return ip::Address::parse(text);
}

/// The first address literal that begins a word of the comment: "host [192.0.2.1]" but not "helo=[192.0.2.1]", nor inside quotes
/// as in the name of a client certificate.
std::optional<ip::Address> find_literal(std::string_view comment) {
    bool quoted = false;
    for (std::size_t i = 0; i < comment.size(); ++i) {
        if (comment[i] == '"') quoted = !quoted;
        const bool begins_word = i == 0 || ascii::is_space(comment[i - 1]);
        if (comment[i] != '[' || quoted || !begins_word) continue;
        if (const auto address = read_literal(comment.substr(i))) return address;
    }
    return {};
}

/// Exchange writes "(192.0.2.1)" and qmail "(192.0.2.1)" or "(ident@192.0.2.1)".
std::optional<ip::Address> read_bare_address(std::string_view comment) {
    const auto at = comment.rfind('@');
    return ip::Address::parse(ascii::trim(at == std::string_view::npos ? comment : comment.substr(at + 1)));
}

/// The HELO name some MTAs put into a comment: Exim "helo=name", qmail "HELO name". Empty when there is none.
std::string_view find_helo(std::string_view comment) {
    const auto up_to_space = [](std::string_view text) { return text.substr(0, text.find_first_of(" \t\r\n")); };
    if (ascii::istarts_with(comment, "HELO ")) return up_to_space(comment.substr(5));
    for (std::size_t i = 0; i < comment.size(); ++i) {
        const bool begins_word = i == 0 || ascii::is_space(comment[i - 1]);
        if (begins_word && ascii::istarts_with(comment.substr(i), "helo=")) return up_to_space(comment.substr(i + 5));
    }
    return {};
}

/// The address in the last comment that holds one: a HELO of several words may look like a comment, and stands before it.
std::optional<ip::Address> find_client(const FromClause& clause) {
    for (const std::string_view comment : clause.comments | std::views::reverse) {
        if (const auto address = find_literal(comment)) return address;
        if (const auto address = read_bare_address(comment)) return address;
    }
    return read_literal(clause.name); // Exim: "from [192.0.2.1] (helo=name)"
}

std::string_view find_helo(const FromClause& clause) {
    for (const std::string_view comment : clause.comments)
        if (const auto helo = find_helo(comment); !helo.empty()) return helo;
    return clause.name;
}

/// "" for "<>".
std::string read_return_path(std::string_view value) {
    value = ascii::trim(value);
    if (const auto close = value.rfind('>'); value.starts_with('<') && close != std::string_view::npos)
        value = value.substr(0, close + 1);
    const Path path = parse_path(value);
    return path.domain.empty() ? path.local_part : path.local_part + '@' + path.domain;
}

bool is_any_of(const ip::Address& address, std::span<const ip::Prefix> networks) {
    return std::ranges::any_of(networks, [&](const ip::Prefix& network) { return network.contains(address); });
}

} // namespace

StoredEnvelope read_stored_envelope(const HeaderBlock& header) {
    StoredEnvelope envelope;
    for (const std::size_t index : header.find_all("Received")) {
        // A field without a from-clause tells of a hand-over inside the receiving system.
        const auto clause = read_from_clause(header[index].value);
        if (!clause) continue;
        if (++envelope.fields_read > most_relays) break;
        envelope.client = find_client(*clause);
        envelope.helo = find_helo(*clause);
        // A filter or local delivery that took the message over loopback is the receiving system itself: who sent it stands below.
        if (!envelope.client || !ip::is_loopback(*envelope.client)) break;
        envelope.client.reset();
    }
    if (const auto found = header.find_all("Return-Path"); !found.empty()) {
        const std::string value = unfold(header[found.front()].value);
        envelope.mail_from = read_return_path(value);
    }
    return envelope;
}

Sender find_original_client(const HeaderBlock& header, Sender direct, std::span<const ip::Prefix> relays,
                            std::uint32_t already_read) {
    if (!direct.client || !is_any_of(*direct.client, relays)) return direct;
    Sender at = std::move(direct);
    std::uint32_t read = 0;
    for (const std::size_t index : header.find_all("Received")) {
        const auto clause = read_from_clause(header[index].value);
        if (!clause || read++ < already_read) continue;
        if (++at.relays > most_relays) break;
        at.client = find_client(*clause);
        at.helo = find_helo(*clause);
        if (!at.client || !(ip::is_loopback(*at.client) || is_any_of(*at.client, relays))) return at;
    }
    return {std::nullopt, {}, at.relays};
}

} // namespace bonafide::mail
