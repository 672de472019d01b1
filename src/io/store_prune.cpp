// The part of Database that keeps the file bounded, a piece of some milliseconds at a time: each piece is of one table and a transaction of its
// own, so that no writer waits for more than that. What a piece leaves the next takes up; the tables take turns, so that none waits for
// another's end. Nothing is lost when the process ends in between.
//
// Histories: keys are hashes, so neighbours in the table have nothing in common and a stretch of it is a fair sample. Of each stretch the
// weakest eighth goes, then comes the next stretch: no index by strength is needed, and no row's strength is ever out of date.
//
// By time: a round ends at the retention's edge, but at most six hours after the oldest row, so that a clock that jumped ahead takes little
// before it is put right. Rows from the future, of a clock that was wrong, go when what came after them goes.
#include "io/store_database.hpp"
#include "io/store_series.hpp"
#include "io/store_strength.hpp"

#include <algorithm>
#include <utility>

namespace bonafide::io::store {
namespace {

using sqlite::Connection;
using sqlite::Query;
using Numbers = std::vector<std::int64_t>;

constexpr std::int64_t stretch = 4096;
constexpr std::int64_t piece = 250; // messages; each has some twenty rows of terms
constexpr std::int64_t round_seconds = std::int64_t{6} * 3600;
constexpr std::int64_t day_seconds = 86400;
constexpr std::size_t most_correspondents = 100'000;

struct Candidate {
    Hash key = 0;
    double strength = 0;
};

Expected<std::vector<Candidate>> stretch_from(Connection& connection, std::int64_t key, std::int32_t today) {
    Query asked = connection.query("SELECT key, days FROM history WHERE key >= ? ORDER BY key LIMIT ?", {key, stretch});
    std::vector<Candidate> all;
    for (;;) {
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) return all;
        const auto series = unpack_series(asked.bytes(1));
        all.push_back({sqlite::hash(asked.integer(0)), series ? strength(*series, today) : -1}); // damaged ones first
    }
}

std::vector<Hash> weakest(std::vector<Candidate> candidates, std::uint64_t most) {
    const std::uint64_t part = std::max<std::uint64_t>(candidates.size() / 8, 1);
    const std::size_t count = std::min<std::uint64_t>({part, most, candidates.size()});
    std::ranges::nth_element(candidates, candidates.begin() + static_cast<std::ptrdiff_t>(count), {},
                             &Candidate::strength);
    std::vector<Hash> keys;
    for (std::size_t i = 0; i < count; ++i) keys.push_back(candidates[i].key);
    return keys;
}

Expected<Numbers> numbers(Query asked) {
    Numbers all;
    for (;;) {
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) return all;
        all.push_back(asked.integer(0));
    }
}

using Round = std::optional<std::int64_t>;

/// Until when rows go now, where rows before `target` are out of date. Nothing: the round is done, or there is none.
Expected<Round> edge(Connection& connection, std::string_view oldest, Round& round, std::int64_t target) {
    Query asked = connection.query(oldest);
    const auto row = asked.next();
    if (!row) return std::unexpected(row.error());
    if (!*row || asked.is_null(0)) return Round{};
    const std::int64_t first = asked.integer(0);
    if (!round && first < target) round = std::min(target, first + round_seconds);
    if (round && first < std::min(*round, target)) return std::min(*round, target);
    round.reset();
    return Round{};
}

/// Transcripts and audit rows: `removal` takes the edge and the number of rows at most.
Expected<bool> prune_table(Connection& connection, std::string_view oldest, std::string_view removal, Round& round,
                           std::int64_t target) {
    const auto until = edge(connection, oldest, round, target);
    if (!until) return std::unexpected(until.error());
    if (!*until) return false;
    if (auto done = connection.run(removal, {**until, piece}); !done) return std::unexpected(done.error());
    return true;
}

/// Rows dated after tomorrow that came before a row which is about to go. That one must be near the edge: when all rows seem to come from
/// the future it is today's clock that is wrong.
Expected<Numbers> from_the_future(Connection& connection, std::int64_t target, std::int64_t now) {
    const auto reached = connection.number("SELECT number FROM messages WHERE time >= ? AND time < ?"
                                           " ORDER BY time LIMIT 1",
                                           {target, std::min(target + day_seconds, now)});
    if (!reached) return std::unexpected(reached.error());
    return numbers(connection.query("SELECT number FROM messages WHERE time > ? AND number < ? LIMIT ?",
                                    {now + day_seconds, *reached, piece}));
}

Expected<Numbers> out_of_date(Connection& connection, Round& round, std::int64_t target, std::int64_t now) {
    const auto until = edge(connection, "SELECT min(time) FROM messages", round, target);
    if (!until) return std::unexpected(until.error());
    if (!*until) return from_the_future(connection, target, now);
    return numbers(
        connection.query("SELECT number FROM messages WHERE time < ? ORDER BY time LIMIT ?", {**until, piece}));
}

struct Correspondent {
    double strength = 0;
    std::string domain;
    std::string days; ///< packed
};

Expected<std::vector<Correspondent>> all_correspondents(Connection& connection, std::int32_t today) {
    Query asked = connection.query("SELECT domain, days FROM correspondents");
    std::vector<Correspondent> all;
    for (;;) {
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) return all;
        const auto series = unpack_series(asked.bytes(1));
        all.push_back({series ? strength(*series, today) : -1, asked.text(0), asked.text(1)});
    }
}

/// The weakest eighth of all when there are too many domains, else none.
Expected<std::vector<DoomedRow>> weakest_correspondents(Connection& connection, std::int32_t today) {
    const auto count = connection.number("SELECT count(*) FROM correspondents");
    if (!count) return std::unexpected(count.error());
    if (static_cast<std::size_t>(*count) <= most_correspondents) return std::vector<DoomedRow>{};
    auto all = all_correspondents(connection, today);
    if (!all) return std::unexpected(all.error());
    const std::size_t excess = std::min(all->size(), all->size() - most_correspondents + most_correspondents / 8);
    std::ranges::nth_element(*all, all->begin() + static_cast<std::ptrdiff_t>(excess), {}, &Correspondent::strength);
    std::vector<DoomedRow> doomed;
    for (std::size_t i = 0; i < excess; ++i) doomed.push_back({std::move((*all)[i].domain), std::move((*all)[i].days)});
    return doomed;
}

} // namespace

/// Those that go are chosen once, without a lock; who was written to since then stays.
Expected<bool> Database::Impl::prune_correspondents(std::int32_t today) {
    if (doomed.empty()) {
        auto weakest = weakest_correspondents(connection, today);
        if (!weakest) return std::unexpected(weakest.error());
        doomed = std::move(*weakest);
    }
    if (doomed.empty()) return false;
    auto transaction = begin_writing();
    if (!transaction) return std::unexpected(transaction.error());
    const std::size_t left = doomed.size() - std::min(doomed.size(), static_cast<std::size_t>(piece));
    for (std::size_t i = left; i < doomed.size(); ++i) {
        auto done = connection.run("DELETE FROM correspondents WHERE domain = ? AND days = ?",
                                   {doomed[i].name, sqlite::Blob{doomed[i].content}});
        if (!done) return std::unexpected(done.error());
    }
    if (auto done = transaction->commit(); !done) return std::unexpected(done.error());
    doomed.resize(left);
    return left > 0;
}

Expected<bool> Database::Impl::prune_histories(std::uint64_t most, std::int32_t today) {
    const auto there = counted("histories");
    if (!there) return std::unexpected(there.error());
    if (*there <= most) return false;
    auto candidates = stretch_from(connection, next_stretch, today);
    if (!candidates) return std::unexpected(candidates.error());
    const bool at_end = candidates->size() < static_cast<std::size_t>(stretch);
    next_stretch = at_end ? INT64_MIN : sqlite::stored(candidates->back().key);
    const std::vector<Hash> keys = weakest(std::move(*candidates), *there - most);
    if (auto done = remove_histories(keys); !done) return std::unexpected(done.error());
    return *there - keys.size() > most;
}

Expected<bool> Database::Impl::prune_messages(const Retention& retention, std::int64_t now) {
    const auto there = counted("messages");
    if (!there) return std::unexpected(there.error());
    const auto excess = *there > retention.most_messages ? *there - retention.most_messages : 0;
    auto gone = out_of_date(connection, rounds.messages, now - retention.messages, now);
    if (gone && gone->empty() && excess > 0)
        gone = numbers(connection.query("SELECT number FROM messages ORDER BY number LIMIT ?",
                                        {std::min(piece, static_cast<std::int64_t>(excess))}));
    if (!gone) return std::unexpected(gone.error());
    if (auto done = remove_messages(*gone); !done) return std::unexpected(done.error());
    return !gone->empty();
}

/// One piece of one table; true: it has more.
Expected<bool> Database::Impl::prune_turn(Turn turn, const Retention& retention, std::int64_t now) {
    if (turn == Turn::correspondents) return prune_correspondents(verdict::day_of(now));
    auto transaction = begin_writing();
    if (!transaction) return std::unexpected(transaction.error());
    const auto more = [&]() -> Expected<bool> {
        switch (turn) {
        case Turn::histories: return prune_histories(retention.most_pasts, verdict::day_of(now));
        case Turn::messages: return prune_messages(retention, now);
        case Turn::transcripts:
            return prune_table(connection, "SELECT min(time) FROM transcripts",
                               "DELETE FROM transcripts WHERE message IN"
                               " (SELECT message FROM transcripts WHERE time < ? ORDER BY time LIMIT ?)",
                               rounds.transcripts, now - retention.transcripts);
        case Turn::audit:
            return prune_table(
                connection, "SELECT min(time) FROM audit",
                "DELETE FROM audit WHERE number IN (SELECT number FROM audit WHERE time < ? ORDER BY time LIMIT ?)",
                rounds.audit, now - retention.audit);
        case Turn::correspondents: break;
        }
        return false;
    }();
    if (!more) return more;
    if (auto done = transaction->commit(); !done) return std::unexpected(done.error());
    return more;
}

/// Tables that are done are passed over until all are: another round of theirs would take another six hours.
Expected<bool> Database::prune(const Retention& retention, std::int64_t now) {
    Impl& impl = *impl_;
    for (std::size_t i = 0; i < Impl::turns; ++i) {
        const std::size_t turn = std::exchange(impl.next_turn, (impl.next_turn + 1) % Impl::turns);
        if (impl.done_turns[turn]) continue;
        const auto more = impl.prune_turn(static_cast<Impl::Turn>(turn), retention, now);
        if (!more || *more) return more;
        impl.done_turns.set(turn);
    }
    impl.done_turns.reset();
    return false;
}

} // namespace bonafide::io::store
