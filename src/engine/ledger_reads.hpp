// Reads of histories that wait for the store: who waits for which key, and what they are told. A read that takes longer than `patience`,
// or that the store refuses, is answered with a History that is not `known`; an answer that comes later still fills the cache.
//
// The caller asks the store: every function that gives keys wants them asked for, with answer() called for what comes. Thread-safe.
#pragma once

#include "base/error.hpp"
#include "engine/clock.hpp"
#include "engine/history_cache.hpp"
#include "verdict/history.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace bonafide::engine {

class LedgerReads {
  public:
    using Hash = io::store::Hash;
    using Done = std::function<void(verdict::History)>;
    using Post = std::function<void(std::function<void()>)>;

    /// How long a message waits for its history: far less than its sender would, far more than a disk takes.
    static constexpr std::chrono::seconds patience{2};

    /// `cache` outlives it.
    explicit LedgerReads(HistoryCache& cache) : cache_(cache) {}

    struct Begun {
        std::shared_ptr<void> ticket; ///< letting go of it calls the read off; null: `done` was called already
        std::vector<Hash> to_ask;
    };
    /// `hashes` are those of `keys`. `done` by `post`, but for what the cache has: then at once. Empty `post`: on the thread that has the
    /// answer; letting go of the ticket then waits for a `done` that runs on another thread.
    [[nodiscard]] Begun read(std::vector<verdict::PastKey> keys, const std::vector<Hash>& hashes, Done done,
                             const Post& post, Clock::TimePoint now);
    /// What the store gave for `keys`. Gives those that must be asked for again.
    [[nodiscard]] std::vector<Hash> answer(const std::vector<Hash>& keys,
                                           const Expected<std::vector<verdict::Series>>& stored);
    /// Tells those whose time is over. The time at which it is to be called next.
    Clock::TimePoint expire(Clock::TimePoint now);
    /// Tells everybody: other keys from now on, or the end.
    void fail_all();

    [[nodiscard]] std::size_t waiting() const;                                                     ///< reads
    [[nodiscard]] std::uint64_t unread() const { return unread_.load(std::memory_order_relaxed); } ///< told so, ever

  private:
    struct Request;
    struct Place {
        std::shared_ptr<Request> request;
        std::size_t index; ///< among its pasts
    };
    using Requests = std::vector<std::shared_ptr<Request>>;

    [[nodiscard]] std::vector<Hash> wait_for(const std::shared_ptr<Request>& request, const std::vector<Hash>& hashes,
                                             const std::vector<bool>& found);
    void give(Hash key, const verdict::Series& series, Requests& finished);
    void fail(const std::shared_ptr<Request>& request, Requests& finished);
    static void tell(const Requests& finished);

    HistoryCache& cache_;
    std::atomic<std::uint64_t> unread_ = 0;
    mutable std::mutex mutex_; // guards what follows and the state of requests; taken before the cache's
    std::unordered_map<Hash, std::vector<Place>> waiting_;
    std::deque<std::weak_ptr<Request>> requests_; // in the order of their deadlines
};

} // namespace bonafide::engine
