// The words of Authentication-Results (RFC 8601 2.2), shared by the reader and the writer so that both mean the same.
#pragma once

#include "base/error.hpp"
#include "mail/lexer.hpp"

#include <string>
#include <string_view>

namespace bonafide::authres {

/// RFC 2045 5.1 token; RFC 8601 2.2 takes quoted-string, and deployed fields the bare word too, with UTF-8 (RFC 6532).
constexpr bool is_token_char(char c) {
    constexpr std::string_view tspecials = "()<>@,;:\\\"/[]?=";
    return c > ' ' ? c < 0x7f && !tspecials.contains(c) : static_cast<unsigned char>(c) >= 0x80;
}

/// RFC 5321 4.1.2 Keyword. Deviates from RFC 8601 2.2: "_" too, which deployed results hold ("perm_fail").
constexpr bool is_keyword_char(char c) { return ascii::is_alnum(c) || c == '-' || c == '_'; }

/// method, result, ptype, property: in lower case.
Expected<std::string> read_keyword(mail::Lexer& lexer);

/// value: a token or a quoted-string, unquoted.
Expected<std::string> read_value(mail::Lexer& lexer);

/// pvalue without the CFWS around it: a value unquoted, or [[local-part] "@"] domain-name with the local part's quotes.
Expected<std::string> read_property_value(mail::Lexer& lexer);

} // namespace bonafide::authres
