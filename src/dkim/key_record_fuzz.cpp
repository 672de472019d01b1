// Any bytes as a key record: a usable key comes with code ok and nothing else, every refusal with a reason fit for one line.
#include "dkim/key_record.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bonafide;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const dkim::KeyRecord record = dkim::parse_key_record(text, Limits{});
    if ((record.code == dkim::Code::ok) != record.key.has_value()) std::abort();
    if ((record.code == dkim::Code::ok) != record.reason.empty()) std::abort();
    if (std::ranges::any_of(record.reason, [](char c) { return static_cast<unsigned char>(c) < 0x20; })) std::abort();
    return 0;
}
