// The embedded store: one SQLite file in WAL mode. `Database` is the synchronous one, for the command line and for the threads of
// `open_sqlite_store`, which the daemon uses. Several processes may have the file open: the daemon and the commands beside it.
//
// Survives kill -9: a batch is one transaction, synchronous=NORMAL in WAL mode, so that at most the last batches are gone after a power cut
// and nothing is ever half there. A full disk or a locked file fails the batch, which the caller keeps and tries again.
#pragma once

#include "base/limits.hpp"
#include "io/store.hpp"
#include "io/store_greylist.hpp"

#include <chrono>
#include <compare>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace bonafide::io::store {

inline constexpr std::int64_t schema_version = 3;

struct Retention {
    std::int64_t messages = std::int64_t{30} * 86400;   ///< seconds
    std::int64_t transcripts = std::int64_t{7} * 86400; ///< seconds
    std::int64_t audit = std::int64_t{3650} * 86400;    ///< seconds
    std::uint64_t most_pasts = 10'000'000;              ///< beyond it the weakest, oldest histories go
    std::uint64_t most_messages = 5'000'000;            ///< beyond it the oldest go
    std::uint32_t history_days = 64;                    ///< days kept of one history
};

/// What a message looks like in a listing.
struct Found {
    Message message;                                    ///< without `terms`; `told` filled
    std::vector<std::pair<std::string, bool>> feedback; ///< by whom, and whether it was called spam
    std::string damaged{}; ///< what of it could not be read and is left empty; empty: nothing
};

struct MessageFilter {
    std::optional<Hash> term = std::nullopt;          ///< hash_of_term()
    std::optional<std::int64_t> since = std::nullopt; ///< Unix time, inclusive
    std::optional<std::int64_t> until = std::nullopt; ///< exclusive
    std::optional<std::string> compauth = std::nullopt;
    std::size_t most = 20; ///< newest first
};

/// A message in the order of time, of those of one second in the order in which they came.
struct MessagePlace {
    std::int64_t time = INT64_MIN;
    std::int64_t number = INT64_MIN;
    auto operator<=>(const MessagePlace&) const = default;
};

/// What a scan reads of a message.
struct Scanned {
    std::int64_t time = 0;
    std::string_view id, direction;
    std::string_view packed;   ///< empty: there is none
    std::string_view document; ///< only where nothing is packed
};

/// Spoof intelligence: one pair of author domain and sending infrastructure.
struct SpoofRow {
    std::string author_domain;
    std::string infrastructure;
    std::uint64_t messages = 0;
    std::int64_t first_seen = 0, last_seen = 0; ///< within the time asked for
    bool internal = false;
    std::uint64_t passed = 0; ///< compauth pass or softpass, or fail and to be delivered all the same (allowed pair)
    std::string last_id;      ///< newest message, for `trace`
    std::uint32_t last_reason = 0;
    std::string last_compauth;
};

/// "its seals verify and it broke 412 messages this week"
struct SealerRow {
    std::string domain;
    std::uint64_t messages = 0; ///< sealed with a passing chain and failing DMARC
    std::uint64_t author_domains = 0;
};

struct Statistics {
    std::uint64_t histories = 0, messages = 0, transcripts = 0, list_rows = 0, audit_rows = 0;
    std::uint64_t greylist = 0;                          ///< rows: keys and pools
    std::int64_t oldest_message = 0, newest_message = 0; ///< Unix times; 0: none
    std::uint64_t bytes = 0;                             ///< of file and WAL
};

/// A row whose contents cannot be read.
struct DamagedRow {
    std::string table;
    std::string
        key; ///< of a history 16 hexadecimal digits, of messages and transcripts the message's id, of correspondents the domain
    std::string what;
    bool operator==(const DamagedRow&) const = default;
};
struct Damage {
    std::vector<DamagedRow> rows;
    std::uint64_t count = 0; ///< more than `rows` where those were too many to name
};

/// Not thread-safe: one per thread.
class Database {
  public:
    enum class Mode : std::uint8_t {
        create,    ///< the file is made when it is missing; migrated when it is older
        existing,  ///< must be there; migrated when it is older
        read_only, ///< must be there and of this version
    };
    /// Errors in plain words: missing, unreadable, no ledger, of a newer version ("was written by a newer Bonafide (ledger version 3); this
    /// one knows version 2"), damaged.
    [[nodiscard]] static Expected<Database> open(const std::string& file, Mode mode,
                                                 std::chrono::milliseconds patience = std::chrono::seconds(5));
    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    ~Database();

    [[nodiscard]] const Secret& secret() const& { return secret_; }

    [[nodiscard]] Expected<std::vector<verdict::Series>> read(const std::vector<Hash>& keys);
    [[nodiscard]] Expected<void> write(const Batch& batch, const Retention& retention);
    /// Deletes what is past its retention or beyond its number, a bounded piece of one table at a time, each a transaction of its own: true
    /// when there may be more to do now. Of histories
    /// the weakest go, so that a flood of new pairs pushes out itself before anything established (store_strength.hpp). By time at most
    /// six hours' worth goes until it says false: a clock that jumped ahead for a minute must not take everything.
    [[nodiscard]] Expected<bool> prune(const Retention& retention, std::int64_t now);

    [[nodiscard]] Expected<std::vector<Found>> messages(const MessageFilter& filter);
    [[nodiscard]] Expected<std::optional<Found>> message(std::string_view id);
    [[nodiscard]] Expected<std::string> transcript(std::string_view id); ///< empty: not kept

    // Reading all messages of a time, piece by piece (store_scan.cpp): places() of the next few hundred, then scan() of those, perhaps by another
    // thread with a Database of its own. Each call reads by itself and ends, so that the daemon's writers and its pruning go on beside it.
    [[nodiscard]] Expected<std::uint64_t> count(std::int64_t since, std::int64_t until);
    /// At most `most` behind `last`, of times from `since` to before `until`.
    [[nodiscard]] Expected<std::vector<MessagePlace>> places(std::int64_t since, std::int64_t until,
                                                             const MessagePlace& last, std::size_t most);
    /// Calls `take` for each that is still there; what it is given lasts for the call. Gives how many are damaged.
    [[nodiscard]] Expected<std::uint64_t> scan(std::span<const MessagePlace> places,
                                               const std::function<void(const Scanned&)>& take);
    /// Most messages first, at most 10,000 rows.
    [[nodiscard]] Expected<std::vector<SpoofRow>> spoofs(std::int64_t since);
    [[nodiscard]] Expected<std::vector<SealerRow>> sealers(std::int64_t since);
    [[nodiscard]] Expected<std::vector<std::string>> correspondents(std::int32_t since_day, std::uint32_t days,
                                                                    std::size_t most);

    [[nodiscard]] Expected<std::vector<ListRow>> lists();
    /// One row with who wanted it.
    struct ListChange {
        ListRow row;
        AuditRow audit;
    };
    /// Adds or replaces all of them, or none: how many were not just so before. Each of those has its audit row in the same transaction.
    [[nodiscard]] Expected<std::size_t> put_lists(const std::vector<ListChange>& changes);
    /// One row; false when just this was there.
    [[nodiscard]] Expected<bool> put_list(const ListRow& row, const AuditRow& audit);
    /// False when it was not there.
    [[nodiscard]] Expected<bool> remove_list(std::string_view list, std::string_view entry, const AuditRow& audit);
    [[nodiscard]] Expected<std::vector<AuditRow>> audit(std::size_t most); ///< newest first

    struct FeedbackLimits {
        std::uint32_t per_person_and_day = 200;   ///< messages one person's word counts for in a day
        std::uint32_t per_history_and_person = 3; ///< of one history and one person in a day
        std::uint32_t history_days = 64;          ///< kept of one history: limits.history_days
    };
    enum class FeedbackEffect : std::uint8_t { counted, changed, already_counted, limit };
    /// A person's word about a message: ham or spam is added once to the histories that take it; the same person's other word takes the
    /// first back. Undone by nobody else.
    [[nodiscard]] Expected<FeedbackEffect> feedback(std::string_view id, std::string_view by, bool spam,
                                                    std::int64_t now, const FeedbackLimits& limits);

    struct Erased {
        std::uint64_t histories = 0, messages = 0, feedback = 0, list_rows = 0;
        std::uint64_t audit_rows = 0; ///< that named the person, and stay without the name
        std::uint64_t greylist = 0;
        [[nodiscard]] bool nothing() const {
            return histories + messages + feedback + list_rows + audit_rows + greylist == 0;
        }
    };
    /// Everything that is kept about one person, by an address or a login name, plain or hashed (store_names.hpp): histories about it,
    /// messages from or to it with their transcripts, words of feedback by it, list rows that name it; the audit says that an erasure took
    /// place and by whom, not of whom, and where older rows of it name the person they say "(erased)". Overwritten on disk
    /// (secure_delete), WAL truncated. A backup made before still holds it all; what the daemon has learned and not yet written comes after.
    [[nodiscard]] Expected<Erased> erase(std::string_view name, const AuditRow& audit);

    // greylisting: store_greylist.hpp
    [[nodiscard]] Expected<GreylistStore::States> read_greylist(const std::vector<Hash>& keys);
    [[nodiscard]] Expected<void> write_greylist(const GreylistBatch& batch);
    /// Deletes what means nothing any more, likewise a bounded piece and at most six hours' worth: true when there is more to do now.
    [[nodiscard]] Expected<bool> prune_greylist(std::int64_t now);
    [[nodiscard]] Expected<std::vector<GreylistRow>> greylist(const GreylistFilter& filter);
    /// How many rows there were.
    [[nodiscard]] Expected<std::uint64_t> forget_greylist(const std::vector<Hash>& rows, const AuditRow& audit);
    [[nodiscard]] Expected<std::vector<GreylistDay>> greylist_days(std::int32_t since_day); ///< oldest first

    [[nodiscard]] Expected<Changes> poll();
    [[nodiscard]] Expected<Statistics> statistics();
    /// SQLite's own integrity check; the error says what is wrong.
    [[nodiscard]] Expected<void> check();
    /// Reads what is inside of every row: the first `most` that are damaged, and how many there are. Reading goes on without them.
    [[nodiscard]] Expected<Damage> damage(std::size_t most);
    /// A consistent copy while others read and write. `file` must not be there yet.
    [[nodiscard]] Expected<void> backup(const std::string& file);
    /// Puts the contents of `file` (a backup, of this version or older) in the place of everything here, while others go on; they see
    /// Changes.everything. Only the audit keeps what it had. Needs room on the disk for twice the backup.
    [[nodiscard]] Expected<void> restore(const std::string& file, const AuditRow& audit);

    /// Of what is changed from now on so many are told one by one to others (limits.ledger_changes); who missed more is told
    /// Changes.everything.
    void bound_changes(std::size_t most);

    /// From now on nothing waits for a lock and what runs ends with an error. The one member that any thread may call.
    void stop_waiting();

  private:
    struct Impl;
    explicit Database(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
    Secret secret_{};
};

struct SqliteEvents {
    /// The store does not take what it is given (full disk, lock, damage), and when it does again. On a thread of the store.
    std::function<void(const Error& why)> on_failure;
    std::function<void()> on_recovery;
    /// Each piece of pruning that failed; the next is tried a minute later. On a thread of the store.
    std::function<void()> on_prune_failure{};
};

/// The daemon's: a thread that reads, a thread that writes and prunes. `events` may be empty. More than `most_reads` questions are not kept
/// waiting: those beyond fail at once.
[[nodiscard]] Expected<std::unique_ptr<Store>> open_sqlite_store(const std::string& file, Retention retention,
                                                                 SqliteEvents events,
                                                                 std::size_t most_reads = Limits{}.ledger_reads);

} // namespace bonafide::io::store
