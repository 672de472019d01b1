// Greylisting in the ledger: what is kept, what goes, and the way there from a ledger of version 1.
#include "io/store_fixture.hpp"
#include "io/store_greylist.hpp"
#include "io/store_schema.hpp"

#include <gtest/gtest.h>

namespace bonafide::io::store {
namespace {

using policy::greylist::Identity;
using policy::greylist::Key;
using policy::greylist::State;

const policy::greylist::Settings settings;

class GreylistStoreTest : public StoreTest {
  protected:
    static Key key(const std::string& sender, const std::string& recipient = "bob@ours.example") {
        return {{Identity::Kind::network, "192.0.2.0/24"}, sender, recipient};
    }
    static GreylistWrite write(const Database& database, const Key& key, const State& state,
                               std::optional<State> seen = {}) {
        GreylistWrite write;
        write.hash = hash_of(database.secret(), key);
        write.seen = seen;
        write.state = state;
        write.expires = expires(state, settings);
        write.who = std::string(to_text(key.who.kind)) + ":" + key.who.name;
        write.helo = "mx.a.example";
        write.sender = key.sender;
        write.recipient = key.recipient;
        write.sender_term = hash_of_term(database.secret(), key.sender);
        write.recipient_term = hash_of_term(database.secret(), key.recipient);
        return write;
    }
    static GreylistBatch batch(std::vector<GreylistWrite> writes, std::uint64_t most = 1000) {
        return {std::move(writes), noon, most};
    }
    static State waiting(std::int64_t since) { return {since, since, std::nullopt, 1, 1}; }
    static State came_back(std::int64_t since) { return {since, since + 400, since + 400, 2, 1}; }
    static std::size_t rows(Database& database, GreylistFilter filter = {}) {
        return database.greylist(filter)->size();
    }
};

TEST_F(GreylistStoreTest, KeysOfOneSecretAreToldApart) {
    const Secret secret{1};
    EXPECT_EQ(hash_of(secret, key("a@a.example")), hash_of(secret, key("a@a.example")));
    EXPECT_NE(hash_of(secret, key("a@a.example", "")), hash_of(secret, key("", "a@a.example")));
    EXPECT_NE(hash_of(secret, key("a@a.example")), hash_of(Secret{2}, key("a@a.example")));
    Key domain = key("a@a.example");
    domain.who.kind = Identity::Kind::domain;
    EXPECT_NE(hash_of(secret, key("a@a.example")), hash_of(secret, domain));
}

TEST_F(GreylistStoreTest, WhatIsWrittenIsRead) {
    auto database = open();
    const GreylistWrite one = write(database, key("ann@a.example"), came_back(noon));
    ASSERT_TRUE(database.write_greylist(batch({one})));
    const auto states = database.read_greylist({one.hash, one.hash + 1});
    ASSERT_TRUE(states);
    EXPECT_EQ(*states, (GreylistStore::States{came_back(noon), std::nullopt}));
    const auto rows = database.greylist({});
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 1U);
    EXPECT_EQ(rows->front().who, "network:192.0.2.0/24");
    EXPECT_EQ(rows->front().helo, "mx.a.example");
    EXPECT_EQ(rows->front().sender, "ann@a.example");
    EXPECT_EQ(rows->front().state, came_back(noon));
    EXPECT_TRUE(database.check());
}

TEST_F(GreylistStoreTest, TwoDaemonsAtOnceLoseNothing) {
    auto a = open(), b = open();
    const State first = waiting(noon);
    ASSERT_TRUE(a.write_greylist(batch({write(a, key("ann@a.example"), first)})));
    const State passed{noon, noon + 300, noon + 300, 2, 1}, early{noon, noon + 299, std::nullopt, 2, 2};
    ASSERT_TRUE(b.write_greylist(batch({write(b, key("ann@a.example"), passed, first)})));
    ASSERT_TRUE(a.write_greylist(batch({write(a, key("ann@a.example"), early, first)})));
    const auto states = b.read_greylist({hash_of(b.secret(), key("ann@a.example"))});
    EXPECT_EQ(states->front()->passed_at, noon + 300);
    EXPECT_EQ(states->front()->attempts, 3U);
}

TEST_F(GreylistStoreTest, FindsBySenderRecipientAndClient) {
    auto database = open();
    Key domain = key("eve@b.example", "carl@theirs.example");
    domain.who = {Identity::Kind::domain, "mail.b.example"};
    ASSERT_TRUE(database.write_greylist(
        batch({write(database, key("ann@a.example"), waiting(noon)), write(database, key("<>"), waiting(noon)),
               write(database, domain, waiting(noon + 1))})));
    const auto count = [&](auto member, const std::string& text) {
        GreylistFilter filter;
        filter.*member = text;
        return rows(database, filter);
    };
    EXPECT_EQ(count(&GreylistFilter::sender, "Ann+tag@a.example"), 1U) << "with whatever tag";
    EXPECT_EQ(count(&GreylistFilter::sender, "a.example"), 1U);
    EXPECT_EQ(count(&GreylistFilter::sender, "<>"), 1U);
    EXPECT_EQ(count(&GreylistFilter::sender, "ann@b.example"), 0U);
    EXPECT_EQ(count(&GreylistFilter::recipient, "bob@ours.example"), 2U);
    EXPECT_EQ(count(&GreylistFilter::recipient, "theirs.example"), 1U);
    for (const char* who : {"192.0.2.0/24", "192.0.2.77", "network:192.0.2.0/24"})
        EXPECT_EQ(count(&GreylistFilter::who, who), 2U) << who;
    for (const char* who : {"b.example", "mail.b.example", "domain:mail.b.example"})
        EXPECT_EQ(count(&GreylistFilter::who, who), 1U) << who;
    for (const char* who : {"192.0.3.1", "ail.b.example", "example.b.example", ""})
        EXPECT_EQ(count(&GreylistFilter::who, who), 0U) << who;
    EXPECT_EQ(database.greylist({.most = 1})->front().sender, "eve@b.example") << "last seen first";
}

TEST_F(GreylistStoreTest, EvictsTheOldestUnverifiedFirst) {
    auto database = open();
    std::vector<GreylistWrite> writes;
    for (int i = 0; i < 5; ++i) {
        writes.push_back(
            write(database, key("new" + std::string(1, static_cast<char>('a' + i)) + "@a.example"), waiting(noon + i)));
        writes.push_back(write(database, key("old" + std::string(1, static_cast<char>('a' + i)) + "@a.example"),
                               came_back(noon - 1000 + i)));
    }
    ASSERT_TRUE(database.write_greylist(batch(writes, 10)));
    EXPECT_EQ(rows(database), 10U) << "at the limit";
    ASSERT_TRUE(database.write_greylist(batch({write(database, key("newf@a.example"), waiting(noon + 9))}, 10)));
    EXPECT_EQ(rows(database), 10U) << "one past it";
    const auto there = [&](const char* sender) {
        return (*database.read_greylist({hash_of(database.secret(), key(sender))}))[0].has_value();
    };
    EXPECT_FALSE(there("newa@a.example"));
    EXPECT_TRUE(there("newb@a.example"));
    ASSERT_TRUE(database.write_greylist(batch({}, 4)));
    EXPECT_EQ(rows(database), 4U);
    EXPECT_FALSE(there("newf@a.example"));
    EXPECT_FALSE(there("olda@a.example")) << "then the oldest verified";
    EXPECT_TRUE(there("olde@a.example"));
    EXPECT_EQ(database.greylist_days(0)->front().evicted, 6U);
    EXPECT_TRUE(database.check());
}

TEST_F(GreylistStoreTest, PrunesWhatMeansNothingAnyMore) {
    auto database = open();
    ASSERT_TRUE(database.write_greylist(batch({write(database, key("ann@a.example"), waiting(noon)),
                                               write(database, key("bea@a.example"), came_back(noon))})));
    const auto prune = [&](std::int64_t now) {
        while (*database.prune_greylist(now)) {}
        return rows(database);
    };
    EXPECT_EQ(prune(noon + 86400), 2U) << "the last second at which it counts";
    EXPECT_EQ(prune(noon + 86401), 1U);
    EXPECT_EQ(prune(noon + 400 + settings.verified_expiry), 1U);
    EXPECT_EQ(prune(noon + 400 + settings.verified_expiry + 1), 0U);
    std::uint64_t gone = 0;
    for (const GreylistDay& day : *database.greylist_days(0)) gone += day.gone;
    EXPECT_EQ(gone, 1U) << "who was verified did come back";
    EXPECT_TRUE(database.check());
}

TEST_F(GreylistStoreTest, AClockThatJumpedAheadForAMinuteCostsSixHours) {
    auto database = open();
    for (int hour = 0; hour < 24; ++hour)
        ASSERT_TRUE(database.write_greylist(
            batch({write(database, key("x" + std::string(static_cast<std::size_t>(hour), 'y') + "@a.example"),
                         waiting(noon + hour * 3600))})));
    while (*database.prune_greylist(noon + 1000 * 86400)) {}
    EXPECT_EQ(rows(database), 18U);
}

TEST_F(GreylistStoreTest, CountsWhatBecameOfThem) {
    auto database = open();
    const State first = waiting(noon);
    const auto put = [&](const char* sender, const State& state, std::optional<State> seen) {
        ASSERT_TRUE(database.write_greylist(batch({write(database, key(sender), state, seen)})));
    };
    put("ann@a.example", first, {});
    put("ann@a.example", came_back(noon), first);
    put("ann@a.example", {noon, noon + 5000, noon + 400, 2, 1}, came_back(noon));
    put("bea@a.example", first, {});
    put("bea@a.example", waiting(noon + 86401), first);
    const auto days = database.greylist_days(today);
    ASSERT_TRUE(days);
    ASSERT_EQ(days->size(), 1U);
    EXPECT_EQ(days->front().deferred, 3U);
    EXPECT_EQ(days->front().came_back, 1U);
    EXPECT_EQ(days->front().gone, 1U);
    EXPECT_EQ(days->front().delay, 400U);
    EXPECT_TRUE(database.greylist_days(today + 1)->empty());
}

TEST_F(GreylistStoreTest, ForgettingIsAudited) {
    auto database = open();
    const GreylistWrite one = write(database, key("ann@a.example"), waiting(noon));
    ASSERT_TRUE(database.write_greylist(batch({one})));
    EXPECT_EQ(*database.forget_greylist({one.hash + 1}, audit("greylist forget")), 0U);
    EXPECT_TRUE(database.audit(10)->empty());
    EXPECT_EQ(*database.forget_greylist({one.hash}, audit("greylist forget")), 1U);
    EXPECT_EQ(database.audit(10)->front().action, "greylist forget");
    EXPECT_TRUE(database.check());
}

TEST_F(GreylistStoreTest, ErasesAPerson) {
    auto database = open();
    GreylistWrite hashed = write(database, key("ann@a.example"), waiting(noon));
    hashed.sender = "#0123456789ab@a.example"; // ledger.addresses = "hashed"
    ASSERT_TRUE(
        database.write_greylist(batch({hashed, write(database, key("bea@a.example", "ann@a.example"), waiting(noon)),
                                       write(database, key("bea@a.example"), waiting(noon))})));
    const auto erased = database.erase("Ann@a.example", audit("erase"));
    ASSERT_TRUE(erased) << erased.error().text;
    EXPECT_EQ(erased->greylist, 2U);
    EXPECT_EQ(rows(database), 1U);
    EXPECT_TRUE(database.check());
}

TEST_F(GreylistStoreTest, ALedgerOfVersionOneIsBroughtUpToDate) {
    {
        put(ledger(), "");
        auto old = sqlite::Connection::open(ledger(), sqlite::Connection::Access::read_write, std::chrono::seconds(5));
        ASSERT_TRUE(old);
        ASSERT_TRUE(sqlite::migrate(*old, sqlite::migrations().first(1)));
        ASSERT_TRUE(old->script("INSERT INTO lists VALUES('allow-pairs', 'a', '', NULL, 0, 'root')"));
        EXPECT_EQ(*sqlite::version_of(*old), 1);
    }
    EXPECT_FALSE(Database::open(ledger(), Database::Mode::read_only));
    auto database = open(Database::Mode::existing);
    EXPECT_EQ(database.lists()->size(), 1U) << "what was there stays";
    ASSERT_TRUE(database.write_greylist(batch({write(database, key("ann@a.example"), waiting(noon))})));
    EXPECT_EQ(rows(database), 1U);
    EXPECT_TRUE(database.check());
    EXPECT_TRUE(Database::open(ledger(), Database::Mode::read_only));
}

TEST_F(GreylistStoreTest, InMemoryLikewise) {
    auto memory = make_memory_greylist();
    const auto put = [&](Hash hash, const State& state, std::uint64_t most) {
        GreylistWrite one;
        one.hash = hash;
        one.state = state;
        one.expires = expires(state, settings);
        memory->write(batch({one}, most), [](const Expected<void>& done) { EXPECT_TRUE(done); });
    };
    const auto count = [&] {
        std::size_t there = 0;
        memory->read({1, 2, 3, 4, 5}, [&](const Expected<GreylistStore::States>& states) {
            for (const auto& state : *states) there += state.has_value() ? 1 : 0;
        });
        return there;
    };
    put(1, came_back(noon - 10), 4);
    for (Hash hash = 2; hash <= 4; ++hash) put(hash, waiting(noon + static_cast<std::int64_t>(hash)), 4);
    EXPECT_EQ(count(), 4U);
    put(5, waiting(noon + 5), 4);
    EXPECT_EQ(count(), 4U);
    memory->read({1, 2}, [&](const Expected<GreylistStore::States>& states) {
        EXPECT_TRUE((*states)[0]) << "verified";
        EXPECT_FALSE((*states)[1]) << "the oldest that was not";
    });
}

} // namespace
} // namespace bonafide::io::store
