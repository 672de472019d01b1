#include "verdict/spoof_pairs.hpp"

#include <gtest/gtest.h>

namespace bonafide::verdict {
namespace {

using Kind = Infrastructure::Kind;

const dns::PublicSuffixList& suffixes() {
    static const dns::PublicSuffixList list = dns::PublicSuffixList::system();
    return list;
}

std::string parsed(std::string_view text) {
    const auto pair = SpoofPair::parse(text, SpoofPair::Action::allow);
    return pair ? pair->author + "|" + pair->infrastructure : "error: " + pair.error().text;
}

TEST(SpoofPairs, Forms) {
    EXPECT_EQ(parsed("contoso.com, 192.168.100.100/24"), "contoso.com|192.168.100.0/24");
    EXPECT_EQ(parsed(" Chris@Contoso.COM ,fabrikam.com "), "chris@contoso.com|fabrikam.com");
    EXPECT_EQ(parsed("*, contoso.net"), "*|contoso.net");
    EXPECT_EQ(parsed("contoso.com, *"), "contoso.com|*");
    EXPECT_EQ(parsed("b\u00fccher.example, 2001:db8::1/64"), "xn--bcher-kva.example|2001:db8::/64");
    EXPECT_EQ(parsed("chris@b\u00fccher.example, ::ffff:192.0.2.9/120"), "chris@xn--bcher-kva.example|192.0.2.0/24");
    EXPECT_EQ(parsed("Contoso.com.,Fabrikam.COM."), "contoso.com|fabrikam.com");
    for (const char* wrong :
         {"*, *", "contoso.com", "contoso.com, 192.0.2.1", "contoso.com, 192.0.2.0/16", "@contoso.com, *", "a b, *",
          "contoso.com, ", ", contoso.com", "contoso.com, 2001:db8::/48", "contoso.com, 192.0.2.0/25",
          "contoso.com, fabrikam.com, x.example", "*@contoso.com, *", "*.contoso.com, x.example", "a b@contoso.com, *",
          "#a@contoso.com, *", "chris@, *", "192.0.2.1, *", "contoso.com, 192.0.2.300", ""})
        EXPECT_TRUE(parsed(wrong).starts_with("error: ")) << wrong << ": " << parsed(wrong);
}

TEST(SpoofPairs, ATextReadsBack) {
    for (const char* text : {"contoso.com, 192.168.100.0/24", "chris@contoso.com, fabrikam.com", "*, contoso.net",
                             "contoso.com, *", "contoso.com, 2001:db8::/64"})
        EXPECT_EQ(SpoofPair::parse(text, SpoofPair::Action::block)->text(), text);
}

/// Pairs written "+AUTHOR, INFRASTRUCTURE" (allow) or "-..." (block), and a message that is looked up.
class Table {
  public:
    explicit Table(std::initializer_list<std::string_view> pairs) {
        for (const std::string_view pair : pairs) {
            const auto action = pair.front() == '+' ? SpoofPair::Action::allow : SpoofPair::Action::block;
            pairs_.add(*SpoofPair::parse(pair.substr(1), action));
        }
    }
    /// "+contoso.com, fabrikam.com": the pair found, or "none".
    [[nodiscard]] std::string find(std::string_view address, const std::vector<Infrastructure>& from,
                                   std::string_view client = "192.0.2.10") const {
        const SpoofPair* pair = pairs_.find(address, from, ip::Address::parse(client), suffixes());
        if (pair == nullptr) return "none";
        return (pair->action == SpoofPair::Action::allow ? "+" : "-") + pair->text();
    }

  private:
    SpoofPairs pairs_;
};

const std::vector<Infrastructure> by_name{{Kind::ptr, "fabrikam.com"}};
const std::vector<Infrastructure> by_network{{Kind::network, "192.0.2.0/24"}};

TEST(SpoofPairs, AuthorsStandForThemselvesOnly) {
    const Table domain{"+contoso.com, fabrikam.com"};
    EXPECT_EQ(domain.find("chris@contoso.com", by_name), "+contoso.com, fabrikam.com");
    EXPECT_EQ(domain.find("contoso.com", by_name), "+contoso.com, fabrikam.com");
    EXPECT_EQ(domain.find("chris@mail.contoso.com", by_name), "none");
    EXPECT_EQ(domain.find("chris@notcontoso.com", by_name), "none");
    EXPECT_EQ(domain.find("chris@contoso.com", {{Kind::ptr, "other.com"}}), "none");

    const Table address{"+Chris@contoso.com, fabrikam.com"};
    EXPECT_EQ(address.find("cHRIS@contoso.com", by_name), "+chris@contoso.com, fabrikam.com");
    EXPECT_EQ(address.find("ann@contoso.com", by_name), "none");
    EXPECT_EQ(address.find("contoso.com", by_name), "none");

    const Table anybody{"+*, fabrikam.com"};
    EXPECT_EQ(anybody.find("ann@anywhere.example", by_name), "+*, fabrikam.com");
    const Table anywhere{"-contoso.com, *"};
    EXPECT_EQ(anywhere.find("ann@contoso.com", {}), "-contoso.com, *");
}

TEST(SpoofPairs, InfrastructureByOrganizationalDomain) {
    const Table table{"+contoso.com, fabrikam.com"};
    EXPECT_EQ(table.find("a@contoso.com", {{Kind::dkim, "news.fabrikam.com"}}), "+contoso.com, fabrikam.com");
    // An entry below the Organizational Domain can only mean a DKIM domain.
    const Table host{"+contoso.com, news.fabrikam.com"};
    EXPECT_EQ(host.find("a@contoso.com", by_name), "none");
    EXPECT_EQ(host.find("a@contoso.com", {{Kind::dkim, "news.fabrikam.com"}}), "+contoso.com, news.fabrikam.com");
    EXPECT_EQ(host.find("a@contoso.com", {{Kind::dkim, "fabrikam.com"}}), "none");
    // Any of several infrastructures.
    EXPECT_EQ(table.find("a@contoso.com", {{Kind::ptr, "other.com"}, {Kind::dkim, "fabrikam.com"}}),
              "+contoso.com, fabrikam.com");
}

TEST(SpoofPairs, ANetworkBlocksAllInItAndAllowsTheNameless) {
    const Table block{"-contoso.com, 192.0.2.99/24"};
    EXPECT_EQ(block.find("a@contoso.com", by_network), "-contoso.com, 192.0.2.0/24");
    EXPECT_EQ(block.find("a@contoso.com", by_name), "-contoso.com, 192.0.2.0/24");
    EXPECT_EQ(block.find("a@contoso.com", by_name, "192.0.3.10"), "none");
    const Table allow{"+contoso.com, 192.0.2.0/24"};
    EXPECT_EQ(allow.find("a@contoso.com", by_network), "+contoso.com, 192.0.2.0/24");
    EXPECT_EQ(allow.find("a@contoso.com", by_name), "none");
    const Table v6{"-contoso.com, 2001:db8:0:1::/64"};
    EXPECT_EQ(v6.find("a@contoso.com", by_name, "2001:db8:0:1::7"), "-contoso.com, 2001:db8:0:1::/64");
    EXPECT_EQ(v6.find("a@contoso.com", by_name, "2001:db8:0:2::7"), "none");
}

TEST(SpoofPairs, ABlockBeatsAnAllowanceHoweverNarrow) {
    EXPECT_EQ((Table{"+chris@contoso.com, fabrikam.com", "-*, fabrikam.com"}).find("chris@contoso.com", by_name),
              "-*, fabrikam.com");
    EXPECT_EQ((Table{"+contoso.com, fabrikam.com", "-contoso.com, fabrikam.com"}).find("a@contoso.com", by_name),
              "-contoso.com, fabrikam.com");
}

TEST(SpoofPairs, OfOneKindTheNarrower) {
    const Table table{"+contoso.com, *", "+*, fabrikam.com", "+contoso.com, fabrikam.com", "+chris@contoso.com, *"};
    EXPECT_EQ(table.find("chris@contoso.com", by_name), "+chris@contoso.com, *");
    EXPECT_EQ(table.find("ann@contoso.com", by_name), "+contoso.com, fabrikam.com");
    EXPECT_EQ(table.find("ann@contoso.com", by_network), "+contoso.com, *");
    EXPECT_EQ(table.find("ann@other.example", by_name), "+*, fabrikam.com");
    EXPECT_EQ(table.find("ann@other.example", by_network), "none");
}

TEST(SpoofPairs, OfTwoThatSayTheSameTheFirstStays) {
    SpoofPairs pairs;
    for (const char* note : {"first", "second"}) {
        SpoofPair pair = *SpoofPair::parse("contoso.com, fabrikam.com", SpoofPair::Action::allow);
        pair.note = note;
        pairs.add(pair);
    }
    EXPECT_EQ(pairs.size(), 1U);
    EXPECT_EQ(pairs.find("contoso.com", by_name, {}, suffixes())->note, "first");
}

TEST(SpoofPairs, AWildcardInTheMessageIsNoName) {
    const Table table{"+*, fabrikam.com"};
    EXPECT_EQ(table.find("*", {{Kind::dkim, "*"}}), "none");
}

} // namespace
} // namespace bonafide::verdict
