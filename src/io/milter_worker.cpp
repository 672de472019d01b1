#include "io/milter_worker.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <unistd.h>
#include <utility>

namespace bonafide::io::milter {
namespace {

using namespace std::chrono_literals;

/// One coarse timer a thread instead of one a connection: a time-out comes at most a quarter late, a second at most.
std::chrono::milliseconds tick_of(const ServerSettings& settings) {
    const auto shortest = std::min(
        {settings.handshake_timeout, settings.idle_timeout, settings.progress_interval, settings.most_answer_wait});
    return std::clamp<std::chrono::milliseconds>(shortest / 4, 2ms, 1000ms);
}

void raise(std::atomic<std::uint64_t>& counter, std::uint64_t by = 1) {
    counter.fetch_add(by, std::memory_order_relaxed);
}

} // namespace

Worker::Worker(std::size_t index, const ServerSettings& settings, const ServerEvents& events,
               std::atomic<std::uint64_t>& open)
    : index_(index), settings_(settings), events_(events), open_(open),
      buffer_(std::make_unique_for_overwrite<char[]>(buffer_bytes)),
      keep_running_(boost::asio::make_work_guard(context_)), timer_(context_), tick_(tick_of(settings)) {}

void Worker::run() {
    tick();
    for (;;) { // an exception out of one piece of work ends that work, not the thread
        try {
            context_.run();
            return;
        } catch (const std::exception& error) {
            mishap(error.what());
        } catch (...) {
            mishap("unknown exception");
        }
    }
}

void Worker::mishap(const char* what) noexcept {
    try {
        mishaps({0, 1});
        if (events_.closed) events_.closed(std::string{"internal error: "} + what);
    } catch (...) { // telling failed too; the thread goes on all the same
        return;
    }
}

void Worker::adopt(int socket, const HandlerFactory& make_handler, const std::string& listener) {
    try {
        const auto session = std::make_shared<Session>(context_, socket, *this);
        try {
            session->start(make_handler(index_, session->dialogue(), listener));
            if (draining_) session->close_if_idle();
        } catch (const std::exception& error) {
            session->close(Dialogue::Ending::closed_by_us, std::string{"no handler: "} + error.what());
        }
    } catch (const std::exception& error) { // the socket could not be registered
        ::close(socket);
        closed(Dialogue::Ending::closed_by_us, error.what());
    }
}

void Worker::waits(Session& session, Waits what) {
    session.unlink();
    session.waiting_since = Clock::now();
    session.waiting_for = what;
    list(what).push_back(session);
}

void Worker::closed(Dialogue::Ending ending, std::string_view reason) {
    open_.fetch_sub(1, std::memory_order_relaxed);
    if (ending == Dialogue::Ending::disconnected) raise(counters_.disconnects);
    if (ending == Dialogue::Ending::protocol_error) raise(counters_.protocol_errors);
    if (!reason.empty() && events_.closed) events_.closed(reason);
}

void Worker::mishaps(Dialogue::Mishaps mishaps) {
    raise(counters_.left_out, mishaps.left_out);
    raise(counters_.exceptions, mishaps.exceptions);
}

void Worker::tick() {
    timer_.expires_after(tick_);
    timer_.async_wait([this](const auto& error) {
        if (error) return;
        tick(); // first: whatever a sweep throws, the next one comes
        sweep();
    });
}

void Worker::sweep() {
    close_late(Waits::handshake, settings_.handshake_timeout, "no negotiation within the handshake time-out");
    close_late(Waits::command, settings_.idle_timeout, "nothing from the MTA within the idle time-out");
    give_up_late(Waits::reply);
    give_up_late(Waits::verdict);
    report_progress();
}

void Worker::close_late(Waits what, std::chrono::milliseconds most, std::string_view reason) {
    const auto limit = Clock::now() - most;
    while (!list(what).empty() && list(what).front().waiting_since <= limit) {
        raise(counters_.timeouts);
        list(what).front().close(Dialogue::Ending::closed_by_us, reason);
    }
}

/// Progress reports put sessions at the end of the list again and again, so its order says nothing here; it is short.
void Worker::give_up_late(Waits what) {
    const auto limit = Clock::now() - settings_.most_answer_wait;
    auto& due = list(what);
    for (auto it = due.begin(); it != due.end();) {
        Session& session = *it++;
        if (!session.dialogue().awaiting() || session.last_step() > limit) continue;
        raise(counters_.timeouts);
        session.give_up();
    }
}

void Worker::report_progress() {
    const auto limit = Clock::now() - settings_.progress_interval;
    auto& due = list(Waits::verdict);
    while (!due.empty() && due.front().waiting_since <= limit) {
        Session& session = due.front();
        session.send_progress(); // puts it at the end of a list, or closes it
        if (!due.empty() && &due.front() == &session && session.waiting_since <= limit) waits(session, Waits::verdict);
    }
}

template<class Act> void Worker::for_each_session(Act act) {
    for (SessionList& sessions : lists_)
        for (auto it = sessions.begin(); it != sessions.end();) act(*it++);
}

void Worker::drain() {
    draining_ = true;
    for_each_session([](Session& session) { session.close_if_idle(); });
}

void Worker::close_all() {
    for_each_session([](Session& session) { session.close(Dialogue::Ending::closed_by_us, {}); });
}

void Worker::shut_down() {
    timer_.cancel();
    keep_running_.reset();
    context_.stop();
}

} // namespace bonafide::io::milter
