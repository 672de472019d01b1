// The inside of a Ledger: its parts, the thread that drives them, and the store. Shared with the sources it gave out, which may outlive it.
//
// The thread does everything but answering reads and taking lessons: it hands batches to the store, builds messages, asks what others have
// changed, renews the lists. Callbacks of the store only leave what they bring in the inbox (reads apart, which they answer) and wake it.
#pragma once

#include "engine/history_cache.hpp"
#include "engine/ledger.hpp"
#include "engine/ledger_lists.hpp"
#include "engine/ledger_reads.hpp"
#include "engine/ledger_writer.hpp"
#include "io/store.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace bonafide::engine {

class Ledger::State {
  public:
    using Hash = io::store::Hash;
    using TimePoint = Clock::TimePoint;
    using Told = std::function<void(std::shared_ptr<const verdict::Lists>)>;

    static constexpr std::chrono::seconds poll_interval{1};            ///< how old a change by others may be
    static constexpr std::chrono::minutes correspondents_interval{60}; ///< they change slowly
    static constexpr std::chrono::minutes correspondents_retry{1};
    static constexpr std::int32_t correspondents_days = 180;          ///< looked back
    static constexpr std::uint32_t correspondents_least_days = 2;     ///< one mail is an answer to a stranger as well
    static constexpr std::size_t most_correspondents = 10000;         ///< so many names are guarded against likenesses
    static constexpr std::chrono::milliseconds start_patience{1000};  ///< for the lists, real time
    static constexpr std::chrono::milliseconds end_patience{2000};    ///< for the last batches, real time
    static constexpr std::chrono::milliseconds flush_patience{10000}; ///< real time
    static constexpr std::chrono::milliseconds flush_retry{20};       ///< while a read keeps keys from being written

    /// What a message is hashed and judged by; replaced, never changed.
    struct Basis {
        LedgerBasis given;
        io::store::Secret secret{};
    };

    State(std::unique_ptr<io::store::Store> store, LedgerBasis basis, Clock clock, LedgerEvents events);
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() = default;

    /// Order: start; anything; stop.
    void start();
    void stop();

    [[nodiscard]] std::shared_ptr<const Basis> basis() const;
    [[nodiscard]] std::shared_ptr<void> read(std::vector<verdict::PastKey> keys, LedgerReads::Done done,
                                             const LedgerReads::Post& post);
    void learn(const std::vector<verdict::Lesson>& lessons);
    void remember(LedgerWriter::Unbuilt message);
    void configure(LedgerBasis basis);
    void on_lists(Told told);
    [[nodiscard]] std::shared_ptr<const verdict::Lists> lists() const { return lists_.current(); }
    void flush();
    [[nodiscard]] Counters counters() const;

  private:
    /// What others left for the thread.
    struct Inbox {
        std::optional<Expected<void>> written; ///< the batch under way
        std::vector<Hash> to_ask;
        std::optional<Expected<io::store::Changes>> changes;
        std::optional<Expected<std::vector<io::store::ListRow>>> rows;
        std::optional<Expected<std::vector<std::string>>> correspondents;
        bool configured = false;
        bool full_batch = false;
    };
    /// One kind of question to the store, which only the thread asks.
    struct Errand {
        TimePoint due{};
        bool under_way = false;

        [[nodiscard]] TimePoint next() const { return under_way ? TimePoint::max() : due; }
        /// True when it is to be asked now.
        [[nodiscard]] bool begin(TimePoint now) {
            if (next() > now) return false;
            under_way = true;
            return true;
        }
    };

    void run();
    [[nodiscard]] bool work();
    [[nodiscard]] Inbox wait();
    void handle(Inbox inbox, TimePoint now);
    [[nodiscard]] std::vector<Hash> handle_written(const Expected<void>& written, TimePoint now);
    void handle_changes(const Expected<io::store::Changes>& answer, TimePoint now);
    void handle_rows(const Expected<std::vector<io::store::ListRow>>& rows, TimePoint now);
    void start_anew_if_other_secret();
    void renew_lists();
    void run_errands(TimePoint now);
    void write(TimePoint now);
    [[nodiscard]] io::store::Message build(const LedgerWriter::Unbuilt& message) const;
    void ask(std::vector<Hash> keys);
    void answer(const std::vector<Hash>& keys, const Expected<std::vector<verdict::Series>>& stored);
    void note_reading(const Error* error);
    void warn(std::string_view event, std::string_view why) const;
    [[nodiscard]] bool may_end();
    /// Puts something into the inbox and wakes the thread.
    template<class Put> void post(Put put) {
        {
            const std::scoped_lock lock(mutex_);
            put(inbox_);
            woken_ = true;
        }
        wake_.notify_all();
    }
    /// Calls `use` with the store, unless it is gone or there never was one.
    template<class Use> bool with_store(Use use) {
        const std::shared_lock lock(store_gate_);
        if (store_ == nullptr) return false;
        use(*store_);
        return true;
    }

    const Clock clock_;
    const LedgerEvents events_;
    std::shared_mutex store_gate_; // shared: the store stays; alone: it goes
    std::unique_ptr<io::store::Store> store_;
    const bool has_store_;
    mutable std::mutex basis_mutex_;
    std::shared_ptr<const Basis> basis_; // guarded by basis_mutex_
    HistoryCache cache_;
    LedgerWriter writer_;
    LedgerReads reads_;
    LedgerLists lists_;
    std::atomic<bool> unreadable_ = false; // told
    std::atomic<bool> closed_ = false;     // the store is on its way out: what it says now is no news

    std::mutex mutex_; // guards what follows
    std::condition_variable wake_, settled_;
    Inbox inbox_;
    bool woken_ = false;
    bool lists_read_ = false;                                     // or failed: start() need not wait any more
    std::optional<std::chrono::steady_clock::time_point> end_by_; // set: the thread ends, by then at the latest
    std::uint64_t flush_wanted_ = 0, flushed_ = 0;                // counted by flush()
    Told told_;

    // only the thread
    Errand poll_, rows_, correspondents_;
    bool polled_ = false;
    bool given_up_ = false;          // a batch was not taken and the end has come
    bool batch_is_all_ = false;      // the batch under way leaves nothing behind
    bool writing_ = false;           // a batch is under way
    std::uint64_t flush_served_ = 0; // flush_wanted_ when it began
    std::thread thread_;
};

} // namespace bonafide::engine
