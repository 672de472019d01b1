#include "base/escape.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace bonafide::escape {
namespace {

/// Length of the valid UTF-8 sequence at the start of `text` (2..4), or 0.
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    const std::size_t length = lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0) != 0x80) return 0;
    if (lead == 0xc2 && byte(1) < 0xa0) return 0; // C1 control characters
    if (lead == 0xe0 && byte(1) < 0xa0) return 0; // overlong
    if (lead == 0xed && byte(1) > 0x9f) return 0; // surrogates
    if (lead == 0xf0 && byte(1) < 0x90) return 0;
    if (lead == 0xf4 && byte(1) > 0x8f) return 0;
    return length;
}

bool is_token(std::string_view text) {
    constexpr std::string_view tspecials = "()<>@,;:\\\"/[]?="; // RFC 2045 5.1
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return c > ' ' && c < 0x7f && !tspecials.contains(c);
    });
}

/// RFC 8601 2.2 pvalue: [ [local-part] "@" ] domain-name may stand bare.
bool is_bare_mailbox(std::string_view text) {
    const auto at = text.rfind('@');
    if (at == std::string_view::npos) return false;
    const auto atoms = [](std::string_view part) {
        constexpr std::string_view extra = "!#$%&'*+-/=?^_`{|}~.";
        return std::all_of(part.begin(), part.end(), [&](char c) { return ascii::is_alnum(c) || extra.contains(c); });
    };
    const std::string_view local = text.substr(0, at);
    const std::string_view domain = text.substr(at + 1);
    return !domain.empty() && atoms(local) && !local.starts_with('.') && !local.ends_with('.') &&
           std::all_of(domain.begin(), domain.end(), [](char c) { return ascii::is_alnum(c) || c == '-' || c == '.' || c == '_'; });
}

} // namespace

std::string line(std::string_view text, std::size_t most) {
    std::string result;
    for (std::size_t i = 0; i < text.size();) {
        if (result.size() >= most) return result + "...";
        const char c = text[i];
        if (c == '\\') {
            result += "\\\\";
        } else if (ascii::is_printable(c)) {
            result += c;
        } else if (const std::size_t length = utf8_length(text.substr(i)); length > 0) {
            result += text.substr(i, length);
            i += length;
            continue;
        } else {
            result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        }
        ++i;
    }
    return result;
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
