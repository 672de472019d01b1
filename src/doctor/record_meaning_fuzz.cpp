// Two texts as DNS may hold them, a line each: what is said of them must not depend on which stands first, and each is like itself.
#include "doctor/record_meaning.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

void check(bool holds) {
    if (!holds) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bonafide::doctor;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::string_view first = input.substr(0, input.find('\n'));
    const std::string_view second = first.size() < input.size() ? input.substr(first.size() + 1) : "";
    for (const char* const name : {"example.com", "_dmarc.example.com", "s._domainkey.example.com",
                                   "_mta-sts.example.com", "_smtp._tls.example.com"}) {
        const TextKind kind = kind_of(name, first);
        check(says_the_same(kind, first, first));
        check(says_the_same(kind, first, second) == says_the_same(kind, second, first));
    }
    return 0;
}
