// The part of Database that reads and adds to histories: the only one whose speed a message in the making feels.
#include "io/store_database.hpp"
#include "io/store_series.hpp"

#include <algorithm>

namespace bonafide::io::store {
namespace {

struct Row {
    bool found = false;
    std::string days; ///< packed
};

Expected<Row> row_of(sqlite::Connection& connection, Hash key) {
    sqlite::Query asked = connection.query("SELECT days FROM history WHERE key = ?", {sqlite::stored(key)});
    const auto found = asked.next();
    if (!found) return std::unexpected(found.error());
    return *found ? Row{true, asked.text(0)} : Row{};
}

Expected<void> put(sqlite::Connection& connection, const Increment& increment, const verdict::Series& series) {
    std::string people;
    for (std::size_t i = 0; i < increment.people.size() && i < 2; ++i) put_fixed(people, increment.people[i]);
    const std::string days = pack(series);
    const sqlite::Value about = people.empty() ? sqlite::Value{nullptr} : sqlite::Value{sqlite::Blob{people}};
    return connection.run(
        "INSERT INTO history(key, kind, people, days) VALUES(?, ?, ?, ?)"
        " ON CONFLICT(key) DO UPDATE SET days = excluded.days",
        {sqlite::stored(increment.key), static_cast<std::int64_t>(increment.kind), about, sqlite::Blob{days}});
}

/// Ascending as the table is, so that neighbours share a page.
std::vector<const Increment*> in_order(std::span<const Increment> increments) {
    std::vector<const Increment*> sorted;
    sorted.reserve(increments.size());
    for (const Increment& increment : increments) sorted.push_back(&increment);
    std::ranges::sort(sorted, {}, [](const Increment* one) { return std::pair(sqlite::stored(one->key), one); });
    return sorted;
}

} // namespace

Expected<std::vector<verdict::Series>> Database::read(const std::vector<Hash>& keys) {
    auto& connection = impl_->connection;
    const auto transaction = sqlite::Transaction::begin(connection, sqlite::Transaction::For::reading);
    if (!transaction) return std::unexpected(transaction.error());
    std::vector<verdict::Series> all;
    all.reserve(keys.size());
    for (const Hash key : keys) {
        const auto row = row_of(connection, key);
        if (!row) return std::unexpected(row.error());
        // A damaged one counts as none, as add() has it: it must not take the others with it.
        all.push_back(unpack_series(row->days).value_or(verdict::Series{}));
    }
    return all;
}

/// One row is read and written once, however often the batch names it. A damaged one begins anew.
Expected<void> Database::Impl::add(std::span<const Increment> increments, std::size_t most_days) {
    const auto sorted = in_order(increments);
    const std::size_t days = std::min(most_days, most_packed_days);
    std::int64_t fresh = 0;
    for (auto at = sorted.begin(); at != sorted.end();) {
        const Increment& first = **at;
        const auto row = row_of(connection, first.key);
        if (!row) return std::unexpected(row.error());
        verdict::Series series = unpack_series(row->days).value_or(verdict::Series{});
        for (; at != sorted.end() && (*at)->key == first.key; ++at) verdict::add(series, (*at)->counts, days);
        if (auto done = put(connection, first, series); !done) return done;
        if (!row->found) ++fresh;
    }
    return count("histories", fresh);
}

Expected<void> Database::Impl::remove_histories(std::span<const Hash> keys) {
    std::int64_t gone = 0;
    for (const Hash key : keys) {
        if (auto done = connection.run("DELETE FROM history WHERE key = ?", {sqlite::stored(key)}); !done) return done;
        gone += static_cast<std::int64_t>(connection.changed());
    }
    return count("histories", -gone);
}

} // namespace bonafide::io::store
