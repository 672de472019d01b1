// One SQLite connection as the store uses it: statements prepared once and kept, failures as values in plain words, waiting for a lock that
// has an end. Nothing else in the project speaks to SQLite.
//
// A connection belongs to one thread; only stop_waiting() may be called by another. Files may come from elsewhere (a backup somebody sent):
// triggers, views and schema tricks in them are off.
#pragma once

#include "base/error.hpp"
#include "io/store.hpp"

#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

struct sqlite3;
struct sqlite3_stmt;

namespace bonafide::io::store::sqlite {

struct Blob {
    std::string_view bytes;
};
using Value = std::variant<std::nullptr_t, std::int64_t, std::string_view, Blob>;

/// A hash as SQLite keeps it.
[[nodiscard]] constexpr std::int64_t stored(Hash hash) { return std::bit_cast<std::int64_t>(hash); }
[[nodiscard]] constexpr Hash hash(std::int64_t stored) { return std::bit_cast<Hash>(stored); }
[[nodiscard]] inline Value optional(const std::optional<std::int64_t>& value) {
    return value ? Value{*value} : Value{nullptr};
}

class Connection;

/// A statement under way. When it goes the statement can be used again: one Query of one text at a time.
class Query {
  public:
    Query(Query&& other) noexcept;
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;
    ~Query();

    /// True: a row is there to be read. False: no more.
    [[nodiscard]] Expected<bool> next();
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string text(int column) const;
    /// Of a text or a blob; until next() or the Query's end.
    [[nodiscard]] std::string_view bytes(int column) const& [[clang::lifetimebound]];
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::size_t columns() const; ///< 0: it gives no rows, or could not be prepared

  private:
    friend class Connection;
    Query(Connection& connection, sqlite3_stmt* statement) : connection_(&connection), statement_(statement) {}
    Connection* connection_;
    sqlite3_stmt* statement_; ///< null: it could not be prepared, `error_` says why
    std::optional<Error> error_;
};

class Connection {
  public:
    enum class Access : std::uint8_t { read_only, read_write };
    /// The file must be there. Waits at most `patience` for a lock, each time. `what` it should be, for errors: a literal.
    [[nodiscard]] static Expected<Connection>
    open(const std::string& file, Access access, std::chrono::milliseconds patience, std::string_view what = "ledger");
    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;
    ~Connection();

    /// `sql` is one statement and a literal: it is the key under which the prepared statement is kept.
    [[nodiscard]] Query query(std::string_view sql, std::initializer_list<Value> values = {});
    /// To its end, whatever rows it gives.
    [[nodiscard]] Expected<void> run(std::string_view sql, std::initializer_list<Value> values = {});
    /// First column of the first row; 0 when there is none.
    [[nodiscard]] Expected<std::int64_t> number(std::string_view sql, std::initializer_list<Value> values = {});
    /// What a PRAGMA answers. SQLite refuses some at once while another's lock stands in the way (a change of the journal mode); they are
    /// tried again as long as patience lasts.
    [[nodiscard]] Expected<std::string> pragma(std::string_view sql);
    /// Several statements without values, not kept; any text.
    [[nodiscard]] Expected<void> script(const std::string& sql);
    [[nodiscard]] std::uint64_t changed() const; ///< rows by the statement before
    [[nodiscard]] std::int64_t last_row() const; ///< number of the row inserted last
    [[nodiscard]] bool in_transaction() const;

    /// From now on nothing waits for a lock and what runs ends with an error. Any thread.
    void stop_waiting();

    [[nodiscard]] const std::string& file() const& [[clang::lifetimebound]];
    [[nodiscard]] sqlite3* handle() const;
    /// What `code` of SQLite means, in plain words with the file's name.
    [[nodiscard]] Error error(int code) const;

  private:
    struct State;
    explicit Connection(std::unique_ptr<State> state);
    [[nodiscard]] Expected<sqlite3_stmt*> prepare(std::string_view sql);
    std::unique_ptr<State> state_;
};

/// All or nothing of what is done until commit(); undone when it goes without.
class Transaction {
  public:
    enum class For : std::uint8_t {
        reading, ///< all reads see the same state
        writing, ///< the lock is taken now, so that nothing fails half way for want of it
    };
    [[nodiscard]] static Expected<Transaction> begin(Connection& connection, For what);
    Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();
    [[nodiscard]] Expected<void> commit();

  private:
    explicit Transaction(Connection& connection) : connection_(&connection) {}
    Connection* connection_;
};

} // namespace bonafide::io::store::sqlite
