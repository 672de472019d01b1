// For tests only: a store in memory that can fail, and whose two lanes (reading, writing) can be held and let go step by step, what is done
// and what is told apart.
#pragma once

#include "io/store.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace bonafide::engine::testing_store {

using io::store::Hash;
using verdict::Series;

/// Waits until `holds` does, for at most ten seconds of real time; meanwhile `nudge` is called.
template<class Holds, class Nudge> bool eventually(Holds holds, Nudge nudge) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!holds()) {
        if (std::chrono::steady_clock::now() > until) return false;
        nudge();
        std::this_thread::yield();
    }
    return true;
}
template<class Holds> bool eventually(Holds holds) {
    return eventually(holds, [] {});
}

/// What outlives a store: the file, as it were.
struct Disk {
    std::mutex mutex; ///< guards everything below
    io::store::Secret secret{1, 2, 3};
    std::map<Hash, Series> histories;
    std::vector<io::store::Message> messages;
    std::vector<io::store::ListRow> rows;
    std::vector<std::string> correspondents;
    io::store::Changes changes; ///< by others, since the last poll
    std::size_t reads = 0, writes = 0, polls = 0;

    template<class Use> auto with(Use use) {
        const std::scoped_lock lock(mutex);
        return use(*this);
    }
    [[nodiscard]] Series history(Hash key) {
        return with([&](Disk& d) { return d.histories[key]; });
    }
};

/// One thread of the store, or none while it is held: then the test goes step by step.
class Lane {
  public:
    using Answer = std::function<void()>;
    using Work = std::function<Answer()>;

    Lane() : thread_([this] { run(); }) {}
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;
    ~Lane() {
        {
            const std::scoped_lock lock(mutex_);
            end_ = true;
        }
        change_.notify_all();
        thread_.join();
    }
    void add(Work work) {
        {
            const std::scoped_lock lock(mutex_);
            work_.push_back(std::move(work));
        }
        change_.notify_all();
    }
    void hold() {
        const std::scoped_lock lock(mutex_);
        held_ = true;
    }
    void let_go() {
        {
            const std::scoped_lock lock(mutex_);
            held_ = false;
        }
        change_.notify_all();
    }
    /// Does the oldest piece of work, once there is one, and tells nobody.
    void apply() {
        ASSERT_TRUE(eventually([this] { return waiting() > 0; })) << "the store was asked for nothing";
        Answer answer = take(work_)();
        const std::scoped_lock lock(mutex_);
        answers_.push_back(std::move(answer));
    }
    /// Tells of the oldest piece of work that was done.
    void answer() { take(answers_)(); }
    [[nodiscard]] std::size_t waiting() {
        const std::scoped_lock lock(mutex_);
        return work_.size();
    }

  private:
    template<class T> T take(std::deque<T>& from) {
        const std::scoped_lock lock(mutex_);
        T first = std::move(from.front());
        from.pop_front();
        return first;
    }
    void run() {
        std::unique_lock lock(mutex_);
        for (;;) {
            change_.wait(lock, [this] { return end_ || (!held_ && (!work_.empty() || !answers_.empty())); });
            if (end_) return;
            const bool is_done = !answers_.empty();
            lock.unlock();
            if (is_done)
                answer();
            else
                take(work_)()();
            lock.lock();
        }
    }
    std::mutex mutex_;
    std::condition_variable change_;
    std::deque<Work> work_;
    std::deque<Answer> answers_;
    bool held_ = false, end_ = false;
    std::thread thread_;
};

class FakeStore final : public io::store::Store {
  public:
    explicit FakeStore(std::shared_ptr<Disk> disk) : disk_(std::move(disk)) {}

    const io::store::Secret& secret() const& override { return disk_->secret; }
    void read(std::vector<Hash> keys, std::function<void(Expected<std::vector<Series>>)> done) override {
        if (is_busy) return done(failure("the store is busy"));
        reading.add([this, keys = std::move(keys), done = std::move(done)] {
            Expected<std::vector<Series>> answer = failure("the disk is gone");
            if (!reads_fail) {
                const std::scoped_lock lock(disk_->mutex);
                ++disk_->reads;
                answer.emplace();
                for (const Hash key : keys) answer->push_back(disk_->histories[key]);
            }
            return [done, answer] { done(answer); };
        });
    }
    void write(io::store::Batch batch, std::function<void(Expected<void>)> done) override {
        writing.add([this, batch = std::move(batch), done = std::move(done)] {
            Expected<void> answer;
            if (writes_fail)
                answer = failure("the disk is full");
            else
                put(batch);
            return [done, answer] { done(answer); };
        });
    }
    void poll(std::function<void(Expected<io::store::Changes>)> done) override {
        reading.add([this, done = std::move(done)] {
            Expected<io::store::Changes> answer = failure("the disk is gone");
            const std::scoped_lock lock(disk_->mutex);
            if (!reads_fail) answer = std::exchange(disk_->changes, {});
            ++disk_->polls;
            return [done, answer] { done(answer); };
        });
    }
    void lists(std::function<void(Expected<std::vector<io::store::ListRow>>)> done) override {
        reading.add([this, done = std::move(done)] {
            const std::scoped_lock lock(disk_->mutex);
            return [done, rows = disk_->rows] { done(rows); };
        });
    }
    void correspondents(std::int32_t, std::uint32_t, std::size_t,
                        std::function<void(Expected<std::vector<std::string>>)> done) override {
        reading.add([this, done = std::move(done)] {
            const std::scoped_lock lock(disk_->mutex);
            return [done, domains = disk_->correspondents] { done(domains); };
        });
    }

    std::atomic<bool> reads_fail = false, writes_fail = false;
    std::atomic<bool> is_busy = false; ///< reads are refused at once, on the thread that asks

  private:
    void put(const io::store::Batch& batch) {
        const std::scoped_lock lock(disk_->mutex);
        ++disk_->writes;
        for (const io::store::Increment& increment : batch.increments)
            verdict::add(disk_->histories[increment.key], increment.counts, 64);
        for (const io::store::Message& message : batch.messages) disk_->messages.push_back(message);
    }
    const std::shared_ptr<Disk> disk_;

  public:
    Lane reading, writing; ///< last: their threads use what stands above
};

} // namespace bonafide::engine::testing_store
