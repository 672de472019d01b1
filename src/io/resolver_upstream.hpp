// Where the resolver's questions go: the libunbound contexts, the wait for their results, the DNSSEC probe that chooses between a validating
// and a plain context, and the fresh start when libunbound has written off a server it should not have. Internal to the resolver; belongs
// to the io_context's thread.
#pragma once

#include "dns/question.hpp"
#include "io/resolver.hpp"
#include "io/resolver_settings.hpp"
#include "io/unbound_context.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace bonafide::io {

struct UpstreamResult {
    UnboundContext::Finished finished;
    bool validated = false;       ///< came from a validating context
    std::uint64_t generation = 0; ///< which context it came from
};

/// What an Upstream tells its owner, always from the event loop.
struct UpstreamEvents {
    std::function<void(const std::vector<UpstreamResult>&)> finished;
    std::function<void()> ready;                             ///< the first probe has ended: ask() may be called
    std::function<void(std::vector<std::uint64_t>)> dropped; ///< questions whose results will never come
};

class Upstream {
  public:
    using Clock = std::chrono::steady_clock;

    /// Writes `counts->validation`.
    Upstream(boost::asio::io_context& io, const ResolverSettings& settings, ResolverPlan plan, UpstreamEvents events,
             std::shared_ptr<Resolver::Counts> counts);
    /// Questions in flight are forgotten; no event is told any more.
    ~Upstream();
    Upstream(const Upstream&) = delete;
    Upstream& operator=(const Upstream&) = delete;

    /// Makes the first context; with validation, starts the probe. Call once.
    Expected<void> start();
    /// False until the first probe has ended.
    [[nodiscard]] bool ready() const;
    Expected<void> ask(std::string_view name, dns::Type type, std::uint64_t id);
    [[nodiscard]] std::size_t in_flight() const;

    /// To be called now and then: repeats the probe when its time has come.
    void probe_when_due(Clock::time_point now);
    /// A bogus answer came: the next probe is due soon, since the servers may have stopped passing signatures on.
    void suspect_stripping();
    /// After a result that libunbound seems to have made up, by the context of this generation: sees to it that another context, which knows
    /// nothing bad of any server, is in use. False when that was done a moment ago, or makes no sense without configured servers.
    [[nodiscard]] bool start_afresh(std::uint64_t generation, Clock::time_point now);

    /// What an answer that is neither secure nor bogus counts as.
    [[nodiscard]] dns::Dnssec unsigned_state(bool validated, std::string_view name) const;

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace bonafide::io
