#include "doctor/test_receiving.hpp"

#include <fmt/format.h>

namespace bonafide::doctor {
namespace {

struct Row {
    const char* name;
    std::string zone;         ///< JSON, without the outermost braces
    const char* said;         ///< brief()
    const char* phrase = "";  ///< in in_full()
    const char* address = ""; ///< known to send; empty: none
};

constexpr const char* six =
    R"("0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa": {"PTR": ["mail.example.com"]})";

std::vector<Row> rows() {
    const std::string listed_six = fmt::format(
        R"("example.com": {{"TXT": ["v=spf1 ip6:2001:db8::10 -all"]}}, "mail.example.com": {{"AAAA": ["2001:db8::10"]}}, {})",
        six);
    return {
        // Healthy.
        {"known",
         R"("10.2.0.192.in-addr.arpa": {"PTR": ["mail.example.com"]}, "mail.example.com": {"A": ["192.0.2.10"]})",
         "ok ptr.ok example.com", "192.0.2.10 is mail.example.com", "192.0.2.10"},
        {"listed by ip4", R"("example.com": {"TXT": ["v=spf1 ip4:192.0.2.10 -all"]},
            "10.2.0.192.in-addr.arpa": {"PTR": ["mail.example.com"]}, "mail.example.com": {"A": ["192.0.2.10"]})",
         "ok ptr.ok example.com"},
        {"listed by ip6", listed_six, "ok ptr.ok example.com", "2001:db8::10 is mail.example.com"},
        {"listed by mx", R"("example.com": {"TXT": ["v=spf1 mx -all"], "MX": [[10, "mail.example.com"]]},
            "10.2.0.192.in-addr.arpa": {"PTR": ["mail.example.com"]}, "mail.example.com": {"A": ["192.0.2.10"]})",
         "ok ptr.ok example.com"},
        {"two names, one leads back",
         R"("10.2.0.192.in-addr.arpa": {"PTR": ["other.example.net", "mail.example.com"]}, "mail.example.com": {"A": ["192.0.2.10"]})",
         "ok ptr.ok example.com", "192.0.2.10 is mail.example.com", "192.0.2.10"},
        {"one name does not answer, the other leads back",
         R"("10.2.0.192.in-addr.arpa": {"PTR": ["slow.example.net", "mail.example.com"]}, "slow.example.net": {"TIMEOUT": true},
            "mail.example.com": {"A": ["192.0.2.10"]})",
         "ok ptr.ok example.com", "", "192.0.2.10"},
        {"a name of the provider's",
         R"("10.2.0.192.in-addr.arpa": {"PTR": ["server7.host.example"]}, "server7.host.example": {"A": ["192.0.2.10"]})",
         "ok ptr.ok example.com", "", "192.0.2.10"},
        {"a pool of the organization's own",
         R"("10.2.0.192.in-addr.arpa": {"PTR": ["pool.example.com"]}, "pool.example.com": {"A": ["192.0.2.10"]})",
         "ok ptr.ok example.com", "", "192.0.2.10"},
        {"an organization called cable",
         R"("10.2.0.192.in-addr.arpa": {"PTR": ["mail.cable.co.uk"]}, "mail.cable.co.uk": {"A": ["192.0.2.10"]})",
         "ok ptr.ok example.com", "", "192.0.2.10"},
        {"a word that holds another",
         R"("10.2.0.192.in-addr.arpa": {"PTR": ["spool.dynamo.isp.example"]}, "spool.dynamo.isp.example": {"A": ["192.0.2.10"]})",
         "ok ptr.ok example.com", "", "192.0.2.10"},
        {"one generic name and one good",
         R"("10.2.0.192.in-addr.arpa": {"PTR": ["192-0-2-10.isp.example", "mail.example.com"]}, "192-0-2-10.isp.example": {"A": ["192.0.2.10"]},
            "mail.example.com": {"A": ["192.0.2.10"]})",
         "ok ptr.ok example.com", "", "192.0.2.10"},
        // Nobody is asked for.
        {"a web server listed by a", R"("example.com": {"TXT": ["v=spf1 a ip4:192.0.2.10 -all"], "A": ["192.0.2.80"]},
            "10.2.0.192.in-addr.arpa": {"PTR": ["mail.example.com"]}, "mail.example.com": {"A": ["192.0.2.10"]})",
         "ok ptr.ok example.com"},
        {"a provider's inbound host listed by mx",
         R"("example.com": {"TXT": ["v=spf1 mx -all"], "MX": [[1, "smtp.google.com"]]}, "smtp.google.com": {"A": ["192.0.2.10"]})",
         ""},
        {"a network", R"("example.com": {"TXT": ["v=spf1 ip4:192.0.2.0/24 -all"]})", ""},
        {"an include",
         R"("example.com": {"TXT": ["v=spf1 include:x.example.net -all"]}, "x.example.net": {"TXT": ["v=spf1 ip4:192.0.2.10 -all"]})",
         ""},
        {"what may not send", R"("example.com": {"TXT": ["v=spf1 -ip4:192.0.2.10 ip4:192.0.2.0/24 -all"]})", ""},
        {"behind all", R"("example.com": {"TXT": ["v=spf1 -all ip4:192.0.2.10"]})", ""},
        {"a private address", R"("example.com": {"TXT": ["v=spf1 ip4:10.0.0.1 -all"]})", ""},
        {"a private address given", R"("example.com": {"A": ["192.0.2.80"]})", "", "", "192.168.0.7"},
        // Missing.
        {"known, none, and no name of it is known", R"("example.com": {"A": ["192.0.2.80"]})",
         "error ptr.missing 192.0.2.10", "publish A 192.0.2.10 for it", "192.0.2.10"},
        {"known, none, and the MX host has another address",
         R"("example.com": {"MX": [[10, "mail.example.com"]]}, "mail.example.com": {"A": ["192.0.2.11"]})",
         "error ptr.missing 192.0.2.10", "Choose a name for the server", "192.0.2.10"},
        {"the domain's own name is proposed", R"("example.com": {"A": ["192.0.2.10"]})", "error ptr.missing 192.0.2.10",
         "+ 10.2.0.192.in-addr.arpa PTR example.com\n", "192.0.2.10"},
        {"the MX host's name is proposed",
         R"("example.com": {"MX": [[10, "mx1.example.com"]]}, "mx1.example.com": {"A": ["192.0.2.10"]})",
         "error ptr.missing 192.0.2.10", "+ 10.2.0.192.in-addr.arpa PTR mx1.example.com\n", "192.0.2.10"},
        {"IPv6, none",
         R"("example.com": {"MX": [[10, "mail.example.com"]]}, "mail.example.com": {"AAAA": ["2001:db8::10"]})",
         "error ptr.missing 2001:db8::10",
         "+ 0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR mail.example.com\n",
         "2001:db8::10"},
        {"listed, none", R"("example.com": {"TXT": ["v=spf1 ip4:192.0.2.10 -all"]})", "warning ptr.missing 192.0.2.10",
         "listed by ip4:192.0.2.10 of the SPF record"},
        {"listed by a of another name",
         R"("example.com": {"TXT": ["v=spf1 a:out.example.com -all"]}, "out.example.com": {"A": ["192.0.2.10"]})",
         "warning ptr.missing 192.0.2.10", "+ 10.2.0.192.in-addr.arpa PTR out.example.com\n"},
        {"listed by a, where the mail goes too",
         R"("example.com": {"TXT": ["v=spf1 a -all"], "A": ["192.0.2.10"], "MX": [[10, "example.com"]]})",
         "warning ptr.missing 192.0.2.10"},
        {"an empty answer", R"("10.2.0.192.in-addr.arpa": {"TXT": ["x"]})", "error ptr.missing 192.0.2.10", "",
         "192.0.2.10"},
        // Names that do not lead back.
        {"elsewhere",
         R"("10.2.0.192.in-addr.arpa": {"PTR": ["mail.example.com"]}, "mail.example.com": {"A": ["192.0.2.99"]})",
         "error ptr.mismatch 192.0.2.10", "+ mail.example.com A 192.0.2.10\n", "192.0.2.10"},
        {"nowhere, of a stranger, and no name is known", R"("10.2.0.192.in-addr.arpa": {"PTR": ["vps7.host.example"]})",
         "error ptr.mismatch 192.0.2.10", "publish A 192.0.2.10 for it", "192.0.2.10"},
        {"nowhere, of a stranger",
         R"("10.2.0.192.in-addr.arpa": {"PTR": ["vps7.host.example"]}, "example.com": {"MX": [[10, "mail.example.com"]]},
            "mail.example.com": {"A": ["192.0.2.10"]})",
         "error ptr.mismatch 192.0.2.10",
         "+ 10.2.0.192.in-addr.arpa PTR mail.example.com\n- 10.2.0.192.in-addr.arpa PTR vps7.host.example\n",
         "192.0.2.10"},
        {"IPv6 with an A record only", fmt::format(R"("mail.example.com": {{"A": ["192.0.2.10"]}}, {})", six),
         "error ptr.mismatch 2001:db8::10", "+ mail.example.com AAAA 2001:db8::10\n", "2001:db8::10"},
        {"listed, elsewhere",
         R"("example.com": {"TXT": ["v=spf1 ip4:192.0.2.10 -all"]}, "10.2.0.192.in-addr.arpa": {"PTR": ["mail.example.com"]})",
         "warning ptr.mismatch 192.0.2.10"},
        // Lines.
        {"octets with hyphens",
         R"("10.2.0.192.in-addr.arpa": {"PTR": ["192-0-2-10.isp.example"]}, "192-0-2-10.isp.example": {"A": ["192.0.2.10"]})",
         "warning ptr.generic 192.0.2.10", "Choose a name for the server", "192.0.2.10"},
        {"octets with hyphens, and the MX host has the address",
         R"("10.2.0.192.in-addr.arpa": {"PTR": ["192-0-2-10.isp.example"]}, "192-0-2-10.isp.example": {"A": ["192.0.2.10"]},
            "example.com": {"MX": [[10, "mail.example.com"]]}, "mail.example.com": {"A": ["192.0.2.10"]})",
         "warning ptr.generic 192.0.2.10",
         "+ 10.2.0.192.in-addr.arpa PTR mail.example.com\n- 10.2.0.192.in-addr.arpa PTR 192-0-2-10.isp.example\n",
         "192.0.2.10"},
        {"a rented machine",
         R"("10.2.0.192.in-addr.arpa": {"PTR": ["vps-4f3a2b1c.vps.ovh.net"]}, "vps-4f3a2b1c.vps.ovh.net": {"A": ["192.0.2.10"]})",
         "warning ptr.generic 192.0.2.10", "", "192.0.2.10"},
        {"a machine with a name of its own",
         R"("10.2.0.192.in-addr.arpa": {"PTR": ["vps1.host.example"]}, "vps1.host.example": {"A": ["192.0.2.10"]})",
         "ok ptr.ok example.com", "", "192.0.2.10"},
        {"octets backward",
         R"("10.2.0.192.in-addr.arpa": {"PTR": ["10.2.0.192.isp.example"]}, "10.2.0.192.isp.example": {"A": ["192.0.2.10"]})",
         "warning ptr.generic 192.0.2.10", "", "192.0.2.10"},
        {"in hexadecimal",
         R"("10.2.0.192.in-addr.arpa": {"PTR": ["c000020a.isp.example"]}, "c000020a.isp.example": {"A": ["192.0.2.10"]})",
         "warning ptr.generic 192.0.2.10", "", "192.0.2.10"},
        {"a word",
         R"("10.2.0.192.in-addr.arpa": {"PTR": ["c7.dyn.isp.example"]}, "c7.dyn.isp.example": {"A": ["192.0.2.10"]})",
         "warning ptr.generic 192.0.2.10", "customer's line: c7.dyn.isp.example", "192.0.2.10"},
        {"a word with a number",
         R"("10.2.0.192.in-addr.arpa": {"PTR": ["pool-7.isp.example"]}, "pool-7.isp.example": {"A": ["192.0.2.10"]})",
         "warning ptr.generic 192.0.2.10", "", "192.0.2.10"},
        {"listed, a line", R"("example.com": {"TXT": ["v=spf1 ip4:192.0.2.10 -all"]},
            "10.2.0.192.in-addr.arpa": {"PTR": ["host-192-0-2-10.isp.example"]}, "host-192-0-2-10.isp.example": {"A": ["192.0.2.10"]})",
         "notice ptr.generic 192.0.2.10"},
        // No answer.
        {"PTR times out", R"("10.2.0.192.in-addr.arpa": {"TIMEOUT": true})",
         "warning dns.unanswered 10.2.0.192.in-addr.arpa", "The reverse name of 192.0.2.10 could not be looked up",
         "192.0.2.10"},
        {"listed, PTR fails",
         R"("example.com": {"TXT": ["v=spf1 ip4:192.0.2.10 -all"]}, "10.2.0.192.in-addr.arpa": {"SERVFAIL": true})",
         "notice dns.unanswered 10.2.0.192.in-addr.arpa"},
        {"its name times out",
         R"("10.2.0.192.in-addr.arpa": {"PTR": ["mail.example.com"]}, "mail.example.com": {"TIMEOUT": true})",
         "warning dns.unanswered mail.example.com", "", "192.0.2.10"},
    };
}

TEST(DoctorReverse, EveryRow) {
    for (const Row& row : rows()) {
        SCOPED_TRACE(row.name);
        Subject subject = example();
        if (*row.address != '\0') subject.addresses.push_back(*ip::Address::parse(row.address));
        const Survey all = survey_of("{" + row.zone + "}", std::move(subject));
        std::vector<Finding> findings;
        judge_reverse(all, findings);
        EXPECT_EQ(brief(findings), row.said);
        EXPECT_TRUE(in_full(findings).contains(row.phrase)) << in_full(findings);
    }
}

TEST(DoctorReverse, NoPtrIsPrintedWhoseNameLeadsElsewhere) {
    Subject subject = example();
    subject.addresses.push_back(*ip::Address::parse("192.0.2.10"));
    subject.addresses.push_back(*ip::Address::parse("192.0.2.99"));
    const Survey all = survey_of(
        R"({"example.com": {"MX": [[10, "mail.example.com"]], "A": ["192.0.2.80"]}, "mail.example.com": {"A": ["192.0.2.10"]}})",
        std::move(subject));
    std::vector<Finding> findings;
    judge_reverse(all, findings);
    ASSERT_EQ(brief(findings), "error ptr.missing 192.0.2.10; error ptr.missing 192.0.2.99");
    ASSERT_EQ(findings[0].records.size(), 1U);
    EXPECT_EQ(findings[0].records[0].value, "mail.example.com");
    EXPECT_TRUE(findings[1].records.empty());
}

TEST(DoctorReverse, AddressesUpToTheBoundAreLookedAt) {
    for (const std::size_t count : {most_sending_addresses, most_sending_addresses + 1}) {
        std::string terms;
        for (std::size_t i = 0; i < count; ++i) terms += fmt::format(" ip4:192.0.2.{}", i + 1);
        const Survey all = survey_of(fmt::format(R"({{"example.com": {{"TXT": ["v=spf1{} -all"]}}}})", terms));
        EXPECT_EQ(all.reverse.addresses.size(), most_sending_addresses);
    }
}

TEST(DoctorReverse, NamesUpToTheBoundAreAsked) {
    for (const std::size_t in_front : {most_ptr_names - 1, most_ptr_names}) {
        std::string names;
        for (std::size_t i = 0; i < in_front; ++i) names += fmt::format("\"n{}.example.net\", ", i);
        Subject subject = example();
        subject.addresses.push_back(*ip::Address::parse("192.0.2.10"));
        const Survey all = survey_of(
            fmt::format(
                R"({{"10.2.0.192.in-addr.arpa": {{"PTR": [{}"mail.example.com"]}}, "mail.example.com": {{"A": ["192.0.2.10"]}}}})",
                names),
            std::move(subject));
        ASSERT_EQ(all.reverse.addresses.size(), 1U);
        EXPECT_EQ(all.reverse.addresses[0].confirmed.size(), in_front < most_ptr_names ? 1U : 0U);
    }
}

TEST(DoctorReverse, FindingsStandInTheOrderOfAddresses) {
    Subject subject = example();
    for (const char* const text : {"198.51.100.1", "192.0.2.10"})
        subject.addresses.push_back(*ip::Address::parse(text));
    const Survey all = survey_of(R"({"example.com": {"A": ["192.0.2.80"]}})", std::move(subject));
    std::vector<Finding> findings;
    judge_reverse(all, findings);
    EXPECT_EQ(brief(findings), "error ptr.missing 192.0.2.10; error ptr.missing 198.51.100.1");
}

TEST(DoctorReverse, AZoneFileWithoutReverseNamesSaysNothingAboutThem) {
    Subject subject = example();
    subject.all_of_dns.emplace();
    constexpr std::string_view spf = R"("example.com": {"TXT": ["v=spf1 ip4:192.0.2.10 -all"]})";
    EXPECT_TRUE(survey_of(fmt::format("{{{}}}", spf), subject).reverse.addresses.empty());
    EXPECT_EQ(
        survey_of(fmt::format(R"({{{}, "1.100.51.198.in-addr.arpa": {{"PTR": ["x.example.net"]}}}})", spf), subject)
            .reverse.addresses.size(),
        1U);
}

} // namespace
} // namespace bonafide::doctor
