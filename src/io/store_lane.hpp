// One thread with one Database: does what it is asked, one thing after the other, and what is due when nothing is asked. Thread-safe.
#pragma once

#include "io/store_sqlite.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace bonafide::io::store {

class Lane {
  public:
    using Clock = std::chrono::steady_clock;
    /// Called once: with the Database, on the thread; or with the reason why not.
    using Job = std::function<void(Expected<Database*>)>;
    /// Returns when it wants to be called again.
    using Chore = std::function<Clock::time_point(Database&)>;

    /// More than `most` jobs are not kept waiting. `chore` may be empty.
    Lane(Database database, std::size_t most, Chore chore);
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;
    /// Breaks off what is under way and refuses what waits.
    ~Lane();

    /// A job too many is refused before this returns, on the calling thread, so that none piles up behind a disk that stands still.
    void ask(Job job);

  private:
    void run();

    Database database_;
    std::size_t most_;
    Chore chore_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job> waiting_;
    bool ending_ = false;
    std::thread thread_; ///< last: it uses all the others
};

} // namespace bonafide::io::store
