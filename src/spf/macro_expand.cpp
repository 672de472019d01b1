// Macro expansion (RFC 7208 7.2, 7.3).
#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "spf/macro.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

namespace bonafide::spf {
namespace {

std::string upper(std::string text) {
    for (char& c : text) c = ascii::to_upper(c);
    return text;
}

constexpr std::size_t most_name_bytes = 253; // RFC 7208 7.3

/// RFC 7208 7.3: what %{p} says without a validated name, and %{r} without a host name of ours.
std::string_view or_unknown(std::string_view text) { return text.empty() ? "unknown" : text; }

/// The end of a value that came from the SMTP session.
std::string_view bounded(std::string_view text) {
    return text.size() <= most_macro_value_bytes ? text : text.substr(text.size() - most_macro_value_bytes);
}

/// RFC 7208 7.2.
std::string value_of(char letter, const MacroValues& values) {
    switch (letter) {
    case 's': return fmt::format("{}@{}", bounded(values.local_part), values.sender_domain);
    case 'l': return std::string(bounded(values.local_part));
    case 'o': return std::string(values.sender_domain);
    case 'd': return std::string(values.domain);
    case 'i': return upper(values.client.dotted()); // the case of nibbles is free; the openspf suite expects upper
    case 'p': return std::string(or_unknown(values.validated_name));
    case 'v': return values.client.is_v4() ? "in-addr" : "ip6";
    case 'h': return std::string(bounded(values.helo));
    case 'c': return values.client.text();
    case 'r': return std::string(or_unknown(values.receiver));
    case 't': return fmt::to_string(values.now);
    default: return {};
    }
}

/// RFC 7208 7.3: split on every delimiter (empty parts stay), reverse, keep right-hand parts, join with dots.
std::string transformed(const std::string& value, const MacroPiece& piece) {
    if (piece.keep == 0 && !piece.reversed && piece.delimiters.empty()) return value;
    const std::string_view delimiters = piece.delimiters.empty() ? "." : std::string_view(piece.delimiters);
    std::vector<std::string_view> parts;
    const std::string_view view = value;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= view.size(); ++i) {
        if (i < view.size() && !delimiters.contains(view[i])) continue;
        parts.push_back(view.substr(begin, i - begin));
        begin = i + 1;
    }
    if (piece.reversed) std::reverse(parts.begin(), parts.end());
    const std::size_t drop = piece.keep != 0 && piece.keep < parts.size() ? parts.size() - piece.keep : 0;
    std::string result;
    result.reserve(value.size());
    for (std::size_t i = drop; i < parts.size(); ++i) {
        if (i > drop) result += '.';
        result += parts[i];
    }
    return result;
}

/// RFC 7208 7.3: upper-case letters escape all but RFC 3986 2.3 unreserved characters.
std::string url_escape(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (ascii::is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
            result += c;
        } else {
            result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return result;
}

std::string expand_piece(const MacroPiece& piece, const MacroValues& values) {
    if (piece.letter == 0) return piece.literal;
    std::string value = transformed(value_of(piece.letter, values), piece);
    return piece.url_escaped ? url_escape(value) : value;
}

} // namespace

std::string expand_name(const MacroString& macros, const MacroValues& values) {
    // From the right, and no further than the name can reach: what is cut off on the left need not be made. Two bytes more than
    // the longest name: one for a final dot, one to see that there was more.
    std::string name;
    for (auto piece = macros.pieces.rbegin(); piece != macros.pieces.rend() && name.size() < most_name_bytes + 2;
         ++piece)
        name.insert(0, expand_piece(*piece, values));
    name = dns::normalize(name);
    if (name.size() <= most_name_bytes) return name;
    // RFC 7208 7.3: labels on the left go, whole, until the rest fits.
    const std::size_t dot = name.find('.', name.size() - most_name_bytes - 1);
    return dot == std::string::npos ? std::string() : name.substr(dot + 1);
}

std::string expand_text(const MacroString& macros, const MacroValues& values, std::size_t most) {
    std::string text;
    for (const MacroPiece& piece : macros.pieces) {
        if (text.size() >= most) break;
        text += expand_piece(piece, values);
    }
    if (text.size() > most) text.resize(most);
    return text;
}

bool is_askable(std::string_view name) {
    // Non-ASCII and control bytes have no place in a name that mail could match (RFC 8616 4); spaces a record can make (%_).
    return dns::is_valid(name) && !name.ends_with('.') && std::all_of(name.begin(), name.end(), ascii::is_printable);
}

} // namespace bonafide::spf
