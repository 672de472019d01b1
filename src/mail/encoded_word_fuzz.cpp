// Whatever comes in, valid UTF-8 without controls and within the limit comes out; a shorter limit gives a beginning of it; and a text
// that is encoded reads as it was.
#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/utf8.hpp"
#include "mail/encoded_word.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace bonafide;

void require(bool held) {
    if (!held) std::abort();
}

void check_text(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8::sequence_length(text);
        require(length > 1 || (length == 1 && ascii::is_printable(text.front())));
        text.remove_prefix(length);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::string whole = mail::decode_encoded_words(input);
    require(whole.size() <= 4096);
    check_text(whole);
    const std::string cut = mail::decode_encoded_words(input, 10);
    require(cut.size() <= 10 && whole.size() + 4 > cut.size());
    check_text(cut);

    const bool plain = !input.contains("=?") && input.find_first_of("\r\n") == std::string_view::npos;
    if (plain) {
        const std::string encoded = "=?utf-8?b?" + base64::encode({data, size}) + "?=";
        require(mail::decode_encoded_words(encoded) == whole);
        require(whole.starts_with(cut));
    }
    return 0;
}
