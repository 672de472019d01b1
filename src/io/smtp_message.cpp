#include "io/smtp_message.hpp"

#include <algorithm>

namespace bonafide::io::smtp {
namespace {

/// The first line of `rest`, taken off with its line end.
std::string_view take_line(std::string_view& rest) {
    const std::size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end);
    if (rest.starts_with("\r\n"))
        rest.remove_prefix(2);
    else if (!rest.empty())
        rest.remove_prefix(1);
    return line;
}

} // namespace

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

Needs needs_of(std::string_view message) {
    Needs needs;
    for (bool in_header = true; !message.empty();) {
        const std::string_view line = take_line(message);
        needs.longest_line = std::max(needs.longest_line, line.size());
        in_header = in_header && !line.empty();
        if (!is_ascii(line)) (in_header ? needs.utf8_header : needs.eight_bit) = true;
    }
    return needs;
}

std::string on_wire(std::string_view message) {
    std::string text;
    text.reserve(message.size() + message.size() / 32 + 16);
    while (!message.empty()) {
        const std::string_view line = take_line(message);
        if (line.starts_with('.')) text += '.';
        (text += line) += "\r\n";
    }
    return text + ".\r\n";
}

bool is_path(std::string_view address) {
    constexpr std::size_t most_bytes = 254; // RFC 5321 4.5.3.1.3, without the brackets
    const std::size_t at = address.rfind('@');
    return at != std::string_view::npos && at > 0 && at + 1 < address.size() && address.size() <= most_bytes &&
           std::ranges::none_of(address, [](char c) {
               const auto byte = static_cast<unsigned char>(c);
               return byte <= ' ' || byte == 0x7f || c == '<' || c == '>';
           });
}

} // namespace bonafide::io::smtp
