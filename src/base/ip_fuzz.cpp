// The printed form of an address or prefix parses to the same; a prefix contains its own address.
#include "base/ip.hpp"

#include <cstdlib>
#include <string_view>

namespace ip = bonafide::ip;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto unmapped = ip::Address::parse_unmapped(text);
    if (unmapped && ip::Address::parse_unmapped(unmapped->text()) != unmapped) std::abort();
    const auto address = ip::Address::parse(text);
    if (address.has_value() != unmapped.has_value()) std::abort();
    if (address) {
        if (ip::Address::parse(address->text()) != address) std::abort();
        if (!address->is_v4() && address->reverse_name().size() != 72) std::abort();
    }
    const auto prefix = ip::Prefix::parse(text);
    if (address && !prefix) std::abort();
    if (prefix) {
        if (ip::Prefix::parse(prefix->text()) != prefix || !prefix->contains(prefix->address)) std::abort();
    }
    return 0;
}
