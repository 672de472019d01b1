#include "doctor/charsets.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <span>

namespace bonafide::doctor {
namespace {

struct Place {
    std::uint8_t byte;
    char32_t character;
};
// Where a set differs from ISO 8859-1, whose bytes are the first 256 characters of Unicode.
constexpr std::array windows_1252{Place{0x80, 0x20AC}, Place{0x82, 0x201A}, Place{0x83, 0x0192}, Place{0x84, 0x201E},
                                  Place{0x85, 0x2026}, Place{0x86, 0x2020}, Place{0x87, 0x2021}, Place{0x88, 0x02C6},
                                  Place{0x89, 0x2030}, Place{0x8A, 0x0160}, Place{0x8B, 0x2039}, Place{0x8C, 0x0152},
                                  Place{0x8E, 0x017D}, Place{0x91, 0x2018}, Place{0x92, 0x2019}, Place{0x93, 0x201C},
                                  Place{0x94, 0x201D}, Place{0x95, 0x2022}, Place{0x96, 0x2013}, Place{0x97, 0x2014},
                                  Place{0x98, 0x02DC}, Place{0x99, 0x2122}, Place{0x9A, 0x0161}, Place{0x9B, 0x203A},
                                  Place{0x9C, 0x0153}, Place{0x9E, 0x017E}, Place{0x9F, 0x0178}};
constexpr std::array iso_8859_15{Place{0xA4, 0x20AC}, Place{0xA6, 0x0160}, Place{0xA8, 0x0161}, Place{0xB4, 0x017D},
                                 Place{0xB8, 0x017E}, Place{0xBC, 0x0152}, Place{0xBD, 0x0153}, Place{0xBE, 0x0178}};

std::span<const Place> places_of(std::string_view set) {
    if (set == "windows-1252") return windows_1252;
    if (set == "iso-8859-15") return iso_8859_15;
    return {};
}

/// Bytes 0x80 to 0x9F are control characters in ISO 8859; no mail holds them.
bool is_own(std::uint8_t byte, std::span<const Place> places) {
    return byte < 0x80 || (byte >= 0xA0 && std::ranges::find(places, byte, &Place::byte) == places.end());
}

void append_utf8(std::string& out, char32_t c) {
    const auto put = [&](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (c < 0x80) return put(c);
    if (c < 0x800) {
        put(0xC0 | (c >> 6));
    } else {
        put(0xE0 | (c >> 12));
        put(0x80 | ((c >> 6) & 0x3F));
    }
    put(0x80 | (c & 0x3F));
}

/// Of one sequence that is known to be sound; those of four bytes are in no set.
char32_t character_of(std::string_view sequence) {
    const auto byte = [&](std::size_t at) { return static_cast<char32_t>(static_cast<unsigned char>(sequence[at])); };
    if (sequence.size() == 1) return byte(0);
    if (sequence.size() == 2) return ((byte(0) & 0x1F) << 6) | (byte(1) & 0x3F);
    return ((byte(0) & 0x0F) << 12) | ((byte(1) & 0x3F) << 6) | (byte(2) & 0x3F);
}

} // namespace

std::optional<std::string> to_utf8(std::string_view bytes, std::string_view set) {
    const std::span<const Place> places = places_of(set);
    std::string text;
    text.reserve(bytes.size() + bytes.size() / 16);
    for (const char c : bytes) {
        const auto byte = static_cast<std::uint8_t>(c);
        if (byte < 0x80) {
            text += c;
            continue;
        }
        const auto place = std::ranges::find(places, byte, &Place::byte);
        if (place != places.end())
            append_utf8(text, place->character);
        else if (is_own(byte, places))
            append_utf8(text, byte);
        else
            return {};
    }
    return text;
}

std::optional<std::string> from_utf8(std::string_view text, std::string_view set) {
    const std::span<const Place> places = places_of(set);
    std::string bytes;
    bytes.reserve(text.size());
    while (!text.empty()) {
        if (static_cast<unsigned char>(text.front()) < 0x80) {
            bytes += text.front();
            text.remove_prefix(1);
            continue;
        }
        const std::size_t length = utf8::sequence_length(text);
        if (length == 0 || length > 3) return {};
        const char32_t character = character_of(text.substr(0, length));
        const auto place = std::ranges::find(places, character, &Place::character);
        if (place != places.end())
            bytes += static_cast<char>(place->byte);
        else if (character < 0x100 && is_own(static_cast<std::uint8_t>(character), places))
            bytes += static_cast<char>(static_cast<unsigned char>(character));
        else
            return {};
        text.remove_prefix(length);
    }
    return bytes;
}

bool is_8bit(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

} // namespace bonafide::doctor
