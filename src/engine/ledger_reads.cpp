#include "engine/ledger_reads.hpp"

#include <algorithm>
#include <utility>

namespace bonafide::engine {

using verdict::History;
using verdict::Series;

struct LedgerReads::Request {
    // guarded by LedgerReads::mutex_
    History history;
    std::vector<Hash> missing; ///< keys waited for
    std::size_t left = 0;      ///< pasts without an answer
    bool over = false;

    Post post;
    Clock::TimePoint deadline;
    std::recursive_mutex telling; ///< held while `done` runs, which may let go of the ticket itself
    Done done;                    ///< guarded by it; empty once called, or called off

    void tell() {
        const std::scoped_lock lock(telling);
        if (const Done now = std::exchange(done, nullptr)) now(std::move(history));
    }
};

namespace {

/// Calls a read off when its caller lets go.
template<class Request> class Ticket {
  public:
    explicit Ticket(std::shared_ptr<Request> request) : request_(std::move(request)) {}
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    ~Ticket() {
        const std::scoped_lock lock(request_->telling);
        request_->done = nullptr;
    }

  private:
    std::shared_ptr<Request> request_;
};

} // namespace

LedgerReads::Begun LedgerReads::read(std::vector<verdict::PastKey> keys, const std::vector<Hash>& hashes, Done done,
                                     const Post& post, Clock::TimePoint now) {
    auto request = std::make_shared<Request>();
    History& history = request->history;
    history.known = true;
    for (verdict::PastKey& key : keys) history.pasts.push_back({std::move(key), {}});
    std::vector<bool> found(hashes.size());
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        auto series = cache_.find(hashes[i]);
        found[i] = series.has_value();
        if (series) history.pasts[i].series = *std::move(series);
    }
    if (std::ranges::find(found, false) == found.end()) {
        done(std::move(history));
        return {};
    }
    request->post = post;
    request->done = std::move(done);
    request->deadline = now + patience;
    Begun begun{std::make_shared<Ticket<Request>>(request), {}};
    bool complete = false;
    {
        const std::scoped_lock lock(mutex_);
        begun.to_ask = wait_for(request, hashes, found);
        complete = request->left == 0;
        if (!complete) requests_.push_back(request);
    }
    if (complete) request->tell();
    return begun;
}

/// Joins `request` to the reads of what was not found; gives the keys that nobody reads yet.
std::vector<LedgerReads::Hash> LedgerReads::wait_for(const std::shared_ptr<Request>& request,
                                                     const std::vector<Hash>& hashes, const std::vector<bool>& found) {
    std::vector<Hash> to_ask;
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        if (found[i]) continue;
        auto begun = cache_.begin_read(hashes[i]);
        if (auto* series = std::get_if<Series>(&begun)) {
            request->history.pasts[i].series = std::move(*series);
            continue;
        }
        if (std::get<HistoryCache::Missing>(begun) == HistoryCache::Missing::ask) to_ask.push_back(hashes[i]);
        waiting_[hashes[i]].push_back({request, i});
        request->missing.push_back(hashes[i]);
        ++request->left;
    }
    return to_ask;
}

void LedgerReads::give(Hash key, const Series& series, Requests& finished) {
    auto places = waiting_.extract(key);
    if (places.empty()) return;
    for (const Place& place : places.mapped()) {
        place.request->history.pasts[place.index].series = series;
        if (--place.request->left > 0) continue;
        place.request->over = true;
        finished.push_back(place.request);
    }
}

void LedgerReads::fail(const std::shared_ptr<Request>& request, Requests& finished) {
    if (std::exchange(request->over, true)) return;
    for (const Hash key : request->missing) {
        const auto places = waiting_.find(key);
        if (places == waiting_.end()) continue;
        std::erase_if(places->second, [&](const Place& place) { return place.request == request; });
        if (places->second.empty()) waiting_.erase(places);
    }
    request->history = {};
    unread_.fetch_add(1, std::memory_order_relaxed);
    finished.push_back(request);
}

void LedgerReads::tell(const Requests& finished) {
    for (const std::shared_ptr<Request>& request : finished) {
        if (!request->post) {
            request->tell();
            continue;
        }
        request->post([weak = std::weak_ptr(request)] {
            if (const auto waiter = weak.lock()) waiter->tell();
        });
    }
}

std::vector<LedgerReads::Hash> LedgerReads::answer(const std::vector<Hash>& keys,
                                                   const Expected<std::vector<Series>>& stored) {
    std::vector<Hash> again;
    Requests finished;
    {
        const std::scoped_lock lock(mutex_);
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (stored && i < stored->size()) {
                if (const auto series = cache_.end_read(keys[i], (*stored)[i]))
                    give(keys[i], *series, finished);
                else
                    again.push_back(keys[i]);
                continue;
            }
            cache_.abandon_read(keys[i]);
            while (waiting_.contains(keys[i])) fail(std::shared_ptr(waiting_.at(keys[i]).front().request), finished);
        }
    }
    tell(finished);
    return again;
}

Clock::TimePoint LedgerReads::expire(Clock::TimePoint now) {
    Requests finished;
    Clock::TimePoint next = Clock::TimePoint::max();
    {
        const std::scoped_lock lock(mutex_);
        while (!requests_.empty()) {
            const auto request = requests_.front().lock();
            if (request && !request->over && request->deadline > now) {
                next = request->deadline;
                break;
            }
            requests_.pop_front();
            if (request) fail(request, finished);
        }
    }
    tell(finished);
    return next;
}

void LedgerReads::fail_all() {
    Requests finished;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto& weak : std::exchange(requests_, {}))
            if (const auto request = weak.lock()) fail(request, finished);
    }
    tell(finished);
}

std::size_t LedgerReads::waiting() const {
    const std::scoped_lock lock(mutex_);
    return static_cast<std::size_t>(std::ranges::count_if(requests_, [](const std::weak_ptr<Request>& weak) {
        const auto request = weak.lock();
        return request && !request->over;
    }));
}

} // namespace bonafide::engine
