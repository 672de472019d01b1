// The bounds of the ledger: by number, by age, under a flood and with clocks that jump.
#include "io/store_fixture.hpp"
#include "io/store_strength.hpp"

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
    prune(noon);
    const auto left = database_.correspondents(0, 1, 1'000'000);
    EXPECT_LT(left->size(), std::size_t{most});
    EXPECT_EQ(left->front(), "d0.example");
}

} // namespace
} // namespace bonafide::io::store
