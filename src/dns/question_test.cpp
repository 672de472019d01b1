#include "dns/question.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>

namespace bonafide::dns {
namespace {

TEST(Question, TextsRoundTrip) {
    for (const Type type :
         {Type::a, Type::ns, Type::cname, Type::soa, Type::ptr, Type::mx, Type::txt, Type::aaaa, Type::spf})
        EXPECT_EQ(parse_type(to_text(type)), type);
    for (int i = 0; i <= static_cast<int>(Status::cname_loop); ++i)
        EXPECT_EQ(parse_status(to_text(static_cast<Status>(i))), static_cast<Status>(i));
    for (int i = 0; i <= static_cast<int>(Dnssec::bogus); ++i)
        EXPECT_EQ(parse_dnssec(to_text(static_cast<Dnssec>(i))), static_cast<Dnssec>(i));
    EXPECT_EQ(parse_type("txt"), Type::txt);
    EXPECT_EQ(parse_type("TXTX"), std::nullopt);
    EXPECT_EQ(parse_type("type16"), Type::txt); // RFC 3597 5
    EXPECT_EQ(parse_type("TYPE65280"), std::nullopt);
    EXPECT_EQ(parse_type("TYPE"), std::nullopt);
    EXPECT_EQ(to_text(static_cast<Type>(4711)), "unknown");
}

TEST(Question, VoidAndTemporary) {
    for (int i = 0; i <= static_cast<int>(Status::cname_loop); ++i) {
        const Answer answer = make_answer(static_cast<Status>(i));
        EXPECT_EQ(answer->found() + answer->empty() + answer->temporary(), 1)
            << i; // each status is exactly one of them
    }
    EXPECT_TRUE(is_void(Status::nx_domain) && is_void(Status::no_data));
    EXPECT_EQ(make_answer(Status::timeout, 7, Dnssec::secure)->ttl, 7U);
}

TEST(Memo, MakesOnceAndKeepsOneType) {
    const Answer answer = make_answer(Status::ok);
    int made = 0;
    const auto first = answer->memo.get<std::string>([&] { return ++made, std::string("parsed"); });
    // Another lambda at another place asks for the same thing.
    const auto second = answer->memo.get<std::string>([&] { return ++made, std::string("again"); });
    EXPECT_EQ(first, second);
    EXPECT_EQ(*second, "parsed");
    EXPECT_EQ(made, 1);

    const auto other = answer->memo.get<int>([] { return 5; });
    EXPECT_EQ(*other, 5);
    EXPECT_NE(other, answer->memo.get<int>([] { return 5; })); // not kept
    EXPECT_EQ(*answer->memo.get<std::string>([] { return std::string(); }), "parsed");
}

TEST(Memo, IsNotCopiedWithItsAnswer) {
    const Answer answer = make_answer(Status::ok);
    (void)answer->memo.get<int>([] { return 1; });
    const AnswerData copy = *answer;
    EXPECT_EQ(*copy.memo.get<int>([] { return 2; }), 2);
}

TEST(Memo, OutlivesTheAnswer) {
    std::shared_ptr<const std::string> kept;
    {
        const Answer answer = make_answer(Status::ok);
        kept = answer->memo.get<std::string>([] { return std::string(100, 'k'); });
    }
    EXPECT_EQ(kept->size(), 100U);
}

TEST(Memo, ThreadsAgreeOnOneValue) {
    for (int round = 0; round < 200; ++round) {
        const Answer answer = make_answer(Status::ok);
        std::array<std::shared_ptr<const int>, 4> values;
        std::atomic<int> waiting = 0;
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < values.size(); ++i)
            threads.emplace_back([&, i] {
                ++waiting;
                while (waiting < static_cast<int>(values.size())) std::this_thread::yield();
                values[i] = answer->memo.get<int>([i] { return static_cast<int>(i); });
            });
        for (auto& thread : threads) thread.join();
        for (const auto& value : values) ASSERT_EQ(value, values[0]);
    }
}

} // namespace
} // namespace bonafide::dns
