// A field that was read is written so that it reads the same; whoever it strictly names, it claims to be.
#include "authres/authres.hpp"
#include "base/ascii.hpp"
#include "dns/idna.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace bonafide;

void require(bool held) {
    if (!held) std::abort();
}

/// Values as the writer may change them: non-ASCII, control characters, and what is too long.
bool is_plain(std::string_view text) { return text.size() <= 500 && std::ranges::all_of(text, ascii::is_printable); }

bool is_plain(const authres::MethodResult& result) {
    return is_plain(result.reason) && result.method.size() < 60 && result.result.size() < 60 &&
           result.version.size() <= 10 &&
           std::ranges::all_of(
               result.properties,
               [](const authres::Property& property) {
                   return is_plain(property.value) && property.type.size() < 60 && property.name.size() < 60;
               });
}

bool must_go(std::string_view value, const std::string& authserv_id) {
    return authres::Judge({&authserv_id, 1}).must_go(value);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view value(reinterpret_cast<const char*>(data), size);
    (void)must_go(value, "example.com");
    const auto field = authres::parse(value);
    if (!field) {
        require(field.error().position == Error::nowhere || field.error().position <= size);
        return 0;
    }
    // A name that could be ours: the judge reads odd bytes as some reader might, who then sees another name.
    const bool names_somebody =
        std::ranges::any_of(field->authserv_id, ascii::is_alnum) && dns::to_ascii(field->authserv_id).has_value();
    require(!names_somebody || must_go(value, field->authserv_id));
    const std::string written = authres::write(*field);
    const auto again = authres::parse(written);
    require(again.has_value());
    const bool plain = is_plain(field->authserv_id) && field->version.size() <= 10 &&
                       std::ranges::all_of(field->results, [](const auto& result) { return is_plain(result); });
    require(!plain || *again == *field);
    require(authres::write(*again) == written);
    return 0;
}
