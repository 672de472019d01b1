#include "base/network_set.hpp"

#include <algorithm>
#include <iterator>

namespace bonafide::ip {
namespace {

/// All bits behind the network's own as `bit`.
Address edge(const Prefix& network, bool bit) {
    std::array<std::uint8_t, 16> bytes = network.address.bytes();
    for (unsigned at = std::min(network.length, network.address.bits()); at < network.address.bits(); ++at) {
        const auto mask = static_cast<std::uint8_t>(0x80U >> at % 8);
        bytes[at / 8] = static_cast<std::uint8_t>(bit ? bytes[at / 8] | mask : bytes[at / 8] & ~mask);
    }
    if (!network.address.is_v4()) return Address::from_v6_unmapped(bytes);
    return Address::from_v4({bytes[0], bytes[1], bytes[2], bytes[3]});
}

} // namespace

void NetworkSet::add(const Prefix& network) {
    const Address first = edge(network, false), last = edge(network, true);
    const auto after = ranges_.upper_bound(first);
    if (after != ranges_.begin() && last <= std::prev(after)->second) return;
    ranges_.erase(ranges_.lower_bound(first), ranges_.upper_bound(last));
    ranges_.emplace(first, last);
}

bool NetworkSet::contains(const Address& address) const {
    const auto after = ranges_.upper_bound(address);
    return after != ranges_.begin() && address <= std::prev(after)->second;
}

} // namespace bonafide::ip
