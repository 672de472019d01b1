// The tree: its counts are those of the verifier, and it ends whatever the zone holds. Subdomains, and records in the wrong place.
#include "doctor/spf_test_survey.hpp"
#include "doctor/spf_tree.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bonafide::doctor {
namespace {

using namespace testing;
using ::testing::ElementsAre, ::testing::HasSubstr;

std::shared_ptr<const SpfNode> tree(const std::string& text) {
    return dns::run(survey_spf(subject()), *zone(text)).root;
}

std::size_t cuts(const SpfNode& root) {
    std::size_t count = 0;
    walk_spf(root, [&](const SpfNode&, const SpfTerm* term) { count += term != nullptr && term->cut ? 1 : 0; });
    return count;
}

TEST(DoctorSpfTree, CountsAreThoseOfTheVerifier) {
    const std::string others =
        "'n.example.net': {'TXT': ['v=spf1 a mx ~all'], 'A': ['192.0.2.3'], 'MX': [[10, 'mail.example.com']]}, "
        "'o.example.net': {'TXT': ['v=spf1 include:n.example.net ?exists:gone.example.net']}, "
        "'x.example.net': {'TXT': ['v=spf1 redirect=o.example.net']}";
    for (const std::string record : {
             "v=spf1 -all",
             "v=spf1 a mx ip4:198.51.100.1 ~all",
             "v=spf1 include:n.example.net -all",
             "v=spf1 include:n.example.net include:n.example.net -all",
             "v=spf1 include:o.example.net mx -all",
             "v=spf1 redirect=x.example.net",
             "v=spf1 a:gone.example.net mx:gone.example.net -all",
             "v=spf1 include:x.example.net exists:%{i}.example.net -all",
             "v=spf1 a:bad..example.net exists:%{d} -all",
             "v=spf1 exists:%{p}.example.net a:%{p}.example.net ~all",
             "v=spf1 a:%{d1r} mx:%{d1r} -all",
             "v=spf1 a:%{d}.%{d}.%{d}.%{d}.%{d}.%{d}.%{d}.%{d}.%{d}.%{d} -all",
         }) {
        SCOPED_TRACE(record);
        const auto source = zone(with_record(record, others));
        const spf::Outcome outcome = dns::run(spf::check({.client = ip::Address::parse("203.0.113.200").value(),
                                                          .helo = "h.example.org",
                                                          .mail_from = "postmaster@example.com",
                                                          .receiver = {},
                                                          .limits = {}}),
                                              *source);
        ASSERT_NE(outcome.cause.code, spf::Code::syntax);
        const auto root = dns::run(survey_spf(subject()), *source).root;
        EXPECT_EQ(root->lookups, outcome.lookups);
        // Macros that only a message fills are not followed.
        const bool follows = !record.contains("%{i}") && !record.contains("%{p}");
        if (follows) EXPECT_EQ(root->void_lookups, outcome.void_lookups);
    }
}

TEST(DoctorSpfTree, EveryBranchIsFollowedWithItsNetworks) {
    const auto root =
        tree(with_record("v=spf1 +all a/24 mx//64 include:n.example.net", "'n.example.net': {'TXT': ['v=spf1 -all']}"));
    ASSERT_EQ(root->terms.size(), 4U);
    EXPECT_TRUE(root->terms[3].unreachable);
    EXPECT_EQ(root->lookups, 0U); // behind all

    const auto other = tree(with_record("v=spf1 ip4:192.0.2.80 a/24 mx//64 include:n.example.net",
                                        "'n.example.net': {'TXT': ['v=spf1 ip6:2001:db8::/32 -all']}"));
    EXPECT_EQ(other->lookups, 3U);
    ASSERT_EQ(other->terms.at(1).networks.size(), 1U);
    EXPECT_EQ(other->terms[1].networks[0].text(), ip::Prefix({ip::Address::parse("192.0.2.80").value(), 24}).text());
    EXPECT_EQ(other->terms.at(2).networks.at(0).length, 32U);
    ASSERT_TRUE(other->terms.at(3).child);
    EXPECT_EQ(other->terms[3].child->terms.at(0).networks.at(0).length, 32U);
}

TEST(DoctorSpfTree, DepthIsBounded) {
    const auto chain = [](std::size_t nodes) {
        std::string text = "{'example.com': {'TXT': ['v=spf1 include:n1.example.net -all']}";
        for (std::size_t i = 1; i < nodes; ++i)
            text += fmt::format(", 'n{}.example.net': {{'TXT': ['v=spf1 {}-all']}}", i,
                                i + 1 < nodes ? fmt::format("include:n{}.example.net ", i + 1) : "");
        return tree(text + "}");
    };
    EXPECT_EQ(cuts(*chain(most_spf_depth)), 0U);
    EXPECT_EQ(chain(most_spf_depth)->lookups, most_spf_depth - 1);
    EXPECT_EQ(cuts(*chain(most_spf_depth + 1)), 1U);
    EXPECT_GT(chain(most_spf_depth + 1)->lookups, 10U);
}

TEST(DoctorSpfTree, QuestionsAreBounded) {
    const auto record = [](std::size_t count) {
        std::string text = "v=spf1";
        for (std::size_t i = 0; i < count; ++i) text += " a:mail.example.com";
        return with_record(text + " -all");
    };
    constexpr std::size_t at_the_limit = most_spf_questions / 2; // two a term, after that for the record
    EXPECT_EQ(cuts(*tree(record(at_the_limit))), 0U);
    EXPECT_EQ(cuts(*tree(record(at_the_limit + 1))), 1U);
    // Past the bound nothing that was not asked is said to be absent.
    const auto findings = judged(survey(zone(record(at_the_limit + 1)), subject()));
    EXPECT_EQ(summary(findings), "error spf.too_many_lookups");
}

TEST(DoctorSpfTree, TermsAreBounded) {
    std::string wide = "v=spf1 all";
    while (wide.size() + 2 <= 16384) wide += " a";
    const std::size_t terms = (wide.size() - 10) / 2 + 1;
    const std::size_t fit = most_spf_terms / terms + 1; // the one that passes the bound is still followed
    const auto root = [&](std::size_t count) {
        std::string record = "v=spf1";
        for (std::size_t i = 0; i < count; ++i) record += " ?include:w.example.net";
        return tree(with_record(record + " -all", "'w.example.net': {'TXT': ['" + wide + "']}"));
    };
    EXPECT_EQ(cuts(*root(fit)), 0U);
    EXPECT_EQ(cuts(*root(fit + 1)), 1U);
}

TEST(DoctorSpfTree, ARecordTooLongForAVerifierIsAnError) {
    std::string record = "v=spf1 ip4:192.0.2.10";
    while (record.size() + 5 < 16384) record += ' ';
    record += " -all";
    EXPECT_EQ(summary(judged(survey(zone(with_record(record)), subject()))), "ok spf.ok");
    EXPECT_EQ(summary(judged(survey(zone(with_record(record + " ")), subject()))), "error spf.syntax");
}

TEST(DoctorSpfPlace, RecordsThatNobodyReads) {
    struct Row {
        std::string zone, expected, publish;
    };
    const std::string wrong = "error spf.wrong_place", good = "v=spf1 mx -all";
    const auto at = [](const std::string& txt, const std::string& others = "") {
        return "{'example.com': {" + (txt.empty() ? "" : "'TXT': [" + txt + "], ") +
               "'MX': [[10, 'mail.example.com']]}, 'mail.example.com': {'A': ['192.0.2.10']}" + others + "}";
    };
    const std::vector<Row> rows{
        {at("' v=spf1 mx -all'"), wrong, good},
        {at("'\\'v=spf1 mx -all\\''"), wrong, good},
        {at("'v=spf1, mx -all'"), wrong, good},
        {at("'v=spf1;mx -all'"), wrong, good},
        {at("'spf1 mx -all'"), wrong, good},
        {at("'v= spf1 mx -all'"), wrong, good},
        {at("'v=spf2.0 mx -all'"), wrong, good},
        {at("'v=spf1 mx' , ' -all'"), wrong, good},
        {at("'v=spf1 mx include:mail', '.example.com ip4:192.0.2.1 -all'"), wrong,
         "v=spf1 mx include:mail.example.com ip4:192.0.2.1 -all"},
        {at("'v=spf1 mx', 'include:a.example.net ~all'"), wrong, "v=spf1 mx include:a.example.net ~all"},
        {at("'v=spf1 mx -all', 'include:a.example.net ~all'"), "ok spf.ok", ""}, // nothing is missing in the first
        {at("'v=spf1 mx', 'google-site-verification=abc'"), "warning spf.no_all", "v=spf1 mx ~all"},
        {at("'v=spf1 mx', 'a', 'MS=ms123'"), "warning spf.no_all", "v=spf1 mx ~all"},
        {at("", ", '_spf.example.com': {'TXT': ['v=spf1 mx -all']}"), wrong, good},
        {at("", ", '_dmarc.example.com': {'TXT': ['v=spf1 mx -all']}"), wrong, good},
        {at("", ", 'example.com.example.com': {'TXT': ['v=spf1 mx -all']}"), wrong, good},
        {at("' v=spf1 include:_spf.example.com -all'", ", '_spf.example.com': {'TXT': ['v=spf1 mx -all']}"), wrong,
         "v=spf1 include:_spf.example.com -all"},
        {at("'v=spf1 redirect=_spf.example.com'", ", '_spf.example.com': {'TXT': ['v=spf1 mx:example.com -all']}"),
         "ok spf.ok", ""},
        {at("'v=spf1 mx -all'", ", '_dmarc.example.com': {'TXT': ['v=spf1 mx -all']}"), "warning spf.wrong_place", ""},
        {at("'v=spf1 mx -all', ' v=spf1 mx -all'"), "notice spf.wrong_place, ok spf.ok", ""},
        {at("'v=spf1 mx -all', ' v=spf1 a -all'"), "warning spf.wrong_place", ""},
        {at("'v=spf1 mx -all', 'spf2.0/pra mx -all', 'v=spf2.0/pra mx -all'"), "ok spf.ok", ""},
        {at("'v=spf1 mx -all', 'v=spf1 include:a.example.net ~all'"), "error spf.multiple",
         "v=spf1 mx include:a.example.net ~all"},
        {at("'v=spf1 mx -all', 'V=SPF1 mx +all'"), "error spf.multiple", "v=spf1 mx ~all"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.zone);
        const auto findings = judged(survey(zone(row.zone), subject()));
        EXPECT_EQ(summary(findings), row.expected);
        ASSERT_FALSE(findings.empty());
        EXPECT_EQ(record_of(findings, findings.front().id), row.publish);
    }
}

TEST(DoctorSpfPlace, TypeSpfIsNotReadAndIsDeleted) {
    const auto findings = judged(
        survey(zone("{'example.com': {'SPF': ['v=spf1 mx -all'], 'MX': [[10, 'mail.example.com']]}}"), subject()));
    ASSERT_EQ(summary(findings), "error spf.wrong_place");
    EXPECT_EQ(findings[0].remove.at(0).type, dns::Type::spf);
}

TEST(DoctorSpfPlace, NoRecord) {
    struct Row {
        std::string zone, expected, publish;
    };
    const std::vector<Row> rows{
        {"{'example.com': {'MX': [[10, 'mail.example.com']]}}", "error spf.none", "v=spf1 mx ~all"},
        {"{'example.com': {'MX': [[10, 'aspmx.l.google.com']]}}", "error spf.none",
         "v=spf1 include:_spf.google.com ~all"},
        {"{'example.com': {'A': ['192.0.2.80']}}", "warning spf.none", "v=spf1 -all"},
        {"{'example.com': {'MX': [[0, '.']]}}", "", ""}, // parked.incomplete says it
        {"{'example.com': {'MX': [[0, '.']]}, '_spf.example.com': {'TXT': ['v=spf1 ip4:192.0.2.1 -all']}}", "", ""},
        {"{'example.com': {'TIMEOUT': true}}", "error dns.unanswered", ""},
        {"{'example.com': {'SERVFAIL': ['TXT'], 'MX': [[10, 'mail.example.com']]}}", "error dns.unanswered", ""},
        {"{'example.com': {'BOGUS': true}}", "", ""}, // dnssec.bogus says it
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.zone);
        const auto findings = judged(survey(zone(row.zone), subject()));
        EXPECT_EQ(summary(findings), row.expected);
        if (!findings.empty()) EXPECT_EQ(record_of(findings, findings.front().id), row.publish);
    }
    EXPECT_EQ(record_of(judged(survey(zone(rows[0].zone), subject({"192.0.2.7", "2001:db8::7"}))), "spf.none"),
              "v=spf1 ip4:192.0.2.7 ip6:2001:db8::7 ~all");
}

TEST(DoctorSpfPlace, FiveHundredTextsHideNothing) {
    std::string texts;
    for (int i = 0; i < 500; ++i) texts += fmt::format("'verification-{}={}', ", i, std::string(60, 'x'));
    EXPECT_EQ(summary(judged(survey(zone("{'example.com': {'TXT': [" + texts + "'v=spf1 ?all']}}"), subject()))),
              "warning spf.neutral_all");
    texts.clear();
    for (int i = 0; i < 500; ++i)
        texts += fmt::format("'v=spf1 ip4:192.0.{}.{} -all'{}", i / 250, i % 250, i < 499 ? ", " : "");
    const auto findings = judged(survey(zone("{'example.com': {'TXT': [" + texts + "]}}"), subject()));
    ASSERT_EQ(summary(findings), "error spf.multiple");
    EXPECT_THAT(said(findings[0].title), HasSubstr("500"));
    EXPECT_EQ(findings[0].details.size(), 10U);
}

TEST(DoctorSpfSubdomains, ThoseThatSendOrReceiveNeedTheirOwn) {
    struct Row {
        std::string others, expected;
    };
    const std::vector<Row> rows{
        {"'news.example.com': {'MX': [[10, 'mail.example.com']]}", "warning spf.subdomain_gap"},
        {"'news.example.com': {'MX': [[10, 'mail.example.com']], 'TXT': ['v=spf1 mx -all']}", "ok spf.ok"},
        {"'news.example.com': {'MX': [[0, '.']]}", "ok spf.ok"},
        {"'news.example.com': {'A': ['192.0.2.5']}", "ok spf.ok"},
        {"'news.example.com': {'CNAME': 'c.example.net'}, 'c.example.net': {'MX': [[10, 'mail.example.com']]}",
         "ok spf.ok"},
        {"'news.example.com': {'MX': [[10, 'mail.example.com']], 'TIMEOUT': ['TXT']}", "ok spf.ok"},
        {"'*.example.com': {'MX': [[10, 'mail.example.com']]}", "warning spf.subdomain_gap"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.others);
        EXPECT_EQ(summary(judged(survey(zone(with_record("v=spf1 mx -all", row.others)), subject()))), row.expected);
    }
    Subject sends = subject();
    sends.sources.push_back({.name = "letter", .mail_from = "letter.example.com", .dkim_domain = {}});
    EXPECT_EQ(summary(judged(survey(zone(with_record("v=spf1 mx -all")), sends))), "warning spf.subdomain_gap");
}

TEST(DoctorSpfSubdomains, AWildcardIsOneFinding) {
    // A master file's wildcard answers for every name that is guessed.
    const auto source =
        zone("$ORIGIN example.com.\n$TTL 60\n@ MX 10 mail\n@ TXT \"v=spf1 mx -all\"\nmail A 192.0.2.10\n"
             "* MX 10 mail\n");
    const Survey all = survey(source, subject(), Names::guessed);
    EXPECT_GT(all.spf.subdomains.size(), 10U);
    const auto findings = judged(all);
    ASSERT_EQ(summary(findings), "warning spf.subdomain_gap");
    EXPECT_EQ(findings[0].subject, "*.example.com");
    EXPECT_EQ(findings[0].records.at(0).name, "*.example.com");
}

} // namespace
} // namespace bonafide::doctor
