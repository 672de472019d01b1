// A message cut into chunks anywhere gives the same header and body as in one piece; body line ends are CRLF; every field reads back.
#include "mail/splitter.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

using namespace bonafide;

struct Split {
    std::string header;
    std::string body;
    bool oversized = false;
    bool operator==(const Split&) const = default;
};

void require(bool held) {
    if (!held) std::abort();
}

Split split(std::string_view message, std::uint8_t seed, const Limits& limits) {
    Split result;
    int headers = 0;
    mail::Splitter splitter(
        [&](mail::HeaderBlock header) {
            ++headers;
            result.oversized = header.oversized();
            mail::HeaderBlock again(limits);
            for (std::size_t i = 0; i < header.size(); ++i) {
                const mail::Field field = header[i];
                require(!field.name.empty() && !field.name.ends_with(' ') && !field.name.contains('\n'));
                require(again.add_raw(field.raw) && again[i].value == field.value && again[i].name == field.name);
                result.header.append(field.raw).append("\r\n");
            }
            require(result.header.size() == header.bytes() && header.bytes() <= limits.header_bytes);
        },
        [&](std::string_view body) {
            require(headers == 1);
            result.body += body;
        },
        limits);
    for (std::size_t at = 0, chunk = 0; at < message.size(); at += chunk) {
        chunk = seed == 0 ? message.size() : 1 + (seed * (at + 7)) % 13;
        splitter.feed(message.substr(at, chunk));
    }
    splitter.finish();
    require(headers == 1);
    return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    Limits limits;
    if (data[0] % 2 == 0) limits.header_bytes = 2 + data[0];
    const std::string_view message(reinterpret_cast<const char*>(data) + 2, size - 2);
    const Split whole = split(message, 0, limits);
    require(whole == split(message, data[1], limits));
    require(whole == split(message, 1, limits));
    for (std::size_t i = 0; i < whole.body.size(); ++i)
        require(whole.body[i] != '\n' || (i > 0 && whole.body[i - 1] == '\r'));
    return 0;
}
