#include "io/dns_exchange.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace bonafide::io {
namespace {

using Clock = std::chrono::steady_clock;

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

SocketAddress socket_address(const ip::Endpoint& server) {
    SocketAddress address;
    const auto bytes = server.address.bytes();
    if (server.address.is_v4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(server.port);
        std::memcpy(&v4.sin_addr, bytes.data(), sizeof v4.sin_addr);
        std::memcpy(&address.storage, &v4, sizeof v4);
        address.size = sizeof v4;
    } else {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(server.port);
        std::memcpy(&v6.sin6_addr, bytes.data(), sizeof v6.sin6_addr);
        std::memcpy(&address.storage, &v6, sizeof v6);
        address.size = sizeof v6;
    }
    return address;
}

/// A connected, non-blocking socket and the time it has.
class Line {
  public:
    Line(const ip::Endpoint& server, DnsTransport transport, Clock::time_point deadline) : deadline_(deadline) {
        const SocketAddress to = socket_address(server);
        const int kind = transport == DnsTransport::udp ? SOCK_DGRAM : SOCK_STREAM;
        socket_ = ::socket(to.storage.ss_family, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (socket_ < 0) return;
        const int made = ::connect(socket_, reinterpret_cast<const sockaddr*>(&to.storage), to.size);
        is_open_ = made == 0 || (errno == EINPROGRESS && wait(POLLOUT) && has_connected());
    }
    ~Line() {
        if (socket_ >= 0) ::close(socket_);
    }
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

    [[nodiscard]] bool is_open() const { return is_open_; }

    [[nodiscard]] bool send(std::span<const std::uint8_t> bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent > 0)
                bytes = bytes.subspan(static_cast<std::size_t>(sent));
            else if (!may_go_on(sent) || !wait(POLLOUT))
                return false;
        }
        return true;
    }
    /// What has come, at least a byte; 0: nothing in time, or the line is cut.
    [[nodiscard]] std::size_t receive(std::span<std::uint8_t> into) {
        while (wait(POLLIN)) {
            const ssize_t got = ::recv(socket_, into.data(), into.size(), 0);
            if (got > 0) return static_cast<std::size_t>(got);
            if (got == 0 || !may_go_on(got)) return 0;
        }
        return 0;
    }
    [[nodiscard]] bool receive_all(std::span<std::uint8_t> into) {
        while (!into.empty()) {
            const std::size_t got = receive(into);
            if (got == 0) return false;
            into = into.subspan(got);
        }
        return true;
    }

  private:
    static bool may_go_on(ssize_t result) {
        return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    }
    [[nodiscard]] bool has_connected() const {
        int error = 0;
        socklen_t size = sizeof error;
        return ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
    }
    /// False when the time is up.
    [[nodiscard]] bool wait(short event) const {
        for (;;) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
            if (left <= 0) return false;
            pollfd one{.fd = socket_, .events = event, .revents = 0};
            const int ready = ::poll(&one, 1, static_cast<int>(left));
            if (ready > 0) return true;
            if (ready == 0 || errno != EINTR) return false;
        }
    }

    Clock::time_point deadline_;
    int socket_ = -1;
    bool is_open_ = false;
};

/// RFC 1035 4.1.1: the id of the query, and QR.
bool is_reply(std::span<const std::uint8_t> message, std::span<const std::uint8_t> query) {
    return message.size() >= least_dns_message && message[0] == query[0] && message[1] == query[1] &&
           (message[2] & 0x80U) != 0;
}

std::unexpected<Error> silent(const ip::Endpoint& server) {
    return failure(fmt::format("{} does not answer", server.text()));
}

using Message = std::vector<std::uint8_t>;

Expected<Message> over_udp(const ip::Endpoint& server, std::span<const std::uint8_t> query, Line& line) {
    if (!line.send(query)) return silent(server);
    Message message(most_dns_message);
    for (;;) {
        const std::size_t size = line.receive(message);
        if (size == 0) return silent(server);
        if (!is_reply(std::span(message).first(size), query)) continue;
        message.resize(size);
        return message;
    }
}

Expected<Message> over_tcp(const ip::Endpoint& server, std::span<const std::uint8_t> query, Line& line) {
    Message framed{static_cast<std::uint8_t>(query.size() >> 8U), static_cast<std::uint8_t>(query.size() & 0xffU)};
    framed.insert(framed.end(), query.begin(), query.end());
    std::array<std::uint8_t, 2> length{};
    if (!line.send(framed) || !line.receive_all(length)) return silent(server);
    Message message(static_cast<std::size_t>(length[0] << 8U | length[1]));
    if (!line.receive_all(message)) return silent(server);
    if (!is_reply(message, query)) return failure(fmt::format("{} sent no readable answer", server.text()));
    return message;
}

} // namespace

Expected<Message> exchange_dns(const ip::Endpoint& server, std::span<const std::uint8_t> query, DnsTransport transport,
                               std::chrono::milliseconds timeout) {
    if (query.size() < least_dns_message || query.size() > most_dns_message)
        return failure("the question cannot be written");
    Line line(server, transport, Clock::now() + timeout);
    if (!line.is_open()) return silent(server);
    return transport == DnsTransport::udp ? over_udp(server, query, line) : over_tcp(server, query, line);
}

} // namespace bonafide::io
