#include "dns/zone.hpp"
#include "iprev/iprev.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace bonafide::iprev {
namespace {

struct Checked {
    Outcome outcome;
    std::vector<std::string> questions;
};

Checked run(std::string_view zone_text, std::string_view client, Limits limits = {}) {
    const auto zone = dns::Zone::parse(zone_text);
    EXPECT_TRUE(zone) << zone.error().text;
    dns::Transcript transcript;
    Checked checked;
    checked.outcome = dns::run(check(*ip::Address::parse(client), limits), **zone, &transcript);
    for (const auto& exchange : transcript.exchanges())
        checked.questions.push_back(fmt::format("{} {}", dns::to_text(exchange.type), exchange.name));
    return checked;
}

TEST(Iprev, Rfc8601_3_PassWhenANameResolvesBack) {
    const auto checked =
        run(R"({"1.2.0.192.in-addr.arpa": {"PTR": ["mail.example.com"]}, "mail.example.com": {"A": ["192.0.2.1"]}})",
            "192.0.2.1");
    EXPECT_EQ(checked.outcome.result, Result::pass);
    EXPECT_EQ(checked.outcome.name, "mail.example.com");
    EXPECT_EQ(checked.outcome.reason, "192.0.2.1 is mail.example.com in reverse and forward DNS");
    EXPECT_EQ(checked.questions, (std::vector<std::string>{"PTR 1.2.0.192.in-addr.arpa", "A mail.example.com"}));
}

TEST(Iprev, Ipv6AsksForAaaaOnly) {
    const auto checked =
        run(R"({"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa": {"PTR": ["six.example"]},
                                "six.example": {"A": ["192.0.2.1"], "AAAA": ["2001:db8::1"]}})",
            "2001:db8::1");
    EXPECT_EQ(checked.outcome.result, Result::pass);
    EXPECT_EQ(checked.questions.back(), "AAAA six.example");
}

TEST(Iprev, SecondNameMayConfirm) {
    const auto checked =
        run(R"({"1.2.0.192.in-addr.arpa": {"PTR": ["a.example", "b.example"]}, "a.example": {"A": ["192.0.2.9"]},
                                "b.example": {"A": ["192.0.2.8", "192.0.2.1"]}})",
            "192.0.2.1");
    EXPECT_EQ(checked.outcome.result, Result::pass);
    EXPECT_EQ(checked.outcome.name, "b.example");
    EXPECT_EQ(checked.outcome.names.size(), 2u);
}

struct Row {
    const char* name;
    const char* zone;
    Result result;
    const char* reason;
};

class IprevTable : public testing::TestWithParam<Row> {};

TEST_P(IprevTable, ResultAndReason) {
    const auto checked = run(GetParam().zone, "192.0.2.1");
    EXPECT_EQ(checked.outcome.result, GetParam().result);
    EXPECT_EQ(checked.outcome.reason, GetParam().reason);
    EXPECT_TRUE(checked.outcome.name.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Rfc8601_2_7_3, IprevTable,
    testing::Values(
        Row{"NoPtr", "{}", Result::permerror, "192.0.2.1 has no reverse DNS name"},
        Row{"NoPtrData", R"({"1.2.0.192.in-addr.arpa": {"TXT": ["x"]}})", Result::permerror,
            "192.0.2.1 has no reverse DNS name"},
        Row{"PtrFails", R"({"1.2.0.192.in-addr.arpa": {"SERVFAIL": true}})", Result::temperror,
            "the reverse DNS name of 192.0.2.1 could not be looked up (SERVFAIL)"},
        Row{"OtherAddress", R"({"1.2.0.192.in-addr.arpa": {"PTR": ["a.example"]}, "a.example": {"A": ["192.0.2.2"]}})",
            Result::fail, "192.0.2.1 calls itself a.example in reverse DNS, but that name does not lead back to it"},
        Row{"NameDoesNotExist", R"({"1.2.0.192.in-addr.arpa": {"PTR": ["a.example"]}})", Result::fail,
            "192.0.2.1 calls itself a.example in reverse DNS, but that name does not lead back to it"},
        Row{"OtherFamilyOnly",
            R"({"1.2.0.192.in-addr.arpa": {"PTR": ["a.example"]}, "a.example": {"AAAA": ["2001:db8::1"]}})",
            Result::fail, "192.0.2.1 calls itself a.example in reverse DNS, but that name does not lead back to it"},
        Row{"ForwardTimesOut",
            R"({"1.2.0.192.in-addr.arpa": {"PTR": ["a.example", "b.example"]}, "a.example": {"TIMEOUT": true}})",
            Result::temperror, "the address of a.example, the reverse DNS name of 192.0.2.1, could not be looked up"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Iprev, FailureOfOneNameDoesNotHideTheOther) {
    const auto checked =
        run(R"({"1.2.0.192.in-addr.arpa": {"PTR": ["a.example", "b.example"]}, "a.example": {"TIMEOUT": true},
                                "b.example": {"A": ["192.0.2.1"]}})",
            "192.0.2.1");
    EXPECT_EQ(checked.outcome.result, Result::pass);
}

TEST(Iprev, ControlBytesInNamesAreEscaped) {
    const auto checked = run("{\"1.2.0.192.in-addr.arpa\": {\"PTR\": [\"a\\u000d\\u000ab.example\"]}}", "192.0.2.1");
    EXPECT_EQ(checked.outcome.result, Result::fail);
    EXPECT_EQ(checked.outcome.reason.find_first_of("\r\n"), std::string::npos);
}

/// `count` names, of which only the last resolves back.
std::string zone_with_names(int count) {
    std::string names;
    for (int i = 1; i <= count; ++i) names += fmt::format("{}\"n{}.example\"", i == 1 ? "" : ", ", i);
    return fmt::format(R"({{"1.2.0.192.in-addr.arpa": {{"PTR": [{}]}}, "n{}.example": {{"A": ["192.0.2.1"]}}}})", names,
                       count);
}

TEST(Iprev, LimitOfNames) {
    EXPECT_EQ(run(zone_with_names(10), "192.0.2.1").outcome.result, Result::pass);
    const auto past = run(zone_with_names(11), "192.0.2.1");
    EXPECT_EQ(past.outcome.result, Result::fail);
    EXPECT_EQ(past.outcome.names.size(), 10u);
    EXPECT_EQ(past.questions.size(), 11u);
}

} // namespace
} // namespace bonafide::iprev
