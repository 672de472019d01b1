#include "doctor/test_receiving.hpp"

#include <fmt/format.h>

namespace bonafide::doctor {
namespace {

struct Row {
    const char* name;
    const char* zone;        ///< JSON
    const char* said;        ///< brief()
    const char* phrase = ""; ///< in in_full()
    const char* domain = "example.com";
};

const Row rows[] = {
    // Healthy.
    {"one host", R"({"example.com": {"MX": [[10, "mail.example.com"]]}, "mail.example.com": {"A": ["192.0.2.10"]}})",
     "ok mx.ok example.com", "10 mail.example.com\n"},
    {"preferences twice, in order of preference",
     R"({"example.com": {"MX": [[20, "c.example.com"], [10, "b.example.com"], [10, "a.example.com"]]},
         "a.example.com": {"A": ["192.0.2.1"]}, "b.example.com": {"A": ["192.0.2.2"]}, "c.example.com": {"A": ["192.0.2.3"]}})",
     "ok mx.ok example.com", "10 a.example.com\n10 b.example.com\n20 c.example.com\n"},
    {"provider named", R"({"example.com": {"MX": [[1, "smtp.google.com"]]}, "smtp.google.com": {"A": ["192.0.2.1"]}})",
     "ok mx.ok example.com", "1 smtp.google.com (Google Workspace)\n"},
    {"one family fails, the other answers",
     R"({"example.com": {"MX": [[10, "mail.example.com"]]}, "mail.example.com": {"A": ["192.0.2.1"], "TIMEOUT": ["AAAA"]}})",
     "ok mx.ok example.com"},
    {"the domain is its own host", R"({"example.com": {"MX": [[10, "example.com"]], "A": ["192.0.2.1"]}})",
     "ok mx.ok example.com"},
    {"host of another domain",
     R"({"example.com": {"MX": [[10, "mx.example.net"]]}, "mx.example.net": {"A": ["198.51.100.1"]}})",
     "ok mx.ok example.com"},
    {"the same host twice",
     R"({"example.com": {"MX": [[20, "mail.example.com"], [10, "mail.example.com"]]}, "mail.example.com": {"A": ["192.0.2.10"]}})",
     "ok mx.ok example.com", "10 mail.example.com\n"},
    {"a private address beside a public one",
     R"({"example.com": {"MX": [[10, "mail.example.com"]]}, "mail.example.com": {"A": ["192.0.2.10", "10.0.0.1"]}})",
     "ok mx.ok example.com", "mail.example.com also has 10.0.0.1"},
    {"a name made of digits that resolves",
     R"({"example.com": {"MX": [[10, "192.0.2.1.isp.example"]]}, "192.0.2.1.isp.example": {"A": ["192.0.2.1"]}})",
     "ok mx.ok example.com"},
    {"null MX", R"({"example.com": {"MX": [[0, "."]]}})", "ok mx.null example.com", "says by a null MX"},
    {"null MX beside an address", R"({"example.com": {"MX": [[0, "."]], "A": ["192.0.2.80"]}})",
     "ok mx.null example.com"},
    {"null MX with a preference", R"({"example.com": {"MX": [[10, "."]]}})", "ok mx.null example.com",
     "its preference is 10"},
    {"null MX, and SPF lets nobody send", R"({"example.com": {"MX": [[0, "."]], "TXT": ["v=spf1 ~all"]}})",
     "ok mx.null example.com"},
    {"null MX, and nothing that sends is known",
     R"({"example.com": {"MX": [[0, "."]], "TXT": ["v=spf1 ip4:192.0.2.1 -all"]}})", "ok mx.null example.com"},
    {"null MX twice", R"({"example.com": {"MX": [[0, "."], [10, "."]]}})", "ok mx.null example.com", "records: 2"},
    {"parked, without MX", R"({"example.com": {"TXT": ["v=spf1 -all"]}})", ""},
    {"parked, with a web server", R"({"example.com": {"TXT": ["v=spf1 -all"], "A": ["192.0.2.80"]}})", ""},
    // IPv6 only.
    {"IPv6 only",
     R"({"example.com": {"MX": [[10, "mail.example.com"]]}, "mail.example.com": {"AAAA": ["2001:db8::1"]}})",
     "warning mx.no_ipv4 mail.example.com", "No MX host of example.com has an IPv4 address"},
    {"IPv6 only beside a private IPv4 address",
     R"({"example.com": {"MX": [[10, "mail.example.com"]]}, "mail.example.com": {"AAAA": ["2001:db8::1"], "A": ["10.0.0.1"]}})",
     "warning mx.no_ipv4 mail.example.com"},
    {"IPv6 only, and the question for IPv4 got no answer",
     R"({"example.com": {"MX": [[10, "mail.example.com"]]}, "mail.example.com": {"AAAA": ["2001:db8::1"], "TIMEOUT": ["A"]}})",
     "ok mx.ok example.com"},
    {"IPv6 only beside one with IPv4",
     R"({"example.com": {"MX": [[10, "a.example.com"], [20, "b.example.com"]]}, "a.example.com": {"AAAA": ["2001:db8::1"]},
         "b.example.com": {"A": ["192.0.2.2"]}})",
     "notice mx.no_ipv4 a.example.com", "10 a.example.com\n"},
    {"two with IPv6 only",
     R"({"example.com": {"MX": [[10, "a.example.com"], [20, "b.example.com"]]}, "a.example.com": {"AAAA": ["2001:db8::1"]},
         "b.example.com": {"AAAA": ["2001:db8::2"]}})",
     "warning mx.no_ipv4 a.example.com", "10 a.example.com\n20 b.example.com\n"},
    // Behind a web proxy.
    {"behind a web proxy",
     R"({"example.com": {"MX": [[10, "mail.example.com"]]}, "mail.example.com": {"A": ["104.21.33.7", "172.67.150.9"], "AAAA": ["2606:4700::6810:1"]}})",
     "warning mx.unresolvable mail.example.com", "web proxy of Cloudflare: 104.21.33.7"},
    {"behind a web proxy, and an address of its own",
     R"({"example.com": {"MX": [[10, "mail.example.com"]]}, "mail.example.com": {"A": ["104.21.33.7", "192.0.2.1"]}})",
     "ok mx.ok example.com"},
    {"Cloudflare's own mail hosts",
     R"({"example.com": {"MX": [[10, "route1.mx.cloudflare.net"], [20, "amir.mx.cloudflare.net"]]},
         "route1.mx.cloudflare.net": {"A": ["162.159.205.11"]}, "amir.mx.cloudflare.net": {"A": ["162.159.205.13"]}})",
     "ok mx.ok example.com"},
    {"Cloudflare's service for other ports",
     R"({"example.com": {"MX": [[10, "mail.example.com"]]}, "mail.example.com": {"A": ["172.65.1.2"]}})",
     "ok mx.ok example.com"},
    {"beside Cloudflare's networks",
     R"({"example.com": {"MX": [[10, "mail.example.com"]]}, "mail.example.com": {"A": ["104.32.0.1"]}})",
     "ok mx.ok example.com"},
    // No MX.
    {"nothing", R"({"example.com": {"TXT": ["v=spf1 ip4:192.0.2.1 -all"]}})", "error mx.none example.com",
     "Publish an MX record that names your mail server.\n"},
    {"nothing, and a host listed by SPF",
     R"({"example.com": {"TXT": ["v=spf1 a:out.example.com -all"]}, "out.example.com": {"A": ["192.0.2.1"]}})",
     "error mx.none example.com", "+ example.com MX 10 out.example.com\n"},
    {"nothing, and a host that sends",
     R"({"example.com": {"TXT": ["v=spf1 ip4:192.0.2.1 -all"]}, "1.2.0.192.in-addr.arpa": {"PTR": ["mx.example.com"]},
         "mx.example.com": {"A": ["192.0.2.1"]}})",
     "error mx.none example.com", "+ example.com MX 10 mx.example.com\n"},
    {"nothing, and a stranger's host that sends",
     R"({"example.com": {"TXT": ["v=spf1 ip4:192.0.2.1 -all"]}, "1.2.0.192.in-addr.arpa": {"PTR": ["vps7.host.example"]},
         "vps7.host.example": {"A": ["192.0.2.1"]}})",
     "error mx.none example.com", "Publish an MX record that names your mail server.\n"},
    {"nothing, mailboxes at a provider",
     R"({"example.com": {"TXT": ["v=spf1 include:_spf.google.com -all"]}, "_spf.google.com": {"TXT": ["v=spf1 ip4:192.0.2.0/24 -all"]}})",
     "error mx.none example.com", "+ example.com MX 10 aspmx.l.google.com\n"},
    {"address without MX", R"({"example.com": {"A": ["192.0.2.80"]}})", "notice mx.implicit example.com",
     "+ example.com MX 10 example.com\n"},
    {"IPv6 address without MX", R"({"example.com": {"AAAA": ["2001:db8::80"]}})", "notice mx.implicit example.com",
     "2001:db8::80"},
    // Null MX beside others.
    {"null MX and a host",
     R"({"example.com": {"MX": [[0, "."], [10, "mail.example.com"]]}, "mail.example.com": {"A": ["192.0.2.10"]}})",
     "error mx.null_with_others example.com", "- example.com MX 0 \n"},
    {"null MX and a dead host", R"({"example.com": {"MX": [[0, "."], [10, "gone.example.com"]]}})",
     "error mx.null_with_others example.com; error mx.unresolvable gone.example.com"},
    // Aliases.
    {"alias", R"({"example.com": {"MX": [[5, "mx.example.com"]]}, "mx.example.com": {"CNAME": "mail.example.net"},
                  "mail.example.net": {"A": ["192.0.2.10"]}})",
     "error mx.cname mx.example.com", "- example.com MX 5 mx.example.com\n"},
    {"alias, the record as it should be",
     R"({"example.com": {"MX": [[5, "mx.example.com"]]}, "mx.example.com": {"CNAME": "mail.example.net"},
         "mail.example.net": {"A": ["192.0.2.10"]}})",
     "error mx.cname mx.example.com", "+ example.com MX 5 mail.example.net\n"},
    {"alias of an alias of an alias",
     R"({"example.com": {"MX": [[5, "a.example.com"]]}, "a.example.com": {"CNAME": "b.example.com"},
         "b.example.com": {"CNAME": "c.example.com"}, "c.example.com": {"CNAME": "d.example.com"}, "d.example.com": {"A": ["192.0.2.10"]}})",
     "error mx.cname a.example.com", "+ example.com MX 5 d.example.com\n- example.com MX 5 a.example.com\n"},
    {"aliases in a circle",
     R"({"example.com": {"MX": [[5, "a.example.com"]]}, "a.example.com": {"CNAME": "b.example.com"},
         "b.example.com": {"CNAME": "a.example.com"}})",
     "error mx.unresolvable a.example.com"},
    {"alias to nothing",
     R"({"example.com": {"MX": [[5, "mx.example.com"]]}, "mx.example.com": {"CNAME": "gone.example.net"}})",
     "error mx.unresolvable mx.example.com", "an alias (CNAME) of gone.example.net, which has no address"},
    {"alias beside a good host",
     R"({"example.com": {"MX": [[5, "mail.example.com"], [10, "mx.example.com"]]}, "mail.example.com": {"A": ["192.0.2.10"]},
         "mx.example.com": {"CNAME": "mail.example.com"}})",
     "error mx.cname mx.example.com", "Delete this MX record"},
    // Addresses.
    {"address", R"({"example.com": {"MX": [[10, "192.0.2.10"]]}})", "error mx.address 192.0.2.10",
     "+ mail.example.com A 192.0.2.10\n+ example.com MX 10 mail.example.com\n"},
    {"address with the domain behind it", R"({"example.com": {"MX": [[10, "192.0.2.10.example.com"]]}})",
     "error mx.address 192.0.2.10.example.com", "+ mail.example.com A 192.0.2.10\n"},
    {"address that a wildcard answers",
     R"({"example.com": {"MX": [[10, "192.0.2.10.example.com"]]}, "192.0.2.10.example.com": {"A": ["192.0.2.80"]}})",
     "error mx.address 192.0.2.10.example.com"},
    {"address behind the zone's name, of a subdomain",
     R"({"shop.example.com": {"MX": [[10, "192.0.2.10.example.com"]]}})", "error mx.address 192.0.2.10.example.com",
     "192.0.2.10", "shop.example.com"},
    {"IPv6 address", R"({"example.com": {"MX": [[10, "2001:db8::10"]]}})", "error mx.address 2001:db8::10",
     "+ mail.example.com AAAA 2001:db8::10\n"},
    {"address in brackets", R"({"example.com": {"MX": [[10, "[192.0.2.10]"]]}})", "error mx.address [192.0.2.10]"},
    {"IPv6 address in brackets", R"({"example.com": {"MX": [[10, "[IPv6:2001:db8::10]"]]}})",
     "error mx.address [ipv6:2001:db8::10]", "+ mail.example.com AAAA 2001:db8::10\n"},
    {"private address", R"({"example.com": {"MX": [[10, "10.0.0.1"]]}})", "error mx.address 10.0.0.1",
     "- example.com MX 10 10.0.0.1\n"},
    // Nowhere.
    {"dead", R"({"example.com": {"MX": [[10, "gone.example.com"]]}})", "error mx.unresolvable gone.example.com",
     "Nobody can send mail"},
    {"no addresses", R"({"example.com": {"MX": [[10, "mail.example.com"]]}, "mail.example.com": {"TXT": ["x"]}})",
     "error mx.unresolvable mail.example.com"},
    {"dead beside a good one",
     R"({"example.com": {"MX": [[10, "gone.example.com"], [20, "mail.example.com"]]}, "mail.example.com": {"A": ["192.0.2.10"]}})",
     "error mx.unresolvable gone.example.com", "deliver late"},
    {"two dead ones", R"({"example.com": {"MX": [[10, "a.example.com"], [20, "b.example.com"]]}})",
     "error mx.unresolvable a.example.com; error mx.unresolvable b.example.com"},
    {"the domain behind the whole name", R"({"example.com": {"MX": [[10, "mail.example.com.example.com"]]}})",
     "error mx.unresolvable mail.example.com.example.com", "+ example.com MX 10 mail.example.com\n"},
    {"the domain behind a provider's host", R"({"example.com": {"MX": [[1, "aspmx.l.google.com.example.com"]]}})",
     "error mx.unresolvable aspmx.l.google.com.example.com", "+ example.com MX 1 aspmx.l.google.com\n"},
    {"the zone's name behind the whole name, of a subdomain",
     R"({"shop.example.com": {"MX": [[10, "mail.example.com.example.com"]]}})",
     "error mx.unresolvable mail.example.com.example.com", "+ shop.example.com MX 10 mail.example.com\n",
     "shop.example.com"},
    {"a single label", R"({"example.com": {"MX": [[10, "mail"]]}})", "error mx.unresolvable mail",
     "+ example.com MX 10 mail.example.com\n"},
    {"localhost", R"({"example.com": {"MX": [[10, "localhost"]]}})", "error mx.unresolvable localhost",
     "Correct the name in the MX record"},
    {"localhost that resolves", R"({"example.com": {"MX": [[10, "localhost"]]}, "localhost": {"A": ["127.0.0.1"]}})",
     "error mx.unresolvable localhost", "does not exist on the internet: 127.0.0.1"},
    {"private", R"({"example.com": {"MX": [[10, "mail.example.com"]]}, "mail.example.com": {"A": ["192.168.1.2"]}})",
     "error mx.unresolvable mail.example.com", "does not exist on the internet: 192.168.1.2"},
    {"unique local",
     R"({"example.com": {"MX": [[10, "mail.example.com"]]}, "mail.example.com": {"AAAA": ["fd00::1"]}})",
     "error mx.unresolvable mail.example.com", "fd00::1"},
    {"unspecified", R"({"example.com": {"MX": [[10, "mail.example.com"]]}, "mail.example.com": {"A": ["0.0.0.0"]}})",
     "error mx.unresolvable mail.example.com"},
    {"private, and a dead one", R"({"example.com": {"MX": [[10, "mail.example.com"], [20, "gone.example.com"]]},
                                    "mail.example.com": {"A": ["10.1.1.1"]}})",
     "error mx.unresolvable mail.example.com; error mx.unresolvable gone.example.com", "Nobody can send mail"},
    // No answer.
    {"MX times out", R"({"example.com": {"A": ["192.0.2.80"], "TIMEOUT": ["MX"]}})", "error dns.unanswered example.com",
     "no answer for MX example.com"},
    {"MX fails", R"({"example.com": {"SERVFAIL": true}})", "error dns.unanswered example.com"},
    {"host times out", R"({"example.com": {"MX": [[10, "mail.example.com"]]}, "mail.example.com": {"TIMEOUT": true}})",
     "error dns.unanswered mail.example.com"},
    {"host times out beside a good one",
     R"({"example.com": {"MX": [[10, "mail.example.com"], [20, "b.example.com"]]}, "mail.example.com": {"TIMEOUT": true},
         "b.example.com": {"A": ["192.0.2.2"]}})",
     "warning dns.unanswered mail.example.com"},
    {"no MX, and the address times out", R"({"example.com": {"TXT": ["x"], "TIMEOUT": ["A", "AAAA"]}})",
     "error dns.unanswered example.com", "no answer for A example.com"},
    {"bogus", R"({"example.com": {"BOGUS": true}})", ""},
    {"host bogus", R"({"example.com": {"MX": [[10, "mail.example.com"]]}, "mail.example.com": {"BOGUS": true}})",
     "error dnssec.bogus mail.example.com"},
    {"host bogus beside a good one",
     R"({"example.com": {"MX": [[10, "mail.example.net"], [20, "mail.example.com"]]}, "mail.example.net": {"BOGUS": true},
         "mail.example.com": {"A": ["192.0.2.10"]}})",
     "warning dnssec.bogus mail.example.net"},
};

TEST(DoctorMx, EveryRow) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const Survey all = survey_of(row.zone, example(row.domain));
        std::vector<Finding> findings;
        judge_mx(all, findings);
        EXPECT_EQ(brief(findings), row.said);
        EXPECT_TRUE(in_full(findings).contains(row.phrase)) << in_full(findings);
    }
}

TEST(DoctorMx, HostsUpToTheBoundAreLookedAt) {
    for (const std::size_t count : {most_mx_hosts, most_mx_hosts + 1}) {
        std::string records, hosts;
        for (std::size_t i = 0; i < count; ++i) {
            records += fmt::format("{}[{}, \"m{}.example.com\"]", i == 0 ? "" : ", ", i, i);
            hosts += fmt::format(R"(, "m{}.example.com": {{"A": ["192.0.2.{}"]}})", i, i + 1);
        }
        const Survey all = survey_of(fmt::format(R"({{"example.com": {{"MX": [{}]}}{}}})", records, hosts));
        EXPECT_EQ(all.mx.hosts.size(), most_mx_hosts);
        std::vector<Finding> findings;
        judge_mx(all, findings);
        EXPECT_EQ(brief(findings), "ok mx.ok example.com");
        EXPECT_EQ(in_full(findings).contains("only the preferred 30 hosts"), count > most_mx_hosts);
    }
}

TEST(DoctorMx, ANullMxOfADomainThatSends) {
    Subject subject = example();
    subject.addresses.push_back(*ip::Address::parse("192.0.2.1"));
    Survey all = survey_of(R"({"example.com": {"MX": [[0, "."]], "TXT": ["v=spf1 ip4:192.0.2.1 -all"]}})", subject);
    std::vector<Finding> findings;
    judge_mx(all, findings);
    EXPECT_EQ(brief(findings), "notice mx.null_sends example.com");
    EXPECT_TRUE(in_full(findings).contains("RFC 7505 4.2"));
}

TEST(DoctorMx, NoRecordLeadsToAHostThatMayNotExist) {
    const Survey all = survey_of(R"({"example.com": {"TXT": ["v=spf1 ip4:192.0.2.1 mx -all"]}})");
    std::vector<Finding> findings;
    judge_mx(all, findings);
    ASSERT_EQ(brief(findings), "error mx.none example.com");
    EXPECT_TRUE(findings[0].records.empty());
}

TEST(DoctorMx, ADomainThatIsNotThereIsKnownToBeAbsent) {
    EXPECT_FALSE(survey_of(R"({"example.net": {"A": ["192.0.2.1"]}})").mx.exists);
    EXPECT_TRUE(survey_of(R"({"example.com": {"TXT": ["x"]}})").mx.exists);
    EXPECT_TRUE(survey_of(R"({"example.com": {"TIMEOUT": true}})").mx.exists);
}

TEST(DoctorMx, NamesThatCannotBeAskedAreNotAsked) {
    const std::string label(64, 'a');
    const Survey all =
        survey_of(fmt::format(R"({{"example.com": {{"MX": [[10, "{}.example.com"], [20, "a..b"]]}}}})", label));
    ASSERT_EQ(all.mx.hosts.size(), 2U);
    for (const MxHost& host : all.mx.hosts) EXPECT_EQ(host.status, dns::Status::nx_domain) << host.name;
}

} // namespace
} // namespace bonafide::doctor
