#include "engine/ledger_state.hpp"

#include "engine/ledger_entry.hpp"

#include <algorithm>
#include <exception>
#include <fmt/format.h>
#include <random>

namespace bonafide::engine {

using io::store::Changes;
using io::store::Hash;
using io::store::Store;
using verdict::Series;

namespace {

/// Where nothing outlives the process, neither does the secret.
io::store::Secret random_secret() {
    std::random_device device;
    io::store::Secret secret{};
    for (std::uint8_t& byte : secret) byte = static_cast<std::uint8_t>(device());
    return secret;
}

HistoryCache::Bounds cache_bounds(const Settings& settings) {
    return {settings.limits.history_cache, settings.limits.history_days};
}

LedgerWriter::Bounds writer_bounds(const Settings& settings) {
    return {settings.limits.ledger_waiting, settings.ledger.batch, settings.limits.ledger_waiting_bytes};
}

} // namespace

Ledger::State::State(std::unique_ptr<Store> store, LedgerBasis basis, Clock clock, LedgerEvents events)
    : clock_(std::move(clock)), events_(std::move(events)), store_(std::move(store)), has_store_(store_ != nullptr),
      basis_(std::make_shared<const Basis>(Basis{std::move(basis), store_ ? store_->secret() : random_secret()})),
      cache_(has_store_ ? HistoryCache::Behind::store : HistoryCache::Behind::nothing,
             cache_bounds(*basis_->given.settings)),
      writer_(cache_, writer_bounds(*basis_->given.settings), events_, clock_.steady()), reads_(cache_),
      lists_(*basis_->given.settings, basis_->given.suffixes, clock_.unix_time()) {
    poll_.due = clock_.steady();
    rows_.due = correspondents_.due = TimePoint::max(); // after the first poll
}

void Ledger::State::start() {
    thread_ = std::thread([this] { run(); });
    if (!has_store_) return;
    std::unique_lock lock(mutex_);
    settled_.wait_for(lock, start_patience, [this] { return lists_read_; });
}

void Ledger::State::stop() {
    {
        const std::scoped_lock lock(mutex_);
        end_by_ = std::chrono::steady_clock::now() + end_patience;
        woken_ = true;
    }
    wake_.notify_all();
    settled_.notify_all();
    if (thread_.joinable()) thread_.join();
    closed_ = true;
    std::unique_ptr<Store> gone;
    {
        const std::unique_lock lock(store_gate_);
        gone = std::move(store_);
    }
    gone.reset(); // answers what it has not begun with an error
    reads_.fail_all();
}

void Ledger::State::warn(std::string_view event, std::string_view why) const {
    if (events_.on_warning) events_.on_warning(event, why);
}

std::shared_ptr<const Ledger::State::Basis> Ledger::State::basis() const {
    const std::scoped_lock lock(basis_mutex_);
    return basis_;
}

// ---- called by mail

std::shared_ptr<void> Ledger::State::read(std::vector<verdict::PastKey> keys, LedgerReads::Done done,
                                          const LedgerReads::Post& post) {
    const auto with = basis();
    std::vector<Hash> hashes;
    hashes.reserve(keys.size());
    for (const verdict::PastKey& key : keys) hashes.push_back(io::store::hash_of(with->secret, key));
    auto begun = reads_.read(std::move(keys), hashes, std::move(done), post, clock_.steady());
    ask(std::move(begun.to_ask));
    return std::move(begun.ticket);
}

void Ledger::State::learn(const std::vector<verdict::Lesson>& lessons) {
    if (lessons.empty()) return;
    const auto waiting = writer_.learn(increments_of(lessons, basis()->secret));
    if (has_store_ && waiting == LedgerWriter::Waiting::full_batch) post([](Inbox& inbox) { inbox.full_batch = true; });
}

void Ledger::State::remember(LedgerWriter::Unbuilt message) {
    if (!has_store_ || basis()->given.settings->ledger.keep_messages == 0) return;
    if (writer_.remember(std::move(message)) == LedgerWriter::Waiting::full_batch)
        post([](Inbox& inbox) { inbox.full_batch = true; });
}

void Ledger::State::configure(LedgerBasis given) {
    {
        const std::scoped_lock lock(basis_mutex_);
        basis_ = std::make_shared<const Basis>(Basis{std::move(given), basis_->secret});
        cache_.bound(cache_bounds(*basis_->given.settings));
        writer_.bound(writer_bounds(*basis_->given.settings));
    }
    post([](Inbox& inbox) { inbox.configured = true; });
}

void Ledger::State::on_lists(Told told) {
    const std::scoped_lock lock(mutex_);
    told_ = std::move(told);
}

void Ledger::State::flush() {
    if (!has_store_) return;
    std::unique_lock lock(mutex_);
    const std::uint64_t mine = ++flush_wanted_;
    woken_ = true;
    wake_.notify_all();
    settled_.wait_for(lock, flush_patience, [&] { return flushed_ >= mine || end_by_; });
}

Ledger::Counters Ledger::State::counters() const {
    const HistoryCache::Counters cache = cache_.counters();
    const LedgerWriter::Counters writer = writer_.counters();
    return {cache.hits,      cache.misses,           cache.known,
            reads_.unread(), writer.written_batches, writer.failed_batches,
            writer.waiting,  writer.dropped,         writer.failing};
}

// ---- reads

void Ledger::State::ask(std::vector<Hash> keys) {
    if (keys.empty()) return;
    const bool asked = with_store([&](Store& store) {
        store.read(keys, [this, keys](Expected<std::vector<Series>> stored) { answer(keys, stored); });
    });
    if (!asked) static_cast<void>(reads_.answer(keys, failure("the ledger is closed")));
}

void Ledger::State::answer(const std::vector<Hash>& keys, const Expected<std::vector<Series>>& stored) {
    if (!stored) note_reading(&stored.error()); // that all is well says the next poll: answers come in between refusals
    auto again = reads_.answer(keys, stored);
    if (!again.empty())
        post([&](Inbox& inbox) { inbox.to_ask.insert(inbox.to_ask.end(), again.begin(), again.end()); });
}

void Ledger::State::note_reading(const Error* error) {
    if (closed_ || unreadable_.exchange(error != nullptr) == (error != nullptr)) return;
    if (error == nullptr)
        warn("ledger.readable", "the store answers again");
    else
        warn("ledger.unreadable", error->text);
}

// ---- the thread

void Ledger::State::run() {
    for (;;) {
        try {
            if (!work()) return;
        } catch (const std::exception& error) {
            warn("ledger.internal", error.what());
        }
    }
}

/// One round; false: it was the last.
bool Ledger::State::work() {
    Inbox inbox = wait();
    const TimePoint now = clock_.steady();
    handle(std::move(inbox), now);
    if (has_store_) {
        static_cast<void>(reads_.expire(now));
        run_errands(now);
        writer_.build([this](const LedgerWriter::Unbuilt& message) { return build(message); });
        write(now);
    }
    return !may_end();
}

/// Until something is due or left in the inbox. Looks at the clock once a second even so: other clocks than the steady one may jump.
Ledger::State::Inbox Ledger::State::wait() {
    const TimePoint now = clock_.steady();
    TimePoint due = now + poll_interval;
    if (has_store_) due = std::min({due, poll_.next(), rows_.next(), writing_ ? due : writer_.due()});
    std::unique_lock lock(mutex_);
    const bool pressed = end_by_ || flush_wanted_ > flushed_;
    using Duration = TimePoint::duration;
    const Duration patience = pressed ? std::min<Duration>(due - now, flush_retry) : due - now;
    if (patience > Duration::zero()) wake_.wait_for(lock, patience, [this] { return woken_; });
    woken_ = false;
    return std::exchange(inbox_, {});
}

void Ledger::State::handle(Inbox inbox, TimePoint now) {
    if (inbox.full_batch) writer_.hurry(now);
    if (inbox.written) {
        const auto readable = handle_written(*inbox.written, now);
        inbox.to_ask.insert(inbox.to_ask.end(), readable.begin(), readable.end());
    }
    if (inbox.changes) handle_changes(*inbox.changes, now);
    if (inbox.rows) handle_rows(*inbox.rows, now);
    if (inbox.correspondents) {
        const bool came = inbox.correspondents->has_value();
        correspondents_ = {now + (came ? correspondents_interval : correspondents_retry), false};
        if (came) lists_.set_correspondents(std::move(**inbox.correspondents));
    }
    if (inbox.configured) {
        const auto with = basis();
        lists_.configure(*with->given.settings, with->given.suffixes);
    }
    renew_lists();
    if (inbox.rows || (inbox.changes && !*inbox.changes)) {
        const std::scoped_lock lock(mutex_);
        lists_read_ = true;
        settled_.notify_all();
    }
    ask(std::move(inbox.to_ask));
}

/// The keys that can be read now.
std::vector<Hash> Ledger::State::handle_written(const Expected<void>& written, TimePoint now) {
    auto readable = writer_.end(now, written);
    writing_ = false;
    const std::scoped_lock lock(mutex_);
    if (!written) {
        flushed_ = flush_wanted_;
        given_up_ = end_by_.has_value();
    } else if (batch_is_all_) {
        flushed_ = std::max(flushed_, flush_served_);
    }
    settled_.notify_all();
    return readable;
}

void Ledger::State::handle_rows(const Expected<std::vector<io::store::ListRow>>& rows, TimePoint now) {
    note_reading(rows ? nullptr : &rows.error());
    rows_ = {rows ? TimePoint::max() : now + poll_interval, false};
    if (!rows) return;
    if (const std::size_t unknown = lists_.set_rows(*rows); unknown > 0)
        warn("ledger.lists", fmt::format("{} entries are of lists that this program does not know", unknown));
}

void Ledger::State::handle_changes(const Expected<Changes>& answer, TimePoint now) {
    note_reading(answer ? nullptr : &answer.error());
    poll_ = {now + poll_interval, false};
    if (!answer) return;
    const Changes& changes = *answer;
    if (changes.everything) {
        warn("ledger.restored", "the ledger was replaced as a whole: all is read anew");
        start_anew_if_other_secret();
    }
    // Of what was read before the first poll nobody says whether it was changed in between.
    if (changes.everything || !polled_) cache_.forget_all();
    for (const Hash key : changes.histories) cache_.forget(key);
    if (changes.everything || changes.lists || !polled_) rows_.due = now;
    if (changes.everything || !polled_) correspondents_.due = now;
    polled_ = true;
}

void Ledger::State::start_anew_if_other_secret() {
    io::store::Secret secret{};
    if (!with_store([&](Store& store) { secret = store.secret(); })) return;
    {
        const std::scoped_lock lock(basis_mutex_);
        if (basis_->secret == secret) return;
        basis_ = std::make_shared<const Basis>(Basis{basis_->given, secret});
    }
    writer_.start_anew();
    reads_.fail_all();
}

void Ledger::State::renew_lists() {
    const auto renewed = lists_.refresh(clock_.unix_time());
    if (renewed == nullptr) return;
    for (const std::string& entry : renewed->unreadable) warn("ledger.lists", fmt::format("cannot be read: {}", entry));
    Told told;
    {
        const std::scoped_lock lock(mutex_);
        told = told_;
    }
    if (told) told(renewed);
}

void Ledger::State::run_errands(TimePoint now) {
    if (poll_.begin(now))
        with_store([&](Store& store) {
            store.poll(
                [this](Expected<Changes> changes) { post([&](Inbox& inbox) { inbox.changes = std::move(changes); }); });
        });
    if (rows_.begin(now))
        with_store([&](Store& store) {
            store.lists([this](Expected<std::vector<io::store::ListRow>> rows) {
                post([&](Inbox& inbox) { inbox.rows = std::move(rows); });
            });
        });
    if (!correspondents_.begin(now)) return;
    const std::int32_t since = verdict::day_of(clock_.unix_time()) - correspondents_days;
    with_store([&](Store& store) {
        store.correspondents(since, correspondents_least_days, most_correspondents,
                             [this](Expected<std::vector<std::string>> domains) {
                                 post([&](Inbox& inbox) { inbox.correspondents = std::move(domains); });
                             });
    });
}

void Ledger::State::write(TimePoint now) {
    std::unique_lock lock(mutex_);
    const bool pressed = end_by_ || flush_wanted_ > flushed_;
    const std::uint64_t wanted = flush_wanted_;
    lock.unlock();
    if (writing_ || given_up_ || (!pressed && writer_.due() > now)) return;
    try {
        if (auto begun = writer_.begin(now)) {
            writing_ = true;
            batch_is_all_ = begun->is_all;
            flush_served_ = wanted;
            with_store([&](Store& store) {
                store.write(std::move(begun->batch), [this](Expected<void> written) {
                    post([&](Inbox& inbox) { inbox.written = std::move(written); });
                });
            });
            return;
        }
    } catch (const std::exception& error) { // out of memory: nothing was handed over
        writing_ = true;
        post([&](Inbox& inbox) { inbox.written = failure(error.what()); });
        return;
    }
    if (writer_.counters().waiting > 0) return; // all of it of keys that are being read
    lock.lock();
    flushed_ = std::max(flushed_, wanted);
    settled_.notify_all();
}

io::store::Message Ledger::State::build(const LedgerWriter::Unbuilt& message) const {
    const auto with = basis();
    const auto lists = lists_.current();
    return make_message(message.finished, message.id, message.queue_id, message.lessons,
                        {with->secret, *with->given.settings, *lists, *with->given.suffixes, with->given.host_name});
}

/// Asked to, and nothing is left to do, or it cannot be done, or the time is over.
bool Ledger::State::may_end() {
    const std::scoped_lock lock(mutex_);
    if (!end_by_) return false;
    const bool idle = !has_store_ || (!writing_ && (given_up_ || writer_.counters().waiting == 0));
    return idle || std::chrono::steady_clock::now() >= *end_by_;
}

} // namespace bonafide::engine
