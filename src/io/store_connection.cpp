#include "io/store_connection.hpp"

#include "base/escape.hpp"

#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <sqlite3.h>
#include <thread>
#include <unordered_map>
#include <utility>

namespace bonafide::io::store::sqlite {

using namespace std::chrono_literals;

struct Connection::State {
    ~State() {
        for (const auto& [sql, statement] : statements) ::sqlite3_finalize(statement);
        ::sqlite3_close(database);
    }
    sqlite3* database = nullptr;
    std::string file;
    std::string_view what; ///< it should be
    std::unordered_map<std::string_view, sqlite3_stmt*> statements;
    std::chrono::milliseconds patience{0};
    std::chrono::steady_clock::time_point waiting_since;
    std::atomic<bool> stopped = false;

    /// SQLite asks whether to try again, with the number of tries so far; not 0: yes.
    static int wait_for_lock(void* self, int tries) {
        auto& state = *static_cast<State*>(self);
        const auto now = std::chrono::steady_clock::now();
        if (tries == 0) state.waiting_since = now;
        if (state.stopped || now - state.waiting_since >= state.patience) return 0;
        std::this_thread::sleep_for(std::clamp<std::chrono::milliseconds>(tries * 1ms, 1ms, 20ms));
        return 1;
    }
};

namespace {

std::string_view words(int code) {
    switch (code & 0xff) {
    case SQLITE_FULL: return "no space is left for it on the disk";
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "another program keeps it locked; try again";
    case SQLITE_CORRUPT: return "it is damaged";
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY: return "it may not be written";
    case SQLITE_CANTOPEN: return "it cannot be opened";
    case SQLITE_INTERRUPT: return "the work was broken off";
    case SQLITE_IOERR: return "reading or writing the disk failed";
    default: return {};
    }
}

/// What `value` is bound as; the bytes are copied, for the Query may outlive them.
int bind(sqlite3_stmt* statement, int index, const Value& value) {
    const auto text = [&](std::string_view bytes) {
        return ::sqlite3_bind_text64(statement, index, bytes.data() == nullptr ? "" : bytes.data(), bytes.size(),
                                     SQLITE_TRANSIENT, SQLITE_UTF8);
    };
    const auto blob = [&](std::string_view bytes) {
        return ::sqlite3_bind_blob64(statement, index, bytes.data() == nullptr ? "" : bytes.data(), bytes.size(),
                                     SQLITE_TRANSIENT);
    };
    if (const auto* number = std::get_if<std::int64_t>(&value)) return ::sqlite3_bind_int64(statement, index, *number);
    if (const auto* string = std::get_if<std::string_view>(&value)) return text(*string);
    if (const auto* bytes = std::get_if<Blob>(&value)) return blob(bytes->bytes);
    return ::sqlite3_bind_null(statement, index);
}

/// Nothing that a file brings along is run.
void distrust(sqlite3* database) {
    ::sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    ::sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    ::sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
    ::sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
}

} // namespace

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Expected<Connection> Connection::open(const std::string& file, Access access, std::chrono::milliseconds patience,
                                      std::string_view what) {
    Connection connection(std::make_unique<State>());
    State& state = *connection.state_;
    state.file = file;
    state.what = what;
    state.patience = patience;
    const int mode = access == Access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    const int opened =
        ::sqlite3_open_v2(file.c_str(), &state.database, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    if (opened != SQLITE_OK) return std::unexpected(connection.error(opened));
    distrust(state.database);
    ::sqlite3_busy_handler(state.database, &State::wait_for_lock, &state);
    return connection;
}

Expected<sqlite3_stmt*> Connection::prepare(std::string_view sql) {
    if (const auto found = state_->statements.find(sql); found != state_->statements.end()) return found->second;
    sqlite3_stmt* statement = nullptr;
    const int done = ::sqlite3_prepare_v3(state_->database, sql.data(), static_cast<int>(sql.size()),
                                          SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (done != SQLITE_OK) return std::unexpected(error(done));
    if (statement == nullptr) return failure(fmt::format("{}: the statement is empty", escape::line(state_->file)));
    state_->statements.emplace(sql, statement);
    return statement;
}

Query Connection::query(std::string_view sql, std::initializer_list<Value> values) {
    const auto statement = prepare(sql);
    Query query(*this, statement.value_or(nullptr));
    if (!statement) query.error_ = statement.error();
    int index = 0;
    for (const Value& value : values) {
        if (query.error_) break;
        if (const int done = bind(*statement, ++index, value); done != SQLITE_OK) query.error_ = error(done);
    }
    return query;
}

Expected<void> Connection::run(std::string_view sql, std::initializer_list<Value> values) {
    Query running = query(sql, values);
    for (;;) {
        const auto row = running.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) return {};
    }
}

Expected<std::int64_t> Connection::number(std::string_view sql, std::initializer_list<Value> values) {
    Query asked = query(sql, values);
    const auto row = asked.next();
    if (!row) return std::unexpected(row.error());
    return *row ? asked.integer(0) : 0;
}

Expected<std::string> Connection::pragma(std::string_view sql) {
    const auto began = std::chrono::steady_clock::now();
    for (;;) {
        {
            Query asked = query(sql);
            const auto row = asked.next();
            if (row) return *row ? asked.text(0) : std::string();
            const bool is_busy = (::sqlite3_errcode(state_->database) & 0xff) == SQLITE_BUSY;
            if (!is_busy || state_->stopped || std::chrono::steady_clock::now() - began >= state_->patience)
                return std::unexpected(row.error());
        }
        std::this_thread::sleep_for(5ms);
    }
}

Expected<void> Connection::script(const std::string& sql) {
    const int done = ::sqlite3_exec(state_->database, sql.c_str(), nullptr, nullptr, nullptr);
    if (done != SQLITE_OK) return std::unexpected(error(done));
    return {};
}

std::uint64_t Connection::changed() const { return static_cast<std::uint64_t>(::sqlite3_changes64(state_->database)); }
std::int64_t Connection::last_row() const { return ::sqlite3_last_insert_rowid(state_->database); }
bool Connection::in_transaction() const { return ::sqlite3_get_autocommit(state_->database) == 0; }
const std::string& Connection::file() const& { return state_->file; }
sqlite3* Connection::handle() const { return state_->database; }

void Connection::stop_waiting() {
    state_->stopped = true;
    ::sqlite3_interrupt(state_->database);
}

Error Connection::error(int code) const {
    std::string what(words(code));
    if ((code & 0xff) == SQLITE_NOTADB) what = fmt::format("it is no {}", state_->what);
    if (what.empty()) what = state_->database != nullptr ? ::sqlite3_errmsg(state_->database) : ::sqlite3_errstr(code);
    return Error{fmt::format("{}: {}", escape::line(state_->file), escape::line(what)), Error::nowhere, {}};
}

Query::Query(Query&& other) noexcept
    : connection_(other.connection_), statement_(std::exchange(other.statement_, nullptr)),
      error_(std::move(other.error_)) {}

Query::~Query() {
    if (statement_ == nullptr) return;
    ::sqlite3_reset(statement_);
    ::sqlite3_clear_bindings(statement_);
}

Expected<bool> Query::next() {
    if (error_) return std::unexpected(*error_);
    const int done = ::sqlite3_step(statement_);
    if (done == SQLITE_ROW) return true;
    if (done == SQLITE_DONE) return false;
    error_ = connection_->error(done);
    return std::unexpected(*error_);
}

std::int64_t Query::integer(int column) const { return ::sqlite3_column_int64(statement_, column); }
std::string Query::text(int column) const { return std::string(bytes(column)); }
std::size_t Query::columns() const { return static_cast<std::size_t>(::sqlite3_column_count(statement_)); }
bool Query::is_null(int column) const { return ::sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::string_view Query::bytes(int column) const& {
    const void* start = ::sqlite3_column_blob(statement_, column);
    const int length = ::sqlite3_column_bytes(statement_, column);
    return start == nullptr ? std::string_view{}
                            : std::string_view(static_cast<const char*>(start), static_cast<std::size_t>(length));
}

Expected<Transaction> Transaction::begin(Connection& connection, For what) {
    auto begun = what == For::writing ? connection.run("BEGIN IMMEDIATE") : connection.run("BEGIN");
    if (!begun) return std::unexpected(std::move(begun.error()));
    return Transaction(connection);
}

Transaction::~Transaction() {
    if (connection_ != nullptr && connection_->in_transaction()) (void)connection_->run("ROLLBACK");
}

Expected<void> Transaction::commit() {
    auto done = connection_->run("COMMIT");
    if (done) connection_ = nullptr;
    return done;
}

} // namespace bonafide::io::store::sqlite
