#include "io/milter_server.hpp"

#include "io/acceptor.hpp"
#include "io/milter_address.hpp"
#include "io/milter_worker.hpp"

#include <atomic>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <exception>
#include <future>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace bonafide::io::milter {

using namespace std::chrono_literals;

struct Server::State {
    State(ServerSettings s, HandlerFactory m, ServerEvents e)
        : settings(s), make_handler(std::move(m)), events(std::move(e)) {
        if (settings.threads == 0) settings.threads = 1;
        for (std::size_t i = 0; i < settings.threads; ++i)
            workers.push_back(std::make_unique<Worker>(i, settings, events, open));
    }

    void work(std::size_t index, std::promise<void> ready);
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
    std::vector<std::shared_ptr<Acceptor>> doors; ///< on the first worker's thread
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
    Acceptor::Events told;
    told.accepted = [state = state_.get(), name = std::string(address)](int socket) { state->take(socket, name); };
    told.failed = [state = state_.get()](const std::string& why) {
        state->accept_errors.fetch_add(1, std::memory_order_relaxed);
        if (state->events.accept_failed) state->events.accept_failed(why);
    };
    state_->doors.push_back(
        std::make_shared<Acceptor>(state_->workers[0]->context(), std::move(*listener), std::move(told)));
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
        for (const auto& door : state_->doors) door->start();
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
            for (const auto& door : state_->doors) door->close();
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
