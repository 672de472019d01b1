// What the rules of RFC 9989 4.7 to 4.10 mean for a verdict, one row a nasty case: a message whose SPF and DKIM say nothing, so that what
// the record asks for is what comes out.
#include "dmarc/dmarc.hpp"
#include "dns/zone.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace bonafide::dmarc {
namespace {

Evaluation evaluated(std::string_view zone_text, Input input) {
    const auto zone = dns::Zone::parse(zone_text);
    EXPECT_TRUE(zone) << (zone ? "" : zone.error().text);
    return dns::run(check(std::move(input)), **zone);
}

Evaluation evaluated(std::string_view zone_text, std::string author) {
    Input input;
    input.author_domain = std::move(author);
    return evaluated(zone_text, std::move(input));
}

struct Row {
    const char* name;
    std::string record; ///< TXT at _dmarc.example.com
    Code code;
    std::optional<Policy> policy;
    std::optional<Policy> disposition;
};

const Row rows[] = {
    {"M1 white space around = and ;", "v = DMARC1 ;p=none", Code::not_aligned, Policy::none, Policy::none},
    {"M1 no final semicolon", "v=DMARC1;p=reject", Code::not_aligned, Policy::reject, Policy::reject},
    {"M1 v not first", "p=none;v=DMARC1", Code::no_record, {}, {}},
    {"M1 no semicolon behind v", "v=DMARC1p=none", Code::no_record, {}, {}},
    {"M1 v alone", "v=DMARC1", Code::unusable_record, {}, {}},
    {"X4 v in lower case", "v=dmarc1;p=reject", Code::no_record, {}, {}},
    {"X4 tag name in upper case", "v=DMARC1;P=reject", Code::not_aligned, Policy::reject, Policy::reject},
    {"X4 value in upper case", "v=DMARC1; p=REJECT", Code::not_aligned, Policy::reject, Policy::reject},
    {"M2 invalid p with rua", "v=DMARC1; p=block; rua=mailto:a@b", Code::not_aligned, Policy::none, Policy::none},
    {"M2 invalid p without rua", "v=DMARC1; p=block", Code::unusable_record, {}, {}},
    {"M2 invalid sp without rua", "v=DMARC1; p=reject; sp=foo", Code::unusable_record, {}, {}},
    {"M2 invalid sp with rua", "v=DMARC1; p=reject; sp=foo; rua=mailto:a@b", Code::not_aligned, Policy::none,
     Policy::none},
    {"M2 invalid np without rua", "v=DMARC1; p=reject; np=all", Code::unusable_record, {}, {}},
    {"M2 no p with rua", "v=DMARC1; rua=mailto:a@b", Code::not_aligned, Policy::none, Policy::none},
    {"M2 rua without scheme", "v=DMARC1; p=block; rua=a@b", Code::unusable_record, {}, {}},
    {"M2 ruf is not rua", "v=DMARC1; p=block; ruf=mailto:a@b", Code::unusable_record, {}, {}},
    {"M2 one good rua among bad ones", "v=DMARC1; p=block; rua=a@b, https:/x, mailto:a@b", Code::not_aligned,
     Policy::none, Policy::none},
    {"M2 p not second", "v=DMARC1; adkim=s; rua=mailto:a@b; p=reject", Code::not_aligned, Policy::reject,
     Policy::reject},
    {"M3 invalid adkim", "v=DMARC1; p=reject; adkim=x", Code::not_aligned, Policy::reject, Policy::reject},
    {"M3 invalid fo", "v=DMARC1; p=reject; fo=9", Code::not_aligned, Policy::reject, Policy::reject},
    {"M3 unknown tag", "v=DMARC1; p=reject; zz=1", Code::not_aligned, Policy::reject, Policy::reject},
    {"M4 sp and np say nothing of the domain itself", "v=DMARC1; p=none; sp=reject; np=reject", Code::not_aligned,
     Policy::none, Policy::none},
    {"M5 t=y with p=reject", "v=DMARC1; p=reject; t=y", Code::not_aligned, Policy::reject, Policy::quarantine},
    {"M5 t=y with p=quarantine", "v=DMARC1; p=quarantine; t=y", Code::not_aligned, Policy::quarantine, Policy::none},
    {"M5 t=y with p=none", "v=DMARC1; p=none; t=y", Code::not_aligned, Policy::none, Policy::none},
    {"M5 t=y with pct=0", "v=DMARC1; p=reject; t=y; pct=0", Code::not_aligned, Policy::reject, Policy::quarantine},
    {"M5 t=n", "v=DMARC1; p=reject; t=n", Code::not_aligned, Policy::reject, Policy::reject},
    {"M6 pct=0", "v=DMARC1; p=reject; pct=0", Code::not_aligned, Policy::reject, Policy::reject},
    {"M6 pct=nonsense", "v=DMARC1; p=reject; pct=x; rf=y; ri=z", Code::not_aligned, Policy::reject, Policy::reject},
    {"M7 size suffix and encoded comma", "v=DMARC1; p=block; rua=mailto:a@b!10m , mailto:c%2Cd@e", Code::not_aligned,
     Policy::none, Policy::none},
    {"M8 fo=0:1:d:s", "v=DMARC1; p=reject; fo=0:1:d:s", Code::not_aligned, Policy::reject, Policy::reject},
    {"M8 fo=d:d", "v=DMARC1; p=reject; fo=d:d", Code::not_aligned, Policy::reject, Policy::reject},
    {"M9 psd=Y of the domain itself", "v=DMARC1; p=reject; psd=Y", Code::not_aligned, Policy::reject, Policy::reject},
};

TEST(DmarcStandard, RecordAndPolicy) { // RFC 9989 4.7, 4.8, 4.10.1
    for (const Row& row : rows) {
        const Evaluation e = evaluated(fmt::format("_dmarc.example.com. TXT \"{}\"\n", row.record), "example.com");
        EXPECT_EQ(e.code, row.code) << row.name << ": " << e.reason;
        EXPECT_EQ(e.result, row.code == Code::not_aligned ? Result::fail : Result::none) << row.name;
        EXPECT_EQ(e.policy, row.policy) << row.name;
        EXPECT_EQ(e.disposition, row.disposition) << row.name;
    }
}

struct Inherited {
    const char* name;
    const char* tags; ///< of the record at example.com
    const char* zone; ///< beside it
    const char* author;
    Policy policy;
};

TEST(DmarcStandard, PolicyForSubdomains) { // RFC 9989 4.7, 3.2.13, A.4
    constexpr const char* all = "p=none; sp=quarantine; np=reject";
    const std::vector<Inherited> inherited{
        {"M4 NXDOMAIN takes np", all, "", "x.example.com", Policy::reject},
        {"M4 without np it takes sp", "p=none; sp=quarantine", "", "x.example.com", Policy::quarantine},
        {"M4 without np and sp it takes p", "p=reject", "", "x.example.com", Policy::reject},
        {"M4 any type counts as existing", all, "x.example.com. TXT \"hello\"\n", "x.example.com", Policy::quarantine},
        {"M4 empty non-terminal", all, "a.x.example.com. A 192.0.2.1\n", "x.example.com", Policy::quarantine},
        {"M4 something at _dmarc.x", all, "_dmarc.x.example.com. TXT \"no record\"\n", "x.example.com",
         Policy::quarantine},
        {"M4 wildcard", all, "*.example.com. MX 10 mx.example.com.\n", "x.example.com", Policy::quarantine},
        {"M4 wildcard of another branch", all, "*.y.example.com. MX 10 mx.example.com.\n", "x.example.com",
         Policy::reject},
        {"X2 alias to a name that does not exist", all, "x.example.com. CNAME gone.example.net.\n", "x.example.com",
         Policy::quarantine},
        {"M4 two discarded records", all,
         "_dmarc.x.example.com. TXT \"v=DMARC1; p=none\"\n"
         "_dmarc.x.example.com. TXT \"v=DMARC1; p=reject\"\n",
         "x.example.com", Policy::quarantine},
        {"M4 its own record, though it does not exist otherwise", all,
         "_dmarc.x.example.com. TXT \"v=DMARC1; p=none; sp=reject; np=reject\"\n", "x.example.com", Policy::none},
        {"M5 t=y of the inherited np", "p=none; np=reject; t=y", "", "x.example.com", Policy::reject},
    };
    for (const Inherited& row : inherited) {
        const Evaluation e =
            evaluated(fmt::format("_dmarc.example.com. TXT \"v=DMARC1; {}\"\n{}", row.tags, row.zone), row.author);
        EXPECT_EQ(e.result, Result::fail) << row.name << ": " << e.reason;
        EXPECT_EQ(e.policy, row.policy) << row.name;
        const bool testing = std::string_view(row.tags).contains("t=y");
        EXPECT_EQ(e.disposition, testing ? Policy::quarantine : row.policy) << row.name;
    }
}

TEST(DmarcStandard, M4AFailedExistenceQuestionLeavesThePolicyUnknown) { // X2: SERVFAIL is not NXDOMAIN
    for (const char* status : {"SERVFAIL", "TIMEOUT"}) {
        const std::string zone = fmt::format(
            R"({{"_dmarc.example.com": {{"TXT": ["v=DMARC1; p=none; np=reject"]}}, "x.example.com": {{"{}": true}}}})",
            status);
        const Evaluation unknown = evaluated(zone, "x.example.com");
        EXPECT_EQ(unknown.result, Result::temperror) << status;
        EXPECT_EQ(unknown.code, Code::dns_error);
        EXPECT_EQ(unknown.reason, "whether x.example.com exists could not be looked up, and the policy depends on it");
        EXPECT_FALSE(unknown.policy);
        EXPECT_FALSE(unknown.disposition);
    }
}

struct Walked {
    const char* name;
    const char* zone;
    const char* author;
    const char* policy_domain;
    const char* org_domain;
    Policy policy;
};

TEST(DmarcStandard, TreeWalkAndItsPolicy) {
    // RFC 9989 4.10
    const std::vector<Walked> walked{
        {"W3 a record between author and organization is not used",
         "_dmarc.b.example.com. TXT \"v=DMARC1; p=none\"\n_dmarc.example.com. TXT \"v=DMARC1; p=reject\"\n",
         "a.b.example.com", "example.com", "example.com", Policy::reject},
        {"W3 nor its sp",
         "_dmarc.b.example.com. TXT \"v=DMARC1; p=none; sp=none\"\n"
         "_dmarc.example.com. TXT \"v=DMARC1; p=none; sp=quarantine\"\n",
         "a.b.example.com", "example.com", "example.com", Policy::quarantine},
        {"W1 several records at the author are discarded, the walk goes on",
         "_dmarc.a.example.com. TXT \"v=DMARC1; p=none\"\n_dmarc.a.example.com. TXT \"v=DMARC1; p=reject\"\n"
         "_dmarc.example.com. TXT \"v=DMARC1; p=quarantine\"\n",
         "a.example.com", "example.com", "example.com", Policy::quarantine},
        {"W1 two of one wording too",
         "_dmarc.a.example.com. TXT \"v=DMARC1; p=none\"\n_dmarc.a.example.com. TXT \"v=DMARC1; p=none;\"\n"
         "_dmarc.example.com. TXT \"v=DMARC1; p=quarantine\"\n",
         "a.example.com", "example.com", "example.com", Policy::quarantine},
        {"W1 v=dmarc1 and v=DMARC10 are no records beside one",
         "_dmarc.example.com. TXT \"v=dmarc1; p=none\"\n_dmarc.example.com. TXT \"v=DMARC10; p=none\"\n"
         "_dmarc.example.com. TXT \"v=DMARC1; p=reject\"\n",
         "example.com", "example.com", "example.com", Policy::reject},
        {"X1 strings of one record are joined", "_dmarc.example.com. TXT \"v=DMA\" \"RC1; p=reject\"\n", "example.com",
         "example.com", "example.com", Policy::reject},
        {"W4 psd=n at a middle label",
         "_dmarc.b.example.com. TXT \"v=DMARC1; p=quarantine; psd=n\"\n"
         "_dmarc.example.com. TXT \"v=DMARC1; p=reject\"\n",
         "a.b.example.com", "b.example.com", "b.example.com", Policy::quarantine},
        {"W4 psd=y: its p is inherited",
         "_dmarc.com. TXT \"v=DMARC1; p=reject; psd=y\"\nwww.example.com. A 192.0.2.1\n", "www.example.com", "com",
         "example.com", Policy::reject},
        {"W4 psd=y: its np for a name that does not exist",
         "_dmarc.com. TXT \"v=DMARC1; p=none; sp=none; np=reject; psd=y\"\n", "a.example.com", "com", "example.com",
         Policy::reject},
        {"W4 psd=y as author", "_dmarc.bank.example. TXT \"v=DMARC1; p=reject; sp=none; psd=y\"\n", "bank.example",
         "bank.example", "bank.example", Policy::reject},
    };
    for (const Walked& row : walked) {
        const Evaluation e = evaluated(row.zone, row.author);
        EXPECT_EQ(e.result, Result::fail) << row.name << ": " << e.reason;
        EXPECT_EQ(e.policy_domain, row.policy_domain) << row.name;
        EXPECT_EQ(e.org_domain, row.org_domain) << row.name;
        EXPECT_EQ(e.policy, row.policy) << row.name;
    }
}

TEST(DmarcStandard, SeveralRecordsAtTheOnlyNameLeaveNone) { // RFC 9989 4.10 steps 2 and 6
    const Evaluation e = evaluated("_dmarc.example.com. TXT \"v=DMARC1; p=none\"\n"
                                   "_dmarc.example.com. TXT \"v=DMARC1; p=reject\"\n",
                                   "example.com");
    EXPECT_EQ(e.result, Result::none);
    EXPECT_EQ(e.code, Code::no_record);
    EXPECT_EQ(e.notes, std::vector<std::string>{
                           "several DMARC records at _dmarc.example.com: all of them are discarded (RFC 9989 4.10)"});
}

TEST(DmarcStandard, M3AnUnknownModeOfAlignmentIsRelaxed) { // RFC 9989 4.8: the default, and never a way past alignment
    for (const char* mode : {"x", "", "strict", "ss", "s s", "r", "R"}) {
        const std::string zone =
            fmt::format("_dmarc.example.com. TXT \"v=DMARC1; p=reject; adkim={0}; aspf={0}\"\n", mode);
        Input input;
        input.author_domain = "example.com";
        input.spf = Identifier{"a.example.com", true, false};
        EXPECT_EQ(evaluated(zone, input).result, Result::pass) << mode;
        input.spf->domain = "a.example.net";
        EXPECT_EQ(evaluated(zone, input).result, Result::fail) << mode;
    }
}

TEST(DmarcStandard, M11OnePassOfManySignaturesIsEnough) {
    // RFC 9989 4.4.1: in whatever order and whatever became of the others
    for (std::size_t place = 0; place < 3; ++place) {
        Input input;
        input.author_domain = "example.com";
        input.dkim = {{"example.com", false, false}, {"example.com", false, true}, {"stranger.example", true, false}};
        input.dkim.insert(input.dkim.begin() + static_cast<std::ptrdiff_t>(place), {"example.com", true, false});
        const Evaluation e = evaluated("_dmarc.example.com. TXT \"v=DMARC1; p=reject; adkim=s\"\n", input);
        EXPECT_EQ(e.result, Result::pass) << place;
        EXPECT_EQ(e.aligned_domain, "example.com");
    }
}

} // namespace
} // namespace bonafide::dmarc
