// The part of Database that keeps lists and the audit. Who opens the file sees either both of a change and its audit or neither.
#include "io/store_database.hpp"

#include <algorithm>

namespace bonafide::io::store {
namespace {

using sqlite::Query;

Expected<bool> there(sqlite::Connection& connection, const ListRow& row) {
    const auto same = connection.number("SELECT count(*) FROM lists WHERE list = ? AND entry = ? AND note = ?"
                                        " AND expires IS ?",
                                        {row.list, row.entry, row.note, sqlite::optional(row.expires)});
    if (!same) return std::unexpected(same.error());
    return *same != 0;
}

} // namespace

Expected<void> Database::Impl::write_audit(const AuditRow& row) {
    return connection.run("INSERT INTO audit(time, who, action, what, why) VALUES(?, ?, ?, ?, ?)",
                          {row.time, row.who, row.action, row.what, row.why});
}

Expected<std::vector<ListRow>> Database::lists() { return impl_->list_rows(); }

Expected<std::vector<ListRow>> Database::Impl::list_rows() {
    Query asked =
        connection.query("SELECT list, entry, note, expires, added, added_by FROM lists ORDER BY list, entry");
    std::vector<ListRow> rows;
    for (;;) {
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) return rows;
        ListRow& list = rows.emplace_back(asked.text(0), asked.text(1), asked.text(2), std::nullopt, asked.integer(4),
                                          asked.text(5));
        if (!asked.is_null(3)) list.expires = asked.integer(3);
    }
}

/// `added` and `added_by` alone make no other row.
Expected<std::size_t> Database::put_lists(const std::vector<ListChange>& changes) {
    Impl& impl = *impl_;
    auto transaction = impl.begin_writing();
    if (!transaction) return std::unexpected(transaction.error());
    std::size_t changed = 0;
    for (const auto& [row, audit] : changes) {
        const auto same = there(impl.connection, row);
        if (!same) return std::unexpected(same.error());
        if (*same) continue;
        Expected<void> done = impl.connection.run(
            "INSERT OR REPLACE INTO lists(list, entry, note, expires, added, added_by) VALUES(?, ?, ?, ?, ?, ?)",
            {row.list, row.entry, row.note, sqlite::optional(row.expires), row.added, row.added_by});
        if (done) done = impl.write_audit(audit);
        if (!done) return std::unexpected(done.error());
        ++changed;
    }
    if (changed == 0) return 0;
    Expected<void> done = impl.note(Impl::Change::lists);
    if (done) done = transaction->commit();
    if (!done) return std::unexpected(done.error());
    return changed;
}

Expected<bool> Database::put_list(const ListRow& row, const AuditRow& audit) {
    const auto changed = put_lists({{row, audit}});
    if (!changed) return std::unexpected(changed.error());
    return *changed == 1;
}

Expected<bool> Database::remove_list(std::string_view list, std::string_view entry, const AuditRow& audit) {
    Impl& impl = *impl_;
    auto transaction = impl.begin_writing();
    if (!transaction) return std::unexpected(transaction.error());
    Expected<void> done = impl.connection.run("DELETE FROM lists WHERE list = ? AND entry = ?", {list, entry});
    if (done && impl.connection.changed() == 0) return false;
    if (done) done = impl.write_audit(audit);
    if (done) done = impl.note(Impl::Change::lists);
    if (done) done = transaction->commit();
    if (!done) return std::unexpected(done.error());
    return true;
}

Expected<std::vector<AuditRow>> Database::audit(std::size_t most) {
    Query asked = impl_->connection.query("SELECT time, who, action, what, why FROM audit ORDER BY number DESC LIMIT ?",
                                          {static_cast<std::int64_t>(std::min<std::size_t>(most, INT32_MAX))});
    std::vector<AuditRow> rows;
    for (;;) {
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) return rows;
        rows.push_back({asked.integer(0), asked.text(1), asked.text(2), asked.text(3), asked.text(4)});
    }
}

} // namespace bonafide::io::store
