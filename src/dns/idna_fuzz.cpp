// An A-label form is stable under a second conversion; from U-labels only letters, digits, hyphens, underscores and dots come.
#include "base/ascii.hpp"
#include "dns/idna.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

using namespace bonafide;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto name = dns::to_ascii(text);
    if (!name) return 0;
    const bool was_ascii =
        std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (was_ascii) {
        if (name->size() > size) std::abort();
        return 0;
    }
    for (const char c : *name)
        if (!ascii::is_alnum(c) && c != '-' && c != '_' && c != '.') std::abort();
    if (!name->ends_with('.') && dns::to_ascii(*name) != *name) std::abort();
    return 0;
}
