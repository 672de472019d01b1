// Property: what parse_ring() takes is written and read again as the same.
#include "sign/key_ring.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bonafide;
    const auto ring = sign::parse_ring({reinterpret_cast<const char*>(data), size});
    if (!ring) return 0;
    const auto again = sign::parse_ring(sign::to_json(*ring));
    if (!again || *again != *ring) std::abort();
    return 0;
}
