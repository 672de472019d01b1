// One milter connection: a socket around a Dialogue. Lives on one worker thread and is never touched from another.
//
// It holds no read buffer: it waits for the socket to become readable, then reads into its worker's one buffer and goes through what came
// at once. What it keeps between two events is an unfinished command (never body bytes) and output the MTA has not taken yet. While an
// answer of the handler is due it reads nothing, but notices a disconnect.
#pragma once

#include "io/milter_dialogue.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace bonafide::io::milter {

class Session;

/// What the sessions of a thread share.
class SessionHost {
  public:
    using Clock = std::chrono::steady_clock;
    /// What a session waits for; each has its own time-out, so each list is in order of time.
    enum class Waits : std::uint8_t { handshake, command, reply, verdict };

    [[nodiscard]] virtual std::span<char> read_buffer() = 0;
    [[nodiscard]] virtual bool draining() const = 0;
    /// Puts the session at the end of that list, as of now.
    virtual void waits(Session& session, Waits what) = 0;
    /// The connection is closed. `reason` is empty when that is worth no log line.
    virtual void closed(Dialogue::Ending ending, std::string_view reason) = 0;
    virtual void mishaps(Dialogue::Mishaps mishaps) = 0;

  protected:
    ~SessionHost() = default;
};

class Session : public std::enable_shared_from_this<Session>,
                public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  public:
    /// Takes the connected, non-blocking socket over.
    Session(boost::asio::io_context& context, int socket, SessionHost& host);

    [[nodiscard]] Dialogue& dialogue() { return dialogue_; }
    void start(std::unique_ptr<Handler> handler);
    /// Tells the MTA that the end of its message is still being worked on.
    void send_progress();
    /// Hangs up. `reason` for the log, or empty.
    void close(Dialogue::Ending ending, std::string_view reason);
    /// Hangs up if no message is under way and no answer due.
    void close_if_idle();

    /// Tells the MTA to try later: our answer has been due for too long.
    void give_up();
    /// When the dialogue last made a step; while an answer is due, when the MTA asked.
    [[nodiscard]] SessionHost::Clock::time_point last_step() const { return last_step_; }

    SessionHost::Clock::time_point waiting_since;                   ///< the host's
    SessionHost::Waits waiting_for = SessionHost::Waits::handshake; ///< the host's

  private:
    void arm();
    template<class Work> void guarded(Work work);
    void readable();
    void read();
    void watch();
    void resume();
    void carry_on();
    [[nodiscard]] bool flush();
    void arm_write();

    std::shared_ptr<Session>
        self_; ///< from start() to close() it owns itself; waits that end later hold it a little longer
    boost::asio::posix::stream_descriptor socket_;
    bool tcp_;
    SessionHost& host_;
    Dialogue dialogue_;
    std::uint64_t steps_seen_ = 0;
    SessionHost::Clock::time_point last_step_ = SessionHost::Clock::now();
    bool armed_ = false;   ///< a wait for readability is under way
    bool writing_ = false; ///< output is stuck, a wait for writability is under way
    bool closed_ = false;
};

using SessionList = boost::intrusive::list<Session, boost::intrusive::constant_time_size<false>>;

} // namespace bonafide::io::milter
