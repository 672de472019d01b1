// The part of Database that says whether everything in it can be read: SQLite's own check of the file, then what only we can judge, the
// packed forms and documents inside the rows.
#include "base/escape.hpp"
#include "io/store_database.hpp"
#include "io/store_series.hpp"
#include "io/store_told.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace bonafide::io::store {
namespace {

using sqlite::Connection;
using sqlite::Query;

/// Collects what it is told, up to a number; the rest is counted.
class Damages {
  public:
    explicit Damages(std::size_t most) : most_(most) {}
    void add(std::string_view table, std::string key, std::string what) {
        if (found_.rows.size() < most_) found_.rows.push_back({std::string(table), std::move(key), std::move(what)});
        ++found_.count;
    }
    [[nodiscard]] Damage take() { return std::move(found_); }

  private:
    std::size_t most_;
    Damage found_;
};

/// Calls `judge` with every row.
template<class Judge> Expected<void> each(Query rows, Judge judge) {
    for (;;) {
        const auto row = rows.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) return {};
        judge(rows);
    }
}

/// What is wrong with a packed JSON text; empty: nothing.
std::string fault_of_json(std::string_view packed, std::int64_t bytes) {
    const auto text = inflate(packed, static_cast<std::size_t>(bytes));
    if (!text) return text.error().text;
    boost::json::monotonic_resource memory;
    boost::system::error_code failed;
    const boost::json::value value = boost::json::parse(*text, failed, &memory);
    return failed ? "it is no JSON" : std::string();
}

Expected<void> check_histories(Connection& connection, Damages& damages) {
    return each(connection.query("SELECT key, days, people FROM history"), [&](const Query& row) {
        constexpr std::size_t most_people = 2 * sizeof(Hash);
        const auto damaged = [&](std::string what) {
            damages.add("history", fmt::format("{:016x}", sqlite::hash(row.integer(0))), std::move(what));
        };
        const std::size_t people = row.bytes(2).size();
        if (const auto series = unpack_series(row.bytes(1)); !series)
            damaged(series.error().text);
        else if (people > most_people || people % sizeof(Hash) != 0)
            damaged("the people it is about cannot be read");
    });
}

Expected<void> check_messages(Connection& connection, Damages& damages) {
    return each(connection.query("SELECT id, terms, told, document_bytes, document FROM messages ORDER BY number"),
                [&](const Query& row) {
                    const auto damaged = [&](std::string what) {
                        damages.add("messages", row.text(0), std::move(what));
                    };
                    if (const auto terms = unpack_hashes(row.bytes(1)); !terms) damaged(terms.error().text);
                    if (const auto told = unpack_increments(row.bytes(2)); !told) damaged(told.error().text);
                    if (auto fault = fault_of_json(row.bytes(4), row.integer(3)); !fault.empty())
                        damaged("document: " + fault);
                });
}

Expected<void> check_transcripts(Connection& connection, Damages& damages) {
    return each(connection.query("SELECT coalesce(m.id, 'number ' || t.message), t.bytes, t.content FROM transcripts t"
                                 " LEFT JOIN messages m ON m.number = t.message ORDER BY t.message"),
                [&](const Query& row) {
                    if (auto fault = fault_of_json(row.bytes(2), row.integer(1)); !fault.empty())
                        damages.add("transcripts", row.text(0), std::move(fault));
                });
}

Expected<void> check_correspondents(Connection& connection, Damages& damages) {
    return each(connection.query("SELECT domain, days FROM correspondents"), [&](const Query& row) {
        if (const auto series = unpack_series(row.bytes(1)); !series)
            damages.add("correspondents", row.text(0), series.error().text);
    });
}

} // namespace

Expected<void> Database::check() {
    const auto wrong = [this](std::string_view what) {
        return failure(fmt::format("{}: {}", escape::line(impl_->connection.file()), what));
    };
    Query asked = impl_->connection.query("PRAGMA integrity_check(1)");
    const auto row = asked.next();
    if (!row) return std::unexpected(row.error());
    if (asked.text(0) != "ok") return wrong(escape::line(asked.text(0)));
    const auto off = impl_->connection.number(
        "SELECT (SELECT value FROM meta WHERE name = 'histories') <> (SELECT count(*) FROM history)"
        " OR (SELECT value FROM meta WHERE name = 'messages') <> (SELECT count(*) FROM messages)"
        " OR (SELECT value FROM meta WHERE name = 'greylist') <> (SELECT count(*) FROM greylist)");
    if (!off) return std::unexpected(off.error());
    if (*off != 0) return wrong("the numbers of its rows are not what it says");
    return {};
}

/// A table at a time: none of them sees a moment that pruning could not have made, and the log of a running daemon can be emptied in between.
Expected<Damage> Database::damage(std::size_t most) {
    Damages damages(most);
    Connection& connection = impl_->connection;
    for (const auto check_table : {check_histories, check_messages, check_transcripts, check_correspondents})
        if (auto done = check_table(connection, damages); !done) return std::unexpected(done.error());
    return damages.take();
}

} // namespace bonafide::io::store
