// The part of Database that adds messages up: spoof intelligence, sealers, correspondents.
#include "io/store_database.hpp"
#include "io/store_series.hpp"

#include <algorithm>

namespace bonafide::io::store {
namespace {

using sqlite::Connection;
using sqlite::Query;

/// The newest message of the pair, which is at `last_seen`.
Expected<void> read_last(Connection& connection, SpoofRow& spoof) {
    Query asked = connection.query("SELECT id, reason, compauth FROM messages INDEXED BY messages_spoof WHERE spoof = 1"
                                   " AND time = ? AND author_domain = ? AND infrastructure = ?"
                                   " ORDER BY number DESC LIMIT 1",
                                   {spoof.last_seen, spoof.author_domain, spoof.infrastructure});
    const auto row = asked.next();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    spoof.last_id = asked.text(0);
    spoof.last_reason = static_cast<std::uint32_t>(asked.integer(1));
    spoof.last_compauth = asked.text(2);
    return {};
}

SpoofRow spoof_of(const Query& row) {
    SpoofRow spoof;
    spoof.author_domain = row.text(0);
    spoof.infrastructure = row.text(1);
    spoof.messages = static_cast<std::uint64_t>(row.integer(2));
    spoof.first_seen = row.integer(3);
    spoof.last_seen = row.integer(4);
    spoof.internal = row.integer(5) != 0;
    spoof.passed = static_cast<std::uint64_t>(row.integer(6));
    return spoof;
}

} // namespace

Expected<std::vector<SpoofRow>> Database::spoofs(std::int64_t since) {
    auto& connection = impl_->connection;
    const auto transaction = sqlite::Transaction::begin(connection, sqlite::Transaction::For::reading);
    if (!transaction) return std::unexpected(transaction.error());
    Query asked = connection.query("SELECT author_domain, infrastructure, count(*), min(time), max(time),"
                                   " max(internal), total(compauth IN ('pass', 'softpass')"
                                   "   OR (compauth = 'fail' AND suggestion = 'deliver'))"
                                   " FROM messages INDEXED BY messages_spoof WHERE spoof = 1 AND time >= ?"
                                   " GROUP BY author_domain, infrastructure"
                                   " ORDER BY count(*) DESC, author_domain, infrastructure LIMIT 10000",
                                   {since});
    std::vector<SpoofRow> rows;
    for (;;) {
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) return rows;
        rows.push_back(spoof_of(asked));
        if (auto done = read_last(connection, rows.back()); !done) return std::unexpected(done.error());
    }
}

Expected<std::vector<SealerRow>> Database::sealers(std::int64_t since) {
    Query asked = impl_->connection.query(
        "SELECT sealer, count(*), count(DISTINCT author_domain) FROM messages INDEXED BY messages_sealer"
        " WHERE sealer <> '' AND time >= ? GROUP BY sealer ORDER BY count(*) DESC, sealer LIMIT 10000",
        {since});
    std::vector<SealerRow> rows;
    for (;;) {
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) return rows;
        rows.push_back({asked.text(0), static_cast<std::uint64_t>(asked.integer(1)),
                        static_cast<std::uint64_t>(asked.integer(2))});
    }
}

/// A correspondent's days are kept as a history's are; `sent` counts.
Expected<void> Database::Impl::add_correspondent(std::string_view domain, std::int32_t day, std::size_t most_days) {
    if (domain.empty()) return {};
    verdict::Series series;
    {
        Query asked = connection.query("SELECT days FROM correspondents WHERE domain = ?", {domain});
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (*row) series = unpack_series(asked.bytes(0)).value_or(verdict::Series{});
    }
    verdict::add(series, {.day = day, .sent = 1}, most_days);
    const std::string days = pack(series);
    return connection.run("INSERT INTO correspondents VALUES(?, ?)"
                          " ON CONFLICT(domain) DO UPDATE SET days = excluded.days",
                          {domain, sqlite::Blob{days}});
}

Expected<std::vector<std::string>> Database::correspondents(std::int32_t since_day, std::uint32_t days,
                                                            std::size_t most) {
    struct Candidate {
        std::string domain;
        std::uint32_t days = 0;
    };
    std::vector<Candidate> found;
    Query asked = impl_->connection.query("SELECT domain, days FROM correspondents");
    for (;;) {
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) break;
        const auto series = unpack_series(asked.bytes(1));
        if (!series) continue; // the next message to it begins anew
        const auto counted = static_cast<std::uint32_t>(
            std::ranges::count_if(*series, [&](const auto& day) { return day.day >= since_day && day.sent > 0; }));
        if (counted >= days && counted > 0) found.push_back({asked.text(0), counted});
    }
    std::ranges::sort(found, [](const Candidate& a, const Candidate& b) {
        return a.days != b.days ? a.days > b.days : a.domain < b.domain;
    });
    std::vector<std::string> domains;
    for (std::size_t i = 0; i < found.size() && i < most; ++i) domains.push_back(std::move(found[i].domain));
    return domains;
}

} // namespace bonafide::io::store
