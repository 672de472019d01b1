#include "policy/greylist.hpp"

#include <gtest/gtest.h>

namespace bonafide::policy::greylist {
namespace {

constexpr std::int64_t start = 1'795'255'200;
constexpr std::int64_t day = 86400;

State first_try(const Settings& settings = {}) { return consider({}, start, settings).state; }
State verified(const Settings& settings = {}) {
    return consider(first_try(settings), start + settings.delay, settings).state;
}

TEST(Greylist, DefaultsAreThoseOfTheRfc) { // RFC 6647 5 (2), (3)
    const Settings settings;
    EXPECT_GE(settings.delay, 60);
    EXPECT_EQ(settings.unverified_expiry, day);
    EXPECT_GE(settings.verified_expiry, 7 * day);
}

TEST(Greylist, AFirstAttemptWaitsTheWholeDelay) {
    const Considered one = consider({}, start, {});
    EXPECT_EQ(one.step, Step::defer_first);
    EXPECT_EQ(one.wait, 300);
    EXPECT_EQ(one.state, (State{start, start, std::nullopt, 1, 1}));
    EXPECT_TRUE(one.worth_keeping);
}

struct Retry {
    std::int64_t after; ///< seconds since the first attempt
    Step step;
    std::int64_t wait;
};

TEST(Greylist, RetriesAtTheLimits) {
    for (const Retry& row : {Retry{0, Step::defer_early, 300},
                             {1, Step::defer_early, 299},
                             {299, Step::defer_early, 1},
                             {300, Step::pass_now, 0},
                             {301, Step::pass_now, 0},
                             {day - 1, Step::pass_now, 0},
                             {day, Step::pass_now, 0},
                             {day + 1, Step::expired, 300}}) {
        const Considered retry = consider(first_try(), start + row.after, {});
        EXPECT_EQ(retry.step, row.step) << row.after;
        EXPECT_EQ(retry.wait, row.wait) << row.after;
        EXPECT_EQ(retry.state.passed_at.has_value(), row.step == Step::pass_now) << row.after;
    }
}

TEST(Greylist, TheLeastDelayOfOneMinute) { // RFC 6647 5 (2)
    Settings settings;
    settings.delay = 60;
    EXPECT_EQ(consider(first_try(settings), start + 59, settings).step, Step::defer_early);
    EXPECT_EQ(consider(first_try(settings), start + 60, settings).step, Step::pass_now);
}

TEST(Greylist, EarlyRetriesDoNotProlongTheDelay) {
    State state = first_try();
    for (std::int64_t after = 10; after < 300; after += 10) state = consider(state, start + after, {}).state;
    EXPECT_EQ(state.attempts, 30U);
    EXPECT_EQ(state.deferred, 30U);
    const Considered last = consider(state, start + 300, {});
    EXPECT_EQ(last.step, Step::pass_now);
    EXPECT_EQ(last.state.attempts, 31U);
    EXPECT_EQ(last.state.deferred, 30U);
}

TEST(Greylist, VerifiedUntilItIsSilentForTooLong) {
    const Settings settings;
    const State state = verified();
    const std::int64_t last = state.last_seen;
    EXPECT_EQ(consider(state, last + settings.verified_expiry - 1, settings).step, Step::pass_known);
    EXPECT_EQ(consider(state, last + settings.verified_expiry, settings).step, Step::pass_known);
    const Considered late = consider(state, last + settings.verified_expiry + 1, settings);
    EXPECT_EQ(late.step, Step::expired);
    EXPECT_EQ(late.state.attempts, 1U);
    EXPECT_FALSE(late.state.passed_at);
    const State again = consider(state, last + settings.verified_expiry, settings).state;
    EXPECT_EQ(consider(again, last + 2 * settings.verified_expiry, settings).step, Step::pass_known)
        << "counted from the last message";
}

TEST(Greylist, AKnownSenderIsWrittenOnceAnHour) {
    const State state = verified();
    EXPECT_FALSE(consider(state, state.last_seen + 3599, {}).worth_keeping);
    EXPECT_TRUE(consider(state, state.last_seen + 3600, {}).worth_keeping);
    EXPECT_TRUE(consider(state, state.last_seen - 1, {}).worth_keeping) << "the clock was set back";
}

TEST(Greylist, AnExpiredAttemptBeginsAnew) {
    const Considered late = consider(first_try(), start + day + 1, {});
    EXPECT_EQ(late.state, (State{start + day + 1, start + day + 1, std::nullopt, 1, 1}));
}

TEST(Greylist, AClockSetBackNeitherLocksOutNorLetsInEarly) {
    const State state = consider(first_try(), start + 100, {}).state; // 100 s have passed
    for (const std::int64_t jump : {std::int64_t{1}, std::int64_t{3600}, 365 * day}) {
        const std::int64_t now = start + 100 - jump;
        const Considered set_back = consider(state, now, {});
        EXPECT_EQ(set_back.step, Step::defer_early) << jump;
        EXPECT_EQ(set_back.wait, 200) << jump;
        EXPECT_EQ(consider(set_back.state, now + 199, {}).step, Step::defer_early) << jump;
        EXPECT_EQ(consider(set_back.state, now + 200, {}).step, Step::pass_now) << jump;
    }
    const State known = verified();
    const Considered before = consider(known, start - day, {});
    EXPECT_EQ(before.step, Step::pass_known);
    EXPECT_EQ(before.state.last_seen, start - day) << "or it would be known for ever";
    EXPECT_EQ(before.state.passed_at, start - day);
}

TEST(Greylist, AClockThatWasAheadIsMended) {
    const State ahead = consider({}, start + 100 * 365 * day, {}).state;
    const Considered now = consider(ahead, start, {});
    EXPECT_EQ(now.step, Step::defer_early);
    EXPECT_EQ(now.wait, 300);
    EXPECT_EQ(consider(now.state, start + 300, {}).step, Step::pass_now);
}

TEST(Greylist, AClockSetAheadExpiresAndNoMore) {
    const Considered ahead = consider(first_try(), start + 10 * day, {});
    EXPECT_EQ(ahead.step, Step::expired);
    EXPECT_EQ(consider(ahead.state, start + 10, {}).wait, 300) << "and back again: the delay anew, no more";
}

TEST(Greylist, NonsenseInTheStoreIsBounded) {
    const State odd{INT64_MAX, INT64_MIN, INT64_MAX, UINT32_MAX, UINT32_MAX};
    for (const std::int64_t now : {std::int64_t{0}, start, INT64_MAX, INT64_MIN}) {
        const Considered one = consider(odd, now, {});
        EXPECT_LE(one.wait, 300);
        EXPECT_GE(one.wait, 0);
    }
    Settings settings;
    settings.unverified_expiry = INT32_MAX;
    const State many{0, start, std::nullopt, UINT32_MAX, UINT32_MAX};
    EXPECT_EQ(consider(many, start, settings).state.attempts, UINT32_MAX);
}

// ---- two daemons at once

TEST(GreylistMerge, WhatWasSeenIsReplaced) {
    const State seen = first_try();
    const State mine = consider(seen, start + 20, {}).state;
    EXPECT_EQ(merge(seen, seen, mine), mine);
}

TEST(GreylistMerge, TwoFirstAttempts) {
    const State theirs{start, start, {}, 1, 1}, mine{start + 1, start + 1, {}, 1, 1};
    EXPECT_EQ(merge(theirs, {}, mine), (State{start, start + 1, std::nullopt, 2, 2}));
}

TEST(GreylistMerge, AnEarlyRetryHereDoesNotUndoAPassThere) {
    const State seen = first_try();
    const State theirs = consider(seen, start + 300, {}).state;
    const State mine = consider(seen, start + 299, {}).state;
    const State both = merge(theirs, seen, mine);
    EXPECT_EQ(both.passed_at, start + 300);
    EXPECT_EQ(both.attempts, 3U);
    EXPECT_EQ(merge(mine, seen, theirs), both) << "in whatever order";
}

TEST(GreylistMerge, BothBeginAnewWhatHadExpired) {
    const State seen{start, start, {}, 9, 9};
    const State theirs = consider(seen, start + 2 * day, {}).state,
                mine = consider(seen, start + 2 * day + 5, {}).state;
    const State both = merge(theirs, seen, mine);
    EXPECT_EQ(both.first_seen, start + 2 * day);
    EXPECT_EQ(both.attempts, 2U);
}

// ---- pools

TEST(GreylistPool, IsKnownAfterEnoughMessagesAnHourApart) {
    const Settings settings;
    std::optional<State> pool;
    for (std::uint32_t i = 0; i < 5; ++i) {
        EXPECT_FALSE(is_known_pool(pool, start + i * 3600, settings)) << i;
        pool = counted(pool, start + i * 3600, settings);
        pool = counted(pool, start + i * 3600 + 3599, settings); // the same burst
    }
    EXPECT_EQ(pool->attempts, 5U);
    const std::int64_t last = pool->last_seen;
    EXPECT_TRUE(is_known_pool(pool, last, settings));
    EXPECT_TRUE(is_known_pool(pool, last + settings.verified_expiry, settings));
    EXPECT_FALSE(is_known_pool(pool, last + settings.verified_expiry + 1, settings));
    EXPECT_TRUE(is_known_pool(pool, last - 365 * day, settings)) << "the clock was set back";
    EXPECT_EQ(counted(pool, last + settings.verified_expiry + 1, settings).attempts, 1U) << "expired";
}

TEST(GreylistPool, NeverWithZero) {
    Settings settings;
    settings.known_after = 0;
    const State pool{start, start, start, 1000, 0};
    EXPECT_FALSE(is_known_pool(pool, start, settings));
}

// ---- several recipients

ForRecipient asked(std::string address, Step step, std::int64_t wait = 0) {
    return {std::move(address), {}, Considered{step, wait, {}, true}};
}

TEST(GreylistTogether, DefersOnlyWhenEveryRecipientIsTo) {
    const ForRecipient first = asked("a@ours.example", Step::defer_first, 300);
    const ForRecipient early = asked("b@ours.example", Step::defer_early, 20);
    const ForRecipient known = asked("c@ours.example", Step::pass_known);
    const ForRecipient spared{"d@ours.example", Exemption{Exempt::recipient, "it is exempt"}, {}};
    const ForRecipient unasked{"e@ours.example", {}, {}};

    const Together both = together(std::array{first, early});
    EXPECT_TRUE(both.defer);
    EXPECT_EQ(both.wait, 300);
    EXPECT_FALSE(both.mixed);
    EXPECT_TRUE(together(std::array{first, unasked}).defer) << "beyond those that are looked at";
    EXPECT_EQ(together(std::array{early}).why, "it came again too early; 20 s are left");
    for (const ForRecipient& other : {known, spared}) {
        const Together mixed = together(std::array{first, other});
        EXPECT_FALSE(mixed.defer);
        EXPECT_EQ(mixed.wait, 0);
        EXPECT_TRUE(mixed.mixed);
        EXPECT_TRUE(mixed.why.contains("one reply for all 2 recipients")) << mixed.why;
    }
    EXPECT_TRUE(together(std::array{spared, unasked}).mixed);
    EXPECT_FALSE(together(std::array{known, spared}).mixed);
    EXPECT_FALSE(together({}).defer);
}

TEST(Greylist, EveryStepAndReasonHasItsWord) {
    for (int i = 0; i <= static_cast<int>(Step::pass_known); ++i) EXPECT_FALSE(to_text(static_cast<Step>(i)).empty());
    for (int i = 0; i <= static_cast<int>(Exempt::correspondent); ++i)
        EXPECT_FALSE(to_text(static_cast<Exempt>(i)).empty());
    EXPECT_EQ(to_text(Exempt::correspondent), "correspondent");
    EXPECT_EQ(to_text(Step::pass_known), "pass_known");
}

} // namespace
} // namespace bonafide::policy::greylist
