// The part of Database that tells one process what another changed: a table of changes, of which the newest rows are kept. Who asks after
// more have come than are kept, or after a restore (another generation), is told that everything may be new.
#include "io/store_database.hpp"

#include <algorithm>
#include <cstring>

namespace bonafide::io::store {
namespace {

constexpr std::size_t most_named = 1'000; // of one piece of work

Expected<Generation> generation_of(sqlite::Connection& connection) {
    Generation generation{};
    sqlite::Query asked = connection.query("SELECT value FROM meta WHERE name = 'generation'");
    const auto row = asked.next();
    if (!row) return std::unexpected(row.error());
    if (*row && asked.bytes(0).size() == generation.size())
        std::memcpy(generation.data(), asked.bytes(0).data(), generation.size());
    return generation;
}

} // namespace

Expected<void> Database::Impl::note(Change what, Hash key) {
    auto done = connection.run("INSERT INTO changes(writer, what, key) VALUES(?, ?, ?)",
                               {writer, static_cast<std::int64_t>(what), sqlite::stored(key)});
    if (!done) return done;
    return connection.run("DELETE FROM changes WHERE number <= ?", {connection.last_row() - most_changes});
}

void Database::bound_changes(std::size_t most) {
    impl_->most_changes = static_cast<std::int64_t>(std::clamp<std::size_t>(most, 1, INT32_MAX));
}

Expected<void> Database::Impl::note_histories(std::span<const Hash> keys) {
    if (keys.size() > most_named) return note(Change::everything);
    for (const Hash key : keys)
        if (auto done = note(Change::history, key); !done) return done;
    return {};
}

Expected<void> Database::Impl::load_generation() {
    const auto loaded = generation_of(connection);
    const auto newest = connection.number("SELECT max(number) FROM changes");
    const auto version = connection.number("PRAGMA data_version");
    if (!loaded) return std::unexpected(loaded.error());
    if (!newest) return std::unexpected(newest.error());
    if (!version) return std::unexpected(version.error());
    generation = *loaded;
    seen = *newest;
    data_version = *version;
    return {};
}

/// Those after `seen`. The numbers have no gaps but the one that deleting the oldest leaves at the beginning.
Expected<Changes> Database::Impl::changes() {
    Changes changes;
    const auto oldest = connection.number("SELECT min(number) FROM changes");
    if (!oldest) return std::unexpected(oldest.error());
    if (*oldest > seen + 1) changes.everything = true;
    sqlite::Query asked =
        connection.query("SELECT number, writer, what, key FROM changes WHERE number > ? ORDER BY number", {seen});
    for (;;) {
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) return changes;
        seen = asked.integer(0);
        if (asked.integer(1) == writer) continue;
        switch (static_cast<Change>(asked.integer(2))) {
        case Change::lists: changes.lists = true; break;
        case Change::history: changes.histories.push_back(sqlite::hash(asked.integer(3))); break;
        default: changes.everything = true;
        }
    }
}

Expected<Changes> Database::poll() {
    Impl& impl = *impl_;
    const auto version = impl.connection.number("PRAGMA data_version");
    if (!version) return std::unexpected(version.error());
    if (*version == impl.data_version) return Changes{};
    const auto transaction = sqlite::Transaction::begin(impl.connection, sqlite::Transaction::For::reading);
    if (!transaction) return std::unexpected(transaction.error());
    const auto generation = generation_of(impl.connection);
    if (!generation) return std::unexpected(generation.error());
    Expected<Changes> changes = impl.changes();
    if (!changes) return changes;
    if (*generation != impl.generation || changes->everything) {
        const auto secret = load_secret(impl.connection);
        if (!secret) return std::unexpected(secret.error());
        if (auto done = impl.load_generation(); !done) return std::unexpected(done.error());
        secret_ = *secret;
        changes->everything = changes->lists = true;
    }
    impl.data_version = *version;
    return changes;
}

} // namespace bonafide::io::store
