// The printed form of an address, prefix or endpoint parses to the same; a prefix contains its own address.
#include "base/endpoint.hpp"

#include <cstdlib>
#include <string_view>

namespace ip = bonafide::ip;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto unmapped = ip::Address::parse_unmapped(text);
    if (unmapped && ip::Address::parse_unmapped(unmapped->text()) != unmapped) std::abort();
    const auto address = ip::Address::parse(text);
    if (address.has_value() != unmapped.has_value()) std::abort();
    if (address) {
        if (ip::Address::parse(address->text()) != address) std::abort();
        if (!address->is_v4() && address->reverse_name().size() != 72) std::abort();
    }
    const auto prefix = ip::Prefix::parse(text);
    if (address && !prefix) std::abort();
    if (prefix) {
        if (ip::Prefix::parse(prefix->text()) != prefix || !prefix->contains(prefix->address)) std::abort();
    }
    const auto endpoint = ip::Endpoint::parse(text);
    if (endpoint && ip::Endpoint::parse(endpoint->text()) != endpoint) std::abort();
    if (endpoint && ip::HostPort::parse(text)->port != endpoint->port) std::abort();
    const auto server = ip::Endpoint::parse_dns_server(text);
    if (server && (server->port == 0 || ip::Endpoint::parse(server->text()) != server)) std::abort();
    return 0;
}
