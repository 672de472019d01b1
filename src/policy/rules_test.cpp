#include "policy/rules.hpp"
#include "policy/test_subject.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace bonafide::policy {
namespace {

using testing_subject::rule;
using testing_subject::Situation;
using testing_subject::text;

std::shared_ptr<const Rules> read(const std::vector<RuleSource>& sources) {
    Rules::Read out = Rules::read(sources, {});
    for (const Complaint& error : out.errors) ADD_FAILURE() << error.text;
    return out.rules;
}

Outcome outcome_of(const std::vector<RuleSource>& sources, const Situation& situation = {}, Mode mode = Mode::enforce) {
    Outcome outcome;
    if (const auto rules = read(sources)) rules->evaluate(situation.subject(), Modes{.mode = mode}, outcome);
    return outcome;
}

std::string ending(const Outcome& outcome) {
    if (!outcome.ending) return "none";
    return fmt::format("{} {} by {}", row_of(outcome.ending->verb).name, outcome.ending->reply, outcome.ending->rule);
}

const std::string always = "first_contact";

TEST(Rules, TheFirstThatDecidesEnds) {
    const Outcome outcome = outcome_of(
        {rule("off", "unverified", {"discard"}), rule("note", always, {"log", "add-header X-Note: {from.domain}"}),
         rule("no", always, {"reject 550 5.7.1 Not for {recipients} of you"}), rule("late", always, {"log"})});
    EXPECT_EQ(ending(outcome), "reject 550 5.7.1 Not for 2 of you by no");
    EXPECT_EQ(outcome.log, std::vector<std::string>{"note"});
    EXPECT_EQ(outcome.headers, (std::vector<HeaderChange>{{Verb::add_header, "X-Note", "contoso.com"}}));
    EXPECT_EQ(outcome.fired, (std::vector<std::string>{"note", "no"}));
}

TEST(Rules, AtRcptAboutAllEachByHimself) {
    const RuleSource rita = rule("rita", "recipient is rita@ours.example", {"reject 550 5.7.1 no"});
    const RuleSource vip = rule("vip", "recipient is rita@ours.example", {"accept"});
    const RuleSource closed = rule("closed", "recipient in [ours.example]", {"reject 550 5.7.1 closed"});
    const RuleSource later = rule("later", "recipient is ron@ours.example", {"defer 451 4.7.1 later"});
    Situation s;
    s.level = Level::rcpt;
    s.recipient.clear();
    const auto of = [&](std::vector<std::string> recipients, const std::vector<RuleSource>& sources) {
        s.facts.envelope.recipients = std::move(recipients);
        return outcome_of(sources, s);
    };
    const std::string both[] = {"rita@ours.example", "ron@ours.example"};
    Outcome outcome = of({both[0], both[1]}, {rita});
    EXPECT_EQ(ending(outcome), "none");
    EXPECT_EQ(outcome.junk_by, "rita");
    EXPECT_EQ(outcome.fired, std::vector<std::string>{"rita"});
    EXPECT_EQ(outcome.would,
              std::vector<std::string>{"rule rita: reject 550 5.7.1 no, but the message is for others too"});
    EXPECT_EQ(ending(of({both[0]}, {rita})), "reject 550 5.7.1 no by rita");
    EXPECT_EQ(ending(of({both[0], "Rita@OURS.example"}, {rita})), "reject 550 5.7.1 no by rita");
    outcome = of({both[0], both[1]}, {closed});
    EXPECT_EQ(ending(outcome), "reject 550 5.7.1 closed by closed");
    EXPECT_EQ(outcome.fired, std::vector<std::string>{"closed"}) << "once, not for each";
    EXPECT_EQ(ending(of({both[0], both[1]}, {vip, closed})), "none") << "her mail is not lost to a rule behind";
    EXPECT_EQ(ending(of({both[0], both[1]}, {rita, later})), "defer 451 4.7.1 later by later") << "the milder";
    EXPECT_EQ(ending(of({both[0], both[1]}, {vip})), "none");
    EXPECT_EQ(ending(of({both[0], both[0]}, {vip})), "accept  by vip");
    s.facts.envelope.more_recipients = 1;
    EXPECT_EQ(ending(of({both[0], both[1]}, {closed})), "none") << "nobody knows who else";
}

TEST(Rules, ContinueLetsALaterOneDecide) {
    EXPECT_EQ(ending(outcome_of({rule("a", always, {"quarantine", "continue"}), rule("b", always, {"accept"})})),
              "accept  by b");
    EXPECT_EQ(ending(outcome_of({rule("a", always, {"quarantine", "continue"}), rule("b", always, {"log"})})),
              "quarantine  by a");
    EXPECT_EQ(ending(outcome_of({rule("a", always, {"quarantine", "continue"}), rule("b", always, {"log"}),
                                 rule("c", always, {"accept"})})),
              "accept  by c")
        << "b decides nothing, so it ends nothing";
}

TEST(Rules, ContinueReachesLaterLevels) {
    Situation s;
    const auto rules = read(
        {rule("a", "spf.result is fail", {"quarantine", "continue"}, "data"), rule("b", always, {"accept"}, "judged")});
    ASSERT_TRUE(rules);
    Outcome outcome;
    for (const Level level : {Level::data, Level::judged}) {
        s.level = level;
        rules->evaluate(s.subject(), Modes{.mode = Mode::enforce}, outcome);
    }
    EXPECT_EQ(ending(outcome), "accept  by b");
}

TEST(Rules, BlanksBeforeAnActionDoNotChangeItsLevel) {
    const auto rules = read({rule("a", "client is 192.0.2.1", {"  junk"})});
    ASSERT_TRUE(rules);
    EXPECT_EQ(rules->all().front().level, Level::data);
}

TEST(Rules, MonitorSaysWhatItWouldDo) {
    const Outcome outcome =
        outcome_of({rule("no", always, {"reject", "log", "notify ann@ours.example", "tag-subject [EXTERNAL]"})}, {},
                   Mode::monitor);
    EXPECT_FALSE(outcome.ending);
    EXPECT_TRUE(outcome.headers.empty());
    EXPECT_EQ(outcome.would, (std::vector<std::string>{"rule no: reject", "rule no: tag-subject [EXTERNAL]"}));
    EXPECT_EQ(outcome.log, std::vector<std::string>{"no"});
    EXPECT_EQ(outcome.notify, (std::vector<std::pair<std::string, std::string>>{{"ann@ours.example", "no"}}));
    RuleSource enforced = rule("no", always, {"reject"});
    enforced.mode = text("enforce");
    EXPECT_EQ(ending(outcome_of({enforced}, {}, Mode::monitor)), "reject  by no") << "a rule's own mode comes first";
}

TEST(Rules, ModesByRecipientAndListener) {
    Situation s;
    Modes modes{.mode = Mode::monitor};
    modes.listeners = {{"inet:127.0.0.1:8899", Mode::enforce}};
    EXPECT_EQ(modes.of(s.subject()), Mode::enforce);
    auto monitored = std::make_shared<ValueSet>();
    EXPECT_TRUE(monitored->add("ron@ours.example"));
    modes.monitored_recipients = monitored;
    EXPECT_EQ(modes.of(s.subject()), Mode::monitor) << "one of them is";
    modes = {.mode = Mode::monitor};
    modes.enforced_recipients = monitored;
    EXPECT_EQ(modes.of(s.subject()), Mode::monitor) << "not all are to be enforced";
    s.facts.envelope.recipients = {"ron@ours.example"};
    EXPECT_EQ(modes.of(s.subject()), Mode::enforce);
}

TEST(Rules, SomeRecipientsDoNotDecideForTheOthers) {
    RuleSource source = rule("rita only", always, {"reject", "add-header X-For: rita"});
    source.recipients = {text("rita@ours.example")};
    Outcome outcome = outcome_of({source});
    EXPECT_FALSE(outcome.ending);
    EXPECT_EQ(outcome.junk_by, "rita only");
    EXPECT_EQ(outcome.headers.size(), 1U);
    EXPECT_EQ(outcome.would, (std::vector<std::string>{"rule rita only: reject, but the message is for others too"}));
    Situation alone;
    alone.facts.envelope.recipients = {"rita@ours.example"};
    EXPECT_EQ(ending(outcome_of({source}, alone)), "reject  by rita only");
    alone.facts.envelope.more_recipients = 1;
    EXPECT_FALSE(outcome_of({source}, alone).ending) << "of more than are known nobody knows";
    alone.facts.envelope.recipients = {"ron@ours.example"};
    EXPECT_TRUE(outcome_of({source}, alone).fired.empty());

    RuleSource policy = rule("policy", always, {"dmarc", "greylist"});
    policy.recipients = source.recipients;
    outcome = outcome_of({policy});
    EXPECT_EQ(outcome.dmarc_by + outcome.greylist_by, "") << "either may keep it back from ron";
    EXPECT_EQ(outcome.would, (std::vector<std::string>{"rule policy: dmarc, but the message is for others too",
                                                       "rule policy: greylist, but the message is for others too"}));
    policy.then = {text("no-dmarc"), text("skip-greylist")};
    outcome = outcome_of({policy});
    EXPECT_EQ(outcome.no_dmarc_by + outcome.skip_greylist_by, "policypolicy");
    Situation at_rcpt;
    at_rcpt.level = Level::rcpt;
    at_rcpt.recipient.clear();
    RuleSource ask = rule("ask", "recipient is rita@ours.example", {"greylist"});
    EXPECT_EQ(outcome_of({ask}, at_rcpt).greylist_by, "");
    ask.when = {text("recipient in [ours.example]")};
    EXPECT_EQ(outcome_of({ask}, at_rcpt).greylist_by, "ask");
}

TEST(Rules, LevelsFollowFromWhatIsReadAndDone) {
    const auto rules = read({rule("a", "client is 192.0.2.1", {"reject"}), rule("b", "spf.result is fail", {"reject"}),
                             rule("c", "client is 192.0.2.1", {"junk"}), rule("d", "score < 1", {"log"}),
                             rule("e", "recipient is a@b.example", {"defer"}), rule("f", "", {"log"})});
    ASSERT_TRUE(rules);
    std::vector<Level> levels;
    for (const Rule& one : rules->all()) levels.push_back(one.level);
    EXPECT_EQ(levels, (std::vector{Level::mail, Level::mail, Level::data, Level::judged, Level::rcpt, Level::mail}));
}

TEST(Rules, RefusalsAtTheirLevel) {
    Situation s;
    s.level = Level::mail;
    const std::vector<RuleSource> sources{
        rule("spf", "spf.result is fail", {"reject 550 5.7.23 SPF check failed for {mail_from.domain}", "log"}),
        rule("late", "score < 1", {"log"})};
    const Outcome outcome = outcome_of(sources, s);
    EXPECT_EQ(ending(outcome), "reject 550 5.7.23 SPF check failed for contoso.com by spf");
    EXPECT_EQ(outcome.log, std::vector<std::string>{"spf"});
}

TEST(Rules, NothingOfAStrangerBreaksALine) {
    Situation s;
    s.facts.letter.subject = "x\r\nX-Evil: 1";
    s.facts.author.mailboxes.front().display_name = "\xc3\xa4\n{from}";
    const Outcome outcome = outcome_of({rule("h", always, {"add-header X-Was: {subject} {from.name} {{}} {via}"})}, s);
    ASSERT_EQ(outcome.headers.size(), 1U);
    EXPECT_EQ(outcome.headers.front().value, "x??X-Evil: 1 ???{from} {} -");
}

struct Wrong {
    RuleSource source;
    const char* why;
};

TEST(Rules, Errors) {
    for (const Wrong& row : {
             Wrong{rule("", always, {"log"}), "a [[rule]] needs a name of 1 to 80 printable characters"},
             {rule("a", always, {}), "a [[rule]] needs actions: then = [\"log\"]"},
             {rule("a", always, {"rejcet"}), "there is no action \"rejcet\"; did you mean reject?"},
             {rule("a", always, {"reject 450 4.7.1 no"}),
              "450 is temporary: a rule that rejects needs 5xx (RFC 5321 4.2.1)"},
             {rule("a", always, {"defer 550 5.7.1 no"}),
              "550 is permanent: a rule that defers needs 4xx (RFC 5321 4.2.1)"},
             {rule("a", always, {"reject 550 4.7.1 no"}), "550 and 4.7.1 are of two classes (RFC 2034 4)"},
             {rule("a", always, {"defer 450 4.007.001 x"}),
              "\"4.007.001\" has leading zeros (RFC 3463 2): write 4.7.1"},
             {rule("a", always, {"reject 550 5.7.1000 x"}),
              "\"5.7.1000\" is no enhanced code such as 5.7.1 (RFC 3463)"},
             {rule("a", always, {"reject 550 no"}), "\"no\" is no enhanced code such as 5.7.1 (RFC 3463)"},
             {rule("a", always, {"reject 570 5.7.1 no"}),
              "a reply is written CODE ENHANCED TEXT, as in 550 5.7.1 Refused, and \"570\" is no code"},
             {rule("a", always, {"reject 550 5.7.1"}), "the reply has no text"},
             {rule("a", always, {"reject 550 5.7.1 {nobody}"}), "there is no field \"nobody\""},
             {rule("a", always, {"reject 550 5.7.1 {from"}),
              "a single brace: fields are written {name}, a brace {{ or }}"},
             {rule("a", "client is 192.0.2.1", {"reject 550 5.7.1 {score}"}),
              "score is not known at mail, where the rule is asked"},
             {rule("a", always, {"reject 550 5.7.1 \xc3\xa4"}),
              "only printable ASCII may stand in a reply or a header field"},
             {rule("a", always, {"reject", "accept"}), "reject and accept contradict each other"},
             {rule("a", always, {"greylist", "skip-greylist"}), "greylist and skip-greylist contradict each other"},
             {rule("a", always, {"junk"}, "rcpt"),
              "junk is not possible at rcpt: the message is not there before data"},
             {rule("a", "score < 1", {"log"}, "mail"), "at mail score is not known yet: it is from judged on"},
             {rule("a", always, {"log"}, "eom"), "at is one of connect, helo, mail, rcpt, data, judged"},
             {rule("a", always, {"add-header From: x"}),
              "From is not for rules: it says what was, or only this server may stamp it"},
             {rule("a", always, {"add-header X-Bonafide-Junk: no"}),
              "X-Bonafide-Junk is not for rules: it says what was, or only this server may stamp it"},
             {rule("a", always, {"add-header X Y: x"}), "\"X Y\" is no name of a header field"},
             {rule("a", always, {"notify nobody"}), "\"nobody\" is no address"},
             {rule("a", always, {"log now"}), "log takes nothing behind it"},
         }) {
        const Rules::Read out = Rules::read({&row.source, 1}, {});
        EXPECT_FALSE(out.rules);
        const bool told = std::ranges::find(out.errors, row.why, &Complaint::text) != out.errors.end();
        EXPECT_TRUE(told) << row.why << "\ngot: " << (out.errors.empty() ? "nothing" : out.errors.front().text);
    }
}

TEST(Rules, Warnings) {
    const auto warned = [](const std::vector<RuleSource>& sources) {
        const Rules::Read out = Rules::read(sources, {});
        return out.warnings.empty() ? std::string() : out.warnings.front().text;
    };
    EXPECT_EQ(warned({rule("a", "", {"accept"}, "judged"), rule("b", always, {"log"})}),
              "rule \"b\" never comes to anything: rule \"a\" before it decides always");
    EXPECT_EQ(warned({rule("a", always, {"accept"}), rule("b", always, {"reject"})}),
              "rule \"b\" never comes to anything: rule \"a\" before it has the same condition and decides");
    EXPECT_EQ(warned({rule("a", always, {"accept"}), rule("b", always + " and score < 1", {"reject"})}),
              "rule \"b\" never comes to anything: rule \"a\" before it decides wherever this one would hold");
    for (const auto& [condition, why] : std::vector<std::pair<std::string, std::string>>{
             {"spf.result is fail and spf.result is pass", "spf.result is fail and spf.result is pass"},
             {"spf.result is fail and spf.result is not fail", "spf.result is fail and spf.result is not fail"},
             {"first_contact and not first_contact", "first_contact and not first_contact"},
             {"first_contact and first_contact is no", "first_contact and first_contact is no"},
             {"score < 0 and score > 0", "score < 0 and score > 0"},
             {"via is known and (score is 3 and score < 3)", "score is 3 and score < 3"}})
        EXPECT_EQ(warned({rule("a", condition, {"log"})}), "rule \"a\" can never hold: " + why + " exclude each other");
    for (const char* condition : {"score < 0 and score > -5", "dkim.pass is a.example and dkim.pass is b.example",
                                  "spf.result is not fail and spf.result is not pass",
                                  "(score < 0 and score > 0) or first_contact", "score is 3 and score > 2"})
        EXPECT_EQ(warned({rule("a", condition, {"log"})}), "") << condition;
    EXPECT_EQ(warned({rule("b", always, {"log"}), rule("a", "", {"reject"}, "mail")}),
              "rule \"b\" never comes to anything: rule \"a\" before it decides always")
        << "asked before it, though it stands behind it";
    EXPECT_EQ(warned({rule("a", always, {"log"}), rule("a", "score < 1", {"log"})}),
              "a second rule named \"a\": log and counters cannot tell them apart");
    EXPECT_EQ(warned({rule("a", always, {"reject 550 5.7.99 x"})}), "nobody has registered the enhanced code 5.7.99");
    EXPECT_EQ(warned({rule("a", always, {"log", "continue"})}),
              "continue says nothing here: no action of this rule ends the evaluation");
    EXPECT_EQ(warned({rule("a", always, {"accept"}), rule("b", "score < 1", {"reject"})}), "");
}

/// The first warning, beside such settings.
std::string warned(const std::vector<RuleSource>& sources, const Rules::Beside& beside) {
    const Rules::Read out = Rules::read(sources, {}, beside);
    for (const Complaint& error : out.errors) ADD_FAILURE() << error.text;
    return out.warnings.empty() ? std::string() : out.warnings.front().text;
}

RuleSource in_mode(RuleSource source, std::string mode) {
    source.mode = text(std::move(mode));
    return source;
}

TEST(Rules, OnlyWhatIsEnforcedLeavesNothingToLaterRules) {
    const std::string never =
        "rule \"b\" never comes to anything: rule \"a\" before it has the same condition and decides";
    const std::string where = "in enforce mode " + never;
    auto some = std::make_shared<ValueSet>();
    ASSERT_TRUE(some->add("ours.example"));
    const Modes monitor{.mode = Mode::monitor}, enforce{.mode = Mode::enforce};
    const Modes but_one_listener{.mode = Mode::enforce, .listeners = {{"inet:127.0.0.1:1", Mode::monitor}}};
    const Modes but_some{.mode = Mode::enforce, .monitored_recipients = some};
    const Modes for_some{.mode = Mode::monitor, .enforced_recipients = some};
    const Modes one_listener{.mode = Mode::monitor, .listeners = {{"inet:127.0.0.1:1", Mode::enforce}}};
    struct Case {
        const char *before, *later; // their modes
        const Modes& modes;
        std::string warning;
    };
    for (const Case& one : {
             Case{"enforce", "", monitor, never},
             {"enforce", "enforce", monitor, never},
             {"enforce", "monitor", monitor, never},
             {"monitor", "enforce", enforce, ""},
             {"monitor", "", enforce, ""},
             {"", "", enforce, never},
             {"", "enforce", enforce, never},
             {"", "monitor", enforce, never},
             {"", "enforce", monitor, ""},
             {"", "enforce", but_one_listener, ""},
             {"", "enforce", but_some, ""},
             {"", "enforce", for_some, ""},
             {"", "enforce", one_listener, ""},
             {"", "monitor", for_some, ""},
             {"", "", monitor, where},
             {"", "", but_some, where},
             {"", "", for_some, where},
             {"", "", but_one_listener, where},
         })
        EXPECT_EQ(warned({in_mode(rule("a", always, {"reject"}), one.before),
                          in_mode(rule("b", always, {"reject"}), one.later)},
                         {.modes = one.modes}),
                  one.warning)
            << one.before << " then " << one.later << " beside " << to_text(one.modes.mode);
}

TEST(Rules, AMonitoredRuleBetweenHidesNoEnforcedOne) {
    EXPECT_EQ(warned({in_mode(rule("a", always, {"reject"}), "monitor"),
                      in_mode(rule("b", "", {"accept"}, "judged"), "enforce"), rule("c", always, {"junk"})},
                     {.modes = {.mode = Mode::monitor}}),
              "rule \"c\" never comes to anything: rule \"b\" before it decides always");
}

TEST(Rules, WhatALaterLevelMayKnowMoreOfIsAskedAgain) {
    for (const char* condition : {"sender.blocked", "list.allow", "dns_lists is known"})
        EXPECT_EQ(warned({rule("a", condition, {"reject"}, "rcpt"), rule("b", condition, {"discard"}, "data")}, {}), "")
            << condition;
    EXPECT_NE(
        warned({rule("a", "sender.blocked", {"reject"}, "rcpt"), rule("b", "sender.blocked", {"discard"}, "rcpt")}, {}),
        "");
    EXPECT_NE(
        warned({rule("a", "spf.result is fail", {"reject"}, "mail"), rule("b", "spf.result is fail", {"junk"})}, {}),
        "");
}

TEST(Rules, ComparisonsThatAreForegone) {
    const Rules::Beside beside{
        .vocabulary = {.dns_lists = {{"zen", "dbl"}}, .author_lists = {"dbl"}, .listeners = {{"inet:127.0.0.1:8899"}}}};
    for (const auto& [condition, why] : std::vector<std::pair<std::string, std::string>>{
             {"hour > 23", "hour > 23 never holds: hour is 0 to 23, and whole"},
             {"hour is 24", "hour is 24 never holds: hour is 0 to 23, and whole"},
             {"hour is not 24", "hour is not 24 always holds: hour is 0 to 23, and whole"},
             {"hour < 24", "hour < 24 always holds: hour is 0 to 23, and whole"},
             {"hour is 3.5", "hour is 3.5 never holds: hour is 0 to 23, and whole"},
             {"first_contact and not hour < 0", "hour < 0 never holds: hour is 0 to 23, and whole"},
             {"hour in [22, 23, 24]", "hour is never 24: hour is 0 to 23, and whole"},
             {"size < 0", "size < 0 never holds: size is 0 or more, and whole"},
             {"size > -1", "size > -1 always holds: size is 0 or more, and whole"},
             {"recipients is -1", "recipients is -1 never holds: recipients is 0 or more, and whole"},
             {"compauth.reason is 1000", "compauth.reason is 1000 never holds: compauth.reason is 0 to 999, and whole"},
             {"dns_lists is zenn", "dns_lists is zenn: there is no DNS list \"zenn\"; did you mean zen?"},
             {"dns_lists in [zen, spam]", "dns_lists in [zen, spam]: there is no DNS list \"spam\""},
             {"dns_lists contains bogus", "dns_lists contains bogus never holds: it is so of no DNS list"},
             {"dns_lists not matches '^x'", "dns_lists not matches '^x' always holds: it is so of no DNS list"},
             {"listener is inet:127.0.0.1:8898", "listener is inet:127.0.0.1:8898: there is no entry of server.listen "
                                                 "\"inet:127.0.0.1:8898\"; did you mean "
                                                 "inet:127.0.0.1:8899?"},
             {"evidence is look_alik",
              "evidence is look_alik: there is no signal \"look_alik\"; did you mean look_alike?"},
             {"dns_lists contains dbl",
              "the DNS list \"dbl\" is of the Author Domain, which at mail is not known yet: say at = \"data\""},
         })
        EXPECT_EQ(warned({rule("a", condition, {"log"})}, beside), "rule \"a\": " + why) << condition;
    for (const char* condition :
         {"hour < 23", "hour > 0", "hour in [0, 23]", "hour is 0", "score < -1000", "score is 2.5", "size > 0",
          "compauth.reason in [0, 001, 999]", "dns_lists is ZEN", "dns_lists contains ze", "dns_lists matches '^z'",
          "dns_lists is known", "evidence is look_alike", "evidence contains look", "listener contains 8899",
          "subject is zenn", "header.x-hour > y"})
        if (Condition::parse(condition, {}))
            EXPECT_EQ(warned({rule("a", condition, {"log"})}, beside), "") << condition;
    EXPECT_EQ(warned({rule("a", "dns_lists contains dbl", {"log"}, "data")}, beside), "");
    EXPECT_EQ(warned({rule("a", "dns_lists is anything and listener is any", {"log"})}, {}), "")
        << "names not known here";
}

TEST(Rules, RepliesThatCloseTheConnection) {
    const auto errors = [](const RuleSource& source) {
        const Rules::Read out = Rules::read({&source, 1}, {});
        return out.errors.empty() ? std::string() : out.errors.front().text;
    };
    EXPECT_EQ(errors(rule("a", "recipients > 1", {"defer 421 4.7.0 x"})),
              "421 closes the connection, and so refuses all other recipients too");
    EXPECT_EQ(errors(rule("a", "recipients > 1", {"reject 521 5.7.0 x"})),
              "521 closes the connection, and so refuses all other recipients too");
    EXPECT_EQ(warned({rule("a", "bounce", {"defer 421 4.7.0 x"})}, {}),
              "421 closes the connection, and ends what else was to come over it");
    EXPECT_EQ(warned({rule("a", "client.generic", {"defer 421 4.7.0 x"}, "connect")}, {}), "");
    EXPECT_EQ(warned({rule("a", "recipients > 1", {"defer 450 4.7.0 x"})}, {}), "");
}

TEST(Rules, PlacesPointIntoTheText) {
    RuleSource source = rule("a", "", {"log"});
    source.when = {{"first_contact and spf.result is fial", {7, 8}}};
    const Rules::Read out = Rules::read({&source, 1}, {});
    ASSERT_EQ(out.errors.size(), 1U);
    EXPECT_EQ(out.errors.front().place, (Place{7, 8 + 1 + 32}));
}

TEST(Rules, Bounds) {
    std::vector<RuleSource> sources(Rules::most_rules, rule("a", "score < 1", {"log"}));
    EXPECT_TRUE(Rules::read(sources, {}).rules);
    sources.push_back(sources.front());
    EXPECT_EQ(Rules::read(sources, {}).errors.front().text, "more than 1000 rules");
    RuleSource actions = rule("a", always, std::vector<std::string>(Rules::most_actions, "log"));
    EXPECT_TRUE(Rules::read({&actions, 1}, {}).rules);
    actions.then.push_back(text("log"));
    EXPECT_EQ(Rules::read({&actions, 1}, {}).errors.front().text, "more than 20 actions");
}

TEST(Reply, OfTheRegistry) {
    EXPECT_EQ(meaning_of("5.7.23"), "SPF validation failed");
    EXPECT_EQ(meaning_of("4.7.1"), "delivery not authorized, message refused");
    EXPECT_EQ(meaning_of("5.1.2"), "bad destination system address"); // RFC 3463 3.2
    EXPECT_EQ(meaning_of("5.1.10"), "recipient address has null MX"); // RFC 7505 4.2
    EXPECT_EQ(meaning_of("4.4.7"), "delivery time expired");          // RFC 3463 3.5
    EXPECT_EQ(meaning_of("5.7.25"), "reverse DNS validation failed"); // RFC 7372 3.3
    for (const EnhancedMeaning& one : enhanced_meanings())
        EXPECT_TRUE(
            Reply::parse(fmt::format("550 5.{} x", one.subject_detail), Reply::Class::permanent, Level::judged));
    EXPECT_EQ(meaning_of("5.9.99"), "");
    EXPECT_EQ(meaning_of("5.7.31"), "");
}

} // namespace
} // namespace bonafide::policy
