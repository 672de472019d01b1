#include "io/store_sqlite.hpp"

#include "base/escape.hpp"
#include "io/store_database.hpp"
#include "io/store_schema.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace bonafide::io::store {
namespace {

using sqlite::Connection;

std::unexpected<Error> file_failure(const std::string& file, std::string_view what) {
    return failure(fmt::format("{}: {}", escape::line(file), what));
}
std::unexpected<Error> system_failure(const std::string& file) {
    return file_failure(file, std::generic_category().message(errno));
}

std::string folder_of(const std::string& file) {
    const std::string folder = std::filesystem::path(file).parent_path().string();
    return folder.empty() ? "." : folder;
}

/// An empty file that nobody else may read; SQLite gives its companions the same rights.
Expected<void> make_file(const std::string& file) {
    const int made = ::open(file.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (made < 0 && errno != EEXIST) return system_failure(file);
    if (made < 0) return {};
    // What root makes (a restore after a loss) is for the daemon, whose folder this is.
    struct stat folder{};
    const bool known = ::geteuid() == 0 && ::stat(folder_of(file).c_str(), &folder) == 0;
    const bool given = !known || ::fchown(made, folder.st_uid, folder.st_gid) == 0;
    ::close(made);
    return given ? Expected<void>{} : system_failure(file);
}

// synchronous=NORMAL: one fsync a checkpoint; a power cut may cost the last batches, never the file.
// secure_delete: what is deleted is overwritten, so that an erasure is one, also for what retention deleted before.
// journal_size_limit: after a burst (a restore, an erasure) the log is cut again.
constexpr const char* settings = "PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;"
                                 "PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 4000;"
                                 "PRAGMA journal_size_limit = 67108864; PRAGMA cell_size_check = ON;";

Expected<void> use_log(Connection& connection) {
    const auto mode = connection.pragma("PRAGMA journal_mode = WAL");
    if (!mode) return std::unexpected(mode.error());
    if (*mode != "wal") return file_failure(connection.file(), "its disk offers no shared memory or no locks");
    return {};
}

Expected<void> bring_up_to_date(Connection& connection, Database::Mode mode) {
    const auto version = sqlite::version_of(connection);
    if (!version) return std::unexpected(version.error());
    if (*version == 0 && mode != Database::Mode::create) return file_failure(connection.file(), "it is no ledger");
    if (auto known = sqlite::refuse_newer(connection, *version, sqlite::migrations().size()); !known) return known;
    if (mode == Database::Mode::read_only) {
        if (*version == schema_version) return {};
        return file_failure(
            connection.file(),
            fmt::format(
                "it has ledger version {}; start the daemon once, or run bonafide ledger backup, to bring it to {}",
                *version, schema_version));
    }
    if (auto done = use_log(connection); !done) return done;
    if (*version == schema_version) return {};
    return sqlite::migrate(connection, sqlite::migrations());
}

std::uint64_t size_of(const std::string& file) {
    struct stat about{};
    return ::stat(file.c_str(), &about) == 0 ? static_cast<std::uint64_t>(about.st_size) : 0;
}

/// In WAL mode who only reads needs shared memory beside the file too, and makes it where no daemon has. SQLite's words for that say
/// nothing to a person.
Error explained(const std::string& file, const Error& why) {
    const std::string folder = folder_of(file), memory = file + "-shm";
    const auto may = [](const std::string& path, int what) {
        return ::faccessat(AT_FDCWD, path.c_str(), what, AT_EACCESS) == 0;
    };
    if (may(folder, W_OK) || !may(file, R_OK) || may(memory, R_OK)) return why;
    return Error{
        fmt::format("{}: to read it one must be allowed to write into its folder {}, where SQLite keeps a file -shm "
                    "beside it; run this as the user the daemon runs as (sudo -u bonafide), or as root",
                    escape::line(file), escape::line(folder)),
        Error::nowhere,
        {}};
}

} // namespace

/// Never opens a file that is there: closing it again would drop the locks that another connection of this process holds.
Expected<void> find_file(const std::string& file, Database::Mode mode) {
    struct stat about{};
    if (::stat(file.c_str(), &about) != 0) {
        if (errno != ENOENT) return system_failure(file);
        if (mode != Database::Mode::create) return file_failure(file, "there is no such file");
        return make_file(file);
    }
    if (!S_ISREG(about.st_mode)) return file_failure(file, "it is no file");
    if (::faccessat(AT_FDCWD, file.c_str(), mode == Database::Mode::read_only ? R_OK : R_OK | W_OK, AT_EACCESS) == 0)
        return {};
    return file_failure(file, fmt::format("{}; run this as the user the daemon runs as (sudo -u bonafide), or as root",
                                          std::generic_category().message(errno)));
}

void fill_randomly(std::span<std::uint8_t> bytes) {
    if (::getentropy(bytes.data(), bytes.size()) != 0)
        throw std::system_error(errno, std::generic_category(), "getentropy");
}

Expected<Secret> load_secret(Connection& connection) {
    Secret secret{};
    sqlite::Query asked = connection.query("SELECT value FROM meta WHERE name = 'secret'");
    const auto row = asked.next();
    if (!row) return std::unexpected(row.error());
    if (!*row || asked.bytes(0).size() != secret.size()) return file_failure(connection.file(), "it is damaged");
    std::memcpy(secret.data(), asked.bytes(0).data(), secret.size());
    return secret;
}

namespace {

/// Once in a file's life; who opens it later takes no lock for it.
Expected<void> make_secret(Connection& connection) {
    const auto there = connection.number("SELECT count(*) FROM meta WHERE name IN ('secret', 'generation')");
    if (!there) return std::unexpected(there.error());
    if (*there == 2) return {};
    Secret secret{};
    fill_randomly(secret);
    Generation generation{};
    fill_randomly(generation);
    const auto blob = [](const auto& bytes) {
        return sqlite::Blob{{reinterpret_cast<const char*>(bytes.data()), bytes.size()}};
    };
    return connection.run("INSERT OR IGNORE INTO meta VALUES('secret', ?), ('generation', ?)",
                          {blob(secret), blob(generation)});
}

} // namespace

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Expected<Database> Database::open(const std::string& file, Mode mode, std::chrono::milliseconds patience) {
    if (auto found = find_file(file, mode); !found) return std::unexpected(found.error());
    const auto access = mode == Mode::read_only ? Connection::Access::read_only : Connection::Access::read_write;
    auto connection = Connection::open(file, access, patience);
    if (!connection) return std::unexpected(explained(file, connection.error()));
    Expected<void> ready = bring_up_to_date(*connection, mode);
    if (ready) ready = connection->script(settings);
    if (ready && mode != Mode::read_only) ready = make_secret(*connection);
    if (!ready) return std::unexpected(explained(file, ready.error()));
    Database database(std::make_unique<Impl>(std::move(*connection)));
    const auto secret = load_secret(database.impl_->connection);
    if (!secret) return std::unexpected(secret.error());
    database.secret_ = *secret;
    std::array<std::uint8_t, sizeof database.impl_->writer> name{};
    fill_randomly(name);
    std::memcpy(&database.impl_->writer, name.data(), name.size());
    if (auto done = database.impl_->load_generation(); !done) return std::unexpected(done.error());
    return database;
}

Expected<sqlite::Transaction> Database::Impl::begin_writing() {
    auto transaction = sqlite::Transaction::begin(connection, sqlite::Transaction::For::writing);
    if (!transaction) return transaction;
    const auto version = connection.number("PRAGMA user_version");
    if (!version) return std::unexpected(version.error());
    if (auto known = sqlite::refuse_newer(connection, *version, sqlite::migrations().size()); !known)
        return std::unexpected(known.error());
    return transaction;
}

Expected<void> Database::Impl::count(std::string_view name, std::int64_t added) {
    if (added == 0) return {};
    return connection.run("UPDATE meta SET value = value + ? WHERE name = ?", {added, name});
}

Expected<std::uint64_t> Database::Impl::counted(std::string_view name) {
    const auto number = connection.number("SELECT value FROM meta WHERE name = ?", {name});
    if (!number) return std::unexpected(number.error());
    return *number < 0 ? 0 : static_cast<std::uint64_t>(*number);
}

Expected<void> Database::write(const Batch& batch, const Retention& retention) {
    auto transaction = impl_->begin_writing();
    if (!transaction) return std::unexpected(transaction.error());
    if (auto done = impl_->add(batch.increments, retention.history_days); !done) return done;
    for (const Message& message : batch.messages)
        if (auto done = impl_->insert(message, retention.history_days); !done) return done;
    return transaction->commit();
}

void Database::stop_waiting() { impl_->connection.stop_waiting(); }

Expected<Statistics> Database::statistics() {
    sqlite::Query asked = impl_->connection.query(
        "SELECT (SELECT value FROM meta WHERE name = 'histories'), (SELECT value FROM meta WHERE name = 'messages'),"
        " (SELECT count(*) FROM transcripts), (SELECT count(*) FROM lists), (SELECT count(*) FROM audit),"
        " (SELECT value FROM meta WHERE name = 'greylist'),"
        " (SELECT min(time) FROM messages), (SELECT max(time) FROM messages)");
    if (const auto row = asked.next(); !row) return std::unexpected(row.error());
    const auto number = [&](int column) { return static_cast<std::uint64_t>(asked.integer(column)); };
    Statistics statistics{number(0), number(1),        number(2),        number(3), number(4),
                          number(5), asked.integer(6), asked.integer(7), 0};
    statistics.bytes = size_of(impl_->connection.file()) + size_of(impl_->connection.file() + "-wal");
    return statistics;
}

} // namespace bonafide::io::store
