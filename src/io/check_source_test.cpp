// Who is asked what: the server that a question names, or the source behind; and one server in place of all.
#include "io/check_source.hpp"
#include "io/dns_script.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>

namespace bonafide::io {
namespace {

using namespace std::chrono_literals;
using dns::Status;
using dns::Type;
using testing::ElementsAre;

/// Knows one text for every name.
class Resolver final : public dns::AsyncSource {
  public:
    dns::Answer try_now(const dns::Question&) override {
        auto answer = std::make_shared<dns::AnswerData>();
        answer->status = Status::ok;
        answer->txt = {"of the resolver"};
        return answer;
    }
    void ask(dns::Question question, Done done) override { done(try_now(question)); }
};

dns::Answer ask(boost::asio::io_context& context, dns::AsyncSource& source, const dns::Question& question) {
    dns::Answer answer = source.try_now(question);
    if (answer) return answer;
    bool called_back = false;
    source.ask(question, [&](dns::Answer got) {
        EXPECT_TRUE(called_back) << "answered within ask()";
        answer = std::move(got);
    });
    called_back = true;
    context.restart();
    while (!answer && context.run_one_for(5s) > 0) {}
    return answer ? answer : dns::make_answer(Status::serv_fail);
}

dns::Question direct(std::string name, std::string_view server = "127.0.0.1") {
    return {std::move(name), Type::txt, "test", *ip::Address::parse(server), false, false};
}
dns::Question ordinary(std::string name, Type type = Type::txt) {
    return {std::move(name), type, "test", {}, true, true};
}

TEST(CheckSource, QuestionsGoWhereTheySay) {
    boost::asio::io_context context;
    const DnsScript server([](const DnsQuery& query) {
        return std::optional(
            DnsReply{.rows = {{query.name, Type::txt, wire_text(query.recursion ? "recursive" : "own")}}});
    });
    Resolver resolver;
    CheckSource source(context, resolver, {.timeout = 2s, .port = server.port()});
    EXPECT_THAT(ask(context, source, ordinary("example.com"))->txt, ElementsAre("of the resolver"));
    EXPECT_EQ(server.questions(), 0);
    EXPECT_THAT(ask(context, source, direct("example.com"))->txt, ElementsAre("own"));
    EXPECT_THAT(ask(context, source, direct("example.com"))->txt, ElementsAre("own"));
    EXPECT_EQ(server.questions(), 2); // nothing is kept
}

TEST(CheckSource, OneLostDatagramIsNoSilence) {
    boost::asio::io_context context;
    std::atomic<int> count{0};
    const DnsScript server([&](const DnsQuery& query) {
        return count++ == 0 ? std::nullopt
                            : std::optional(DnsReply{.rows = {{query.name, Type::txt, wire_text("second try")}}});
    });
    Resolver resolver;
    CheckSource source(context, resolver, {.timeout = 400ms, .port = server.port()});
    EXPECT_THAT(ask(context, source, direct("example.com"))->txt, ElementsAre("second try"));
}

TEST(CheckSource, AServerThatWasSilentTwiceIsNotWaitedForAgain) {
    boost::asio::io_context context;
    const DnsScript server([](const DnsQuery&) { return std::optional<DnsReply>(); });
    Resolver resolver;
    CheckSource source(context, resolver, {.timeout = 60ms, .port = server.port()});
    for (std::uint32_t i = 0; i < CheckSource::most_silences; ++i) {
        EXPECT_EQ(source.try_now(direct("example.com")), nullptr);
        EXPECT_EQ(ask(context, source, direct("example.com"))->status, Status::timeout);
    }
    const int asked = server.questions();
    EXPECT_EQ(asked, 4); // two questions in two tries
    ASSERT_NE(source.try_now(direct("example.com")), nullptr);
    EXPECT_EQ(source.try_now(direct("example.com"))->status, Status::timeout);
    EXPECT_EQ(source.try_now(direct("example.com", "127.0.0.2")), nullptr); // another server has its own count
    EXPECT_EQ(server.questions(), asked);
}

TEST(CheckSource, MayEndWhileQuestionsAreOpen) {
    boost::asio::io_context context;
    const DnsScript server([](const DnsQuery&) { return std::optional<DnsReply>(); });
    Resolver resolver;
    auto source = std::make_unique<CheckSource>(
        context, resolver, CheckSource::Settings{.timeout = 100ms, .threads = 1, .port = server.port()});
    int answers = 0;
    for (int i = 0; i < 5; ++i) source->ask(direct("example.com"), [&](const dns::Answer&) { ++answers; });
    source.reset();
    context.poll();
    EXPECT_LE(answers, 1);
}

TEST(OneServer, EverythingIsAskedOfItWithRecursionAndKept) {
    boost::asio::io_context context;
    const DnsScript server([](const DnsQuery& query) {
        return std::optional(
            DnsReply{.rows = {{query.name, Type::txt, wire_text(query.recursion ? "recursive" : "own")}},
                     .authoritative = false});
    });
    const auto source = open_one_server(context, server.endpoint(), 2s);
    for (int i = 0; i < 2; ++i)
        EXPECT_THAT(ask(context, *source, ordinary("example.com"))->txt, ElementsAre("recursive"));
    EXPECT_EQ(server.questions(), 1);
}

TEST(OneServer, AliasesThatItDoesNotFollowAreAskedForAgain) {
    boost::asio::io_context context;
    const DnsScript server([](const DnsQuery& query) {
        if (query.name == "key.other.example")
            return std::optional(DnsReply{.rows = {{query.name, Type::txt, wire_text("p=abc")}}});
        return std::optional(DnsReply{.rows = {{query.name, Type::cname, wire_name("key.other.example")}}});
    });
    const auto source = open_one_server(context, server.endpoint(), 2s);
    const dns::Answer answer = ask(context, *source, ordinary("s._domainkey.example.com"));
    EXPECT_THAT(answer->txt, ElementsAre("p=abc"));
    EXPECT_TRUE(answer->aliased);
}

TEST(OneServer, ACircleOfAliasesEnds) {
    boost::asio::io_context context;
    const DnsScript server([](const DnsQuery& query) {
        const bool one = query.name == "one.example";
        return std::optional(
            DnsReply{.rows = {{query.name, Type::cname, wire_name(one ? "two.example" : "one.example")}}});
    });
    const auto source = open_one_server(context, server.endpoint(), 2s);
    EXPECT_EQ(ask(context, *source, ordinary("one.example"))->status, Status::cname_loop);
    EXPECT_EQ(server.questions(), 8);
}

TEST(OneServer, WhatAnAuthoritativeServerRefusesIsNotThereForIt) {
    boost::asio::io_context context;
    const DnsScript server([](const DnsQuery& query) {
        if (query.name == "example.com")
            return std::optional(DnsReply{.rows = {{query.name, Type::txt, wire_text("v=spf1 -all")}}});
        return std::optional(DnsReply{.code = 5});
    });
    const auto source = open_one_server(context, server.endpoint(), 2s);
    EXPECT_EQ(ask(context, *source, ordinary("other.example"))->status, Status::refused) << "may refuse us altogether";
    EXPECT_TRUE(ask(context, *source, ordinary("example.com"))->found());
    EXPECT_EQ(ask(context, *source, ordinary("other.example"))->status, Status::nx_domain);
}

} // namespace
} // namespace bonafide::io
