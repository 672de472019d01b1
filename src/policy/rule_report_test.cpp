#include "policy/rule_report.hpp"
#include "policy/test_subject.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace bonafide::policy {
namespace {

using testing_subject::rule;
using testing_subject::Situation;
using testing_subject::text;

/// A line for each rule: "name level state [text: truth (value)]...".
std::vector<std::string> told(const std::vector<RuleReport>& reports) {
    std::vector<std::string> lines;
    for (const RuleReport& one : reports) {
        lines.push_back(fmt::format("{} {}{} {}", one.rule->name, to_text(one.rule->level),
                                    one.recipient.empty() ? "" : ' ' + one.recipient, to_text(one.state)));
        for (const ComparisonReport& part : one.comparisons)
            lines.back() += fmt::format(" [{}: {} ({})]", part.text, to_text(part.truth), to_text(part.value));
    }
    return lines;
}

TEST(RuleReport, EveryComparisonWithItsValue) {
    Situation s;
    s.facts.iprev = {std::nullopt, "not asked"};
    RuleSource off = rule("off", "first_contact", {"log"}, "judged");
    off.enabled = false;
    RuleSource monitored = rule("new", "spf.result is fail", {"reject"}, "judged");
    monitored.mode = text("monitor");
    RuleSource other = rule("other", "first_contact", {"reject"});
    other.recipients = {text("nobody@x.example")};
    const Rules::Read read = Rules::read(
        std::vector{off, monitored, other, rule("name", "client.ptr is \"\" or not unverified", {"log"}, "judged"),
                    rule("no", "first_contact and not (score > 0 or client.ptr is unknown)", {"reject"}),
                    rule("late", "score < 0", {"log"})},
        {});
    ASSERT_TRUE(read.rules);
    RuleReporter reporter(*read.rules, {.mode = Mode::enforce});
    reporter.ask(s.subject());
    EXPECT_EQ(
        told(reporter.reports()),
        (std::vector<std::string>{
            "off judged off", "new judged monitored [spf.result is fail: yes (fail)]",
            "other judged elsewhere [first_contact: yes (yes)]",
            "name judged fired [client.ptr is \"\": unknown (unknown)] [unverified: no (no)]",
            "no judged no [first_contact: yes (yes)] [score > 0: no (-7.5)] [client.ptr is unknown: yes (unknown)]",
            "late judged fired [score < 0: yes (-7.5)]"}));
    EXPECT_EQ(reporter.reports()[1].actions, std::vector<std::string>{"reject"});
}

TEST(RuleReport, EachRecipientByHimself) {
    Situation s;
    s.level = Level::rcpt;
    const Rules::Read read =
        Rules::read(std::vector{rule("vip", "recipient is rita@ours.example", {"accept"}),
                                rule("closed", "recipient in [ours.example]", {"reject 550 5.7.1 closed"}),
                                rule("note", "recipient is ron@ours.example", {"log"})},
                    {});
    ASSERT_TRUE(read.rules);
    RuleReporter reporter(*read.rules, {.mode = Mode::enforce});
    for (const char* recipient : {"rita@ours.example", "ron@ours.example"}) {
        s.recipient = recipient;
        reporter.ask_recipient(s.subject());
    }
    s.recipient.clear();
    s.facts.envelope.recipients = {"rita@ours.example"};
    reporter.ask(s.subject());
    EXPECT_EQ(told(reporter.reports()),
              (std::vector<std::string>{
                  "closed rcpt rita@ours.example ended [recipient in [ours.example]: yes (rita@ours.example)]",
                  "closed rcpt ron@ours.example fired [recipient in [ours.example]: yes (ron@ours.example)]",
                  "vip rcpt fired [recipient is rita@ours.example: yes (rita@ours.example)]",
                  "note rcpt ended [recipient is ron@ours.example: no (rita@ours.example)]"}));
}

TEST(RuleReport, AllAtRcptEachByHimself) {
    Situation s;
    s.level = Level::rcpt;
    s.recipient.clear();
    s.facts.envelope.recipients = {"rita@ours.example", "ron@ours.example"};
    const Rules::Read read =
        Rules::read(std::vector{rule("vip", "recipient is rita@ours.example", {"accept"}),
                                rule("closed", "recipient in [ours.example]", {"reject 550 5.7.1 closed"}),
                                rule("late", "score < 0", {"log"})},
                    {});
    ASSERT_TRUE(read.rules);
    RuleReporter reporter(*read.rules, {.mode = Mode::enforce});
    reporter.ask(s.subject());
    s.level = Level::judged;
    reporter.ask(s.subject());
    EXPECT_EQ(told(reporter.reports()),
              (std::vector<std::string>{
                  "vip rcpt rita@ours.example fired [recipient is rita@ours.example: yes (rita@ours.example)]",
                  "closed rcpt rita@ours.example ended [recipient in [ours.example]: yes (rita@ours.example)]",
                  "vip rcpt ron@ours.example no [recipient is rita@ours.example: no (ron@ours.example)]",
                  "closed rcpt ron@ours.example fired [recipient in [ours.example]: yes (ron@ours.example)]",
                  "late judged fired [score < 0: yes (-7.5)]"}));
}

/// All small lists of rules: what is reported as fired is what evaluate() fires.
TEST(RuleReport, DecidesLikeEvaluate) {
    const std::vector<RuleSource> kinds{rule("yes", "first_contact", {"reject"}),
                                        rule("go on", "first_contact", {"quarantine", "continue"}),
                                        rule("no", "not first_contact", {"accept"}),
                                        rule("log", "first_contact", {"log"}),
                                        rule("unknown", "client.ptr is x.example", {"accept"}, "judged"),
                                        rule("early", "spf.result is fail", {"accept"}, "data"),
                                        rule("some", "first_contact", {"reject"}),
                                        rule("monitor", "first_contact", {"reject"})};
    for (std::size_t picked = 0; picked < kinds.size() * kinds.size() * kinds.size(); ++picked) {
        std::vector<RuleSource> sources;
        for (std::size_t rest = picked, i = 0; i < 3; ++i, rest /= kinds.size())
            sources.push_back(kinds[rest % kinds.size()]);
        for (RuleSource& one : sources) {
            if (one.name.text == "some") one.recipients = {text("rita@ours.example")};
            if (one.name.text == "monitor") one.mode = text("monitor");
        }
        const Rules::Read read = Rules::read(sources, {});
        ASSERT_TRUE(read.rules);
        Situation s;
        RuleReporter reporter(*read.rules, {.mode = Mode::enforce});
        Outcome outcome;
        for (const Level level : {Level::mail, Level::rcpt, Level::data, Level::judged}) {
            s.level = level;
            reporter.ask(s.subject());
            read.rules->evaluate(s.subject(), {.mode = Mode::enforce}, outcome);
        }
        std::vector<std::string> fired;
        for (const RuleReport& one : reporter.reports())
            if (one.state >= RuleReport::State::fired) fired.push_back(one.rule->name);
        EXPECT_EQ(fired, outcome.fired) << sources[0].name.text << ", " << sources[1].name.text << ", "
                                        << sources[2].name.text;
    }
}

} // namespace
} // namespace bonafide::policy
