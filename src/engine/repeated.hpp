// A thread of its own that does something again and again: looking at files, tending keys. Not for mail.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace bonafide::engine {

/// Thread-safe. The work runs on its own thread, never twice at once; what it throws is its own to catch.
class Repeated {
  public:
    explicit Repeated(std::function<void()> work) : work_(std::move(work)), thread_([this] { run(); }) {}
    Repeated(const Repeated&) = delete;
    Repeated& operator=(const Repeated&) = delete;
    /// Waits for work under way.
    ~Repeated() {
        {
            const std::scoped_lock lock(mutex_);
            ended_ = true;
        }
        wake_.notify_all();
        thread_.join();
    }

    /// From now on, counted anew from here; 0: not at all.
    void every(std::chrono::milliseconds interval) {
        {
            const std::scoped_lock lock(mutex_);
            interval_ = interval;
            changed_ = true;
        }
        wake_.notify_all();
    }
    /// Work under way may end early.
    [[nodiscard]] bool ended() const { return ended_; }

  private:
    void run() {
        std::unique_lock lock(mutex_);
        while (!ended_) {
            const auto is_disturbed = [&] { return ended_ || changed_; };
            changed_ = false;
            if (interval_.count() == 0) {
                wake_.wait(lock, is_disturbed);
                continue;
            }
            if (wake_.wait_for(lock, interval_, is_disturbed)) continue;
            lock.unlock();
            work_();
            lock.lock();
        }
    }

    std::function<void()> work_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::chrono::milliseconds interval_{0}; // guarded by mutex_
    bool changed_ = false;                  // likewise
    std::atomic<bool> ended_ = false;
    std::thread thread_; // last: it uses the others
};

} // namespace bonafide::engine
