// Either form of a zone: never crashes, an error is one printable line, and every name of the text gets the same answer in any case.
#include "base/ascii.hpp"
#include "dns/zone.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace bonafide;

namespace {

constexpr dns::Type types[] = {dns::Type::a,  dns::Type::ns,  dns::Type::cname, dns::Type::soa, dns::Type::ptr,
                               dns::Type::mx, dns::Type::txt, dns::Type::aaaa,  dns::Type::spf};

void require(bool holds) {
    if (!holds) std::abort();
}

void ask_all(const dns::Zone& zone, const std::string& name) {
    std::string upper = name;
    std::transform(upper.begin(), upper.end(), upper.begin(), ascii::to_upper);
    for (const dns::Type type : types) {
        const dns::Answer answer = zone.answer({ascii::lower(name), type, "fuzz", {}, true, true});
        require(answer != nullptr && answer == zone.answer({upper, type, "fuzz", {}, true, true}));
        const bool has_records =
            !answer->txt.empty() || !answer->addresses.empty() || !answer->mx.empty() || !answer->names.empty();
        require(answer->found() == has_records);
        if (type == dns::Type::aaaa)
            require(
                std::none_of(answer->addresses.begin(), answer->addresses.end(), [](auto& a) { return a.is_v4(); }));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto zone = dns::Zone::parse(text);
    if (!zone) {
        require(!zone.error().text.empty() && !zone.error().text.contains('\n'));
        return 0;
    }
    constexpr std::string_view ends = " \t\r\n;()\"{}[],:";
    std::size_t asked = 0;
    for (std::size_t begin = 0; begin < size && asked < 50; ++begin) {
        const auto end = std::min(text.find_first_of(ends, begin), size);
        if (end > begin && end - begin <= 255) {
            std::string name(text.substr(begin, end - begin));
            if (name.ends_with('.')) name.pop_back();
            ask_all(**zone, name);
            ask_all(**zone, "below." + name);
            ++asked;
        }
        begin = end;
    }
    return 0;
}
