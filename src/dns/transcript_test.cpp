#include "dns/transcript.hpp"

#include <gtest/gtest.h>

namespace bonafide::dns {
namespace {

Exchange exchange(std::string name, Type type, AnswerData data) {
    return {std::move(name), type, "SPF record", std::make_shared<const AnswerData>(std::move(data))};
}

AnswerData found() {
    AnswerData data;
    data.status = Status::ok;
    data.ttl = 300;
    data.dnssec = Dnssec::insecure;
    return data;
}

TEST(Transcript, OneLinePerExchange) {
    AnswerData txt = found();
    txt.txt = {"v=spf1 -all", "other"};
    EXPECT_EQ(to_line(exchange("example.com", Type::txt, txt)),
              R"(TXT example.com (SPF record): NOERROR, ttl 300, insecure: "v=spf1 -all", "other")");
    AnswerData mx = found();
    mx.mx = {{10, "mx.example.com"}, {0, ""}};
    EXPECT_EQ(to_line(exchange("example.com", Type::mx, mx)),
              "MX example.com (SPF record): NOERROR, ttl 300, insecure: 10 mx.example.com, 0 .");
    AnswerData a = found();
    a.addresses = {ip::Address::from_v4({192, 0, 2, 1})};
    a.aliased = true;
    EXPECT_EQ(to_line(exchange("example.com", Type::a, a)),
              "A example.com (SPF record): NOERROR, ttl 300, insecure, CNAME followed: 192.0.2.1");
    EXPECT_EQ(to_line({"x.example", Type::ptr, "iprev", make_answer(Status::timeout)}),
              "PTR x.example (iprev): TIMEOUT, ttl 0, indeterminate");
}

TEST(Transcript, RemoteTextIsEscaped) {
    AnswerData data = found();
    data.txt = {"a\", \"v=spf1 +all", "line\r\nfeed", "\\", "\xff"};
    EXPECT_EQ(
        to_line(exchange("evil\nname", Type::txt, data)),
        R"(TXT evil\x0aname (SPF record): NOERROR, ttl 300, insecure: "a\", \"v=spf1 +all", "line\x0d\x0afeed", "\\", "\xff")");
    AnswerData ptr = found();
    ptr.names = {"\x1b[2Jhost"};
    EXPECT_EQ(to_line(exchange("x", Type::ptr, ptr)), R"(PTR x (SPF record): NOERROR, ttl 300, insecure: \x1b[2Jhost)");
}

TEST(Transcript, ManyRecordsAreCut) {
    AnswerData data = found();
    data.names.assign(16, "n");
    EXPECT_TRUE(to_line(exchange("x", Type::ptr, data)).ends_with(": n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n"));
    data.names.assign(17, "n");
    EXPECT_TRUE(to_line(exchange("x", Type::ptr, data)).ends_with("n, n and 1 more"));
}

TEST(Transcript, RecordsAndAppendsInOrder) {
    Transcript first;
    first.record({"a.example", Type::txt, "one", {}, true, true}, make_answer(Status::nx_domain));
    Transcript second;
    second.record({"b.example", Type::mx, "two", {}, true, true}, make_answer(Status::no_data));
    first.append(std::move(second));
    ASSERT_EQ(first.exchanges().size(), 2U);
    EXPECT_EQ(first.exchanges()[0].name, "a.example");
    EXPECT_EQ(first.exchanges()[1].why, "two");
    EXPECT_EQ(first.exchanges()[1].answer->status, Status::no_data);
}

} // namespace
} // namespace bonafide::dns
