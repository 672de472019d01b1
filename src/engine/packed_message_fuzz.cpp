// Packed messages: whatever the bytes, reading ends with an error or with a message that is packed and read back the same.
#include "engine/packed_message.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace bonafide;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto message = engine::unpack_message({reinterpret_cast<const char*>(data), size});
    if (!message) return 0;
    const std::string packed = engine::pack(*message);
    if (packed.empty()) return 0; // longer than what is packed
    const auto again = engine::unpack_message(packed);
    require(again.has_value());
    require(engine::pack(*again) == packed);
    return 0;
}
