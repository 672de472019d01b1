#include "dns/idna.hpp"

#include "base/ascii.hpp"
#include "dns/name.hpp"

#include <algorithm>
#include <idn2.h>
#include <memory>

namespace bonafide::dns {
namespace {

bool is_name_character(char c) { return ascii::is_alnum(c) || c == '-' || c == '_' || c == '.'; }

} // namespace

Expected<std::string> to_ascii(std::string_view domain) {
    if (std::all_of(domain.begin(), domain.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
        return normalize(domain);
    if (domain.size() > 1024 || domain.contains('\0')) return failure("not a domain name");
    const std::string input(domain);
    char* output = nullptr;
    const int code = idn2_to_ascii_8z(input.c_str(), &output, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
    const std::unique_ptr<char, decltype(&idn2_free)> owner(output, &idn2_free);
    if (code != IDN2_OK)
        return failure(std::string("not an internationalized domain name: ") + idn2_strerror(code), 0, "RFC 8616 4");
    // UTS 46 maps some characters to ASCII that no name holds: U+FF20 to '@', U+2100 to "a/c", U+3000 to a blank.
    std::string name = normalize(output);
    if (!std::all_of(name.begin(), name.end(), is_name_character))
        return failure("not an internationalized domain name: a character stands for punctuation", 0, "RFC 8616 4");
    return name;
}

} // namespace bonafide::dns
