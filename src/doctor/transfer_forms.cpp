#include "doctor/transfer_forms.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"

#include <algorithm>

namespace bonafide::doctor {
namespace {

int hex_value(std::string_view text, std::size_t at) {
    if (at >= text.size() || !ascii::is_hex(text[at])) return -1;
    return ascii::is_digit(text[at]) ? text[at] - '0' : ascii::to_lower(text[at]) - 'a' + 10;
}

std::string decode_quoted_printable(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '=') {
            result += text[i];
            continue;
        }
        if (text.substr(i + 1, 2) == "\r\n") {
            i += 2;
            continue;
        }
        const int high = hex_value(text, i + 1), low = hex_value(text, i + 2);
        if (high < 0 || low < 0) {
            result += '=';
            continue;
        }
        result += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return result;
}

void append_escaped(std::string& out, char c) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    out += '=';
    out += digits[byte >> 4];
    out += digits[byte & 15];
}

/// One line, broken softly as late as it can be.
void append_quoted_line(std::string& out, std::string_view line, std::size_t columns) {
    std::size_t column = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const bool last = i + 1 == line.size();
        const bool plain = (ascii::is_printable(line[i]) && line[i] != '=' && line[i] != ' ') ||
                           (ascii::is_wsp(line[i]) && !last); // RFC 2045 6.7 (3): none at the end of a line
        const std::size_t width = plain ? 1 : 3;
        if (column + width > columns - (last ? 0 : 1)) {
            out += "=\r\n";
            column = 0;
        }
        if (plain)
            out += line[i];
        else
            append_escaped(out, line[i]);
        column += width;
    }
}

std::string encode_quoted_printable(std::string_view text, std::size_t columns) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    while (!text.empty()) {
        const std::size_t end = text.find("\r\n");
        append_quoted_line(out, text.substr(0, end), columns);
        if (end == std::string_view::npos) break;
        out += "\r\n";
        text.remove_prefix(end + 2);
    }
    return out;
}

std::string encode_base64(std::string_view text, std::size_t columns) {
    const std::string all = base64::encode({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    std::string out;
    out.reserve(all.size() + all.size() / columns * 2 + 2);
    for (std::size_t at = 0; at < all.size(); at += columns) out.append(all, at, columns).append("\r\n");
    return out;
}

} // namespace

Coding coding_of(std::string_view encoding) {
    encoding = ascii::trim(encoding);
    if (ascii::iequals(encoding, "base64")) return Coding::base64;
    return ascii::iequals(encoding, "quoted-printable") ? Coding::quoted_printable : Coding::identity;
}

std::optional<std::string> decode_transfer(Coding coding, std::string_view text) {
    if (coding == Coding::identity) return std::string(text);
    if (coding == Coding::quoted_printable) return decode_quoted_printable(text);
    const auto bytes = base64::decode(text);
    if (!bytes) return {};
    return std::string(bytes->begin(), bytes->end());
}

std::vector<TransferForm> transfer_forms(std::string_view like) {
    std::vector<TransferForm> forms{{"8bit", Coding::identity},
                                    {"7bit", Coding::identity},
                                    {"quoted-printable", Coding::quoted_printable, 76},
                                    {"base64", Coding::base64, 76},
                                    {"quoted-printable", Coding::quoted_printable, 75},
                                    {"quoted-printable", Coding::quoted_printable, 73},
                                    {"quoted-printable", Coding::quoted_printable, 72},
                                    {"base64", Coding::base64, 72},
                                    {"base64", Coding::base64, 64},
                                    {"base64", Coding::base64, 60}};
    const std::size_t line = std::min(like.find("\r\n"), like.size());
    if (line >= 4 && line % 4 == 0) {
        const TransferForm own{"base64", Coding::base64, line};
        if (std::ranges::find(forms, own) == forms.end()) forms.push_back(own);
    }
    return forms;
}

std::string encode_transfer(const TransferForm& form, std::string_view text) {
    switch (form.coding) {
    case Coding::identity: return std::string(text);
    case Coding::quoted_printable: return encode_quoted_printable(text, form.columns);
    case Coding::base64: return encode_base64(text, form.columns);
    }
    return {};
}

std::string with_crlf(std::string_view text) {
    std::string result;
    result.reserve(text.size() + text.size() / 32);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) result += '\r';
        result += text[i];
    }
    return result;
}

} // namespace bonafide::doctor
