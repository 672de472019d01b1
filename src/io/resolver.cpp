#include "io/resolver.hpp"

#include "dns/name.hpp"
#include "io/answer_cache.hpp"
#include "io/resolver_settings.hpp"
#include "io/resolver_upstream.hpp"
#include "io/unbound_answer.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <exception>
#include <functional>
#include <unordered_map>
#include <utility>

namespace bonafide::io {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using boost::system::error_code;

constexpr std::chrono::milliseconds soonest_failure{200}; ///< a failure that comes sooner may be libunbound's own

std::uint64_t seconds_now() {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(Clock::now().time_since_epoch()).count());
}

struct Waiter {
    dns::AsyncSource::Done done;
    Clock::time_point deadline;
};

/// A question under way. It outlives its waiters' patience: a late answer still fills the cache, and who asks meanwhile joins it.
struct Query {
    dns::Question question;
    std::vector<Waiter> waiters;
    Clock::time_point sent_at{};
    bool sent = false;
    bool asked_twice = false;
};

/// Whom to call with what, once every member is in order: waiters may ask again, or throw.
struct Delivery {
    std::vector<Waiter> waiters;
    dns::Answer answer;
};

struct Key {
    std::string_view name; ///< of the Query's own question
    dns::Type type;
    bool operator==(const Key&) const = default;
};
struct KeyHash {
    std::size_t operator()(const Key& key) const {
        return std::hash<std::string_view>{}(key.name) ^ static_cast<std::size_t>(key.type) << 1;
    }
};

} // namespace

class Resolver::Impl : public std::enable_shared_from_this<Resolver::Impl> {
  public:
    Impl(asio::io_context& io, ResolverSettings settings, ResolverPlan plan, AnswerCache& cache)
        : io_(io), settings_(std::move(settings)), cache_(cache),
          upstream_(io, settings_, std::move(plan), events(), counts_), timer_(io) {}

    Expected<void> start() { return upstream_.start(); }
    dns::Answer try_now(const dns::Question& question);
    void ask(dns::Question question, Done done);
    std::shared_ptr<const Counts> counts() const { return counts_; }

  private:
    using Queries = std::unordered_map<std::uint64_t, Query>;
    struct Due {
        Clock::time_point when;
        std::uint64_t id;
    };

    // questions
    void add_waiter(std::uint64_t id, Query& query, Done done);
    void pump();
    void send(std::uint64_t id, Query& query);
    void hand_over(std::uint64_t id, Query& query);
    [[nodiscard]] Delivery finish(Queries::iterator at, dns::Answer answer);
    static void deliver(std::vector<Delivery> deliveries);
    void deliver_later(Done done, dns::Answer answer);
    // time
    void arm();
    void expire();
    [[nodiscard]] Delivery give_up(std::uint64_t id, Clock::time_point now);
    void forget(Queries::iterator at);
    // results
    UpstreamEvents events();
    void take(const std::vector<UpstreamResult>& results);
    void drop(const std::vector<std::uint64_t>& ids);
    void keep(const dns::Question& question, const dns::Answer& answer) {
        cache_.insert(question, answer, seconds_now(), settings_.cache_generation);
    }
    dns::Answer read(const dns::Question& question, const UpstreamResult& result);
    bool second_chance(std::uint64_t id, Query& query, std::uint64_t generation);
    bool may_send() const;

    asio::io_context& io_;
    const ResolverSettings settings_;
    AnswerCache& cache_;
    const std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();

    Upstream upstream_;
    asio::steady_timer timer_;
    bool timer_armed_ = false;

    Queries queries_;
    std::unordered_map<Key, std::uint64_t, KeyHash> by_key_;
    std::deque<std::uint64_t> queue_; ///< not yet sent; may name questions given up since
    std::deque<Due> due_;             ///< in order, since all have the same patience; may name questions answered since
    std::uint64_t last_id_ = 0;
    unsigned silent_ = 0; ///< questions given up since the last answer
};

// ---- questions

dns::Answer Resolver::Impl::try_now(const dns::Question& question) {
    if (dns::Answer kept = cache_.find(question, seconds_now())) return kept;
    if (!dns::is_valid(question.name))
        return dns::make_answer(dns::Status::nx_domain); // cannot be asked, so it cannot exist
    return nullptr;
}

void Resolver::Impl::ask(dns::Question question, Done done) {
    if (!dns::is_valid(question.name)) return deliver_later(std::move(done), dns::make_answer(dns::Status::nx_domain));
    if (question.server || !question.recursion)
        return deliver_later(std::move(done), dns::make_answer(dns::Status::serv_fail));
    upstream_.probe_when_due(Clock::now());
    if (const auto same = by_key_.find({question.name, question.type}); same != by_key_.end()) {
        ++counts_->joined;
        return add_waiter(same->second, queries_.at(same->second), std::move(done));
    }
    if (counts_->queued >= settings_.most_queued) {
        ++counts_->overflows;
        return deliver_later(std::move(done), dns::make_answer(dns::Status::timeout));
    }
    const std::uint64_t id = ++last_id_;
    Query& query = queries_[id];
    query.question = std::move(question);
    by_key_.emplace(Key{query.question.name, query.question.type}, id);
    queue_.push_back(id);
    add_waiter(id, query, std::move(done));
    pump();
}

void Resolver::Impl::add_waiter(std::uint64_t id, Query& query, Done done) {
    const Clock::time_point deadline = Clock::now() + settings_.timeout;
    if (query.waiters.empty()) ++(query.sent ? counts_->under_way : counts_->queued);
    query.waiters.push_back({std::move(done), deadline});
    due_.push_back({deadline, id});
    arm();
}

bool Resolver::Impl::may_send() const {
    return upstream_.ready() && counts_->under_way < settings_.most_under_way &&
           upstream_.in_flight() < settings_.most_under_way * ResolverSettings::in_flight_factor;
}

void Resolver::Impl::pump() {
    while (!queue_.empty() && may_send()) {
        const std::uint64_t id = queue_.front();
        queue_.pop_front();
        if (const auto at = queries_.find(id); at != queries_.end()) send(id, at->second);
    }
}

void Resolver::Impl::send(std::uint64_t id, Query& query) {
    --counts_->queued;
    ++counts_->under_way;
    ++counts_->asked;
    query.sent = true;
    hand_over(id, query);
}

void Resolver::Impl::hand_over(std::uint64_t id, Query& query) {
    query.sent_at = Clock::now();
    if (upstream_.ask(query.question.name, query.question.type, id)) return;
    asio::post(io_, [weak = weak_from_this(), id] {
        const auto self = weak.lock();
        if (!self) return;
        const auto at = self->queries_.find(id);
        if (at == self->queries_.end()) return;
        std::vector<Delivery> deliveries;
        deliveries.push_back(self->finish(at, dns::make_answer(dns::Status::serv_fail)));
        deliver(std::move(deliveries));
    });
}

Delivery Resolver::Impl::finish(Queries::iterator at, dns::Answer answer) {
    Queries::node_type node = queries_.extract(at);
    Query& query = node.mapped();
    by_key_.erase({query.question.name, query.question.type});
    if (!query.waiters.empty()) --counts_->under_way;
    keep(query.question, answer);
    if (answer->status == dns::Status::serv_fail || answer->status == dns::Status::refused) ++counts_->failures;
    if (counts_->under_way == 0 && counts_->queued == 0) {
        due_.clear();
        timer_.cancel();
    }
    pump();
    return {std::move(query.waiters), std::move(answer)};
}

void Resolver::Impl::deliver(std::vector<Delivery> deliveries) {
    std::exception_ptr first; // one waiter's failure must not cost the others their answer
    for (Delivery& delivery : deliveries) {
        for (Waiter& waiter : delivery.waiters) {
            try {
                waiter.done(delivery.answer);
            } catch (...) {
                if (!first) first = std::current_exception();
            }
        }
    }
    if (first) std::rethrow_exception(first);
}

void Resolver::Impl::deliver_later(Done done, dns::Answer answer) {
    asio::post(io_, [weak = weak_from_this(), done = std::move(done), answer = std::move(answer)]() mutable {
        if (const auto self = weak.lock()) done(std::move(answer));
    });
}

// ---- time

void Resolver::Impl::arm() {
    if (timer_armed_ || due_.empty()) return;
    timer_armed_ = true;
    timer_.expires_at(due_.front().when);
    timer_.async_wait([weak = weak_from_this()](error_code) {
        const auto self = weak.lock();
        if (!self) return;
        self->timer_armed_ = false;
        self->expire();
    });
}

void Resolver::Impl::expire() {
    const Clock::time_point now = Clock::now();
    std::vector<std::uint64_t> late;
    while (!due_.empty() && (due_.front().when <= now || !queries_.contains(due_.front().id))) {
        if (due_.front().when <= now) late.push_back(due_.front().id);
        due_.pop_front();
    }
    arm();
    std::vector<Delivery> deliveries;
    for (const std::uint64_t id : late) deliveries.push_back(give_up(id, now));
    pump();
    deliver(std::move(deliveries));
}

Delivery Resolver::Impl::give_up(std::uint64_t id, Clock::time_point now) {
    const auto at = queries_.find(id);
    if (at == queries_.end()) return {};
    Query& query = at->second;
    const auto first_patient =
        std::find_if(query.waiters.begin(), query.waiters.end(), [now](const Waiter& w) { return w.deadline > now; });
    std::vector<Waiter> gone(std::make_move_iterator(query.waiters.begin()), std::make_move_iterator(first_patient));
    query.waiters.erase(query.waiters.begin(), first_patient);
    counts_->timeouts += gone.size();
    if (query.sent) ++silent_;
    dns::Answer answer = dns::make_answer(dns::Status::timeout);
    if (query.waiters.empty() && !gone.empty()) {
        --(query.sent ? counts_->under_way : counts_->queued);
        keep(query.question, answer);
        if (!query.sent) {
            forget(at);
            while (!queue_.empty() && !queries_.contains(queue_.front())) queue_.pop_front();
        }
    }
    return {std::move(gone), std::move(answer)};
}

void Resolver::Impl::forget(Queries::iterator at) {
    by_key_.erase({at->second.question.name, at->second.question.type}); // first: its key views the question
    queries_.erase(at);
}

// ---- results

UpstreamEvents Resolver::Impl::events() {
    // The Upstream is a member and tells nothing once it is gone; but whom we answer may let go of the resolver.
    return {[this](const std::vector<UpstreamResult>& results) {
                const auto self = shared_from_this();
                take(results);
            },
            [this] { pump(); }, [this](const std::vector<std::uint64_t>& ids) { drop(ids); }};
}

void Resolver::Impl::take(const std::vector<UpstreamResult>& results) {
    std::vector<Delivery> deliveries;
    for (const UpstreamResult& result : results) {
        const auto at = queries_.find(result.finished.id);
        if (at == queries_.end()) continue;
        dns::Answer answer = read(at->second.question, result);
        if (!answer->temporary()) {
            silent_ = 0;
        } else if (second_chance(at->first, at->second, result.generation)) {
            continue;
        }
        deliveries.push_back(finish(at, std::move(answer)));
    }
    deliver(std::move(deliveries));
}

dns::Answer Resolver::Impl::read(const dns::Question& question, const UpstreamResult& result) {
    if (!result.finished.result) return dns::make_answer(dns::Status::serv_fail);
    const dns::Dnssec unsigned_state = upstream_.unsigned_state(result.validated, question.name);
    dns::Answer answer = read_answer(*result.finished.result, question.type, unsigned_state, settings_.limits);
    if (answer->status == dns::Status::bogus) {
        ++counts_->bogus;
        upstream_.suspect_stripping();
    }
    return answer;
}

/// After names whose servers are silent, and nothing else for a while, libunbound takes the resolver it forwards to for dead and fails
/// everything at once for some seconds. A failure that comes too quickly to be the server's is asked again, by a context that knows
/// nothing of that.
bool Resolver::Impl::second_chance(std::uint64_t id, Query& query, std::uint64_t generation) {
    const Clock::time_point now = Clock::now();
    if (silent_ == 0 || query.asked_twice || query.waiters.empty() || now - query.sent_at > soonest_failure)
        return false;
    if (!upstream_.start_afresh(generation, now)) return false;
    query.asked_twice = true;
    hand_over(id, query);
    return true;
}

/// The context that worked on these is gone: those still waited for are asked again.
void Resolver::Impl::drop(const std::vector<std::uint64_t>& ids) {
    for (const std::uint64_t id : ids) {
        const auto at = queries_.find(id);
        if (at == queries_.end()) continue;
        if (at->second.waiters.empty()) {
            forget(at);
        } else {
            hand_over(id, at->second);
        }
    }
}

// ---- the face

Resolver::Stats Resolver::Counts::read() const {
    return {asked, joined, timeouts, failures, bogus, overflows, under_way, queued, validation};
}

Expected<std::unique_ptr<Resolver>> Resolver::make(boost::asio::io_context& context, ResolverSettings settings,
                                                   AnswerCache& cache) {
    auto planned = plan(settings);
    if (!planned) return std::unexpected(planned.error());
    return make(context, std::move(settings), std::move(*planned), cache);
}

Expected<std::unique_ptr<Resolver>> Resolver::make(boost::asio::io_context& context, ResolverSettings settings,
                                                   ResolverPlan plan, AnswerCache& cache) {
    auto impl = std::make_shared<Impl>(context, std::move(settings), std::move(plan), cache);
    if (auto started = impl->start(); !started) return std::unexpected(started.error());
    return std::unique_ptr<Resolver>(new Resolver(std::move(impl)));
}

Resolver::Resolver(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Resolver::~Resolver() = default;

dns::Answer Resolver::try_now(const dns::Question& question) { return impl_->try_now(question); }
void Resolver::ask(dns::Question question, Done done) { impl_->ask(std::move(question), std::move(done)); }
std::shared_ptr<const Resolver::Counts> Resolver::counts() const { return impl_->counts(); }

std::string_view to_text(Resolver::Validation validation) {
    constexpr std::array<std::string_view, 4> texts{"off", "probing", "stripped", "on"};
    return texts[static_cast<std::size_t>(validation)];
}

} // namespace bonafide::io
