// Hostile rows: what reads as a series, as hashes or as increments packs to the very same bytes; everything else is an error. Inflating
// never gives more than was announced.
#include "io/store_series.hpp"
#include "io/store_told.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace bonafide::io::store;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto series = unpack_series(bytes)) require(pack(*series) == bytes);
    if (const auto hashes = unpack_hashes(bytes)) require(pack(*hashes) == bytes);
    if (const auto increments = unpack_increments(bytes)) require(pack(*increments) == bytes);
    if (const auto text = inflate(bytes, 1000)) require(text->size() == 1000);
    require(inflate(deflate(bytes), size) == std::string(bytes));
    return 0;
}
