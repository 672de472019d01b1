// A hostile domain and a hostile display name, against known ones of the same making: what is known is like nothing, what is alike is
// known and told in a phrase without controls, keys are sorted words, and whoever bears a protected name from elsewhere is found.
#include "base/utf8.hpp"
#include "verdict/known_names.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace bonafide;
using verdict::KnownNames;

void require(bool held) {
    if (!held) std::abort();
}

const dns::PublicSuffixList& suffixes() {
    static const dns::PublicSuffixList list = dns::PublicSuffixList::system();
    return list;
}

void check_phrase(std::string_view text) {
    require(!text.empty());
    for (const char c : text) require(static_cast<unsigned char>(c) >= ' ' && c != 0x7f);
}

void check_domains(std::string_view name, std::string_view other) {
    KnownNames names;
    names.add_domain(KnownNames::Of::ours, "contoso.com", suffixes());
    names.add_domain(KnownNames::Of::protected_, "paypal.com", suffixes());
    if (const auto like = names.look_alike(name, suffixes())) {
        require(like->domain == "contoso.com" || like->domain == "paypal.com");
        check_phrase(like->how);
    }
    names.add_domain(KnownNames::Of::correspondent, name, suffixes());
    require(!names.look_alike(name, suffixes()));
    if (const auto like = names.look_alike(other, suffixes())) check_phrase(like->how);
    names.add_domain(KnownNames::Of::ours, other, suffixes());
    require(!names.look_alike(name, suffixes()) && !names.look_alike(other, suffixes()));
}

void check_names(std::string_view name, std::string_view other) {
    const std::string key = verdict::name_key(name);
    require(key == verdict::name_key(name) && key.size() < 32 * 1024);
    for (std::string_view rest = key; !rest.empty();
         rest.remove_prefix(std::max<std::size_t>(utf8::sequence_length(rest), 1)))
        require(utf8::sequence_length(rest) > 0 && static_cast<unsigned char>(rest.front()) >= ' ');

    KnownNames names;
    names.add_domain(KnownNames::Of::ours, "contoso.com", suffixes());
    names.add_person({std::string(name), {"ann@contoso.com"}});
    const mail::Mailbox stranger{std::string(name), "x", "evil.example"};
    require(key.empty() || names.impersonated({&stranger, 1}) == std::string(name));
    const mail::Mailbox herself{std::string(name), "ann", "contoso.com"};
    require(!names.impersonated({&herself, 1}));
    const mail::Mailbox another{std::string(other), "x", "evil.example"};
    (void)names.impersonated({&another, 1});
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t cut = std::min(input.find('\n'), input.size());
    const std::string_view first = input.substr(0, cut), second = input.substr(std::min(cut + 1, input.size()));
    check_domains(first, second);
    check_names(first, second);
    return 0;
}
