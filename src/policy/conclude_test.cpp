#include "policy/conclude.hpp"
#include "policy/test_subject.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace bonafide::policy {
namespace {

using testing_subject::rule;
using testing_subject::Situation;

const std::string always = "first_contact";

struct Case {
    Situation situation;
    std::vector<RuleSource> rules;
    Disposition disposition;
    Greylisted greylisted;
    Mode mode = Mode::enforce;
    Decision decided{.action = Action::accept, .smtp_reply = {}, .edits = {}, .why = "stamped"};

    Case() { decided.edits.push_back({HeaderEdit::Kind::insert_top, "Authentication-Results", "mx; spf=fail", 0}); }

    [[nodiscard]] Decision decide() const {
        const Rules::Read read = Rules::read(rules, {});
        for (const Complaint& error : read.errors) ADD_FAILURE() << error.text;
        Outcome outcome;
        const Subject subject = situation.subject();
        read.rules->evaluate(subject, Modes{.mode = mode}, outcome);
        const Reply reject = *Reply::parse("550 5.7.1 no", Reply::Class::permanent, Level::connect);
        const Reply defer = *Reply::parse("451 4.7.1 later", Reply::Class::temporary, Level::connect);
        return conclude(decided, subject, {outcome, disposition, greylisted, defer, mode}, {reject, defer});
    }
    /// "reject 550 5.7.1 no by rule x"
    [[nodiscard]] std::string text() const {
        const Decision decision = decide();
        return fmt::format("{} {} by {}", to_text(decision.action), decision.smtp_reply, decision.by);
    }
};

Disposition rejection() { return {What::reject, By::dmarc, "the owner asks for it", "550 5.7.26 DMARC", {}}; }

std::string value_of(const Decision& decision, std::string_view name) {
    const auto found = std::ranges::find(decision.edits, name, &HeaderEdit::name);
    return found == decision.edits.end() ? std::string("none") : found->value;
}

TEST(Conclude, RuleThenDispositionThenGreylisting) {
    Case c;
    EXPECT_EQ(c.text(), "accept  by ");
    c.greylisted = {true, "new here"};
    EXPECT_EQ(c.text(), "defer 451 4.7.1 later by greylist");
    c.disposition = rejection();
    EXPECT_EQ(c.text(), "reject 550 5.7.26 DMARC by dmarc");
    c.rules = {rule("d", always, {"defer"})};
    EXPECT_EQ(c.text(), "defer 451 4.7.1 later by rule d");
    c.rules = {rule("r", always, {"reject 554 5.7.0 {helo}"})};
    EXPECT_EQ(c.text(), "reject 554 5.7.0 mx.contoso.com by rule r");
    c.rules = {rule("a", always, {"accept"})};
    EXPECT_EQ(c.text(), "accept  by rule a") << "neither DMARC nor greylisting";
    c.rules = {rule("q", always, {"quarantine"})};
    EXPECT_EQ(c.text(), "hold  by rule q");
    c.rules = {rule("x", always, {"discard"})};
    EXPECT_EQ(c.text(), "discard  by rule x");
    c.decided = {.action = Action::defer, .smtp_reply = "451 4.3.0 ours", .edits = {}, .why = {}};
    EXPECT_EQ(c.text(), "defer 451 4.3.0 ours by ") << "a failure of ours comes first";
}

TEST(Conclude, TheOwnerIsToldWhatWasDoneInTheEnd) { // RFC 9990 3.1.1.9
    Case c;
    c.disposition = rejection();
    const auto told = [&c](std::vector<RuleSource> rules, Mode mode = Mode::enforce) {
        c.rules = std::move(rules);
        c.mode = mode;
        Outcome outcome;
        Rules::read(c.rules, {}).rules->evaluate(c.situation.subject(), Modes{.mode = mode}, outcome);
        const auto reason = override_of(c.situation.facts, c.decide(), outcome, c.disposition);
        return reason ? fmt::format("{}: {}", to_text(reason->type), reason->comment) : std::string("-");
    };
    EXPECT_EQ(told({}), "-");
    EXPECT_EQ(told({}, Mode::monitor), "local_policy: monitor mode");
    EXPECT_EQ(told({rule("a", always, {"accept"})}), "local_policy: rule a says accept");
    EXPECT_EQ(told({rule("q", always, {"quarantine"})}), "local_policy: rule q says quarantine");
    EXPECT_EQ(told({rule("x", always, {"discard"})}), "-");
    EXPECT_EQ(told({rule("d", always, {"defer"})}), "-") << "it comes again";
    EXPECT_EQ(told({rule("j", always, {"junk"})}, Mode::monitor), "local_policy: monitor mode");
    c.disposition = {What::none, By::nobody, "spared", "",
                     OverrideReason{OverrideReason::Type::mailing_list, "a list"}};
    EXPECT_EQ(told({}), "mailing_list: a list");
    EXPECT_EQ(told({rule("j", always, {"junk"})}), "local_policy: the rule j says junk");
    EXPECT_EQ(told({rule("r", always, {"reject"})}), "-") << "as the owner asks after all";
}

TEST(Conclude, MonitorDoesNothingAndSaysAll) {
    Case c;
    c.mode = Mode::monitor;
    c.disposition = rejection();
    c.greylisted = {true, "new here"};
    c.rules = {rule("r", always, {"junk"})};
    const Decision decision = c.decide();
    EXPECT_EQ(decision.action, Action::accept);
    EXPECT_EQ(decision.would, (std::vector<std::string>{"rule r: junk", "dmarc: reject 550 5.7.26 DMARC",
                                                        "greylist: defer 451 4.7.1 later"}));
    EXPECT_EQ(value_of(decision, "X-Bonafide-Junk"), "none");
}

TEST(Conclude, ARuleMayCarryDmarcOutInMonitorMode) {
    Case c;
    c.mode = Mode::monitor;
    c.disposition = rejection();
    c.rules = {rule("r", always, {"dmarc"})};
    c.rules.front().mode = {"enforce", {}};
    EXPECT_EQ(c.text(), "reject 550 5.7.26 DMARC by dmarc");
}

TEST(Conclude, TheJunkMark) {
    Case c;
    c.disposition = {What::quarantine, By::dmarc, "p=quarantine", {}, {}};
    EXPECT_TRUE(value_of(c.decide(), "X-Bonafide-Junk").starts_with("yes; by=dmarc; level=quarantine"));
    c.disposition = {What::hold, By::dmarc, "p=quarantine", {}, {}};
    EXPECT_EQ(c.text(), "hold  by dmarc");
    c.disposition = {};
    c.rules = {rule("ads; x=1", always, {"junk"})};
    const std::string mark = value_of(c.decide(), "X-Bonafide-Junk");
    EXPECT_TRUE(mark.starts_with("yes; by=rule; level=junk")) << mark;
    c.rules.push_back(rule("friends", always, {"accept"}));
    EXPECT_EQ(value_of(c.decide(), "X-Bonafide-Junk"), "none") << "accepted after all";
}

TEST(Conclude, HeaderChangesStandBelowWhatIsStamped) {
    Case c;
    c.situation.facts.letter.subject = "Hello";
    c.situation.around.header_counts = {{"subject", 1}, {"x-old", 3}, {"x-new", 0}, {"x-both", 2}};
    c.rules = {rule("h", always,
                    {"tag-subject [EXTERNAL]", "add-header X-Note: a", "remove-header X-Old", "change-header X-New: n",
                     "change-header X-Both: b"})};
    std::vector<std::string> edits;
    for (const HeaderEdit& edit : c.decide().edits)
        edits.push_back(fmt::format("{} {} {} {}", static_cast<int>(edit.kind), edit.name, edit.position, edit.value));
    EXPECT_EQ(edits, (std::vector<std::string>{"3 Subject 1 [EXTERNAL] Hello", "1 X-Note 0 a", "0 X-Old 3 ",
                                               "0 X-Old 2 ", "0 X-Old 1 ", "1 X-New 0 n", "0 X-Both 2 ", "3 X-Both 1 b",
                                               "1 Authentication-Results 0 mx; spf=fail"}));
    c.situation.facts.letter.subject = "Re: [external] Hello";
    EXPECT_EQ(value_of(c.decide(), "Subject"), "none") << "an answer has its tag already";
    c.situation.facts.letter.subject.clear();
    c.situation.around.header_counts = {{"subject", 0}};
    EXPECT_EQ(value_of(c.decide(), "Subject"), "[EXTERNAL]");
    c.situation.facts.letter.subject =
        "a\rb" + std::string(1, '\0') + std::string(70, 'x') + " " + std::string(70, 'y') + "\nz";
    EXPECT_EQ(value_of(c.decide(), "Subject"),
              "[EXTERNAL] a b " + std::string(70, 'x') + "\r\n " + std::string(70, 'y') + " z")
        << "one field, in lines that all take";
}

TEST(Conclude, SeveralChangesOfOneFieldAreOne) {
    Case c;
    c.situation.facts.letter.subject = "Hello";
    c.situation.around.header_counts = {{"subject", 1}, {"x-new", 0}, {"x-foo", 2}};
    const auto edits = [&](const std::vector<std::string>& actions) {
        c.rules = {rule("a", always, actions)};
        std::string all;
        for (const HeaderEdit& edit : c.decide().edits)
            if (edit.name != "Authentication-Results")
                all += fmt::format("{} {} {} {};", static_cast<int>(edit.kind), edit.name, edit.position, edit.value);
        return all;
    };
    EXPECT_EQ(edits({"tag-subject [ONE]", "tag-subject [TWO]"}), "3 Subject 1 [TWO] [ONE] Hello;");
    EXPECT_EQ(edits({"change-header X-New: a", "change-header x-new: b"}), "1 X-New 0 b;");
    EXPECT_EQ(edits({"remove-header X-Foo", "change-header X-Foo: c"}), "0 X-Foo 2 ;3 X-Foo 1 c;");
    EXPECT_EQ(edits({"change-header X-Foo: c", "remove-header X-Foo", "add-header X-Foo: d"}),
              "0 X-Foo 2 ;0 X-Foo 1 ;1 X-Foo 0 d;");
}

TEST(Conclude, ATagCountsOnlyAtTheBegin) {
    Case c;
    c.rules = {rule("a", always, {"tag-subject [EXT]"})};
    c.situation.around.header_counts = {{"subject", 1}};
    const auto tagged = [&](const std::string& subject) {
        c.situation.facts.letter.subject = subject;
        return value_of(c.decide(), "Subject");
    };
    EXPECT_EQ(tagged("buy now [EXT]"), "[EXT] buy now [EXT]") << "who writes it himself";
    EXPECT_EQ(tagged("[ext] hello"), "none");
    EXPECT_EQ(tagged("Re: AW: Re[2]: [EXT] hello"), "none");
    EXPECT_EQ(tagged("Invoices: [EXT] hello"), "[EXT] Invoices: [EXT] hello");
}

TEST(Conclude, ARuleThatAcceptsKeepsItsOwnMark) {
    Case c;
    c.rules = {rule("a", always, {"junk", "accept"})};
    EXPECT_TRUE(value_of(c.decide(), "X-Bonafide-Junk").starts_with("yes; by=rule"));
}

TEST(Conclude, TheActionDmarcIsNoMoreThanThat) {
    Case c;
    c.mode = Mode::monitor;
    c.rules = {rule("d", always, {"dmarc"})};
    c.rules.front().mode = {"enforce"};
    c.disposition = {What::junk, By::suggestion, "the score", {}, {}};
    EXPECT_EQ(value_of(c.decide(), "X-Bonafide-Junk"), "none");
    c.disposition = rejection();
    EXPECT_EQ(c.text(), "reject 550 5.7.26 DMARC by dmarc");
}

TEST(Conclude, OnlyInboundMail) {
    Case c;
    c.situation.facts.direction = verdict::Direction::submitted;
    c.disposition = rejection();
    c.rules = {rule("r", always, {"reject"})};
    EXPECT_EQ(c.text(), "accept  by ");
}

TEST(Conclude, GreylistingIsAskedOnlyWhereMailWouldBeDelivered) {
    const Outcome none;
    Outcome ended;
    ended.ending = Ending{Verb::accept, {}, "a"};
    const Decision accepted;
    EXPECT_TRUE(would_deliver(accepted, none, {}, Mode::enforce));
    EXPECT_FALSE(would_deliver(accepted, ended, {}, Mode::enforce));
    EXPECT_FALSE(would_deliver(accepted, none, rejection(), Mode::enforce));
    EXPECT_TRUE(would_deliver(accepted, none, rejection(), Mode::monitor));
    EXPECT_FALSE(
        would_deliver({.action = Action::defer, .smtp_reply = {}, .edits = {}, .why = {}}, none, {}, Mode::enforce));
}

} // namespace
} // namespace bonafide::policy
