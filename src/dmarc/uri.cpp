// Report addresses of rua and ruf (RFC 9989 4.6, 4.8: dmarc-urilist). Syntax only: whether somebody accepts reports there is for the
// report sender to find out (RFC 9990 3). Percent-encoding is checked and left as it stands.
#include "base/ascii.hpp"
#include "dmarc/reading.hpp"

#include <algorithm>

namespace bonafide::dmarc {
namespace {

/// RFC 3986 2: unreserved and reserved characters but ',' and '!', which a DMARC URI has to encode (RFC 9989 4.8).
bool is_uri_character(char c) {
    constexpr std::string_view marks = "-._~:/?#[]@$&'()*+;=";
    return ascii::is_alnum(c) || marks.contains(c);
}

bool is_uri_text(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            if (i + 2 >= text.size() || !ascii::is_hex(text[i + 1]) || !ascii::is_hex(text[i + 2])) return false;
            i += 2;
        } else if (!is_uri_character(text[i])) {
            return false;
        }
    }
    return std::count(text.begin(), text.end(), '#') <= 1; // only a fragment has one
}

/// RFC 3986 3.1.
bool is_scheme(std::string_view text) {
    return !text.empty() && ascii::is_alpha(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
        return ascii::is_alnum(c) || c == '+' || c == '-' || c == '.';
    });
}

bool is_mail_address(std::string_view text) {
    const std::string_view address = text.substr(0, text.find('?')); // RFC 6068: header fields may follow
    const auto at = address.rfind('@');
    return at != std::string_view::npos && at > 0 && at + 1 < address.size();
}

/// RFC 9989 4.8 obs-dmarc-report-size: "!" 1*DIGIT [ "k" / "m" / "g" / "t" ], to be ignored.
std::string_view without_size(std::string_view uri) {
    const auto mark = uri.rfind('!');
    if (mark == std::string_view::npos) return uri;
    std::string_view size = uri.substr(mark + 1);
    if (!size.empty() && std::string_view("kmgt").contains(ascii::to_lower(size.back()))) size.remove_suffix(1);
    const bool digits = !size.empty() && std::all_of(size.begin(), size.end(), ascii::is_digit);
    return digits ? uri.substr(0, mark) : uri;
}

} // namespace

bool is_reporting_uri(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || !is_scheme(text.substr(0, colon))) return false;
    const std::string_view scheme = text.substr(0, colon);
    const std::string_view rest = text.substr(colon + 1);
    if (rest.empty() || !is_uri_text(rest)) return false;
    if (ascii::iequals(scheme, "mailto")) return is_mail_address(rest);
    if (ascii::iequals(scheme, "https") || ascii::iequals(scheme, "http"))
        return rest.starts_with("//") && rest.size() > 2 && rest[2] != '/';
    return true; // "Any valid URI can be specified" (4.7)
}

std::vector<std::string> read_uris(std::string_view list, const Limits& limits) {
    std::vector<std::string> uris;
    for (;;) {
        const auto comma = list.find(',');
        const std::string_view uri = without_size(ascii::trim(list.substr(0, comma)));
        if (uris.size() >= limits.dmarc_uris) return uris;
        if (is_reporting_uri(uri)) uris.emplace_back(uri);
        if (comma == std::string_view::npos) return uris;
        list.remove_prefix(comma + 1);
    }
}

} // namespace bonafide::dmarc
