#include "io/map_server.hpp"

#include "io/acceptor.hpp"

#include <array>
#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <list>
#include <unistd.h>
#include <utility>
#include <vector>

namespace bonafide::io {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

void raise(std::atomic<std::uint64_t>& counter) { counter.fetch_add(1, std::memory_order_relaxed); }

/// What is asked at one address.
struct Table {
    MapProtocol protocol;
    MapLookup look_up;
};

} // namespace

class MapServer::Impl : public std::enable_shared_from_this<MapServer::Impl> {
  public:
    Impl(asio::io_context& io, MapServerSettings of, MapServerEvents told)
        : context(io), settings(of), events(std::move(told)) {}

    class Session;
    void take(int socket, const std::shared_ptr<const Table>& table);

    asio::io_context& context;
    const MapServerSettings settings;
    const MapServerEvents events;
    std::vector<std::shared_ptr<Acceptor>> acceptors{};
    std::list<std::weak_ptr<Session>> sessions{}; ///< an ended session's entry goes with the next accept
    std::atomic<std::uint64_t> open = 0, refused = 0, requests = 0, errors = 0, timeouts = 0;
};

/// One connection: read, answer all that is whole, again. Kept alive by what it waits for.
class MapServer::Impl::Session : public std::enable_shared_from_this<Session> {
  public:
    Session(int socket, std::shared_ptr<Impl> server, std::shared_ptr<const Table> table)
        : server_(std::move(server)), table_(std::move(table)), silence_(server_->context),
          socket_(server_->context, socket) { // last: once it is there it owns the descriptor
        raise(server_->open);
    }
    ~Session() { server_->open.fetch_sub(1, std::memory_order_relaxed); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void start() {
        expect();
        read();
    }

    void close() {
        error_code ignored;
        socket_.close(ignored);
        silence_.cancel();
    }

  private:
    /// A request has to be there, or an answer taken, within the time-out from now on.
    void expect() {
        silence_.expires_after(server_->settings.idle_timeout);
        silence_.async_wait([weak = weak_from_this()](const error_code& error) {
            const auto self = weak.lock();
            if (!self || error || self->silence_.expiry() > asio::steady_timer::clock_type::now()) return;
            raise(self->server_->timeouts);
            self->close();
        });
    }

    void read() {
        socket_.async_read_some(asio::buffer(piece_),
                                [self = shared_from_this()](const error_code& error, std::size_t count) {
                                    if (error) return self->close();
                                    self->received_.append(self->piece_.data(), count);
                                    self->answer();
                                });
    }

    void answer() {
        std::size_t taken = 0;
        for (;;) {
            const auto cut = table_->protocol.cut(std::string_view(received_).substr(taken));
            if (!cut) {
                refuse(cut.error().text);
                break;
            }
            if (cut->bytes == 0) break;
            taken += cut->bytes;
            raise(server_->requests);
            answers_ += table_->protocol.write(look_up(cut->request));
        }
        received_.erase(0, taken);
        if (answers_.empty()) return read(); // half a request: its time runs on
        write();
    }

    MapAnswer look_up(const MapRequest& request) {
        try {
            return table_->look_up(request);
        } catch (const std::exception&) {
            return {MapAnswer::Kind::temporary, "internal error"};
        }
    }

    void refuse(const std::string& why) {
        ending_ = true; // where the next request begins is not known
        raise(server_->errors);
        if (server_->events.closed) server_->events.closed(why);
        answers_ += table_->protocol.write({MapAnswer::Kind::temporary, why});
    }

    void write() {
        expect();
        asio::async_write(socket_, asio::buffer(answers_),
                          [self = shared_from_this()](const error_code& error, std::size_t) {
                              if (error || self->ending_) return self->close();
                              self->answers_.clear();
                              self->start();
                          });
    }

    std::shared_ptr<Impl> server_;
    std::shared_ptr<const Table> table_;
    asio::steady_timer silence_;
    asio::posix::stream_descriptor socket_;
    std::array<char, 4096> piece_{};
    std::string received_, answers_; ///< at most a request and a piece; at most the answers to those
    bool ending_ = false;
};

void MapServer::Impl::take(int socket, const std::shared_ptr<const Table>& table) {
    sessions.remove_if([](const auto& session) { return session.expired(); });
    if (sessions.size() >= settings.most_connections) {
        raise(refused);
        ::close(socket);
        return;
    }
    std::shared_ptr<Session> session;
    try {
        session = std::make_shared<Session>(socket, shared_from_this(), table);
    } catch (...) { // the socket could not be registered
        ::close(socket);
        throw;
    }
    sessions.push_back(session);
    session->start();
}

MapServer::MapServer(asio::io_context& context, MapServerSettings settings, MapServerEvents events)
    : impl_(std::make_shared<Impl>(context, settings, std::move(events))) {}

MapServer::~MapServer() {
    for (const auto& acceptor : impl_->acceptors) acceptor->close();
    impl_->acceptors.clear();
    for (const auto& weak : impl_->sessions)
        if (const auto session = weak.lock()) session->close();
    impl_->sessions.clear();
}

Expected<std::string> MapServer::listen(std::string_view address, const MapProtocol& protocol, MapLookup look_up) {
    const auto parsed = milter::ListenAddress::parse(address);
    if (!parsed) return std::unexpected(parsed.error());
    auto listener = milter::Listener::open(*parsed, impl_->settings.socket_mode);
    if (!listener) return std::unexpected(listener.error());
    std::string bound = listener->address().text();
    Acceptor::Events told;
    told.accepted = [weak = std::weak_ptr(impl_),
                     table = std::make_shared<const Table>(protocol, std::move(look_up))](int socket) {
        if (const auto impl = weak.lock())
            impl->take(socket, table);
        else
            ::close(socket);
    };
    told.failed = [weak = std::weak_ptr(impl_)](const std::string& why) {
        if (const auto impl = weak.lock(); impl && impl->events.accept_failed) impl->events.accept_failed(why);
    };
    impl_->acceptors.push_back(std::make_shared<Acceptor>(impl_->context, *std::move(listener), std::move(told)));
    return bound;
}

void MapServer::start() {
    for (const auto& acceptor : impl_->acceptors) acceptor->start();
}

MapServerCounters MapServer::counters() const {
    return {.open = impl_->open.load(),
            .refused = impl_->refused.load(),
            .requests = impl_->requests.load(),
            .errors = impl_->errors.load(),
            .timeouts = impl_->timeouts.load()};
}

} // namespace bonafide::io
