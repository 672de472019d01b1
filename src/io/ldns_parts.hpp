// Owners of libldns objects, and the exchange of one message; for direct_dns.cpp and dns_update.cpp only.
#pragma once

#include "base/endpoint.hpp"
#include "base/error.hpp"
#include "io/dns_exchange.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ldns/ldns.h>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace bonafide::io::ldns {

template<auto free_function> struct Free {
    template<class T> void operator()(T* object) const { free_function(object); }
};
using Packet = std::unique_ptr<ldns_pkt, Free<&ldns_pkt_free>>;
using Buffer = std::unique_ptr<ldns_buffer, Free<&ldns_buffer_free>>;
using Rdata = std::unique_ptr<ldns_rdf, Free<&ldns_rdf_deep_free>>;
using Record = std::unique_ptr<ldns_rr, Free<&ldns_rr_free>>;
using Records = std::unique_ptr<ldns_rr_list, Free<&ldns_rr_list_deep_free>>;

/// The reply as it came, to `query`: its id is the query's. Errors: no answer in time, not reachable, no DNS message.
struct Reply {
    Packet packet;
    std::vector<std::uint8_t> wire;
};
[[nodiscard]] Expected<Reply> exchange(const ip::Endpoint& server, const ldns_pkt& query, DnsTransport transport,
                                       std::chrono::milliseconds timeout);
/// Null: no DNS message.
[[nodiscard]] Packet read_packet(std::span<const std::uint8_t> wire);

/// A name in wire form; null when it is none. Names are those that dns::is_hostname_like() accepts: nothing in them needs escaping.
[[nodiscard]] Rdata name_of(const std::string& name);
/// Normalized.
[[nodiscard]] std::string text_of(const ldns_rdf* name);

} // namespace bonafide::io::ldns
