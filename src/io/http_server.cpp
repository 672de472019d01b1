// The only file that includes Boost.Beast.
#include "io/http_server.hpp"

#include "base/ascii.hpp"
#include "base/endpoint.hpp"
#include "base/escape.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>
#include <list>
#include <optional>
#include <utility>

namespace bonafide::io::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

Response plain(unsigned status, std::string_view text) {
    return {status, "text/plain; charset=utf-8", std::string(text) + "\n", {}};
}

std::optional<tcp::endpoint> parse_endpoint(std::string_view text) {
    const auto endpoint = ip::Endpoint::parse(text);
    if (!endpoint) return {};
    return tcp::endpoint(asio::ip::make_address(endpoint->address.text()), endpoint->port);
}

/// What the routes say to a request: the handler to call, or the refusal.
struct Choice {
    const Route* route = nullptr;
    Response refusal;
};

Choice choose(const std::vector<Route>& routes, const Request& request) {
    std::string allowed;
    for (const Route& route : routes) {
        if (route.path != request.path) continue;
        if (route.method == request.method) return {&route, {}};
        allowed += (allowed.empty() ? "" : ", ") + route.method + (route.method == "GET" ? ", HEAD" : "");
    }
    if (allowed.empty()) return {nullptr, plain(404, "not found")};
    Response refusal = plain(405, "method not allowed");
    refusal.headers.emplace_back("Allow", allowed); // RFC 9110 15.5.6
    return {nullptr, std::move(refusal)};
}

} // namespace

Handler immediate(std::function<Response(const Request&)> answer) {
    return [answer = std::move(answer)](const Request& request, Reply reply) { reply(answer(request)); };
}

class Server::Impl : public std::enable_shared_from_this<Server::Impl> {
  public:
    Impl(asio::io_context& io, Settings settings, std::vector<Route> routes)
        : settings_(std::move(settings)), routes_(std::move(routes)), acceptor_(io), pause_(io) {}

    Expected<void> listen();
    void accept();
    void close();
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  private:
    class Session;
    friend class Session;

    const Settings settings_;
    const std::vector<Route> routes_;
    tcp::acceptor acceptor_;
    asio::steady_timer pause_;
    std::list<std::weak_ptr<Session>> sessions_; ///< an ended session's entry goes with the next accept
};

/// One connection: read, answer, again. Kept alive by the operation it waits for, or by the reply a handler holds.
class Server::Impl::Session : public std::enable_shared_from_this<Session> {
  public:
    Session(tcp::socket socket, std::shared_ptr<Impl> server)
        : stream_(std::move(socket)), server_(std::move(server)) {}

    void read() {
        parser_.emplace();
        parser_->header_limit(static_cast<std::uint32_t>(server_->settings_.most_header_bytes));
        parser_->body_limit(server_->settings_.most_body_bytes);
        stream_.expires_after(server_->settings_.request_timeout);
        wire::async_read(stream_, buffer_, *parser_,
                         [self = shared_from_this()](const error_code& error, std::size_t) { self->on_read(error); });
    }
    void close() { stream_.close(); }

  private:
    void on_read(const error_code& error) {
        if (error == wire::error::header_limit) return refuse(431, "header too large");
        if (error == wire::error::body_limit) return refuse(413, "body too large");
        if (error == wire::error::end_of_stream || error == beast::error::timeout || !parser_->got_some())
            return close();
        if (error)
            return error.category() == wire::make_error_code(wire::error::bad_method).category()
                       ? refuse(400, "bad request")
                       : close();
        const auto& received = parser_->get();
        keep_alive_ = received.keep_alive();
        is_head_ = received.method() == wire::verb::head;
        Request request = convert(received);
        Choice choice = choose(server_->routes_, request);
        if (choice.route == nullptr) return write(std::move(choice.refusal));
        stream_.expires_never(); // the handler's time is its own
        try {
            choice.route->handler(std::move(request),
                                  [self = shared_from_this()](Response response) { self->write(std::move(response)); });
        } catch (const std::exception&) {
            refuse(500, "internal error");
        }
    }

    static Request convert(const wire::request<wire::string_body>& received) {
        const std::string_view target(received.target().data(), received.target().size());
        const std::size_t mark = target.find('?');
        Request request;
        request.method = std::string(received.method_string());
        if (request.method == "HEAD") request.method = "GET";
        request.path = target.substr(0, mark);
        if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
        request.body = received.body();
        for (const auto& field : received)
            request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
        return request;
    }

    void refuse(unsigned status, std::string_view text) {
        keep_alive_ = false; // where the next request begins is not known
        write(plain(status, text));
    }

    void write(Response response) {
        auto message =
            std::make_shared<wire::response<wire::string_body>>(static_cast<wire::status>(response.status), 11);
        message->set(wire::field::server, "bonafide");
        message->set(wire::field::content_type, response.content_type);
        message->set("X-Content-Type-Options", "nosniff");
        for (const auto& [name, value] : response.headers) message->insert(name, value);
        message->body() = std::move(response.body);
        message->keep_alive(keep_alive_);
        message->prepare_payload();
        if (is_head_) message->body().clear(); // RFC 9110 9.3.2: Content-Length as for GET
        stream_.expires_after(server_->settings_.request_timeout);
        wire::async_write(stream_, *message,
                          [self = shared_from_this(), message](const error_code& error, std::size_t) {
                              if (error || !self->keep_alive_) return self->finish();
                              self->read();
                          });
    }

    void finish() {
        error_code ignored;
        stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
        close();
    }

    beast::tcp_stream stream_;
    std::shared_ptr<Impl> server_;
    beast::flat_buffer buffer_{};
    std::optional<wire::request_parser<wire::string_body>> parser_;
    bool keep_alive_ = false;
    bool is_head_ = false;
};

Expected<void> Server::Impl::listen() {
    const auto endpoint = parse_endpoint(settings_.listen);
    if (!endpoint)
        return failure(fmt::format("\"{}\" is no address to listen on (wanted: 127.0.0.1:8898 or [::1]:8898)",
                                   escape::line(settings_.listen)));
    error_code error;
    acceptor_.open(endpoint->protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(*endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return failure(fmt::format("cannot listen on {}: {}", settings_.listen, error.message()));
    return {};
}

void Server::Impl::accept() {
    acceptor_.async_accept([weak = weak_from_this()](const error_code& error, tcp::socket socket) {
        const auto self = weak.lock();
        if (!self || !self->acceptor_.is_open()) return;
        if (error) { // out of descriptors, most likely: not again at once
            self->pause_.expires_after(std::chrono::milliseconds(100));
            self->pause_.async_wait([weak](const error_code& stopped) {
                if (const auto again = weak.lock(); again && !stopped) again->accept();
            });
            return;
        }
        self->sessions_.remove_if([](const auto& session) { return session.expired(); });
        if (self->sessions_.size() < self->settings_.most_connections) {
            const auto session = std::make_shared<Session>(std::move(socket), self);
            self->sessions_.push_back(session);
            session->read();
        }
        self->accept();
    });
}

void Server::Impl::close() {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    for (const auto& weak : sessions_)
        if (const auto session = weak.lock()) session->close();
    sessions_.clear();
}

Expected<std::unique_ptr<Server>> Server::listen(asio::io_context& context, Settings settings,
                                                 std::vector<Route> routes) {
    auto impl = std::make_shared<Impl>(context, std::move(settings), std::move(routes));
    if (auto listening = impl->listen(); !listening) return std::unexpected(listening.error());
    impl->accept();
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { impl_->close(); }
std::uint16_t Server::port() const { return impl_->port(); }

} // namespace bonafide::io::http
