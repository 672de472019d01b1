#include "io/milter_session.hpp"

#include <boost/asio/post.hpp>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>
#include <utility>

namespace bonafide::io::milter {
namespace {

/// Full buffers read in a row before other connections of the thread have their turn.
constexpr int reads_in_a_row = 8;
/// Output space kept between two events.
constexpr std::size_t output_capacity_most = 256;

/// False on a socket that is not TCP.
bool set_tcp_option(int socket, int option) {
    const int on = 1;
    return ::setsockopt(socket, IPPROTO_TCP, option, &on, sizeof on) == 0;
}

bool would_block(int code) { return code == EAGAIN || code == EWOULDBLOCK || code == EINTR; }

} // namespace

Session::Session(boost::asio::io_context& context, int socket, SessionHost& host)
    : socket_(context, socket), tcp_(set_tcp_option(socket, TCP_NODELAY)), host_(host), dialogue_([this] {
          boost::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->resume(); });
      }) {}

void Session::start(std::unique_ptr<Handler> handler) {
    self_ = shared_from_this();
    dialogue_.attach(std::move(handler));
    host_.waits(*this, SessionHost::Waits::handshake);
    arm();
}

void Session::arm() {
    if (armed_ || closed_) return;
    armed_ = true;
    socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                       [self = shared_from_this()](const auto& error) {
                           self->armed_ = false;
                           if (!error) self->readable();
                       });
}

void Session::readable() {
    guarded([this] {
        if (dialogue_.awaiting())
            watch();
        else if (!writing_)
            read();
    });
}

// The session edge of HOUSE 6: what the dialogue does not catch itself (memory, a handler that throws outside a message) ends the
// connection, and the MTA does as configured for a milter that fails.
template<class Work> void Session::guarded(Work work) {
    if (closed_) return;
    try {
        work();
    } catch (const std::exception& error) {
        host_.mishaps({0, 1});
        close(Dialogue::Ending::closed_by_us, std::string{"internal error: "} + error.what());
    }
}

/// The socket became readable while an answer is due: either the MTA hung up, or it sent something that must wait (resume() reads it).
void Session::watch() {
    char byte = 0;
    const auto count = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (count == 0 || (count < 0 && !would_block(errno)))
        close(Dialogue::Ending::disconnected, {});
    else if (count < 0)
        arm();
}

void Session::read() {
    const auto buffer = host_.read_buffer();
    for (int i = 0; i < reads_in_a_row; ++i) {
        const auto count = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count < 0 && would_block(errno)) break;
        if (count <= 0) return close(Dialogue::Ending::disconnected, {});
        dialogue_.feed({buffer.data(), static_cast<std::size_t>(count)});
        if (dialogue_.awaiting() || dialogue_.ended() || static_cast<std::size_t>(count) < buffer.size()) break;
    }
    carry_on();
}

void Session::resume() {
    guarded([this] {
        dialogue_.resume();
        carry_on();
    });
}

/// After anything happened: sends what there is to send, then closes or waits for the next event.
void Session::carry_on() {
    if (const auto mishaps = dialogue_.take_mishaps(); mishaps.left_out + mishaps.exceptions > 0)
        host_.mishaps(mishaps);
    const bool stepped = std::exchange(steps_seen_, dialogue_.steps()) != dialogue_.steps();
    if (stepped) last_step_ = SessionHost::Clock::now();
    // Commands without a reply give the kernel nothing to carry the acknowledgement, so it would wait some 40 ms for it, and an MTA that
    // leaves Nagle's algorithm on (Postfix) would hold the next command as long. The option lasts for one reading only.
    if (tcp_ && dialogue_.output().empty()) set_tcp_option(socket_.native_handle(), TCP_QUICKACK);
    const bool flushed = flush();
    if (closed_) return;
    if (dialogue_.ended()) {
        const auto& error = dialogue_.error();
        return close(dialogue_.ending(), error ? error->text() : std::string{});
    }
    const auto waits = dialogue_.awaiting_verdict() ? SessionHost::Waits::verdict
                       : dialogue_.awaiting()       ? SessionHost::Waits::reply
                       : dialogue_.negotiated()     ? SessionHost::Waits::command
                                                    : SessionHost::Waits::handshake;
    // Bytes of an unfinished command buy no time: whoever sends one at a time would never be late.
    if (stepped || waits != waiting_for) host_.waits(*this, waits);
    if (!flushed) return;
    if (host_.draining()) {
        close_if_idle();
        if (closed_) return;
    }
    arm();
}

/// False when the connection is gone or output is stuck; reading goes on when it is not.
bool Session::flush() {
    std::string& output = dialogue_.output();
    if (writing_) return false;
    if (output.empty()) return true;
    const auto count = ::send(socket_.native_handle(), output.data(), output.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && !would_block(errno)) {
        close(Dialogue::Ending::disconnected, {});
        return false;
    }
    if (count > 0) output.erase(0, static_cast<std::size_t>(count));
    if (output.empty()) {
        if (output.capacity() > output_capacity_most) std::string().swap(output);
        return true;
    }
    arm_write();
    return false;
}

void Session::arm_write() {
    writing_ = true;
    socket_.async_wait(boost::asio::posix::stream_descriptor::wait_write,
                       [self = shared_from_this()](const auto& error) {
                           self->writing_ = false;
                           if (!error) self->guarded([&] { self->carry_on(); });
                       });
}

void Session::send_progress() {
    if (closed_ || !dialogue_.awaiting_verdict()) return;
    if (dialogue_.output().empty()) dialogue_.append_progress(); // one that the MTA has not taken yet is enough
    if (flush()) host_.waits(*this, SessionHost::Waits::verdict);
}

void Session::give_up() {
    guarded([this] {
        dialogue_.give_up();
        carry_on();
    });
}

void Session::close_if_idle() {
    if (!dialogue_.in_message() && !dialogue_.awaiting() && dialogue_.output().empty())
        close(Dialogue::Ending::closed_by_us, {});
}

void Session::close(Dialogue::Ending ending, std::string_view reason) {
    if (closed_) return;
    closed_ = true;
    const auto self = std::exchange(self_, nullptr);
    unlink();
    dialogue_.end(ending);
    boost::system::error_code ignored;
    socket_.close(ignored);
    host_.closed(dialogue_.ending(), reason);
}

} // namespace bonafide::io::milter
