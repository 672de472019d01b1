// Questions to one server, asked of a server of the test's own.
#include "io/direct_dns.hpp"
#include "io/dns_exchange.hpp"
#include "io/dns_script.hpp"

#include <chrono>
#include <gmock/gmock.h>

namespace bonafide::io {
namespace {

using namespace std::chrono_literals;
using dns::Status;
using dns::Type;
using testing::ElementsAre;
using testing::HasSubstr;

DirectAnswer ask(const DnsScript& server, const std::string& name, Type type, Recursion recursion = Recursion::no) {
    return ask_directly(server.endpoint(), name, type, 2s, recursion);
}

DnsScript::Answer always(DnsReply reply) {
    return [reply](const DnsQuery&) { return std::optional(reply); };
}

TEST(DirectDns, ReadsEachType) {
    const DnsScript server([](const DnsQuery& query) -> std::optional<DnsReply> {
        const auto one = [&](std::string data) { return DnsReply{.rows = {{query.name, query.type, data}}}; };
        switch (query.type) {
        case Type::a: return one(std::string("\xc0\x00\x02\x01", 4));
        case Type::aaaa: return one("\x20\x01\x0d\xb8" + std::string(11, '\0') + "\x01");
        case Type::mx:
            return DnsReply{.rows = {{query.name, Type::mx, wire16(10) + wire_name("Mail.Example.com")},
                                     {query.name, Type::mx, wire16(0) + wire_name("")},
                                     {"other.example", Type::mx, wire16(5) + wire_name("stranger.example")}}};
        case Type::txt: return one(wire_text(std::string(300, 'x')));
        case Type::spf: return one(wire_text("v=spf1 -all"));
        case Type::soa: return one(wire_soa("ns1.example.com", 2026010203));
        default: return one(wire_name("target.example"));
        }
    });
    EXPECT_EQ(ask(server, "example.com", Type::a).data.addresses.at(0).text(), "192.0.2.1");
    EXPECT_EQ(ask(server, "example.com", Type::aaaa).data.addresses.at(0).text(), "2001:db8::1");
    EXPECT_THAT(ask(server, "example.com", Type::mx).data.mx,
                ElementsAre(dns::Mx{10, "mail.example.com"}, dns::Mx{0, ""}));
    EXPECT_THAT(ask(server, "example.com", Type::txt).data.txt, ElementsAre(std::string(300, 'x')));
    EXPECT_THAT(ask(server, "example.com", Type::spf).data.txt, ElementsAre("v=spf1 -all"));
    for (const Type type : {Type::ns, Type::ptr, Type::cname})
        EXPECT_THAT(ask(server, "example.com", type).data.names, ElementsAre("target.example"));
    const DirectAnswer soa = ask(server, "example.com", Type::soa);
    EXPECT_EQ(soa.data.serial, 2026010203U);
    EXPECT_THAT(soa.data.names, ElementsAre("ns1.example.com"));
    EXPECT_EQ(soa.data.ttl, 300U);
}

TEST(DirectDns, KindsOfAbsenceAndRefusal) {
    const DnsReply::Row soa{"example.com", Type::soa, wire_soa("ns1.example.com", 7)};
    const struct {
        DnsReply reply;
        Status status;
    } rows[] = {
        {{.authority = {soa}}, Status::no_data},
        {{.authority = {soa}, .code = 3}, Status::nx_domain},
        {{.code = 5}, Status::refused},
        {{.code = 2}, Status::serv_fail},
        {{.code = 1}, Status::serv_fail},
        {{.authoritative = false}, Status::refused},                     // asked for what it knows itself
        {{.rows = {{"a.example.com", Type::txt, ""}}}, Status::no_data}, // of another name
    };
    for (const auto& row : rows) {
        const DnsScript server(always(row.reply));
        const DirectAnswer answer = ask(server, "example.com", Type::txt);
        EXPECT_EQ(answer.data.status, row.status) << dns::to_text(row.status);
        EXPECT_EQ(answer.fault.empty(), !dns::is_temporary(row.status)) << answer.fault;
        if (!row.reply.authority.empty()) EXPECT_EQ(answer.negative_ttl, 60U);
    }
}

TEST(DirectDns, RecursionAsksForItAndNeedsNoAuthority) {
    const DnsScript server([](const DnsQuery& query) {
        return std::optional(DnsReply{.rows = {{query.name, Type::txt, wire_text(query.recursion ? "RD" : "no RD")}},
                                      .authoritative = false});
    });
    EXPECT_THAT(ask(server, "example.com", Type::txt, Recursion::yes).data.txt, ElementsAre("RD"));
    EXPECT_EQ(ask(server, "example.com", Type::txt).data.status, Status::refused);
}

TEST(DirectDns, AliasesWithinTheAnswerAndBeyondIt) {
    const DnsScript server([](const DnsQuery& query) {
        DnsReply reply{.rows = {{query.name, Type::cname, wire_name("two.example.com")},
                                {"two.example.com", Type::cname, wire_name("key.other.example")}}};
        if (query.name.starts_with("known.")) reply.rows.push_back({"key.other.example", Type::txt, wire_text("p=")});
        return std::optional(reply);
    });
    const DirectAnswer known = ask(server, "known.example.com", Type::txt);
    EXPECT_THAT(known.data.txt, ElementsAre("p="));
    EXPECT_TRUE(known.data.aliased);
    EXPECT_EQ(known.owner, "key.other.example");
    const DirectAnswer beyond = ask(server, "beyond.example.com", Type::txt);
    EXPECT_EQ(beyond.alias, "key.other.example");
    EXPECT_TRUE(beyond.data.aliased);
    EXPECT_THAT(ask(server, "beyond.example.com", Type::cname).data.names, ElementsAre("two.example.com"));
}

TEST(DirectDns, WhatDoesNotFitComesOverTcp) {
    const std::string large(60'000, 'x');
    const DnsScript server([&](const DnsQuery& query) {
        return std::optional(query.over_tcp ? DnsReply{.rows = {{query.name, Type::txt, wire_text(large)}}}
                                            : DnsReply{.cut = true});
    });
    EXPECT_THAT(ask(server, "example.com", Type::txt).data.txt, ElementsAre(large));
}

TEST(DirectDns, CutShortWithoutTcpIsTruncated) {
    const DnsScript server(
        [](const DnsQuery& query) { return query.over_tcp ? std::nullopt : std::optional(DnsReply{.cut = true}); });
    EXPECT_EQ(ask_directly(server.endpoint(), "example.com", Type::txt, 300ms).data.status, Status::truncated);
    const DnsScript twice(always({.cut = true}));
    EXPECT_EQ(ask(twice, "example.com", Type::txt).data.status, Status::truncated);
}

TEST(DirectDns, SilenceIsATimeOut) {
    const DnsScript server([](const DnsQuery&) { return std::optional<DnsReply>(); });
    const DirectAnswer answer = ask_directly(server.endpoint(), "example.com", Type::txt, 50ms);
    EXPECT_EQ(answer.data.status, Status::timeout);
    EXPECT_THAT(answer.fault, HasSubstr("does not answer"));
}

TEST(DirectDns, ATarpitHoldsNobodyBeyondTheTime) {
    DnsScript server([](const DnsQuery& query) {
        return std::optional(query.over_tcp ? DnsReply{.rows = {{query.name, Type::txt, wire_text("slow")}}}
                                            : DnsReply{.cut = true});
    });
    server.drip = 40; // the whole would take over two seconds
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(ask_directly(server.endpoint(), "example.com", Type::txt, 300ms).data.status, Status::truncated);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1500ms);
}

TEST(DirectDns, WhatIsNoMessageIsNoAnswer) {
    for (const std::string_view bytes : {"", "x", "\x01\x02\x80\x00\x00\x01\x00\x01"})
        EXPECT_EQ(read_direct_answer({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "example.com",
                                     Type::txt, Recursion::yes)
                      .data.status,
                  Status::serv_fail);
    const std::vector<std::uint8_t> short_query(least_dns_message - 1), long_query(most_dns_message + 1);
    const ip::Endpoint nobody{*ip::Address::parse("127.0.0.1"), 9};
    EXPECT_FALSE(exchange_dns(nobody, short_query, DnsTransport::udp, 10ms));
    EXPECT_FALSE(exchange_dns(nobody, long_query, DnsTransport::tcp, 10ms));
}

} // namespace
} // namespace bonafide::io
