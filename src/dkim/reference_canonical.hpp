// For tests and fuzzing only: body canonicalization written for clarity, as RFC 6376 3.4.3 and 3.4.4 read, on the whole text.
#pragma once

#include "base/ascii.hpp"
#include "dkim/canonical.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace bonafide::dkim {

inline std::string relaxed_line(std::string_view line) {
    std::string out;
    for (const char c : line) {
        if (!ascii::is_wsp(c)) {
            out += c;
        } else if (!out.ends_with(' ')) {
            out += ' ';
        }
    }
    if (out.ends_with(' ')) out.pop_back();
    return out;
}

inline std::string reference_canonical(std::string_view body, Canonicalization kind) {
    std::string out;
    while (!body.empty()) {
        const std::size_t end = std::min(body.find("\r\n"), body.size());
        const std::string_view line = body.substr(0, end);
        out += kind == Canonicalization::relaxed ? relaxed_line(line) : std::string(line);
        out += "\r\n";
        body.remove_prefix(std::min(end + 2, body.size()));
    }
    while (out.ends_with("\r\n\r\n")) out.resize(out.size() - 2);
    if (out == "\r\n" || out.empty()) out = kind == Canonicalization::simple ? "\r\n" : "";
    return out;
}

} // namespace bonafide::dkim
