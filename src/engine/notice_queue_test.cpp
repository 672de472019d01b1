#include "engine/notice_queue.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace bonafide::engine {
namespace {

using namespace std::chrono_literals;
using Admission = NoticeQueue::Admission;
using Trouble = NoticeQueue::Trouble;

class NoticeQueueTest : public testing::Test {
  protected:
    NoticeQueue::Admitted admit(const std::string& rule = "a", const std::string& address = "ann@ours.example") {
        return queue.admit(rule, address, bounds, now, unix_time());
    }
    void add(const std::string& rule = "a") { queue.add({rule, "ann@ours.example", {}, {}, now}); }
    std::int64_t unix_time() const { return std::chrono::duration_cast<std::chrono::seconds>(now - begin).count(); }
    /// Takes the one that is due, and says that it was not taken. How many are given up; -1: none was due.
    int fail(Trouble trouble) {
        auto notice = queue.take(now);
        if (!notice) return -1;
        return static_cast<int>(queue.put_back(std::move(*notice), trouble, now).size());
    }

    const NoticeQueue::TimePoint begin = NoticeQueue::TimePoint(1000h);
    NoticeQueue::TimePoint now = begin;
    NoticeQueue queue;
    NoticeQueue::Bounds bounds{15min, 10};
};

TEST_F(NoticeQueueTest, OneInAnIntervalAndTheNextTellsOfThoseBetween) {
    EXPECT_EQ(admit().admission, Admission::wanted);
    now += 5min;
    EXPECT_EQ(admit().admission, Admission::held);
    now = begin + 15min - 1ms;
    EXPECT_EQ(admit().admission, Admission::held);
    now = begin + 15min;
    const auto next = admit();
    EXPECT_EQ(next.admission, Admission::wanted);
    EXPECT_EQ(next.held.count, 2U);
    EXPECT_EQ(next.held.since, 300);
    now += 15min;
    EXPECT_EQ(admit().held.count, 0U) << "they have been told of";
}

TEST_F(NoticeQueueTest, EachRuleAndEachAddressByItself) {
    EXPECT_EQ(admit("a", "ann@ours.example").admission, Admission::wanted);
    EXPECT_EQ(admit("b", "ann@ours.example").admission, Admission::wanted);
    EXPECT_EQ(admit("a", "bob@ours.example").admission, Admission::wanted);
    EXPECT_EQ(admit("a", "ann@ours.example").admission, Admission::held);
}

TEST_F(NoticeQueueTest, WithoutAnIntervalAllAreWanted) {
    bounds.interval = 0ms;
    for (int i = 0; i < 100; ++i) EXPECT_EQ(admit().admission, Admission::wanted);
}

TEST_F(NoticeQueueTest, TheLimitAndOnePast) {
    bounds.interval = 0ms;
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(admit().admission, Admission::wanted) << i;
        add();
    }
    EXPECT_EQ(admit().admission, Admission::dropped);
    EXPECT_TRUE(queue.take(now));
    const auto next = admit();
    EXPECT_EQ(next.admission, Admission::wanted);
    EXPECT_EQ(next.held.count, 1U) << "the one that was dropped is told of";
}

TEST_F(NoticeQueueTest, PairsAtTheLimitAndOnePast) {
    const auto fill = [&](std::size_t count, int from) {
        for (std::size_t i = 0; i < count; ++i)
            EXPECT_EQ(admit(fmt::format("{} {}", from, i)).admission, Admission::wanted);
    };
    fill(NoticeQueue::most_pairs, 0);
    EXPECT_EQ(admit("0 0").admission, Admission::held) << "still known";
    now += 1min;
    fill(1, 1);
    EXPECT_EQ(admit("1 0").admission, Admission::held);
    now += 15min;
    fill(1, 2); // of all others nothing is left to know
    EXPECT_EQ(admit("0 0").held.count, 1U) << "what was held back is not forgotten";
}

TEST_F(NoticeQueueTest, GrowingPausesForAnHour) {
    add();
    std::vector<std::int64_t> tries;
    while (queue.size() > 0) {
        now = *queue.next_due();
        EXPECT_FALSE(queue.take(now - 1ms)) << "not before its time";
        tries.push_back(unix_time());
        const int given_up = fail(Trouble::letter);
        EXPECT_EQ(given_up, unix_time() == 3600 ? 1 : 0);
    }
    EXPECT_EQ(tries, (std::vector<std::int64_t>{0, 30, 90, 210, 450, 930, 1890, 3600}));
}

TEST_F(NoticeQueueTest, TroubleOfOneDoesNotHoldUpOthers) {
    add("a");
    EXPECT_EQ(fail(Trouble::letter), 0);
    add("b");
    EXPECT_EQ(queue.take(now)->rule, "b");
    EXPECT_FALSE(queue.take(now));
}

TEST_F(NoticeQueueTest, TroubleOfTheServerHoldsUpAll) {
    add("a");
    add("b");
    EXPECT_EQ(fail(Trouble::server), 0);
    EXPECT_FALSE(queue.take(now));
    now += 30s;
    EXPECT_EQ(fail(Trouble::server), 0);
    now += 59s;
    EXPECT_FALSE(queue.take(now)) << "the pause is doubled";
    now += 1s;
    auto notice = queue.take(now);
    ASSERT_TRUE(notice);
    queue.server_is_well();
    EXPECT_EQ(queue.put_back(std::move(*notice), Trouble::server, now).size(), 0U);
    now += 30s;
    EXPECT_TRUE(queue.take(now)) << "it begins anew";
}

TEST_F(NoticeQueueTest, AnHourIsAnHourForThoseThatWereNeverTried) {
    for (int i = 0; i < 5; ++i) add();
    int given_up = 0;
    while (queue.size() > 0) {
        now = *queue.next_due();
        given_up += fail(Trouble::server);
        EXPECT_LE(unix_time(), 3600 + 480) << "the longest pause";
    }
    EXPECT_EQ(given_up, 5);
}

TEST_F(NoticeQueueTest, TheEndTakesAllWhateverTheirTime) {
    add("a");
    EXPECT_EQ(fail(Trouble::server), 0);
    EXPECT_FALSE(queue.take(now));
    EXPECT_TRUE(queue.take_any());
    EXPECT_FALSE(queue.take_any());
    EXPECT_FALSE(queue.next_due());
}

} // namespace
} // namespace bonafide::engine
