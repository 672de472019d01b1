// No escaped text can end its line, comment or quoted-string; sizes hold.
#include "base/ascii.hpp"
#include "base/escape.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace ascii = bonafide::ascii;
namespace escape = bonafide::escape;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

bool is_printable(std::string_view text) { return std::all_of(text.begin(), text.end(), ascii::is_printable); }

/// Every one of `stops` is preceded by a backslash, and no backslash ends the text.
bool is_quoted(std::string_view text, std::string_view stops) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\') {
            if (++i == text.size()) return false;
        } else if (stops.contains(text[i])) {
            return false;
        }
    }
    return true;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t most = data[0];
    const std::string text(data + 1, data + size);

    const std::string line = escape::line(text, most);
    require(line.size() <= most + 3);
    require(std::none_of(line.begin(), line.end(),
                         [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }));
    require(escape::line(text, most * 4).starts_with(line.ends_with("...") ? line.substr(0, line.size() - 3) : line));

    const std::string comment = escape::header_comment(text, most);
    require(is_printable(comment) && is_quoted(comment, "()") && comment.size() <= 2 * most);

    const std::string value = escape::header_value(text, most);
    require(is_printable(value) && value.size() <= 2 * most + 2);
    if (value.starts_with('"')) {
        require(value.size() >= 2 && value.ends_with('"') &&
                is_quoted(std::string_view(value).substr(1, value.size() - 2), "\""));
    } else {
        require(value == text.substr(0, most) && !value.empty() &&
                value.find_first_of(" ;()<>,:\\\"[]") == std::string::npos);
    }
    require(is_printable(escape::smtp_text(text, most)));
    return 0;
}
