#include "io/store_lane.hpp"

#include <utility>

namespace bonafide::io::store {

Lane::Lane(Database database, std::size_t most, Chore chore)
    : database_(std::move(database)), most_(most), chore_(std::move(chore)), thread_([this] { run(); }) {}

Lane::~Lane() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    database_.stop_waiting();
    changed_.notify_one();
    thread_.join();
}

void Lane::ask(Job job) {
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.size() < most_) waiting_.push_back(std::exchange(job, nullptr));
    }
    if (job)
        job(failure("the store is busy: too much is asked of it at once"));
    else
        changed_.notify_one();
}

void Lane::run() {
    auto due = chore_ ? Clock::now() : Clock::time_point::max();
    std::unique_lock lock(mutex_);
    const auto something = [this] { return ending_ || !waiting_.empty(); };
    for (;;) {
        if (due == Clock::time_point::max())
            changed_.wait(lock, something);
        else
            changed_.wait_until(lock, due, something);
        if (ending_) break;
        Job job;
        if (!waiting_.empty()) {
            job = std::move(waiting_.front());
            waiting_.pop_front();
        }
        lock.unlock();
        if (job) job(&database_);
        job = nullptr; // what it holds goes before the next wait
        if (Clock::now() >= due) due = chore_(database_);
        lock.lock();
    }
    const std::deque<Job> left = std::exchange(waiting_, {});
    lock.unlock();
    for (const Job& job : left) job(failure("the ledger is being closed"));
}

} // namespace bonafide::io::store
