// Milter listeners and worker threads. Sockets are handed to the workers round-robin and stay on their thread for life.
//
// Order: construct, listen() for each address, start(), later stop_accepting(), drain(), stop(). All of these are called from one thread
// that is not a worker. stop() joins the workers and destroys every connection; the destructor calls it.
#pragma once

#include "base/error.hpp"
#include "io/milter_handler.hpp"

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

namespace bonafide::io::milter {

struct ServerSettings {
    std::size_t threads = 1;
    std::size_t most_connections = 20000; ///< one more is accepted, closed and counted: the MTA then does as configured
    std::uint32_t socket_mode = 0660;     ///< of unix sockets
    std::chrono::milliseconds handshake_timeout{30000}; ///< from accept to the end of negotiation
    std::chrono::milliseconds idle_timeout{7200000};    ///< without a command from the MTA while nothing of ours is due
    std::chrono::milliseconds progress_interval{10000}; ///< how often a due end of message says "still working"
    std::chrono::milliseconds most_answer_wait{
        120000}; ///< of ours, at any stage; then the MTA gets a temporary failure; counts as a timeout
};

/// Counters since start, summed over the threads when asked.
struct ServerCounters {
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;         ///< beyond most_connections
    std::uint64_t accept_errors = 0;   ///< EMFILE and the like; each pauses accepting for a moment
    std::uint64_t protocol_errors = 0; ///< connections closed for what the MTA sent
    std::uint64_t timeouts = 0;
    std::uint64_t disconnects = 0; ///< the MTA left without a quit
    std::uint64_t left_out = 0;    ///< modifications and replies the MTA had not agreed to
    std::uint64_t exceptions = 0;  ///< out of handlers, and out of any other work on a worker thread
    std::uint64_t open = 0;        ///< connections now
};

/// What is worth a log line; called on a worker thread.
struct ServerEvents {
    /// A connection was closed for a reason of ours: protocol error, timeout, an exception from the handler. One plain sentence.
    std::function<void(std::string_view reason)> closed;
    /// accept() failed, e.g. for want of file descriptors.
    std::function<void(std::string_view reason)> accept_failed;
};

class Server {
  public:
    Server(ServerSettings settings, HandlerFactory make_handler, ServerEvents events = {});
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Runs `act` on every worker thread before any connection is accepted (resolvers are made here), and `undo` on it after its last
    /// connection is gone. Call before start().
    void on_worker(std::function<void(std::size_t thread, boost::asio::io_context&)> act,
                   std::function<void(std::size_t thread)> undo = {});

    /// Binds "inet:HOST:PORT", "inet:PORT@HOST", "inet6:[HOST]:PORT", "inet6:PORT@HOST", "unix:/path" or "local:/path" (see
    /// milter_address.hpp). Port 0 takes a free one. Returns the address as bound, e.g. "inet:127.0.0.1:40123". A unix socket file on which
    /// nobody listens any more is replaced; one that is in use, or a file that is no socket, is an error.
    Expected<std::string> listen(std::string_view address);

    /// Returns when every worker is ready. Throws what on_worker's function threw; nothing runs then, and where it had succeeded it is undone.
    void start();
    /// Closes the listeners (and removes their socket files); connections go on.
    void stop_accepting();
    /// Closes each connection as soon as it is between messages; true when all were gone within `patience`.
    [[nodiscard]] bool drain(std::chrono::milliseconds patience);
    void stop();

    /// Runs `work` on a worker thread. Callable from any thread while started.
    void post(std::size_t thread, std::function<void()> work);
    [[nodiscard]] std::size_t threads() const;
    [[nodiscard]] ServerCounters counters() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace bonafide::io::milter
