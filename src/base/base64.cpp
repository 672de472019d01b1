#include "base/base64.hpp"

#include <array>

#include "base/ascii.hpp"

namespace bonafide::base64 {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t invalid = 0xff;

constexpr auto reverse = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(invalid);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return table;
}();

} // namespace

std::string encode(std::span<const std::uint8_t> bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t rest = bytes.size() - i;
        const std::uint32_t group = static_cast<std::uint32_t>(bytes[i]) << 16 |
                                    (rest > 1 ? static_cast<std::uint32_t>(bytes[i + 1]) << 8 : 0U) |
                                    (rest > 2 ? static_cast<std::uint32_t>(bytes[i + 2]) : 0U);
        text += alphabet[group >> 18];
        text += alphabet[group >> 12 & 63];
        text += rest > 1 ? alphabet[group >> 6 & 63] : '=';
        text += rest > 2 ? alphabet[group & 63] : '=';
    }
    return text;
}

Expected<Bytes> decode(std::string_view text) {
    Bytes bytes;
    bytes.reserve(text.size() / 4 * 3 + 3);
    std::uint32_t group = 0;
    unsigned digits = 0;
    unsigned padding = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (ascii::is_space(c)) continue;
        if (c == '=') {
            ++padding;
            continue;
        }
        const std::uint8_t value = reverse[static_cast<unsigned char>(c)];
        if (value == invalid) return failure("not a base64 character", i);
        if (padding > 0) return failure("base64 data after its padding", i);
        group = group << 6 | value;
        if (++digits % 4 == 0) {
            bytes.push_back(static_cast<std::uint8_t>(group >> 16));
            bytes.push_back(static_cast<std::uint8_t>(group >> 8));
            bytes.push_back(static_cast<std::uint8_t>(group));
            group = 0;
        }
    }
    const unsigned rest = digits % 4;
    if (rest == 1 || padding > 2) return failure("base64 text of impossible length", text.size());
    if (rest >= 2) bytes.push_back(static_cast<std::uint8_t>(group >> (rest == 2 ? 4 : 10)));
    if (rest == 3) bytes.push_back(static_cast<std::uint8_t>(group >> 2));
    return bytes;
}

} // namespace bonafide::base64
