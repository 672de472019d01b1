// Property: a key that was read is read again from the form of BIND.
#include "sign/tsig_key.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fmt/format.h>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bonafide;
    const auto key = sign::parse_tsig_key({reinterpret_cast<const char*>(data), size});
    if (!key || key->name == "-") return 0;
    const auto again = sign::parse_tsig_key(
        fmt::format("key \"{}\" {{ algorithm {}; secret \"{}\"; }};", key->name, key->algorithm, key->secret));
    if (!again || *again != *key) std::abort();
    return 0;
}
