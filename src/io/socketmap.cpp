#include "io/socketmap.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::io::socketmap {
namespace {

constexpr std::size_t most_digits = 4; // of most_map_request_bytes

std::string netstring(std::string_view text) { return fmt::format("{}:{},", text.size(), text); }

std::string_view word(MapAnswer::Kind kind) {
    switch (kind) {
    case MapAnswer::Kind::found: return "OK";
    case MapAnswer::Kind::not_found: return "NOTFOUND";
    case MapAnswer::Kind::temporary: return "TEMP";
    case MapAnswer::Kind::permanent: return "PERM";
    }
    return "TEMP";
}

} // namespace

Expected<MapCut> cut(std::string_view bytes) {
    const std::size_t colon = bytes.substr(0, most_digits + 1).find(':');
    const std::string_view digits = bytes.substr(0, std::min(colon, most_digits + 1));
    const auto length = ascii::parse_decimal(digits);
    if ((!digits.empty() && !length) || (digits.size() > 1 && digits[0] == '0') || colon == 0)
        return failure("no netstring", 0);
    if (digits.size() > most_digits) return failure("request too long", 0);
    if (colon == std::string_view::npos) return MapCut{};
    const std::size_t whole = colon + 1 + static_cast<std::size_t>(*length) + 1;
    if (whole > most_map_request_bytes) return failure("request too long", 0);
    if (bytes.size() < whole) return MapCut{};
    if (bytes[whole - 1] != ',') return failure("netstring without its comma", whole - 1);
    const std::string_view text = bytes.substr(colon + 1, static_cast<std::size_t>(*length));
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return failure("request without a key", colon + 1);
    return MapCut{whole, {std::string(text.substr(0, space)), std::string(text.substr(space + 1))}};
}

std::string write(const MapAnswer& answer) { return netstring(fmt::format("{} {}", word(answer.kind), answer.text)); }
std::string write(const MapRequest& request) { return netstring(fmt::format("{} {}", request.map, request.key)); }

} // namespace bonafide::io::socketmap
