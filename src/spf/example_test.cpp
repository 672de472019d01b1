// RFC 7208 appendix A.
#include "spf/test_zone.hpp"

#include <gtest/gtest.h>

namespace bonafide::spf {
namespace {

constexpr std::string_view appendix_zone = R"(
$TTL 3600
$ORIGIN example.com.
@           MX  10 mail-a
            MX  20 mail-b
            A   192.0.2.10
            A   192.0.2.11
amy         A   192.0.2.65
bob         A   192.0.2.66
mail-a      A   192.0.2.129
mail-b      A   192.0.2.130
www         CNAME example.com.
$ORIGIN example.org.
@           MX  10 mail-c
mail-c      A   192.0.2.140
$ORIGIN 2.0.192.in-addr.arpa.
10          PTR example.com.
11          PTR example.com.
65          PTR amy.example.com.
66          PTR bob.example.com.
129         PTR mail-a.example.com.
130         PTR mail-b.example.com.
140         PTR mail-c.example.org.
$ORIGIN 0.0.10.in-addr.arpa.
4           PTR bob.example.com.
)";

Result result_of(std::string_view record, std::string_view client) {
    const std::string zone = std::string(appendix_zone) + "example.com. TXT \"" + std::string(record) + "\"\n";
    return testing::check(testing::request(client, "user@example.com"), zone).result;
}

TEST(Rfc7208AppendixA1, SimpleExamples) {
    const struct {
        std::string_view record;
        std::vector<std::string_view> pass, fail;
    } rows[] = {
        {"v=spf1 +all", {"192.0.2.65", "10.0.0.4", "2001:db8::1"}, {}},
        {"v=spf1 a -all", {"192.0.2.10", "192.0.2.11"}, {"192.0.2.65", "192.0.2.129"}},
        {"v=spf1 a:example.org -all", {}, {"192.0.2.10", "192.0.2.140"}},
        {"v=spf1 mx -all", {"192.0.2.129", "192.0.2.130"}, {"192.0.2.10", "192.0.2.140"}},
        {"v=spf1 mx:example.org -all", {"192.0.2.140"}, {"192.0.2.129"}},
        {"v=spf1 mx mx:example.org -all", {"192.0.2.129", "192.0.2.130", "192.0.2.140"}, {"192.0.2.131"}},
        {"v=spf1 mx/30 mx:example.org/30 -all",
         {"192.0.2.128", "192.0.2.131", "192.0.2.140", "192.0.2.143"},
         {"192.0.2.132", "192.0.2.139"}},
        {"v=spf1 ptr -all", {"192.0.2.65"}, {"192.0.2.140", "10.0.0.4"}},
        {"v=spf1 ip4:192.0.2.128/28 -all", {"192.0.2.129"}, {"192.0.2.65"}},
    };
    for (const auto& row : rows) {
        for (const auto client : row.pass)
            EXPECT_EQ(result_of(row.record, client), Result::pass) << row.record << " " << client;
        for (const auto client : row.fail)
            EXPECT_EQ(result_of(row.record, client), Result::fail) << row.record << " " << client;
    }
}

TEST(Rfc7208AppendixA2, MultipleDomains) {
    const std::string zone = std::string(appendix_zone) + R"(
example.com.    TXT "v=spf1 mx -all"
example.net.    TXT "v=spf1 ip4:198.51.100.7 -all"
example.org.    TXT "v=spf1 include:example.com include:example.net -all"
la.example.org. TXT "v=spf1 redirect=example.org"
)";
    for (const std::string_view from : {"a@example.org", "a@la.example.org"}) {
        EXPECT_EQ(testing::check(testing::request("192.0.2.129", from), zone).result, Result::pass);
        EXPECT_EQ(testing::check(testing::request("198.51.100.7", from), zone).result, Result::pass);
        EXPECT_EQ(testing::check(testing::request("192.0.2.10", from), zone).result, Result::fail);
    }
    const Outcome outcome = testing::check(testing::request("198.51.100.7", "a@la.example.org"), zone);
    EXPECT_EQ(outcome.mechanism, "redirect=example.org");
    EXPECT_EQ(outcome.record, "v=spf1 redirect=example.org");
    EXPECT_EQ(outcome.cause.term, "ip4:198.51.100.7");
    EXPECT_EQ(outcome.cause.domain, "example.net");
    EXPECT_EQ(outcome.lookups, 4U); // redirect, include, mx, include
}

TEST(Rfc7208AppendixA3, ListedSenders) {
    const std::string zone = std::string(appendix_zone) + R"(
$ORIGIN _spf.example.com.
mary.mobile-users                   A 127.0.0.2
fred.mobile-users                   A 127.0.0.2
15.15.168.192.joel.remote-users     A 127.0.0.2
16.15.168.192.joel.remote-users     A 127.0.0.2
example.com. TXT ( "v=spf1 mx include:mobile-users._spf.%{d} include:remote-users._spf.%{d} -all" )
mobile-users._spf.example.com. TXT "v=spf1 exists:%{l1r+}.%{d}"
remote-users._spf.example.com. TXT "v=spf1 exists:%{ir}.%{l1r+}.%{d}"
)";
    EXPECT_EQ(testing::check(testing::request("203.0.113.5", "mary@example.com"), zone).result, Result::pass);
    EXPECT_EQ(testing::check(testing::request("203.0.113.5", "fred+news@example.com"), zone).result, Result::pass);
    EXPECT_EQ(testing::check(testing::request("192.168.15.15", "joel@example.com"), zone).result, Result::pass);
    EXPECT_EQ(testing::check(testing::request("192.168.15.17", "joel@example.com"), zone).result, Result::fail);
    EXPECT_EQ(testing::check(testing::request("203.0.113.5", "eve@example.com"), zone).result, Result::fail);
}

// The appendix writes a bare "ptr", which would mean names below ptr._spf.example.com; what is meant is written here.
TEST(Rfc7208AppendixA4, MultipleRequirements) {
    const std::string zone = std::string(appendix_zone) + R"(
example.com.       TXT "v=spf1 -include:ip4._spf.%{d} -include:ptr._spf.%{d} +all"
ip4._spf.example.com. TXT "v=spf1 -ip4:192.0.2.0/24 +all"
ptr._spf.example.com. TXT "v=spf1 -ptr:example.com +all"
)";
    EXPECT_EQ(testing::check(testing::request("192.0.2.65", "a@example.com"), zone).result, Result::pass);
    const Outcome no_name = testing::check(testing::request("192.0.2.140", "a@example.com"), zone);
    EXPECT_EQ(no_name.result, Result::fail);
    EXPECT_EQ(no_name.mechanism, "-include:ptr._spf.%{d}");
    EXPECT_EQ(testing::check(testing::request("10.0.0.4", "a@example.com"), zone).mechanism, "-include:ip4._spf.%{d}");
}

} // namespace
} // namespace bonafide::spf
