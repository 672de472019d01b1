#include "base/test_folder.hpp"
#include "io/map_server.hpp"
#include "io/socketmap.hpp"
#include "io/tcp_table.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <optional>
#include <stdexcept>

namespace bonafide::io {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

/// A server on a free port and clients on the same io_context: no threads.
class MapServerTest : public testing::Test {
  protected:
    void start(const MapProtocol& protocol, MapServerSettings settings = {}, std::string address = "inet:127.0.0.1:0") {
        MapServerEvents events;
        events.closed = [this](std::string_view why) { closed_ = why; };
        server_ = std::make_unique<MapServer>(io_, settings, std::move(events));
        const auto bound = server_->listen(address, protocol, [](const MapRequest& request) -> MapAnswer {
            if (request.key == "throw") throw std::runtime_error("no");
            if (request.key == "none") return {MapAnswer::Kind::not_found, ""};
            return {MapAnswer::Kind::found, request.map + ":" + request.key};
        });
        ASSERT_TRUE(bound) << bound.error().text;
        server_->start();
        if (address.starts_with("inet"))
            port_ = static_cast<std::uint16_t>(std::stoi(bound->substr(bound->rfind(':') + 1)));
    }
    tcp::socket connect() {
        tcp::socket socket(io_);
        socket.connect({asio::ip::address_v4::loopback(), port_});
        return socket;
    }
    /// Runs the server until `count` bytes have come, or the end.
    template<class Socket> std::string read(Socket& socket, std::size_t count) {
        std::string text(count, '\0');
        std::optional<std::size_t> done;
        asio::async_read(socket, asio::buffer(text), [&](const auto&, std::size_t got) { done = got; });
        const auto end = std::chrono::steady_clock::now() + 20s;
        while (!done && std::chrono::steady_clock::now() < end) io_.run_one_for(100ms);
        EXPECT_TRUE(done) << "neither an answer nor the end";
        return text.substr(0, done.value_or(0));
    }
    template<class Socket> std::string ask(Socket& socket, std::string_view request, std::size_t count) {
        asio::write(socket, asio::buffer(request));
        return read(socket, count);
    }
    static constexpr std::size_t to_the_end = 100000;

    asio::io_context io_;
    std::unique_ptr<MapServer> server_;
    std::uint16_t port_ = 0;
    std::string closed_;
};

TEST_F(MapServerTest, AnswersOneAfterTheOther) {
    start(socketmap::protocol);
    tcp::socket client = connect();
    EXPECT_EQ(ask(client, "3:a b,", 9), "6:OK a:b,");
    EXPECT_EQ(ask(client, "6:a none,", 12), "9:NOTFOUND ,");
    EXPECT_EQ(ask(client, "3:a b,3:c d,4:e", 18), "6:OK a:b,6:OK c:d,"); // two and a half
    EXPECT_EQ(ask(client, " fg,", 10), "7:OK e:fg,");
    EXPECT_EQ(server_->counters().requests, 5U);
    EXPECT_EQ(server_->counters().open, 1U);
}

TEST_F(MapServerTest, SpeaksTcpTableToo) {
    start(tcp_table::protocol);
    tcp::socket client = connect();
    EXPECT_EQ(ask(client, "get a%20b\n", 11), "200 :a%20b\n");
    EXPECT_EQ(ask(client, "get none\n", 5), "500 \n");
}

TEST_F(MapServerTest, OnAUnixSocket) {
    const TestFolder folder;
    const std::string path = folder.at("map");
    start(socketmap::protocol, {}, "unix:" + path);
    asio::local::stream_protocol::socket client(io_);
    client.connect({path});
    EXPECT_EQ(ask(client, "3:a b,", 9), "6:OK a:b,");
}

TEST_F(MapServerTest, TroubleIsTemporary) {
    start(socketmap::protocol);
    tcp::socket client = connect();
    EXPECT_EQ(ask(client, "7:a throw,", 23), "19:TEMP internal error,");
    EXPECT_EQ(ask(client, "3:a b,", 9), "6:OK a:b,");
    EXPECT_EQ(ask(client, "3:a b,what", to_the_end), "6:OK a:b,17:TEMP no netstring,"); // and the end
    EXPECT_EQ(closed_, "no netstring");
    EXPECT_EQ(server_->counters().errors, 1U);
    EXPECT_EQ(server_->counters().open, 0U);
}

TEST_F(MapServerTest, ALongRequestEndsTheConnection) {
    start(tcp_table::protocol);
    tcp::socket client = connect();
    EXPECT_EQ(ask(client, "get " + std::string(most_map_request_bytes, 'x'), to_the_end), "400 request%20too%20long\n");
}

TEST_F(MapServerTest, ConnectionsAreBounded) {
    start(socketmap::protocol, {.most_connections = 2});
    tcp::socket one = connect(), two = connect();
    EXPECT_EQ(ask(one, "3:a b,", 9), "6:OK a:b,");
    EXPECT_EQ(ask(two, "3:a b,", 9), "6:OK a:b,");
    tcp::socket three = connect();
    EXPECT_EQ(read(three, to_the_end), "");
    EXPECT_EQ(server_->counters().refused, 1U);
    one.close();
    while (server_->counters().open > 1) io_.run_one_for(100ms);
    tcp::socket four = connect();
    EXPECT_EQ(ask(four, "3:a b,", 9), "6:OK a:b,");
}

TEST_F(MapServerTest, SilenceAndHalfARequestEndTheConnection) {
    start(socketmap::protocol, {.idle_timeout = 50ms});
    tcp::socket silent = connect(), half = connect();
    asio::write(half, asio::buffer(std::string_view("3:a ")));
    EXPECT_EQ(read(silent, to_the_end), "");
    EXPECT_EQ(read(half, to_the_end), "");
    EXPECT_EQ(server_->counters().timeouts, 2U);
}

TEST_F(MapServerTest, ItsEndClosesAll) {
    start(socketmap::protocol);
    tcp::socket client = connect();
    EXPECT_EQ(ask(client, "3:a b,", 9), "6:OK a:b,");
    server_.reset();
    EXPECT_EQ(read(client, to_the_end), "");
    io_.restart();
    EXPECT_EQ(io_.run_for(1s), 0U) << "something of the server still waits";
}

TEST_F(MapServerTest, AddressesAreJudged) {
    MapServer server(io_, {});
    const MapLookup none = [](const MapRequest&) { return MapAnswer{}; };
    EXPECT_FALSE(server.listen("127.0.0.1:1", socketmap::protocol, none));
    const auto bound = server.listen("inet:127.0.0.1:0", socketmap::protocol, none);
    ASSERT_TRUE(bound);
    EXPECT_FALSE(server.listen(*bound, socketmap::protocol, none)); // taken
}

} // namespace
} // namespace bonafide::io
