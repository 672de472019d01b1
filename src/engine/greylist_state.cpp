#include "engine/greylist_state.hpp"

#include "base/ascii.hpp"
#include "engine/ledger_privacy.hpp"

#include <algorithm>

namespace bonafide::engine {

namespace greylist = policy::greylist;
using greylist::Step;
using io::store::GreylistKind;
using io::store::GreylistWrite;

/// Calls a request off when its caller lets go; what it keeps is kept.
struct Greylist::State::Ticket {
    explicit Ticket(RequestPtr waiting) : request(std::move(waiting)) {}
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    ~Ticket() {
        const std::scoped_lock lock(request->telling);
        request->done = nullptr;
    }
    const RequestPtr request;
};

void Greylist::State::Request::tell(GreylistAnswer answer) {
    const std::scoped_lock lock(telling);
    if (const auto now_done = std::exchange(done, nullptr)) now_done(std::move(answer));
}

Greylist::State::State(std::unique_ptr<io::store::GreylistStore> store, std::shared_ptr<const Settings> settings,
                       GreylistEvents events)
    : events_(std::move(events)), in_memory_(store == nullptr),
      store_(store ? std::move(store) : io::store::make_memory_greylist()) {
    configure(std::move(settings));
}

void Greylist::State::start() {
    thread_ = std::thread([this] { run(); });
}

void Greylist::State::stop() {
    {
        const std::scoped_lock lock(mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    thread_.join();
    std::unique_ptr<io::store::GreylistStore> going;
    {
        const std::unique_lock lock(store_gate_);
        going = std::move(store_);
    }
    going.reset(); // answers those that wait, with an error
}

void Greylist::State::configure(std::shared_ptr<const Settings> settings) {
    auto made = greylist_policy(*settings);
    const std::scoped_lock lock(mutex_);
    policy_ = std::move(made);
    most_cached_ = settings->limits.greylist_cache;
    most_rows_ = settings->greylist.most;
    if (in_memory_) most_rows_ = std::min<std::uint64_t>(most_rows_, most_cached_);
    patience_ = settings->ledger.read_timeout;
    batch_pause_ = settings->ledger.batch;
}

std::shared_ptr<const GreylistPolicy> Greylist::State::policy() const {
    const std::scoped_lock lock(mutex_);
    return policy_;
}

Greylist::Counters Greylist::State::counters() const {
    const std::scoped_lock lock(mutex_);
    Counters counters = counters_;
    counters.cached = entries_.size();
    counters.waiting = entries_.size() - written_.size();
    return counters;
}

void Greylist::State::warn(std::string_view event, std::string_view why) const {
    if (events_.on_warning) events_.on_warning(event, why);
}

// ---- asking

namespace {

GreylistAnswer settled(const GreylistRequest& request) {
    GreylistAnswer answer;
    answer.who = request.who;
    for (const auto& one : request.recipients) answer.recipients.push_back({one.address, one.exempt, {}});
    greylist::Together all = greylist::together(answer.recipients);
    answer.mixed = all.mixed;
    answer.why = std::move(all.why);
    return answer;
}

GreylistAnswer unanswered(const GreylistRequest& request) {
    GreylistAnswer answer;
    answer.unanswered = true;
    answer.who = request.who;
    answer.why = "the ledger does not say whether its sender came before: accepted";
    for (const auto& one : request.recipients) answer.recipients.push_back({one.address, one.exempt, {}});
    return answer;
}

} // namespace

std::shared_ptr<void> Greylist::State::consider(GreylistRequest asked, std::int64_t now, GreylistSource::Done done,
                                                const Post& post) {
    if (asked.is_settled()) {
        {
            const std::scoped_lock lock(mutex_);
            ++counters_.exempt;
        }
        done(settled(asked));
        return {};
    }
    auto request = std::make_shared<Request>();
    request->asked = std::move(asked);
    request->now = now;
    request->done = std::move(done);
    const std::shared_lock gate(store_gate_);
    if (store_ == nullptr) {
        request->tell(unanswered(request->asked));
        return {};
    }
    request->secret = store_->secret();
    for (std::size_t i = 0; i < request->asked.recipients.size(); ++i)
        if (const auto& key = request->asked.recipients[i].key) {
            request->places.push_back(i);
            request->hashes.push_back(io::store::hash_of(request->secret, *key));
        }
    request->hashes.push_back(io::store::hash_of(request->secret, greylist::Key{*request->asked.who, {}, {}}));
    auto ticket = std::make_shared<Ticket>(request);
    {
        const std::scoped_lock lock(mutex_);
        request->policy = policy_;
        request->epoch = epoch_;
        request->deadline = Time::now() + patience_;
        if (!in_memory_) {
            request->post = post;
            requests_.push_back(request);
        }
        now_ = now;
    }
    wake_.notify_all();
    store_->read(request->hashes,
                 [weak = weak_from_this(), request](const Expected<io::store::GreylistStore::States>& states) {
                     if (const auto self = weak.lock()) self->answer(request, states);
                 });
    return in_memory_ ? nullptr : std::static_pointer_cast<void>(ticket);
}

void Greylist::State::tell(const RequestPtr& request, GreylistAnswer answer) {
    if (!request->post) return request->tell(std::move(answer));
    request->post([answer = std::move(answer), request] { request->tell(answer); });
}

void Greylist::State::answer(const RequestPtr& request, const Expected<io::store::GreylistStore::States>& states) {
    GreylistAnswer answer;
    bool told_full = false, told_unreadable = false, told_readable = false;
    {
        const std::scoped_lock lock(mutex_);
        if (states && std::exchange(unreadable_, false)) told_readable = true;
        if (!states && !ending_ && !std::exchange(unreadable_, true)) told_unreadable = true;
        if (std::exchange(request->over, true)) return; // too late: it was accepted meanwhile
        if (!states || states->size() != request->hashes.size()) {
            answer = unanswered(request->asked);
        } else if (!has_room(request->hashes.size())) {
            answer = unanswered(request->asked);
            answer.why = "too many senders wait to be written down: accepted";
            ++counters_.full;
            told_full = !std::exchange(full_, true);
        } else {
            answer = decide(*request, *states);
        }
        count(answer);
    }
    wake_.notify_all();
    if (told_unreadable) warn("greylist.unreadable", states.error().text);
    if (told_readable) warn("greylist.readable", "");
    if (told_full) warn("greylist.full", answer.why);
    tell(request, std::move(answer));
}

Greylist::State::Kept Greylist::State::known(const Request& request, std::size_t index, const Kept& stored) const {
    const auto entry = entries_.find(request.hashes[index]);
    if (entry == entries_.end()) return stored;
    const bool is_newer = entry->second.epoch == 0 || entry->second.epoch > request.epoch;
    return is_newer ? Kept(entry->second.write.state) : stored;
}

GreylistAnswer Greylist::State::decide(Request& request, const io::store::GreylistStore::States& states) {
    constexpr std::int64_t refresh = 3600;
    const greylist::Settings& settings = request.policy->settings;
    GreylistAnswer answer;
    answer.who = request.asked.who;
    for (const auto& one : request.asked.recipients) answer.recipients.push_back({one.address, one.exempt, {}});
    const std::size_t last = request.hashes.size() - 1;
    const Kept pool = known(request, last, states[last]);
    if (greylist::is_known_pool(pool, request.now, settings)) {
        answer.known_pool = true;
        answer.why = "mail of its network or domain came again often enough";
        if (greylist::State seen = *pool; request.now < seen.last_seen || request.now - seen.last_seen >= refresh) {
            seen.last_seen = request.now;
            keep(request, last, states[last], seen);
        }
        return answer;
    }
    for (std::size_t i = 0; i < last; ++i)
        answer.recipients[request.places[i]].considered =
            greylist::consider(known(request, i, states[i]), request.now, settings);
    greylist::Together all = greylist::together(answer.recipients);
    answer.defer = all.defer;
    answer.wait = all.wait;
    answer.mixed = all.mixed;
    answer.why = std::move(all.why);
    bool verified = false;
    for (std::size_t i = 0; i < last; ++i) {
        const greylist::Considered& one = *answer.recipients[request.places[i]].considered;
        if (is_deferred(one.step) != answer.defer || !one.worth_keeping) continue; // of mixed ones nobody was deferred
        keep(request, i, states[i], one.state);
        verified = verified || one.step == Step::pass_now;
    }
    if (verified) keep(request, last, states[last], greylist::counted(pool, request.now, settings));
    return answer;
}

bool Greylist::State::has_room(std::size_t more) const { return entries_.size() + more <= most_cached_; }

void Greylist::State::keep(const Request& request, std::size_t index, const Kept& stored,
                           const greylist::State& state) {
    const auto [place, is_new] = entries_.try_emplace(request.hashes[index]);
    Entry& entry = place->second;
    GreylistWrite& write = entry.write;
    if (is_new || entry.epoch != 0) {
        write.seen = is_new || entry.epoch <= request.epoch ? stored : Kept(write.state);
        if (!is_new) std::erase_if(written_, [&](const auto& one) { return one.second == place->first; });
        entry.epoch = 0;
        unwritten_.push_back(place->first);
    }
    ++entry.version;
    write.hash = place->first;
    write.state = state;
    write.expires = greylist::expires(state, request.policy->settings);
    const greylist::Identity& who = *request.asked.who;
    write.who = std::string(to_text(who.kind)) + ':' + who.name;
    const bool is_pool = index + 1 == request.hashes.size();
    write.kind = is_pool ? GreylistKind::pool : GreylistKind::key;
    if (is_pool) return;
    const greylist::Key& key = *request.asked.recipients[request.places[index]].key;
    write.helo = request.asked.helo.substr(0, greylist::most_address_bytes);
    write.sender_term = io::store::hash_of_term(request.secret, key.sender);
    write.recipient_term = io::store::hash_of_term(request.secret, key.recipient);
    if (request.policy->hashed) {
        const HashedAddresses hashed(request.secret, {}, {});
        write.sender = key.sender == "<>" ? key.sender : hashed.address(key.sender);
        write.recipient = hashed.address(key.recipient);
    } else {
        write.sender = key.sender;
        write.recipient = key.recipient;
    }
}

void Greylist::State::count(const GreylistAnswer& answer) {
    const auto has = [&](Step step) {
        return std::ranges::any_of(answer.recipients,
                                   [&](const auto& one) { return one.considered && one.considered->step == step; });
    };
    if (answer.unanswered)
        ++counters_.unanswered;
    else if (answer.defer)
        ++(has(Step::defer_first) || has(Step::expired) ? counters_.deferred_first : counters_.deferred_early);
    else if (has(Step::pass_now))
        ++counters_.verified;
    else
        ++counters_.known;
    if (answer.mixed) ++counters_.mixed;
}

// ---- the thread

void Greylist::State::run() {
    std::unique_lock lock(mutex_);
    std::optional<Time::time_point> end_by;
    std::uint64_t attempts_before_end = 0;
    for (;;) {
        const auto now = Time::now();
        if (ending_ && !end_by) {
            end_by = now + end_patience;
            attempts_before_end = attempts_;
        }
        const auto may_end = [&] {
            const bool given_up = counters_.failing && attempts_ > attempts_before_end;
            return end_by && !writing_ && (unwritten_.empty() || given_up);
        };
        if (may_end() || (end_by && now >= *end_by)) break;
        lock.unlock();
        expire(end_by ? Time::time_point::max() : now);
        write();
        lock.lock();
        forget_written();
        auto next = now + std::chrono::hours(1);
        if (!requests_.empty()) next = std::min(next, requests_.front()->deadline);
        if (!unwritten_.empty() && !writing_) next = std::min(next, write_at_);
        if (end_by) next = std::min(next, *end_by);
        if (may_end() || (ending_ && !end_by)) continue; // came about while the lock was away
        wake_.wait_until(lock, next);
    }
    stopped_ = true;
    lock.unlock();
    settled_.notify_all();
}

void Greylist::State::expire(Time::time_point now) {
    std::vector<RequestPtr> late;
    {
        const std::scoped_lock lock(mutex_);
        while (!requests_.empty() && (requests_.front()->over || requests_.front()->deadline <= now)) {
            if (!std::exchange(requests_.front()->over, true)) {
                late.push_back(requests_.front());
                ++counters_.unanswered;
            }
            requests_.pop_front();
        }
    }
    for (const RequestPtr& request : late) tell(request, unanswered(request->asked));
}

void Greylist::State::write() {
    io::store::GreylistBatch batch;
    std::vector<std::pair<Hash, std::uint64_t>> versions;
    {
        const std::scoped_lock lock(mutex_);
        if (writing_ || unwritten_.empty() || (Time::now() < write_at_ && (!ending_ || counters_.failing))) return;
        const std::size_t size = std::min(unwritten_.size(), most_batch);
        for (std::size_t i = 0; i < size; ++i) {
            Entry& entry = entries_.at(unwritten_[i]);
            entry.sent = entry.write.state;
            batch.writes.push_back(entry.write);
            versions.emplace_back(unwritten_[i], entry.version);
        }
        unwritten_.erase(unwritten_.begin(), unwritten_.begin() + static_cast<std::ptrdiff_t>(size));
        batch.now = now_;
        batch.most = most_rows_;
        writing_ = true;
    }
    const std::shared_lock gate(store_gate_);
    store_->write(std::move(batch),
                  [weak = weak_from_this(), versions = std::move(versions)](const Expected<void>& done) {
                      if (const auto self = weak.lock()) self->written(versions, done);
                  });
}

void Greylist::State::written(const std::vector<std::pair<Hash, std::uint64_t>>& batch, const Expected<void>& done) {
    bool told = false;
    {
        const std::scoped_lock lock(mutex_);
        ++epoch_;
        for (const auto& [hash, version] : batch) {
            Entry& entry = entries_.at(hash);
            if (done && entry.version == version) {
                entry.epoch = epoch_;
                written_.emplace_back(epoch_, hash);
                continue;
            }
            if (done) entry.write.seen = entry.sent; // it changed meanwhile
            unwritten_.push_back(hash);
        }
        writing_ = false;
        ++attempts_;
        write_at_ = Time::now() + (done ? batch_pause_ : std::chrono::milliseconds(retry_pause));
        told = counters_.failing == done.has_value() && !stopped_;
        counters_.failing = !done.has_value();
        if (done) full_ = false;
    }
    wake_.notify_all();
    settled_.notify_all();
    if (told) warn(done ? "greylist.recovered" : "greylist.failed", done ? std::string_view() : done.error().text);
}

/// What the store has and no read under way is older than. Under the lock.
void Greylist::State::forget_written() {
    std::erase_if(requests_, [](const RequestPtr& request) { return request->over; });
    std::uint64_t oldest = epoch_;
    for (const RequestPtr& request : requests_) oldest = std::min(oldest, request->epoch);
    while (!written_.empty() && written_.front().first <= oldest) {
        entries_.erase(written_.front().second);
        written_.pop_front();
    }
}

void Greylist::State::flush() {
    std::unique_lock lock(mutex_);
    write_at_ = {};
    const std::uint64_t before = attempts_;
    wake_.notify_all();
    (void)settled_.wait_for(lock, flush_patience, [&] {
        const bool is_clean = unwritten_.empty() && !writing_;
        if (!is_clean && !writing_ && !counters_.failing) {
            write_at_ = {};
            wake_.notify_all();
        }
        return stopped_ || is_clean || (counters_.failing && attempts_ > before);
    });
}

} // namespace bonafide::engine
