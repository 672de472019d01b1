#include "engine/ledger.hpp"
#include "engine/test_store.hpp"
#include "engine/transaction.hpp"
#include "verdict/test_facts.hpp"

#include <algorithm>
#include <future>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bonafide::engine {
namespace {

using namespace testing_store;
using namespace std::chrono_literals;
using verdict::History;
using verdict::PastKey;
using verdict::PastKind;

constexpr std::int32_t today = 20000;

PastKey author(std::string domain) { return {PastKind::author, std::move(domain), {}}; }

std::vector<verdict::Lesson> one_good(const std::string& domain) {
    return {{author(domain), {.day = today, .good = 1}}};
}

std::uint64_t goods(const verdict::Series& series) {
    std::uint64_t sum = 0;
    for (const verdict::DayCounts& day : series) sum += day.good;
    return sum;
}

class LedgerTest : public testing::Test {
  protected:
    LedgerTest() {
        settings.ledger.path = "there";
        settings.ledger.batch = 1h; // only flush() writes, unless a test says otherwise
    }
    LedgerBasis basis() { return {std::make_shared<const Settings>(settings), suffixes, "mx.receiver.example"}; }
    Clock clock() {
        Clock clock;
        clock.steady = [this] { return Clock::TimePoint(1000h + std::chrono::milliseconds(elapsed.load())); };
        clock.unix_time = [this] { return unix_time.load(); };
        return clock;
    }
    LedgerEvents events() {
        return {[this](std::string_view event, std::string_view) {
            const std::scoped_lock lock(mutex);
            warnings.emplace_back(event);
        }};
    }
    std::vector<std::string> told() {
        const std::scoped_lock lock(mutex);
        return warnings;
    }
    std::size_t times(std::string_view event) { return static_cast<std::size_t>(std::ranges::count(told(), event)); }
    std::unique_ptr<FakeStore> make_store() {
        auto made = std::make_unique<FakeStore>(disk);
        store = made.get();
        return made;
    }
    void open() { ledger = std::make_unique<Ledger>(make_store(), basis(), clock(), events()); }
    void open_without_store() { ledger = std::make_unique<Ledger>(nullptr, basis(), clock(), events()); }
    /// Waits for the answer, within reason. Time stands still meanwhile: however slow the machine is, no read is given up.
    History read(const std::string& domain) {
        std::promise<History> answer;
        auto future = answer.get_future();
        const auto source = ledger->source({});
        const auto ticket =
            source->read({author(domain)}, [&](History history) { answer.set_value(std::move(history)); });
        if (future.wait_for(10s) != std::future_status::ready) {
            ADD_FAILURE() << "no answer";
            return {};
        }
        return future.get();
    }
    /// Lets time go on, and the ledger's thread notice.
    void nudge() {
        elapsed += 100;
        ledger->flush();
    }
    [[nodiscard]] std::uint64_t good_of(const std::string& domain) {
        const History history = read(domain);
        EXPECT_TRUE(history.known);
        return history.pasts.empty() ? 0 : goods(history.pasts[0].series);
    }
    [[nodiscard]] std::uint64_t stored(const std::string& domain) {
        return goods(disk->history(io::store::hash_of(disk->secret, author(domain))));
    }
    void store_good(const std::string& domain, std::uint32_t count) {
        disk->with([&](Disk& d) {
            d.histories[io::store::hash_of(d.secret, author(domain))] = {{.day = today - 1, .good = count}};
        });
    }
    [[nodiscard]] bool is_ours(std::string_view domain) const { return ledger->lists()->is_ours(domain, *suffixes); }

    const std::shared_ptr<const dns::PublicSuffixList> suffixes =
        std::make_shared<const dns::PublicSuffixList>(dns::PublicSuffixList::system());
    const std::shared_ptr<Disk> disk = std::make_shared<Disk>();
    std::atomic<std::int64_t> elapsed = 0, unix_time = 1795255200;
    std::mutex mutex;
    std::vector<std::string> warnings;
    std::vector<std::function<void()>> posted;
    Settings settings;
    FakeStore* store = nullptr;
    std::unique_ptr<Ledger> ledger; // first to go
};

TEST_F(LedgerTest, WhatIsLearnedIsSeenAtOnceAndWrittenLater) {
    store_good("a.example", 40);
    open();
    ledger->learn(one_good("a.example"));
    EXPECT_EQ(good_of("a.example"), 41U) << "the base was never read before";
    ledger->learn(one_good("a.example"));
    EXPECT_EQ(good_of("a.example"), 42U);
    EXPECT_EQ(good_of("new.example"), 0U);
    ledger->flush();
    EXPECT_EQ(stored("a.example"), 42U);
    EXPECT_EQ(good_of("a.example"), 42U);
    const Ledger::Counters counters = ledger->counters();
    EXPECT_EQ(counters.cached, 2U);
    EXPECT_EQ(counters.cache_misses, 2U);
    EXPECT_GE(counters.cache_hits, 2U);
    EXPECT_EQ(counters.waiting, 0U);
    EXPECT_EQ(disk->reads, 2U) << "the rest came from memory";
    EXPECT_TRUE(told().empty());
}

TEST_F(LedgerTest, WritesAfterTheIntervalWithoutBeingAsked) {
    settings.ledger.batch = 5ms;
    ledger = std::make_unique<Ledger>(make_store(), basis(), Clock{}, events());
    ledger->learn(one_good("a.example"));
    EXPECT_TRUE(eventually([&] { return stored("a.example") == 1; }));
}

TEST_F(LedgerTest, AReadThatMeetsAWriteUnderWayWaitsForIt) {
    for (const bool fails : {false, true}) {
        ledger.reset();
        disk->with([](Disk& d) { d.histories.clear(); });
        store_good("a.example", 10);
        open();
        store->writes_fail = fails;
        store->writing.hold();
        ledger->learn(one_good("a.example"));
        std::thread flushing([&] { ledger->flush(); });
        store->writing.apply(); // it is on disk, or not; nobody was told yet
        ledger->learn(one_good("a.example"));
        std::atomic<std::uint64_t> seen = 0;
        const auto source = ledger->source({});
        const auto ticket = source->read({author("a.example")}, [&](const History& history) {
            seen = history.known ? goods(history.pasts[0].series) : 999;
        });
        EXPECT_EQ(disk->with([](Disk& d) { return d.reads; }), fails ? 1U : 0U);
        EXPECT_EQ(seen, 0U);
        store->writing.answer();
        EXPECT_TRUE(eventually([&] { return seen == 12; })) << seen;
        store->writes_fail = false;
        store->writing.let_go();
        flushing.join();
        ledger->flush();
        EXPECT_EQ(stored("a.example"), 12U);
        EXPECT_EQ(good_of("a.example"), 12U);
    }
}

TEST_F(LedgerTest, AKeyThatIsBeingReadIsWrittenAfterwards) {
    store_good("a.example", 10);
    open();
    store->reading.hold();
    std::atomic<std::uint64_t> seen = 0;
    const auto ticket =
        ledger->source({})->read({author("a.example")}, [&](const History& h) { seen = goods(h.pasts.at(0).series); });
    ledger->learn(one_good("a.example"));
    ledger->learn(one_good("b.example"));
    std::thread flushing([&] { ledger->flush(); });
    EXPECT_TRUE(eventually([&] { return stored("b.example") == 1; }));
    EXPECT_EQ(stored("a.example"), 10U);
    store->reading.let_go();
    flushing.join();
    EXPECT_EQ(seen, 11U);
    EXPECT_EQ(stored("a.example"), 11U);
}

TEST_F(LedgerTest, WithoutAStoreHistoriesLiveInMemory) {
    open_without_store();
    ledger->learn(one_good("a.example"));
    EXPECT_EQ(good_of("a.example"), 1U);
    EXPECT_EQ(good_of("b.example"), 0U) << "known to be new";
    ledger->remember("id", "queue", {}, {});
    ledger->flush();
    EXPECT_EQ(ledger->counters().waiting, 0U);
    EXPECT_NE(ledger->lists(), nullptr);
    EXPECT_TRUE(told().empty());
}

TEST_F(LedgerTest, AStoreThatFailsAtTheStartKeepsNobodyWaiting) {
    auto made = make_store();
    store->reads_fail = store->writes_fail = true;
    settings.lists.accepted_domains = {"ours.example"};
    ledger = std::make_unique<Ledger>(std::move(made), basis(), clock(), events());
    EXPECT_TRUE(is_ours("ours.example")) << "the configuration holds";
    EXPECT_FALSE(read("a.example").known);
    ledger->learn(one_good("a.example"));
    ledger->flush();
    EXPECT_TRUE(ledger->counters().failing);
    EXPECT_EQ(ledger->counters().waiting, 1U);
    EXPECT_EQ(ledger->counters().unread, 1U);

    disk->with([](Disk& d) { d.rows = {{"accepted-domains", "also.example", "", {}, 0, "ann"}}; });
    store->reads_fail = store->writes_fail = false;
    EXPECT_TRUE(eventually([&] { return is_ours("also.example"); }, [&] { nudge(); }));
    EXPECT_EQ(good_of("a.example"), 1U);
    EXPECT_TRUE(eventually([&] { return stored("a.example") == 1; }, [&] { nudge(); }));
    EXPECT_THAT(told(), testing::UnorderedElementsAre("ledger.unreadable", "ledger.failed", "ledger.readable",
                                                      "ledger.recovered"));
}

TEST_F(LedgerTest, HistoriesInMemoryGoOnWhileTheDiskIsFull) {
    store_good("a.example", 10);
    settings.limits.ledger_waiting = 20;
    open();
    EXPECT_EQ(good_of("a.example"), 10U);
    store->writes_fail = true;
    for (int i = 0; i < 25; ++i) ledger->remember("m" + std::to_string(i), "", {}, {});
    EXPECT_EQ(ledger->counters().waiting, 20U) << "at the limit, not past it";
    EXPECT_EQ(ledger->counters().dropped, 5U);
    for (int i = 0; i < 40; ++i) {
        ledger->learn(one_good("a.example"));
        ledger->learn(one_good(std::to_string(i) + ".example"));
    }
    ledger->flush();
    EXPECT_EQ(good_of("a.example"), 50U);
    EXPECT_EQ(ledger->counters().waiting, 20U);
    EXPECT_EQ(ledger->counters().dropped, 5U + 20U + 21U) << "messages, then what did not fit of 41 increments";
    EXPECT_TRUE(ledger->counters().failing);
    store->writes_fail = false;
    EXPECT_TRUE(eventually([&] { return !ledger->counters().failing; }, [&] { nudge(); }));
    ledger->flush();
    EXPECT_EQ(stored("a.example"), 50U) << "it waited all the time";
    EXPECT_EQ(times("ledger.failed"), 1U);
    EXPECT_EQ(times("ledger.recovered"), 1U);
    EXPECT_EQ(times("ledger.dropping"), 1U);
}

TEST_F(LedgerTest, ABusyStoreLeavesTheHistoryUnknownAtOnce) {
    store_good("a.example", 3);
    open();
    store->is_busy = true;
    for (int i = 0; i < 5; ++i) {
        std::optional<History> history;
        const auto ticket = ledger->source({})->read({author("a.example")}, [&](History h) { history = std::move(h); });
        ASSERT_TRUE(history) << "before any time has gone by";
        EXPECT_FALSE(history->known);
    }
    EXPECT_EQ(ledger->counters().unread, 5U);
    store->is_busy = false;
    EXPECT_EQ(good_of("a.example"), 3U);
    EXPECT_TRUE(eventually([&] { return times("ledger.readable") == 1; }, [&] { nudge(); }));
    EXPECT_EQ(times("ledger.unreadable"), 1U) << "told once";
}

TEST_F(LedgerTest, AReadTheStoreNeverAnswersEndsByItself) {
    open();
    store->reading.hold();
    std::optional<History> history;
    const auto ticket = ledger
                            ->source([this](std::function<void()> act) {
                                const std::scoped_lock lock(mutex);
                                posted.push_back(std::move(act));
                            })
                            ->read({author("a.example")}, [&](History h) { history = std::move(h); });
    const auto is_posted = [&] {
        const std::scoped_lock lock(mutex);
        return !posted.empty();
    };
    nudge();
    EXPECT_FALSE(is_posted());
    EXPECT_TRUE(eventually(is_posted, [&] { nudge(); }));
    posted.at(0)();
    ASSERT_TRUE(history);
    EXPECT_FALSE(history->known);
    ledger->learn(one_good("a.example"));
    store->reading.let_go();
    EXPECT_TRUE(eventually([&] { return good_of("a.example") == 1; }, [&] { nudge(); }));
}

TEST_F(LedgerTest, MessagesAreBuiltAndWritten) {
    open();
    Finished finished;
    finished.facts = verdict::testing_facts::inbound("contoso.com");
    ledger->remember("id-1", "4ABC", std::move(finished), one_good("contoso.com"));
    ledger->flush();
    ASSERT_EQ(disk->messages.size(), 1U);
    EXPECT_EQ(disk->messages[0].id, "id-1");
    EXPECT_EQ(disk->messages[0].author_domain, "contoso.com");
    EXPECT_EQ(disk->messages[0].told.size(), 1U);
    settings.ledger.keep_messages = 0;
    ledger->configure(basis());
    ledger->remember("id-2", "", {}, {});
    ledger->flush();
    EXPECT_EQ(disk->messages.size(), 1U) << "none are kept any more";
}

TEST_F(LedgerTest, ListsOfTheStoreHoldFromTheStart) {
    disk->rows = {{"accepted-domains", "ours.example", "", {}, 0, "ann"}};
    open();
    EXPECT_TRUE(is_ours("ours.example"));
}

TEST_F(LedgerTest, ListsFollowOthersReloadsAndTheClock) {
    open();
    std::shared_ptr<const verdict::Lists> latest;
    ledger->on_lists([&](std::shared_ptr<const verdict::Lists> lists) {
        const std::scoped_lock lock(mutex);
        latest = std::move(lists);
    });
    const auto ours_becomes = [&](std::string_view domain, bool wanted) {
        return eventually([&] { return is_ours(domain) == wanted; }, [&] { nudge(); });
    };
    disk->with([&](Disk& d) {
        d.rows = {{"accepted-domains", "guest.example", "", unix_time + 1000, 0, "ann"}};
        d.changes.lists = true;
    });
    EXPECT_TRUE(ours_becomes("guest.example", true)) << "changed by the command line";
    unix_time += 1000;
    EXPECT_TRUE(ours_becomes("guest.example", false)) << "expired without any change";
    unix_time -= 5000;
    EXPECT_TRUE(ours_becomes("guest.example", true)) << "the clock jumped back";
    settings.lists.accepted_domains = {"ours.example"};
    ledger->configure(basis());
    EXPECT_TRUE(ours_becomes("ours.example", true));
    EXPECT_TRUE(is_ours("guest.example"));
    const std::scoped_lock lock(mutex);
    EXPECT_EQ(latest, ledger->lists());
}

TEST_F(LedgerTest, CorrespondentsAreGuardedAgainstLikenesses) {
    disk->correspondents = {"supplier.example"};
    open();
    EXPECT_TRUE(
        eventually([&] { return ledger->lists()->names->look_alike("suppl1er.example", *suffixes).has_value(); },
                   [&] { nudge(); }));
}

TEST_F(LedgerTest, WhatOthersChangeOfAHistoryIsReadAnew) {
    store_good("a.example", 10);
    open();
    EXPECT_EQ(good_of("a.example"), 10U);
    ledger->learn(one_good("a.example"));
    store_good("a.example", 3); // feedback, or an erasure
    disk->with([&](Disk& d) { d.changes.histories = {io::store::hash_of(d.secret, author("a.example"))}; });
    EXPECT_TRUE(eventually([&] { return good_of("a.example") == 4; }, [&] { nudge(); }));
}

TEST_F(LedgerTest, ARestoredLedgerIsReadAnew) {
    store_good("a.example", 10);
    open();
    EXPECT_EQ(good_of("a.example"), 10U);
    store_good("a.example", 2);
    disk->with([](Disk& d) {
        d.rows = {{"accepted-domains", "restored.example", "", {}, 0, ""}};
        d.changes.everything = true;
    });
    EXPECT_TRUE(eventually([&] { return good_of("a.example") == 2; }, [&] { nudge(); }));
    EXPECT_TRUE(eventually([&] { return is_ours("restored.example"); }, [&] { nudge(); }));
    EXPECT_EQ(times("ledger.restored"), 1U);
    EXPECT_EQ(ledger->counters().dropped, 0U);
}

TEST_F(LedgerTest, ALedgerRestoredFromAnotherHasAnotherSecret) {
    open();
    store->writes_fail = true;
    ledger->learn(one_good("a.example"));
    ledger->flush();
    EXPECT_EQ(ledger->counters().waiting, 1U);
    disk->with([](Disk& d) {
        d.secret = {9, 9, 9};
        d.histories.clear();
        d.changes.everything = true;
    });
    store_good("a.example", 5);
    EXPECT_TRUE(eventually([&] { return times("ledger.restored") == 1; }, [&] { nudge(); }));
    store->writes_fail = false;
    EXPECT_TRUE(eventually([&] { return good_of("a.example") == 5; }, [&] { nudge(); }));
    EXPECT_EQ(ledger->counters().dropped, 1U) << "what waited was hashed with the secret of before";
    ledger->learn(one_good("a.example"));
    ledger->flush();
    EXPECT_EQ(stored("a.example"), 6U);
}

TEST_F(LedgerTest, TheEndWritesWhatWaits) {
    open();
    for (int i = 0; i < 30000; ++i) ledger->learn(one_good(std::to_string(i) + ".example"));
    ledger->remember("id", "", {}, {});
    ledger.reset();
    EXPECT_EQ(disk->histories.size(), 30000U);
    EXPECT_EQ(disk->messages.size(), 1U);
}

TEST_F(LedgerTest, TheEndIsBoundedWhateverTheStoreDoes) {
    open();
    ledger->learn(one_good("a.example"));
    store->writing.hold();
    const auto began = std::chrono::steady_clock::now();
    ledger.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - began, 8s) << "two seconds, on a busy machine";
    EXPECT_EQ(disk->writes, 0U);

    open();
    store->writes_fail = true;
    ledger->learn(one_good("a.example"));
    const auto began_again = std::chrono::steady_clock::now();
    ledger.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - began_again, 1900ms) << "one try that fails is enough";
}

TEST_F(LedgerTest, ASourceMayOutliveTheLedger) {
    open();
    const auto source = ledger->source({});
    store->reading.hold();
    std::optional<History> under_way, late;
    const auto ticket = source->read({author("a.example")}, [&](History h) { under_way = std::move(h); });
    ledger.reset();
    ASSERT_TRUE(under_way) << "nobody waits for ever";
    EXPECT_FALSE(under_way->known);
    const auto other = source->read({author("b.example")}, [&](History h) { late = std::move(h); });
    ASSERT_TRUE(late);
    EXPECT_FALSE(late->known);
}

TEST_F(LedgerTest, ManyThreadsTeachAndRead) {
    settings.ledger.batch = 1ms;
    settings.limits.history_cache = 32; // evicted all the time
    ledger = std::make_unique<Ledger>(make_store(), basis(), Clock{}, events());
    constexpr int rounds = 1500, domains = 100;
    std::vector<std::thread> threads;
    for (unsigned seed = 0; seed < 3; ++seed)
        threads.emplace_back([&, seed] {
            const auto source = ledger->source({});
            std::vector<std::shared_ptr<void>> tickets;
            for (int i = 0; i < rounds; ++i) {
                const std::string domain = std::to_string((i * 7 + static_cast<int>(seed)) % domains) + ".example";
                ledger->learn(one_good(domain));
                tickets.push_back(source->read({author(domain)}, [](const History&) {}));
                if (i % 10 == 0) tickets.clear();
                if (i % 100 == 0) ledger->remember(std::to_string(i), "", {}, {});
                if (i % 500 == 0) ledger->configure(basis());
                if (i % 50 == 0) static_cast<void>(ledger->counters());
            }
        });
    for (std::thread& thread : threads) thread.join();
    std::uint64_t seen = 0, written = 0;
    for (int i = 0; i < domains; ++i) seen += good_of(std::to_string(i) + ".example");
    ledger->flush();
    for (int i = 0; i < domains; ++i) written += stored(std::to_string(i) + ".example");
    EXPECT_EQ(seen, 3U * rounds);
    EXPECT_EQ(written, 3U * rounds);
    EXPECT_EQ(disk->messages.size(), 45U);
}

} // namespace
} // namespace bonafide::engine
