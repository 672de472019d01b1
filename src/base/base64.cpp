#include "base/base64.hpp"

#include "base/ascii.hpp"

#include <array>

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

void append_group(Bytes& bytes, std::uint32_t group) {
    bytes.push_back(static_cast<std::uint8_t>(group >> 16));
    bytes.push_back(static_cast<std::uint8_t>(group >> 8));
    bytes.push_back(static_cast<std::uint8_t>(group));
}

/// The common case: whole groups of four without white space. Returns where they end.
std::size_t decode_groups(std::string_view text, std::size_t at, Bytes& bytes) {
    const auto digit = [&](std::size_t i) {
        return static_cast<std::uint32_t>(reverse[static_cast<unsigned char>(text[i])]);
    };
    for (; text.size() - at >= 4; at += 4) {
        const std::uint32_t a = digit(at);
        const std::uint32_t b = digit(at + 1);
        const std::uint32_t c = digit(at + 2);
        const std::uint32_t d = digit(at + 3);
        if ((a | b | c | d) == invalid) break; // no digit is above 63, so only an invalid one gives 0xff
        append_group(bytes, a << 18 | b << 12 | c << 6 | d);
    }
    return at;
}

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
        if (digits % 4 == 0 && padding == 0) {
            i = decode_groups(text, i, bytes);
            if (i == text.size()) break;
        }
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
            append_group(bytes, group);
            group = 0;
        }
    }
    const unsigned rest = digits % 4;
    if (rest == 1 || padding > 2 || (padding > 0 && rest == 0 && bytes.empty()))
        return failure("base64 text of impossible length", text.size());
    if (rest >= 2) bytes.push_back(static_cast<std::uint8_t>(group >> (rest == 2 ? 4 : 10)));
    if (rest == 3) bytes.push_back(static_cast<std::uint8_t>(group >> 2));
    return bytes;
}

} // namespace bonafide::base64
