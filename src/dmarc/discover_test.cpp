// Policy discovery and Organizational Domains: RFC 9989 4.10 and its examples, by name and by number of queries.
#include "dmarc/dmarc.hpp"
#include "dns/zone.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace bonafide::dmarc {
namespace {

std::shared_ptr<const dns::Zone> zone(std::string_view text) {
    const auto parsed = dns::Zone::parse(text);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().text);
    return parsed ? *parsed : nullptr;
}

std::shared_ptr<const dns::PublicSuffixList> suffixes() {
    static const auto list = std::make_shared<const dns::PublicSuffixList>(dns::PublicSuffixList::system());
    return list;
}

struct Found {
    Discovered discovered;
    std::vector<std::string> questions;
};

Found discover_in(std::string_view zone_text, std::string author, Discovery discovery = Discovery::treewalk) {
    dns::Transcript transcript;
    Found found;
    found.discovered = dns::run(discover(std::move(author), discovery, suffixes(), {}), *zone(zone_text), &transcript);
    for (const auto& exchange : transcript.exchanges()) found.questions.push_back(exchange.name);
    return found;
}

struct Row {
    const char* name;
    const char* zone;
    const char* author;
    const char* policy_domain;
    const char* org_domain;
    std::size_t queries;
};

class TreeWalk : public testing::TestWithParam<Row> {};

TEST_P(TreeWalk, PolicyOrganizationAndQueries) {
    const Row& row = GetParam();
    const Found found = discover_in(row.zone, row.author);
    EXPECT_EQ(found.discovered.policy_domain, row.policy_domain);
    EXPECT_EQ(found.discovered.org_domain, row.org_domain);
    EXPECT_EQ(found.questions.size(), row.queries);
    EXPECT_FALSE(found.discovered.temporary_error);
}

constexpr const char* example = R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}})";
constexpr const char* example_and_middle =
    R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}, "_dmarc.b.example.com": {"TXT": ["v=DMARC1; p=none"]}})";
constexpr const char* bank = R"({"_dmarc.bank.example": {"TXT": ["v=DMARC1; p=reject; psd=y"]},
                                 "_dmarc.giant.bank.example": {"TXT": ["v=DMARC1; p=none"]},
                                 "_dmarc.example": {"TXT": ["v=DMARC1; p=none"]}})";

INSTANTIATE_TEST_SUITE_P(
    Rfc9989_4_10, TreeWalk,
    testing::Values(
        Row{"AuthorRecord", example, "example.com", "example.com", "example.com", 1},
        Row{"OrganizationRecord", example, "a.example.com", "example.com", "example.com", 3},
        Row{"MiddleRecordIsNotUsed", example_and_middle, "a.b.example.com", "example.com", "example.com", 4},
        Row{"PsdNEndsTheWalk", R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]},
                                   "_dmarc.b.example.com": {"TXT": ["v=DMARC1; p=none; psd=n"]}})",
            "a.b.example.com", "b.example.com", "b.example.com", 2},
        Row{"PsdYAtTheTop", R"({"_dmarc.com": {"TXT": ["v=DMARC1; p=reject; psd=y"]}})", "a.b.example.com", "com",
            "example.com", 4},
        Row{"OrganizationBeforePsd", R"({"_dmarc.com": {"TXT": ["v=DMARC1; p=none; psd=y"]},
                                         "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}})",
            "a.b.example.com", "example.com", "example.com", 4},
        Row{"PsdPolicyWhenOnlyAMiddleRecordExists", R"({"_dmarc.bank.example": {"TXT": ["v=DMARC1; p=reject; psd=y"]},
                                                       "_dmarc.x.giant.bank.example": {"TXT": ["v=DMARC1; p=none"]}})",
            "y.x.giant.bank.example", "bank.example", "giant.bank.example", 4},
        Row{"PsdItselfAsAuthor", bank, "bank.example", "bank.example", "bank.example", 1},
        Row{"B_4_3_Author", bank, "giant.bank.example", "giant.bank.example", "", 1},
        Row{"B_4_3_Other", bank, "mail.mega.bank.example", "bank.example", "mega.bank.example", 3},
        Row{"TwoRecordsAreDiscarded", R"({"_dmarc.a.example.com": {"TXT": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]},
                                          "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}})",
            "a.example.com", "example.com", "example.com", 3},
        Row{"OtherTextBesideTheRecord",
            R"({"_dmarc.example.com": {"TXT": ["v=spf1 -all", "v=DMARC1; p=reject", "v=DMARC10; p=none"]}})",
            "example.com", "example.com", "example.com", 1},
        Row{"NothingAt8Labels", "{}", "a.b.c.d.e.f.example.com", "", "a.b.c.d.e.f.example.com", 8},
        Row{"NothingAt9Labels", "{}", "a.b.c.d.e.f.g.example.com", "", "a.b.c.d.e.f.g.example.com", 8},
        Row{"NothingAt13Labels", "{}", "a.b.c.d.e.f.g.h.i.j.k.example.com", "", "a.b.c.d.e.f.g.h.i.j.k.example.com", 8},
        Row{"SevenLabels", "{}", "a.b.c.d.e.example.com", "", "a.b.c.d.e.example.com", 7},
        Row{"B_4_2_Deep", example, "a.b.c.d.e.f.g.h.i.j.k.example.com", "example.com", "example.com", 8},
        Row{"SkippedPsdNode", R"({"_dmarc.b.c.d.e.f.g.example.com": {"TXT": ["v=DMARC1; p=none; psd=n"]},
                                  "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}})",
            "mail.a.b.c.d.e.f.g.example.com", "example.com", "example.com", 8}, // 5.1.8
        Row{"TopLevelRecordIsNoOrganization", R"({"_dmarc.com": {"TXT": ["v=DMARC1; p=reject"]}})", "a.example.com",
            "com", "example.com", 3},
        Row{"TopLevelPsdNIsNoOrganization", R"({"_dmarc.com": {"TXT": ["v=DMARC1; p=reject; psd=n"]}})",
            "a.example.com", "com", "example.com", 3},
        Row{"SingleLabelAuthor", R"({"_dmarc.localdomain": {"TXT": ["v=DMARC1; p=reject"]}})", "localdomain",
            "localdomain", "localdomain", 1},
        Row{"UnusableRecordCountsInTheWalk", R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; adkim=s"]}})",
            "a.example.com", "example.com", "example.com", 3}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Discover, Rfc9989_4_10_TheEightQueries) {
    const Found found = discover_in("{}", "a.b.c.d.e.f.g.h.i.j.mail.example.com");
    EXPECT_EQ(found.questions,
              (std::vector<std::string>{"_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com",
                                        "_dmarc.g.h.i.j.mail.example.com", "_dmarc.h.i.j.mail.example.com",
                                        "_dmarc.i.j.mail.example.com", "_dmarc.j.mail.example.com",
                                        "_dmarc.mail.example.com", "_dmarc.example.com", "_dmarc.com"}));
}

TEST(Discover, StringsOfOneRecordAreJoined) { // X1; RFC 9989 4.5
    const Found split = discover_in("$TTL 1\n_dmarc.example.com. TXT \"v=DMA\" \"RC1; p=reject\"\n", "example.com");
    ASSERT_TRUE(split.discovered.record);
    EXPECT_EQ(split.discovered.record->text, "v=DMARC1; p=reject");
    const Found apart = discover_in(
        "$TTL 1\n_dmarc.example.com. TXT \"v=DMA\"\n_dmarc.example.com. TXT \"RC1; p=reject\"\n", "example.com");
    EXPECT_FALSE(apart.discovered.record);
}

TEST(Discover, NotesTellWhatWasPassedOver) {
    const auto several = discover_in(R"({"_dmarc.a.example.com": {"TXT": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]},
                                         "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}})",
                                     "a.example.com");
    EXPECT_EQ(several.discovered.notes,
              std::vector<std::string>{
                  "several DMARC records at _dmarc.a.example.com: all of them are discarded (RFC 9989 4.10)"});
    const auto middle = discover_in(example_and_middle, "a.b.example.com");
    EXPECT_EQ(middle.discovered.notes,
              std::vector<std::string>{"the record at _dmarc.b.example.com is between the author domain and its "
                                       "organization and is not used"});
    const auto top = discover_in(R"({"_dmarc.com": {"TXT": ["v=DMARC1; p=reject"]}})", "example.com");
    EXPECT_EQ(top.discovered.notes,
              std::vector<std::string>{
                  "the record at _dmarc.com has no psd=y: a top-level domain is not taken for an organization"});
}

TEST(Discover, FailedLookUpIsTemporaryNotNothing) { // RFC 9989 4.10.1, 5.3.6
    for (const char* failing : {"_dmarc.a.b.example.com", "_dmarc.b.example.com", "_dmarc.example.com", "_dmarc.com"}) {
        const auto found = discover_in(fmt::format(R"({{"{}": {{"TIMEOUT": true}}}})", failing), "a.b.example.com");
        EXPECT_TRUE(found.discovered.temporary_error) << failing;
        EXPECT_EQ(found.discovered.error_name, failing);
        EXPECT_EQ(found.questions.back(), failing);
        EXPECT_FALSE(found.discovered.record);
    }
}

TEST(Discover, FailureAtTheTopLevelChangesNothingOnceTwoLabelsHaveARecord) {
    const auto found =
        discover_in(R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}, "_dmarc.com": {"SERVFAIL": true}})",
                    "a.example.com");
    EXPECT_FALSE(found.discovered.temporary_error);
    EXPECT_EQ(found.discovered.policy_domain, "example.com");
    const auto deeper =
        discover_in(R"({"_dmarc.b.example.com": {"TXT": ["v=DMARC1; p=reject"]}, "_dmarc.com": {"SERVFAIL": true}})",
                    "a.b.example.com");
    EXPECT_TRUE(deeper.discovered.temporary_error); // psd=y up there would make example.com the organization
}

struct NpRow {
    const char* name;
    const char* author_entry; ///< further zone entries
    std::optional<bool> exists;
    bool asked;
};

TEST(Discover, ExistenceForNp) { // RFC 9989 3.2.13, A.4; M4
    const std::vector<NpRow> rows{
        {"nxdomain", "", false, true},
        {"any record type", R"(, "x.example.com": {"MX": [[0, "."]]})", true, true},
        {"alias to nowhere", R"(, "x.example.com": {"CNAME": "gone.example"})", true, true},
        {"look-up fails", R"(, "x.example.com": {"SERVFAIL": true})", std::nullopt, true},
        {"only A fails, no such type", R"(, "x.example.com": {"SERVFAIL": ["A"]})", true, true},
        {"A and AAAA fail, an MX there", R"(, "x.example.com": {"SERVFAIL": ["A", "AAAA"], "MX": [[0, "."]]})", true,
         true},
        {"A and AAAA time out", R"(, "x.example.com": {"TIMEOUT": ["A", "AAAA"]})", true, true},
        {"all three fail", R"(, "x.example.com": {"TIMEOUT": ["A", "AAAA", "MX"]})", std::nullopt, true},
        {"something below it", R"(, "_dmarc.x.example.com": {"TXT": ["hello"]})", true, false},
    };
    for (const NpRow& row : rows) {
        const auto found = discover_in(
            fmt::format(R"({{"_dmarc.example.com": {{"TXT": ["v=DMARC1; p=none; np=reject"]}}{}}})", row.author_entry),
            "x.example.com");
        EXPECT_EQ(found.discovered.author_exists, row.exists) << row.name;
        EXPECT_EQ(found.questions.back() == "x.example.com", row.asked) << row.name;
    }
}

TEST(Discover, ExistenceIsAskedOnlyWhenItDecides) {
    for (const char* record :
         {"v=DMARC1; p=reject; np=reject", "v=DMARC1; p=none; sp=reject; np=reject", "v=DMARC1; p=reject; sp=none"})
        EXPECT_EQ(discover_in(fmt::format(R"({{"_dmarc.example.com": {{"TXT": ["{}"]}}}})", record), "x.example.com")
                      .questions.size(),
                  3u)
            << record;
    // np is without effect in the author's own record.
    EXPECT_EQ(discover_in(R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=none; np=reject"]}})", "example.com")
                  .questions.size(),
              1u);
}

TEST(Discover, NameTooLongToAskHasNoRecord) { // RFC 1035 2.3.4: 253 bytes, "_dmarc." included
    const std::string label(63, 'a');
    const auto author = [&](std::size_t last) {
        return label + '.' + label + '.' + label + '.' + std::string(last, 'b') + ".com";
    };
    EXPECT_EQ(discover_in("{}", author(50)).questions.size(), 5u);
    EXPECT_EQ(discover_in("{}", author(51)).questions.size(), 4u);
}

TEST(Discover, Rfc7489_6_6_3_BySuffixList) {
    const auto own = discover_in(example_and_middle, "b.example.com", Discovery::psl);
    EXPECT_EQ(own.discovered.policy_domain, "b.example.com");
    EXPECT_EQ(own.discovered.org_domain, "example.com");
    EXPECT_EQ(own.questions.size(), 1u);
    const auto org = discover_in(example_and_middle, "a.b.example.com", Discovery::psl);
    EXPECT_EQ(org.discovered.policy_domain, "example.com");
    EXPECT_EQ(org.questions, (std::vector<std::string>{"_dmarc.a.b.example.com", "_dmarc.example.com"}));
    const auto suffix =
        discover_in(R"({"_dmarc.co.uk": {"TXT": ["v=DMARC1; p=reject"]}})", "example.co.uk", Discovery::psl);
    EXPECT_EQ(suffix.discovered.policy_domain, "");
    EXPECT_EQ(suffix.questions.size(), 1u);
    // Step 5: several records end discovery; the organization is not asked.
    const auto several = discover_in(R"({"_dmarc.a.example.com": {"TXT": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]},
                                         "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}})",
                                     "a.example.com", Discovery::psl);
    EXPECT_EQ(several.discovered.policy_domain, "");
    EXPECT_EQ(several.questions.size(), 1u);
    EXPECT_EQ(several.discovered.notes.size(), 1u);
    const auto failed = discover_in(R"({"_dmarc.example.com": {"TIMEOUT": true}})", "a.example.com", Discovery::psl);
    EXPECT_TRUE(failed.discovered.temporary_error);
    EXPECT_EQ(failed.discovered.error_name, "_dmarc.example.com");
}

TEST(OrganizationalDomain, ByEitherMethod) {
    const auto org = [](std::string_view zone_text, std::string domain, Discovery discovery) {
        return dns::run(organizational_domain(std::move(domain), discovery, suffixes(), {}), *zone(zone_text));
    };
    EXPECT_EQ(org(example_and_middle, "b.example.com", Discovery::treewalk), "example.com");
    EXPECT_EQ(org("{}", "b.example.com", Discovery::treewalk), "b.example.com");
    EXPECT_EQ(org(R"({"_dmarc.com": {"TIMEOUT": true}})", "b.example.com", Discovery::treewalk), "b.example.com");
    EXPECT_EQ(org("{}", "a.b.example.co.uk", Discovery::psl), "example.co.uk");
    EXPECT_EQ(org("{}", "co.uk", Discovery::psl), "co.uk");
    EXPECT_EQ(org(bank, "mail.giant.bank.example", Discovery::treewalk), "giant.bank.example");
}

TEST(Discover, RecordsAtOneNameAreReadUpToTheLimit) {
    std::string texts = "\"v=DMARC1; p=reject\"";
    for (int i = 1; i < 100; ++i) texts += ", \"other\"";
    const auto at = discover_in(fmt::format(R"({{"_dmarc.example.com": {{"TXT": [{}]}}}})", texts), "example.com");
    EXPECT_TRUE(at.discovered.record);
    const auto past = discover_in(
        fmt::format(R"({{"_dmarc.example.com": {{"TXT": [{}, "v=DMARC1; p=none"]}}}})", texts), "example.com");
    EXPECT_TRUE(past.discovered.record); // the hundred-and-first is not looked at
}

} // namespace
} // namespace bonafide::dmarc
