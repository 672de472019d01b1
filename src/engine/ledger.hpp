// What is remembered: the daemon's door to the store. Reads come from a bounded cache in memory, or from the store; what a message teaches
// is in the cache at once and written in batches off the mail's path. Thread-safe.
//
// When the store fails (full disk, locked file) mail goes on: histories in the cache go on counting, what could not be written is kept up to
// a limit and tried again, reads that fail or take too long give an unknown history; log and metrics say so. Without a store histories live
// in the cache alone, and what is evicted there is forgotten.
//
// Parts: history_cache.hpp (histories, and why none is counted twice), ledger_reads.hpp (who waits for the store), ledger_writer.hpp
// (batches), ledger_lists.hpp, ledger_entry.hpp (what is kept of a message). One thread of the Ledger's own drives them.
#pragma once

#include "base/error.hpp"
#include "engine/clock.hpp"
#include "engine/settings.hpp"
#include "verdict/history.hpp"
#include "verdict/lessons.hpp"
#include "verdict/lists.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::io::store {
class Store;
} // namespace bonafide::io::store

namespace bonafide::engine {

struct Finished;

/// Where a Transaction reads the past from.
class HistorySource {
  public:
    HistorySource() = default;
    HistorySource(const HistorySource&) = delete;
    HistorySource& operator=(const HistorySource&) = delete;
    virtual ~HistorySource() = default;
    /// Calls `done` once, possibly before this returns (the ticket is null then), on the calling thread's event loop; never after the caller
    /// has let go of the returned ticket. A History that could not be read is not `known`.
    [[nodiscard]] virtual std::shared_ptr<void> read(std::vector<verdict::PastKey> keys,
                                                     std::function<void(verdict::History)> done) = 0;
};

struct LedgerEvents {
    /// "ledger.failed" and "ledger.recovered" (writing), "ledger.unreadable" and "ledger.readable", once each; "ledger.dropping" once until
    /// all is well again; "ledger.restored"; "ledger.lists" (entries that mean nothing here), "ledger.message" (one that cannot be
    /// kept), "ledger.internal". On any thread.
    std::function<void(std::string_view event, std::string_view why)> on_warning;
};

/// What a Ledger goes by.
struct LedgerBasis {
    std::shared_ptr<const Settings> settings;
    std::shared_ptr<const dns::PublicSuffixList> suffixes;
    std::string host_name; ///< ours, where identity.authserv_id says nothing
};

class Ledger {
  public:
    struct Counters {
        std::uint64_t cache_hits = 0, cache_misses = 0, cached = 0; ///< pasts
        std::uint64_t unread = 0; ///< messages whose history could not be read in time
        std::uint64_t written_batches = 0, failed_batches = 0;
        std::uint64_t waiting = 0; ///< increments and messages that are not written yet
        std::uint64_t dropped = 0; ///< that will never be, since too many were waiting
        bool failing = false;      ///< the last batch was not taken
    };

    /// `store` may be null: then nothing outlives the process and messages are not kept. Waits up to a second for the lists in the store, so
    /// that they hold for the first message already.
    Ledger(std::unique_ptr<io::store::Store> store, LedgerBasis basis, Clock clock, LedgerEvents events);
    /// Writes what is waiting, for at most two seconds. Reads under way get an unknown history.
    ~Ledger();
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;

    /// A source whose `done` runs by `post`, which runs a function on the caller's event loop; empty: at once, on whatever thread. May outlive
    /// the Ledger, and reads nothing then.
    [[nodiscard]] std::shared_ptr<HistorySource> source(std::function<void(std::function<void()>)> post);

    /// Adds to the pasts: seen by the next read, written with the next batch.
    void learn(const std::vector<verdict::Lesson>& lessons);
    /// Keeps the message with everything that led to its verdict. Builds what is written on the thread that writes.
    void remember(std::string id, std::string queue_id, Finished finished, std::vector<verdict::Lesson> lessons);

    /// Those of configuration and table together, as of now; replaced, never changed.
    [[nodiscard]] std::shared_ptr<const verdict::Lists> lists() const;
    /// A reload.
    void configure(LedgerBasis basis);
    /// Told whenever lists() has changed, on a thread of the ledger.
    void on_lists(std::function<void(std::shared_ptr<const verdict::Lists>)> told);

    /// Waits until everything learned so far is written, or failed; at most ten seconds.
    void flush();
    [[nodiscard]] Counters counters() const;

  private:
    class State;
    std::shared_ptr<State> state_;
};

/// The list entries of the configuration; defaults included where the settings want them. Texts were checked when they were read: one that
/// does not parse is left out.
[[nodiscard]] std::vector<verdict::ListEntry> configured_lists(const Settings& settings);

} // namespace bonafide::engine
