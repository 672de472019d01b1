// Answers look-ups of a mail server over unix and TCP sockets. Bounded: the bytes of a request, connections, and the time between the
// opening or the last answer and the end of the next request. Everything on one io_context's thread but for the counters.
//
// Order: construct, listen() for each address, start(). The destructor closes all: on the io_context's thread, or after it stopped.
#pragma once

#include "io/map_protocol.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace boost::asio {
class io_context;
}

namespace bonafide::io {

struct MapServerSettings {
    std::size_t most_connections = 500; ///< one more is accepted and closed: Postfix says so and tries again
    std::uint32_t socket_mode = 0660;   ///< of unix sockets
    std::chrono::milliseconds idle_timeout{300000};
};

struct MapServerEvents {
    std::function<void(std::string_view reason)> closed; ///< a connection, for what the peer sent
    std::function<void(std::string_view reason)> accept_failed;
};

struct MapServerCounters {
    std::uint64_t open = 0;     ///< connections now
    std::uint64_t refused = 0;  ///< beyond most_connections
    std::uint64_t requests = 0; ///< that were answered
    std::uint64_t errors = 0;   ///< connections closed for what the peer sent
    std::uint64_t timeouts = 0; ///< connections closed for silence or for half a request
};

class MapServer {
  public:
    MapServer(boost::asio::io_context& context, MapServerSettings settings, MapServerEvents events = {});
    ~MapServer();
    MapServer(const MapServer&) = delete;
    MapServer& operator=(const MapServer&) = delete;

    /// Binds an address as milter_address.hpp has it. What is asked there goes to `look_up`; what that throws is a temporary failure.
    /// Returns the address as bound.
    Expected<std::string> listen(std::string_view address, const MapProtocol& protocol, MapLookup look_up);
    /// From now on connections are accepted. Before the io_context runs, or on its thread.
    void start();

    [[nodiscard]] MapServerCounters counters() const;

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace bonafide::io
