#include "io/store_schema.hpp"

#include "base/escape.hpp"
#include "io/store_sqlite.hpp"

#include <array>
#include <fmt/format.h>

namespace bonafide::io::store::sqlite {
namespace {

// history    `key` is a keyed hash, so a stretch of the table is a fair sample of it. `people`: two hashes at most, eight bytes each.
// messages   `number` goes up with every message; `terms` so that rows of `terms` can be found again.
// feedback   what people said; counted: to which histories it was added, and on which day.
// changes    what others have to read again; the newest rows (limits.ledger_changes), never none once there was one.
// meta       secret, generation (another one after a restore), numbers of histories and messages.
constexpr std::string_view version_1 = R"(
CREATE TABLE meta(name TEXT NOT NULL PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES('histories', 0), ('messages', 0);

CREATE TABLE history(key INTEGER PRIMARY KEY, kind INTEGER NOT NULL, people BLOB, days BLOB NOT NULL) STRICT;

CREATE TABLE messages(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, time INTEGER NOT NULL,
  direction TEXT NOT NULL, author TEXT NOT NULL, author_domain TEXT NOT NULL, infrastructure TEXT NOT NULL,
  recipient TEXT NOT NULL, compauth TEXT NOT NULL, reason INTEGER NOT NULL, dmarc TEXT NOT NULL,
  dmarc_policy TEXT NOT NULL, suggestion TEXT NOT NULL, action TEXT NOT NULL, sealer TEXT NOT NULL,
  spoof INTEGER NOT NULL, internal INTEGER NOT NULL, terms BLOB NOT NULL, told BLOB NOT NULL,
  document_bytes INTEGER NOT NULL, document BLOB NOT NULL) STRICT;
CREATE INDEX messages_time ON messages(time);
CREATE INDEX messages_spoof ON messages(time) WHERE spoof = 1;
CREATE INDEX messages_sealer ON messages(time) WHERE sealer <> '';
CREATE TABLE terms(term INTEGER NOT NULL, message INTEGER NOT NULL, PRIMARY KEY(term, message)) STRICT, WITHOUT ROWID;
CREATE TABLE transcripts(message INTEGER PRIMARY KEY, time INTEGER NOT NULL, bytes INTEGER NOT NULL,
  content BLOB NOT NULL) STRICT;
CREATE INDEX transcripts_time ON transcripts(time);

CREATE TABLE correspondents(domain TEXT NOT NULL PRIMARY KEY, days BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE feedback(message INTEGER NOT NULL, person TEXT NOT NULL, spam INTEGER NOT NULL, time INTEGER NOT NULL,
  day INTEGER NOT NULL, PRIMARY KEY(message, person)) STRICT, WITHOUT ROWID;
CREATE INDEX feedback_day ON feedback(person, day);
CREATE TABLE counted(message INTEGER NOT NULL, person TEXT NOT NULL, key INTEGER NOT NULL, day INTEGER NOT NULL,
  PRIMARY KEY(message, person, key)) STRICT, WITHOUT ROWID;
CREATE INDEX counted_day ON counted(person, day, key);

CREATE TABLE lists(list TEXT NOT NULL, entry TEXT NOT NULL, note TEXT NOT NULL, expires INTEGER, added INTEGER NOT NULL,
  added_by TEXT NOT NULL, PRIMARY KEY(list, entry)) STRICT, WITHOUT ROWID;
CREATE TABLE audit(number INTEGER PRIMARY KEY, time INTEGER NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL,
  what TEXT NOT NULL, why TEXT NOT NULL) STRICT;
CREATE INDEX audit_time ON audit(time);
CREATE TABLE changes(number INTEGER PRIMARY KEY, writer INTEGER NOT NULL, what INTEGER NOT NULL, key INTEGER) STRICT;
)";

// greylist   `hash` is that of a key, or of a pool (kind 1); `verified` and `expires` follow from the state. Terms: of the addresses.
constexpr std::string_view version_2 = R"(
INSERT INTO meta VALUES('greylist', 0);
CREATE TABLE greylist(hash INTEGER PRIMARY KEY, kind INTEGER NOT NULL, verified INTEGER NOT NULL,
  first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, passed_at INTEGER, attempts INTEGER NOT NULL,
  deferred INTEGER NOT NULL, expires INTEGER NOT NULL, who TEXT NOT NULL, helo TEXT NOT NULL, sender TEXT NOT NULL,
  recipient TEXT NOT NULL, sender_term INTEGER, recipient_term INTEGER) STRICT;
CREATE INDEX greylist_expires ON greylist(expires);
CREATE INDEX greylist_age ON greylist(verified, last_seen);
CREATE TABLE greylist_days(day INTEGER PRIMARY KEY, deferred INTEGER NOT NULL, came_back INTEGER NOT NULL,
  gone INTEGER NOT NULL, evicted INTEGER NOT NULL, delay INTEGER NOT NULL) STRICT;
)";

// messages   `packed`: as engine/packed_message.hpp has it; of older rows the document has the past.
constexpr std::string_view version_3 = R"(
ALTER TABLE messages ADD COLUMN packed BLOB NOT NULL DEFAULT x'';
)";

constexpr std::array steps{version_1, version_2, version_3};
static_assert(steps.size() == static_cast<std::size_t>(schema_version));

std::unexpected<Error> no_ledger(const Connection& connection) {
    return failure(fmt::format("{}: it is no ledger", escape::line(connection.file())));
}

} // namespace

std::span<const std::string_view> migrations() { return steps; }

Expected<std::int64_t> version_of(Connection& connection) {
    // The tables first: another process may make the ledger between the two questions, its tables and its id at once.
    const auto tables = connection.number("SELECT count(*) FROM sqlite_master");
    if (!tables) return tables;
    const auto id = connection.number("PRAGMA application_id");
    if (!id) return id;
    if (*id == application_id) return connection.number("PRAGMA user_version");
    if (*id != 0 || *tables != 0) return no_ledger(connection);
    return 0;
}

Expected<void> refuse_newer(const Connection& connection, std::int64_t version, std::size_t known) {
    if (version >= 0 && static_cast<std::uint64_t>(version) <= known) return {};
    return failure(fmt::format("{}: was written by a newer Bonafide (ledger version {}); this one knows version {}",
                               escape::line(connection.file()), version, known));
}

Expected<void> migrate(Connection& connection, std::span<const std::string_view> list) {
    auto transaction = Transaction::begin(connection, Transaction::For::writing);
    if (!transaction) return std::unexpected(transaction.error());
    const auto version = version_of(connection); // within the transaction: another process may have been faster
    if (!version) return std::unexpected(version.error());
    if (auto known = refuse_newer(connection, *version, list.size()); !known) return known;
    for (auto step = static_cast<std::size_t>(*version); step < list.size(); ++step)
        if (auto done = connection.script(std::string(list[step])); !done) return done;
    auto marked = connection.script(
        fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};", application_id, list.size()));
    if (!marked) return marked;
    return transaction->commit();
}

} // namespace bonafide::io::store::sqlite
