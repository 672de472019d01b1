#include "io/own_addresses.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>
#include <netinet/in.h>
#include <optional>

namespace bonafide::io {
namespace {

std::optional<ip::Address> address_of(const sockaddr* address) {
    if (address->sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, address, sizeof v4);
        std::array<std::uint8_t, 4> bytes{};
        std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
        return ip::Address::from_v4(bytes);
    }
    if (address->sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, address, sizeof v6);
        std::array<std::uint8_t, 16> bytes{};
        std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
        return ip::Address::from_v6(bytes);
    }
    return {};
}

} // namespace

std::vector<ip::Address> own_public_addresses() {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return {};
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
    std::vector<ip::Address> addresses;
    for (const ifaddrs* row = list; row != nullptr; row = row->ifa_next) {
        if (row->ifa_addr == nullptr || (row->ifa_flags & IFF_UP) == 0 || (row->ifa_flags & IFF_LOOPBACK) != 0)
            continue;
        const auto address = address_of(row->ifa_addr);
        if (!address || ip::is_special_use(*address)) continue;
        if (std::ranges::find(addresses, *address) == addresses.end()) addresses.push_back(*address);
    }
    return addresses;
}

} // namespace bonafide::io
