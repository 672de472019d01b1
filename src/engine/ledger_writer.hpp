// What waits to be written, and when it is tried: increments (in the HistoryCache) and messages, in batches. No thread and no clock of its own:
// whoever drives it gives the time, takes a batch with begin(), hands it to the store and tells with end() what became of it.
//
// Bounded by limits.ledger_waiting, messages and increments together, and messages by limits.ledger_waiting_bytes too. Where room is short the oldest message
// goes, then increments are not taken any more (a history in memory counts them all the same); both are counted and warned of once.
// A batch that the store does not take is kept and tried again, after pauses that double up to most_pause.
// Thread-safe, but for build(), begin(), end() and start_anew(): those belong to whoever drives it.
#pragma once

#include "engine/history_cache.hpp"
#include "engine/ledger.hpp"
#include "engine/transaction.hpp"
#include "io/store.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace bonafide::engine {

class LedgerWriter {
  public:
    using TimePoint = Clock::TimePoint;

    struct Bounds {
        std::size_t most_waiting = 100000;     ///< limits.ledger_waiting
        std::chrono::milliseconds batch{1000}; ///< ledger.batch
        std::size_t most_bytes = 64U << 20U;   ///< limits.ledger_waiting_bytes, of the messages that wait
    };
    static constexpr std::size_t most_in_batch = 10000;        ///< increments; more goes with the next at once
    static constexpr std::size_t most_messages_in_batch = 500; ///< likewise
    static constexpr std::size_t unbuilt_bytes = 16U << 10U;   ///< what a message counts for before it is built
    static constexpr std::chrono::seconds first_pause{1};      ///< after a batch that was not taken
    static constexpr std::chrono::seconds most_pause{30};

    /// A message as the mail's thread leaves it.
    struct Unbuilt {
        std::string id;
        std::string queue_id;
        Finished finished;
        std::vector<verdict::Lesson> lessons;
    };
    using Build = std::function<io::store::Message(const Unbuilt&)>;

    /// `cache` outlives it.
    LedgerWriter(HistoryCache& cache, Bounds bounds, LedgerEvents events, TimePoint now);

    void bound(Bounds bounds);

    enum class Waiting : std::uint8_t {
        some,
        full_batch, ///< it need not wait for more
    };
    Waiting learn(const std::vector<io::store::Increment>& increments);
    Waiting remember(Unbuilt message);
    /// Makes what is written of the messages that came; the costly part. A message that cannot be built is dropped.
    void build(const Build& build);

    /// When begin() is to be called next; also while nothing waits.
    [[nodiscard]] TimePoint due() const;
    /// From now on, without waiting for more or for the end of a pause.
    void hurry(TimePoint now);
    struct Begun {
        io::store::Batch batch;
        bool is_all = false; ///< nothing was left behind
    };
    /// The next batch; none when nothing waits that could be written now, or a batch is under way.
    [[nodiscard]] std::optional<Begun> begin(TimePoint now);
    /// What became of it. Gives the keys that can be read now (history_cache.hpp).
    [[nodiscard]] std::vector<io::store::Hash> end(TimePoint now, const Expected<void>& written);

    /// Other keys from now on: what waits was made with the old ones and is dropped.
    void start_anew();

    struct Counters {
        std::uint64_t written_batches = 0, failed_batches = 0, waiting = 0, dropped = 0;
        bool failing = false;
    };
    [[nodiscard]] Counters counters() const;

  private:
    [[nodiscard]] std::size_t waiting() const;
    [[nodiscard]] bool drop_oldest_message();
    [[nodiscard]] Waiting urgency() const;
    [[nodiscard]] bool add_or_drop(const io::store::Increment& increment);
    [[nodiscard]] bool keep_or_drop(Unbuilt message);
    void warn_dropping() const;
    void warn(std::string_view event, std::string_view why) const;

    HistoryCache& cache_;
    const LedgerEvents events_;
    mutable std::mutex mutex_; // guards everything below; taken before the cache's
    Bounds bounds_;
    std::deque<Unbuilt> unbuilt_;
    std::deque<io::store::Message> built_;
    std::size_t sent_count_ = 0; // messages of the batch under way
    std::size_t bytes_ = 0;      // of those and the ones before
    TimePoint due_;
    std::chrono::milliseconds pause_ = first_pause;
    std::uint64_t written_batches_ = 0, failed_batches_ = 0, dropped_ = 0;
    bool under_way_ = false;
    bool failing_ = false;
    bool dropping_ = false; // told

    std::vector<io::store::Message> sent_; // of the batch under way; only whoever drives it
};

} // namespace bonafide::engine
