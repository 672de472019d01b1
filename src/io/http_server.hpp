// A small HTTP/1.1 server: /metrics and /healthz today, further doors later. Runs on one io_context.
//
// Routes are matched by exact path (the query is left in the target). An unknown path gets 404, a known one with another method 405 with
// Allow; HEAD is answered wherever GET is. Bounded: header bytes, body bytes, connections, and time: a request must arrive within
// request_timeout of the connection's opening or the last reply, which also ends idle keep-alive connections.
#pragma once

#include "base/error.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace bonafide::io::http {

struct Request {
    std::string method; ///< "GET"; HEAD comes as GET
    std::string path;   ///< without the query
    std::string query;  ///< after '?', or empty
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers; ///< as received; names compare without case
};

struct Response {
    unsigned status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers; ///< further ones
};

/// Call exactly once, now or later, on the server's thread.
using Reply = std::move_only_function<void(Response)>;
using Handler = std::function<void(Request, Reply)>;

struct Route {
    std::string method; ///< "GET" or "POST"
    std::string path;
    Handler handler;
};

/// A handler that answers at once.
[[nodiscard]] Handler immediate(std::function<Response(const Request&)> answer);

struct Settings {
    std::string listen = "127.0.0.1:8898"; ///< "ADDRESS:PORT" or "[ADDRESS]:PORT"; port 0 takes any free one
    std::size_t most_header_bytes = 8192;
    std::size_t most_body_bytes = 65536;
    std::size_t most_connections = 64; ///< one more is closed at once
    std::chrono::milliseconds request_timeout{10000};
};

class Server {
  public:
    /// Binds and listens; a bad address or one in use is an error.
    [[nodiscard]] static Expected<std::unique_ptr<Server>> listen(boost::asio::io_context& context, Settings settings,
                                                                  std::vector<Route> routes);
    /// Closes the listener and every connection; replies of handlers still under way go nowhere. On the io_context's thread, or after it stopped.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] std::uint16_t port() const;

  private:
    class Impl;
    explicit Server(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

} // namespace bonafide::io::http
