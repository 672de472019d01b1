// Properties of both protocols: no request is longer than allowed, half of one waits or is refused, and one that was read is written to
// the same. The first byte chooses the protocol.
#include "io/socketmap.hpp"
#include "io/tcp_table.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace bonafide::io;

void require(bool held) {
    if (!held) std::abort();
}

std::string written(const MapProtocol& protocol, const MapRequest& request) {
    return protocol.cut == socketmap::protocol.cut ? socketmap::write(request)
                                                   : "get " + tcp_table::encode(request.key) + "\n";
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const MapProtocol& protocol = data[0] % 2 == 0 ? socketmap::protocol : tcp_table::protocol;
    for (;;) {
        const auto cut = protocol.cut(bytes);
        if (!cut) {
            require(!cut.error().text.empty());
            return 0;
        }
        if (cut->bytes == 0) {
            require(bytes.size() < most_map_request_bytes);
            return 0;
        }
        require(cut->bytes <= most_map_request_bytes && cut->bytes <= bytes.size());
        const auto half = protocol.cut(bytes.substr(0, cut->bytes - 1));
        require(half && half->bytes == 0);
        const std::string again = written(protocol, cut->request);
        if (again.size() <= most_map_request_bytes) {
            const auto same = protocol.cut(again);
            require(same && same->bytes == again.size() && same->request == cut->request);
        }
        (void)protocol.write({MapAnswer::Kind::found, cut->request.key});
        bytes.remove_prefix(cut->bytes);
    }
}
