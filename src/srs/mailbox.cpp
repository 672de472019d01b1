#include "srs/mailbox.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "mail/address.hpp"

#include <algorithm>

namespace bonafide::srs {
namespace {

constexpr std::size_t most_domain_octets = 255; // RFC 5321 4.5.3.1.2

bool is_utf8_text(std::string_view text) {
    while (!text.empty()) {
        const auto first = static_cast<unsigned char>(text[0]);
        const std::size_t length = utf8::sequence_length(text);
        if (length == 0 || first < ' ' || first == 0x7f) return false;
        text.remove_prefix(length);
    }
    return true;
}

// RFC 5322 3.2.3 atext; RFC 6531 3.3 adds all UTF-8 beyond ASCII.
bool is_atext(char c) {
    constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~";
    return ascii::is_alnum(c) || others.contains(c) || static_cast<unsigned char>(c) >= 0x80;
}

bool is_dot_string(std::string_view text) {
    return !text.empty() && text.front() != '.' && text.back() != '.' && !text.contains("..") &&
           std::ranges::all_of(text, [](char c) { return c == '.' || is_atext(c); });
}

/// The content of a Quoted-string, or of what stands bare.
std::optional<std::string> unquote(std::string_view text) {
    if (!text.starts_with('"')) {
        if (text.find_first_of("\"\\<>") != std::string_view::npos) return {};
        return std::string(text);
    }
    if (text.size() < 2 || text.back() != '"') return {};
    text = text.substr(1, text.size() - 2);
    std::string content;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') return {};
        if (text[i] == '\\') ++i;
        if (i == text.size()) return {};
        content += text[i];
    }
    return content;
}

} // namespace

bool is_domain(std::string_view text) {
    if (text.empty() || text.size() > most_domain_octets || !is_utf8_text(text)) return false;
    if (text.starts_with('['))
        return text.size() > 2 && text.ends_with(']') &&
               std::ranges::all_of(text.substr(1, text.size() - 2),
                                   [](char c) { return ascii::is_alnum(c) || c == '.' || c == ':' || c == '-'; });
    const auto fits = [](char c) {
        return ascii::is_alnum(c) || c == '.' || c == '-' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
    };
    return text.front() != '.' && !text.contains("..") && std::ranges::all_of(text, fits);
}

std::optional<Mailbox> read_mailbox(std::string_view address) {
    if (address.size() > most_address_octets || !is_utf8_text(address)) return {};
    const mail::Path path = mail::parse_path(address);
    auto local_part = unquote(path.local_part);
    if (!local_part || local_part->empty() || !is_domain(path.domain)) return {};
    return Mailbox{*std::move(local_part), path.domain};
}

std::string local_part_text(std::string_view local_part) {
    if (is_dot_string(local_part)) return std::string(local_part);
    std::string text = "\"";
    for (const char c : local_part) {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
    }
    return text + '"';
}

std::string to_text(const Mailbox& mailbox) { return local_part_text(mailbox.local_part) + "@" + mailbox.domain; }

} // namespace bonafide::srs
