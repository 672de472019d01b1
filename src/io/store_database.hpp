// What the parts of Database share. Each part is a file of its own: opening (store_sqlite.cpp), histories, messages, changes, lists and
// audit, feedback, pruning, erasing, copies (backup and restore).
#pragma once

#include "io/store_connection.hpp"
#include "io/store_sqlite.hpp"

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::io::store {

class Unpacker;

using Generation = std::array<std::uint8_t, 16>;

/// A row that is about to go, unless it has changed since.
struct DoomedRow {
    std::string name;
    std::string content;
};

struct Database::Impl {
    explicit Impl(sqlite::Connection opened) : connection(std::move(opened)) {}

    /// A transaction that may write: refuses when a newer Bonafide has migrated the file meanwhile.
    [[nodiscard]] Expected<sqlite::Transaction> begin_writing();
    /// The numbers of rows in `meta`: "histories", "messages".
    [[nodiscard]] Expected<void> count(std::string_view name, std::int64_t added);
    [[nodiscard]] Expected<std::uint64_t> counted(std::string_view name);

    // histories
    [[nodiscard]] Expected<void> add(std::span<const Increment> increments, std::size_t most_days);
    [[nodiscard]] Expected<void> remove_histories(std::span<const Hash> keys);

    // messages
    [[nodiscard]] Expected<void> insert(const Message& message, std::size_t most_days);
    [[nodiscard]] Expected<void> remove_messages(std::span<const std::int64_t> numbers);
    [[nodiscard]] Expected<void> add_correspondent(std::string_view domain, std::int32_t day, std::size_t most_days);

    // changes
    enum class Change : std::uint8_t { everything, lists, history };
    [[nodiscard]] Expected<void> note(Change what, Hash key = 0);
    [[nodiscard]] Expected<void> note_histories(std::span<const Hash> keys); ///< as everything when they are many
    [[nodiscard]] Expected<void> load_generation();                          ///< what changed until now counts as told
    [[nodiscard]] Expected<Changes> changes();

    [[nodiscard]] Expected<std::vector<ListRow>> list_rows();
    [[nodiscard]] Expected<void> write_audit(const AuditRow& row);

    [[nodiscard]] Expected<Erased> erase(const Secret& secret, std::string_view name, std::span<const Hash> histories,
                                         const AuditRow& audit);

    // greylisting
    [[nodiscard]] Expected<void> write(const GreylistWrite& write, GreylistDay& day);
    [[nodiscard]] Expected<void> insert(const GreylistWrite& write, const policy::greylist::State& state);
    [[nodiscard]] Expected<void> evict_greylist(std::uint64_t most, GreylistDay& day);
    [[nodiscard]] Expected<void> remove_greylist(std::span<const Hash> rows);
    [[nodiscard]] Expected<void> add(const GreylistDay& day);
    [[nodiscard]] Expected<std::uint64_t> erase_greylist(std::string_view address, const Secret& secret);

    // pruning; true: there is more to do now
    [[nodiscard]] Expected<bool> prune_histories(std::uint64_t most, std::int32_t today);
    [[nodiscard]] Expected<bool> prune_messages(const Retention& retention, std::int64_t now);
    [[nodiscard]] Expected<bool> prune_correspondents(std::int32_t today);
    /// Tables lose rows in turns.
    enum class Turn : std::uint8_t { histories, messages, transcripts, audit, correspondents };
    static constexpr std::size_t turns = 5;
    [[nodiscard]] Expected<bool> prune_turn(Turn turn, const Retention& retention, std::int64_t now);

    /// Of each table that loses rows by time: until when, while a round goes on.
    struct Rounds {
        std::optional<std::int64_t> messages, transcripts, audit, greylist;
    };

    sqlite::Connection connection;
    std::int64_t writer = 0; ///< a random number that tells our own changes from others'
    Generation generation{};
    std::int64_t most_changes = Limits{}.ledger_changes;
    std::int64_t seen = 0;         ///< number of the newest change that was told
    std::int64_t data_version = 0; ///< SQLite's: it moves when another connection writes
    Rounds rounds;
    std::int64_t next_stretch = INT64_MIN; ///< the key where pruning histories goes on
    std::vector<DoomedRow> doomed;         ///< correspondents that go yet
    std::size_t next_turn = 0;             ///< whose turn it is in pruning
    std::bitset<turns> done_turns;         ///< who has nothing left to do, until nobody has
    std::shared_ptr<Unpacker> unpacker;    ///< of scan(), kept from piece to piece
};

/// That the file is there and may be used so; with Mode::create it is made.
[[nodiscard]] Expected<void> find_file(const std::string& file, Database::Mode mode);
[[nodiscard]] Expected<Secret> load_secret(sqlite::Connection& connection);
/// From the system, for names that nobody may guess.
void fill_randomly(std::span<std::uint8_t> bytes);

} // namespace bonafide::io::store
