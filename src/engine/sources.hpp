// What answers DNS on each worker thread: a resolver of its own over one shared cache, or the zone file of dns.zone; and how a reload
// replaces it.
//
// Order: read(); make() once on each worker thread; then prepare() for each reload and, when it has succeeded, current() on each worker
// thread; release() on each before its event loop ends. prepare() and read() come from one thread that is not a worker; stats from any.
//
// A reload reads anew whatever was read before: zone file, resolv.conf, root hints, trust anchor. Sources are replaced when anything in
// them has changed, all or none; answers of the old ones are forgotten, and none of theirs is kept any more. Who still uses an old source
// keeps it alive until it is done.
#pragma once

#include "base/error.hpp"
#include "dns/source.hpp"
#include "dns/zone.hpp"
#include "engine/settings.hpp"
#include "io/answer_cache.hpp"
#include "io/resolver.hpp"
#include "io/resolver_settings.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace bonafide::engine {

/// What sources are made from, its files read.
struct SourcePlan {
    std::shared_ptr<const dns::Zone> zone; ///< when set, answers come from it alone
    io::ResolverSettings settings;
    io::ResolverPlan files;

    [[nodiscard]] static Expected<SourcePlan> read(const Settings& settings);
    /// Sources made from the other one would answer alike. A zone file counts as changed.
    [[nodiscard]] bool like(const SourcePlan& other) const;
};

class Sources {
  public:
    /// Runs the function once for each worker, on its thread, and returns when all are done.
    using OnEveryWorker = std::function<void(const std::function<void(std::size_t thread)>&)>;

    /// The cache is as these settings say for good.
    Sources(const Settings& settings, std::size_t workers);

    [[nodiscard]] Expected<void> read(const Settings& settings);
    [[nodiscard]] Expected<void> make(std::size_t thread, boost::asio::io_context& context);

    /// Reads anew, and makes the next source of every worker where that makes a difference. After an error nothing has changed.
    [[nodiscard]] Expected<void> prepare(const Settings& next, const OnEveryWorker& on_every_worker);
    /// The worker's source; what was prepared for it takes its place first.
    [[nodiscard]] std::shared_ptr<dns::AsyncSource> current(std::size_t thread);
    void release(std::size_t thread);

    /// Since the start, over all workers and all sources there have been; `under_way` and `queued` of those that still are.
    /// `validation` says nothing here.
    [[nodiscard]] io::Resolver::Stats stats() const;
    /// How many workers' resolvers are in that state.
    [[nodiscard]] std::size_t validating(io::Resolver::Validation state) const;
    [[nodiscard]] io::AnswerCache::Stats cache_stats() const { return cache_.stats(); }

  private:
    using Counts = std::shared_ptr<const io::Resolver::Counts>;
    struct Made {
        std::shared_ptr<dns::AsyncSource> source;
        Counts counts; ///< null with a zone file
    };
    /// Of one worker, touched on its thread, and between two calls of OnEveryWorker's function on the caller's.
    struct Slot {
        boost::asio::io_context* context = nullptr;
        Made now;
        Expected<Made> next;
    };

    [[nodiscard]] Expected<Made> make_source(boost::asio::io_context& context, const SourcePlan& plan);
    void enter(std::size_t thread, Made made);
    void sum_up_ended() const;

    io::AnswerCache cache_;
    std::uint64_t generation_ = 0;
    SourcePlan plan_;
    std::vector<Slot> slots_;

    mutable std::mutex mutex_; ///< guards everything below
    std::vector<Counts> current_counts_;
    mutable std::vector<Counts> retired_counts_; ///< of resolvers that may still be in use
    mutable io::Resolver::Stats ended_;          ///< the sums of those that are not
};

} // namespace bonafide::engine
