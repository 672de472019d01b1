#include "io/ldns_parts.hpp"

#include "dns/name.hpp"

#include <cstdlib>
#include <fmt/format.h>
#include <memory>
#include <utility>

namespace bonafide::io::ldns {
Expected<Reply> exchange(const ip::Endpoint& server, const ldns_pkt& query, DnsTransport transport,
                         std::chrono::milliseconds timeout) {
    const Buffer wire(ldns_buffer_new(LDNS_MAX_PACKETLEN));
    if (wire == nullptr || ldns_pkt2buffer_wire(wire.get(), &query) != LDNS_STATUS_OK)
        return failure("the question cannot be written");
    auto bytes =
        exchange_dns(server, {ldns_buffer_begin(wire.get()), ldns_buffer_position(wire.get())}, transport, timeout);
    if (!bytes) return std::unexpected(std::move(bytes).error());
    Reply reply{.packet = read_packet(*bytes), .wire = *std::move(bytes)};
    if (reply.packet == nullptr) return failure(fmt::format("{} sent no readable answer", server.text()));
    return reply;
}

Packet read_packet(std::span<const std::uint8_t> wire) {
    ldns_pkt* packet = nullptr;
    const ldns_status read = ldns_wire2pkt(&packet, wire.data(), wire.size());
    Packet owned(packet);
    if (read != LDNS_STATUS_OK) owned.reset();
    return owned;
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
