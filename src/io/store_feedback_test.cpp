// What people say about messages, and how little one of them can do.
#include "io/store_fixture.hpp"

namespace bonafide::io::store {
namespace {

using Effect = Database::FeedbackEffect;
using verdict::Series;

constexpr std::int64_t a_day = 86400;

class StoreFeedbackTest : public StoreTest {
  protected:
    StoreFeedbackTest() {
        for (int i = 0; i < 10; ++i) {
            Message one = message(id(i), noon);
            one.told = {good(sender, today), good(Hash{100} + static_cast<Hash>(i), today), conversation()};
            Batch all = batch(one.told);
            all.messages.push_back(one);
            EXPECT_TRUE(database_.write(all, {}));
        }
    }
    static constexpr Hash sender = 7;
    [[nodiscard]] static std::string id(int i) { return fmt::format("m{}", i); }
    /// Says nothing about who sent the message.
    [[nodiscard]] static Increment conversation() {
        Increment increment = good(8, today);
        increment.kind = verdict::PastKind::name;
        return increment;
    }
    [[nodiscard]] Effect say(int i, std::string_view by, bool spam, std::int64_t now = noon) {
        auto effect = database_.feedback(id(i), by, spam, now, limits_);
        EXPECT_TRUE(effect) << effect.error().text;
        return effect.value_or(Effect::limit);
    }
    [[nodiscard]] Series series(Hash key) { return database_.read({key})->front(); }

    Database database_ = open();
    Database::FeedbackLimits limits_;
};

TEST_F(StoreFeedbackTest, CountsOnceInTheHistoriesOfTheSender) {
    EXPECT_EQ(say(0, "Ann", true), Effect::counted);
    EXPECT_EQ(say(0, " ann ", true), Effect::already_counted);
    EXPECT_EQ(series(sender), (Series{{.day = today, .good = 10, .spam = 1}}));
    EXPECT_EQ(series(100), (Series{{.day = today, .good = 1, .spam = 1}}));
    EXPECT_EQ(series(8), (Series{{.day = today, .good = 10}})) << "who it was sent to is not to blame";
    EXPECT_EQ((*database_.message("m0"))->feedback, (std::vector<std::pair<std::string, bool>>{{"ann", true}}));
}

TEST_F(StoreFeedbackTest, AnotherWordTakesTheFirstBack) {
    EXPECT_EQ(say(0, "ann", true), Effect::counted);
    EXPECT_EQ(say(0, "bob", true), Effect::counted);
    EXPECT_EQ(say(0, "ann", false, noon + a_day), Effect::changed);
    EXPECT_EQ(series(100), (Series{{.day = today, .good = 1, .spam = 1}, {.day = today + 1, .ham = 1}}));
    EXPECT_EQ(say(0, "ann", true, noon + 2 * a_day), Effect::changed);
    EXPECT_EQ(series(100), (Series{{.day = today, .good = 1, .spam = 1}, {.day = today + 2, .spam = 1}}));
    EXPECT_EQ(database_.message("m0")->value().feedback.size(), 2U);
}

TEST_F(StoreFeedbackTest, OneHistoryTakesThreeWordsOfAPersonADay) {
    for (int i = 0; i < 4; ++i) EXPECT_EQ(say(i, "ann", true), Effect::counted);
    EXPECT_EQ(series(sender).front().spam, 3U) << "the fourth counts elsewhere only";
    EXPECT_EQ(series(103).front().spam, 1U);
    EXPECT_EQ(say(3, "ann", false), Effect::changed);
    EXPECT_EQ(series(sender).front().spam, 3U) << "what was not counted is not taken back";
    EXPECT_EQ(say(4, "bob", true), Effect::counted);
    EXPECT_EQ(series(sender).front().spam, 4U);
    EXPECT_EQ(say(5, "ann", true, noon + a_day), Effect::counted);
    EXPECT_EQ(series(sender).back().spam, 1U) << "another day";
}

TEST_F(StoreFeedbackTest, NothingLeftToCountIn) {
    limits_.per_history_and_person = 0;
    EXPECT_EQ(say(0, "ann", true), Effect::limit);
    EXPECT_EQ(series(sender).front().spam, 0U);
    EXPECT_TRUE((*database_.message("m0"))->feedback.empty());
}

TEST_F(StoreFeedbackTest, APersonHasSoManyWordsADay) {
    limits_ = {.per_person_and_day = 2, .per_history_and_person = 100};
    EXPECT_EQ(say(0, "ann", true), Effect::counted);
    EXPECT_EQ(say(1, "ann", true), Effect::counted);
    EXPECT_EQ(say(2, "ann", true), Effect::limit);
    EXPECT_EQ(say(1, "ann", false), Effect::changed) << "changing one's mind is no new word";
    EXPECT_EQ(say(2, "ann", true, noon + a_day), Effect::counted);
    EXPECT_EQ(series(102).back().spam, 1U);
}

TEST_F(StoreFeedbackTest, OthersAreToldWhichHistoriesChanged) {
    Database daemon = open(Database::Mode::existing);
    EXPECT_EQ(say(0, "ann", true), Effect::counted);
    const auto changes = daemon.poll();
    ASSERT_TRUE(changes);
    EXPECT_EQ(changes->histories, (std::vector<Hash>{sender, 100}));
    EXPECT_FALSE(changes->everything);
    EXPECT_TRUE(daemon.poll()->histories.empty());
}

TEST_F(StoreFeedbackTest, NoSuchMessageOrNobodyIsAnError) {
    EXPECT_FALSE(database_.feedback("m99", "ann", true, noon, limits_));
    EXPECT_FALSE(database_.feedback("m0", " ", true, noon, limits_));
    Message outbound = message("out", noon);
    outbound.told = {conversation()};
    ASSERT_TRUE(database_.write(batch(outbound), {}));
    EXPECT_FALSE(database_.feedback("out", "ann", true, noon, limits_));
}

TEST_F(StoreFeedbackTest, AHistoryThatIsGoneComesBackWithTheWord) {
    Retention small;
    small.most_pasts = 0;
    while (database_.prune(small, noon).value()) {}
    EXPECT_EQ(say(0, "ann", true), Effect::counted);
    EXPECT_EQ(series(sender), (Series{{.day = today, .spam = 1}}));
    EXPECT_TRUE(database_.check());
}

} // namespace
} // namespace bonafide::io::store
