#include "verdict/json_text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace bonafide::verdict {
namespace {

/// The well-formed sequences by their first byte and the range of the second (Unicode 15, table 3-7); all further bytes are 80..BF.
struct Sequence {
    unsigned char first_least, first_most, second_least, second_most;
    std::size_t length;
};
constexpr std::array<Sequence, 8> sequences{{{0xc2, 0xdf, 0x80, 0xbf, 2},
                                             {0xe0, 0xe0, 0xa0, 0xbf, 3},
                                             {0xe1, 0xec, 0x80, 0xbf, 3},
                                             {0xed, 0xed, 0x80, 0x9f, 3},
                                             {0xee, 0xef, 0x80, 0xbf, 3},
                                             {0xf0, 0xf0, 0x90, 0xbf, 4},
                                             {0xf1, 0xf3, 0x80, 0xbf, 4},
                                             {0xf4, 0xf4, 0x80, 0x8f, 4}}};

/// Length of the character at the start of `text`; 0 when there is none.
std::size_t character_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    if (byte(0) < 0x80) return 1;
    for (const Sequence& s : sequences) {
        if (byte(0) < s.first_least || byte(0) > s.first_most) continue;
        if (text.size() < s.length || byte(1) < s.second_least || byte(1) > s.second_most) return 0;
        for (std::size_t i = 2; i < s.length; ++i)
            if ((byte(i) & 0xc0U) != 0x80) return 0;
        return s.length;
    }
    return 0;
}

} // namespace

std::string utf8(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    while (!bytes.empty()) {
        const std::size_t length = character_length(bytes);
        if (length == 0) {
            text += "\xef\xbf\xbd";
            bytes.remove_prefix(1);
        } else {
            text += bytes.substr(0, length);
            bytes.remove_prefix(length);
        }
    }
    return text;
}

} // namespace bonafide::verdict
