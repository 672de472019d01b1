// Servers that are slow, silent, wrong or gone.
#include "answerer.hpp"
#include "asker.hpp"
#include "name_server.hpp"

#include <algorithm>
#include <chrono>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

namespace bonafide::e2e {
namespace {

using dns::Status;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Strings = std::vector<std::string>;

io::ResolverSettings settings(const std::string& server, std::chrono::milliseconds timeout) {
    io::ResolverSettings result;
    result.servers = {server};
    result.dnssec = false;
    result.timeout = timeout;
    return result;
}

TEST(Silence, EndsAtTheTimeOut) {
    const Answerer server;
    Asker asker(settings(server.address(), 500ms));
    const auto start = Clock::now();
    EXPECT_EQ(asker.ask("silent.example")->status, Status::timeout);
    EXPECT_GE(Clock::now() - start, 500ms);
    EXPECT_LT(Clock::now() - start, 5s);
    EXPECT_EQ(asker.resolver->stats().timeouts, 1U);
    EXPECT_EQ(asker.resolver->stats().under_way, 0U);
}

TEST(Silence, LateAnswerStillFillsTheCache) {
    const Answerer server;
    Asker asker(settings(server.address(), 500ms));
    EXPECT_EQ(asker.ask("slow.example")->status, Status::timeout);
    const dns::Answer later =
        asker.ask_fresh("slow.example"); // joins the question under way and inherits nothing of its time
    if (later->status == Status::timeout) asker.io.run_for(10s);
    const dns::Answer kept = asker.resolver->try_now(question("slow.example"));
    ASSERT_NE(kept, nullptr);
    EXPECT_EQ(kept->status, Status::ok);
    EXPECT_EQ(asker.resolver->stats().asked, 1U);
}

TEST(Silence, FiveHundredTarpitsStallNobodyElse) {
    const Answerer server;
    Asker asker(settings(server.address(), 5000ms));
    unsigned silent = 0;
    for (int i = 0; i < 500; ++i)
        asker.resolver->ask(question("silent" + std::to_string(i) + ".example"), [&](const dns::Answer&) { ++silent; });
    std::vector<double> milliseconds;
    for (int i = 0; i < 200; ++i) { // while the tarpits hang, and beyond the moment they are given up
        const auto start = Clock::now();
        const dns::Answer answer = asker.ask("here" + std::to_string(i) + ".example");
        milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
        EXPECT_EQ(answer->status, Status::ok)
            << i << " after " << milliseconds.back() << " ms, tarpits ended: " << silent;
        asker.io.restart();
        asker.io.run_for(40ms);
    }
    EXPECT_EQ(silent, 500U); // eight seconds have passed
    std::sort(milliseconds.begin(), milliseconds.end());
    RecordProperty("median_ms", std::to_string(milliseconds[100]));
    RecordProperty("slowest_ms", std::to_string(milliseconds.back()));
    EXPECT_LT(milliseconds[100], 500) << "median";
    EXPECT_LT(milliseconds.back(), 3000) << "slowest";
}

// A forwarder answers for all names: however many of them are tarpits, nothing follows for the next one.
TEST(Silence, TarpitsAloneDoNotGetTheServerWrittenOff) {
    const Answerer server;
    Asker asker(settings(server.address(), 3000ms));
    EXPECT_EQ(asker.ask("here.example")->status, Status::ok);
    const auto start = Clock::now();
    for (int i = 0; Clock::now() - start < 20s; ++i) {
        asker.resolver->ask(question("silent" + std::to_string(i) + ".example"), [](const dns::Answer&) {});
        asker.io.restart();
        asker.io.run_for(50ms);
    }
    EXPECT_EQ(asker.ask("here2.example")->status, Status::ok);
}

TEST(Silence, SlowNameIsWaitedForThoughTheServerIsNear) {
    const Answerer server;
    Asker asker(settings(server.address(), 5000ms));
    for (int i = 0; i < 10; ++i) EXPECT_EQ(asker.ask("here" + std::to_string(i) + ".example")->status, Status::ok);
    EXPECT_EQ(asker.ask("slow.example")->status, Status::ok);
}

TEST(Silence, WrongAnswersAreTemporaryFailures) {
    const Answerer server;
    Asker asker(settings(server.address(), 1500ms));
    for (const char* name : {"servfail.example", "refused.example", "garbage.example", "cut.example"})
        EXPECT_TRUE(asker.ask(name)->temporary()) << name;
    EXPECT_EQ(asker.ask("here.example")->txt, Strings{"here"});
}

TEST(Silence, OnlyServerGoneAndBack) {
    NameServer server(
        {{"example", "$ORIGIN example.\n$TTL 0\n@ SOA ns h 1 2 3 4 0\n@ NS ns\nns A 127.0.0.1\n* TXT \"wild\"\n"}});
    Asker asker(settings(server.v4(), 2000ms));
    bool first = false; // on a busy machine it may take longer than that
    for (int i = 0; !first && i < 10; ++i) first = asker.ask("first.example")->status == Status::ok;
    EXPECT_TRUE(first);
    server.stop();
    const auto gone = Clock::now();
    int failures = 0;
    for (int i = 0; Clock::now() - gone < 15s; ++i) { // traffic goes on, and libunbound learns that the server is dead
        EXPECT_TRUE(asker.ask("gone" + std::to_string(i) + ".example")->temporary());
        ++failures;
        asker.io.restart();
        asker.io.run_for(100ms);
    }
    EXPECT_GT(failures, 3);
    server.start();
    const auto back = Clock::now();
    bool answered = false;
    for (int i = 0; !answered && Clock::now() - back < 60s; ++i) {
        answered = asker.ask("back" + std::to_string(i) + ".example")->status == Status::ok;
        if (!answered) asker.io.run_for(200ms);
    }
    EXPECT_TRUE(answered);
    RecordProperty("seconds_until_answered",
                   std::to_string(std::chrono::duration<double>(Clock::now() - back).count()));
    for (int i = 0; i < 5; ++i) EXPECT_EQ(asker.ask("again" + std::to_string(i) + ".example")->status, Status::ok);
}

TEST(Silence, NobodyThereFromTheStart) {
    Asker asker(settings("127.0.0.1@" + std::to_string(free_port()), 1000ms));
    EXPECT_TRUE(asker.ask("here.example")->temporary());
}

} // namespace
} // namespace bonafide::e2e
