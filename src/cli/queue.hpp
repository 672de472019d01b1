// Hands things from one thread to others, no more than a few waiting: who brings them faster than they are taken waits.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace bonafide::cli {

template<class T> class Queue {
  public:
    explicit Queue(std::size_t most) : most_(most) {}

    /// Waits for room. False when the queue was abandoned: nobody will take anything any more.
    bool push(T thing) {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [this] { return things_.size() < most_ || abandoned_; });
        if (abandoned_) return false;
        things_.push_back(std::move(thing));
        lock.unlock();
        filled_.notify_one();
        return true;
    }
    /// Waits for the next one; none when the queue was closed and is empty.
    [[nodiscard]] std::optional<T> pop() {
        std::unique_lock lock(mutex_);
        filled_.wait(lock, [this] { return !things_.empty() || closed_; });
        return take(lock);
    }
    /// The next one if there is one now.
    [[nodiscard]] std::optional<T> try_pop() {
        std::unique_lock lock(mutex_);
        return take(lock);
    }
    /// Nothing more will come.
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        filled_.notify_all();
    }
    /// What waits is dropped, and nothing more is taken in.
    void abandon() {
        const std::lock_guard lock(mutex_);
        closed_ = abandoned_ = true;
        things_.clear();
        filled_.notify_all();
        room_.notify_all();
    }

  private:
    [[nodiscard]] std::optional<T> take(std::unique_lock<std::mutex>& lock) {
        if (things_.empty()) return std::nullopt;
        std::optional<T> thing(std::move(things_.front()));
        things_.pop_front();
        lock.unlock();
        room_.notify_one();
        return thing;
    }

    std::size_t most_;
    std::mutex mutex_;
    std::condition_variable room_, filled_;
    std::deque<T> things_;
    bool closed_ = false;
    bool abandoned_ = false;
};

} // namespace bonafide::cli
