#include "doctor/reach.hpp"

#include <array>
#include <string_view>

namespace bonafide::doctor {

bool is_off_the_internet(const ip::Address& address) {
    static const auto documentation = [] {
        constexpr std::array<std::string_view, 5> texts{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",
                                                        "2001:db8::/32", "3fff::/20"};
        std::array<ip::Prefix, texts.size()> result;
        for (std::size_t i = 0; i < texts.size(); ++i) result.at(i) = *ip::Prefix::parse(texts.at(i));
        return result;
    }();
    return ip::is_special_use(address) && !ip::is_in(address, documentation);
}

} // namespace bonafide::doctor
