#include "authres/grammar.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::authres {
namespace {

constexpr const char* section = "RFC 8601 2.2";

/// domain-name of RFC 6376 3.5 after the "@"; single labels ("localhost") and final dots are written too.
Expected<std::string_view> read_domain(mail::Lexer& lexer) {
    const auto fits = [](char c) { return is_keyword_char(c) || c == '.' || static_cast<unsigned char>(c) >= 0x80; };
    const std::string_view domain = lexer.take_while(fits);
    if (domain.empty()) return lexer.error("no domain after \"@\"", section);
    return domain;
}

} // namespace

Expected<std::string> read_keyword(mail::Lexer& lexer) {
    const std::string_view word = lexer.take_while(is_keyword_char);
    if (word.empty() || !ascii::is_alnum(word.back()))
        return lexer.error("a word of letters, digits and hyphens must stand here", section);
    return ascii::lower(word);
}

Expected<std::string> read_value(mail::Lexer& lexer) {
    if (lexer.peek() == '"') return lexer.take_quoted();
    const std::string_view token = lexer.take_while(is_token_char);
    if (token.empty()) return lexer.error("a value must stand here", section);
    return std::string(token);
}

Expected<std::string> read_property_value(mail::Lexer& lexer) {
    const std::size_t begin = lexer.position();
    std::string unquoted;
    bool is_quoted = false;
    if (lexer.peek() == '"') {
        auto quoted = lexer.take_quoted();
        if (!quoted) return quoted;
        unquoted = std::move(*quoted);
        is_quoted = true;
    } else {
        lexer.take_while([](char c) { return is_token_char(c) || mail::is_atext(c); });
    }
    const std::string_view written = lexer.between(begin, lexer.position());

    mail::Lexer after = lexer; // CFWS may stand before the "@"; if there is none, it belongs to what follows
    if (auto skipped = after.skip_cfws(); !skipped) return std::unexpected(std::move(skipped.error()));
    if (after.take('@')) {
        if (!is_quoted && !written.empty() && !mail::is_dot_atom(written))
            return failure("not a local part before \"@\"", begin, section);
        lexer = after;
        const auto domain = read_domain(lexer);
        if (!domain) return std::unexpected(domain.error());
        return fmt::format("{}@{}", is_quoted ? mail::quote(unquoted) : written, *domain);
    }
    if (is_quoted) return unquoted;
    if (written.empty()) return lexer.error("a value must stand here", section);
    if (const auto bad = std::ranges::find_if_not(written, is_token_char); bad != written.end()) {
        const auto offset = static_cast<std::size_t>(bad - written.begin());
        return failure("a character that must be quoted", begin + offset, section);
    }
    return std::string(written);
}

} // namespace bonafide::authres
