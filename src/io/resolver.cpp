#include "io/resolver.hpp"

#include "dns/name.hpp"
#include "io/answer_cache.hpp"
#include "io/resolver_settings.hpp"
#include "io/unbound_answer.hpp"
#include "io/unbound_context.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
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

constexpr int type_dnskey = 48;
constexpr std::uint64_t probe_id = 0;
constexpr std::size_t in_flight_factor =
    4; ///< most questions libunbound works on, given-up ones included, as a multiple of most_under_way
constexpr std::chrono::seconds least_probe_pause{10};
constexpr std::chrono::seconds probe_after_bogus{30};

std::uint64_t seconds_now() {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(Clock::now().time_since_epoch()).count());
}

/// A context and the wait for its results. The wait stands only while something is in flight, so that an io_context without other work ends.
struct Backend {
    Backend(asio::io_context& io, std::unique_ptr<UnboundContext> made)
        : context(std::move(made)), descriptor(io, context->fd()) {}
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;
    ~Backend() { descriptor.release(); } // the descriptor is libunbound's

    std::unique_ptr<UnboundContext> context;
    asio::posix::stream_descriptor descriptor;
    bool waiting = false;
};

struct Waiter {
    dns::AsyncSource::Done done;
    Clock::time_point deadline;
};

/// A question under way. It outlives its waiters' patience: a late answer still fills the cache, and who asks meanwhile joins it.
struct Query {
    dns::Question question;
    std::vector<Waiter> waiters;
    bool sent = false;
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
        : io_(io), settings_(std::move(settings)), plan_(std::move(plan)), cache_(cache), timer_(io), probe_timer_(io) {
    }

    Expected<void> start();
    dns::Answer try_now(const dns::Question& question);
    void ask(dns::Question question, Done done);
    Stats stats() const;

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
    [[nodiscard]] Delivery finish(Queries::iterator at, dns::Answer answer);
    static void deliver(std::vector<Delivery> deliveries);
    void deliver_later(Done done, dns::Answer answer);
    // time
    void arm();
    void expire();
    [[nodiscard]] Delivery give_up(std::uint64_t id, Clock::time_point now);
    // results
    void watch(const std::shared_ptr<Backend>& backend);
    void collect(const std::shared_ptr<Backend>& backend);
    dns::Answer read(const Backend& backend, const Query& query, const UnboundContext::Finished& finished);
    dns::Dnssec unsigned_state(const Backend& backend, std::string_view name) const;
    // the DNSSEC probe
    Expected<void> start_probe();
    void probe_when_due(Clock::time_point now);
    void end_probe(const UnboundContext::Finished* finished);
    Expected<std::shared_ptr<Backend>> make_backend(const std::string& trust_anchor);
    std::shared_ptr<Backend> backend();
    bool may_send() const;

    asio::io_context& io_;
    const ResolverSettings settings_;
    const ResolverPlan plan_;
    AnswerCache& cache_;

    std::shared_ptr<Backend> plain_, validating_, candidate_; ///< candidate_: the context a probe is under way in
    std::atomic<Validation> validation_ = Validation::off;
    asio::steady_timer timer_, probe_timer_;
    bool timer_armed_ = false;
    Clock::time_point next_probe_{}, last_probe_{};
    Clock::duration probe_pause_ = least_probe_pause; ///< doubles while probes fail

    Queries queries_;
    std::unordered_map<Key, std::uint64_t, KeyHash> by_key_;
    std::deque<std::uint64_t> queue_; ///< not yet sent; may name questions given up since
    std::deque<Due> due_;             ///< in order, since all have the same patience; may name questions answered since
    std::uint64_t last_id_ = probe_id;

    std::atomic<std::uint64_t> asked_ = 0, joined_ = 0, timeouts_ = 0, bogus_ = 0, overflows_ = 0;
    std::atomic<std::size_t> under_way_ = 0, queued_ = 0; ///< sent and unsent questions somebody waits for
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
    probe_when_due(Clock::now());
    if (const auto same = by_key_.find({question.name, question.type}); same != by_key_.end()) {
        ++joined_;
        return add_waiter(same->second, queries_.at(same->second), std::move(done));
    }
    if (queued_ >= settings_.most_queued) {
        ++overflows_;
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
    if (query.waiters.empty()) ++(query.sent ? under_way_ : queued_);
    query.waiters.push_back({std::move(done), deadline});
    due_.push_back({deadline, id});
    arm();
}

bool Resolver::Impl::may_send() const {
    if (validation_ == Validation::probing || under_way_ >= settings_.most_under_way) return false;
    std::size_t in_flight = 0;
    for (const Backend* b : {plain_.get(), validating_.get()}) in_flight += b == nullptr ? 0 : b->context->in_flight();
    return in_flight < settings_.most_under_way * in_flight_factor;
}

void Resolver::Impl::pump() {
    while (!queue_.empty() && may_send()) {
        const std::uint64_t id = queue_.front();
        queue_.pop_front();
        if (const auto at = queries_.find(id); at != queries_.end()) send(id, at->second);
    }
}

void Resolver::Impl::send(std::uint64_t id, Query& query) {
    --queued_;
    ++under_way_;
    ++asked_;
    query.sent = true;
    const std::shared_ptr<Backend> chosen = backend();
    const std::string name = presentation_name(query.question.name);
    if (chosen && chosen->context->ask(name, static_cast<int>(query.question.type), id)) return watch(chosen);
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
    if (!query.waiters.empty()) --under_way_;
    cache_.insert(query.question, answer, seconds_now());
    if (under_way_ == 0 && queued_ == 0) {
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
    timeouts_ += gone.size();
    dns::Answer answer = dns::make_answer(dns::Status::timeout);
    if (query.waiters.empty() && !gone.empty()) {
        --(query.sent ? under_way_ : queued_);
        cache_.insert(query.question, answer, seconds_now());
        if (!query.sent) {
            by_key_.erase({query.question.name, query.question.type});
            queries_.erase(at);
            while (!queue_.empty() && !queries_.contains(queue_.front())) queue_.pop_front();
        }
    }
    return {std::move(gone), std::move(answer)};
}

// ---- results

void Resolver::Impl::watch(const std::shared_ptr<Backend>& backend) {
    if (backend->waiting || backend->context->in_flight() == 0) return;
    backend->waiting = true;
    const auto on_readable = [weak = weak_from_this(), backend_weak = std::weak_ptr(backend)](const error_code&) {
        const auto self = weak.lock();
        const auto same = backend_weak.lock();
        if (!self || !same) return;
        same->waiting = false;
        self->collect(same);
    };
    backend->descriptor.async_wait(asio::posix::stream_descriptor::wait_read, on_readable);
}

void Resolver::Impl::collect(const std::shared_ptr<Backend>& backend) {
    const std::vector<UnboundContext::Finished> finished = backend->context->process();
    if (backend == candidate_ && !finished.empty()) return end_probe(&finished.front()); // a candidate has one question
    watch(backend);
    std::vector<Delivery> deliveries;
    for (const UnboundContext::Finished& one : finished) {
        const auto at = queries_.find(one.id);
        if (at != queries_.end()) deliveries.push_back(finish(at, read(*backend, at->second, one)));
    }
    deliver(std::move(deliveries));
}

dns::Answer Resolver::Impl::read(const Backend& backend, const Query& query, const UnboundContext::Finished& finished) {
    if (!finished.result) return dns::make_answer(dns::Status::serv_fail);
    const dns::Question& question = query.question;
    dns::Answer answer =
        read_answer(*finished.result, question.type, unsigned_state(backend, question.name), settings_.limits);
    if (answer->status == dns::Status::bogus) {
        ++bogus_;
        next_probe_ =
            std::min(next_probe_, last_probe_ + probe_after_bogus); // do the servers still pass signatures on?
    }
    return answer;
}

dns::Dnssec Resolver::Impl::unsigned_state(const Backend& backend, std::string_view name) const {
    if (!backend.context->validates()) return dns::Dnssec::indeterminate;
    const bool covered = std::any_of(plan_.anchors.begin(), plan_.anchors.end(), [name](const std::string& anchor) {
        return anchor.empty() || dns::is_equal_or_below(name, anchor);
    });
    return covered ? dns::Dnssec::insecure
                   : dns::Dnssec::indeterminate; // RFC 4035 4.3: no trust anchor says anything about it
}

// ---- the DNSSEC probe

Expected<std::shared_ptr<Backend>> Resolver::Impl::make_backend(const std::string& trust_anchor) {
    auto context = UnboundContext::make(
        {plan_.forward_to, plan_.root_hints, trust_anchor, settings_.most_under_way * in_flight_factor});
    if (!context) return std::unexpected(context.error());
    return std::make_shared<Backend>(io_, std::move(*context));
}

/// Where questions go now; null when libunbound cannot be set up any more (memory, descriptors).
std::shared_ptr<Backend> Resolver::Impl::backend() {
    if (validation_ == Validation::on) return validating_;
    if (!plain_)
        if (auto made = make_backend("")) plain_ = std::move(*made);
    return plain_;
}

Expected<void> Resolver::Impl::start() {
    if (!plan_.trust_anchor.empty()) {
        validation_ = Validation::probing;
        return start_probe();
    }
    auto made = make_backend("");
    if (!made) return std::unexpected(made.error());
    plain_ = std::move(*made);
    return {};
}

/// Asks for the trust anchor's own key in a context of its own, whose cache holds no older proof.
Expected<void> Resolver::Impl::start_probe() {
    last_probe_ = Clock::now();
    next_probe_ = last_probe_ + probe_pause_;
    auto made = make_backend(plan_.trust_anchor);
    if (!made) return std::unexpected(made.error());
    if (auto asked = (*made)->context->ask(presentation_name(plan_.anchors.front()), type_dnskey, probe_id); !asked)
        return asked;
    candidate_ = std::move(*made);
    watch(candidate_);
    probe_timer_.expires_after(settings_.probe_timeout);
    probe_timer_.async_wait([weak = weak_from_this(), probed = std::weak_ptr(candidate_)](const error_code& error) {
        const auto self = weak.lock();
        if (self && !error && self->candidate_ && self->candidate_ == probed.lock()) self->end_probe(nullptr);
    });
    return {};
}

void Resolver::Impl::probe_when_due(Clock::time_point now) {
    if (plan_.trust_anchor.empty() || candidate_ || now < next_probe_) return;
    (void)start_probe(); // a failure leaves things as they are until the next one
}

void Resolver::Impl::end_probe(const UnboundContext::Finished* finished) {
    probe_timer_.cancel();
    const std::shared_ptr<Backend> candidate = std::exchange(candidate_, nullptr);
    const ub_result* result = finished == nullptr ? nullptr : finished->result.get();
    const ProbeOutcome outcome = read_probe(result);
    if (outcome == ProbeOutcome::secure) {
        if (!validating_) validating_ = candidate;
        validation_ = Validation::on;
        probe_pause_ = least_probe_pause;
        next_probe_ = Clock::now() + settings_.probe_interval;
    } else {
        if (outcome == ProbeOutcome::stripped || validation_ == Validation::probing) validation_ = Validation::stripped;
        probe_pause_ = std::min<Clock::duration>(probe_pause_ * 2, settings_.probe_interval);
        next_probe_ = Clock::now() + probe_pause_;
    }
    pump();
}

// ---- the face

Resolver::Stats Resolver::Impl::stats() const {
    return {asked_, joined_, timeouts_, bogus_, overflows_, under_way_, queued_, validation_};
}

Expected<std::unique_ptr<Resolver>> Resolver::make(boost::asio::io_context& context, ResolverSettings settings,
                                                   AnswerCache& cache) {
    auto planned = plan(settings);
    if (!planned) return std::unexpected(planned.error());
    auto impl = std::make_shared<Impl>(context, std::move(settings), std::move(*planned), cache);
    if (auto started = impl->start(); !started) return std::unexpected(started.error());
    return std::unique_ptr<Resolver>(new Resolver(std::move(impl)));
}

Resolver::Resolver(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Resolver::~Resolver() = default;

dns::Answer Resolver::try_now(const dns::Question& question) { return impl_->try_now(question); }
void Resolver::ask(dns::Question question, Done done) { impl_->ask(std::move(question), std::move(done)); }
Resolver::Stats Resolver::stats() const { return impl_->stats(); }

std::string_view to_text(Resolver::Validation validation) {
    constexpr std::array<std::string_view, 4> texts{"off", "probing", "stripped", "on"};
    return texts[static_cast<std::size_t>(validation)];
}

} // namespace bonafide::io
