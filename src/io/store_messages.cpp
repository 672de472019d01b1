// The part of Database that keeps messages and finds them again.
#include "io/store_database.hpp"
#include "io/store_told.hpp"
#include "verdict/history.hpp"

#include <algorithm>

namespace bonafide::io::store {
namespace {

using sqlite::Connection;
using sqlite::Query;

constexpr std::int64_t ever = INT64_MAX;

std::int64_t length(std::string_view text) { return static_cast<std::int64_t>(text.size()); }

Expected<void> put_message(Connection& connection, const Message& message, std::string_view terms) {
    const std::string told = pack(message.told);
    const std::string document = deflate(message.document);
    return connection.run("INSERT OR IGNORE INTO messages(id, time, direction, author, author_domain, infrastructure,"
                          " recipient, compauth, reason, dmarc, dmarc_policy, suggestion, action, sealer, spoof,"
                          " internal, terms, told, document_bytes, document, packed)"
                          " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                          {message.id,
                           message.time,
                           message.direction,
                           message.author,
                           message.author_domain,
                           message.infrastructure,
                           message.recipient,
                           message.compauth,
                           message.reason,
                           message.dmarc,
                           message.dmarc_policy,
                           message.suggestion,
                           message.action,
                           message.sealer,
                           static_cast<std::int64_t>(message.spoof),
                           static_cast<std::int64_t>(message.internal),
                           sqlite::Blob{terms},
                           sqlite::Blob{told},
                           length(message.document),
                           sqlite::Blob{document},
                           sqlite::Blob{message.packed}});
}

Expected<void> put_transcript(Connection& connection, std::int64_t number, const Message& message) {
    const std::string content = deflate(message.transcript);
    return connection.run("INSERT INTO transcripts(message, time, bytes, content) VALUES(?, ?, ?, ?)",
                          {number, message.time, length(message.transcript), sqlite::Blob{content}});
}

const std::string columns =
    "SELECT m.number, m.id, m.time, m.direction, m.author, m.author_domain, m.infrastructure, m.recipient, m.compauth,"
    " m.reason, m.dmarc, m.dmarc_policy, m.suggestion, m.action, m.sealer, m.spoof, m.internal, m.told,"
    " m.document_bytes, m.document, m.packed ";
const std::string by_id = columns + "FROM messages m WHERE m.id = ?";
const std::string by_time = columns +
                            "FROM messages m WHERE m.time >= ?1 AND m.time < ?2"
                            " AND (?3 IS NULL OR m.compauth = ?3) ORDER BY m.time DESC, m.number DESC LIMIT ?4";
// The numbers of a term are in the order in which messages came: the newest can be had without reading all.
const std::string by_term = columns + "FROM terms t CROSS JOIN messages m ON m.number = t.message"
                                      " WHERE t.term = ?5 AND m.time >= ?1 AND m.time < ?2"
                                      " AND (?3 IS NULL OR m.compauth = ?3) ORDER BY t.message DESC LIMIT ?4";

Message columns_of(const Query& row) {
    Message message;
    message.id = row.text(1);
    message.time = row.integer(2);
    message.direction = row.text(3);
    message.author = row.text(4);
    message.author_domain = row.text(5);
    message.infrastructure = row.text(6);
    message.recipient = row.text(7);
    message.compauth = row.text(8);
    message.reason = static_cast<std::uint32_t>(row.integer(9));
    message.dmarc = row.text(10);
    message.dmarc_policy = row.text(11);
    message.suggestion = row.text(12);
    message.action = row.text(13);
    message.sealer = row.text(14);
    message.spoof = row.integer(15) != 0;
    message.internal = row.integer(16) != 0;
    message.packed = row.bytes(20);
    return message;
}

/// A row of `columns`. What of it is damaged must not hide the others, nor the rest of it.
Found found_of(const Query& row) {
    Found found{columns_of(row), {}, {}};
    if (auto told = unpack_increments(row.bytes(17)))
        found.message.told = std::move(*told);
    else
        found.damaged = told.error().text;
    if (auto document = inflate(row.bytes(19), static_cast<std::size_t>(row.integer(18))))
        found.message.document = std::move(*document);
    else
        found.damaged = "document: " + document.error().text;
    return found;
}

Expected<void> read_feedback(Connection& connection, std::int64_t number, Found& found) {
    Query asked = connection.query("SELECT person, spam FROM feedback WHERE message = ? ORDER BY time", {number});
    for (;;) {
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) return {};
        found.feedback.emplace_back(asked.text(0), asked.integer(1) != 0);
    }
}

Expected<std::vector<Found>> all_of(Connection& connection, Query asked) {
    std::vector<Found> all;
    for (;;) {
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) return all;
        Found found = found_of(asked);
        if (auto done = read_feedback(connection, asked.integer(0), found); !done) return std::unexpected(done.error());
        all.push_back(std::move(found));
    }
}

Expected<void> remove_terms(Connection& connection, std::int64_t number) {
    std::string terms;
    {
        Query asked = connection.query("SELECT terms FROM messages WHERE number = ?", {number});
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (*row) terms = asked.text(0);
    }
    for (const Hash term : unpack_hashes(terms).value_or(std::vector<Hash>{})) {
        auto done = connection.run("DELETE FROM terms WHERE term = ? AND message = ?", {sqlite::stored(term), number});
        if (!done) return done;
    }
    return {};
}

} // namespace

/// A message whose id is there already is the same one, written again after a failure that was none: it stays as it is.
Expected<void> Database::Impl::insert(const Message& message, std::size_t most_days) {
    const std::string terms = pack(message.terms);
    if (auto done = put_message(connection, message, terms); !done) return done;
    if (connection.changed() == 0) return {};
    const std::int64_t number = connection.last_row();
    if (auto done = count("messages", 1); !done) return done;
    for (const Hash term : message.terms) {
        auto done = connection.run("INSERT OR IGNORE INTO terms VALUES(?, ?)", {sqlite::stored(term), number});
        if (!done) return done;
    }
    for (const std::string& domain : message.correspondents) {
        auto done = add_correspondent(domain, verdict::day_of(message.time), most_days);
        if (!done) return done;
    }
    if (message.transcript.empty()) return {};
    return put_transcript(connection, number, message);
}

Expected<void> Database::Impl::remove_messages(std::span<const std::int64_t> numbers) {
    std::int64_t gone = 0;
    for (const std::int64_t number : numbers) {
        if (auto done = remove_terms(connection, number); !done) return done;
        for (const std::string_view sql :
             {"DELETE FROM transcripts WHERE message = ?", "DELETE FROM feedback WHERE message = ?",
              "DELETE FROM counted WHERE message = ?", "DELETE FROM messages WHERE number = ?"})
            if (auto done = connection.run(sql, {number}); !done) return done;
        gone += static_cast<std::int64_t>(connection.changed());
    }
    return count("messages", -gone);
}

Expected<std::vector<Found>> Database::messages(const MessageFilter& filter) {
    auto& connection = impl_->connection;
    const auto transaction = sqlite::Transaction::begin(connection, sqlite::Transaction::For::reading);
    if (!transaction) return std::unexpected(transaction.error());
    const std::int64_t since = filter.since.value_or(-ever);
    const std::int64_t until = filter.until.value_or(ever);
    const sqlite::Value compauth =
        filter.compauth ? sqlite::Value{std::string_view(*filter.compauth)} : sqlite::Value{nullptr};
    const auto most = static_cast<std::int64_t>(std::min<std::size_t>(filter.most, INT32_MAX));
    return all_of(connection,
                  filter.term ? connection.query(by_term, {since, until, compauth, most, sqlite::stored(*filter.term)})
                              : connection.query(by_time, {since, until, compauth, most}));
}

Expected<std::optional<Found>> Database::message(std::string_view id) {
    auto& connection = impl_->connection;
    auto all = all_of(connection, connection.query(by_id, {id}));
    if (!all) return std::unexpected(all.error());
    if (all->empty()) return std::nullopt;
    return std::move(all->front());
}

Expected<std::string> Database::transcript(std::string_view id) {
    Query asked = impl_->connection.query("SELECT t.bytes, t.content FROM messages m"
                                          " JOIN transcripts t ON t.message = m.number WHERE m.id = ?",
                                          {id});
    const auto row = asked.next();
    if (!row) return std::unexpected(row.error());
    if (!*row) return std::string{};
    return inflate(asked.bytes(1), static_cast<std::size_t>(asked.integer(0)));
}

} // namespace bonafide::io::store
