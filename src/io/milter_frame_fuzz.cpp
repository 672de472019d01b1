// Property: a stream of packets reads the same however its bytes are cut, pauses included; body bytes are never held, other bytes never
// beyond one packet. The first byte chooses how to cut.
#include "io/milter_frame.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace bonafide::io::milter;

std::string read_all(std::string_view bytes, std::uint32_t seed) {
    FrameReader reader;
    std::string result;
    while (!bytes.empty()) {
        seed = seed * 1664525 + 1013904223;
        const std::string piece{bytes.substr(0, seed == 0 ? bytes.size() : 1 + (seed >> 16) % 97)};
        bytes.remove_prefix(piece.size());
        reader.feed(piece);
        for (;;) {
            const auto frame = reader.next();
            if (!frame) return result + frame.error().text();
            if (!*frame) break;
            const bool body = (*frame)->command == Command::body || (*frame)->command == Command::end_of_message;
            if (!body) (result += static_cast<char>((*frame)->command)) += ':';
            result += (*frame)->arguments;
            if ((*frame)->complete) result += body ? "|B\n" : "\n";
            if ((seed >> 8) % 5 == 0) reader.keep();
        }
        if (reader.kept() > protocol_limits.header_bytes + 5) std::abort();
    }
    return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
    const std::string one_way = read_all(bytes, data[0] * 2654435761U + 1);
    if (read_all(bytes, data[0] * 40503U + 7) != one_way) std::abort();
    (void)read_offer(bytes);
    (void)read_client(bytes);
    (void)read_string(bytes);
    (void)read_arguments(bytes);
    (void)read_field(bytes);
    return 0;
}
