#include "io/unbound_context.hpp"

#include "base/escape.hpp"

#include <array>
#include <fmt/format.h>
#include <mutex>
#include <span>
#include <unbound.h>
#include <utility>

namespace bonafide::io {
namespace {

constexpr int class_in = 1;

/// libunbound keeps its option parser and parts of its set-up in globals of its own.
std::mutex& set_up_lock() {
    static std::mutex lock;
    return lock;
}

struct Option {
    const char* name;
    const char* value;
};

// What differs from libunbound's defaults, which are meant for a program that asks a question now and then.
constexpr std::array common_options{
    // 2: two slow TCP servers would stall every truncated answer.
    Option{"outgoing-num-tcp:", "64"},
    // Our own cache is in front; these hold delegations and keys.
    Option{"msg-cache-size:", "4m"},
    Option{"rrset-cache-size:", "8m"},
    Option{"key-cache-size:", "4m"},
    Option{"neg-cache-size:", "1m"},
    Option{"num-queries-per-thread:", "4096"},
    // A server that was written off is tried all the same.
    Option{"infra-keep-probing:", "yes"},
    // A resolver on 127.0.0.1 is the usual and best set-up.
    Option{"do-not-query-localhost:", "no"},
    // The same answer twice gives the same verdict twice.
    Option{"rrset-roundrobin:", "no"},
    // Reverse zones of private networks are the servers' business.
    Option{"unblock-lan-zones:", "yes"},
    Option{"insecure-lan-zones:", "yes"},
};

// Towards configured resolvers. They answer for all names, so a name whose own servers are silent says nothing about them: what libunbound
// learns of a server is forgotten before it can add up to a verdict (twelve seconds of doubled waiting), else a dozen tarpit names would
// get the only resolver written off for everybody. A resolver that works on a slow name is asked again once it may have the answer; with
// another one at hand, sooner.
constexpr std::array forwarding_options{Option{"infra-host-ttl:", "5"}};
constexpr std::array one_server_options{Option{"infra-cache-min-rtt:", "1500"},
                                        Option{"unknown-server-time-limit:", "1500"}};
constexpr std::array more_servers_options{Option{"infra-cache-min-rtt:", "400"},
                                          Option{"unknown-server-time-limit:", "400"}};

// 900 by default: one bad minute of ours would write off the world's servers for a quarter of an hour.
constexpr std::array recursion_options{Option{"infra-host-ttl:", "60"}};

// RFC 6761 names that libunbound answers by itself. With servers configured, what they say counts: sites and test set-ups use them.
constexpr std::array built_in_zones{"localhost.",
                                    "127.in-addr.arpa.",
                                    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.",
                                    "home.arpa.",
                                    "onion.",
                                    "test.",
                                    "invalid."};

std::unexpected<Error> broken(std::string_view what, int code) {
    return failure(fmt::format("the DNS library cannot be set up: {}: {}", what, ub_strerror(code)));
}

Expected<void> set(ub_ctx* context, std::span<const Option> options) {
    for (const Option& option : options)
        if (const int code = ub_ctx_set_option(context, option.name, option.value); code != 0)
            return broken(option.name, code);
    return {};
}

/// Everything before the first question. The lock is held.
Expected<void> configure(ub_ctx* context, const UnboundContext::Settings& settings) {
    ub_ctx_debugout(context, nullptr); // it would write to our standard error
    const bool forwards = !settings.forward_to.empty();
    if (auto done = set(context, common_options); !done) return done;
    if (auto done = forwards ? set(context, forwarding_options) : set(context, recursion_options); !done) return done;
    if (forwards) {
        const std::span<const Option> patience =
            settings.forward_to.size() == 1 ? one_server_options : more_servers_options;
        if (auto done = set(context, patience); !done) return done;
    }
    const std::string sockets = std::to_string(settings.sockets);
    if (const int code = ub_ctx_set_option(context, "outgoing-range:", sockets.c_str()); code != 0)
        return broken("outgoing-range", code);
    const bool validates = !settings.trust_anchor.empty();
    if (const int code = ub_ctx_set_option(context, "module-config:", validates ? "validator iterator" : "iterator");
        code != 0)
        return broken("module-config", code);
    for (const std::string& server : settings.forward_to)
        if (ub_ctx_set_fwd(context, server.c_str()) != 0)
            return failure(
                fmt::format("\"{}\" is no DNS server address (wanted: IP or IP@PORT)", escape::line(server)));
    if (!forwards && !settings.root_hints.empty()) {
        if (const int code = ub_ctx_set_option(context, "root-hints:", settings.root_hints.c_str()); code != 0)
            return broken("root-hints", code);
    }
    if (validates) {
        if (const int code = ub_ctx_add_ta_file(context, settings.trust_anchor.c_str()); code != 0)
            return broken("trust anchor", code);
    }
    if (const int code = ub_ctx_async(context, 1); code != 0) return broken("background thread", code);
    // Any change to local zones puts the settings above into force, so that what is wrong with them shows here and under the lock.
    if (const int code = ub_ctx_zone_remove(context, "bonafide.invalid."); code != 0)
        return broken(validates ? "settings or trust anchor" : "settings", code);
    if (forwards)
        for (const char* zone : built_in_zones) ub_ctx_zone_remove(context, zone);
    return {};
}

} // namespace

void UnboundContext::FreeResult::operator()(ub_result* result) const { ub_resolve_free(result); }

Expected<std::unique_ptr<UnboundContext>> UnboundContext::make(const Settings& settings) {
    const std::lock_guard lock(set_up_lock());
    ub_ctx* const raw = ub_ctx_create();
    if (raw == nullptr) return failure("the DNS library cannot be set up: out of memory or file descriptors");
    std::unique_ptr<UnboundContext> context(new UnboundContext(raw, !settings.trust_anchor.empty()));
    if (const Expected<void> done = configure(raw, settings); !done) {
        ub_ctx_delete(std::exchange(context->context_, nullptr)); // here, since the destructor takes the lock
        return std::unexpected(done.error());
    }
    return context;
}

UnboundContext::~UnboundContext() {
    if (context_ == nullptr) return;
    const std::lock_guard lock(set_up_lock());
    ub_ctx_delete(context_);
}

int UnboundContext::fd() const { return ub_fd(context_); }

Expected<void> UnboundContext::ask(const std::string& name, int type, std::uint64_t id) {
    const auto [at, fresh] = tickets_.try_emplace(id, Ticket{this, id}); // elements of the map stay where they are
    if (!fresh) return failure("a question with this id is in flight");
    if (const int code = ub_resolve_async(context_, name.c_str(), type, class_in, &at->second, &on_result, nullptr);
        code != 0) {
        tickets_.erase(at);
        return failure(fmt::format("the DNS library takes no question: {}", ub_strerror(code)));
    }
    return {};
}

std::vector<UnboundContext::Finished> UnboundContext::process() {
    ub_process(context_); // an error concerns the pipe and shows as questions that run out of time
    return std::exchange(finished_, {});
}

std::vector<std::uint64_t> UnboundContext::in_flight_ids() const {
    std::vector<std::uint64_t> ids;
    for (const auto& [id, ticket] : tickets_) ids.push_back(id);
    return ids;
}

void UnboundContext::on_result(void* ticket, int error, ub_result* result) noexcept {
    const Ticket taken = *static_cast<Ticket*>(ticket);
    UnboundContext& self = *taken.context;
    std::unique_ptr<ub_result, FreeResult> owned(error == 0 ? result : nullptr);
    self.finished_.push_back({taken.id, std::move(owned)});
    self.tickets_.erase(taken.id);
}

} // namespace bonafide::io
