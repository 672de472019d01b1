// The accept loop of a listening socket, for servers of any protocol. Everything runs on the io_context's thread; an Acceptor is held by
// a shared_ptr, and its functions are called no more once close() was called there. Included by few: it brings Asio.
#pragma once

#include "io/milter_address.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <system_error>
#include <utility>

namespace bonafide::io {

class Acceptor : public std::enable_shared_from_this<Acceptor> {
  public:
    /// Connections taken in a row before the thread does something else.
    static constexpr int accepts_in_a_row = 64;
    /// Pause after accept() failed for want of something that only time can bring back.
    static constexpr std::chrono::milliseconds pause_after_failure{100};

    struct Events {
        std::function<void(int socket)> accepted;           ///< non-blocking; whoever is told owns it
        std::function<void(const std::string& why)> failed; ///< for want of descriptors and the like
    };

    Acceptor(boost::asio::io_context& context, milter::Listener listener, Events events)
        : listener_(std::move(listener)), events_(std::move(events)), socket_(context, listener_.release()),
          pause_(context) {}

    void start() {
        socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           [weak = weak_from_this()](const auto& error) {
                               if (const auto self = weak.lock(); self && !error) self->accept_some();
                           });
    }

    /// The socket file goes with the Acceptor itself.
    void close() {
        boost::system::error_code ignored;
        socket_.close(ignored);
        pause_.cancel();
    }

  private:
    void accept_some() {
        try {
            if (const int error = accept_waiting()) return rest(std::generic_category().message(error));
        } catch (const std::exception& error) {
            return rest(error.what());
        }
        if (socket_.is_open()) start();
    }

    /// Takes the connections that wait. Returns 0, or the errno of a want that only time can bring back.
    int accept_waiting() {
        for (int i = 0; i < accepts_in_a_row && socket_.is_open(); ++i) {
            const int socket = ::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (socket >= 0)
                events_.accepted(socket);
            else if (errno == EAGAIN || errno == EWOULDBLOCK)
                break;
            else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
                return errno;
            // Everything else is the peer's trouble, e.g. ECONNABORTED.
        }
        return 0;
    }

    void rest(const std::string& why) {
        if (events_.failed) events_.failed(why);
        pause_.expires_after(pause_after_failure);
        pause_.async_wait([weak = weak_from_this()](const auto& error) {
            if (const auto self = weak.lock(); self && !error && self->socket_.is_open()) self->accept_some();
        });
    }

    milter::Listener listener_; ///< keeps the socket file
    Events events_;
    boost::asio::posix::stream_descriptor socket_;
    boost::asio::steady_timer pause_;
};

} // namespace bonafide::io
