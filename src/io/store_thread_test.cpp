// The daemon's store: answers on its own threads, failures told once, an end that loses no callback.
#include "io/store_connection.hpp"
#include "io/store_fixture.hpp"
#include "io/store_lane.hpp"

#include <condition_variable>
#include <future>

namespace bonafide::io::store {
namespace {

using namespace std::chrono_literals;
using verdict::Series;

class StoreThreadTest : public StoreTest {
  protected:
    [[nodiscard]] std::unique_ptr<Store> start(Retention retention = {}, SqliteEvents events = {}) const {
        auto store = open_sqlite_store(ledger(), retention, std::move(events));
        if (!store) throw std::runtime_error(store.error().text);
        return std::move(*store);
    }
    /// The answer to what `ask` asks.
    template<class T> [[nodiscard]] static Expected<T> answer(auto ask) {
        auto promise = std::make_shared<std::promise<Expected<T>>>();
        auto future = promise->get_future();
        ask([promise](Expected<T> value) { promise->set_value(std::move(value)); });
        if (future.wait_for(30s) != std::future_status::ready) return failure("no answer");
        return future.get();
    }
    [[nodiscard]] static Expected<void> write(Store& store, Batch batch) {
        return answer<void>([&](auto done) { store.write(std::move(batch), done); });
    }
    [[nodiscard]] static Expected<std::vector<Series>> read(Store& store, std::vector<Hash> keys) {
        return answer<std::vector<Series>>([&](auto done) { store.read(std::move(keys), done); });
    }
    [[nodiscard]] static Expected<Changes> poll(Store& store) {
        return answer<Changes>([&](auto done) { store.poll(done); });
    }
};

TEST_F(StoreThreadTest, WritesReadsAndLists) {
    const auto store = start();
    Message one = message("m1", noon);
    one.correspondents = {"b.example"};
    Batch all = batch({good(7, today, 3)});
    all.messages.push_back(one);
    ASSERT_TRUE(write(*store, all));
    EXPECT_EQ(read(*store, {1, 7}).value(), (std::vector<Series>{{}, {{.day = today, .good = 3}}}));
    EXPECT_TRUE(answer<std::vector<ListRow>>([&](auto done) { store->lists(done); })->empty());
    EXPECT_EQ(answer<std::vector<std::string>>([&](auto done) { store->correspondents(0, 1, 9, done); }).value(),
              std::vector<std::string>{"b.example"});
    EXPECT_EQ(store->secret(), open(Database::Mode::read_only).secret());
}

TEST_F(StoreThreadTest, WhatOthersChangeIsTold) {
    const auto store = start();
    Database command = open(Database::Mode::existing);
    ASSERT_TRUE(command.put_list({"sealers", "a.example", "", {}, noon, "root"}, audit("add")));
    EXPECT_TRUE(poll(*store)->lists) << "even before the first poll";
    ASSERT_TRUE(write(*store, batch({good(7, today)})));
    const auto changes = poll(*store);
    EXPECT_TRUE(changes && !changes->lists && !changes->everything && changes->histories.empty())
        << "its own batches are no change";
}

TEST_F(StoreThreadTest, ARestoreBringsTheOtherSecret) {
    const auto store = start();
    const Secret& before = store->secret();
    const Secret copy = before;
    auto other = Database::open(path("other.db"), Database::Mode::create);
    ASSERT_TRUE(other);
    Database command = open(Database::Mode::existing);
    ASSERT_TRUE(command.restore(path("other.db"), audit("restore")));
    EXPECT_EQ(store->secret(), copy);
    ASSERT_TRUE(poll(*store)->everything);
    EXPECT_EQ(store->secret(), other->secret());
    EXPECT_EQ(before, copy) << "what was handed out stays";
    EXPECT_TRUE(write(*store, batch({good(hash_of_term(copy, "x"), today)}))) << "made with the old one: no error";
}

TEST_F(StoreThreadTest, FailureAndRecoveryAreToldOnce) {
    std::atomic<int> failures = 0;
    std::atomic<int> recoveries = 0;
    std::string why;
    SqliteEvents events{[&](const Error& error) {
                            why = error.text;
                            ++failures;
                        },
                        [&] { ++recoveries; }};
    const auto store = start({}, events);
    ASSERT_TRUE(write(*store, batch({good(7, today)})));
    {
        auto other = sqlite::Connection::open(ledger(), sqlite::Connection::Access::read_write, 1s);
        ASSERT_TRUE(other->script("ALTER TABLE history RENAME TO elsewhere"));
        EXPECT_FALSE(write(*store, batch({good(7, today)})));
        EXPECT_FALSE(write(*store, batch({good(7, today)})));
        EXPECT_FALSE(read(*store, {7}));
        EXPECT_EQ(failures, 1);
        EXPECT_EQ(recoveries, 0);
        EXPECT_FALSE(why.empty());
        ASSERT_TRUE(other->script("ALTER TABLE elsewhere RENAME TO history"));
    }
    EXPECT_TRUE(write(*store, batch({good(7, today)})));
    EXPECT_TRUE(write(*store, batch({good(7, today)})));
    EXPECT_EQ(failures, 1);
    EXPECT_EQ(recoveries, 1);
    EXPECT_EQ(read(*store, {7})->front().front().good, 3U) << "nothing of what failed";
}

TEST_F(StoreThreadTest, ReadsGoOnWhileAWriteWaitsForALock) {
    const auto store = start();
    ASSERT_TRUE(write(*store, batch({good(7, today)})));
    auto other = sqlite::Connection::open(ledger(), sqlite::Connection::Access::read_write, 1s);
    auto lock = sqlite::Transaction::begin(*other, sqlite::Transaction::For::writing);
    ASSERT_TRUE(lock);
    std::promise<bool> written;
    store->write(batch({good(7, today)}), [&](Expected<void> done) { written.set_value(done.has_value()); });
    EXPECT_EQ(read(*store, {7})->front().front().good, 1U);
    ASSERT_TRUE(lock->commit());
    EXPECT_TRUE(written.get_future().get());
}

TEST_F(StoreThreadTest, ItsEndBreaksOffAWaitAndAnswersEverybody) {
    auto store = start();
    auto other = sqlite::Connection::open(ledger(), sqlite::Connection::Access::read_write, 1s);
    const auto lock = sqlite::Transaction::begin(*other, sqlite::Transaction::For::writing);
    ASSERT_TRUE(lock);
    std::atomic<int> answered = 0;
    for (int i = 0; i < 5; ++i)
        store->write(batch({good(7, today)}), [&](const Expected<void>& done) {
            EXPECT_FALSE(done);
            ++answered;
        });
    const auto begun = std::chrono::steady_clock::now();
    store.reset();
    EXPECT_EQ(answered, 5);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 4s) << "less than its patience with locks";
}

TEST_F(StoreThreadTest, PrunesWithoutBeingAsked) {
    Database database = open();
    Batch all;
    for (Hash key = 1; key <= 500; ++key) all.increments.push_back(good(key, today));
    ASSERT_TRUE(database.write(all, {}));
    Retention small;
    small.most_pasts = 100;
    const auto store = start(small);
    const auto until = std::chrono::steady_clock::now() + 30s;
    while (database.statistics()->histories > 100 && std::chrono::steady_clock::now() < until)
        std::this_thread::yield();
    EXPECT_EQ(database.statistics()->histories, 100U);
}

TEST_F(StoreThreadTest, ManyThreadsMayAsk) {
    const auto store = start();
    std::vector<std::thread> threads;
    std::atomic<int> failed = 0;
    for (Hash thread = 0; thread < 4; ++thread)
        threads.emplace_back([&, thread] {
            for (int i = 0; i < 50; ++i) {
                if (!write(*store, batch({good(thread, today), good(99, today)}))) ++failed;
                if (!read(*store, {thread, 99})) ++failed;
                (void)store->secret();
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(read(*store, {99})->front().front().good, 200U);
}

TEST_F(StoreThreadTest, ALaneKeepsSoManyWaiting) {
    Lane lane(open(), 3, {});
    std::promise<void> begun;
    std::promise<void> go;
    lane.ask([&](const Expected<Database*>&) {
        begun.set_value();
        go.get_future().wait();
    });
    begun.get_future().wait();
    std::atomic<int> served = 0;
    int refused = 0;
    std::string why;
    std::promise<void> all;
    for (int i = 0; i < 5; ++i)
        lane.ask([&](const Expected<Database*>& database) {
            if (!database) {
                ++refused;
                why = database.error().text;
            } else if (++served == 3) {
                all.set_value();
            }
        });
    EXPECT_EQ(refused, 2) << "at once, while the thread stands still: nothing is kept of them";
    EXPECT_TRUE(why.starts_with("the store is busy")) << why;
    go.set_value();
    all.get_future().wait();
    EXPECT_EQ(served, 3);
}

TEST_F(StoreThreadTest, AReadTooManyFailsAtOnce) {
    auto store = open_sqlite_store(ledger(), {}, {}, 3).value();
    std::promise<void> begun;
    std::promise<void> go;
    store->read({1}, [&](const auto&) { // the disk stands still
        begun.set_value();
        go.get_future().wait();
    });
    begun.get_future().wait();
    std::atomic<int> answered = 0;
    std::atomic<int> refused = 0;
    const auto count = [&](const Expected<std::vector<Series>>& series) { ++(series ? answered : refused); };
    for (int i = 0; i < 3; ++i) store->read({1}, count);
    EXPECT_EQ(refused, 0) << "at the bound";
    for (int i = 0; i < 2; ++i) store->read({1}, count);
    EXPECT_EQ(refused, 2) << "past it, before anybody has waited";
    go.set_value();
    store.reset();
    EXPECT_EQ(refused + answered, 5) << "each is answered once";
}

TEST_F(StoreThreadTest, PruningThatFailsIsCounted) {
    { const Database database = open(); }
    auto other = sqlite::Connection::open(ledger(), sqlite::Connection::Access::read_write, 1s);
    ASSERT_TRUE(other->script("ALTER TABLE audit RENAME TO elsewhere"));
    std::promise<void> failed;
    std::promise<std::string> told;
    SqliteEvents events;
    events.on_failure = [&](const Error& why) { told.set_value(why.text); };
    events.on_prune_failure = [&] { failed.set_value(); };
    const auto store = start({}, events);
    EXPECT_EQ(failed.get_future().wait_for(30s), std::future_status::ready);
    EXPECT_TRUE(told.get_future().get().contains("audit"));
}

TEST_F(StoreThreadTest, AFileThatIsNoLedgerIsSaidSo) {
    put(ledger(), std::string(5000, 'x'));
    const auto store = open_sqlite_store(ledger(), {}, {});
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().text, ledger() + ": it is no ledger");
}

} // namespace
} // namespace bonafide::io::store
