// Histories in memory: what the store is known to hold of them (`known`, bounded, the one not used for longest goes first), and what was
// added since and is not in the store yet (`unwritten`, bounded by its user). What a reader sees is always the sum of both, so that an addition
// counts from the moment it is made, whether or not the store was ever asked for that key.
//
// No count is lost or doubled though the store reads and writes on separate threads. The argument: of one key never both a read and a
// write are under way.
//   - take() leaves out keys that are being read; they go with the next batch.
//   - begin_read() of a key in the batch under way holds the read back; confirm() and put_back() name it for asking then.
//   So an answer of the store holds exactly the batches confirmed before it was asked, and the sum of it and `unwritten` is right. confirm()
//   moves what the batch had of a key from `unwritten` into `known` (or, where `known` has no such key, drops it: the store has it) under
//   one lock with the readers of that key.
//   - What others write (forget(), forget_all()) may overtake a read: such an answer is not believed, and the key is asked for again.
// At most one batch is under way at a time. Thread-safe; locks are per shard and nothing is called out of them.
#pragma once

#include "io/store.hpp"
#include "verdict/history.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

namespace bonafide::engine {

class HistoryCache {
  public:
    using Hash = io::store::Hash;
    using Series = verdict::Series;

    /// What is behind the cache.
    enum class Behind : std::uint8_t {
        store,
        nothing, ///< a key that is not known has no past; what is evicted is forgotten, additions are known at once
    };
    struct Bounds {
        std::size_t most_known = 200000; ///< limits.history_cache: keys
        std::size_t most_days = 64;      ///< limits.history_days: of one key
    };
    struct Counters {
        std::uint64_t hits = 0, misses = 0; ///< of find()
        std::size_t known = 0;              ///< keys
    };

    HistoryCache(Behind behind, Bounds bounds);
    ~HistoryCache();
    HistoryCache(const HistoryCache&) = delete;
    HistoryCache& operator=(const HistoryCache&) = delete;

    /// Later additions and answers go by these; what is too much goes as they come.
    void bound(Bounds bounds);

    // ---- reading

    /// The history of the key; none: the store must be asked.
    [[nodiscard]] std::optional<Series> find(Hash key);

    enum class Missing : std::uint8_t {
        ask,  ///< the caller asks the store, then calls end_read() or abandon_read()
        wait, ///< somebody else does, or will: the same key, later
    };
    /// Announces a read of a key that find() did not have; gives the history when it came in the meantime.
    [[nodiscard]] std::variant<Series, Missing> begin_read(Hash key);
    /// What the store answered. The history; none: others changed the key meanwhile, and the caller asks again.
    [[nodiscard]] std::optional<Series> end_read(Hash key, Series stored);
    /// The store did not answer.
    void abandon_read(Hash key);

    // ---- adding and writing

    enum class Room : std::uint8_t { enough, none };
    enum class Added : std::uint8_t {
        merged,  ///< into what waits already
        waiting, ///< one more waits: unwritten() has grown
        refused, ///< no room: nothing was added
    };
    /// `increment.counts` is added to the key's history. `room`: for another row of `unwritten`.
    [[nodiscard]] Added add(const io::store::Increment& increment, Room room);
    /// Counts where the key is known, and nowhere else: until it is evicted.
    void add_to_known(const io::store::Increment& increment);

    /// The next batch: at most `most` rows, none of keys that are being read. Must be followed by confirm() or put_back().
    [[nodiscard]] std::vector<io::store::Increment> take(std::size_t most);
    /// The store has all of the batch. Gives the keys whose reads were held back: the caller asks for them now.
    [[nodiscard]] std::vector<Hash> confirm();
    /// The store has nothing of it: all waits again. Likewise.
    [[nodiscard]] std::vector<Hash> put_back();
    /// Rows that wait or are under way: one for each key and day.
    [[nodiscard]] std::size_t unwritten() const { return unwritten_.load(std::memory_order_relaxed); }

    // ---- changes by others

    void forget(Hash key);
    void forget_all();
    /// Other keys from now on: nothing of before means anything any more. Gives how many rows are lost.
    [[nodiscard]] std::size_t start_anew();

    [[nodiscard]] Counters counters() const;

  private:
    struct Shard;
    static constexpr std::size_t shard_count = 16;

    [[nodiscard]] Shard& shard_of(Hash key) const;
    [[nodiscard]] std::size_t room_of(std::size_t shard) const;
    template<class Settle> std::vector<Hash> end_batch(Settle settle);

    const Behind behind_;
    std::atomic<std::size_t> most_known_, most_days_;
    std::unique_ptr<std::array<Shard, shard_count>> shards_;
    std::atomic<std::size_t> unwritten_ = 0;
    std::mutex batch_mutex_;
    std::vector<Hash> under_way_; // keys of the batch; guarded by batch_mutex_, which is taken before a shard's
    std::size_t next_shard_ = 0;  // where the next batch begins, so that no shard is always the one left over; likewise
};

} // namespace bonafide::engine
