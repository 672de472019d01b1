// How long a message waits for DNS: one limit for all its look-ups, whoever is silent.
#include "engine/driver.hpp"
#include "engine/transaction.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>
#include <vector>

namespace bonafide::engine {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

/// Time that stands until told otherwise, and rings what has become due.
class FakeTime {
  public:
    FakeTime() {
        clock.steady = [this] { return now; };
        clock.unix_time = [] { return 1795255200; };
        clock.alarm = [this](Clock::TimePoint when, std::function<void()> act) -> Clock::Alarm {
            auto alarm = std::make_shared<Set>(when, std::move(act));
            alarms.push_back(alarm);
            return alarm;
        };
    }
    void pass(std::chrono::milliseconds time) {
        const auto end = now + time;
        while (const auto next = first_until(end)) {
            now = std::max(now, next->when);
            const auto act = std::exchange(next->act, {});
            next_released();
            act();
        }
        now = end;
    }
    [[nodiscard]] std::size_t set() const {
        return static_cast<std::size_t>(std::ranges::count_if(alarms, [](const auto& alarm) {
            const auto one = alarm.lock();
            return one && one->act;
        }));
    }
    Clock::TimePoint now{};
    Clock clock;

  private:
    struct Set {
        Clock::TimePoint when;
        std::function<void()> act;
    };
    std::shared_ptr<Set> first_until(Clock::TimePoint end) {
        std::shared_ptr<Set> first;
        for (const auto& alarm : alarms)
            if (auto one = alarm.lock(); one && one->act && one->when <= end && (!first || one->when < first->when))
                first = std::move(one);
        return first;
    }
    void next_released() {
        std::erase_if(alarms, [](const auto& alarm) { return alarm.expired(); });
    }
    std::vector<std::weak_ptr<Set>> alarms;
};

/// Keeps every question; knows some answers at once.
class Silent final : public dns::AsyncSource {
  public:
    dns::Answer try_now(const dns::Question& question) override {
        return question.name == "kept.example" ? dns::make_answer(dns::Status::nx_domain) : nullptr;
    }
    void ask(dns::Question question, Done done) override { waiting.emplace_back(std::move(question), std::move(done)); }
    void answer_all(dns::Status status = dns::Status::nx_domain) {
        for (auto& [question, done] : std::exchange(waiting, {})) done(dns::make_answer(status));
    }
    std::vector<std::pair<dns::Question, Done>> waiting;
};

dns::Flow<std::vector<dns::Status>> ask_each(std::vector<std::string> names) {
    std::vector<dns::Status> result;
    for (const std::string& name : names) {
        dns::Question question{name, dns::Type::txt, "test", {}, true, true};
        const dns::Answer answer = co_await dns::ask(question);
        result.push_back(answer->status);
    }
    co_return result;
}

class DriverTest : public testing::Test {
  protected:
    void run(std::vector<std::string> names) {
        driver->run(ask_each(std::move(names)),
                    [this](std::vector<dns::Status> statuses) { results.push_back(std::move(statuses)); });
    }
    FakeTime time;
    Silent source;
    std::vector<std::vector<dns::Status>> results;
    std::vector<std::string> failures;
    std::unique_ptr<Driver> driver =
        std::make_unique<Driver>(source, time.clock, 10s, [this](std::string_view why) { failures.emplace_back(why); });
};

constexpr auto nx_domain = dns::Status::nx_domain;
constexpr auto timeout = dns::Status::timeout;

TEST_F(DriverTest, OneLimitForAllFlows) {
    run({"a.example", "b.example"});
    time.pass(6s);
    run({"c.example"});
    time.pass(3999ms);
    EXPECT_TRUE(results.empty());
    time.pass(1ms);
    EXPECT_THAT(results, ElementsAre(ElementsAre(timeout, timeout), ElementsAre(timeout)));
    EXPECT_EQ(driver->pending(), 0U);
    EXPECT_EQ(source.waiting.size(), 2U) << "b.example is not asked any more";
    run({"d.example"});
    EXPECT_THAT(results.back(), ElementsAre(timeout)) << "at once";
    EXPECT_EQ(driver->transcript().exchanges().size(), 4U);
    source.answer_all(); // late
    EXPECT_EQ(results.size(), 3U);
}

TEST_F(DriverTest, OnlyWaitingCounts) {
    run({"a.example"});
    time.pass(4s);
    source.answer_all();
    EXPECT_EQ(time.set(), 0U);
    time.pass(1h); // a slow client
    run({"b.example"});
    time.pass(5999ms);
    EXPECT_EQ(results.size(), 1U);
    time.pass(1ms);
    EXPECT_THAT(results, ElementsAre(ElementsAre(nx_domain), ElementsAre(timeout)));
}

TEST_F(DriverTest, WhatIsAtHandIsAnsweredStill) {
    run({"a.example", "kept.example"});
    time.pass(10s);
    EXPECT_THAT(results, ElementsAre(ElementsAre(timeout, nx_domain)));
}

TEST_F(DriverTest, MoreTimeMayBeAllowed) {
    run({"a.example"});
    time.pass(9s);
    driver->allow(12s);
    time.pass(2999ms);
    EXPECT_TRUE(results.empty());
    time.pass(1ms);
    EXPECT_THAT(results, ElementsAre(ElementsAre(timeout)));
    driver->allow(13s);
    run({"b.example"});
    EXPECT_EQ(results.size(), 1U);
    time.pass(1s);
    EXPECT_EQ(results.size(), 2U);
}

TEST_F(DriverTest, DoneMayDestroyTheDriverWhenTheTimeIsOver) {
    for (int i = 0; i < 3; ++i)
        driver->run(ask_each({"a.example"}), [this](std::vector<dns::Status> statuses) {
            results.push_back(std::move(statuses));
            driver.reset();
        });
    time.pass(10s);
    EXPECT_EQ(results.size(), 1U);
    EXPECT_EQ(time.set(), 0U);
    source.answer_all();
    EXPECT_EQ(results.size(), 1U);
}

TEST_F(DriverTest, WhatThrowsWhenTheTimeIsOverCostsTheOthersNothing) {
    driver->run(ask_each({"a.example"}), [](const std::vector<dns::Status>&) { throw std::runtime_error("broken"); });
    run({"b.example"});
    time.pass(10s);
    EXPECT_THAT(failures, ElementsAre("broken"));
    EXPECT_THAT(results, ElementsAre(ElementsAre(timeout)));
    EXPECT_EQ(driver->pending(), 0U);
}

TEST_F(DriverTest, ADestroyedDriverCallsItsAlarmOff) {
    run({"a.example"});
    EXPECT_EQ(time.set(), 1U);
    driver.reset();
    EXPECT_EQ(time.set(), 0U);
    time.pass(1h);
    EXPECT_TRUE(results.empty());
}

class MessageTimeTest : public testing::Test {
  protected:
    MessageTimeTest() {
        context.settings = std::make_shared<Settings>();
        context.suffixes = std::make_shared<dns::PublicSuffixList>(dns::PublicSuffixList::system());
        context.host_name = "mx.receiver.example";
        context.source = source;
        context.clock = time.clock;
    }
    static void envelope(Transaction& message) {
        message.mail("<ann@example.com>", {});
        message.rcpt("<bob@receiver.example>");
    }
    static void content(Transaction& message) {
        message.header("From", " Ann <ann@example.org>");
        for (const char* selector : {"a", "b"})
            message.header("DKIM-Signature", " v=1; a=rsa-sha256; d=example.net; s=" + std::string(selector) +
                                                 "; h=from; bh=AAAA; b=AAAA");
        message.end_of_header();
        message.body("Hello.\r\n");
    }
    [[nodiscard]] std::chrono::milliseconds limit() const { return context.settings->dns.message_timeout; }

    FakeTime time;
    std::shared_ptr<Silent> source = std::make_shared<Silent>();
    Context context;
    const Peer peer{ip::Address::parse("192.0.2.1"), 40000, "mx.example.com", "smtpd", {}};
    std::optional<Finished> finished;
};

TEST_F(MessageTimeTest, ResolversThatNeverAnswerCostOneTimeoutInAll) {
    Connection connection(context);
    connection.open(peer);
    Transaction message(connection);
    envelope(message);
    content(message);
    message.end([&](Finished f) { finished = std::move(f); });
    EXPECT_GE(source->waiting.size(), 5U) << "iprev, SPF, two DKIM keys, DMARC discovery, side by side";
    time.pass(limit() - 1ms);
    EXPECT_FALSE(finished);
    time.pass(1ms);
    ASSERT_TRUE(finished);
    const verdict::Facts& facts = finished->facts;
    EXPECT_EQ(facts.spf.value->result, spf::Result::temperror);
    EXPECT_EQ(facts.iprev.value->result, iprev::Result::temperror);
    EXPECT_EQ(facts.dmarc.value->result, dmarc::Result::temperror);
    ASSERT_EQ(facts.dkim.size(), 2U);
    for (const dkim::SignatureResult& signature : facts.dkim) {
        EXPECT_EQ(signature.result, dkim::Result::temperror);
        EXPECT_THAT(signature.reason, HasSubstr("TIMEOUT"));
    }
    EXPECT_THAT(facts.unchecked, ElementsAre("dns"));
    EXPECT_EQ(finished->waited, limit());
    EXPECT_EQ(finished->decision.action, policy::Action::accept);
    EXPECT_EQ(time.set(), 0U);
}

TEST_F(MessageTimeTest, SlowNamesInTheEnvelopeLeaveTimeForTheHeader) {
    Connection connection(context);
    connection.open(peer);
    Transaction message(connection);
    envelope(message);
    time.pass(limit() / 5 * 4);
    time.pass(1h); // the client waits as well: in vain
    content(message);
    source->waiting.clear(); // iprev and SPF are over
    message.end([&](Finished f) { finished = std::move(f); });
    EXPECT_FALSE(finished) << "the Author Domain's own time";
    time.pass(limit() / 5 - 1ms);
    EXPECT_FALSE(finished);
    time.pass(1ms);
    ASSERT_TRUE(finished);
    EXPECT_EQ(finished->facts.spf.value->result, spf::Result::temperror);
}

TEST_F(MessageTimeTest, AClientThatTakesItsTimeUsesNoneUp) {
    Connection connection(context);
    connection.open(peer);
    Transaction message(connection);
    envelope(message);
    while (!source->waiting.empty()) source->answer_all();
    time.pass(1h);
    content(message);
    time.pass(1s);
    while (!source->waiting.empty()) source->answer_all();
    time.pass(1h);
    message.end([&](Finished f) { finished = std::move(f); });
    while (!source->waiting.empty()) source->answer_all();
    ASSERT_TRUE(finished);
    EXPECT_EQ(finished->facts.spf.value->result, spf::Result::none);
    EXPECT_EQ(finished->facts.dmarc.value->result, dmarc::Result::none);
    EXPECT_TRUE(finished->facts.unchecked.empty());
}

} // namespace
} // namespace bonafide::engine
