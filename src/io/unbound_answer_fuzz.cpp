// The readers of wire format never leave their input, and what they accept they could have written.
#include "io/unbound_answer.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (const auto name = bonafide::io::read_wire_name(input)) {
        if (name->size() > 253 || name->size() + 2 > input.size() + 1) std::abort();
        const std::string text = bonafide::io::presentation_name(*name);
        for (const char c : text)
            if (c < 0x21 || c > 0x7e) std::abort();
    }
    if (const auto text = bonafide::io::read_character_strings(input); text && text->size() >= input.size())
        std::abort();
    (void)bonafide::io::holds_cname(input);
    return 0;
}
