#include "engine/ledger_writer.hpp"

#include <gtest/gtest.h>

namespace bonafide::engine {
namespace {

using namespace std::chrono_literals;
using Hash = io::store::Hash;

class LedgerWriterTest : public testing::Test {
  protected:
    void bound(std::size_t most_waiting) { writer.bound({.most_waiting = most_waiting, .batch = 1s}); }
    void learn(Hash key) {
        static_cast<void>(writer.learn({{key, verdict::PastKind::pair, {.day = 20000, .good = 1}, {}}}));
    }
    void remember(const std::string& id) { static_cast<void>(writer.remember({id, "", {}, {}})); }
    void build() {
        writer.build([this](const LedgerWriter::Unbuilt& message) {
            if (message.id == "bad") throw std::runtime_error("no");
            io::store::Message built;
            built.id = message.id;
            built.document = std::string(document_bytes, 'x');
            return built;
        });
    }
    /// The ids of a batch with as many increments; "-" when there is none.
    std::string begin() {
        build();
        const auto begun = writer.begin(now);
        if (!begun) return "-";
        std::string text = std::to_string(begun->batch.increments.size());
        for (const io::store::Message& message : begun->batch.messages) text += " " + message.id;
        return text;
    }
    void end(const Expected<void>& written) { static_cast<void>(writer.end(now, written)); }
    [[nodiscard]] std::uint64_t dropped() const { return writer.counters().dropped; }

    std::vector<std::string> warnings;
    std::size_t document_bytes = 10;
    Clock::TimePoint now{1000h};
    HistoryCache cache{HistoryCache::Behind::store, {}};
    LedgerWriter writer{
        cache, {}, {[this](std::string_view event, std::string_view) { warnings.emplace_back(event); }}, now};
};

const Expected<void> full = failure("the disk is full");

TEST_F(LedgerWriterTest, WritesWhatWaitsOnceAnInterval) {
    EXPECT_EQ(writer.due(), now + 1s);
    EXPECT_EQ(begin(), "-");
    learn(1);
    learn(1);
    learn(2);
    remember("a");
    now += 1s;
    EXPECT_EQ(begin(), "2 a");
    EXPECT_EQ(begin(), "-") << "one is under way";
    EXPECT_EQ(writer.counters().waiting, 3U) << "until the store has them";
    end({});
    EXPECT_EQ(writer.counters().waiting, 0U);
    EXPECT_EQ(writer.counters().written_batches, 1U);
    EXPECT_EQ(writer.due(), now + 1s);
    EXPECT_TRUE(warnings.empty());
}

TEST_F(LedgerWriterTest, KeepsABatchThatIsNotTakenAndTriesAfterGrowingPauses) {
    learn(1);
    remember("a");
    std::vector<long> pauses;
    for (Hash i = 0; i < 7; ++i) {
        learn(1);
        learn(10 + i);
        now = writer.due();
        EXPECT_EQ(begin(), std::to_string(2 + i) + " a");
        end(full);
        pauses.push_back(
            static_cast<long>(std::chrono::duration_cast<std::chrono::seconds>(writer.due() - now).count()));
    }
    EXPECT_EQ(pauses, (std::vector<long>{1, 2, 4, 8, 16, 30, 30}));
    EXPECT_TRUE(writer.counters().failing);
    EXPECT_EQ(writer.counters().failed_batches, 7U);
    remember("b");
    EXPECT_EQ(begin(), "8 a b") << "in their order";
    end({});
    EXPECT_FALSE(writer.counters().failing);
    EXPECT_EQ(warnings, (std::vector<std::string>{"ledger.failed", "ledger.recovered"})) << "once each";
    learn(1);
    EXPECT_EQ(begin(), "1");
    end(full);
    EXPECT_EQ(writer.due(), now + 1s) << "the pauses begin anew";
    EXPECT_EQ(warnings.size(), 3U);
}

TEST_F(LedgerWriterTest, WhereRoomIsShortTheOldestMessageGoesThenIncrements) {
    bound(4);
    learn(1);
    remember("a");
    remember("b");
    learn(2);
    EXPECT_EQ(writer.counters().waiting, 4U) << "at the limit";
    EXPECT_TRUE(warnings.empty());
    learn(1);
    EXPECT_EQ(dropped(), 0U) << "an addition to what waits needs no room";
    learn(3);
    EXPECT_EQ(dropped(), 1U) << "one past the limit";
    remember("c");
    EXPECT_EQ(dropped(), 2U);
    learn(4);
    EXPECT_EQ(writer.counters().waiting, 4U);
    EXPECT_EQ(dropped(), 3U);
    learn(5);
    remember("d");
    EXPECT_EQ(dropped(), 5U) << "no message is left that could go";
    EXPECT_EQ(warnings, std::vector<std::string>{"ledger.dropping"}) << "told once";
    EXPECT_EQ(begin(), "4");
    end({});
    for (Hash key = 10; key < 15; ++key) learn(key);
    EXPECT_EQ(warnings.size(), 2U) << "told again, since all was well in between";
}

TEST_F(LedgerWriterTest, AHistoryInMemoryCountsWhatWillNotBeWritten) {
    bound(1);
    static_cast<void>(cache.begin_read(2));
    static_cast<void>(cache.end_read(2, {{.day = 20000, .good = 7}}));
    learn(1);
    learn(2);
    EXPECT_EQ(dropped(), 1U);
    EXPECT_EQ(cache.find(2)->front().good, 8U);
}

TEST_F(LedgerWriterTest, MessagesAreBoundedByTheirSizeToo) {
    document_bytes = 1U << 20U;
    for (int i = 0; i < 70; ++i) {
        remember(std::to_string(i));
        build();
    }
    EXPECT_EQ(dropped() + writer.counters().waiting, 70U);
    EXPECT_LE(writer.counters().waiting * document_bytes, LedgerWriter::Bounds{}.most_bytes);
    EXPECT_GE(writer.counters().waiting, 60U);
    EXPECT_TRUE(begin().starts_with("0 " + std::to_string(dropped()))) << "the oldest went";
    end({});
    EXPECT_EQ(writer.counters().waiting, 0U);
    for (int i = 0; i < 5000; ++i) remember("unbuilt");
    EXPECT_EQ(writer.counters().waiting, LedgerWriter::Bounds{}.most_bytes / LedgerWriter::unbuilt_bytes);
}

TEST_F(LedgerWriterTest, AtTheBoundOfBytesNothingGoesOnePastItOne) {
    writer.bound({.most_bytes = 3 * LedgerWriter::unbuilt_bytes});
    for (int i = 0; i < 3; ++i) remember(std::to_string(i));
    EXPECT_EQ(dropped(), 0U);
    EXPECT_TRUE(warnings.empty());
    remember("3");
    EXPECT_EQ(dropped(), 1U);
    EXPECT_EQ(warnings, std::vector<std::string>{"ledger.dropping"});
    EXPECT_EQ(begin(), "0 1 2 3");
}

TEST_F(LedgerWriterTest, MoreThanABatchGoesWithTheNextAtOnce) {
    bound(1'000'000);
    std::vector<io::store::Increment> many;
    for (Hash key = 0; key < LedgerWriter::most_in_batch - 1; ++key)
        many.push_back({key, verdict::PastKind::pair, {.day = 20000, .good = 1}, {}});
    EXPECT_EQ(writer.learn(many), LedgerWriter::Waiting::some);
    for (io::store::Increment& increment : many) increment.key += many.size();
    EXPECT_EQ(writer.learn(many), LedgerWriter::Waiting::full_batch);
    const auto begun = writer.begin(now);
    ASSERT_TRUE(begun);
    EXPECT_LE(begun->batch.increments.size(), LedgerWriter::most_in_batch);
    EXPECT_FALSE(begun->is_all);
    end({});
    const auto rest = writer.begin(now);
    ASSERT_TRUE(rest);
    EXPECT_TRUE(rest->is_all);
    EXPECT_EQ(begun->batch.increments.size() + rest->batch.increments.size(), 2 * many.size());
}

TEST_F(LedgerWriterTest, AMessageThatCannotBeBuiltIsLeftOut) {
    remember("bad");
    remember("good");
    EXPECT_EQ(begin(), "0 good");
    EXPECT_EQ(dropped(), 1U);
    EXPECT_EQ(warnings, std::vector<std::string>{"ledger.message"});
}

TEST_F(LedgerWriterTest, StartsAnewWithOtherKeys) {
    learn(1);
    remember("a");
    EXPECT_EQ(begin(), "1 a");
    learn(2);
    remember("b");
    build();
    remember("unbuilt: hashed with the new keys");
    writer.start_anew();
    end({});
    EXPECT_EQ(writer.counters().waiting, 1U);
    EXPECT_EQ(dropped(), 4U);
    EXPECT_EQ(begin(), "0 unbuilt: hashed with the new keys");
}

} // namespace
} // namespace bonafide::engine
