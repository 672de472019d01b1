#include "io/resolver_upstream.hpp"

#include "dns/name.hpp"
#include "io/unbound_answer.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace bonafide::io {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Validation = Resolver::Validation;

constexpr int type_dnskey = 48;
constexpr std::uint64_t probe_id = 0;
constexpr std::chrono::seconds least_probe_pause{10};
constexpr std::chrono::seconds probe_after_bogus{30};
constexpr std::chrono::seconds between_fresh_starts{5};

/// A context and the wait for its results. The wait stands only while something is in flight, so that an io_context without other work ends.
struct Backend {
    Backend(asio::io_context& io, std::unique_ptr<UnboundContext> made, std::uint64_t number)
        : context(std::move(made)), descriptor(io, context->fd()), generation(number) {}
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;
    ~Backend() { descriptor.release(); } // the descriptor is libunbound's

    std::unique_ptr<UnboundContext> context;
    asio::posix::stream_descriptor descriptor;
    const std::uint64_t generation;
    bool waiting = false;
};

} // namespace

class Upstream::Impl : public std::enable_shared_from_this<Upstream::Impl> {
  public:
    Impl(asio::io_context& io, const ResolverSettings& settings, ResolverPlan plan, UpstreamEvents events,
         std::shared_ptr<Resolver::Counts> counts)
        : io_(io), settings_(settings), plan_(std::move(plan)), events_(std::move(events)), counts_(std::move(counts)),
          validation_(counts_->validation), probe_timer_(io) {}

    using Shared = std::shared_ptr<Backend>;

    Expected<void> start();
    Expected<void> ask(std::string_view name, dns::Type type, std::uint64_t id);
    void probe_when_due(Clock::time_point now);
    bool start_afresh(std::uint64_t generation, Clock::time_point now);
    dns::Dnssec unsigned_state(bool validated, std::string_view name) const;

    [[nodiscard]] std::size_t in_flight() const {
        std::size_t sum = 0;
        for (const Shared& backend : {plain_, validating_, retired_})
            sum += backend ? backend->context->in_flight() : 0;
        return sum;
    }
    [[nodiscard]] Validation validation() const { return validation_; }
    void suspect_stripping() { next_probe_ = std::min(next_probe_, last_probe_ + probe_after_bogus); }
    void silence() {
        silent_ = true; // not cleared: one of them may be what led here
        probe_timer_.cancel();
    }

  private:
    Expected<Shared> make_backend(const std::string& trust_anchor);
    Shared& current() { return validation_ == Validation::on ? validating_ : plain_; }
    void watch(const Shared& backend);
    void collect(const Shared& backend);
    Expected<void> start_probe();
    void end_probe(const UnboundContext::Finished* finished);

    asio::io_context& io_;
    const ResolverSettings& settings_;
    const ResolverPlan plan_;
    const UpstreamEvents events_;
    const std::shared_ptr<Resolver::Counts> counts_;
    std::atomic<Validation>& validation_;
    bool silent_ = false;

    Shared plain_, validating_;
    Shared candidate_; ///< where a probe is under way
    Shared retired_;   ///< replaced by a fresh start, with questions still in flight
    std::uint64_t last_generation_ = 0;
    asio::steady_timer probe_timer_;
    Clock::time_point next_probe_{}, last_probe_{}, last_fresh_start_{};
    Clock::duration probe_pause_ = least_probe_pause; ///< doubles while probes fail
};

Expected<Upstream::Impl::Shared> Upstream::Impl::make_backend(const std::string& trust_anchor) {
    const std::size_t sockets = settings_.most_under_way * ResolverSettings::in_flight_factor;
    auto context = UnboundContext::make({plan_.forward_to, plan_.root_hints, trust_anchor, sockets});
    if (!context) return std::unexpected(context.error());
    return std::make_shared<Backend>(io_, std::move(*context), ++last_generation_);
}

Expected<void> Upstream::Impl::start() {
    if (!plan_.trust_anchor.empty()) {
        validation_ = Validation::probing;
        return start_probe();
    }
    auto made = make_backend("");
    if (!made) return std::unexpected(made.error());
    plain_ = std::move(*made);
    return {};
}

Expected<void> Upstream::Impl::ask(std::string_view name, dns::Type type, std::uint64_t id) {
    if (!current()) {
        auto made = make_backend(""); // the plain one, needed for the first time
        if (!made) return std::unexpected(made.error());
        plain_ = std::move(*made);
    }
    const Shared backend = current();
    if (auto asked = backend->context->ask(presentation_name(name), static_cast<int>(type), id); !asked) return asked;
    watch(backend);
    return {};
}

void Upstream::Impl::watch(const Shared& backend) {
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

void Upstream::Impl::collect(const Shared& backend) {
    std::vector<UnboundContext::Finished> finished = backend->context->process();
    if (backend == candidate_ && !finished.empty()) return end_probe(&finished.front()); // a candidate has one question
    watch(backend);
    std::vector<UpstreamResult> results;
    for (UnboundContext::Finished& one : finished)
        if (one.id != probe_id) results.push_back({std::move(one), backend->context->validates(), backend->generation});
    if (!results.empty() && !silent_) events_.finished(results);
}

bool Upstream::Impl::start_afresh(std::uint64_t generation, Clock::time_point now) {
    if (plan_.forward_to.empty() || !current()) return false;
    if (current()->generation != generation) return true;
    if (now - last_fresh_start_ < between_fresh_starts) return false;
    last_fresh_start_ = now;
    auto made = make_backend(validation_ == Validation::on ? plan_.trust_anchor : "");
    if (!made) return false;
    const Shared before = std::exchange(retired_, std::exchange(current(), std::move(*made)));
    if (before && !silent_) events_.dropped(before->context->in_flight_ids());
    return true;
}

dns::Dnssec Upstream::Impl::unsigned_state(bool validated, std::string_view name) const {
    if (!validated) return dns::Dnssec::indeterminate;
    const bool covered = std::any_of(plan_.anchors.begin(), plan_.anchors.end(), [name](const std::string& anchor) {
        return anchor.empty() || dns::is_equal_or_below(name, anchor);
    });
    // RFC 4035 4.3: indeterminate where no trust anchor says anything.
    return covered ? dns::Dnssec::insecure : dns::Dnssec::indeterminate;
}

/// Asks for the trust anchor's own key in a context of its own, whose cache holds no older proof.
Expected<void> Upstream::Impl::start_probe() {
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

void Upstream::Impl::probe_when_due(Clock::time_point now) {
    if (plan_.trust_anchor.empty() || candidate_ || now < next_probe_) return;
    (void)start_probe(); // a failure leaves things as they are until the next one
}

void Upstream::Impl::end_probe(const UnboundContext::Finished* finished) {
    probe_timer_.cancel();
    const bool was_probing = validation_ == Validation::probing;
    const Shared candidate = std::exchange(candidate_, nullptr);
    const ub_result* result = finished == nullptr ? nullptr : finished->result.get();
    const ProbeOutcome outcome = read_probe(result);
    if (outcome == ProbeOutcome::secure) {
        if (!validating_) validating_ = candidate;
        validation_ = Validation::on;
        probe_pause_ = least_probe_pause;
        next_probe_ = Clock::now() + settings_.probe_interval;
    } else {
        if (outcome == ProbeOutcome::stripped || was_probing) validation_ = Validation::stripped;
        probe_pause_ = std::min<Clock::duration>(probe_pause_ * 2, settings_.probe_interval);
        next_probe_ = Clock::now() + probe_pause_;
    }
    if (was_probing && !silent_) events_.ready();
}

Upstream::Upstream(asio::io_context& io, const ResolverSettings& settings, ResolverPlan plan, UpstreamEvents events,
                   std::shared_ptr<Resolver::Counts> counts)
    : impl_(std::make_shared<Impl>(io, settings, std::move(plan), std::move(events), std::move(counts))) {}
Upstream::~Upstream() { impl_->silence(); }

Expected<void> Upstream::start() { return impl_->start(); }
bool Upstream::ready() const { return impl_->validation() != Validation::probing; }
Expected<void> Upstream::ask(std::string_view name, dns::Type type, std::uint64_t id) {
    return impl_->ask(name, type, id);
}
std::size_t Upstream::in_flight() const { return impl_->in_flight(); }
void Upstream::probe_when_due(Clock::time_point now) { impl_->probe_when_due(now); }
void Upstream::suspect_stripping() { impl_->suspect_stripping(); }
bool Upstream::start_afresh(std::uint64_t generation, Clock::time_point now) {
    return impl_->start_afresh(generation, now);
}
dns::Dnssec Upstream::unsigned_state(bool validated, std::string_view name) const {
    return impl_->unsigned_state(validated, name);
}

} // namespace bonafide::io
