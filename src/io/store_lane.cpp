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
        (waiting_.size() < most_ ? waiting_ : refused_).push_back(std::move(job));
    }
    changed_.notify_one();
}

void Lane::refuse(const std::deque<Job>& jobs, const char* why) {
    for (const Job& job : jobs) job(failure(why));
}

void Lane::run() {
    auto due = chore_ ? Clock::now() : Clock::time_point::max();
    std::unique_lock lock(mutex_);
    const auto something = [this] { return ending_ || !waiting_.empty() || !refused_.empty(); };
    for (;;) {
        if (due == Clock::time_point::max())
            changed_.wait(lock, something);
        else
            changed_.wait_until(lock, due, something);
        if (ending_) break;
        std::deque<Job> refused = std::exchange(refused_, {});
        Job job;
        if (!waiting_.empty()) {
            job = std::move(waiting_.front());
            waiting_.pop_front();
        }
        lock.unlock();
        refuse(refused, "too much is asked of the ledger at once");
        if (job) job(&database_);
        job = nullptr; // what it holds goes before the next wait
        if (Clock::now() >= due) due = chore_(database_);
        lock.lock();
    }
    std::deque<Job> left = std::exchange(refused_, {});
    for (Job& job : waiting_) left.push_back(std::move(job));
    waiting_.clear();
    lock.unlock();
    refuse(left, "the ledger is being closed");
}

} // namespace bonafide::io::store
