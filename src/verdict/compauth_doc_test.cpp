// docs/compauth.md says what the tables and the judge say: each code, signal and threshold, and each worked example as it comes out.
// A failure prints the text that belongs there.
#include "verdict/report.hpp"
#include "verdict/test_situation.hpp"

#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

namespace bonafide::verdict {
namespace {

using namespace testing_situation;

const std::string& document() {
    static const std::string text = [] {
        std::ifstream file(BONAFIDE_SOURCE_DIR "/docs/compauth.md");
        return std::string(std::istreambuf_iterator<char>(file), {});
    }();
    return text;
}

/// The rows of the table below this heading, its head left out.
std::string table_below(std::string_view heading) {
    const std::string& text = document();
    const std::size_t begin = text.find(fmt::format("\n{}\n", heading));
    if (begin == std::string::npos) return {};
    const std::size_t rule = text.find("\n|---", begin);
    const std::size_t rows = text.find('\n', rule + 1) + 1;
    return text.substr(rows, text.find("\n\n", rows) + 1 - rows);
}

TEST(CompauthDocument, EveryCode) {
    std::string rows;
    for (const Reason& reason : reasons())
        rows += fmt::format("| {} | {} | {} |\n", reason_text(reason.code), to_text(reason.result), reason.when);
    EXPECT_EQ(table_below("## The codes"), rows);
}

TEST(CompauthDocument, EverySignal) {
    std::string rows;
    for (const Signal& signal : signals()) {
        const bool both_ways = signal.name.ends_with("_reputation");
        const std::string points = both_ways            ? fmt::format("at most {:g} either way", signal.points)
                                   : signal.points == 0 ? "0"
                                                        : fmt::format("{:+g}", signal.points);
        const std::string half_life = signal.half_life_days > 0 ? fmt::format("{:g} days", signal.half_life_days) : "-";
        rows += fmt::format("| `{}` | {} | {} | {} |\n", signal.name, points, half_life, signal.why);
    }
    EXPECT_EQ(table_below("## The signals and their weights"), rows);
}

TEST(CompauthDocument, EveryThreshold) {
    const Thresholds defaults;
    std::string rows;
    for (const Threshold& threshold : thresholds())
        rows += fmt::format("| `{}` | {:g} | {} |\n", threshold.name, defaults.*threshold.value, threshold.why);
    EXPECT_EQ(table_below("## The thresholds"), rows);
}

TEST(CompauthDocument, EveryDefaultSealer) {
    for (const std::string_view sealer : default_sealers())
        EXPECT_NE(document().find(fmt::format("`{}`", sealer)), std::string::npos) << sealer;
}

/// The judgement as `verify --explain` tells it.
std::string told(const Situation& situation) {
    const Judgement judgement = situation.judge();
    const std::string text = explanation(situation.facts, &judgement, "mx.example");
    const std::size_t begin = text.find("\ncompauth ") + 1;
    std::size_t end = begin;
    do end = text.find('\n', end) + 1;
    while (text.substr(end, 2) == "  ");
    return text.substr(begin, end - begin);
}

/// As dmarc::evaluate() would say it.
void reason(Situation& s, std::string text) { s.facts.dmarc.value->reason = std::move(text); }
void without_record(Situation& s, const std::string& author) {
    s.author(author);
    s.no_policy();
    reason(s, author + " publishes no DMARC record");
}
/// p=reject, and a list changed the mail on its way.
void through_a_list(Situation& s) {
    s.dmarc_fails(dmarc::Policy::reject);
    reason(s, "neither SPF nor DKIM passed for contoso.com");
    s.facts.spf = {spf_outcome(spf::Result::softfail, "contoso.com"), {}};
    s.signed_by("contoso.com", dkim::Result::fail);
    s.called("mail.lists.example");
    s.seen(s.contact(), 1);
}

struct Example {
    const char* heading;
    std::function<void(Situation&)> arrange;
};

const std::vector<Example>& examples() {
    static const std::vector<Example> all{
        {"### No records, a stranger's signature",
         [](Situation& s) {
             without_record(s, "contoso.com");
             s.facts.spf = {spf_outcome(spf::Result::none, "maliciousdomain.com", spf::Code::no_record), {}};
             s.signed_by("maliciousdomain.com");
         }},
        {"### No records, no signature", [](Situation& s) { without_record(s, "fabrikam.com"); }},
        {"### SPF of the author's own domain",
         [](Situation& s) {
             without_record(s, "fabrikam.com");
             s.spf_passes("fabrikam.com");
         }},
        {"### A signature from below the author's domain",
         [](Situation& s) {
             without_record(s, "fabrikam.com");
             s.signed_by("outbound.fabrikam.com");
         }},
        {"### A newsletter",
         [](Situation& s) {
             s.author("shop.example");
             s.dmarc_fails(dmarc::Policy::none);
             reason(s, "SPF passed for bounces.mailer.example, but none of these is aligned with shop.example");
             s.spf_passes("bounces.mailer.example");
             s.called("out7.mailer.example");
             s.seen(s.pair(), 3);
             s.seen(s.infrastructure(), 40);
             s.seen(s.contact(), 1);
         }},
        {"### A forwarded message",
         [](Situation& s) {
             through_a_list(s);
             s.trust("lists.example");
             s.sealed_by({"lists.example"}, "contoso.com");
         }},
        {"### The same, from a forwarder nobody listed",
         [](Situation& s) {
             through_a_list(s);
             s.seen(s.infrastructure(), 40, 0, 20);
         }},
        {"### A look-alike",
         [](Situation& s) {
             s.known_names().add_domain(KnownNames::Of::ours, "contoso.com", suffixes());
             s.author("cont0so.com");
             s.dmarc_passes(true, true);
             reason(s, "DKIM passed for cont0so.com and SPF for cont0so.com, both aligned with cont0so.com");
             s.contact();
         }},
        {"### A domain that was warmed up and then turned",
         [](Situation& s) {
             s.author("warm.example");
             s.dmarc_passes(true, true);
             reason(s, "DKIM passed for warm.example and SPF for warm.example, both aligned with warm.example");
             s.seen(s.author_past(), 5, 0, 30);
             s.author_past().push_back({.day = today, .good = 240, .spam = 40});
             s.seen(s.network(), 5, 0, 30);
             s.network().push_back({.day = today, .good = 240, .spam = 40});
             s.seen(s.pair(), 5, 0, 30);
             s.pair().push_back({.day = today, .good = 240, .spam = 40});
             s.contact();
         }},
    };
    return all;
}

TEST(CompauthDocument, EveryWorkedExample) {
    for (const Example& example : examples()) {
        Situation situation;
        example.arrange(situation);
        const std::string& text = document();
        const std::size_t begin = text.find(fmt::format("\n{}\n", example.heading));
        const std::string expected = told(situation);
        ASSERT_NE(begin, std::string::npos) << example.heading << '\n' << expected;
        const std::string section = text.substr(begin, text.find("\n#", begin + 1) - begin);
        EXPECT_NE(section.find("```text\n" + expected + "```\n"), std::string::npos) << example.heading << '\n'
                                                                                     << expected;
    }
}

TEST(CompauthDocument, BothFormsOfTheHeaderField) {
    Situation situation;
    examples().front().arrange(situation);
    const Judgement judgement = situation.judge();
    for (const std::string& value : {authres::write(compauth_results(situation.facts, judgement, "mx.example")),
                                     microsoft_results(situation.facts, judgement)}) {
        std::string field = "Authentication-Results: " + value;
        std::erase(field, '\r');
        std::ranges::replace(field, '\t', ' ');
        EXPECT_NE(document().find("```text\n" + field + "\n```\n"), std::string::npos) << field;
    }
}

} // namespace
} // namespace bonafide::verdict
