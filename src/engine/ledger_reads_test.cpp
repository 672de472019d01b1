#include "engine/ledger_reads.hpp"
#include "engine/test_store.hpp"

#include <gtest/gtest.h>
#include <optional>
#include <thread>

namespace bonafide::engine {
namespace {

using namespace std::chrono_literals;
using Hash = io::store::Hash;
using verdict::History;
using verdict::Series;

Series good(std::uint32_t count) { return {{.day = 20000, .good = count}}; }

class LedgerReadsTest : public testing::Test {
  protected:
    LedgerReads::Begun read(const std::vector<Hash>& hashes, std::optional<History>& into,
                            const LedgerReads::Post& post = {}) {
        std::vector<verdict::PastKey> keys;
        for (const Hash hash : hashes) keys.push_back({verdict::PastKind::author, std::to_string(hash), {}});
        return reads.read(std::move(keys), hashes, [&into](History history) { into = std::move(history); }, post, now);
    }
    Clock::TimePoint now{1000h};
    HistoryCache cache{HistoryCache::Behind::store, {}};
    LedgerReads reads{cache};
    std::optional<History> history, other;
};

TEST_F(LedgerReadsTest, AsksForWhatIsMissingAndAnswersInTheOrderOfTheKeys) {
    auto begun = read({1, 2, 3}, history);
    EXPECT_EQ(begun.to_ask, (std::vector<Hash>{1, 2, 3}));
    EXPECT_FALSE(history);
    EXPECT_TRUE(reads.answer({1, 2, 3}, std::vector<Series>{good(1), {}, good(3)}).empty());
    ASSERT_TRUE(history);
    EXPECT_TRUE(history->known);
    ASSERT_EQ(history->pasts.size(), 3U);
    EXPECT_EQ(history->pasts[2].key.of, "3");
    EXPECT_EQ(history->pasts[2].series, good(3));
    EXPECT_EQ(history->pasts[1].series, Series{});
    begun = read({3, 1}, other);
    EXPECT_EQ(begun.ticket, nullptr) << "was answered at once";
    ASSERT_TRUE(other);
    EXPECT_EQ(other->pasts[0].series, good(3));
    EXPECT_EQ(reads.waiting(), 0U);
}

TEST_F(LedgerReadsTest, NoKeysNeedNoStore) {
    EXPECT_EQ(read({}, history).ticket, nullptr);
    EXPECT_TRUE(history && history->known);
}

TEST_F(LedgerReadsTest, TwoThatWaitForOneKeyAskOnce) {
    const auto first = read({1, 2}, history);
    const auto second = read({2, 3}, other);
    EXPECT_EQ(second.to_ask, std::vector<Hash>{3});
    static_cast<void>(reads.answer({3}, std::vector<Series>{good(3)}));
    EXPECT_FALSE(other);
    static_cast<void>(reads.answer({1, 2}, std::vector<Series>{good(1), good(2)}));
    ASSERT_TRUE(history && other);
    EXPECT_EQ(other->pasts[0].series, good(2));
}

TEST_F(LedgerReadsTest, WhatTheStoreRefusesIsNotKnown) {
    const auto first = read({1, 2}, history);
    const auto second = read({2}, other);
    EXPECT_TRUE(reads.answer({1, 2}, failure("the disk is gone")).empty());
    ASSERT_TRUE(history && other);
    EXPECT_FALSE(history->known);
    EXPECT_FALSE(other->known);
    EXPECT_TRUE(history->pasts.empty());
    EXPECT_EQ(reads.unread(), 2U);
    history.reset();
    EXPECT_EQ(read({1}, history).to_ask, std::vector<Hash>{1}) << "the next message tries again";
}

TEST_F(LedgerReadsTest, AnAnswerWithTooFewSeriesIsAFailure) {
    const auto begun = read({1, 2}, history);
    static_cast<void>(reads.answer({1, 2}, std::vector<Series>{good(1)}));
    ASSERT_TRUE(history);
    EXPECT_FALSE(history->known);
}

TEST_F(LedgerReadsTest, PatienceEndsAtItsTime) {
    const auto first = read({1}, history);
    now += 1s;
    const auto second = read({2}, other);
    EXPECT_EQ(reads.expire(now), now + LedgerReads::patience - 1s);
    now += LedgerReads::patience - 1s - 1ms;
    static_cast<void>(reads.expire(now));
    EXPECT_FALSE(history) << "a millisecond before";
    now += 1ms;
    EXPECT_EQ(reads.expire(now), now + 1s);
    ASSERT_TRUE(history);
    EXPECT_FALSE(history->known);
    EXPECT_FALSE(other);
    history.reset();
    static_cast<void>(reads.answer({1}, std::vector<Series>{good(1)}));
    EXPECT_FALSE(history) << "told once";
    EXPECT_EQ(cache.find(1), good(1)) << "but it is known now";
}

TEST_F(LedgerReadsTest, NobodyIsToldWhoHasLetGo) {
    auto begun = read({1}, history);
    begun.ticket.reset();
    static_cast<void>(reads.answer({1}, std::vector<Series>{good(1)}));
    EXPECT_FALSE(history);

    std::function<void()> posted;
    begun = read({2}, history, [&](std::function<void()> act) { posted = std::move(act); });
    static_cast<void>(reads.answer({2}, std::vector<Series>{good(2)}));
    ASSERT_TRUE(posted);
    begun.ticket.reset(); // between the answer and the event loop's turn
    posted();
    EXPECT_FALSE(history);
}

TEST_F(LedgerReadsTest, DoneRunsWherePostPutsIt) {
    std::vector<std::function<void()>> posted;
    const auto begun = read({1}, history, [&](std::function<void()> act) { posted.push_back(std::move(act)); });
    static_cast<void>(reads.answer({1}, std::vector<Series>{good(1)}));
    EXPECT_FALSE(history);
    ASSERT_EQ(posted.size(), 1U);
    posted[0]();
    EXPECT_TRUE(history);
}

TEST_F(LedgerReadsTest, DoneMayLetGoOfItsOwnTicket) {
    std::shared_ptr<void> ticket;
    bool told = false;
    auto begun = reads.read(
        {{verdict::PastKind::author, "a", {}}}, {1},
        [&](const History&) {
            ticket.reset();
            told = true;
        },
        {}, now);
    ticket = std::move(begun.ticket);
    static_cast<void>(reads.answer({1}, std::vector<Series>{good(1)}));
    EXPECT_TRUE(told);
}

TEST_F(LedgerReadsTest, WhatOthersChangedIsAskedForAgain) {
    const auto begun = read({1, 2}, history);
    cache.forget(2);
    EXPECT_EQ(reads.answer({1, 2}, std::vector<Series>{good(1), good(9)}), std::vector<Hash>{2});
    EXPECT_FALSE(history);
    EXPECT_TRUE(reads.answer({2}, std::vector<Series>{good(2)}).empty());
    ASSERT_TRUE(history);
    EXPECT_EQ(history->pasts[1].series, good(2));
}

TEST_F(LedgerReadsTest, AtTheEndEverybodyIsTold) {
    const auto first = read({1}, history);
    const auto second = read({1}, other);
    EXPECT_EQ(reads.waiting(), 2U);
    reads.fail_all();
    ASSERT_TRUE(history && other);
    EXPECT_FALSE(history->known);
    EXPECT_EQ(reads.waiting(), 0U);
}

TEST_F(LedgerReadsTest, ManyThreads) {
    constexpr int rounds = 2000;
    std::atomic<int> told = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
        threads.emplace_back([&, lets_go = t == 2] {
            std::vector<std::shared_ptr<void>> tickets;
            for (int i = 0; i < rounds; ++i) {
                auto begun = reads.read(
                    {{verdict::PastKind::author, "a", {}}}, {static_cast<Hash>(i % 50)},
                    [&, lets_go](const History& read) { told += !lets_go && read.known ? 1 : 0; }, {}, now);
                if (!lets_go) tickets.push_back(begun.ticket);
                begun.ticket.reset();
                if (i % 7 == 0) cache.forget_all();
                for (auto asked = begun.to_ask; !asked.empty();)
                    asked = reads.answer(asked, std::vector<Series>(asked.size(), good(1)));
            }
            EXPECT_TRUE(testing_store::eventually([&] { return lets_go || reads.waiting() == 0; }));
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(told, 2 * rounds) << "everybody who waited, once";
    EXPECT_EQ(reads.waiting(), 0U);
}

} // namespace
} // namespace bonafide::engine
