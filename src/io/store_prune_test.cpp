// The bounds of the ledger: by number, by age, under a flood and with clocks that jump.
#include "io/store_fixture.hpp"
#include "io/store_strength.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace bonafide::io::store {
namespace {

constexpr std::int64_t a_day = 86400;

class StorePruneTest : public StoreTest {
  protected:
    void prune(std::int64_t now) {
        for (int pieces = 0; pieces < 100'000; ++pieces) {
            const auto more = database_.prune(retention_, now);
            ASSERT_TRUE(more) << more.error().text;
            if (!*more) return;
        }
        FAIL() << "pruning does not end";
    }
    void write(std::string id, std::int64_t time) {
        Message one = message(std::move(id), time);
        one.terms = {1, 2};
        one.transcript = "[]";
        ASSERT_TRUE(database_.write(batch(one), retention_));
    }
    [[nodiscard]] std::vector<std::string> left() {
        std::vector<std::string> ids;
        for (const Found& one : *database_.messages({.most = 1000})) ids.push_back(one.message.id);
        return ids;
    }

    Database database_ = open();
    Retention retention_;
};

using Ids = std::vector<std::string>;

TEST(StoreStrength, ManyDaysWeighMoreThanManyMessages) {
    verdict::Series month;
    for (std::int32_t day = 0; day < 20; ++day) month.push_back({.day = 1000 + day, .good = 1});
    EXPECT_GT(strength(month, 1030), strength({{.day = 1030, .good = 100'000}}, 1030));
    EXPECT_GT(strength({{.day = 1, .good = 2}}, 1), strength({{.day = 1, .good = 1}}, 1));
    EXPECT_DOUBLE_EQ(strength({{.day = 10, .bad = 1}}, 100), 0.5) << "half after 90 days";
    EXPECT_DOUBLE_EQ(strength({{.day = 190, .sent = 1}}, 100), 0.5) << "of the future just so";
    EXPECT_EQ(strength({}, 1), 0);
}

TEST(StoreStrength, AClockThatIsYearsOffDoesNotTurnTheOrderAround) {
    verdict::Series established;
    for (std::int32_t day = 0; day < 60; ++day) established.push_back({.day = 20'000 + day, .good = 2});
    const std::int32_t in_2050 = 29'300;
    EXPECT_GT(strength(established, in_2050), strength({{.day = in_2050, .good = 1}}, in_2050));
    EXPECT_GT(strength(established, 0), strength({{.day = 0, .good = 1}}, 0));
    EXPECT_GT(strength({{.day = 20'060, .good = 1}}, 20'060), strength({{.day = in_2050, .good = 5}}, 20'060))
        << "what a wrong clock left is weaker than today's";
}

TEST_F(StorePruneTest, AFloodPushesOutItself) {
    retention_.most_pasts = 20'000;
    constexpr Hash established = 2'000;
    constexpr Hash flood = 200'000;
    const auto scattered = [](Hash i) { return i * 0x9e3779b97f4a7c15U; };
    for (std::int32_t day = 0; day < 10; ++day) {
        Batch all;
        for (Hash i = 1; i <= established; ++i) all.increments.push_back(good(scattered(i), today - 3 * day));
        ASSERT_TRUE(database_.write(all, retention_));
    }
    for (Hash from = 0; from < flood; from += 10'000) {
        Batch all;
        for (Hash i = 1; i <= 10'000; ++i)
            all.increments.push_back(
                good(scattered(established + from + i), today, 1 + static_cast<std::uint32_t>(i % 3)));
        ASSERT_TRUE(database_.write(all, retention_));
        prune(noon);
        ASSERT_LE(database_.statistics()->histories, retention_.most_pasts);
    }
    std::size_t alive = 0;
    for (Hash i = 1; i <= established; ++i) alive += database_.read({scattered(i)})->front().empty() ? 0U : 1U;
    EXPECT_EQ(alive, established);
    EXPECT_EQ(database_.statistics()->histories, retention_.most_pasts) << "no more goes than must";
    EXPECT_TRUE(database_.check());
}

TEST_F(StorePruneTest, AtTheBoundNothingGoesOnePastItOne) {
    retention_.most_pasts = 10;
    for (Hash key = 1; key <= 10; ++key) ASSERT_TRUE(database_.write(batch({good(key, today, 2)}), retention_));
    prune(noon);
    EXPECT_EQ(database_.statistics()->histories, 10U);
    ASSERT_TRUE(database_.write(batch({good(11, today, 1)}), retention_));
    prune(noon);
    EXPECT_EQ(database_.statistics()->histories, 10U);
    EXPECT_TRUE(database_.read({11})->front().empty()) << "the weakest";
}

TEST_F(StorePruneTest, MessagesGoAfterTheirTimeTranscriptsBefore) {
    write("old", noon);
    write("edge", noon + 1);
    prune(noon + retention_.transcripts);
    EXPECT_EQ(database_.transcript("old").value(), "[]") << "to the second";
    prune(noon + retention_.transcripts + 1);
    EXPECT_EQ(database_.transcript("old").value(), "");
    EXPECT_EQ(database_.transcript("edge").value(), "[]");
    prune(noon + retention_.messages);
    EXPECT_EQ(left(), (Ids{"edge", "old"}));
    prune(noon + retention_.messages + 1);
    EXPECT_EQ(left(), (Ids{"edge"}));
    EXPECT_EQ(database_.messages({.term = 1})->size(), 1U);
    EXPECT_TRUE(database_.check());
}

TEST_F(StorePruneTest, BeyondTheNumberTheOldestGo) {
    retention_.most_messages = 3;
    for (int i = 0; i < 3; ++i) write(fmt::format("m{}", i), noon + i);
    prune(noon);
    EXPECT_EQ(left().size(), 3U);
    write("m3", noon + 3);
    prune(noon);
    EXPECT_EQ(left(), (Ids{"m3", "m2", "m1"}));
}

TEST_F(StorePruneTest, AClockThatJumpsAheadTakesSixHoursARound) {
    for (int hour = 0; hour < 48; ++hour) write(fmt::format("m{}", hour), noon + hour * 3600);
    prune(noon + 20'000 * a_day);
    EXPECT_EQ(left().size(), 42U);
    prune(noon + 20'000 * a_day);
    EXPECT_EQ(left().size(), 36U);
    prune(noon + a_day);
    EXPECT_EQ(left().size(), 36U) << "the clock is right again";
}

TEST_F(StorePruneTest, AClockThatJumpsBackTakesNothing) {
    for (int day = 0; day < 10; ++day) write(fmt::format("m{}", day), noon + day * a_day);
    write("1970", 100);
    prune(200);
    EXPECT_EQ(left().size(), 11U);
    prune(noon + 10 * a_day);
    EXPECT_EQ(left().size(), 10U) << "what seems to be of 1970 goes alone";
}

TEST_F(StorePruneTest, RowsOfTheFutureGoWithThoseThatCameAfterThem) {
    write("2060", noon + 13'000 * a_day);
    for (int day = 0; day < 40; ++day) write(fmt::format("m{}", day), noon + day * a_day);
    write("2061", noon + 13'400 * a_day);
    for (int round = 0; round < 60; ++round) prune(noon + 39 * a_day);
    const Ids ids = left();
    EXPECT_EQ(ids.size(), 32U);
    EXPECT_EQ(ids.front(), "2061");
    EXPECT_EQ(ids.back(), "m9");
}

TEST_F(StorePruneTest, TheAuditHasItsTimeToo) {
    ASSERT_TRUE(database_.put_list({"sealers", "a.example", "", {}, noon, "root"}, audit("lists add")));
    prune(noon + retention_.audit);
    EXPECT_EQ(database_.audit(10)->size(), 1U);
    prune(noon + retention_.audit + 1);
    EXPECT_TRUE(database_.audit(10)->empty());
    EXPECT_EQ(database_.lists()->size(), 1U);
}

TEST_F(StorePruneTest, CorrespondentsAreBounded) {
    constexpr int most = 100'000;
    Message one = message("m0", noon);
    for (int i = 0; i < most; ++i) one.correspondents.push_back(fmt::format("d{}.example", i));
    ASSERT_TRUE(database_.write(batch(one), retention_));
    Message partner = message("m1", noon + a_day);
    partner.correspondents = {"d0.example"};
    ASSERT_TRUE(database_.write(batch(partner), retention_));
    prune(noon);
    EXPECT_EQ(database_.correspondents(0, 1, 1'000'000)->size(), std::size_t{most});
    Message more = message("m2", noon);
    more.correspondents = {"new.example"};
    ASSERT_TRUE(database_.write(batch(more), retention_));
    ASSERT_TRUE(database_.prune(retention_, noon).value());
    const std::size_t one_piece = most + 1 - database_.correspondents(0, 1, 1'000'000)->size();
    EXPECT_TRUE(one_piece > 0 && one_piece <= 1000) << one_piece << ": a writer waits for one piece at most";
    prune(noon);
    const auto left = database_.correspondents(0, 1, 1'000'000);
    EXPECT_EQ(left->size(), std::size_t{most} - most / 8);
    EXPECT_EQ(left->front(), "d0.example");
}

TEST_F(StorePruneTest, WhoWasWrittenToMeanwhileStays) {
    constexpr int most = 100'001;
    Message one = message("m0", noon);
    for (int i = 0; i < most; ++i) one.correspondents.push_back(fmt::format("d{}.example", i));
    ASSERT_TRUE(database_.write(batch(one), retention_));
    ASSERT_TRUE(database_.prune(retention_, noon).value()) << "those that go are chosen";
    const auto left = database_.correspondents(0, 1, 1'000'000).value();
    Message again = message("m1", noon + a_day);
    again.correspondents = left;
    ASSERT_TRUE(database_.write(batch(again), retention_));
    prune(noon);
    EXPECT_EQ(database_.correspondents(0, 1, 1'000'000).value(), left);
}

TEST_F(StorePruneTest, EachPieceIsOfOneTableAndBounded) {
    for (int i = 0; i < 3000; ++i) {
        Message one = message(fmt::format("m{}", i), noon);
        one.transcript = "[]";
        ASSERT_TRUE(database_.write(batch(one), retention_));
        ASSERT_TRUE(database_.put_list({"sealers", fmt::format("l{}.example", i), "", {}, noon, "root"}, audit("add")));
    }
    retention_.audit = retention_.transcripts = 1;
    using Rows = std::array<std::uint64_t, 3>;
    const auto rows = [this]() -> Rows {
        const Statistics now = database_.statistics().value();
        return {now.messages, now.transcripts, now.audit_rows};
    };
    Rows before = rows();
    std::vector<std::size_t> order;
    const std::int64_t later = noon + retention_.messages + 1;
    for (int calls = 0; calls < 10'000 && database_.prune(retention_, later).value(); ++calls) {
        const Rows after = rows();
        std::size_t touched = 0;
        for (std::size_t i = 0; i < after.size(); ++i) {
            EXPECT_LE(before[i] - after[i], 250U);
            if (before[i] != after[i] && i != 1) order.push_back(i); // a transcript goes with its message, too
            touched += before[i] != after[i] ? 1U : 0U;
        }
        EXPECT_LE(touched, 2U);
        before = after;
    }
    EXPECT_EQ(rows(), (Rows{0, 0, 0}));
    EXPECT_NE(std::ranges::adjacent_find(order, std::ranges::not_equal_to{}), order.end());
    EXPECT_NE(std::ranges::find(order, order.back() == 0 ? 2U : 0U), order.end()) << "they take turns";
}

TEST_F(StorePruneTest, GoesOnWhereAnotherProcessLeftOff) {
    retention_.most_pasts = 1000;
    Batch all;
    for (Hash key = 1; key <= 9000; ++key) all.increments.push_back(good(key * 0x9e3779b97f4a7c15U, today));
    ASSERT_TRUE(database_.write(all, retention_));
    ASSERT_TRUE(database_.prune(retention_, noon).value());
    database_ = open(Database::Mode::existing);
    EXPECT_LT(database_.statistics()->histories, 9000U);
    EXPECT_TRUE(database_.check());
    prune(noon);
    EXPECT_EQ(database_.statistics()->histories, 1000U);
}

TEST_F(StorePruneTest, OneTablesRoundDoesNotBeginAnothers) {
    for (int hour = 0; hour < 48; ++hour) {
        Message one = message(fmt::format("m{}", hour), noon + hour * 3600);
        ASSERT_TRUE(database_.write(batch(one), retention_));
    }
    retention_.most_pasts = 10;
    Batch flood;
    for (Hash key = 1; key <= 20'000; ++key) flood.increments.push_back(good(key * 0x9e3779b97f4a7c15U, today));
    ASSERT_TRUE(database_.write(flood, retention_));
    prune(noon + 20'000 * a_day); // many pieces of histories, one round of messages
    EXPECT_EQ(left().size(), 42U);
}

} // namespace
} // namespace bonafide::io::store
