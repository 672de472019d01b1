#include "policy/greylist.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <limits>

namespace bonafide::policy::greylist {
namespace {

constexpr std::int64_t latest = std::int64_t{1} << 40; // no time beyond the year 36,000: sums stay in range
constexpr std::int64_t refresh = 3600;                 // a last_seen this old is worth a write

std::int64_t bounded(std::int64_t time) { return std::clamp(time, std::int64_t{0}, latest); }

/// A clock that was set back: what had passed by the clock before has passed, and no more.
State seen_from(State state, std::int64_t now) {
    state.last_seen = bounded(state.last_seen);
    state.first_seen = std::clamp(state.first_seen, std::int64_t{0}, state.last_seen);
    if (now < state.last_seen) {
        state.first_seen = now - (state.last_seen - state.first_seen);
        state.last_seen = now;
    }
    if (state.passed_at) state.passed_at = std::min(*state.passed_at, now);
    return state;
}

std::uint32_t plus(std::uint32_t a, std::uint64_t b) {
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(std::uint64_t{a} + b, std::numeric_limits<std::uint32_t>::max()));
}

/// Of a number that grew from `seen` to `mine` here, while it became `stored` elsewhere.
std::uint32_t both(std::uint32_t stored, std::uint32_t seen, std::uint32_t mine) {
    return mine >= seen ? plus(stored, mine - seen) : std::max(stored, mine);
}

Considered anew(Step step, std::int64_t now, const Settings& settings) {
    Considered first{.step = step, .wait = settings.delay};
    first.state = {.first_seen = now, .last_seen = now, .passed_at = {}, .attempts = 1, .deferred = 1};
    return first;
}

constexpr std::array own_fields{
    Field{"greylist.wait",
          Type::number,
          false,
          Level::connect,
          "seconds until a retry passes",
          {},
          [](const Subject& s) {
              return s.around.greylist_wait ? Value(static_cast<double>(*s.around.greylist_wait)) : Value();
          }},
};

} // namespace

std::span<const Field> reply_fields() { return own_fields; }

std::int64_t expires(const State& state, const Settings& settings) {
    return state.passed_at ? bounded(state.last_seen) + settings.verified_expiry
                           : bounded(state.first_seen) + settings.unverified_expiry;
}

// RFC 6647 5 (2): within the range a retry counts, after it it is a new message.
Considered consider(const std::optional<State>& kept, std::int64_t given_now, const Settings& settings) {
    const std::int64_t now = bounded(given_now);
    if (!kept) return anew(Step::defer_first, now, settings);
    State state = seen_from(*kept, now);
    if (now > expires(state, settings)) return anew(Step::expired, now, settings);
    const bool was_refreshed = now >= bounded(kept->last_seen) && now - bounded(kept->last_seen) < refresh;
    state.last_seen = now;
    if (state.passed_at) return {.step = Step::pass_known, .state = state, .worth_keeping = !was_refreshed};
    state.attempts = plus(state.attempts, 1);
    const std::int64_t wait = settings.delay - (now - state.first_seen);
    if (wait <= 0) {
        state.passed_at = now;
        return {.step = Step::pass_now, .state = state};
    }
    state.deferred = plus(state.deferred, 1);
    return {.step = Step::defer_early, .wait = wait, .state = state};
}

State merge(const State& stored, const std::optional<State>& seen, const State& mine) {
    if (seen == stored) return mine;
    const State base = seen.value_or(State{});
    // Both began anew what had expired, or neither did.
    const bool anew = seen && mine.attempts < seen->attempts;
    State merged;
    merged.first_seen = std::min(stored.first_seen, mine.first_seen);
    const bool set_back = seen && mine.last_seen < seen->last_seen;
    merged.last_seen = set_back ? mine.last_seen : std::max(stored.last_seen, mine.last_seen);
    merged.passed_at = stored.passed_at && mine.passed_at ? std::min(*stored.passed_at, *mine.passed_at)
                       : stored.passed_at                 ? stored.passed_at
                                                          : mine.passed_at;
    merged.attempts = anew ? plus(stored.attempts, mine.attempts) : both(stored.attempts, base.attempts, mine.attempts);
    merged.deferred = anew ? plus(stored.deferred, mine.deferred) : both(stored.deferred, base.deferred, mine.deferred);
    return merged;
}

bool is_known_pool(const std::optional<State>& pool, std::int64_t given_now, const Settings& settings) {
    if (settings.known_after == 0 || !pool || pool->attempts < settings.known_after) return false;
    const std::int64_t now = bounded(given_now);
    return now <= expires(seen_from(*pool, now), settings);
}

State counted(const std::optional<State>& kept, std::int64_t given_now, const Settings& settings) {
    const std::int64_t now = bounded(given_now);
    const State first{.first_seen = now, .last_seen = now, .passed_at = now, .attempts = 1, .deferred = 0};
    if (!kept) return first;
    State pool = seen_from(*kept, now);
    if (now > expires(pool, settings)) return first;
    pool.last_seen = now;
    if (pool.passed_at && now - *pool.passed_at < settings.known_pause) return pool;
    pool.passed_at = now;
    pool.attempts = plus(pool.attempts, 1);
    return pool;
}

std::string_view to_text(Identity::Kind kind) { return kind == Identity::Kind::domain ? "domain" : "network"; }

std::string_view to_text(Step step) {
    constexpr std::array<std::string_view, 5> names{"defer_first", "expired", "defer_early", "pass_now", "pass_known"};
    return names[static_cast<std::size_t>(step)];
}

Together together(std::span<const ForRecipient> recipients) {
    Together all;
    std::size_t deferred = 0, first = 0, unasked = 0;
    const ForRecipient* spared = nullptr;
    const ForRecipient* passed = nullptr;
    for (const ForRecipient& one : recipients) {
        if (one.considered && is_deferred(one.considered->step)) {
            ++deferred;
            if (one.considered->step != Step::defer_early) ++first;
            all.wait = std::max(all.wait, one.considered->wait);
        } else if (!one.exempt && !one.considered) {
            ++unasked;
        } else if (one.exempt && spared == nullptr) {
            spared = &one;
        } else if (one.considered && passed == nullptr) {
            passed = &one;
        }
    }
    all.defer = deferred > 0 && spared == nullptr && passed == nullptr;
    all.mixed = (deferred > 0 && !all.defer) || (unasked > 0 && spared != nullptr);
    if (all.defer) {
        all.why = first > 0 ? fmt::format("its sender is new here and is asked to come again in {} s", all.wait)
                            : fmt::format("it came again too early; {} s are left", all.wait);
        return all;
    }
    all.wait = 0;
    if (spared != nullptr)
        all.why = spared->exempt->why;
    else if (passed != nullptr && passed->considered->step == Step::pass_now)
        all.why = fmt::format("it came again {} s after its first attempt",
                              passed->considered->state.last_seen - passed->considered->state.first_seen);
    else if (passed != nullptr)
        all.why = "its sender came again before";
    else
        all.why = "there is nobody to greylist it for";
    if (all.mixed) all.why += fmt::format("; one message has one reply for all {} recipients", recipients.size());
    return all;
}

} // namespace bonafide::policy::greylist
