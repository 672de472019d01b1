#include "dns/source.hpp"
#include "dns/zone.hpp"
#include "verdict/infrastructure.hpp"
#include "verdict/test_facts.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace bonafide::verdict {
namespace {

using namespace testing_facts;

TEST(Infrastructure, HostsOfAnAuthor) {
    const auto zone =
        dns::Zone::parse("a.example. A 192.0.2.1\na.example. MX 20 mx2.b.example.\na.example. MX 10 mx1.b.example.\n"
                         "mx1.b.example. A 192.0.2.2\nmx1.b.example. AAAA 2001:db8::2\nnull.example. MX 0 .\n");
    ASSERT_TRUE(zone) << zone.error().text;
    AuthorHosts hosts = dns::run(find_author_hosts("a.example", ip::Family::v4), **zone);
    EXPECT_EQ(hosts.mail_hosts, (std::vector<std::string>{"mx1.b.example", "mx2.b.example"}));
    EXPECT_EQ(hosts.addresses, (std::vector{*ip::Address::parse("192.0.2.1"), *ip::Address::parse("192.0.2.2")}));
    hosts = dns::run(find_author_hosts("a.example", ip::Family::v6), **zone);
    EXPECT_EQ(hosts.addresses, (std::vector{*ip::Address::parse("2001:db8::2")}));
    hosts = dns::run(find_author_hosts("null.example", ip::Family::v4), **zone);
    EXPECT_TRUE(hosts.mail_hosts.empty()) << "RFC 7505";
    EXPECT_TRUE(hosts.null_mail_host);
    EXPECT_FALSE(hosts.no_such_domain);
    EXPECT_TRUE(dns::run(find_author_hosts("none.example", ip::Family::v4), **zone).no_such_domain);
    EXPECT_TRUE(dns::run(find_author_hosts("none.example", ip::Family::v4), **zone).addresses.empty());
    std::string many;
    for (std::size_t i = 0; i <= AuthorHosts::most_mail_hosts; ++i)
        many += fmt::format("m.example. MX {} mx{}.b.example.\n", i, i);
    const auto large = dns::Zone::parse(many);
    EXPECT_EQ(dns::run(find_author_hosts("m.example", ip::Family::v4), **large).mail_hosts.size(),
              AuthorHosts::most_mail_hosts);
}

TEST(Infrastructure, OfAMessage) {
    Facts facts = inbound("contoso.com");
    const auto suffixes = dns::PublicSuffixList::system();
    const auto texts = [&] {
        std::string text;
        for (const Infrastructure& one : infrastructures_of(facts, suffixes))
            text += std::string(to_text(one.kind)) + " " + one.name + ";";
        return text;
    };
    EXPECT_EQ(texts(), "network 192.0.2.0/24;");
    facts.dkim = {signature(dkim::Result::pass, "d.example"), signature(dkim::Result::pass, "d.example"),
                  signature(dkim::Result::fail, "broken.example")};
    EXPECT_EQ(texts(), "network 192.0.2.0/24;dkim d.example;");
    facts.iprev = {iprev_pass("192.0.2.10", "outbound.mail.protection.outlook.com"), {}};
    EXPECT_EQ(texts(), "ptr outlook.com;dkim d.example;");
    facts.envelope.client = ip::Address::parse("2001:db8:1:2:3::4");
    facts.iprev.value->result = iprev::Result::fail;
    EXPECT_EQ(texts(), "network 2001:db8:1:2::/64;dkim d.example;");
}

} // namespace
} // namespace bonafide::verdict
