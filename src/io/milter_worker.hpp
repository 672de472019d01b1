// One worker thread: its io_context, its connections and their time-outs. Everything but construction, post() and the counters runs on the
// thread itself.
#pragma once

#include "io/milter_server.hpp"
#include "io/milter_session.hpp"

#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace bonafide::io::milter {

/// Written by one thread, read by any.
struct WorkerCounters {
    std::atomic<std::uint64_t> protocol_errors = 0, timeouts = 0, disconnects = 0, left_out = 0, exceptions = 0;
};

class Worker final : public SessionHost {
  public:
    /// `open` counts the connections of all workers; it was raised for each socket given to adopt().
    Worker(std::size_t index, const ServerSettings& settings, const ServerEvents& events,
           std::atomic<std::uint64_t>& open);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    [[nodiscard]] boost::asio::io_context& context() { return context_; }
    [[nodiscard]] const WorkerCounters& counters() const { return counters_; }

    void run(); ///< until shut_down()
    void adopt(int socket, const HandlerFactory& make_handler, const std::string& listener);
    void drain();
    void close_all();
    void shut_down();

    [[nodiscard]] std::span<char> read_buffer() override { return {buffer_.get(), buffer_bytes}; }
    [[nodiscard]] bool draining() const override { return draining_; }
    void waits(Session& session, Waits what) override;
    void closed(Dialogue::Ending ending, std::string_view reason) override;
    void mishaps(Dialogue::Mishaps mishaps) override;

  private:
    static constexpr std::size_t buffer_bytes = 65536;

    [[nodiscard]] SessionList& list(Waits what) { return lists_[static_cast<std::size_t>(what)]; }
    void tick();
    void sweep();
    void close_late(Waits what, std::chrono::milliseconds most, std::string_view reason);
    void give_up_late(Waits what);
    void report_progress();
    void mishap(const char* what) noexcept;
    template<class Act> void for_each_session(Act act);

    std::size_t index_;
    const ServerSettings& settings_;
    const ServerEvents& events_;
    std::atomic<std::uint64_t>& open_;
    WorkerCounters counters_;
    std::unique_ptr<char[]> buffer_;
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_running_;
    boost::asio::steady_timer timer_;
    std::chrono::milliseconds tick_;
    std::array<SessionList, 4> lists_; ///< by Waits; every session is in exactly one
    bool draining_ = false;
};

} // namespace bonafide::io::milter
