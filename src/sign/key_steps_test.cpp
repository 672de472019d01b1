#include "sign/key_steps.hpp"
#include "sign/test_keys.hpp"

#include <gtest/gtest.h>

namespace bonafide::sign {
namespace {

using crypto::KeyType;
using testing::make_key;

constexpr Times times{.settle = 1000, .overlap = 5000, .rotate_every = 0, .forget = 9000};

Ring ring_of(std::initializer_list<Key> keys) {
    Ring ring{.domain = "example.org"};
    for (const Key& key : keys) EXPECT_TRUE(add(ring, key));
    return ring;
}

std::string names(const std::vector<Step>& steps) {
    std::string text;
    for (const Step& step : steps) {
        if (!text.empty()) text += ", ";
        text += to_text(step.action);
        if (!step.selector.empty()) text += " " + step.selector;
    }
    return text;
}

Sights sees(std::string selector, Shown key, Shown revoked = Shown::none) {
    return {{std::move(selector), Sight{.key = key, .revoked = revoked}}};
}

std::string plan(const Ring& ring, const Sights& sights, std::int64_t now, const Times& all = times) {
    return names(next_steps(ring, sights, now, all));
}

/// One pass: what was done.
std::string pass(Ring& ring, const Sights& sights, std::int64_t now, const Times& all = times) {
    std::string done = begin_pass(ring, now) ? "clock! " : "";
    const auto steps = next_steps(ring, sights, now, all);
    for (const Step& step : steps) EXPECT_TRUE(apply(ring, step, now, sights)) << to_text(step.action);
    return done + names(steps);
}

State state(const Ring& ring, std::string_view selector) { return ring.find(selector)->state; }

TEST(KeySteps, ALifeFromBeginningToEnd) {
    Ring ring = ring_of({make_key("old", State::active), make_key("new", State::generated)});
    Sights sights{{"old", {.key = Shown::all, .revoked = Shown::none}},
                  {"new", {.key = Shown::none, .revoked = Shown::none, .old_ttl = 300}}};
    EXPECT_EQ(pass(ring, sights, 2000), "publish new");
    EXPECT_EQ(ring.find("new")->old_ttl, 300U);
    sights["new"].key = Shown::some; // the update went through at one server
    EXPECT_EQ(pass(ring, sights, 2001), "publish new");
    sights["new"].key = Shown::all;
    EXPECT_EQ(pass(ring, sights, 2100), "published new");
    EXPECT_EQ(state(ring, "new"), State::published);
    EXPECT_EQ(pass(ring, sights, 2100), "shown new");
    EXPECT_EQ(pass(ring, sights, 3099), "");
    EXPECT_EQ(pass(ring, sights, 3100), "activate new");
    EXPECT_EQ(state(ring, "new"), State::active);
    EXPECT_EQ(state(ring, "old"), State::retiring);
    EXPECT_EQ(pass(ring, sights, 8099), "");
    EXPECT_EQ(pass(ring, sights, 8100), "revoke old");
    EXPECT_EQ(state(ring, "old"), State::revoked);
    EXPECT_EQ(pass(ring, sights, 8100), "publish-revocation old");
    sights["old"] = {.key = Shown::some, .revoked = Shown::some};
    EXPECT_EQ(pass(ring, sights, 8101), "publish-revocation old");
    sights["old"] = {.key = Shown::none, .revoked = Shown::all};
    EXPECT_EQ(pass(ring, sights, 8102), "shown old");
    EXPECT_EQ(pass(ring, sights, 8102 + 8999), "");
    EXPECT_EQ(pass(ring, sights, 8102 + 9000), "forget old");
    EXPECT_EQ(ring.find("old"), nullptr);
}

TEST(KeySteps, AnUnpublishedKeyIsNeverActivated) {
    for (const Shown shown : {Shown::unknown, Shown::none, Shown::some}) {
        Ring ring = ring_of({make_key("k", State::published)});
        ring.keys[0].shown_since = 1000;
        EXPECT_FALSE(plan(ring, sees("k", shown), 1'000'000).contains("activate")) << to_text(shown);
        ring.keys[0].shown_since.reset();
        EXPECT_FALSE(plan(ring, sees("k", Shown::all), 1'000'000).contains("activate"));
    }
    for (const State from : {State::generated, State::retiring, State::revoked, State::active}) {
        Ring ring = ring_of({make_key("k", from)});
        ring.keys[0].shown_since = 1000;
        EXPECT_FALSE(plan(ring, sees("k", Shown::all), 1'000'000).contains("activate")) << to_text(from);
        const Ring before = ring;
        EXPECT_FALSE(apply(ring, {.action = Action::activate, .selector = "k"}, 1'000'000, {}));
        EXPECT_EQ(ring, before);
    }
}

TEST(KeySteps, ServersThatDisagreeHoldItUp) {
    Ring ring = ring_of({make_key("k", State::published)});
    EXPECT_EQ(plan(ring, sees("k", Shown::some), 2000), "");
    EXPECT_EQ(pass(ring, sees("k", Shown::all), 2000), "shown k");
    EXPECT_EQ(pass(ring, sees("k", Shown::unknown), 2500), ""); // a server is away: nothing is known, nothing done
    EXPECT_EQ(pass(ring, sees("k", Shown::some), 2600), "hidden k");
    EXPECT_EQ(pass(ring, sees("k", Shown::all), 2700), "shown k");
    EXPECT_EQ(pass(ring, sees("k", Shown::unknown), 3700), "");
    EXPECT_EQ(pass(ring, sees("k", Shown::all), 3699), "clock! ");
    EXPECT_EQ(pass(ring, sees("k", Shown::all), 4700), "clock! "); // back where it was: once more
    EXPECT_EQ(pass(ring, sees("k", Shown::all), 5700), "activate k");
}

TEST(KeySteps, WhatResolversMayHoldIsWaitedFor) {
    Ring ring = ring_of({make_key("k", State::published)});
    ring.keys[0].shown_since = 2000;
    ring.keys[0].old_ttl = 3600;
    EXPECT_EQ(plan(ring, sees("k", Shown::all), 5599), "");
    EXPECT_EQ(plan(ring, sees("k", Shown::all), 5600), "activate k");
}

TEST(KeySteps, AClockThatGoesBackNeverShortensAWait) {
    Ring ring = ring_of({make_key("old", State::active), make_key("k", State::published, KeyType::ed25519, 1500)});
    Sights sights{{"old", {.key = Shown::all}}, {"k", {.key = Shown::all}}};
    EXPECT_EQ(pass(ring, sights, 10000), "shown k");
    EXPECT_EQ(pass(ring, sights, 500), "clock! ");
    EXPECT_EQ(*ring.find("k")->shown_since, 500);
    EXPECT_EQ(pass(ring, sights, 1499), "");
    EXPECT_EQ(pass(ring, sights, 10900), "clock! "); // right again: 900 s have passed, not ten thousand
    EXPECT_EQ(pass(ring, sights, 11899), "");
    EXPECT_EQ(pass(ring, sights, 11900), "activate k");
    EXPECT_EQ(pass(ring, sights, 11000), "clock! ");
    EXPECT_EQ(ring.find("old")->changed, 11000);
    EXPECT_EQ(pass(ring, sights, 15999), "clock! ");
    EXPECT_EQ(pass(ring, sights, 20998), "");
    EXPECT_EQ(pass(ring, sights, 20999), "revoke old");
}

TEST(KeySteps, OneActiveKeyOfEachType) {
    Ring ring = ring_of({make_key("r", State::active, KeyType::rsa), make_key("e1", State::published),
                         make_key("e2", State::published, KeyType::ed25519, 2000)});
    Sights sights;
    for (Key& key : ring.keys) {
        key.shown_since = 1000;
        sights[key.selector].key = Shown::all;
    }
    EXPECT_EQ(pass(ring, sights, 9000), "activate e2"); // the newest of those that are ready
    EXPECT_EQ(pass(ring, sights, 9001), "");            // and e1 stays: it is older
    EXPECT_EQ(state(ring, "r"), State::active);
    EXPECT_EQ(state(ring, "e2"), State::active);
    EXPECT_EQ(waits_for(ring, *ring.find("e1"), 9001, times),
              "nothing: a newer key signs; keys revoke takes it out of DNS");
    EXPECT_TRUE(parse_ring(to_json(ring)));
}

TEST(KeySteps, RotationBySchedule) {
    const Times yearly{.settle = 1000, .overlap = 5000, .rotate_every = 30000, .forget = 90000};
    Ring ring = ring_of({make_key("k", State::active)});
    const Sights sights = sees("k", Shown::all);
    EXPECT_EQ(plan(ring, sights, 30999, yearly), "");
    EXPECT_EQ(plan(ring, sights, 31000, yearly), "make-key");
    EXPECT_EQ(plan(ring, sights, 31000), "");
    ASSERT_TRUE(add(ring, make_key("next", State::generated, KeyType::ed25519, 31000)));
    EXPECT_EQ(plan(ring, sights, 40000, yearly), "trouble next"); // one is on its way, but nothing is known of its name
    EXPECT_EQ(plan(ring, sees("next", Shown::none), 40000, yearly), "publish next");
}

TEST(KeySteps, NothingIsPutOverWhatIsNotOurs) {
    for (const State from : {State::generated, State::published, State::active, State::revoked}) {
        const Ring ring = ring_of({make_key("k", from)});
        const Sights sights{{"k", {.key = Shown::none, .revoked = Shown::none, .foreign = true, .why = "another key"}}};
        const auto steps = next_steps(ring, sights, 2000, times);
        ASSERT_EQ(names(steps), "trouble k") << to_text(from);
        EXPECT_TRUE(steps[0].why.contains("another key"));
    }
}

TEST(KeySteps, AnActiveKeyThatIsNotInDnsIsTrouble) {
    const Ring ring = ring_of({make_key("k", State::active)});
    EXPECT_EQ(plan(ring, sees("k", Shown::none), 2000), "trouble k");
    EXPECT_EQ(plan(ring, sees("k", Shown::some), 2000), "trouble k");
    EXPECT_EQ(plan(ring, sees("k", Shown::unknown), 2000), "");
}

TEST(KeySteps, ARevokedRecordThatIsRemovedLaterIsNoTrouble) {
    Ring ring = ring_of({make_key("k", State::revoked)});
    EXPECT_EQ(plan(ring, {}, 2000), "trouble k"); // another's record may stand there
    EXPECT_EQ(plan(ring, sees("k", Shown::unknown, Shown::none), 2000), "publish-revocation k");
    ring.keys[0].shown_since = 2000;
    EXPECT_EQ(plan(ring, sees("k", Shown::none), 3000), "");
    EXPECT_EQ(plan(ring, {}, 3000), "");
    EXPECT_EQ(plan(ring, sees("k", Shown::all), 3000), "publish-revocation k"); // an old zone was loaded
}

TEST(KeySteps, ARecordThatIsRemovedInsteadIsRevokedAsWell) {
    Ring ring = ring_of({make_key("k", State::revoked)});
    EXPECT_EQ(pass(ring, sees("k", Shown::some, Shown::none), 2000), "publish-revocation k");
    EXPECT_EQ(pass(ring, sees("k", Shown::none, Shown::none), 3000), "shown k");
    EXPECT_EQ(pass(ring, sees("k", Shown::none, Shown::none), 12000), "forget k");
}

TEST(KeySteps, AKeyThatMayStandInStays) {
    Ring ring = ring_of({make_key("old", State::retiring), make_key("new", State::active, KeyType::ed25519, 2000)});
    ring.keys[0].changed = 2000;
    Sights sights{{"old", {.key = Shown::all}}, {"new", {.key = Shown::none}}};
    EXPECT_EQ(pass(ring, sights, 6000), "extend old, trouble new");
    sights["new"].key = Shown::unknown;
    EXPECT_EQ(pass(ring, sights, 12000), ""); // who knows
    sights["new"].key = Shown::some;
    EXPECT_EQ(pass(ring, sights, 12000), "extend old, trouble new");
    sights["new"].key = Shown::all;
    EXPECT_EQ(pass(ring, sights, 16999), "");
    EXPECT_EQ(pass(ring, sights, 17000), "revoke old");
}

TEST(KeySteps, AKeyMadeWhileTheClockWasAheadHasASuccessor) {
    constexpr std::int64_t year = 365L * 86400;
    const Times often{.settle = 1000, .overlap = 5000, .rotate_every = 30000, .forget = 90000};
    Ring ring = ring_of({make_key("k", State::active, KeyType::ed25519, year)});
    ring.keys[0].changed = ring.last_pass = ring.latest_pass = year;
    Sights sights = sees("k", Shown::all);
    EXPECT_EQ(pass(ring, sights, 50000, often), "clock! ");
    EXPECT_EQ(ring.keys[0].created, 50000);
    EXPECT_EQ(plan(ring, sights, 80000, often), "make-key");
    ASSERT_TRUE(add(ring, make_key("next", State::generated, KeyType::ed25519, 80000)));
    sights["next"].key = Shown::all;
    EXPECT_EQ(pass(ring, sights, 80000, often), "published next");
    EXPECT_EQ(pass(ring, sights, 80000, often), "shown next");
    EXPECT_EQ(pass(ring, sights, 81000, often), "activate next");
}

TEST(KeySteps, AClockThatIsCorrectedToNearlyWhereItWasComesBackToo) {
    constexpr std::int64_t day = 86400;
    Ring ring = ring_of({make_key("old", State::retiring), make_key("new", State::active, KeyType::ed25519, 2000)});
    const Sights sights{{"old", {.key = Shown::all}}, {"new", {.key = Shown::all}}};
    const Times slow{.settle = 1000, .overlap = 4 * day, .rotate_every = 0, .forget = 90 * day};
    ring.keys[0].changed = 100 * day;
    EXPECT_EQ(pass(ring, sights, 100 * day + 3600, slow), "");
    EXPECT_EQ(pass(ring, sights, 90 * day, slow), "clock! ");
    EXPECT_EQ(pass(ring, sights, 100 * day + 3500, slow), "clock! "); // a bit ahead before, right now
    EXPECT_EQ(pass(ring, sights, 104 * day + 3499, slow), "clock! "); // as far as it ever stood
    EXPECT_EQ(pass(ring, sights, 108 * day + 3498, slow), "");
    EXPECT_EQ(pass(ring, sights, 108 * day + 3499, slow), "revoke old");
}

TEST(KeySteps, ByHand) {
    Ring ring = ring_of({make_key("k", State::active)});
    EXPECT_TRUE(apply(ring, {.action = Action::retire, .selector = "k"}, 2000, {}));
    EXPECT_EQ(state(ring, "k"), State::retiring);
    EXPECT_FALSE(apply(ring, {.action = Action::retire, .selector = "k"}, 2000, {}));
    EXPECT_FALSE(apply(ring, {.action = Action::retire, .selector = "none"}, 2000, {}));
    EXPECT_EQ(waits_for(ring, ring.keys[0], 3000, times), "4000 s for mail that is under way");
    EXPECT_TRUE(apply(ring, {.action = Action::revoke, .selector = "k"}, 2001, {}));
    EXPECT_FALSE(apply(ring, {.action = Action::revoke, .selector = "k"}, 2001, {}));
}

/// Whatever DNS shows, in whatever order, and whatever the clock does: only a shown key signs, and a ring stays a ring.
TEST(KeySteps, AnyCourseOfEvents) {
    std::uint32_t seed = 7;
    const auto random = [&](std::uint32_t below) {
        seed = seed * 1664525U + 1013904223U;
        return (seed >> 8U) % below;
    };
    Ring ring = ring_of({make_key("first", State::active)});
    std::int64_t now = 5000;
    unsigned made = 0, activated = 0;
    for (int i = 0; i < 5000; ++i) {
        now += random(20) == 0 ? -static_cast<std::int64_t>(random(8000)) : static_cast<std::int64_t>(random(900));
        Sights sights;
        for (const Key& key : ring.keys)
            if (random(8) != 0)
                sights[key.selector] = {.key = static_cast<Shown>(random(3) == 0 ? random(4) : 3),
                                        .revoked = static_cast<Shown>(random(4))};
        (void)begin_pass(ring, now);
        const Times quick{.settle = 1000, .overlap = 5000, .rotate_every = 3000, .forget = 9000};
        for (const Step& step : next_steps(ring, sights, now, quick)) {
            if (random(4) == 0) break; // interrupted
            if (step.action == Action::make_key) {
                ASSERT_TRUE(add(ring, make_key("k" + std::to_string(made++), State::generated, step.type, now)));
                ring.keys.back().changed = now;
                continue;
            }
            if (step.action == Action::activate) {
                ++activated;
                ASSERT_EQ(sights[step.selector].key, Shown::all);
                ASSERT_GE(now - ring.find(step.selector)->shown_since.value_or(now), 1000);
            }
            ASSERT_TRUE(apply(ring, step, now, sights));
        }
        ASSERT_TRUE(parse_ring(to_json(ring))) << to_json(ring);
        ASSERT_NE(ring.active(KeyType::ed25519), nullptr);
    }
    EXPECT_GT(activated, 5U);
}

} // namespace
} // namespace bonafide::sign
