#include "base/escape.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::escape {
namespace {

/// U+200E, U+200F, U+2028..U+202E, U+2066..U+2069 and U+FEFF in UTF-8: text that holds them can look like other text.
bool is_deceptive(std::string_view character) {
    if (character == "\xef\xbb\xbf") return true;
    if (character.size() != 3 || character[0] != '\xe2') return false;
    const auto second = static_cast<unsigned char>(character[1]);
    const auto third = static_cast<unsigned char>(character[2]);
    if (second == 0x81) return third >= 0xa6 && third <= 0xa9;
    return second == 0x80 && (third == 0x8e || third == 0x8f || (third >= 0xa8 && third <= 0xae));
}

/// Length of the printable character beyond ASCII at the start of `text` (2..4), or 0.
std::size_t printable_length(std::string_view text) {
    const std::size_t length = utf8::sequence_length(text);
    if (length < 2) return 0;
    const bool control = text[0] == '\xc2' && static_cast<unsigned char>(text[1]) < 0xa0; // C1
    return control || is_deceptive(text.substr(0, length)) ? 0 : length;
}

bool is_token(std::string_view text) {
    constexpr std::string_view tspecials = "()<>@,;:\\\"/[]?="; // RFC 2045 5.1
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [&](char c) { return c > ' ' && c < 0x7f && !tspecials.contains(c); });
}

/// RFC 5322 3.2.3 dot-atom-text.
bool is_dot_atom(std::string_view text) {
    constexpr std::string_view extra = "!#$%&'*+-/=?^_`{|}~.";
    return !text.empty() && !text.starts_with('.') && !text.ends_with('.') && !text.contains("..") &&
           std::all_of(text.begin(), text.end(), [&](char c) { return ascii::is_alnum(c) || extra.contains(c); });
}

/// RFC 6376 3.5 domain-name (RFC 5321 sub-domains).
bool is_domain_name(std::string_view text) {
    char before = '.';
    for (const char c : text) {
        if (!ascii::is_alnum(c) && c != '-' && c != '.') return false;
        if (before == '.' && !ascii::is_alnum(c)) return false;
        if (before == '-' && c == '.') return false;
        before = c;
    }
    return ascii::is_alnum(before);
}

/// RFC 8601 2.2 pvalue: [ [ local-part ] "@" ] domain-name may stand bare.
bool is_bare_mailbox(std::string_view text) {
    const auto at = text.rfind('@');
    if (at == std::string_view::npos) return false;
    const std::string_view local = text.substr(0, at);
    return (local.empty() || is_dot_atom(local)) && is_domain_name(text.substr(at + 1));
}

} // namespace

std::string line(std::string_view text, std::size_t most) {
    std::string result;
    for (std::size_t i = 0; i < text.size();) {
        std::string piece(1, text[i]);
        std::size_t length = 1;
        if (text[i] == '\\') {
            piece = "\\\\";
        } else if (!ascii::is_printable(text[i])) {
            length = printable_length(text.substr(i));
            piece = length > 0 ? text.substr(i, length) : fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
            length = std::max<std::size_t>(length, 1);
        }
        if (result.size() + piece.size() > most) return result + "...";
        result += piece;
        i += length;
    }
    return result;
}

std::string shortened(std::string_view text, std::size_t most) {
    if (text.size() <= most) return std::string(text);
    constexpr std::size_t longest_tail = 3; // bytes of a UTF-8 character after its first
    std::size_t end = most;
    while (end > 0 && most - end < longest_tail && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return std::string(text.substr(0, end)) + "...";
}

std::string header_comment(std::string_view text, std::size_t most) {
    std::string result;
    for (const char c : text.substr(0, most)) {
        if (c == '(' || c == ')' || c == '\\') result += '\\';
        result += ascii::is_printable(c) ? c : '?';
    }
    return result;
}

std::string header_value(std::string_view text, std::size_t most) {
    text = text.substr(0, most);
    if (is_token(text) || is_bare_mailbox(text)) return std::string(text);
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += ascii::is_printable(c) ? c : '?';
    }
    return result + '"';
}

std::string smtp_text(std::string_view text, std::size_t most) {
    std::string result(text.substr(0, most));
    for (char& c : result)
        if (!ascii::is_printable(c)) c = '?';
    return result;
}

} // namespace bonafide::escape
