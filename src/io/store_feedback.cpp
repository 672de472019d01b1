// The part of Database that counts what people said about messages. One person's word counts once for a message, for a bounded number of
// messages a day and a bounded number of times for one history a day; which histories took it is kept, so that it can be taken back exactly.
#include "base/ascii.hpp"
#include "io/store_database.hpp"
#include "io/store_series.hpp"
#include "io/store_told.hpp"
#include "verdict/lessons.hpp"

#include <algorithm>

namespace bonafide::io::store {
namespace {

using sqlite::Connection;
using sqlite::Query;
using Effect = Database::FeedbackEffect;

enum class Word : std::uint8_t { ham, spam };

struct Judged {
    std::int64_t number = 0;
    std::vector<Increment> histories; ///< that a word about the message adds to, each once
};

/// What one person said about one message before.
struct Before {
    bool any = false;
    Word word = Word::ham;
};

Expected<Judged> judged(Connection& connection, std::string_view id) {
    Query asked = connection.query("SELECT number, told FROM messages WHERE id = ?", {id});
    const auto row = asked.next();
    if (!row) return std::unexpected(row.error());
    if (!*row) return failure("no message is kept under this id");
    const auto told = unpack_increments(asked.bytes(1));
    if (!told) return std::unexpected(told.error());
    Judged message{asked.integer(0), {}};
    for (const Increment& increment : *told)
        if (verdict::takes_feedback(increment.kind)) message.histories.push_back(increment);
    std::ranges::sort(message.histories, {}, &Increment::key);
    message.histories.erase(std::ranges::unique(message.histories, {}, &Increment::key).begin(),
                            message.histories.end());
    if (message.histories.empty()) return failure("the message is none that its sender was judged by");
    return message;
}

Expected<Before> before(Connection& connection, std::int64_t message, std::string_view by) {
    Query asked = connection.query("SELECT spam FROM feedback WHERE message = ? AND person = ?", {message, by});
    const auto row = asked.next();
    if (!row) return std::unexpected(row.error());
    if (!*row) return Before{};
    return Before{true, asked.integer(0) != 0 ? Word::spam : Word::ham};
}

Expected<void> take_from(Connection& connection, Hash key, std::int32_t day, Word word) {
    verdict::Series series;
    {
        Query asked = connection.query("SELECT days FROM history WHERE key = ?", {sqlite::stored(key)});
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) return {}; // pruned since
        series = unpack_series(asked.bytes(0)).value_or(verdict::Series{});
    }
    for (verdict::DayCounts& counts : series) {
        std::uint32_t& count = word == Word::spam ? counts.spam : counts.ham;
        if (counts.day == day && count > 0) --count;
    }
    const std::string days = pack(series);
    return connection.run("UPDATE history SET days = ? WHERE key = ?", {sqlite::Blob{days}, sqlite::stored(key)});
}

struct Counted {
    Hash key = 0;
    std::int32_t day = 0;
};

Expected<std::vector<Counted>> counted(Connection& connection, std::int64_t message, std::string_view by) {
    Query asked = connection.query("SELECT key, day FROM counted WHERE message = ? AND person = ?", {message, by});
    std::vector<Counted> all;
    for (;;) {
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) return all;
        all.push_back({sqlite::hash(asked.integer(0)), static_cast<std::int32_t>(asked.integer(1))});
    }
}

Expected<void> take_back(Connection& connection, std::int64_t message, std::string_view by, Word word) {
    const auto all = counted(connection, message, by);
    if (!all) return std::unexpected(all.error());
    for (const Counted& one : *all)
        if (auto done = take_from(connection, one.key, one.day, word); !done) return done;
    return connection.run("DELETE FROM counted WHERE message = ? AND person = ?", {message, by});
}

/// Those that this person's words of this day have not filled yet.
Expected<std::vector<Increment>> open_to(Connection& connection, const Judged& message, std::string_view by,
                                         std::int32_t day, std::uint32_t most) {
    std::vector<Increment> open;
    for (const Increment& history : message.histories) {
        const auto words = connection.number("SELECT count(*) FROM counted WHERE person = ? AND day = ? AND key = ?",
                                             {by, day, sqlite::stored(history.key)});
        if (!words) return std::unexpected(words.error());
        if (*words < std::int64_t{most}) open.push_back(history);
    }
    return open;
}

Expected<bool> day_is_full(Connection& connection, std::string_view by, std::int32_t day, std::uint32_t most) {
    const auto words = connection.number("SELECT count(*) FROM feedback WHERE person = ? AND day = ?", {by, day});
    if (!words) return std::unexpected(words.error());
    return *words >= std::int64_t{most};
}

Expected<void> keep_word(Connection& connection, std::int64_t message, std::string_view by, Word word, std::int64_t now,
                         const std::vector<Increment>& histories) {
    const std::int32_t day = verdict::day_of(now);
    auto done = connection.run("INSERT OR REPLACE INTO feedback(message, person, spam, time, day)"
                               " VALUES(?, ?, ?, ?, ?)",
                               {message, by, std::int64_t{word == Word::spam}, now, day});
    for (const Increment& history : histories)
        if (done)
            done = connection.run("INSERT INTO counted(message, person, key, day) VALUES(?, ?, ?, ?)",
                                  {message, by, sqlite::stored(history.key), day});
    return done;
}

std::vector<Increment> counting(std::vector<Increment> histories, Word word, std::int32_t day) {
    for (Increment& history : histories)
        history.counts = {.day = day, .ham = word == Word::ham ? 1U : 0U, .spam = word == Word::spam ? 1U : 0U};
    return histories;
}

std::vector<Hash> keys_of(const std::vector<Increment>& histories) {
    std::vector<Hash> keys;
    for (const Increment& history : histories) keys.push_back(history.key);
    return keys;
}

} // namespace

Expected<Effect> Database::feedback(std::string_view id, std::string_view by, bool spam, std::int64_t now,
                                    const FeedbackLimits& limits) {
    const std::string person = ascii::lower(ascii::trim(by));
    if (person.empty()) return failure("nobody is named whose word it is");
    const Word word = spam ? Word::spam : Word::ham;
    const std::int32_t day = verdict::day_of(now);
    Impl& impl = *impl_;
    auto transaction = impl.begin_writing();
    if (!transaction) return std::unexpected(transaction.error());
    const auto message = judged(impl.connection, id);
    if (!message) return std::unexpected(message.error());
    const auto said = before(impl.connection, message->number, person);
    if (!said) return std::unexpected(said.error());
    if (said->any && said->word == word) return Effect::already_counted;
    const auto full = day_is_full(impl.connection, person, day, limits.per_person_and_day);
    if (!full) return std::unexpected(full.error());
    if (!said->any && *full) return Effect::limit;
    Expected<void> done;
    if (said->any) done = take_back(impl.connection, message->number, person, said->word);
    if (!done) return std::unexpected(done.error());
    const auto open = open_to(impl.connection, *message, person, day, limits.per_history_and_person);
    if (!open) return std::unexpected(open.error());
    if (!said->any && open->empty()) return Effect::limit;
    done = impl.add(counting(*open, word, day), limits.history_days);
    if (done) done = keep_word(impl.connection, message->number, person, word, now, *open);
    if (done) done = impl.note_histories(keys_of(message->histories));
    if (done) done = impl.write_audit({now, person, "feedback", std::string(spam ? "spam " : "ham ").append(id), {}});
    if (done) done = transaction->commit();
    if (!done) return std::unexpected(done.error());
    return said->any ? Effect::changed : Effect::counted;
}

} // namespace bonafide::io::store
