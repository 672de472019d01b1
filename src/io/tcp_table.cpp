#include "io/tcp_table.hpp"

#include "base/ascii.hpp"

#include <charconv>
#include <fmt/format.h>

namespace bonafide::io::tcp_table {
namespace {

std::string_view code(MapAnswer::Kind kind) {
    switch (kind) {
    case MapAnswer::Kind::found: return "200";
    case MapAnswer::Kind::not_found: return "500";
    case MapAnswer::Kind::temporary:
    case MapAnswer::Kind::permanent: return "400";
    }
    return "400";
}

} // namespace

std::string encode(std::string_view text) {
    std::string encoded;
    for (const char c : text)
        if (ascii::is_printable(c) && c != ' ' && c != '%')
            encoded += c;
        else
            encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    return encoded;
}

std::optional<std::string> decode(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        if (text.size() - i < 3 || !ascii::is_hex(text[i + 1]) || !ascii::is_hex(text[i + 2])) return {};
        unsigned value = 0;
        constexpr int hexadecimal = 16;
        std::from_chars(text.data() + i + 1, text.data() + i + 3, value, hexadecimal);
        decoded += static_cast<char>(value);
        i += 2;
    }
    return decoded;
}

Expected<MapCut> cut(std::string_view bytes) {
    const std::size_t end = bytes.substr(0, most_map_request_bytes).find('\n');
    if (end == std::string_view::npos) {
        if (bytes.size() >= most_map_request_bytes) return failure("request too long", 0);
        return MapCut{};
    }
    std::string_view line = bytes.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1); // who tries it with telnet
    if (!ascii::istarts_with(line, "get ")) return failure("only \"get KEY\" is answered", 0);
    auto key = decode(line.substr(4));
    if (!key) return failure("a percent sign without two hexadecimal digits", 4);
    return MapCut{end + 1, {{}, *std::move(key)}};
}

std::string write(const MapAnswer& answer) { return fmt::format("{} {}\n", code(answer.kind), encode(answer.text)); }

} // namespace bonafide::io::tcp_table
