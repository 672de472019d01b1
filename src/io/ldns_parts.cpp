#include "io/ldns_parts.hpp"

#include "dns/name.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace bonafide::io::ldns {
namespace {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

SocketAddress socket_address(const ip::Endpoint& server) {
    SocketAddress address;
    const auto bytes = server.address.bytes();
    if (server.address.is_v4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(server.port);
        std::memcpy(&v4.sin_addr, bytes.data(), sizeof v4.sin_addr);
        std::memcpy(&address.storage, &v4, sizeof v4);
        address.size = sizeof v4;
    } else {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(server.port);
        std::memcpy(&v6.sin6_addr, bytes.data(), sizeof v6.sin6_addr);
        std::memcpy(&address.storage, &v6, sizeof v6);
        address.size = sizeof v6;
    }
    return address;
}

} // namespace

Expected<Reply> exchange(const ip::Endpoint& server, const ldns_pkt& query, Transport transport,
                         std::chrono::milliseconds timeout) {
    const Buffer wire(ldns_buffer_new(LDNS_MAX_PACKETLEN));
    if (wire == nullptr || ldns_pkt2buffer_wire(wire.get(), &query) != LDNS_STATUS_OK)
        return failure("the question cannot be written");
    const SocketAddress to = socket_address(server);
    const timeval patience{.tv_sec = timeout.count() / 1000,
                           .tv_usec = static_cast<suseconds_t>(timeout.count() % 1000 * 1000)};
    std::uint8_t* bytes = nullptr;
    std::size_t size = 0;
    const auto send = transport == Transport::udp ? &ldns_udp_send : &ldns_tcp_send;
    const ldns_status sent = send(&bytes, wire.get(), &to.storage, to.size, patience, &size);
    const std::unique_ptr<std::uint8_t, Free<&std::free>> owned(bytes);
    if (sent != LDNS_STATUS_OK || bytes == nullptr) return failure(fmt::format("{} does not answer", server.text()));
    Reply reply{.packet = {}, .wire = std::vector<std::uint8_t>(bytes, bytes + size)};
    ldns_pkt* packet = nullptr;
    const ldns_status read = ldns_wire2pkt(&packet, reply.wire.data(), reply.wire.size());
    reply.packet.reset(packet);
    if (read != LDNS_STATUS_OK || packet == nullptr || !ldns_pkt_qr(packet) ||
        ldns_pkt_id(packet) != ldns_pkt_id(&query))
        return failure(fmt::format("{} sent no readable answer", server.text()));
    return reply;
}

Rdata name_of(const std::string& name) {
    ldns_rdf* made = nullptr;
    if (!dns::is_hostname_like(name) || ldns_str2rdf_dname(&made, (name + ".").c_str()) != LDNS_STATUS_OK) return {};
    return Rdata(made);
}

std::string text_of(const ldns_rdf* name) {
    const std::unique_ptr<char, Free<&std::free>> text(name == nullptr ? nullptr : ldns_rdf2str(name));
    return text == nullptr ? std::string() : dns::normalize(text.get());
}

} // namespace bonafide::io::ldns
