#include "engine/ledger_writer.hpp"

#include <algorithm>
#include <exception>
#include <fmt/format.h>
#include <iterator>
#include <numeric>
#include <utility>

namespace bonafide::engine {

using io::store::Increment;
using io::store::Message;

namespace {

std::size_t size_of(const Message& message) {
    constexpr std::size_t columns = 1024; // short texts and the object itself
    return columns + message.document.size() + message.packed.size() + message.transcript.size() +
           message.terms.size() * sizeof(io::store::Hash) + message.told.size() * sizeof(Increment);
}

template<class Messages> std::size_t sum_of(const Messages& messages) {
    return std::accumulate(messages.begin(), messages.end(), std::size_t{0},
                           [](std::size_t sum, const Message& message) { return sum + size_of(message); });
}

} // namespace

LedgerWriter::LedgerWriter(HistoryCache& cache, Bounds bounds, LedgerEvents events, TimePoint now)
    : cache_(cache), events_(std::move(events)), bounds_(bounds), due_(now + bounds.batch) {}

void LedgerWriter::bound(Bounds bounds) {
    const std::scoped_lock lock(mutex_);
    bounds_ = bounds;
}

void LedgerWriter::warn(std::string_view event, std::string_view why) const {
    if (events_.on_warning) events_.on_warning(event, why);
}

void LedgerWriter::warn_dropping() const {
    warn("ledger.dropping", "too much waits to be written: messages are not kept, and when none waits any more "
                            "histories do not grow on disk");
}

std::size_t LedgerWriter::waiting() const { return cache_.unwritten() + unbuilt_.size() + built_.size() + sent_count_; }

LedgerWriter::Waiting LedgerWriter::urgency() const {
    const bool full = cache_.unwritten() >= most_in_batch || unbuilt_.size() + built_.size() >= most_messages_in_batch;
    return full && !under_way_ && !failing_ ? Waiting::full_batch : Waiting::some;
}

/// One that is not under way; false: there is none.
bool LedgerWriter::drop_oldest_message() {
    if (!built_.empty()) {
        bytes_ -= size_of(built_.front());
        built_.pop_front();
    } else if (!unbuilt_.empty()) {
        bytes_ -= unbuilt_bytes;
        unbuilt_.pop_front();
    } else {
        return false;
    }
    ++dropped_;
    return true;
}

/// True when it cost something.
bool LedgerWriter::add_or_drop(const Increment& increment) {
    using enum HistoryCache::Room;
    const bool full = waiting() >= bounds_.most_waiting;
    if (cache_.add(increment, full ? none : enough) != HistoryCache::Added::refused) return false;
    if (drop_oldest_message()) {
        static_cast<void>(cache_.add(increment, enough));
    } else {
        ++dropped_;
        cache_.add_to_known(increment);
    }
    return true;
}

LedgerWriter::Waiting LedgerWriter::learn(const std::vector<Increment>& increments) {
    std::unique_lock lock(mutex_);
    bool dropped = false;
    for (const Increment& increment : increments) dropped = add_or_drop(increment) || dropped;
    const bool tell = dropped && !std::exchange(dropping_, true);
    const Waiting now_waiting = urgency();
    lock.unlock();
    if (tell) warn_dropping();
    return now_waiting;
}

/// True when it cost something: this message, or older ones.
bool LedgerWriter::keep_or_drop(Unbuilt message) {
    const auto has_room = [this] {
        return waiting() < bounds_.most_waiting && bytes_ + unbuilt_bytes <= bounds_.most_bytes;
    };
    const std::uint64_t dropped_before = dropped_;
    while (!has_room() && drop_oldest_message()) {}
    if (has_room()) {
        bytes_ += unbuilt_bytes;
        unbuilt_.push_back(std::move(message));
    } else {
        ++dropped_;
    }
    return dropped_ != dropped_before;
}

LedgerWriter::Waiting LedgerWriter::remember(Unbuilt message) {
    std::unique_lock lock(mutex_);
    const bool tell = keep_or_drop(std::move(message)) && !std::exchange(dropping_, true);
    const Waiting now_waiting = urgency();
    lock.unlock();
    if (tell) warn_dropping();
    return now_waiting;
}

void LedgerWriter::build(const Build& build) {
    constexpr int most_at_once = 1000; // then what else the thread has to do comes first
    for (int i = 0; i < most_at_once; ++i) {
        std::unique_lock lock(mutex_);
        if (unbuilt_.empty()) return;
        const Unbuilt next = std::move(unbuilt_.front());
        unbuilt_.pop_front();
        bytes_ -= unbuilt_bytes;
        lock.unlock();
        std::optional<Message> message;
        try {
            message = build(next);
        } catch (const std::exception& error) {
            warn("ledger.message", fmt::format("{}: {}", next.id, error.what()));
        }
        lock.lock();
        if (!message) {
            ++dropped_;
            continue;
        }
        bytes_ += size_of(*message);
        built_.push_back(std::move(*message));
        while (bytes_ > bounds_.most_bytes && drop_oldest_message()) {}
    }
}

LedgerWriter::TimePoint LedgerWriter::due() const {
    const std::scoped_lock lock(mutex_);
    return due_;
}

void LedgerWriter::hurry(TimePoint now) {
    const std::scoped_lock lock(mutex_);
    due_ = std::min(due_, now);
}

std::optional<LedgerWriter::Begun> LedgerWriter::begin(TimePoint now) {
    Begun begun;
    {
        const std::scoped_lock lock(mutex_);
        if (under_way_) return {};
        due_ = now + bounds_.batch;
        begun.batch.increments = cache_.take(most_in_batch);
        sent_count_ = std::min(built_.size(), most_messages_in_batch);
        const auto end = built_.begin() + static_cast<std::ptrdiff_t>(sent_count_);
        sent_.assign(std::make_move_iterator(built_.begin()), std::make_move_iterator(end));
        built_.erase(built_.begin(), end);
        under_way_ = !begun.batch.increments.empty() || !sent_.empty();
        begun.is_all = built_.empty() && unbuilt_.empty() && cache_.unwritten() == begun.batch.increments.size();
    }
    begun.batch.messages = sent_; // a copy, which the store takes: ours stays until it says that it has it
    if (begun.batch.empty()) return {};
    return begun;
}

std::vector<io::store::Hash> LedgerWriter::end(TimePoint now, const Expected<void>& written) {
    std::unique_lock lock(mutex_);
    under_way_ = false;
    sent_count_ = 0;
    const bool changed = std::exchange(failing_, !written) == written.has_value();
    std::vector<io::store::Hash> readable;
    if (written) {
        ++written_batches_;
        readable = cache_.confirm();
        bytes_ -= sum_of(sent_);
        pause_ = first_pause;
        if (waiting() < bounds_.most_waiting / 2) dropping_ = false;
        due_ = urgency() == Waiting::full_batch ? now : now + bounds_.batch;
    } else {
        ++failed_batches_;
        readable = cache_.put_back();
        built_.insert(built_.begin(), std::make_move_iterator(sent_.begin()), std::make_move_iterator(sent_.end()));
        due_ = now + std::max(pause_, bounds_.batch);
        pause_ = std::min<std::chrono::milliseconds>(2 * pause_, most_pause);
    }
    sent_.clear();
    lock.unlock();
    if (changed && written) warn("ledger.recovered", "the store takes what it is given again");
    if (changed && !written) warn("ledger.failed", written.error().text);
    return readable;
}

void LedgerWriter::start_anew() {
    const std::scoped_lock lock(mutex_);
    dropped_ += cache_.start_anew() + built_.size() + sent_count_;
    bytes_ -= sum_of(built_) + sum_of(sent_);
    built_.clear();
    sent_.clear();
    sent_count_ = 0;
}

LedgerWriter::Counters LedgerWriter::counters() const {
    const std::scoped_lock lock(mutex_);
    return {written_batches_, failed_batches_, waiting(), dropped_, failing_};
}

} // namespace bonafide::engine
