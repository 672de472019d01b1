#include "base/latin1.hpp"

namespace bonafide::latin1 {

std::string to_utf8(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            text += c;
        } else {
            text += static_cast<char>(0xc0U | byte >> 6);
            text += static_cast<char>(0x80U | (byte & 0x3fU));
        }
    }
    return text;
}

std::optional<std::string> to_bytes(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto lead = static_cast<unsigned char>(text[i]);
        if (lead < 0x80) {
            bytes += text[i];
        } else if ((lead == 0xc2 || lead == 0xc3) && i + 1 < text.size()) { // U+0080..U+00FF
            const auto next = static_cast<unsigned char>(text[++i]);
            bytes += static_cast<char>(static_cast<unsigned char>((lead & 3U) << 6 | (next & 0x3fU)));
        } else {
            return {};
        }
    }
    return bytes;
}

} // namespace bonafide::latin1
