// The part of Database that forgets a person. Histories are found by reading all of them: a second index for it would cost every message,
// an erasure comes once in a while. That happens before the lock is taken, so the daemon goes on writing meanwhile.
#include "base/ascii.hpp"
#include "io/store_database.hpp"
#include "io/store_names.hpp"
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

/// Who is erased. A login name is looked for only where it is all there is: in a sentence it could be a word, or somebody else's name.
class Person {
  public:
    Person(const Secret& secret, std::string_view name) : name_(name), hashed_(hashed_name(secret, name)) {}

    [[nodiscard]] const std::string& name() const& [[clang::lifetimebound]] { return name_; }
    [[nodiscard]] const std::string& hashed() const& [[clang::lifetimebound]] { return hashed_; }
    [[nodiscard]] bool is_in(std::string_view text) const {
        return is_address() && find_address(text, name_, 0) != std::string_view::npos;
    }
    /// A text in which the person may be named.
    [[nodiscard]] std::string gone_from(std::string_view text) const {
        if (ascii::iequals(text, name_) || ascii::iequals(text, hashed_)) return "(erased)";
        return is_address() ? without(without(text, name_), hashed_) : std::string(text);
    }

  private:
    [[nodiscard]] bool is_address() const { return name_.contains('@'); }
    std::string name_; // lower case
    std::string hashed_;
};

/// List rows whose entry names the person go; where a note does, or who added one, the name goes and the entry stays in force.
Expected<std::uint64_t> erase_lists(Connection& connection, const std::vector<ListRow>& rows, const Person& person) {
    std::uint64_t gone = 0;
    for (const ListRow& row : rows) {
        const bool named = person.is_in(row.entry);
        const std::string note = person.gone_from(row.note), added_by = person.gone_from(row.added_by);
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

struct NamingRow {
    std::int64_t number = 0;
    std::string who, what, why; ///< without the name
};

/// Of the audit.
Expected<std::vector<NamingRow>> rows_naming(Connection& connection, const Person& person) {
    Query asked = connection.query("SELECT number, who, what, why FROM audit");
    std::vector<NamingRow> all;
    for (;;) {
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) return all;
        NamingRow now{asked.integer(0), person.gone_from(asked.bytes(1)), person.gone_from(asked.bytes(2)),
                      person.gone_from(asked.bytes(3))};
        if (now.who != asked.bytes(1) || now.what != asked.bytes(2) || now.why != asked.bytes(3))
            all.push_back(std::move(now));
    }
}

Expected<std::uint64_t> erase_from_audit(Connection& connection, const Person& person) {
    const auto rows = rows_naming(connection, person);
    if (!rows) return std::unexpected(rows.error());
    for (const NamingRow& row : *rows) {
        auto done = connection.run("UPDATE audit SET who = ?, what = ?, why = ? WHERE number = ?",
                                   {row.who, row.what, row.why, row.number});
        if (!done) return std::unexpected(done.error());
    }
    return rows->size();
}

Expected<std::uint64_t> erase_feedback(Connection& connection, const Person& person) {
    auto done = connection.run("DELETE FROM feedback WHERE person IN (?, ?)", {person.name(), person.hashed()});
    const std::uint64_t gone = connection.changed();
    if (done) done = connection.run("DELETE FROM counted WHERE person IN (?, ?)", {person.name(), person.hashed()});
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
    const std::string name = ascii::lower(ascii::trim(given));
    if (name.empty()) return failure("nobody is named");
    Impl& impl = *impl_;
    const auto histories = histories_about(impl.connection, hash_of_person(secret_, name));
    if (!histories) return std::unexpected(histories.error());
    auto erased = impl.erase(secret_, name, *histories, audit);
    if (!erased) return erased;
    if (auto done = empty_log(impl.connection); !done) return std::unexpected(done.error());
    return erased;
}

Expected<Database::Erased> Database::Impl::erase(const Secret& secret, std::string_view name,
                                                 std::span<const Hash> histories, const AuditRow& audit) {
    const Person person(secret, name);
    auto transaction = begin_writing();
    if (!transaction) return std::unexpected(transaction.error());
    const auto messages = messages_about(connection, hash_of_person(secret, name));
    if (!messages) return std::unexpected(messages.error());
    const auto greylist = erase_greylist(name, secret);
    if (!greylist) return std::unexpected(greylist.error());
    const auto feedback = erase_feedback(connection, person);
    if (!feedback) return std::unexpected(feedback.error());
    const auto rows = list_rows();
    if (!rows) return std::unexpected(rows.error());
    const auto lists = erase_lists(connection, *rows, person);
    if (!lists) return std::unexpected(lists.error());
    const auto audited = erase_from_audit(connection, person);
    if (!audited) return std::unexpected(audited.error());
    Expected<void> done = remove_histories(histories);
    if (done) done = remove_messages(*messages);
    if (done)
        done = write_audit({audit.time, person.gone_from(audit.who), audit.action, person.gone_from(audit.what),
                            person.gone_from(audit.why)});
    if (done) done = note_histories(histories);
    if (done && *lists > 0) done = note(Change::lists);
    if (done) done = transaction->commit();
    if (!done) return std::unexpected(done.error());
    return Erased{histories.size(), messages->size(), *feedback, *lists, *audited, *greylist};
}

} // namespace bonafide::io::store
