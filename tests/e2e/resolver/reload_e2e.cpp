// Sources over a reload, with name servers that tell which of them was asked: what is read anew, who keeps answers, what is counted.
#include "answerer.hpp"
#include "asker.hpp"
#include "engine/sources.hpp"
#include "name_server.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace bonafide::e2e {
namespace {

using namespace std::chrono_literals;
using Source = std::shared_ptr<dns::AsyncSource>;

/// One worker: this thread.
class Reload : public testing::Test {
  protected:
    void SetUp() override {
        settings.dns.servers = {first.address()};
        settings.dns.dnssec = false;
        settings.dns.timeout = 5s;
        sources = std::make_unique<engine::Sources>(settings, 1);
        ASSERT_TRUE(sources->read(settings));
        ASSERT_TRUE(sources->make(0, io));
    }
    void TearDown() override {
        if (sources) sources->release(0);
    }
    Expected<void> reload() {
        return sources->prepare(settings, [](const std::function<void(std::size_t)>& work) { work(0); });
    }
    /// Runs until `done` holds.
    template<class Done> [[nodiscard]] bool run(Done done) {
        const auto end = std::chrono::steady_clock::now() + 20s;
        io.restart();
        while (!done() && !io.stopped() && std::chrono::steady_clock::now() < end) io.run_one_for(1s);
        return done();
    }
    dns::Answer ask(const Source& source, const std::string& name) {
        if (dns::Answer kept = source->try_now(question(name))) return kept;
        dns::Answer answer;
        source->ask(question(name), [&answer](dns::Answer got) { answer = std::move(got); });
        EXPECT_TRUE(run([&] { return answer != nullptr; }));
        return answer ? answer : dns::make_answer(dns::Status::timeout);
    }
    boost::asio::io_context io;
    Answerer first, second;
    Folder folder;
    engine::Settings settings;
    std::unique_ptr<engine::Sources> sources;
};

TEST_F(Reload, WhatHasNotChangedStays) {
    const Source before = sources->current(0);
    EXPECT_EQ(ask(before, "a.example")->txt.size(), 1U);
    settings.spf.explanation = false;
    ASSERT_TRUE(reload());
    EXPECT_EQ(sources->current(0), before);
    EXPECT_TRUE(before->try_now(question("a.example"))) << "the cache too";
}

TEST_F(Reload, AnswersOfTheOldServersAreNotKept) {
    Source before = sources->current(0);
    (void)ask(before, "a.example");
    dns::Answer late;
    before->ask(question("slow.example"), [&](dns::Answer got) {
        late = std::move(got);
        before.reset(); // the last who used it
    });
    settings.dns.servers = {second.address()};
    ASSERT_TRUE(reload());
    const Source after = sources->current(0);
    ASSERT_NE(after, before);
    EXPECT_FALSE(after->try_now(question("a.example")));
    ASSERT_TRUE(run([&] { return late != nullptr; }));
    EXPECT_EQ(late->txt.size(), 1U) << "who had asked is answered";
    EXPECT_FALSE(after->try_now(question("slow.example")));
    EXPECT_EQ(second.here_asked(), 0U);
    EXPECT_EQ(ask(after, "a.example")->txt.size(), 1U);
    EXPECT_GE(second.here_asked(), 1U);
    EXPECT_TRUE(after->try_now(question("a.example")));
}

TEST_F(Reload, CountsGrowOverReloads) {
    (void)ask(sources->current(0), "a.example");
    (void)ask(sources->current(0), "servfail.example");
    EXPECT_EQ(sources->stats().asked, 2U);
    EXPECT_EQ(sources->stats().failures, 1U);
    EXPECT_EQ(sources->validating(io::Resolver::Validation::off), 1U);
    for (unsigned i = 1; i <= 3; ++i) {
        settings.dns.servers = {i % 2 == 0 ? first.address() : second.address()};
        ASSERT_TRUE(reload());
        (void)ask(sources->current(0), "a.example");
        EXPECT_EQ(sources->stats().asked, 2U + i);
        EXPECT_EQ(sources->stats().failures, 1U);
        EXPECT_EQ(sources->stats().under_way, 0U);
    }
    settings.dns.zone = folder.write("zone", "a.example. TXT \"from the zone\"\n");
    ASSERT_TRUE(reload());
    EXPECT_EQ(ask(sources->current(0), "a.example")->txt, std::vector<std::string>{"from the zone"});
    EXPECT_EQ(sources->stats().asked, 5U);
    EXPECT_EQ(sources->validating(io::Resolver::Validation::off), 0U);
}

TEST_F(Reload, TheTrustAnchorIsReadAnewUnderTheSamePath) {
    const std::string root = ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n";
    settings.dns.dnssec = true;
    settings.dns.trust_anchor = folder.write("anchor", root);
    ASSERT_TRUE(reload());
    const Source with_root = sources->current(0);
    ASSERT_TRUE(reload());
    EXPECT_EQ(sources->current(0), with_root);
    (void)folder.write("anchor", "example. IN DS 20326 8 2 "
                                 "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n");
    ASSERT_TRUE(reload());
    const Source other = sources->current(0);
    EXPECT_NE(other, with_root);
    (void)folder.write("anchor", "no anchor at all\n");
    EXPECT_FALSE(reload());
    EXPECT_EQ(sources->current(0), other);
}

TEST_F(Reload, AnErrorChangesNothing) {
    const Source before = sources->current(0);
    (void)ask(before, "a.example");
    settings.dns.servers = {"not an address"};
    const auto done = reload();
    ASSERT_FALSE(done);
    EXPECT_TRUE(done.error().text.contains("not an address")) << done.error().text;
    EXPECT_EQ(sources->current(0), before);
    EXPECT_TRUE(before->try_now(question("a.example")));
    EXPECT_EQ(ask(before, "b.example")->txt.size(), 1U);
    EXPECT_TRUE(before->try_now(question("b.example")));
}

} // namespace
} // namespace bonafide::e2e
