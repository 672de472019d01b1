// The part of Database that keeps greylisting.
#include "base/ascii.hpp"
#include "io/store_database.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace bonafide::io::store {
namespace {

using policy::greylist::State;
using sqlite::Connection;
using sqlite::Query;

constexpr std::int64_t piece = 1000;                           // rows a transaction deletes
constexpr std::int64_t round_seconds = std::int64_t{6} * 3600; // a clock that jumped ahead for a minute costs no more
constexpr std::int32_t days_kept = 400;

State state_at(const Query& asked, int column) {
    State state{.first_seen = asked.integer(column), .last_seen = asked.integer(column + 1)};
    if (!asked.is_null(column + 2)) state.passed_at = asked.integer(column + 2);
    const auto number = [&](int at) {
        return static_cast<std::uint32_t>(std::clamp<std::int64_t>(asked.integer(at), 0, UINT32_MAX));
    };
    state.attempts = number(column + 3);
    state.deferred = number(column + 4);
    return state;
}

/// A state with when it ends.
struct Stored {
    State state;
    std::int64_t expires = 0;
};

Expected<std::optional<Stored>> find(Connection& connection, Hash hash) {
    Query asked = connection.query(
        "SELECT first_seen, last_seen, passed_at, attempts, deferred, expires FROM greylist WHERE hash = ?",
        {sqlite::stored(hash)});
    const auto row = asked.next();
    if (!row) return std::unexpected(row.error());
    if (!*row) return std::optional<Stored>{};
    return Stored{state_at(asked, 0), asked.integer(5)};
}

sqlite::Value term(const std::optional<Hash>& hash) {
    return hash ? sqlite::Value{sqlite::stored(*hash)} : sqlite::Value{nullptr};
}

/// What became of a key that was deferred.
void tell(const std::optional<Stored>& before, const State& after, GreylistDay& day) {
    const bool waited = before && !before->state.passed_at;
    if (after.passed_at) {
        if (!waited) return;
        ++day.came_back;
        day.delay += static_cast<std::uint64_t>(std::max<std::int64_t>(*after.passed_at - after.first_seen, 0));
        return;
    }
    const bool anew = !before || before->state.passed_at || after.first_seen > before->expires;
    if (anew) ++day.deferred;
    if (anew && waited) ++day.gone;
}

/// A row that goes.
struct Leaving {
    std::vector<Hash> rows;
    std::uint64_t unverified = 0; ///< keys among them
};

Expected<Leaving> leaving(Query asked) {
    Leaving all;
    for (;;) {
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) return all;
        all.rows.push_back(sqlite::hash(asked.integer(0)));
        if (asked.integer(1) == 0) ++all.unverified;
    }
}

} // namespace

Expected<GreylistStore::States> Database::read_greylist(const std::vector<Hash>& keys) {
    GreylistStore::States states;
    for (const Hash key : keys) {
        auto found = find(impl_->connection, key);
        if (!found) return std::unexpected(found.error());
        states.push_back(*found ? std::optional((*found)->state) : std::nullopt);
    }
    return states;
}

Expected<void> Database::Impl::insert(const GreylistWrite& write, const State& state) {
    auto done = connection.run(
        "INSERT INTO greylist(hash, kind, verified, first_seen, last_seen, passed_at, attempts, deferred, expires,"
        " who, helo, sender, recipient, sender_term, recipient_term) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "?)"
        " ON CONFLICT(hash) DO UPDATE SET verified = excluded.verified, first_seen = excluded.first_seen,"
        " last_seen = excluded.last_seen, passed_at = excluded.passed_at, attempts = excluded.attempts,"
        " deferred = excluded.deferred, expires = excluded.expires, helo = excluded.helo",
        {sqlite::stored(write.hash), std::int64_t{write.kind == GreylistKind::pool ? 1 : 0},
         std::int64_t{state.passed_at ? 1 : 0}, state.first_seen, state.last_seen, sqlite::optional(state.passed_at),
         std::int64_t{state.attempts}, std::int64_t{state.deferred}, write.expires, write.who, write.helo, write.sender,
         write.recipient, term(write.sender_term), term(write.recipient_term)});
    return done;
}

Expected<void> Database::Impl::write(const GreylistWrite& write, GreylistDay& day) {
    const auto before = find(connection, write.hash);
    if (!before) return std::unexpected(before.error());
    const State after = *before ? policy::greylist::merge((*before)->state, write.seen, write.state) : write.state;
    if (write.kind == GreylistKind::key) tell(*before, after, day);
    if (!*before)
        if (auto done = count("greylist", 1); !done) return done;
    return insert(write, after);
}

Expected<void> Database::Impl::remove_greylist(std::span<const Hash> rows) {
    std::int64_t gone = 0;
    for (const Hash row : rows) {
        if (auto done = connection.run("DELETE FROM greylist WHERE hash = ?", {sqlite::stored(row)}); !done)
            return done;
        gone += static_cast<std::int64_t>(connection.changed());
    }
    return count("greylist", -gone);
}

Expected<void> Database::Impl::evict_greylist(std::uint64_t most, GreylistDay& day) {
    const auto there = counted("greylist");
    if (!there) return std::unexpected(there.error());
    if (*there <= most) return {};
    const auto gone =
        leaving(connection.query("SELECT hash, verified FROM greylist ORDER BY verified, last_seen LIMIT ?",
                                 {static_cast<std::int64_t>(*there - most)}));
    if (!gone) return std::unexpected(gone.error());
    day.evicted += gone->unverified;
    return remove_greylist(gone->rows);
}

Expected<void> Database::Impl::add(const GreylistDay& day) {
    if (day.deferred + day.came_back + day.gone + day.evicted == 0) return {};
    const auto number = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
    return connection.run("INSERT INTO greylist_days VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT(day) DO UPDATE SET"
                          " deferred = deferred + excluded.deferred, came_back = came_back + excluded.came_back,"
                          " gone = gone + excluded.gone, evicted = evicted + excluded.evicted,"
                          " delay = delay + excluded.delay",
                          {std::int64_t{day.day}, number(day.deferred), number(day.came_back), number(day.gone),
                           number(day.evicted), number(day.delay)});
}

Expected<void> Database::write_greylist(const GreylistBatch& batch) {
    Impl& impl = *impl_;
    auto transaction = impl.begin_writing();
    if (!transaction) return std::unexpected(transaction.error());
    GreylistDay day{.day = verdict::day_of(batch.now)};
    for (const GreylistWrite& write : batch.writes)
        if (auto done = impl.write(write, day); !done) return done;
    if (auto done = impl.evict_greylist(batch.most, day); !done) return done;
    if (auto done = impl.add(day); !done) return done;
    return transaction->commit();
}

Expected<bool> Database::prune_greylist(std::int64_t now) {
    Impl& impl = *impl_;
    auto transaction = impl.begin_writing();
    if (!transaction) return std::unexpected(transaction.error());
    auto& round = impl.rounds.greylist;
    const auto oldest = impl.connection.number("SELECT coalesce(min(expires), ?) FROM greylist", {now});
    if (!oldest) return std::unexpected(oldest.error());
    if (!round && *oldest < now) round = std::min(now, *oldest + round_seconds);
    if (!round || *oldest >= std::min(*round, now)) {
        round.reset();
        return false;
    }
    const auto gone =
        leaving(impl.connection.query("SELECT hash, verified FROM greylist WHERE expires < ? ORDER BY expires LIMIT ?",
                                      {std::min(*round, now), piece}));
    if (!gone) return std::unexpected(gone.error());
    const GreylistDay day{.day = verdict::day_of(now), .gone = gone->unverified};
    Expected<void> done = impl.remove_greylist(gone->rows);
    if (done) done = impl.add(day);
    if (done)
        done = impl.connection.run("DELETE FROM greylist_days WHERE day < ?", {std::int64_t{day.day - days_kept}});
    if (done) done = transaction->commit();
    if (!done) return std::unexpected(done.error());
    return true;
}

namespace {

std::string_view domain_in(std::string_view address) {
    const std::size_t at = address.rfind('@');
    return at == std::string_view::npos ? std::string_view() : address.substr(at + 1);
}

/// "network:192.0.2.0/24" by itself, its text, or an address in it; "domain:example.com" likewise, and by a domain above it.
bool is_who(std::string_view who, std::string_view wanted) {
    const std::string_view name = who.substr(who.find(':') + 1);
    if (who == wanted || name == wanted) return true;
    if (who.starts_with("domain:"))
        return name.size() > wanted.size() && name.ends_with(wanted) && name[name.size() - wanted.size() - 1] == '.';
    const auto network = ip::Prefix::parse(name);
    const auto client = ip::Address::parse(wanted);
    return network && client && network->contains(*client);
}

/// A wanted address by its term, a wanted domain by what is shown.
class Wanted {
  public:
    Wanted(const Secret& secret, const GreylistFilter& filter)
        : who_(filter.who ? std::optional(ascii::lower(*filter.who)) : std::nullopt) {
        if (filter.sender) {
            sender_ = ascii::lower(*filter.sender);
            if (sender_->contains('@') || *sender_ == "<>" || sender_->empty())
                sender_term_ = hash_of_term(secret, policy::greylist::normalized_sender(*sender_));
        }
        if (filter.recipient) {
            recipient_ = ascii::lower(*filter.recipient);
            if (recipient_->contains('@')) recipient_term_ = hash_of_term(secret, *recipient_);
        }
    }
    [[nodiscard]] bool holds(const GreylistRow& row, const std::optional<Hash>& sender,
                             const std::optional<Hash>& recipient) const {
        if (who_ && !is_who(row.who, *who_)) return false;
        if (sender_ && !(sender_term_ ? sender == sender_term_ : domain_in(row.sender) == *sender_)) return false;
        return !recipient_ ||
               (recipient_term_ ? recipient == recipient_term_ : domain_in(row.recipient) == *recipient_);
    }

  private:
    std::optional<std::string> who_, sender_, recipient_;
    std::optional<Hash> sender_term_, recipient_term_;
};

} // namespace

Expected<std::vector<GreylistRow>> Database::greylist(const GreylistFilter& filter) {
    const Wanted wanted(secret_, filter);
    Query asked = impl_->connection.query("SELECT hash, kind, first_seen, last_seen, passed_at, attempts, deferred,"
                                          " expires, who, helo, sender, recipient, sender_term, recipient_term"
                                          " FROM greylist ORDER BY last_seen DESC");
    std::vector<GreylistRow> rows;
    const auto hash_at = [&](int column) {
        return asked.is_null(column) ? std::nullopt : std::optional(sqlite::hash(asked.integer(column)));
    };
    while (rows.size() < filter.most) {
        const auto there = asked.next();
        if (!there) return std::unexpected(there.error());
        if (!*there) break;
        GreylistRow row{.hash = sqlite::hash(asked.integer(0)),
                        .kind = asked.integer(1) == 0 ? GreylistKind::key : GreylistKind::pool,
                        .state = state_at(asked, 2),
                        .expires = asked.integer(7),
                        .who = asked.text(8),
                        .helo = asked.text(9),
                        .sender = asked.text(10),
                        .recipient = asked.text(11)};
        if (filter.kind && row.kind != *filter.kind) continue;
        if (filter.hash && row.hash != *filter.hash) continue;
        if (!wanted.holds(row, hash_at(12), hash_at(13))) continue;
        if (!filter.also || filter.also(row)) rows.push_back(std::move(row));
    }
    return rows;
}

Expected<std::uint64_t> Database::forget_greylist(const std::vector<Hash>& rows, const AuditRow& audit) {
    Impl& impl = *impl_;
    auto transaction = impl.begin_writing();
    if (!transaction) return std::unexpected(transaction.error());
    const auto before = impl.counted("greylist");
    if (!before) return std::unexpected(before.error());
    Expected<void> done = impl.remove_greylist(rows);
    const auto after = impl.counted("greylist");
    if (!after) return std::unexpected(after.error());
    const std::uint64_t gone = *before - *after;
    if (done && gone > 0) done = impl.write_audit(audit);
    if (done) done = transaction->commit();
    if (!done) return std::unexpected(done.error());
    return gone;
}

Expected<std::vector<GreylistDay>> Database::greylist_days(std::int32_t since_day) {
    Query asked = impl_->connection.query(
        "SELECT day, deferred, came_back, gone, evicted, delay FROM greylist_days WHERE day >= ? ORDER BY day",
        {std::int64_t{since_day}});
    std::vector<GreylistDay> days;
    const auto number = [&](int column) { return static_cast<std::uint64_t>(asked.integer(column)); };
    for (;;) {
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) return days;
        days.push_back(
            {static_cast<std::int32_t>(asked.integer(0)), number(1), number(2), number(3), number(4), number(5)});
    }
}

Expected<std::uint64_t> Database::Impl::erase_greylist(std::string_view address, const Secret& secret) {
    const Hash exact = hash_of_term(secret, address);
    const Hash tagless = hash_of_term(secret, policy::greylist::normalized_sender(address));
    auto gone =
        leaving(connection.query("SELECT hash, verified FROM greylist WHERE sender_term = ? OR recipient_term = ?",
                                 {sqlite::stored(tagless), sqlite::stored(exact)}));
    if (!gone) return std::unexpected(gone.error());
    if (auto done = remove_greylist(gone->rows); !done) return std::unexpected(done.error());
    return gone->rows.size();
}

} // namespace bonafide::io::store
