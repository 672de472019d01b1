#include "base/utf8.hpp"

namespace bonafide::utf8 {

std::size_t sequence_length(std::string_view text) {
    const auto within = [&](std::size_t i, unsigned least, unsigned most) {
        if (i >= text.size()) return false;
        const unsigned byte = static_cast<unsigned char>(text[i]);
        return byte >= least && byte <= most;
    };
    const auto tail = [&](std::size_t i) { return within(i, 0x80, 0xbf); };
    if (text.empty()) return 0;
    const unsigned lead = static_cast<unsigned char>(text[0]);
    // RFC 3629 4: UTF8-1, UTF8-2, UTF8-3 and UTF8-4.
    if (lead < 0x80) return 1;
    if (lead >= 0xc2 && lead <= 0xdf) return tail(1) ? 2 : 0;
    if (lead >= 0xe0 && lead <= 0xef)
        return within(1, lead == 0xe0 ? 0xa0 : 0x80, lead == 0xed ? 0x9f : 0xbf) && tail(2) ? 3 : 0;
    if (lead >= 0xf0 && lead <= 0xf4)
        return within(1, lead == 0xf0 ? 0x90 : 0x80, lead == 0xf4 ? 0x8f : 0xbf) && tail(2) && tail(3) ? 4 : 0;
    return 0;
}

} // namespace bonafide::utf8
