// Properties: an address that is rewritten comes back as it was, within the days and after its case was folded; two forwarders do not
// lose it; what nobody signed is never reversed to anything.
#include "base/ascii.hpp"
#include "srs/mailbox.hpp"
#include "srs/srs.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace bonafide;
constexpr std::int64_t now = 1795255200;

void require(bool held) {
    if (!held) std::abort();
}

srs::Rewriter make(std::string domain, std::size_t most_local_part) {
    return srs::Rewriter::make(
               {.domain = std::move(domain), .secrets = {"a secret", "another"}, .most_local_part = most_local_part})
        .value();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view address(reinterpret_cast<const char*>(data), size);
    static const srs::Rewriter narrow = make("narrow.example", 64), wide = make("wide.example", 4000);
    (void)narrow.reverse(address, now);
    const auto mailbox = srs::read_mailbox(address);
    if (mailbox) require(srs::read_mailbox(srs::to_text(*mailbox)) == mailbox || size > srs::most_address_octets / 3);
    const auto made = wide.forward(address, now);
    if (const auto short_one = narrow.forward(address, now)) {
        require(short_one->find("@narrow.example") <= 64);
        require(made || made.error() == srs::Cause::own);
    }
    if (!made || made->size() > srs::most_address_octets) return 0;
    require(mailbox.has_value());
    const auto back = wide.reverse(*made, now + 21 * 86400);
    require(back.has_value());
    if (ascii::istarts_with(*made, "SRS0") || ascii::istarts_with(*made, "\"SRS0"))
        require(*back == srs::to_text(*mailbox));
    const auto folded = wide.reverse(ascii::lower(*made), now);
    require(folded && ascii::iequals(*folded, *back));
    require(!wide.reverse(*made, now + 30 * 86400) || made->find("SRS1") <= 1);
    return 0;
}
