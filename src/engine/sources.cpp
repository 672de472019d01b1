#include "engine/sources.hpp"

#include "engine/zone_file.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <span>
#include <utility>

namespace bonafide::engine {
namespace {

namespace asio = boost::asio;

/// A zone file behind the resolver's face.
class ZoneSource final : public dns::AsyncSource {
  public:
    explicit ZoneSource(std::shared_ptr<const dns::Zone> zone) : zone_(std::move(zone)) {}
    dns::Answer try_now(const dns::Question& question) override { return zone_->answer(question); }
    void ask(dns::Question question, Done done) override {
        done(zone_->answer(question));
    } // never reached: try_now always answers

  private:
    std::shared_ptr<const dns::Zone> zone_;
};

io::ResolverSettings resolver_settings(const Settings& settings) {
    io::ResolverSettings result;
    result.servers = settings.dns.servers;
    result.timeout = settings.dns.timeout;
    result.dnssec = settings.dns.dnssec;
    result.trust_anchor = settings.dns.trust_anchor;
    result.limits = settings.limits;
    return result;
}

io::AnswerCache::Settings cache_settings(const Settings& settings) {
    return {.most_entries = settings.dns.cache_entries,
            .most_ttl = settings.dns.cache_most_ttl,
            .most_negative_ttl = settings.dns.cache_negative_ttl};
}

void add(io::Resolver::Stats& sum, const io::Resolver::Counts& counts) {
    const io::Resolver::Stats one = counts.read();
    sum.asked += one.asked;
    sum.joined += one.joined;
    sum.timeouts += one.timeouts;
    sum.failures += one.failures;
    sum.bogus += one.bogus;
    sum.overflows += one.overflows;
    sum.under_way += one.under_way;
    sum.queued += one.queued;
}

} // namespace

Expected<SourcePlan> SourcePlan::read(const Settings& settings) {
    SourcePlan plan;
    if (!settings.dns.zone.empty()) {
        auto zone = load_zone(settings.dns.zone);
        if (!zone) return std::unexpected(zone.error());
        plan.zone = std::move(*zone);
        return plan;
    }
    plan.settings = resolver_settings(settings);
    auto files = io::plan(plan.settings);
    if (!files) return std::unexpected(files.error());
    plan.files = std::move(*files);
    return plan;
}

bool SourcePlan::like(const SourcePlan& other) const {
    // Of the limits, the two that the resolver goes by.
    return !zone && !other.zone && files == other.files && settings.timeout == other.settings.timeout &&
           settings.limits.dns_txt_records == other.settings.limits.dns_txt_records &&
           settings.limits.dns_answer_bytes == other.settings.limits.dns_answer_bytes;
}

Sources::Sources(const Settings& settings, std::size_t workers)
    : cache_(cache_settings(settings)), slots_(workers), current_counts_(workers) {}

Expected<void> Sources::read(const Settings& settings) {
    auto plan = SourcePlan::read(settings);
    if (!plan) return std::unexpected(plan.error());
    plan_ = std::move(*plan);
    return {};
}

Expected<Sources::Made> Sources::make_source(asio::io_context& context, const SourcePlan& plan) {
    if (plan.zone) return Made{std::make_shared<ZoneSource>(plan.zone), nullptr};
    auto resolver = io::Resolver::make(context, plan.settings, plan.files, cache_);
    if (!resolver) return std::unexpected(resolver.error());
    Counts counts = (*resolver)->counts();
    return Made{std::move(*resolver), std::move(counts)};
}

Expected<void> Sources::make(std::size_t thread, asio::io_context& context) {
    auto made = make_source(context, plan_);
    if (!made) return std::unexpected(made.error());
    slots_.at(thread).context = &context;
    enter(thread, std::move(*made));
    return {};
}

Expected<void> Sources::prepare(const Settings& next, const OnEveryWorker& on_every_worker) {
    auto plan = SourcePlan::read(next);
    if (!plan) return std::unexpected(plan.error());
    if (plan->like(plan_)) return {};
    plan->settings.cache_generation = generation_ + 1;
    on_every_worker([&](std::size_t thread) {
        Slot& slot = slots_.at(thread);
        try {
            slot.next = make_source(*slot.context, *plan);
        } catch (const std::exception& error) { // memory: it must not leave some workers prepared and others not
            slot.next = failure(error.what());
        }
    });
    for (const Slot& slot : slots_) {
        if (slot.next) continue;
        const Error error = slot.next.error();
        on_every_worker([this](std::size_t thread) { slots_.at(thread).next = Made{}; });
        return std::unexpected(error);
    }
    plan_ = std::move(*plan);
    cache_.begin_generation(++generation_);
    return {};
}

std::shared_ptr<dns::AsyncSource> Sources::current(std::size_t thread) {
    Slot& slot = slots_.at(thread);
    if (slot.next && slot.next->source) enter(thread, *std::exchange(slot.next, Made{}));
    return slot.now.source;
}

void Sources::enter(std::size_t thread, Made made) {
    {
        const std::lock_guard lock(mutex_);
        retired_counts_.push_back(std::exchange(current_counts_.at(thread), made.counts));
        sum_up_ended();
    }
    slots_.at(thread).now = std::move(made);
}

void Sources::release(std::size_t thread) {
    slots_.at(thread).next = Made{};
    slots_.at(thread).now = {};
}

void Sources::sum_up_ended() const {
    std::erase_if(retired_counts_, [this](const Counts& counts) {
        if (counts && counts.use_count() > 1) return false; // its resolver is still there
        if (counts) add(ended_, *counts);
        return true;
    });
    ended_.under_way = ended_.queued = 0; // nobody waits for those any more
}

io::Resolver::Stats Sources::stats() const {
    const std::lock_guard lock(mutex_);
    sum_up_ended();
    io::Resolver::Stats sum = ended_;
    for (const std::span<const Counts> counts : {std::span<const Counts>(current_counts_), {retired_counts_}})
        for (const Counts& one : counts)
            if (one) add(sum, *one);
    return sum;
}

std::size_t Sources::validating(io::Resolver::Validation state) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::ranges::count_if(
        current_counts_, [&](const Counts& counts) { return counts && counts->validation == state; }));
}

} // namespace bonafide::engine
