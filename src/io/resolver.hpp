// The real resolver: libunbound's asynchronous interface on an io_context, with the shared AnswerCache in front.
// One Resolver per io_context; all calls on the thread that runs it. Callbacks come from that thread, never from inside ask().
//
// What it does beyond libunbound: a time limit per question (libunbound has none), joining of identical questions under way, a cap on
// questions under way with a queue behind it, and a DNSSEC probe: validation is used only when the servers pass signatures on, shown by
// fetching and validating the trust anchor's DNSKEY. Behind a server that strips signatures answers are `indeterminate`, never bogus.
// The probe is repeated now and then and after a bogus answer. And where libunbound has written off a configured server because of names
// whose own servers are silent, a fresh context takes over (resolver_upstream.hpp).
//
// What it does not do: Question::server (ask exactly this server) and recursion = false need another driver; such questions end as
// serv_fail. Names that cannot exist in DNS (dns::is_valid) are never sent: nx_domain at once.
// CNAME loops and servers that refuse come out of libunbound as serv_fail: it hides the cause. All three are temporary failures.
#pragma once

#include "base/error.hpp"
#include "base/limits.hpp"
#include "dns/source.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace bonafide::io {

class AnswerCache;
struct ResolverPlan;

struct ResolverSettings {
    std::vector<std::string> servers{}; ///< "192.0.2.53", "2001:db8::53", "192.0.2.53@5353"; empty: the system's
    std::string resolv_conf =
        "/etc/resolv.conf"; ///< the system's; when it names none, full recursion from the root hints
    std::string root_hints = "/usr/share/dns/root.hints"; ///< a missing file: those built into libunbound
    std::chrono::milliseconds timeout{5000};              ///< for one question, waiting in the queue included
    bool dnssec = true;
    std::string trust_anchor = "/usr/share/dns/root.key";
    std::chrono::milliseconds probe_timeout{2000};    ///< how long first questions wait for the DNSSEC probe
    std::chrono::milliseconds probe_interval{600000}; ///< between probes, when nothing else calls for one
    std::size_t most_under_way = 1000;                ///< questions handed to libunbound and not given up
    std::size_t most_queued = 20000; ///< questions waiting behind them; one more ends as timeout at once
    Limits limits{};
    std::uint64_t cache_generation =
        0; ///< of the sources (AnswerCache): answers are kept until the cache begins a later one

    /// Most questions libunbound works on, those given up included, as a multiple of most_under_way: so many sockets may be open.
    static constexpr std::size_t in_flight_factor = 4;
};

/// The servers a resolv.conf(5) text names, at most three as in the C library.
[[nodiscard]] std::vector<std::string> resolv_conf_servers(std::string_view text);

class Resolver final : public dns::AsyncSource {
  public:
    enum class Validation : std::uint8_t {
        off,      ///< by configuration
        probing,  ///< not known yet: the first seconds
        stripped, ///< the servers do not pass signatures on: answers are indeterminate
        on,
    };
    struct Stats {
        std::uint64_t asked = 0;    ///< questions sent to libunbound
        std::uint64_t joined = 0;   ///< answered together with an identical one
        std::uint64_t timeouts = 0; ///< questions whose asker was told so
        std::uint64_t failures = 0; ///< SERVFAIL and REFUSED, and what could not be read
        std::uint64_t bogus = 0;
        std::uint64_t overflows = 0; ///< ended at once because the queue was full
        std::size_t under_way = 0;
        std::size_t queued = 0;
        Validation validation = Validation::off;
    };
    /// What stats() reads. Whoever holds it may go on reading when the Resolver is gone.
    struct Counts {
        std::atomic<std::uint64_t> asked = 0, joined = 0, timeouts = 0, failures = 0, bogus = 0, overflows = 0;
        std::atomic<std::size_t> under_way = 0, queued = 0; ///< sent and unsent questions somebody waits for
        std::atomic<Validation> validation = Validation::off;

        [[nodiscard]] Stats read() const;
    };

    /// Reads the files the settings name and sets libunbound up; a bad server address, an unreadable trust anchor or a failing library
    /// is an error fit for the operator. The cache and the io_context must outlive the Resolver. Callable from several threads at once.
    [[nodiscard]] static Expected<std::unique_ptr<Resolver>> make(boost::asio::io_context& context,
                                                                  ResolverSettings settings, AnswerCache& cache);
    /// The same with the files read already (resolver_settings.hpp), so that several Resolvers go by the same ones.
    [[nodiscard]] static Expected<std::unique_ptr<Resolver>>
    make(boost::asio::io_context& context, ResolverSettings settings, ResolverPlan plan, AnswerCache& cache);
    /// Questions under way are dropped and their `done` is not called.
    ~Resolver() override;

    [[nodiscard]] dns::Answer try_now(const dns::Question& question) override;
    void ask(dns::Question question, Done done) override;

    /// Safe to call from any thread.
    [[nodiscard]] Stats stats() const { return counts()->read(); }
    [[nodiscard]] std::shared_ptr<const Counts> counts() const;

  private:
    class Impl;
    explicit Resolver(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

[[nodiscard]] std::string_view to_text(Resolver::Validation validation);

} // namespace bonafide::io
