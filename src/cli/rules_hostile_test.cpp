// Rules files that somebody got wrong, or wrote to do harm: each error with its line and column, within bounded time and memory; and messages
// that try to get more out of a rule than its words.
#include "base/test_folder.hpp"
#include "cli/config.hpp"
#include "cli/rules_trial.hpp"
#include "cli/rules_view.hpp"
#include "dns/zone.hpp"
#include "engine/judging.hpp"

#include <algorithm>
#include <ctime>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace bonafide::cli {
namespace {

/// Processor time of this thread while `work` runs.
template<class Work> double seconds_of(Work work) {
    const auto now = [] {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
    };
    const double begin = now();
    work();
    return now() - begin;
}

std::string problems(const std::string& toml) {
    const auto document = config::read(toml);
    if (!document) return config::to_text("f", document.error());
    config::Problems warnings;
    const auto& rules = document->settings.rules;
    for (const auto& one : policy::Rules::read(rules.list, rules.sets).warnings)
        warnings.push_back({one.place.line, one.place.column, one.text});
    return config::to_text("f", warnings);
}

std::string rule(std::string_view name, std::string_view when, std::string_view then) {
    return fmt::format("[[rule]]\nname = \"{}\"\nwhen = '''{}'''\nthen = [{}]\n", name, when, then);
}

struct Wrong {
    std::string toml;
    std::string problem;
};

TEST(HostileRules, EachErrorHasLineAndColumn) {
    const std::string head = "[[rule]]\nname = \"a\"\n";
    for (const Wrong& row : {
             Wrong{head + "when = \"spf.resul is fail\"\nthen = \"log\"\n",
                   "f:3:9: there is no field \"spf.resul\"; did you mean spf.result?"},
             {head + "when = \"client is 192.0.2.1 and spf.result is fial\"\nthen = \"log\"\n",
              "f:3:47: spf.result is never \"fial\" (did you mean fail?); it is one of none, neutral, pass, fail, "
              "softfail, temperror, permerror"},
             {head + "when = \"first_contact\"\nthen = [\"log\", \"reject 250 2.0.0 ok\"]\n",
              "f:4:16: a reply is written CODE ENHANCED TEXT, as in 550 5.7.1 Refused, and \"250\" is no code"},
             {head + "then = \"reject 550 4.7.1 no\"\n", "f:3:8: 550 and 4.7.1 are of two classes (RFC 2034 4)"},
             {head + "then = \"reject 550 5.7.99 no\"\n", "f:3:8: nobody has registered the enhanced code 5.7.99"},
             {head + "then = [\"reject\", \"accept\"]\n", "f:3:19: reject and accept contradict each other"},
             {head + "then = [\"greylist\", \"skip-greylist\"]\n",
              "f:1:1: greylist and skip-greylist contradict each other"},
             {head + "when = \"spf.result is fail and spf.result is pass\"\nthen = \"log\"\n",
              "f:1:1: rule \"a\" can never hold: spf.result is fail and spf.result is pass exclude each other"},
             {head + "then = \"reject\"\n[[rule]]\nname = \"b\"\nwhen = \"first_contact\"\nthen = \"log\"\n",
              "f:4:1: rule \"b\" never comes to anything: rule \"a\" before it decides always"},
             {head + "when = \"client in @nobody\"\nthen = \"log\"\n", "f:3:19: there is no [[set]] named \"nobody\""},
             {head + "when = \"helo matches '('\"\nthen = \"log\"\n",
              "f:3:22: the pattern cannot be read: missing ): ("},
             {head + "then = \"add-header From: me\"\n",
              "f:3:8: From is not for rules: it says what was, or only this server may stamp it"},
             {head + "then = \"add-header X-A: a\\r\\nX-Evil: 1\"\n",
              "f:3:8: only printable ASCII may stand in a reply or a header field"},
             {head + "then = \"add-header X-A\\u0000: a\"\n", "f:3:8: \"X-A\\x00\" is no name of a header field"},
             {head + "thne = \"log\"\n", "f:3:1: unknown key thne of [[rule]]; did you mean then?\nf:1:1: "},
             {"[[set]]\nname = \"s\"\nentries = [\"192.0.2.0/99\"]\n", "f:3:12: \"192.0.2.0/99\" is no network"},
             {"[[dns_list]]\nname = \"l\"\nzone = \"z.example\"\ncodes = [\"192.0.2.1\"]\n",
              "f:4:10: codes: \"192.0.2.1\" is no address of 127.0.0.0/8, no range and no network of them"},
             {"rule = 5\n", "f:1:8: rule is written as tables, [[rule]], not as a number"},
         }) {
        const std::string expected = row.problem.substr(0, row.problem.find('\n'));
        EXPECT_EQ(problems(row.toml).substr(0, expected.size()), expected) << row.toml;
    }
}

TEST(HostileRules, FiveMegabytes) {
    const TestFolder folder;
    std::string text;
    while (text.size() < std::size_t{5} * 1024 * 1024) text += rule("a", "first_contact", "\"log\"");
    const std::string file = folder.write("hostile.toml", text);
    double seconds = seconds_of([&] {
        const auto document = config::load(file);
        ASSERT_FALSE(document);
        EXPECT_NE(config::to_text("f", document.error()).find("at most 4194304 are read"), std::string::npos)
            << config::to_text("f", document.error());
    });
    EXPECT_LT(seconds, 2);
    seconds = seconds_of([&] { // in spite of that bound
        const auto document = config::read(text);
        ASSERT_FALSE(document);
        EXPECT_LT(document.error().size(), 10U);
    });
    EXPECT_LT(seconds, 20);
}

TEST(HostileRules, AThousandAndOne) {
    std::string text;
    for (int i = 0; i < 1001; ++i) text += rule(fmt::format("r{}", i), fmt::format("score < {}", i), "\"accept\"");
    EXPECT_EQ(problems(text), "f:4001:1: more than 1000 rules");
    std::string same;
    const std::string long_condition = fmt::format("first_contact and subject contains '{}'", std::string(3900, 'x'));
    for (int i = 0; i < 1000; ++i) same += rule(fmt::format("r{}", i), long_condition, "\"accept\"");
    EXPECT_LT(seconds_of([&] { static_cast<void>(problems(same)); }), 10);
}

TEST(HostileRules, DeepNesting) {
    EXPECT_EQ(problems(rule("a", std::string(1999, '(') + "first_contact" + std::string(1900, ')'), "\"log\"")),
              "f:3:41: more than 32 conditions in one another");
    EXPECT_EQ(problems(rule("a", std::string(4001, '('), "\"log\"")), "f:3:8: a condition of more than 4000 bytes");
    EXPECT_NE(problems("a = " + std::string(100000, '[') + "\n").find("f:1:"), std::string::npos);
}

/// 100 patterns, each a catastrophe for engines that go back, over a subject of the greatest length.
TEST(HostileRules, CatastrophicPatterns) {
    std::string text;
    const std::vector<std::string> patterns{
        "(a*)*b", "(a+)+$", "(a|aa)+$", "(.*)(.*)(.*)(.*)(.*)x", "(a|a?)+b", "^(([a-z])+.)+[A-Z]([a-z])+$"};
    for (int i = 0; i < 100; ++i)
        text += rule(fmt::format("r{}", i),
                     fmt::format("subject matches \"{}\"", patterns[static_cast<std::size_t>(i) % patterns.size()]),
                     "\"log\"");
    text += rule("big", "subject matches '((a{100}){100}){100}'", "\"log\"");
    EXPECT_TRUE(problems(text).starts_with("f:403:25: the pattern cannot be read: ")) << problems(text);
    text.resize(text.rfind("[[rule]]"));
    const auto settings = config::parse(text);
    ASSERT_TRUE(settings);
    const auto rules = policy::Rules::read(settings->rules.list, {}).rules;
    verdict::Facts facts;
    facts.letter.subject = std::string(verdict::Letter::most_bytes, 'a');
    const policy::Surroundings around;
    policy::Outcome outcome;
    EXPECT_LT(seconds_of([&] { rules->evaluate({facts, nullptr, around, policy::Level::data, {}}, {}, outcome); }), 2);
    EXPECT_FALSE(outcome.fired.empty());
}

/// What a stranger writes into every place that a variable can name, with every way to end a line.
class HostileMessage : public testing::Test {
  protected:
    static constexpr std::string_view evil = "x\r\nX-Evil: 1\r\n\r\nbody\n.\r\n250 2.0.0 ok\x7f\xff \x1b[2J";

    TriedRules run(const std::string& toml) {
        const auto parsed = dns::Zone::parse("$ORIGIN contoso.com.\n@ TXT \"v=spf1 -all\"\n");
        EXPECT_TRUE(parsed);
        zone_ = *parsed;
        auto settings = config::parse(toml);
        EXPECT_TRUE(settings) << (settings ? "" : config::to_text("f", settings.error()));
        if (!settings) return {};
        engine::Context context{std::make_shared<const engine::Settings>(std::move(*settings)),
                                std::make_shared<dns::PublicSuffixList>(dns::PublicSuffixList::system()),
                                "mx.ours.example",
                                std::make_shared<dns::ImmediateSource>(*zone_),
                                {}};
        context.clock.unix_time = [] { return 1795402800; };
        engine::complete(context);
        const std::string nul(1, '\0');
        GivenEnvelope given{ip::Address::parse("203.0.113.5"),
                            std::string(evil) + nul,
                            std::string(evil) + nul + "@contoso.com",
                            {"rita@ours.example", std::string(evil)}};
        RulesTrial trial(context, std::move(given), "");
        trial.feed("From: \"x\r\n y\x01\x7f\" <a\x0b@contoso.com>\r\nSubject: a\r b\x01" + nul +
                   " c\r\n\tX-Evil: 1\r\nX-Note: one\x1b" + nul + "\r\n two\r\nX-Note: \xff\r\n\r\nhi\r\n");
        return trial.finish();
    }
    static bool is_line(std::string_view text) {
        return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
    }

    std::shared_ptr<const dns::Zone> zone_;
};

TEST_F(HostileMessage, NoVariableEndsALine) {
    std::string then;
    for (const policy::Field& field : policy::fields()) {
        const std::string text = fmt::format("'add-header X-Field: {{{}}}'", field.name);
        then = text + ", 'add-header X-Note: {header.x-note}', 'tag-subject {subject} {from.name}'";
        const std::string rules = fmt::format("[[rule]]\nname = 'h'\nat = 'judged'\nmode = 'enforce'\nthen = [{}]\n"
                                              "[[rule]]\nname = 'r'\nat = 'judged'\nmode = 'enforce'\n"
                                              "then = 'reject 550 5.7.1 {{{}}} {{helo}} {{mail_from}}'\n",
                                              then, field.name);
        const TriedRules tried = run(rules);
        ASSERT_TRUE(tried.finished.outcome.ending) << field.name;
        EXPECT_TRUE(is_line(tried.finished.decision.smtp_reply)) << field.name;
        for (const policy::HeaderChange& change : tried.finished.outcome.headers)
            EXPECT_TRUE(is_line(change.value)) << field.name << ": " << change.value;
        const std::string told = rules_text(tried, "f");
        EXPECT_EQ(told.find("\nX-Evil"), std::string::npos) << told;
        for (const char c : told) ASSERT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= ' ') << told;
    }
}

/// The subject comes back with its tag: nothing in it ends the field.
TEST_F(HostileMessage, TheTaggedSubjectIsOneField) {
    const TriedRules tried = run("[[rule]]\nname = 't'\nmode = 'enforce'\nthen = 'tag-subject [X]'\n");
    for (const policy::HeaderEdit& edit : tried.finished.decision.edits) {
        if (edit.name != "Subject") continue;
        for (std::size_t at = 0;
             (at = edit.value.find_first_of(std::string_view("\r\n\0", 3), at)) != std::string::npos; ++at) {
            const bool folds = edit.value[at] == '\r' && edit.value.substr(at + 1, 1) == "\n";
            const bool folded = edit.value[at] == '\n' && at > 0 && edit.value[at - 1] == '\r' &&
                                at + 1 < edit.value.size() && (edit.value[at + 1] == ' ' || edit.value[at + 1] == '\t');
            EXPECT_TRUE(folds || folded) << at;
        }
    }
}

} // namespace
} // namespace bonafide::cli
