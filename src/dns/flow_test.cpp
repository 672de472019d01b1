#include "dns/flow.hpp"
#include "dns/source.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <string>

namespace bonafide::dns {
namespace {

/// The answer's ttl says how many questions came before.
class Counting : public Source {
  public:
    [[nodiscard]] Answer answer(const Question& question) const override {
        if (question.name == "absent") return make_answer(Status::nx_domain);
        return make_answer(Status::ok, asked++);
    }
    mutable std::uint32_t asked = 0;
};

Flow<int> constant(int value) { co_return value; }

Flow<int> one_ask(std::string name) {
    const Answer answer = co_await ask(std::move(name), Type::txt, "test");
    co_return answer->found() ? static_cast<int>(answer->ttl) : -1;
}

Flow<int> two_flows(std::string first, std::string second) {
    const int a = co_await one_ask(std::move(first));
    const int b = co_await one_ask(std::move(second));
    co_return a * 10 + b;
}

Flow<std::string> three_levels() {
    const int before = co_await constant(7);
    const int sum = co_await two_flows("a", "b");
    const Answer answer = co_await ask("c", Type::mx, "the last");
    co_return std::to_string(before) + "," + std::to_string(sum) + "," + std::to_string(answer->ttl);
}

TEST(Flow, WithoutQuestionsEndsAtStart) {
    auto flow = constant(42);
    EXPECT_FALSE(flow.done());
    EXPECT_EQ(flow.start(), nullptr);
    EXPECT_TRUE(flow.done());
    EXPECT_EQ(flow.result(), 42);
}

TEST(Flow, QuestionsAppearInOrder) {
    auto flow = three_levels();
    const Question* question = flow.start();
    ASSERT_NE(question, nullptr);
    EXPECT_EQ(question->name, "a");
    EXPECT_EQ(question->why, "test");
    question = flow.answer(make_answer(Status::ok, 1));
    ASSERT_NE(question, nullptr);
    EXPECT_EQ(question->name, "b");
    auto moved = std::move(flow); // between questions a flow may move
    question = moved.answer(make_answer(Status::ok, 2));
    ASSERT_NE(question, nullptr);
    EXPECT_EQ(question->type, Type::mx);
    EXPECT_EQ(moved.answer(make_answer(Status::ok, 3)), nullptr);
    EXPECT_EQ(moved.result(), "7,12,3");
}

TEST(Flow, RunRecordsTheTranscript) {
    Transcript transcript;
    EXPECT_EQ(run(two_flows("a", "absent"), Counting(), &transcript), -1);
    ASSERT_EQ(transcript.exchanges().size(), 2U);
    EXPECT_EQ(transcript.exchanges()[1].name, "absent");
    EXPECT_EQ(transcript.exchanges()[1].answer->status, Status::nx_domain);
}

Flow<std::uint64_t> many_asks(std::uint32_t count) {
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
        const Answer answer = co_await ask("name", Type::a, "test");
        sum += answer->ttl;
    }
    co_return sum;
}

TEST(Flow, TenThousandAsksInARow) { EXPECT_EQ(run(many_asks(10'000), Counting()), 10'000ULL * 9'999 / 2); }

Flow<std::unique_ptr<int>> inner_pointer() {
    const Answer answer = co_await ask("name", Type::a, "test");
    co_return std::make_unique<int>(static_cast<int>(answer->ttl) + 5);
}
Flow<std::unique_ptr<int>> outer_pointer() {
    std::unique_ptr<int> value = co_await inner_pointer();
    ++*value;
    co_return value;
}

TEST(Flow, ResultsMove) { EXPECT_EQ(*run(outer_pointer(), Counting()), 6); }

Flow<int> deep(int levels) {
    if (levels == 0) {
        const Answer answer = co_await ask("bottom", Type::a, "test");
        co_return static_cast<int>(answer->ttl) + 1;
    }
    const int below = co_await deep(levels - 1);
    co_return below + 1;
}

TEST(Flow, DescendsAndReturnsWithoutStack) {
    EXPECT_EQ(run(deep(100'000), Counting()), 100'001); // at 64 bytes a level the stack would be full
}

Flow<int> many_ready(int count) {
    int sum = 0;
    for (int i = 0; i < count; ++i) {
        const int one = co_await constant(1); // ends at once: a transfer there and back
        sum += one;
    }
    co_return sum;
}

TEST(Flow, FlowsThatEndAtOnceDoNotPileUp) { EXPECT_EQ(run(many_ready(1'000'000), Counting()), 1'000'000); }

struct Live {
    explicit Live(int& count) : count_(count) { ++count_; }
    Live(const Live&) = delete;
    Live& operator=(const Live&) = delete;
    ~Live() { --count_; }
    int& count_;
};

Flow<int> holding(int levels, std::shared_ptr<int> live) {
    const Live here(*live);
    if (levels > 0) {
        const int below = co_await holding(levels - 1, live);
        co_return below;
    }
    const Answer first = co_await ask("one", Type::a, "test");
    const Answer second = co_await ask("two", Type::a, "test");
    co_return static_cast<int>(second->ttl);
}

TEST(Flow, AbandonedMidWayFreesEverything) {
    const auto live = std::make_shared<int>(0);
    { const auto never_started = holding(3, live); }
    EXPECT_EQ(live.use_count(), 1);
    {
        auto flow = holding(1'000, live);
        ASSERT_NE(flow.start(), nullptr);
        EXPECT_EQ(*live, 1'001);
    }
    EXPECT_EQ(*live, 0);
    EXPECT_EQ(live.use_count(), 1);
    {
        auto flow = holding(5, live);
        ASSERT_NE(flow.start(), nullptr);
        ASSERT_NE(flow.answer(make_answer(Status::ok)), nullptr);
        EXPECT_EQ(*live, 6);
    }
    EXPECT_EQ(*live, 0);
}

TEST(Flow, AssignmentReplaces) {
    const auto live = std::make_shared<int>(0);
    auto flow = holding(2, live);
    ASSERT_NE(flow.start(), nullptr);
    {
        auto other = holding(0, live);
        ASSERT_NE(other.start(), nullptr);
        flow = std::move(other);
    }
    EXPECT_EQ(*live, 1);
    ASSERT_NE(flow.answer(make_answer(Status::ok)), nullptr);
    EXPECT_EQ(flow.answer(make_answer(Status::ok, 9)), nullptr);
    EXPECT_EQ(flow.result(), 9);
}

Flow<int> throwing(int levels, std::shared_ptr<int> live) {
    const Live here(*live);
    if (levels > 0) {
        const int below = co_await throwing(levels - 1, live);
        co_return below;
    }
    const Answer answer = co_await ask("name", Type::a, "test");
    if (answer->found()) throw std::runtime_error("at the bottom");
    co_return 0;
}

TEST(Flow, ExceptionsTravelUpAndOut) {
    const auto live = std::make_shared<int>(0);
    auto flow = throwing(50, live);
    ASSERT_NE(flow.start(), nullptr);
    EXPECT_THROW((void)flow.answer(make_answer(Status::ok)), std::runtime_error);
    EXPECT_EQ(*live, 0);
}

Flow<int> throws_at_once() {
    throw std::logic_error("before any question");
    co_return 0;
}
Flow<int> catching(std::shared_ptr<int> live) {
    int caught = 0;
    try {
        const int value = co_await throws_at_once();
        caught = value;
    } catch (const std::logic_error&) {
        caught = 1;
    }
    try {
        const int value = co_await throwing(2, live);
        caught += value;
    } catch (const std::runtime_error&) {
        caught += 10;
    }
    const Answer answer = co_await ask("after", Type::a, "test");
    co_return caught + static_cast<int>(answer->ttl) * 100;
}

TEST(Flow, ExceptionsLeaveThroughStartAndMayBeCaught) {
    auto flow = throws_at_once();
    EXPECT_THROW((void)flow.start(), std::logic_error);
    EXPECT_EQ(run(catching(std::make_shared<int>(0)), Counting()), 111);
}

Flow<int> branches(bool first) { // the pattern that g++ 12 miscompiles
    int sum = 0;
    if (co_await constant(first ? 1 : 0)) sum += co_await one_ask("x");
    sum += co_await constant(5);
    co_return sum;
}

TEST(Flow, AwaitInAConditionAndAnExpression) {
    EXPECT_EQ(run(branches(true), Counting()), 5);
    EXPECT_EQ(run(branches(false), Counting()), 5);
}

TEST(ImmediateSource, HasEverythingAtHand) {
    const Counting counting;
    ImmediateSource source(counting);
    EXPECT_EQ(source.try_now({"absent", Type::a, "test", {}, true, true})->status, Status::nx_domain);
}

} // namespace
} // namespace bonafide::dns
