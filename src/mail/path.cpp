// SMTP paths (RFC 5321 4.1.2), as an MTA hands them on; declared in address.hpp.
#include "base/ascii.hpp"
#include "mail/address.hpp"

namespace bonafide::mail {
namespace {

/// Position of the last `wanted` outside a quoted string; npos when there is none. An unclosed quote hides nothing: then the last of all.
std::size_t find_last_unquoted(std::string_view text, char wanted) {
    std::size_t found = std::string_view::npos;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\')
            ++i;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && text[i] == wanted)
            found = i;
    }
    return quoted ? text.rfind(wanted) : found;
}

/// Without "@relay.example,@other.example:" (RFC 5321 4.1.2 A-d-l; appendix C: to be ignored).
std::string_view without_route(std::string_view path) {
    if (!path.starts_with('@')) return path;
    std::size_t end = 0;
    bool bracketed = false; // "@[IPv6:2001:db8::1]:" has colons of its own
    for (; end < path.size() && (bracketed || path[end] != ':'); ++end)
        bracketed = path[end] == '[' || (bracketed && path[end] != ']');
    return end < path.size() ? path.substr(end + 1) : path;
}

} // namespace

Path parse_path(std::string_view path) {
    path = ascii::trim(path);
    if (path.starts_with('<')) path.remove_prefix(1);
    if (path.ends_with('>')) path.remove_suffix(1);
    path = without_route(ascii::trim(path));
    const auto at = find_last_unquoted(path, '@');
    if (at == std::string_view::npos) return {.local_part = std::string(path), .domain = {}};
    return {.local_part = std::string(path.substr(0, at)), .domain = std::string(path.substr(at + 1))};
}

} // namespace bonafide::mail
