// The part of Database that forgets a person. Histories are found by reading all of them: a second index for it would cost every message,
// an erasure comes once in a while. That happens before the lock is taken, so the daemon goes on writing meanwhile.
#include "base/ascii.hpp"
#include "io/store_database.hpp"
#include "io/store_varint.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::io::store {
namespace {

using sqlite::Connection;
using sqlite::Query;

bool names(std::string_view people, Hash person) {
    for (PackedReader reader(people); reader.left() >= sizeof person;)
        if (reader.fixed() == person) return true;
    return false;
}

Expected<std::vector<Hash>> histories_about(Connection& connection, Hash person) {
    Query asked = connection.query("SELECT key, people FROM history WHERE people IS NOT NULL");
    std::vector<Hash> keys;
    for (;;) {
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) return keys;
        if (names(asked.bytes(1), person)) keys.push_back(sqlite::hash(asked.integer(0)));
    }
}

Expected<std::vector<std::int64_t>> messages_about(Connection& connection, Hash person) {
    Query asked = connection.query("SELECT message FROM terms WHERE term = ?", {sqlite::stored(person)});
    std::vector<std::int64_t> numbers;
    for (;;) {
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) return numbers;
        numbers.push_back(asked.integer(0));
    }
}

/// Enough to tell "ann@a.example" from "joann@a.example"; "to=ann@a.example" names it.
bool is_part_of_address(char c) {
    return ascii::is_alnum(c) || c == '.' || c == '_' || c == '-' || c == '+' || static_cast<signed char>(c) < 0;
}

/// Where `address` stands in `text` and is not a part of a longer one ("ann@a.example" in "joann@a.example"); npos: nowhere.
std::size_t find_address(std::string_view text, std::string_view address, std::size_t from) {
    for (std::size_t i = from; i + address.size() <= text.size(); ++i) {
        if (!ascii::iequals(text.substr(i, address.size()), address)) continue;
        const std::size_t after = i + address.size();
        const bool begins = i == 0 || !is_part_of_address(text[i - 1]);
        const bool dotted = after + 1 < text.size() && text[after] == '.' && is_part_of_address(text[after + 1]);
        const bool ends = after == text.size() || text[after] == '.' || !is_part_of_address(text[after]);
        if (begins && ends && !dotted) return i;
    }
    return std::string_view::npos;
}

std::string without(std::string_view text, std::string_view address) {
    std::string out;
    std::size_t from = 0;
    for (std::size_t at = 0; (at = find_address(text, address, from)) != std::string_view::npos;) {
        out.append(text.substr(from, at - from)).append("(erased)");
        from = at + address.size();
    }
    return out.append(text.substr(from));
}

/// List rows whose entry names the address go; where a note does, or who added one, the address goes and the entry stays in force.
Expected<std::uint64_t> erase_lists(Connection& connection, const std::vector<ListRow>& rows,
                                    std::string_view address) {
    std::uint64_t gone = 0;
    for (const ListRow& row : rows) {
        const bool named = find_address(row.entry, address, 0) != std::string::npos;
        const std::string note = without(row.note, address), added_by = without(row.added_by, address);
        Expected<void> done;
        if (named)
            done = connection.run("DELETE FROM lists WHERE list = ? AND entry = ?", {row.list, row.entry});
        else if (note != row.note || added_by != row.added_by)
            done = connection.run("UPDATE lists SET note = ?, added_by = ? WHERE list = ? AND entry = ?",
                                  {note, added_by, row.list, row.entry});
        if (!done) return std::unexpected(done.error());
        if (named) ++gone;
    }
    return gone;
}

Expected<void> erase_from_audit(Connection& connection, std::string_view address) {
    struct Changed {
        std::int64_t number = 0;
        std::string who, what, why;
    };
    std::vector<Changed> all;
    {
        Query asked = connection.query("SELECT number, who, what, why FROM audit");
        for (;;) {
            const auto row = asked.next();
            if (!row) return std::unexpected(row.error());
            if (!*row) break;
            Changed now{asked.integer(0), without(asked.bytes(1), address), without(asked.bytes(2), address),
                        without(asked.bytes(3), address)};
            if (now.who != asked.bytes(1) || now.what != asked.bytes(2) || now.why != asked.bytes(3))
                all.push_back(std::move(now));
        }
    }
    for (const Changed& row : all) {
        auto done = connection.run("UPDATE audit SET who = ?, what = ?, why = ? WHERE number = ?",
                                   {row.who, row.what, row.why, row.number});
        if (!done) return done;
    }
    return {};
}

Expected<std::uint64_t> erase_feedback(Connection& connection, std::string_view address) {
    auto done = connection.run("DELETE FROM feedback WHERE person = ?", {address});
    const std::uint64_t gone = connection.changed();
    if (done) done = connection.run("DELETE FROM counted WHERE person = ?", {address});
    if (!done) return std::unexpected(done.error());
    return gone;
}

/// The log keeps what pages held before; emptied when nobody reads an older state any more.
Expected<void> empty_log(Connection& connection) {
    const auto busy = connection.number("PRAGMA wal_checkpoint(TRUNCATE)");
    if (!busy) return std::unexpected(busy.error());
    if (*busy == 0) return {};
    return failure("everything is erased, but the write-ahead log still holds older copies, for another program was "
                   "reading; do it again");
}

} // namespace

Expected<Database::Erased> Database::erase(std::string_view given, const AuditRow& audit) {
    const std::string address = ascii::lower(ascii::trim(given));
    if (address.empty()) return failure("no address is given");
    const Hash person = hash_of_term(secret_, address);
    Impl& impl = *impl_;
    const auto histories = histories_about(impl.connection, person);
    if (!histories) return std::unexpected(histories.error());
    auto erased = impl.erase(address, secret_, *histories, audit);
    if (!erased) return erased;
    if (auto done = empty_log(impl.connection); !done) return std::unexpected(done.error());
    return erased;
}

Expected<Database::Erased> Database::Impl::erase(std::string_view address, const Secret& secret,
                                                 std::span<const Hash> histories, const AuditRow& audit) {
    auto transaction = begin_writing();
    if (!transaction) return std::unexpected(transaction.error());
    const auto messages = messages_about(connection, hash_of_term(secret, address));
    if (!messages) return std::unexpected(messages.error());
    const auto greylist = erase_greylist(address, secret);
    if (!greylist) return std::unexpected(greylist.error());
    const auto feedback = erase_feedback(connection, address);
    if (!feedback) return std::unexpected(feedback.error());
    const auto rows = list_rows();
    if (!rows) return std::unexpected(rows.error());
    const auto lists = erase_lists(connection, *rows, address);
    if (!lists) return std::unexpected(lists.error());
    Expected<void> done = remove_histories(histories);
    if (done) done = remove_messages(*messages);
    if (done) done = write_audit(audit);
    if (done) done = erase_from_audit(connection, address); // also from the row just written
    if (done) done = note_histories(histories);
    if (done && *lists > 0) done = note(Change::lists);
    if (done) done = transaction->commit();
    if (!done) return std::unexpected(done.error());
    return Erased{histories.size(), messages->size(), *feedback, *lists, *greylist};
}

} // namespace bonafide::io::store
