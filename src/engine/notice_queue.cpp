#include "engine/notice_queue.hpp"

#include <algorithm>
#include <iterator>

namespace bonafide::engine {
namespace {

std::chrono::seconds pause_after(unsigned failures, unsigned most_doublings) {
    return NoticeQueue::first_pause * (1U << std::min(failures, most_doublings));
}

} // namespace

NoticeQueue::Admitted NoticeQueue::admit(const std::string& rule, const std::string& address, const Bounds& bounds,
                                         TimePoint now, std::int64_t unix_now) {
    const auto key = std::pair(rule, address);
    if (!pairs_.contains(key) && pairs_.size() >= most_pairs) make_room(now, bounds.interval);
    Pair& pair = pairs_[key];
    const bool too_soon = pair.last && now - *pair.last < bounds.interval;
    if (too_soon || waiting_.size() >= bounds.most_waiting) {
        if (pair.held.count++ == 0) pair.held.since = unix_now;
        return {too_soon ? Admission::held : Admission::dropped};
    }
    pair.last = now;
    return {Admission::wanted, std::exchange(pair.held, {})};
}

/// Pairs of rules that are gone, most likely: those that hold nothing back any more, else the one that is quiet for longest, best one that
/// held nothing.
void NoticeQueue::make_room(TimePoint now, std::chrono::milliseconds interval) {
    std::erase_if(pairs_, [&](const auto& entry) {
        return entry.second.held.count == 0 && (!entry.second.last || now - *entry.second.last >= interval);
    });
    if (pairs_.size() < most_pairs) return;
    pairs_.erase(std::ranges::min_element(
        pairs_, {}, [](const auto& entry) { return std::pair(entry.second.held.count > 0, entry.second.last); }));
}

void NoticeQueue::add(WaitingNotice notice) {
    const TimePoint due = notice.queued;
    waiting_.emplace(due, std::move(notice));
}

std::optional<WaitingNotice> NoticeQueue::take(TimePoint now) {
    const auto due = next_due();
    return due && *due <= now ? take_any() : std::nullopt;
}

std::optional<WaitingNotice> NoticeQueue::take_any() {
    if (waiting_.empty()) return std::nullopt;
    return std::move(waiting_.extract(waiting_.begin()).mapped());
}

std::optional<NoticeQueue::TimePoint> NoticeQueue::next_due() const {
    if (waiting_.empty()) return std::nullopt;
    return std::max(waiting_.begin()->first, not_before_);
}

std::vector<WaitingNotice> NoticeQueue::put_back(WaitingNotice notice, Trouble trouble, TimePoint now) {
    constexpr unsigned most_server_doublings = 4; // eight minutes
    constexpr unsigned most_doublings = 7;        // beyond an hour
    std::vector<WaitingNotice> given_up;
    const TimePoint end = notice.queued + patience;
    const TimePoint due = std::min<TimePoint>(now + pause_after(notice.attempts++, most_doublings), end);
    if (now >= end)
        given_up.push_back(std::move(notice));
    else
        waiting_.emplace(due, std::move(notice));
    if (trouble == Trouble::letter) return given_up;
    not_before_ = now + pause_after(server_failures_++, most_server_doublings);
    for (auto it = waiting_.begin(); it != waiting_.end();) { // nobody comes to try them one by one
        const bool over = now >= it->second.queued + patience;
        if (over) given_up.push_back(std::move(it->second));
        it = over ? waiting_.erase(it) : std::next(it);
    }
    return given_up;
}

} // namespace bonafide::engine
