// What is kept of greylisting, on disk: a state for each key and each pool (network or domain), found by a keyed hash, with the columns that a
// listing shows. Part of the ledger (store.hpp), behind an interface of its own: a ledger that fails stops neither.
//
// Rows go when they mean nothing any more, and when there are too many: who was never verified first, the oldest first.
#pragma once

#include "base/error.hpp"
#include "io/store.hpp"
#include "policy/greylist.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::io::store {

/// Of a key or, with neither sender nor recipient, of a pool. The same address spelled otherwise has another.
[[nodiscard]] Hash hash_of(const Secret& secret, const policy::greylist::Key& key);

enum class GreylistKind : std::uint8_t { key, pool };

/// A state that is to be kept.
struct GreylistWrite {
    Hash hash = 0;
    GreylistKind kind = GreylistKind::key;
    std::optional<policy::greylist::State>
        seen{}; ///< what `state` was made of; where another is there now both are merged
    policy::greylist::State state;
    std::int64_t expires = 0; ///< Unix time
    std::string who;          ///< "network:192.0.2.0/24", "domain:example.com"
    std::string helo;         ///< as the privacy settings left them, as the two that follow
    std::string sender;
    std::string recipient;
    std::optional<Hash> sender_term{},
        recipient_term{}; ///< hash_of_term() of the addresses, for finding and erasing them
};

struct GreylistBatch {
    std::vector<GreylistWrite> writes;
    std::int64_t now = 0;   ///< Unix time: its day is what is counted to
    std::uint64_t most = 0; ///< rows kept; beyond it some go with this very batch
};

/// A row of a listing.
struct GreylistRow {
    Hash hash = 0;
    GreylistKind kind = GreylistKind::key;
    policy::greylist::State state;
    std::int64_t expires = 0;
    std::string who, helo, sender, recipient;
};

struct GreylistFilter {
    std::optional<std::string> who = std::nullopt;       ///< a domain, a network, or an address within one
    std::optional<std::string> sender = std::nullopt;    ///< an address, in whatever tags, or a domain
    std::optional<std::string> recipient = std::nullopt; ///< likewise
    std::optional<GreylistKind> kind = std::nullopt;
    std::optional<Hash> hash = std::nullopt;
    std::function<bool(const GreylistRow&)> also = {}; ///< empty: all
    std::size_t most = 1000;                           ///< last seen first
};

/// What happened on one day (UTC).
struct GreylistDay {
    std::int32_t day = 0;
    std::uint64_t deferred = 0;  ///< keys that were deferred for the first time
    std::uint64_t came_back = 0; ///< keys that were verified
    std::uint64_t gone = 0;      ///< keys that never came back in time
    std::uint64_t evicted = 0;   ///< unverified keys that went since there were too many
    std::uint64_t delay = 0;     ///< seconds, of all that came back together
};

/// Asynchronous and batch-shaped, as Store. Thread-safe. Callbacks run on a thread of the store and must not block; none runs after the
/// destructor. Each is called once.
class GreylistStore {
  public:
    using States = std::vector<std::optional<policy::greylist::State>>;
    GreylistStore() = default;
    GreylistStore(const GreylistStore&) = delete;
    GreylistStore& operator=(const GreylistStore&) = delete;
    virtual ~GreylistStore() = default;

    /// After a restore another one.
    [[nodiscard]] virtual Secret secret() const = 0;
    /// In the order of the keys.
    virtual void read(std::vector<Hash> keys, std::function<void(Expected<States>)> done) = 0;
    /// All of it or nothing.
    virtual void write(GreylistBatch batch, std::function<void(Expected<void>)> done) = 0;
};

/// On the ledger's file, beside its other store; two threads of its own.
[[nodiscard]] Expected<std::unique_ptr<GreylistStore>> open_sqlite_greylist(const std::string& file);

/// In memory alone, with a secret of its own; done at once, on the calling thread. Writes beyond their `most` push out as the file does.
[[nodiscard]] std::unique_ptr<GreylistStore> make_memory_greylist();

} // namespace bonafide::io::store
