// The part of Database that copies a whole ledger: out into a backup, and a backup in. Both are done beside the ledger first and take its
// place, or their name, only when they are complete.
#include "base/escape.hpp"
#include "io/store_database.hpp"
#include "io/store_schema.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace bonafide::io::store {
namespace {

using sqlite::Connection;

std::unexpected<Error> file_failure(const std::string& file, int number) {
    return failure(fmt::format("{}: {}", escape::line(file), std::generic_category().message(number)));
}

/// A file of ours that is not complete yet; gone with this, with all that SQLite puts beside it.
class Unfinished {
  public:
    /// Beside `target`: an empty file that nobody else may read, under a name that nobody had before and nobody can guess.
    [[nodiscard]] static Expected<Unfinished> make(const std::string& target, std::string_view what) {
        std::string file = fmt::format("{}.{}-XXXXXX", target, what);
        const int made = ::mkostemp(file.data(), O_CLOEXEC); // O_EXCL, mode 0600
        if (made < 0) return file_failure(target, errno);
        ::close(made);
        return Unfinished(std::move(file));
    }
    Unfinished(Unfinished&& other) noexcept : file_(std::exchange(other.file_, {})) {}
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;
    ~Unfinished() {
        if (file_.empty()) return;
        for (const char* companion : {"", "-wal", "-shm", "-journal"}) ::unlink((file_ + companion).c_str());
    }
    [[nodiscard]] const std::string& file() const& [[clang::lifetimebound]] { return file_; }

  private:
    explicit Unfinished(std::string file) : file_(std::move(file)) {}
    std::string file_;
};

/// On the disk, and under its name, before anybody is told that it is there. Never over another file.
Expected<void> publish(const std::string& from, const std::string& to) {
    const int file = ::open(from.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return file_failure(from, errno);
    const int synced = ::fsync(file) == 0 ? 0 : errno;
    ::close(file);
    if (synced != 0) return file_failure(from, synced);
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
    if (errno == EINVAL && ::link(from.c_str(), to.c_str()) == 0) return {}; // a file system that cannot do the former
    return file_failure(to, errno);
}

/// All pages of `from` into `to`, in one transaction of `to`: whoever reads there sees the state before or the state after.
Expected<void> copy_pages(const Connection& from, const Connection& to) {
    sqlite3_backup* copy = ::sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
    if (copy == nullptr) return std::unexpected(to.error(::sqlite3_extended_errcode(to.handle())));
    const int done = ::sqlite3_backup_step(copy, -1);
    const int finished = ::sqlite3_backup_finish(copy);
    if (done == SQLITE_DONE) return {};
    return std::unexpected(to.error(finished != SQLITE_OK ? finished : done));
}

/// Compact, without what was deleted; `to` is an empty file.
Expected<void> copy_into(Connection& from, const std::string& to) { return from.run("VACUUM INTO ?", {to}); }

/// What a restored ledger keeps of the one it replaces: nothing but the audit.
Expected<void> keep_audit(Connection& copy, Connection& ledger) {
    sqlite::Query asked = ledger.query("SELECT time, who, action, what, why FROM audit ORDER BY number");
    for (;;) {
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) return {};
        auto done =
            copy.run("INSERT INTO audit(time, who, action, what, why) SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS"
                     " (SELECT 1 FROM audit WHERE time = ?1 AND who = ?2 AND action = ?3 AND what = ?4"
                     "  AND why = ?5)",
                     {asked.integer(0), asked.bytes(1), asked.bytes(2), asked.bytes(3), asked.bytes(4)});
        if (!done) return done;
    }
}

Expected<void> renew_generation(Connection& connection) {
    Generation generation{};
    fill_randomly(generation);
    auto done = connection.run("DELETE FROM changes");
    if (!done) return done;
    return connection.run("UPDATE meta SET value = ? WHERE name = 'generation'",
                          {sqlite::Blob{{reinterpret_cast<const char*>(generation.data()), generation.size()}}});
}

/// All tables and indexes as text.
Expected<std::string> schema_of(Connection& connection) {
    sqlite::Query asked = connection.query("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name");
    std::string schema;
    for (;;) {
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) return schema;
        for (int column = 0; column < 4; ++column) schema.append(asked.bytes(column)).append("\n");
    }
}

/// A file from elsewhere may call itself a ledger and lack half of it.
Expected<void> compare_schemas(Connection& copy, Connection& ledger, const std::string& file) {
    const auto theirs = schema_of(copy);
    if (!theirs) return std::unexpected(theirs.error());
    const auto ours = schema_of(ledger);
    if (!ours) return std::unexpected(ours.error());
    if (*ours == *theirs) return {};
    return failure(fmt::format("{}: its tables are not those of a ledger", escape::line(file)));
}

/// A copy that can be worked on: the backup itself is only read.
Expected<void> copy_backup(const std::string& file, const std::string& to) {
    if (auto found = find_file(file, Database::Mode::read_only); !found) return found;
    auto source = Connection::open(file, Connection::Access::read_only, std::chrono::seconds(5));
    if (!source) return std::unexpected(source.error());
    const auto version = sqlite::version_of(*source);
    if (!version) return std::unexpected(version.error());
    if (*version == 0) return failure(fmt::format("{}: it is no ledger", escape::line(file)));
    if (auto known = sqlite::refuse_newer(*source, *version, sqlite::migrations().size()); !known) return known;
    return copy_into(*source, to);
}

} // namespace

Expected<void> Database::backup(const std::string& file) {
    if (struct stat about{}; ::lstat(file.c_str(), &about) == 0) return file_failure(file, EEXIST);
    const auto copy = Unfinished::make(file, "part");
    if (!copy) return std::unexpected(copy.error());
    if (auto done = copy_into(impl_->connection, copy->file()); !done) return done;
    return publish(copy->file(), file);
}

Expected<void> Database::restore(const std::string& file, const AuditRow& audit) {
    Connection& ledger = impl_->connection;
    const auto copy = Unfinished::make(ledger.file(), "restore");
    if (!copy) return std::unexpected(copy.error());
    if (auto done = copy_backup(file, copy->file()); !done) return done;
    auto opened = Database::open(copy->file(), Mode::existing); // migrates it
    if (!opened) return std::unexpected(opened.error());
    Impl& source = *opened->impl_;
    Expected<void> done = opened->check();
    if (done) done = compare_schemas(source.connection, ledger, file);
    if (done) done = keep_audit(source.connection, ledger);
    if (done) done = source.write_audit(audit);
    if (done) done = renew_generation(source.connection);
    if (done) done = copy_pages(source.connection, ledger);
    if (!done) return done;
    secret_ = opened->secret();
    done = impl_->load_generation();
    (void)ledger.number(
        "PRAGMA wal_checkpoint(TRUNCATE)"); // the log has the size of the backup now; readers may keep it so for a while
    return done;
}

} // namespace bonafide::io::store
