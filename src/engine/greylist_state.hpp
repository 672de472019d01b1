// The inside of a Greylist: states that are not written yet, who waits for the store, and the thread that writes. Shared with the sources it
// gave out, which may outlive it.
//
// A state counts from the moment it is decided: it lies in `entries_` until the store has it, and a while longer for reads that the store was
// asked before (their `epoch` is older than the entry's), so that no answer of the store is older than what is known here.
#pragma once

#include "engine/greylist.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bonafide::engine {

class Greylist::State : public std::enable_shared_from_this<Greylist::State> {
  public:
    using Hash = io::store::Hash;
    using Time = std::chrono::steady_clock;
    using Post = std::function<void(std::function<void()>)>;
    using Kept = std::optional<policy::greylist::State>;

    static constexpr std::size_t most_batch = 5000;
    static constexpr std::chrono::seconds retry_pause{1};
    static constexpr std::chrono::seconds end_patience{2};
    static constexpr std::chrono::seconds flush_patience{10};

    State(std::unique_ptr<io::store::GreylistStore> store, std::shared_ptr<const Settings> settings,
          GreylistEvents events);
    /// Order: start; anything; stop.
    void start();
    void stop();

    [[nodiscard]] std::shared_ptr<void> consider(GreylistRequest request, std::int64_t now, GreylistSource::Done done,
                                                 const Post& post);
    void configure(std::shared_ptr<const Settings> settings);
    [[nodiscard]] std::shared_ptr<const GreylistPolicy> policy() const;
    void flush();
    [[nodiscard]] Counters counters() const;

  private:
    /// A message that waits for the store.
    struct Request {
        GreylistRequest asked;
        std::int64_t now = 0;
        std::shared_ptr<const GreylistPolicy> policy;
        io::store::Secret secret{};
        std::vector<std::size_t> places; ///< in asked.recipients, of `hashes` but the last, which is the pool's
        std::vector<Hash> hashes;
        Post post;
        Time::time_point deadline;
        std::uint64_t epoch = 0;
        bool over = false; ///< guarded by State::mutex_

        std::recursive_mutex telling; ///< held while `done` runs, which may let go of the ticket itself
        GreylistSource::Done done;    ///< guarded by it; empty once called, or called off
        void tell(GreylistAnswer answer);
    };
    struct Ticket;
    struct Entry {
        io::store::GreylistWrite write;
        std::uint64_t version = 0;
        Kept sent{};             ///< the state in the batch under way
        std::uint64_t epoch = 0; ///< at which the store had it; 0: it has not
    };
    using RequestPtr = std::shared_ptr<Request>;

    void answer(const RequestPtr& request, const Expected<io::store::GreylistStore::States>& states);
    [[nodiscard]] GreylistAnswer decide(Request& request, const io::store::GreylistStore::States& states);
    [[nodiscard]] Kept known(const Request& request, std::size_t index, const Kept& stored) const;
    void keep(const Request& request, std::size_t index, const Kept& stored, const policy::greylist::State& state);
    [[nodiscard]] bool has_room(std::size_t more) const;
    void count(const GreylistAnswer& answer);
    static void tell(const RequestPtr& request, GreylistAnswer answer);
    void warn(std::string_view event, std::string_view why) const;

    void run();
    void expire(Time::time_point now);
    void write();
    void written(const std::vector<std::pair<Hash, std::uint64_t>>& batch, const Expected<void>& done);
    void forget_written();

    const GreylistEvents events_;
    std::shared_mutex store_gate_; // shared: the store stays; alone: it goes
    const bool in_memory_;         // before store_, which takes what it looks at
    std::unique_ptr<io::store::GreylistStore> store_;

    mutable std::mutex mutex_; // guards what follows
    std::condition_variable wake_, settled_;
    std::shared_ptr<const GreylistPolicy> policy_;
    std::size_t most_cached_ = 0;
    std::uint64_t most_rows_ = 0;
    std::chrono::milliseconds patience_{0}, batch_pause_{0};
    std::unordered_map<Hash, Entry> entries_;
    std::vector<Hash> unwritten_;                        // keys of entries_ for the next batches, each once
    std::deque<std::pair<std::uint64_t, Hash>> written_; // entries the store has, by epoch
    std::deque<RequestPtr> requests_;                    // by deadline
    std::uint64_t epoch_ = 1;
    Time::time_point write_at_{};
    std::int64_t now_ = 0; // of the newest message
    bool writing_ = false, ending_ = false, stopped_ = false;
    bool unreadable_ = false, full_ = false; // told
    std::uint64_t attempts_ = 0;             // batches the store answered
    Counters counters_;
    std::thread thread_;
};

} // namespace bonafide::engine
