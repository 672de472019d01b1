// Answers of every kind from a real nsd.
#include "asker.hpp"
#include "name_server.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace bonafide::e2e {
namespace {

using dns::Status;
using dns::Type;
using namespace std::string_literals;
using Strings = std::vector<std::string>;

std::string big_txt(std::size_t bytes) {
    std::string record = "big TXT";
    for (std::size_t i = 0; i < bytes; i += 250)
        record += " \"" + std::string(250, static_cast<char>('a' + i / 250 % 26)) + "\"";
    return record + "\n";
}

std::string many_txt(int count) {
    std::string records;
    for (int i = 0; i < count; ++i) records += "many TXT \"" + std::to_string(i) + "\"\n";
    return records;
}

std::string zone() {
    std::string text = "$ORIGIN example.\n$TTL 300\n@ SOA ns hostmaster 1 3600 600 86400 120\n@ NS ns\nns A 127.0.0.1\n"
                       "@ TXT \"v=spf1 \" \"-all\"\n@ TXT \"other\"\n"
                       "host 60 A 192.0.2.1\nhost A 192.0.2.2\nhost AAAA 2001:db8::1\nhost AAAA ::ffff:192.0.2.3\n"
                       "mail MX 20 B.Example.\nmail MX 10 a\nnullmx MX 0 .\n"
                       "1.2.0.192.in-addr PTR Host.Example.\n"
                       "alias CNAME alias2\nalias2 30 CNAME host\ndangling CNAME nothing.here\nempty CNAME nullmx\n"
                       "loop1 CNAME loop2\nloop2 CNAME loop1\nself CNAME self\n"
                       "a.b.ent TXT \"below an empty non-terminal\"\n"
                       "bytes TXT \"a\\000b\\255\\\"\\\\;\"\nnothing TXT \"\"\n"
                       "*.wild TXT \"wild\"\n"
                       "odd\\032\\034\\092\\036\\000\\255 TXT \"odd name\"\n";
    return text + big_txt(62000) + many_txt(150);
}

class Answers : public testing::Test {
  protected:
    static void SetUpTestSuite() { server_ = new NameServer({{"example", zone()}}); }
    static void TearDownTestSuite() { delete server_; }

    static NameServer* server_;
    Asker asker_{Strings{server_->v4()}};
};
NameServer* Answers::server_ = nullptr;

TEST_F(Answers, TextWithItsStringsJoined) {
    const dns::Answer answer = asker_.ask("example");
    ASSERT_EQ(answer->status, Status::ok);
    EXPECT_EQ(answer->dnssec, dns::Dnssec::indeterminate);
    EXPECT_EQ(answer->ttl, 300U);
    EXPECT_FALSE(answer->aliased);
    ASSERT_EQ(answer->txt.size(), 2U);
    EXPECT_TRUE((answer->txt == Strings{"v=spf1 -all", "other"}) || (answer->txt == Strings{"other", "v=spf1 -all"}));
}

TEST_F(Answers, TextOfAnyBytes) {
    EXPECT_EQ(asker_.ask("bytes.example")->txt, Strings{"a\0b\xff\"\\;"s});
    EXPECT_EQ(asker_.ask("nothing.example")->txt, Strings{""});
}

TEST_F(Answers, Addresses) {
    const dns::Answer v4 = asker_.ask("host.example", Type::a);
    ASSERT_EQ(v4->addresses.size(), 2U);
    EXPECT_TRUE(v4->addresses[0].is_v4());
    const dns::Answer v6 = asker_.ask("host.example", Type::aaaa);
    ASSERT_EQ(v6->addresses.size(), 2U);
    EXPECT_FALSE(v6->addresses[0].is_v4());
    EXPECT_FALSE(v6->addresses[1].is_v4());
}

TEST_F(Answers, MailExchangersAndTheNullOne) {
    EXPECT_EQ(asker_.ask("mail.example", Type::mx)->mx.size(), 2U);
    for (const dns::Mx& mx : asker_.ask("mail.example", Type::mx)->mx)
        EXPECT_EQ(mx.host, mx.preference == 10 ? "a.example" : "b.example");
    EXPECT_EQ(asker_.ask("nullmx.example", Type::mx)->mx, (std::vector<dns::Mx>{{0, ""}}));
}

TEST_F(Answers, Names) {
    EXPECT_EQ(asker_.ask("1.2.0.192.in-addr.example", Type::ptr)->names, Strings{"host.example"});
    EXPECT_EQ(asker_.ask("example", Type::ns)->names, Strings{"ns.example"});
    const dns::Answer cname = asker_.ask("alias.example", Type::cname);
    EXPECT_EQ(cname->names, Strings{"alias2.example"});
    EXPECT_FALSE(cname->aliased);
    EXPECT_EQ(asker_.ask("example", Type::soa)->status, Status::ok);
}

TEST_F(Answers, NothingThereKeepsTheNegativeTtl) {
    const dns::Answer no_data = asker_.ask("host.example");
    EXPECT_EQ(no_data->status, Status::no_data);
    EXPECT_EQ(no_data->ttl, 120U); // RFC 2308 5: the least of the SOA's own TTL and its minimum
    const dns::Answer nx = asker_.ask("absent.example");
    EXPECT_EQ(nx->status, Status::nx_domain);
    EXPECT_EQ(nx->ttl, 120U);
    EXPECT_EQ(asker_.ask("b.ent.example")->status, Status::no_data); // RFC 8020: an empty non-terminal exists
}

TEST_F(Answers, CnameChain) {
    const dns::Answer answer = asker_.ask("alias.example", Type::a);
    EXPECT_EQ(answer->status, Status::ok);
    EXPECT_TRUE(answer->aliased);
    EXPECT_EQ(answer->addresses.size(), 2U);
    EXPECT_EQ(answer->ttl, 30U); // the least of the chain
}

TEST_F(Answers, CnameToNothing) {
    const dns::Answer dangling = asker_.ask("dangling.example", Type::a);
    EXPECT_EQ(dangling->status, Status::nx_domain);
    EXPECT_TRUE(dangling->aliased); // the name asked exists all the same (RFC 9989 np)
    const dns::Answer empty = asker_.ask("empty.example", Type::a);
    EXPECT_EQ(empty->status, Status::no_data);
    EXPECT_TRUE(empty->aliased);
}

TEST_F(Answers, CnameLoopIsTemporary) {
    EXPECT_TRUE(asker_.ask("loop1.example", Type::a)->temporary());
    EXPECT_TRUE(asker_.ask("self.example", Type::a)->temporary());
}

TEST_F(Answers, Wildcard) { EXPECT_EQ(asker_.ask("any.thing.wild.example")->txt, Strings{"wild"}); }

TEST_F(Answers, SixtyTwoKilobytesComeOverTcp) {
    const dns::Answer answer = asker_.ask("big.example");
    ASSERT_EQ(answer->status, Status::ok);
    ASSERT_EQ(answer->txt.size(), 1U);
    EXPECT_EQ(answer->txt[0].size(), 62000U);
}

TEST_F(Answers, TextRecordsPastTheLimitAreNotLookedAt) { EXPECT_EQ(asker_.ask("many.example")->txt.size(), 100U); }

TEST_F(Answers, AnswerPastTheByteLimitIsAFailure) {
    io::ResolverSettings settings;
    settings.servers = {server_->v4()};
    settings.dnssec = false;
    settings.limits.dns_answer_bytes = 60000;
    Asker asker(settings);
    EXPECT_EQ(asker.ask("big.example")->status, Status::serv_fail);
    EXPECT_EQ(asker.ask("example")->status, Status::ok);
}

TEST_F(Answers, NameOfAnyBytes) {
    EXPECT_EQ(asker_.ask("odd \"\\$\0\xff.example"s)->txt, Strings{"odd name"});
    EXPECT_EQ(asker_.ask("a b.wild.example")->txt, Strings{"wild"});
    EXPECT_EQ(asker_.ask("\\032.wild.example")->txt, Strings{"wild"});
    EXPECT_EQ(asker_.ask(std::string(63, 'x') + ".wild.example")->txt, Strings{"wild"});
}

TEST_F(Answers, NameThatCannotExistIsNotAsked) {
    for (const std::string& name : {""s, "."s, "a..example"s, ".example"s, std::string(64, 'x') + ".example"})
        EXPECT_EQ(asker_.ask(name)->status, Status::nx_domain) << name;
    std::string longest;
    while (longest.size() < 240) longest += "abcdefg.";
    EXPECT_EQ(asker_.ask(longest + "wild.example")->status, Status::ok);               // 252 bytes
    EXPECT_EQ(asker_.ask("xx" + longest + "wild.example")->status, Status::nx_domain); // 254
    EXPECT_EQ(asker_.resolver->stats().asked, 1U);
}

TEST_F(Answers, QuestionForAGivenServerIsNotForThisDriver) {
    dns::Question asked = question("example");
    asked.server = ip::Address::parse("127.0.0.1");
    EXPECT_EQ(asker_.ask(asked)->status, Status::serv_fail);
}

TEST_F(Answers, OtherZoneIsRefusedWhichIsAFailure) { EXPECT_TRUE(asker_.ask("elsewhere")->temporary()); }

TEST_F(Answers, SecondTimeComesFromTheCache) {
    (void)asker_.ask("host.example", Type::a);
    EXPECT_NE(asker_.resolver->try_now(question("host.example", Type::a)), nullptr);
    EXPECT_EQ(asker_.resolver->stats().asked, 1U);
    EXPECT_EQ(asker_.ask_fresh("host.example", Type::a)->status, Status::ok);
    EXPECT_EQ(asker_.resolver->stats().asked, 2U);
}

TEST_F(Answers, IdenticalQuestionsAreJoined) {
    const auto answers = asker_.ask_all({"example", "example", "host.example", "example"});
    EXPECT_EQ(answers[0], answers[1]);
    EXPECT_EQ(answers[0], answers[3]);
    EXPECT_EQ(asker_.resolver->stats().asked, 2U);
    EXPECT_EQ(asker_.resolver->stats().joined, 2U);
    EXPECT_EQ(asker_.resolver->stats().under_way, 0U);
}

TEST_F(Answers, ManyAtOnceQueueUp) {
    io::ResolverSettings settings;
    settings.servers = {server_->v4()};
    settings.dnssec = false;
    settings.most_under_way = 5;
    Asker asker(settings);
    Strings names;
    for (int i = 0; i < 500; ++i) names.push_back("n" + std::to_string(i) + ".wild.example");
    for (const dns::Answer& answer : asker.ask_all(names)) EXPECT_EQ(answer->status, Status::ok);
    EXPECT_EQ(asker.resolver->stats().queued, 0U);
}

TEST_F(Answers, FullQueueEndsTheNextAtOnce) {
    io::ResolverSettings settings;
    settings.servers = {server_->v4()};
    settings.dnssec = false;
    settings.most_under_way = 1;
    settings.most_queued = 2;
    Asker asker(settings);
    const auto answers = asker.ask_all({"a.wild.example", "b.wild.example", "c.wild.example", "d.wild.example"});
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(answers[i]->status, Status::ok) << i;
    EXPECT_EQ(answers[3]->status, Status::timeout);
    EXPECT_EQ(asker.resolver->stats().overflows, 1U);
}

TEST_F(Answers, IoContextEndsWhenNothingIsAsked) {
    (void)asker_.ask("example");
    asker_.io.restart();
    asker_.io.run(); // returns: neither the descriptor nor a timer is waited for
    EXPECT_EQ(asker_.ask("host.example", Type::a)->status, Status::ok);
}

TEST_F(Answers, ResolverMayGoWithQuestionsUnderWay) {
    bool called = false;
    asker_.resolver->ask(question("host.example", Type::a), [&](const dns::Answer&) { called = true; });
    asker_.resolver.reset();
    asker_.io.restart();
    asker_.io.run();
    EXPECT_FALSE(called);
}

TEST_F(Answers, OneWaiterThatThrowsCostsTheOthersNothing) {
    int answered = 0;
    asker_.resolver->ask(question("example"), [](const dns::Answer&) { throw std::runtime_error("a bug"); });
    asker_.resolver->ask(question("example"), [&](const dns::Answer&) { ++answered; });
    EXPECT_THROW(asker_.io.run(), std::runtime_error);
    asker_.io.run();
    EXPECT_EQ(answered, 1);
}

TEST_F(Answers, Ipv6Server) {
    Asker asker(Strings{server_->v6()});
    EXPECT_EQ(asker.ask("host.example", Type::a)->status, Status::ok);
}

TEST_F(Answers, SecondServerWhenTheFirstIsDead) {
    Asker asker(Strings{"127.0.0.1@" + std::to_string(free_port()), server_->v4()});
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 100; ++i) EXPECT_EQ(asker.ask("n" + std::to_string(i) + ".wild.example")->status, Status::ok);
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    EXPECT_LT(spent.count(), 10) << "the dead server is not asked first each time";
    RecordProperty("seconds", std::to_string(spent.count()));
}

TEST_F(Answers, DefaultZonesOfTheLibraryAreTheServersBusiness) {
    const NameServer server(
        {{"test", "$ORIGIN test.\n$TTL 300\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 127.0.0.1\nsite TXT \"lab\"\n"},
         {"10.in-addr.arpa",
          "$ORIGIN 10.in-addr.arpa.\n$TTL 300\n@ SOA ns h 1 2 3 4 5\n@ NS ns.test.\n1.0.0 PTR inside.test.\n"}});
    Asker asker(Strings{server.v4()});
    EXPECT_EQ(asker.ask("site.test")->txt, Strings{"lab"});
    EXPECT_EQ(asker.ask("1.0.0.10.in-addr.arpa", Type::ptr)->names, Strings{"inside.test"});
}

// As worker threads do at start: libunbound's set-up alone would not bear it.
TEST_F(Answers, ResolversAreMadeAndUsedOnSeveralThreads) {
    std::atomic<int> answered = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&answered, t] {
            Asker asker(Strings{server_->v4()});
            for (int i = 0; i < 50; ++i)
                answered += asker.ask("n" + std::to_string(t * 1000 + i) + ".wild.example")->status == Status::ok;
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(answered, 200);
}

} // namespace
} // namespace bonafide::e2e
