// What decodes, encodes to text that decodes to the same; every byte sequence survives the round trip; white space changes nothing.
#include "base/base64.hpp"

#include <cstdlib>
#include <string>

namespace base64 = bonafide::base64;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const base64::Bytes bytes(data, data + size);
    if (base64::decode(base64::encode(bytes)) != bytes) std::abort();

    const std::string text(bytes.begin(), bytes.end());
    std::string folded;
    for (const char c : text) (folded += c) += "\r\n\t";
    const auto plain = base64::decode(text);
    const auto spaced = base64::decode(folded);
    if (plain.has_value() != spaced.has_value()) std::abort();
    if (!plain) {
        if (plain.error().text != spaced.error().text || plain.error().position > size) std::abort();
        return 0;
    }
    if (*plain != *spaced || base64::decode(base64::encode(*plain)) != *plain) std::abort();
    return 0;
}
