#include "io/http_server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <optional>
#include <string>

namespace bonafide::io::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

/// A server on a free port and clients on the same io_context; port 0, no threads.
class HttpServer : public testing::Test {
  protected:
    void start(Settings settings = {}) {
        settings.listen = "127.0.0.1:0";
        settings.most_header_bytes = 1024;
        settings.most_body_bytes = 100;
        std::vector<Route> routes;
        routes.push_back({"GET", "/metrics", immediate([](const Request& request) {
                              return Response{200, "text/plain", "up 1 " + request.query, {}};
                          })});
        routes.push_back({"POST", "/echo", immediate([](const Request& request) {
                              return Response{200, "text/plain", request.body, {}};
                          })});
        routes.push_back({"GET", "/later", [this](Request, Reply reply) { later_ = std::move(reply); }});
        routes.push_back({"GET", "/broken", [](Request, Reply) { throw std::runtime_error("no"); }});
        auto made = Server::listen(io_, settings, std::move(routes));
        ASSERT_TRUE(made) << made.error().text;
        server_ = std::move(*made);
    }

    tcp::socket connect() {
        tcp::socket socket(io_);
        socket.connect({asio::ip::address_v4::loopback(), server_->port()});
        return socket;
    }
    /// All the server says until it closes the connection.
    std::string read_all(tcp::socket& socket) {
        std::string text;
        std::optional<boost::system::error_code> done;
        asio::async_read(socket, asio::dynamic_buffer(text),
                         [&](const boost::system::error_code& error, std::size_t) { done = error; });
        const auto end = std::chrono::steady_clock::now() + 20s;
        while (!done && std::chrono::steady_clock::now() < end) io_.run_one_for(1s);
        EXPECT_TRUE(done) << "the server never closed";
        return text;
    }
    std::string exchange(const std::string& request) {
        tcp::socket socket = connect();
        asio::write(socket, asio::buffer(request));
        return read_all(socket);
    }

    asio::io_context io_;
    std::unique_ptr<Server> server_;
    Reply later_;
};

std::string get(std::string_view target, std::string_view method = "GET") {
    return std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
}
bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_F(HttpServer, Get) {
    start();
    const std::string reply = exchange(get("/metrics?x=1"));
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 200 OK\r\n")) << reply;
    EXPECT_TRUE(reply.ends_with("\r\n\r\nup 1 x=1")) << reply;
}

TEST_F(HttpServer, HeadHasTheLengthButNoBody) {
    start();
    const std::string reply = exchange(get("/metrics", "HEAD"));
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 200 OK\r\n")) << reply;
    EXPECT_TRUE(has(reply, "Content-Length: 5\r\n")) << reply;
    EXPECT_TRUE(reply.ends_with("\r\n\r\n")) << reply;
}

TEST_F(HttpServer, UnknownPathAndWrongMethod) {
    start();
    EXPECT_TRUE(exchange(get("/nothing")).starts_with("HTTP/1.1 404 "));
    const std::string reply = exchange(get("/metrics", "DELETE"));
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 405 ")) << reply;
    EXPECT_TRUE(has(reply, "Allow: GET, HEAD\r\n")) << reply;
    EXPECT_TRUE(exchange(get("/echo", "BREW")).starts_with("HTTP/1.1 405 "));
}

TEST_F(HttpServer, BodyAtTheLimitAndOnePast) {
    start();
    const auto post = [](std::size_t bytes) {
        return "POST /echo HTTP/1.1\r\nConnection: close\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n" +
               std::string(bytes, 'x');
    };
    EXPECT_TRUE(exchange(post(100)).ends_with("\r\n\r\n" + std::string(100, 'x')));
    EXPECT_TRUE(exchange(post(101)).starts_with("HTTP/1.1 413 "));
}

TEST_F(HttpServer, HeaderPastTheLimit) {
    start();
    EXPECT_TRUE(
        exchange("GET /metrics HTTP/1.1\r\nX: " + std::string(1100, 'x') + "\r\n\r\n").starts_with("HTTP/1.1 431 "));
}

TEST_F(HttpServer, Nonsense) {
    start();
    EXPECT_TRUE(exchange("what is this\r\n\r\n").starts_with("HTTP/1.1 400 "));
    EXPECT_TRUE(exchange("GET /metrics HTTP/1.1\r\nno colon\r\n\r\n").starts_with("HTTP/1.1 400 "));
}

TEST_F(HttpServer, SeveralRequestsOnOneConnection) {
    start();
    const std::string reply = exchange("GET /metrics HTTP/1.1\r\n\r\nGET /nothing HTTP/1.1\r\n\r\n" + get("/metrics"));
    EXPECT_TRUE(has(reply, "200 OK"));
    EXPECT_TRUE(has(reply, "404 Not Found"));
    EXPECT_TRUE(reply.ends_with("up 1 "));
}

TEST_F(HttpServer, HandlerMayAnswerLater) {
    start();
    tcp::socket socket = connect();
    asio::write(socket, asio::buffer(get("/later")));
    while (!later_) io_.run_one_for(1s);
    later_({200, "text/plain", "at last", {}});
    EXPECT_TRUE(read_all(socket).ends_with("at last"));
}

TEST_F(HttpServer, HandlerThatThrowsIsA500) {
    start();
    EXPECT_TRUE(exchange(get("/broken")).starts_with("HTTP/1.1 500 "));
}

TEST_F(HttpServer, SilentClientIsClosed) {
    start({.request_timeout = 50ms});
    tcp::socket socket = connect();
    EXPECT_EQ(read_all(socket), "");
    tcp::socket half = connect();
    asio::write(half, asio::buffer(std::string("GET /metr")));
    EXPECT_EQ(read_all(half), "");
}

TEST_F(HttpServer, OneConnectionPastTheLimitIsClosedAtOnce) {
    start({.most_connections = 2, .request_timeout = 60s});
    tcp::socket first = connect();
    tcp::socket second = connect();
    tcp::socket third = connect();
    EXPECT_EQ(read_all(third), "");
    asio::write(first, asio::buffer(get("/metrics")));
    EXPECT_TRUE(has(read_all(first), "200 OK"));
    EXPECT_TRUE(has(exchange(get("/metrics")), "200 OK")); // a place is free again
}

TEST_F(HttpServer, AddressErrors) {
    const auto error = [this](const std::string& listen) {
        const auto made = Server::listen(io_, {.listen = listen}, {});
        return made ? std::string("none") : made.error().text;
    };
    for (const char* bad :
         {"", "8898", "localhost:8898", "127.0.0.1", "127.0.0.1:65536", "127.0.0.1:x", "::1:8898", "[127.0.0.1]:8898"})
        EXPECT_TRUE(has(error(bad), "is no address to listen on")) << bad;
    start();
    EXPECT_TRUE(has(error("127.0.0.1:" + std::to_string(server_->port())), "Address already in use"));
    EXPECT_EQ(error("[::1]:0"), "none");
}

} // namespace
} // namespace bonafide::io::http
