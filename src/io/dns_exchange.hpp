// One DNS message to one server and its reply, as bytes. Blocks, never longer than it is told to: a server that sends byte after byte
// (a tarpit) holds nobody beyond that.
#pragma once

#include "base/endpoint.hpp"
#include "base/error.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bonafide::io {

enum class DnsTransport : std::uint8_t { udp, tcp };

inline constexpr std::size_t least_dns_message = 12; ///< the header (RFC 1035 4.1.1)
inline constexpr std::size_t most_dns_message = 65535;

/// Over UDP, datagrams that are no reply to this query (another id, not a response) are passed over, and only those of the server itself
/// are seen. Over TCP the first message must be the reply (RFC 1035 4.2.2). Errors name the server: no answer in time, not reachable, no
/// DNS message.
[[nodiscard]] Expected<std::vector<std::uint8_t>> exchange_dns(const ip::Endpoint& server,
                                                               std::span<const std::uint8_t> query,
                                                               DnsTransport transport,
                                                               std::chrono::milliseconds timeout);

} // namespace bonafide::io
