// The verdict: the full truth table of alignment, then policy, errors and the number of questions.
#include "dmarc/dmarc.hpp"
#include "dns/zone.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace bonafide::dmarc {
namespace {

struct Checked {
    Evaluation evaluation;
    std::vector<std::string> questions;
};

Checked check_in(std::string_view zone_text, Input input) {
    static const auto list = std::make_shared<const dns::PublicSuffixList>(dns::PublicSuffixList::system());
    const auto zone = dns::Zone::parse(zone_text);
    EXPECT_TRUE(zone) << (zone ? "" : zone.error().text);
    input.suffixes = list;
    dns::Transcript transcript;
    Checked checked;
    checked.evaluation = dns::run(check(std::move(input)), **zone, &transcript);
    for (const auto& exchange : transcript.exchanges()) checked.questions.push_back(exchange.name);
    return checked;
}

Input input_for(std::string author) {
    Input input;
    input.author_domain = std::move(author);
    return input;
}

Identifier passed(std::string domain) { return {std::move(domain), true, false}; }
Identifier failed(std::string domain) { return {std::move(domain), false, false}; }
Identifier unknown(std::string domain) { return {std::move(domain), false, true}; }

// RFC 9989 4.4: strict is identity, relaxed is one organization. Author mail.example.com, organization example.com.
struct Relation {
    const char* name;
    const char* domain;
    bool relaxed;
    bool strict;
};
constexpr std::array relations{
    Relation{"equal", "mail.example.com", true, true},
    Relation{"below", "bounce.mail.example.com", true, false},
    Relation{"parent", "example.com", true, false},
    Relation{"sibling", "news.example.com", true, false},
    Relation{"cousin", "a.news.example.com", true, false},
    Relation{"unrelated", "example.net", false, false},
    Relation{"suffix without dot", "badexample.com", false, false},
    Relation{"top level", "com", false, false},
    Relation{"under the same top level", "other.com", false, false},
    Relation{"none", "", false, false},
};

TEST(Alignment, FullTruthTable) {
    for (const bool own_record : {false, true})
        for (const Discovery discovery : {Discovery::treewalk, Discovery::psl})
            for (const bool strict : {false, true})
                for (const bool by_spf : {false, true})
                    for (const bool pass : {false, true})
                        for (const Relation& relation : relations) {
                            const char* mode = strict ? "s" : "r";
                            const std::string record = fmt::format("v=DMARC1; p=reject; adkim={}; aspf={}",
                                                                   by_spf ? "r" : mode, by_spf ? mode : "r");
                            std::string zone = fmt::format(R"({{"_dmarc.example.com": {{"TXT": ["{}"]}})", record);
                            if (own_record)
                                zone += fmt::format(R"(, "_dmarc.mail.example.com": {{"TXT": ["{}"]}})", record);
                            Input input = input_for("mail.example.com");
                            input.discovery = discovery;
                            Identifier id = pass ? passed(relation.domain) : failed(relation.domain);
                            if (by_spf)
                                input.spf = id;
                            else
                                input.dkim.push_back(id);
                            const Evaluation e = check_in(zone + "}", input).evaluation;
                            const bool aligned = pass && (strict ? relation.strict : relation.relaxed);
                            const std::string what =
                                fmt::format("{} {} {} {} {} own record {}", relation.name, mode,
                                            by_spf ? "spf" : "dkim", pass, to_text(discovery), own_record);
                            EXPECT_EQ(e.result, aligned ? Result::pass : Result::fail) << what;
                            EXPECT_EQ(e.code, aligned ? Code::aligned : Code::not_aligned) << what;
                            EXPECT_EQ(e.spf_aligned, aligned && by_spf) << what;
                            EXPECT_EQ(e.dkim_aligned, aligned && !by_spf) << what;
                            EXPECT_EQ(e.disposition, aligned ? Policy::none : Policy::reject) << what;
                            EXPECT_EQ(e.aligned_domain, aligned ? relation.domain : "") << what;
                            EXPECT_EQ(e.policy, Policy::reject) << what;
                        }
}

TEST(Alignment, StrictForOneMethodLeavesTheOtherRelaxed) {
    Input input = input_for("mail.example.com");
    input.spf = passed("example.com");
    input.dkim = {passed("example.com")};
    const auto e = check_in(R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; aspf=s"]}})", input).evaluation;
    EXPECT_FALSE(e.spf_aligned);
    EXPECT_TRUE(e.dkim_aligned);
    EXPECT_EQ(e.result, Result::pass);
}

TEST(Alignment, OneGoodSignatureAmongOthers) {
    Input input = input_for("example.com");
    input.dkim = {passed("a.example"), failed("example.com"), passed("b.example"), passed("news.example.com")};
    const auto checked = check_in(R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}})", input);
    EXPECT_EQ(checked.evaluation.result, Result::pass);
    EXPECT_EQ(checked.evaluation.aligned_domain, "news.example.com");
    // Strangers cost no question, and a name below the author only its own.
    EXPECT_EQ(checked.questions, (std::vector<std::string>{"_dmarc.example.com", "_dmarc.news.example.com"}));
}

// RFC 9989 B.4.1 to B.4.3.
TEST(Alignment, Rfc9989_B_4_1) {
    Input input = input_for("example.com");
    input.spf = passed("example.com");
    input.dkim = {passed("signing.example.com")};
    const auto e = check_in(R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]},
                                "_dmarc.signing.example.com": {"TXT": ["v=DMARC1; p=none"]}})",
                            input)
                       .evaluation;
    EXPECT_TRUE(e.spf_aligned);
    EXPECT_TRUE(e.dkim_aligned);
    EXPECT_EQ(e.org_domain, "example.com");
}

TEST(Alignment, Rfc9989_B_4_2) {
    Input input = input_for("a.b.c.d.e.f.g.h.i.j.k.example.com");
    input.spf = passed("example.com");
    input.dkim = {passed("signing.example.com")};
    const auto checked = check_in(R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]},
                                      "_dmarc.signing.example.com": {"TXT": ["v=DMARC1; p=none"]}})",
                                  input);
    EXPECT_TRUE(checked.evaluation.spf_aligned);
    EXPECT_TRUE(checked.evaluation.dkim_aligned);
    EXPECT_EQ(checked.evaluation.policy_domain, "example.com");
    EXPECT_EQ(checked.questions.size(), 9u); // the author's eight, and signing.example.com
}

TEST(Alignment, Rfc9989_B_4_3) {
    Input input = input_for("giant.bank.example");
    input.spf = passed("mail.giant.bank.example");
    input.dkim = {passed("mail.mega.bank.example")};
    const auto e = check_in(R"({"_dmarc.bank.example": {"TXT": ["v=DMARC1; p=reject; psd=y"]},
                                "_dmarc.giant.bank.example": {"TXT": ["v=DMARC1; p=quarantine"]}})",
                            input)
                       .evaluation;
    EXPECT_TRUE(e.spf_aligned);
    EXPECT_FALSE(e.dkim_aligned);
    EXPECT_EQ(e.policy_domain, "giant.bank.example");
    EXPECT_EQ(e.org_domain, "giant.bank.example");
}

struct PsdRow {
    const char* name;
    const char* zone;
    const char* author;
    const char* domain;
    bool aligned;
};

TEST(Alignment, PsdTags) { // RFC 9989 4.10.2
    constexpr const char* n_at_dept = R"({"_dmarc.dept.example.com": {"TXT": ["v=DMARC1; p=reject; psd=n"]},
                                          "_dmarc.example.com": {"TXT": ["v=DMARC1; p=none"]}})";
    constexpr const char* y_at_bank = R"({"_dmarc.bank.example": {"TXT": ["v=DMARC1; p=reject; psd=y"]}})";
    const std::vector<PsdRow> rows{
        {"siblings below psd=n", n_at_dept, "a.dept.example.com", "b.dept.example.com", true},
        {"psd=n name and above", n_at_dept, "a.dept.example.com", "example.com", false},
        {"author above psd=n", n_at_dept, "example.com", "dept.example.com", false},
        {"author above psd=n, deeper", n_at_dept, "example.com", "x.dept.example.com", false},
        {"psd=n name and below", n_at_dept, "dept.example.com", "x.dept.example.com", true},
        {"two customers of a PSD", y_at_bank, "giant.bank.example", "mega.bank.example", false},
        {"one customer of a PSD", y_at_bank, "a.giant.bank.example", "b.giant.bank.example", true},
        {"PSD and its customer", y_at_bank, "bank.example", "giant.bank.example", false},
        {"customer and its PSD", y_at_bank, "giant.bank.example", "bank.example", false},
        {"stray record at the top level", R"({"_dmarc.com": {"TXT": ["v=DMARC1; p=reject"]}})", "example.com",
         "other.com", false},
        {"same, below one domain", R"({"_dmarc.com": {"TXT": ["v=DMARC1; p=reject"]}})", "a.example.com",
         "b.example.com", true},
        {"nothing at the parent", R"({"_dmarc.a.example.com": {"TXT": ["v=DMARC1; p=reject"]}})", "a.example.com",
         "example.com", false},
        {"two own records, none above", R"({"_dmarc.a.example.com": {"TXT": ["v=DMARC1; p=reject"]},
                                            "_dmarc.b.example.com": {"TXT": ["v=DMARC1; p=reject"]}})",
         "a.example.com", "b.example.com", false},
        {"single-label author", R"({"_dmarc.corp": {"TXT": ["v=DMARC1; p=reject"]}})", "corp", "mail.corp", true},
    };
    for (const PsdRow& row : rows)
        for (const bool swap_order : {false, true}) {
            Input input = input_for(row.author);
            input.dkim = {passed(row.domain)};
            if (swap_order) input.dkim.insert(input.dkim.begin(), passed("stranger.example"));
            const auto e = check_in(row.zone, input).evaluation;
            EXPECT_EQ(e.result, row.aligned ? Result::pass : Result::fail) << row.name;
        }
}

TEST(Questions, UsualCases) {
    constexpr const char* zone = R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}})";
    Input same = input_for("example.com");
    same.spf = passed("example.com");
    same.dkim = {passed("example.com"), passed("esp.example")};
    EXPECT_EQ(check_in(zone, same).questions, std::vector<std::string>{"_dmarc.example.com"});
    Input forged = input_for("example.com");
    forged.spf = passed("evil.example");
    EXPECT_EQ(check_in(zone, forged).questions, std::vector<std::string>{"_dmarc.example.com"});
    Input parent = input_for("mail.example.com");
    parent.dkim = {passed("example.com")};
    EXPECT_EQ(check_in(zone, parent).questions,
              (std::vector<std::string>{"_dmarc.mail.example.com", "_dmarc.example.com", "_dmarc.com"}));
    Input strict = input_for("example.com");
    strict.spf = passed("bounce.example.com");
    EXPECT_EQ(check_in(R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; aspf=s"]}})", strict).questions.size(),
              1u);
}

struct PolicyRow {
    const char* author;
    const char* record; ///< at example.com
    Policy policy;
    Policy disposition;
};

TEST(Policies, SpNpAndTest) { // RFC 9989 4.7; M4, M5. x.example.com exists, ghost.example.com does not
    const std::vector<PolicyRow> rows{
        {"example.com", "p=reject; sp=none; np=none", Policy::reject, Policy::reject},
        {"x.example.com", "p=reject; sp=quarantine", Policy::quarantine, Policy::quarantine},
        {"x.example.com", "p=quarantine", Policy::quarantine, Policy::quarantine},
        {"x.example.com", "p=none; sp=quarantine; np=reject", Policy::quarantine, Policy::quarantine},
        {"ghost.example.com", "p=none; sp=quarantine; np=reject", Policy::reject, Policy::reject},
        {"ghost.example.com", "p=none; sp=quarantine", Policy::quarantine, Policy::quarantine},
        {"ghost.example.com", "p=none; np=reject", Policy::reject, Policy::reject},
        {"example.com", "p=reject; t=y", Policy::reject, Policy::quarantine},
        {"example.com", "p=quarantine; t=y", Policy::quarantine, Policy::none},
        {"example.com", "p=none; t=y; pct=0", Policy::none, Policy::none},
        {"x.example.com", "p=none; sp=reject; t=y", Policy::reject, Policy::quarantine},
        {"ghost.example.com", "p=none; np=quarantine; t=y", Policy::quarantine, Policy::none},
        {"example.com", "p=reject; pct=0", Policy::reject, Policy::reject},
    };
    for (const PolicyRow& row : rows) {
        const std::string zone = fmt::format(
            R"({{"_dmarc.example.com": {{"TXT": ["v=DMARC1; {}"]}}, "x.example.com": {{"A": ["192.0.2.1"]}}}})",
            row.record);
        const auto e = check_in(zone, input_for(row.author)).evaluation;
        EXPECT_EQ(e.result, Result::fail) << row.record;
        EXPECT_EQ(e.policy, row.policy) << row.author << ' ' << row.record;
        EXPECT_EQ(e.disposition, row.disposition) << row.author << ' ' << row.record;
    }
}

TEST(Policies, OwnRecordOfASubdomainUsesItsP) {
    const auto e = check_in(R"({"_dmarc.x.example.com": {"TXT": ["v=DMARC1; p=none; sp=reject; np=reject"]},
                                "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}})",
                            input_for("x.example.com"))
                       .evaluation;
    EXPECT_EQ(e.policy, Policy::none);
    EXPECT_EQ(e.policy_domain, "x.example.com");
    EXPECT_EQ(e.org_domain, "example.com");
}

TEST(Results, NoRecord) {
    const auto e = check_in("{}", input_for("example.com")).evaluation;
    EXPECT_EQ(e.result, Result::none);
    EXPECT_EQ(e.code, Code::no_record);
    EXPECT_EQ(e.reason, "example.com publishes no DMARC record");
    EXPECT_FALSE(e.policy);
    EXPECT_FALSE(e.disposition);
}

TEST(Results, UnusableRecord) { // 4.10.1; the organization's record does not step in
    Input input = input_for("x.example.com");
    input.dkim = {passed("x.example.com")};
    const auto e =
        check_in(
            R"({"_dmarc.x.example.com": {"TXT": ["v=DMARC1; p=block"]}, "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}})",
            input)
            .evaluation;
    EXPECT_EQ(e.result, Result::none);
    EXPECT_EQ(e.code, Code::unusable_record);
    EXPECT_EQ(e.reason, "the DMARC record at _dmarc.x.example.com cannot be used: the p tag does not say none, "
                        "quarantine or reject and "
                        "there is no valid rua address");
}

TEST(Results, RecordLookUpFails) {
    Input input = input_for("example.com");
    input.dkim = {passed("example.com")};
    const auto e = check_in(R"({"_dmarc.example.com": {"SERVFAIL": true}})", input).evaluation;
    EXPECT_EQ(e.result, Result::temperror);
    EXPECT_EQ(e.code, Code::dns_error);
    EXPECT_EQ(e.reason, "the DMARC record at _dmarc.example.com could not be looked up");
}

struct ErrorRow {
    const char* name;
    std::optional<Identifier> spf;
    std::vector<Identifier> dkim;
    Result result;
    Code code;
};

TEST(Results, TemporaryErrorsOfIdentifiers) { // RFC 9989 5.3.5, 5.3.6; M12
    constexpr const char* zone =
        R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}, "_dmarc.slow.example.com": {"TIMEOUT": true},
                                     "_dmarc.evil.example": {"TIMEOUT": true}})";
    const std::vector<ErrorRow> rows{
        {"spf error, dkim pass", unknown("example.com"), {passed("example.com")}, Result::pass, Code::aligned},
        {"spf error, dkim fail",
         unknown("example.com"),
         {failed("example.com")},
         Result::temperror,
         Code::identifier_error},
        {"dkim error, spf pass", passed("example.com"), {unknown("example.com")}, Result::pass, Code::aligned},
        {"dkim error alone", std::nullopt, {unknown("news.example.com")}, Result::temperror, Code::identifier_error},
        {"a stranger's error changes nothing",
         unknown("evil.example"),
         {unknown("evil.example")},
         Result::fail,
         Code::not_aligned},
        {"a stranger's slow DNS changes nothing",
         passed("evil.example"),
         {passed("evil.example")},
         Result::fail,
         Code::not_aligned},
        {"alignment cannot be known", passed("slow.example.com"), {}, Result::temperror, Code::identifier_error},
        {"alignment cannot be known, other passes",
         passed("slow.example.com"),
         {passed("example.com")},
         Result::pass,
         Code::aligned},
        {"alignment cannot be known, first of two",
         std::nullopt,
         {passed("slow.example.com"), passed("b.example.com")},
         Result::pass,
         Code::aligned},
    };
    for (const ErrorRow& row : rows) {
        Input input = input_for("example.com");
        input.spf = row.spf;
        input.dkim = row.dkim;
        const auto e = check_in(zone, input).evaluation;
        EXPECT_EQ(e.result, row.result) << row.name;
        EXPECT_EQ(e.code, row.code) << row.name;
        EXPECT_EQ(e.disposition.has_value(), row.result != Result::temperror) << row.name;
    }
}

TEST(Results, UnknownExistenceWhenNpDecides) { // M4
    constexpr const char* zone =
        R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=none; np=reject"]}, "x.example.com": {"TIMEOUT": true}})";
    const auto fail = check_in(zone, input_for("x.example.com")).evaluation;
    EXPECT_EQ(fail.result, Result::temperror);
    EXPECT_EQ(fail.code, Code::dns_error);
    EXPECT_EQ(fail.reason, "whether x.example.com exists could not be looked up, and the policy depends on it");
    Input input = input_for("x.example.com");
    input.dkim = {passed("example.com")};
    EXPECT_EQ(check_in(zone, input).evaluation.result, Result::pass);
}

TEST(Results, WithoutAuthor) {
    const Evaluation e = without_author("2 From fields (a.example and b.example)", Discovery::psl);
    EXPECT_EQ(e.result, Result::permerror);
    EXPECT_EQ(e.code, Code::no_author);
    EXPECT_EQ(e.reason, "2 From fields (a.example and b.example)");
    EXPECT_EQ(e.discovery, Discovery::psl);
}

TEST(Reasons, SayWhoWasVouchedFor) {
    constexpr const char* zone = R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}})";
    Input input = input_for("example.com");
    EXPECT_EQ(check_in(zone, input).evaluation.reason, "neither SPF nor DKIM passed for example.com");
    input.spf = passed("a.example");
    input.dkim = {passed("b.example"), passed("c.example")};
    EXPECT_EQ(check_in(zone, input).evaluation.reason, "SPF passed for a.example, DKIM for b.example, DKIM for "
                                                       "c.example, but none of these is aligned with example.com");
    input.dkim.push_back(passed("example.com"));
    EXPECT_EQ(check_in(zone, input).evaluation.reason, "DKIM passed for example.com, aligned with example.com");
}

TEST(Words, RoundTrip) {
    for (const Policy policy : {Policy::none, Policy::quarantine, Policy::reject})
        EXPECT_EQ(parse_policy(to_text(policy)), policy);
    for (const Discovery discovery : {Discovery::treewalk, Discovery::psl})
        EXPECT_EQ(parse_discovery(to_text(discovery)), discovery);
    EXPECT_FALSE(parse_policy("block"));
    EXPECT_FALSE(parse_discovery("tree"));
    EXPECT_EQ(to_text(Result::temperror), "temperror");
    EXPECT_EQ(to_text(Code::identifier_error), "identifier-error");
}

} // namespace
} // namespace bonafide::dmarc
