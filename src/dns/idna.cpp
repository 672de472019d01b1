#include "dns/idna.hpp"

#include <algorithm>
#include <memory>

#include <idn2.h>

#include "dns/name.hpp"

namespace bonafide::dns {

Expected<std::string> to_ascii(std::string_view domain) {
    if (std::all_of(domain.begin(), domain.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
        return normalize(domain);
    if (domain.size() > 1024 || domain.contains('\0')) return failure("not a domain name");
    const std::string input(domain);
    char* output = nullptr;
    const int code = idn2_to_ascii_8z(input.c_str(), &output, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
    const std::unique_ptr<char, decltype(&idn2_free)> owner(output, &idn2_free);
    if (code != IDN2_OK) return failure(std::string("not an internationalized domain name: ") + idn2_strerror(code), 0, "RFC 8616 4");
    return normalize(output);
}

} // namespace bonafide::dns
