#include "io/milter_server.hpp"

#include "io/milter_address.hpp"
#include "io/milter_worker.hpp"

#include <atomic>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <condition_variable>
#include <exception>
#include <future>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace bonafide::io::milter {
namespace {

using namespace std::chrono_literals;

/// Connections taken in a row before the thread does something else.
constexpr int accepts_in_a_row = 64;
/// Pause after accept() failed for want of something that only time can bring back.
constexpr auto accept_pause = 100ms;

/// One listening socket and its accept loop, on the first worker's thread.
struct Door {
    Door(boost::asio::io_context& context, Listener opened, std::string_view as)
        : name(as), listener(std::move(opened)), socket(context, listener.release()), pause(context) {}

    std::string name;  ///< as it was configured
    Listener listener; ///< keeps the socket file
    boost::asio::posix::stream_descriptor socket;
    boost::asio::steady_timer pause;
};

} // namespace

struct Server::State {
    State(ServerSettings s, HandlerFactory m, ServerEvents e)
        : settings(s), make_handler(std::move(m)), events(std::move(e)) {
        if (settings.threads == 0) settings.threads = 1;
        for (std::size_t i = 0; i < settings.threads; ++i)
            workers.push_back(std::make_unique<Worker>(i, settings, events, open));
    }

    void work(std::size_t index, std::promise<void> ready);
    void wait_for_connection(Door& door);
    void accept_some(Door& door);
    [[nodiscard]] int accept_waiting(Door& door);
    void rest(Door& door, const std::string& why);
    void take(int socket, const std::string& listener);
    void end_threads();
    /// Runs `act` on every worker's thread and waits for all.
    template<class Act> void on_all(Act act);

    ServerSettings settings;
    HandlerFactory make_handler;
    ServerEvents events;
    std::function<void(std::size_t, boost::asio::io_context&)> act;
    std::function<void(std::size_t)> undo;
    std::atomic<std::uint64_t> open = 0, accepted = 0, refused = 0, accept_errors = 0;
    std::vector<std::unique_ptr<Worker>> workers;
    std::vector<std::unique_ptr<Door>> doors;
    std::vector<std::thread> threads;
    std::size_t next = 0; ///< the worker whose turn it is
};

Server::Server(ServerSettings settings, HandlerFactory make_handler, ServerEvents events)
    : state_(std::make_unique<State>(settings, std::move(make_handler), std::move(events))) {}

Server::~Server() { stop(); }

void Server::on_worker(std::function<void(std::size_t, boost::asio::io_context&)> act,
                       std::function<void(std::size_t)> undo) {
    state_->act = std::move(act);
    state_->undo = std::move(undo);
}

Expected<std::string> Server::listen(std::string_view address) {
    const auto parsed = ListenAddress::parse(address);
    if (!parsed) return std::unexpected(parsed.error());
    auto listener = Listener::open(*parsed, state_->settings.socket_mode);
    if (!listener) return std::unexpected(listener.error());
    std::string bound = listener->address().text();
    state_->doors.push_back(std::make_unique<Door>(state_->workers[0]->context(), std::move(*listener), address));
    return bound;
}

void Server::start() {
    std::vector<std::future<void>> ready;
    for (std::size_t i = 0; i < state_->workers.size(); ++i) {
        std::promise<void> promise;
        ready.push_back(promise.get_future());
        state_->threads.emplace_back([this, i, p = std::move(promise)]() mutable { state_->work(i, std::move(p)); });
    }
    for (auto& one : ready) one.wait();
    try {
        for (auto& one : ready) one.get();
    } catch (...) { // on_worker's function failed on some thread
        state_->end_threads();
        throw;
    }
    boost::asio::post(state_->workers[0]->context(), [this] {
        for (const auto& door : state_->doors) state_->wait_for_connection(*door);
    });
}

void Server::State::work(std::size_t index, std::promise<void> ready) {
    try {
        if (act) act(index, workers[index]->context());
    } catch (...) {
        ready.set_exception(std::current_exception());
        return;
    }
    ready.set_value();
    workers[index]->run();
}

void Server::State::wait_for_connection(Door& door) {
    door.socket.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this, &door](const auto& error) {
        if (!error) accept_some(door);
    });
}

void Server::State::accept_some(Door& door) {
    try {
        if (const int error = accept_waiting(door)) return rest(door, std::generic_category().message(error));
    } catch (const std::exception& error) {
        return rest(door, error.what());
    }
    wait_for_connection(door);
}

/// Takes the connections that wait. Returns 0, or the errno of a want that only time can bring back.
int Server::State::accept_waiting(Door& door) {
    for (int i = 0; i < accepts_in_a_row; ++i) {
        const int socket = ::accept4(door.socket.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket >= 0)
            take(socket, door.name);
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            break;
        else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            return errno;
        // Everything else is the peer's trouble, e.g. ECONNABORTED.
    }
    return 0;
}

void Server::State::rest(Door& door, const std::string& why) {
    accept_errors.fetch_add(1, std::memory_order_relaxed);
    if (events.accept_failed) events.accept_failed(why);
    door.pause.expires_after(accept_pause);
    door.pause.async_wait([this, &door](const auto& error) {
        if (!error && door.socket.is_open()) accept_some(door);
    });
}

void Server::State::take(int socket, const std::string& listener) {
    if (open.load(std::memory_order_relaxed) >= settings.most_connections) {
        refused.fetch_add(1, std::memory_order_relaxed);
        ::close(socket);
        return;
    }
    Worker& worker = *workers[next];
    open.fetch_add(1, std::memory_order_relaxed);
    try {
        boost::asio::post(worker.context(),
                          [this, &worker, socket, listener] { worker.adopt(socket, make_handler, listener); });
    } catch (...) {
        open.fetch_sub(1, std::memory_order_relaxed);
        ::close(socket);
        throw;
    }
    accepted.fetch_add(1, std::memory_order_relaxed);
    next = (next + 1) % workers.size();
}

template<class Act> void Server::State::on_all(Act action) {
    std::vector<std::future<void>> done;
    for (const auto& worker : workers) {
        auto promise = std::make_shared<std::promise<void>>();
        done.push_back(promise->get_future());
        boost::asio::post(worker->context(), [&worker = *worker, promise, action] {
            action(worker);
            promise->set_value();
        });
    }
    for (auto& one : done) one.wait();
}

void Server::stop_accepting() {
    if (!state_->threads.empty()) {
        std::promise<void> done;
        boost::asio::post(state_->workers[0]->context(), [&] {
            for (const auto& door : state_->doors) {
                boost::system::error_code ignored;
                door->socket.close(ignored);
                door->pause.cancel();
            }
            done.set_value();
        });
        done.get_future().wait();
        // One more turn of that thread: the accept loops, which refer to the doors, have seen the end.
        state_->on_all([](Worker&) {});
    }
    state_->doors.clear();
}

bool Server::drain(std::chrono::milliseconds patience) {
    if (state_->threads.empty()) return true;
    const auto until = std::chrono::steady_clock::now() + patience;
    state_->on_all([](Worker& worker) { worker.drain(); });
    while (state_->open.load() > 0 && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(5ms);
    return state_->open.load() == 0;
}

void Server::stop() {
    if (state_->threads.empty()) return;
    stop_accepting();
    state_->on_all([](Worker& worker) { worker.close_all(); });
    state_->on_all([](Worker&) {}); // the waits cancelled by that have been told
    state_->end_threads();
}

/// A thread that never began to serve is gone already and does not run what is posted here.
void Server::State::end_threads() {
    for (std::size_t i = 0; i < workers.size(); ++i)
        boost::asio::post(workers[i]->context(), [this, i] {
            if (undo) undo(i);
            workers[i]->shut_down();
        });
    for (std::thread& thread : threads) thread.join();
    threads.clear();
}

void Server::post(std::size_t thread, std::function<void()> work) {
    boost::asio::post(state_->workers.at(thread)->context(), std::move(work));
}

std::size_t Server::threads() const { return state_->workers.size(); }

ServerCounters Server::counters() const {
    ServerCounters sum;
    sum.accepted = state_->accepted.load();
    sum.refused = state_->refused.load();
    sum.accept_errors = state_->accept_errors.load();
    sum.open = state_->open.load();
    for (const auto& worker : state_->workers) {
        const WorkerCounters& one = worker->counters();
        sum.protocol_errors += one.protocol_errors.load();
        sum.timeouts += one.timeouts.load();
        sum.disconnects += one.disconnects.load();
        sum.left_out += one.left_out.load();
        sum.exceptions += one.exceptions.load();
    }
    return sum;
}

} // namespace bonafide::io::milter
