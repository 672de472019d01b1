// What is sent, what is not, and what the log and the counters say of it; the mail server is a function here.
#include "engine/notices.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace bonafide::engine {
namespace {

using namespace std::chrono_literals;
using io::smtp::Failure;
using io::smtp::Step;
using testing::HasSubstr;
using testing::Not;
using Sent = std::expected<io::smtp::Outcome, Failure>;

class NoticesTest : public testing::Test {
  protected:
    NoticesTest() {
        std::string pattern = testing::TempDir() + "bonafide-notices-XXXXXX";
        folder = ::mkdtemp(pattern.data());
        log = io::Logger::open({.target = folder + "/log", .level = io::Logger::Level::debug}).value();
        settings->notify.interval = 0ms;
        finished.facts.envelope.client = ip::Address::parse("192.0.2.77");
        finished.facts.envelope.mail_from = "mallory@else.example";
        finished.facts.envelope.recipients = {"rita@ours.example"};
        finished.outcome.notify = {{"ann@ours.example", "spoof"}};
    }
    ~NoticesTest() override {
        notices.reset();
        std::filesystem::remove_all(folder);
    }
    void start() {
        Clock clock;
        clock.steady = [this] { return Clock::TimePoint(now.load()); };
        clock.unix_time = [] { return 1795255200; };
        notices = std::make_unique<Notices>(
            *log, settings, "mx.ours.example",
            [this](const io::smtp::Target& target, const io::smtp::Letter& letter, const std::stop_token& stop) {
                return answer(target, letter, stop);
            },
            clock);
    }
    Sent answer(const io::smtp::Target& target, const io::smtp::Letter& letter, const std::stop_token& stop) {
        const std::scoped_lock lock(mutex);
        targets.push_back(target);
        letters.push_back(letter);
        return reply(stop);
    }
    void decided(bool kept = false) {
        MessageEvent event{MessageEvent::End::decided, "6a-1", "4bX", &finished};
        notices->tell(event, kept);
    }
    void refused(policy::Level level) {
        const Early early{"550 5.7.1 no", "rule spoof"};
        const Refusal refusal{level, finished.facts, {}, early, finished.outcome};
        MessageEvent event{MessageEvent::End::refused, "6a-1", "4bX"};
        event.refusal = &refusal;
        notices->tell(event, false);
    }
    template<class Condition> bool comes(Condition condition) {
        for (int i = 0; i < 2000 && !condition(); ++i) std::this_thread::sleep_for(5ms);
        return condition();
    }
    std::string lines() {
        std::ifstream file(folder + "/log");
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::uint64_t sent() { return notices->counters().sent; }

    std::string folder;
    std::shared_ptr<Settings> settings = std::make_shared<Settings>();
    std::unique_ptr<io::Logger> log;
    std::atomic<Clock::TimePoint::duration> now{1000h};
    std::function<Sent(const std::stop_token&)> reply = [](const std::stop_token&) {
        return Sent(io::smtp::Outcome{"250 queued as 4711", {}});
    };
    std::mutex mutex;
    std::vector<io::smtp::Target> targets;
    std::vector<io::smtp::Letter> letters;
    Finished finished;
    std::unique_ptr<Notices> notices; ///< last: its thread uses the others
};

TEST_F(NoticesTest, AMessageIsTold) {
    settings->notify.smtp = "[::1]:2525";
    start();
    decided(true);
    ASSERT_TRUE(comes([&] { return sent() == 1; }));
    EXPECT_EQ(targets[0].server.text(), "[::1]:2525");
    EXPECT_EQ(targets[0].helo, "mx.ours.example");
    EXPECT_EQ(targets[0].timeouts.end, 30s);
    EXPECT_EQ(letters[0].mail_from, "");
    EXPECT_EQ(letters[0].recipients, std::vector<std::string>{"ann@ours.example"});
    const std::string& message = letters[0].message;
    EXPECT_THAT(message, HasSubstr("\r\nFrom: Bonafide <bonafide@mx.ours.example>\r\n"));
    EXPECT_THAT(message, HasSubstr("The rule \"spoof\" held for mail of mallory@else.example to rita@ours.example, "
                                   "which was accepted."));
    EXPECT_THAT(message, HasSubstr("More of it: bonafide trace 6a-1\r\n"));
    notices->stop();
    EXPECT_THAT(lines(), HasSubstr("notice.sent rule=spoof to=ann@ours.example reply=\"250 queued as 4711\""));
}

TEST_F(NoticesTest, ARefusalIsTold) {
    start();
    refused(policy::Level::mail);
    ASSERT_TRUE(comes([&] { return sent() == 1; }));
    EXPECT_THAT(letters[0].message, HasSubstr("which was refused at MAIL FROM."));
    EXPECT_THAT(letters[0].message, HasSubstr("Reply:         550 5.7.1 no\r\n"));
    EXPECT_THAT(letters[0].message, Not(HasSubstr("bonafide trace")));
}

TEST_F(NoticesTest, WithinTheIntervalItIsHeldBack) {
    settings->notify.interval = 15min;
    start();
    for (int i = 0; i < 3; ++i) decided();
    ASSERT_TRUE(comes([&] { return sent() == 1; }));
    EXPECT_EQ(notices->counters().held, 2U);
    now.store(now.load() + 15min);
    decided();
    ASSERT_TRUE(comes([&] { return sent() == 2; }));
    EXPECT_THAT(letters[1].message, HasSubstr("2 more of this rule since "));
}

TEST_F(NoticesTest, AnActionThatStandsTwiceInARuleIsDoneOnce) {
    finished.outcome.notify = {
        {"ann@ours.example", "a"}, {"bob@ours.example", "a"}, {"ann@ours.example", "a"}, {"ann@ours.example", "b"}};
    start();
    decided();
    ASSERT_TRUE(comes([&] { return sent() == 3; }));
    notices->stop();
    EXPECT_EQ(letters.size(), 3U);
}

TEST_F(NoticesTest, NothingIsSentWithoutAServerAndAReloadChangesIt) {
    settings->notify.smtp = "";
    start();
    decided();
    auto next = std::make_shared<Settings>(*settings);
    next->notify.smtp = "127.0.0.1:25";
    next->notify.from = "noreply@ours.example";
    notices->configure(next);
    decided();
    ASSERT_TRUE(comes([&] { return sent() == 1; }));
    EXPECT_THAT(letters[0].message, HasSubstr("From: Bonafide <noreply@ours.example>\r\n"));
}

// ---- no notice about a notice

TEST_F(NoticesTest, NoneAboutMailThatIsNotInbound) {
    start();
    for (const auto direction :
         {verdict::Direction::submitted, verdict::Direction::internal, verdict::Direction::local}) {
        finished.facts.direction = direction;
        decided();
        refused(policy::Level::mail);
    }
    notices->stop();
    EXPECT_TRUE(letters.empty());
}

TEST_F(NoticesTest, NoneAboutAnEmptyReversePath) {
    finished.facts.envelope.mail_from = "";
    start();
    decided();
    refused(policy::Level::mail);
    refused(policy::Level::rcpt);
    notices->stop();
    EXPECT_TRUE(letters.empty());
}

TEST_F(NoticesTest, NoneAboutAMessageIdOfOursWhoeverSendsIt) {
    start();
    decided();
    ASSERT_TRUE(comes([&] { return sent() == 1; }));
    const std::string& message = letters[0].message;
    const std::size_t begin = message.find("Message-ID: <") + 13;
    const std::string id = message.substr(begin, message.find('>', begin) - begin);
    finished.facts.letter.message_id = id; // a mailing list gave it a sender
    decided();
    finished.facts.letter.message_id = "bonafide.0.1@mx.ours.example"; // somebody else's idea of one
    decided();
    ASSERT_TRUE(comes([&] { return sent() == 2; }));
    notices->stop();
    EXPECT_EQ(letters.size(), 2U);
}

TEST_F(NoticesTest, NoneAboutAConnectionThatMayBeOurs) {
    settings->notify.smtp = "192.0.2.25:25";
    start();
    for (const char* client : {"127.0.0.1", "::1", "192.0.2.25"}) {
        finished.facts.envelope.client = ip::Address::parse(client);
        refused(policy::Level::connect);
        refused(policy::Level::helo);
    }
    finished.facts.envelope.client = ip::Address::parse("192.0.2.26");
    refused(policy::Level::connect);
    ASSERT_TRUE(comes([&] { return sent() == 1; }));
    notices->stop();
    EXPECT_EQ(letters.size(), 1U);
}

// ---- trouble

TEST_F(NoticesTest, TheLimitAndOnePast) {
    settings->limits.notices_waiting = 2;
    std::atomic<bool> go = false;
    reply = [&go](const std::stop_token&) {
        while (!go) std::this_thread::sleep_for(1ms);
        return Sent(io::smtp::Outcome{"250", {}});
    };
    start();
    decided();
    ASSERT_TRUE(comes([&] { return notices->counters().waiting == 0; })) << "it is under way";
    for (int i = 0; i < 4; ++i) decided();
    EXPECT_EQ(notices->counters().waiting, 2U);
    EXPECT_EQ(notices->counters().dropped, 2U);
    go = true;
    ASSERT_TRUE(comes([&] { return sent() == 3; }));
    notices->stop();
    const std::string text = lines();
    const auto first = text.find("notices.full");
    ASSERT_NE(first, std::string::npos) << text;
    EXPECT_EQ(text.find("notices.full", first + 1), std::string::npos) << "it is said once";
}

TEST_F(NoticesTest, RefusedForGoodIsNotTriedAgain) {
    reply = [](const std::stop_token&) { return Sent(std::unexpected(Failure{true, Step::rcpt, "550 unknown"})); };
    start();
    decided();
    ASSERT_TRUE(comes([&] { return notices->counters().failed == 1; }));
    notices->stop();
    EXPECT_EQ(letters.size(), 1U);
    EXPECT_THAT(lines(), HasSubstr("notice.failed rule=spoof to=ann@ours.example"));
    EXPECT_THAT(lines(), HasSubstr("why=\"550 unknown\""));
}

TEST_F(NoticesTest, NotForNowIsTriedAgainForAnHour) {
    reply = [](const std::stop_token&) { return Sent(std::unexpected(Failure{false, Step::mail, "450 later"})); };
    start();
    decided();
    ASSERT_TRUE(comes([&] { return notices->counters().waiting == 1; }));
    now.store(now.load() + 1h);
    decided(); // wakes the thread, whose clock is the test's
    ASSERT_TRUE(comes([&] { return notices->counters().failed == 1; }));
    EXPECT_THAT(lines(), HasSubstr("notice.delayed"));
    EXPECT_THAT(lines(), HasSubstr("notice.failed"));
}

TEST_F(NoticesTest, AnExceptionIsATemporaryFailure) {
    reply = [](const std::stop_token&) -> Sent { throw std::runtime_error("no descriptor"); };
    start();
    decided();
    EXPECT_TRUE(comes([&] { return lines().contains("why=\"no descriptor\""); }));
    EXPECT_EQ(notices->counters().waiting, 1U);
}

// ---- the end

TEST_F(NoticesTest, TheEndTriesWhatWaits) {
    std::atomic<bool> up = false;
    reply = [&up](const std::stop_token&) {
        return up ? Sent(io::smtp::Outcome{"250", {}})
                  : Sent(std::unexpected(Failure{false, Step::connect, "nobody there"}));
    };
    start();
    for (int i = 0; i < 3; ++i) decided();
    ASSERT_TRUE(comes([&] { return notices->counters().waiting == 3; }));
    up = true;
    notices->stop();
    EXPECT_EQ(sent(), 3U);
    EXPECT_THAT(lines(), Not(HasSubstr("notices.lost")));
    decided();
    EXPECT_EQ(notices->counters().waiting, 0U) << "after the end nothing is taken";
}

TEST_F(NoticesTest, WhatIsLostIsTold) {
    reply = [](const std::stop_token&) { return Sent(std::unexpected(Failure{false, Step::connect, "nobody there"})); };
    start();
    for (int i = 0; i < 3; ++i) decided();
    ASSERT_TRUE(comes([&] { return notices->counters().waiting == 3; }));
    notices->stop();
    EXPECT_THAT(lines(), HasSubstr("notices.lost count=3 "));
    EXPECT_EQ(notices->counters().dropped, 3U);
}

TEST_F(NoticesTest, ASilentServerHoldsTheEndUpNoLongerThanAllowed) {
    reply = [](const std::stop_token& stop) {
        while (!stop.stop_requested()) std::this_thread::sleep_for(1ms);
        return Sent(std::unexpected(Failure{false, Step::greeting, "given up"}));
    };
    start();
    decided();
    decided();
    notices->stop(50ms);
    EXPECT_THAT(lines(), HasSubstr("notices.lost count=2 "));
}

} // namespace
} // namespace bonafide::engine
