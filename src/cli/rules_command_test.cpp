// `bonafide rules test|check|list|fields` as a user meets them.
#include "base/test_folder.hpp"
#include "cli/frame.hpp"
#include "policy/fields.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <sstream>

namespace bonafide::cli {
namespace {

namespace json = boost::json;

struct Ran {
    int exit = 0;
    std::string out;
    std::string err;
};

Ran run_words(const std::vector<std::string>& words, const std::string& input = {}) {
    std::istringstream in(input);
    std::ostringstream out, err;
    Console console{in, out, err};
    const int exit = run(words, console);
    return {exit, out.str(), err.str()};
}

const std::string mail = "From: Ann <ann@contoso.com>\r\nSubject: \x1b[2Jx\r\n\r\nhi\r\n";

class RulesCommands : public testing::Test {
  protected:
    RulesCommands() {
        zone = folder.write("zone", "$ORIGIN contoso.com.\n@ TXT \"v=spf1 -all\"\n");
        config =
            folder.write("toml", "mode = \"enforce\"\n"
                                 "[[rule]]\nname = \"late\"\nwhen = \"subject contains x and client.ptr is unknown\"\n"
                                 "then = \"log\"\nmode = \"monitor\"\n"
                                 "[[rule]]\nname = \"spf\"\nwhen = \"spf.result is fail and not client is 192.0.2.1\"\n"
                                 "then = [\"reject 550 5.7.23 SPF check failed for {spf.domain}\", \"log\"]\n");
    }
    [[nodiscard]] Ran test(std::vector<std::string> more) const {
        std::vector<std::string> words{"rules",
                                       "test",
                                       "-",
                                       "--zone",
                                       zone,
                                       "--config",
                                       config,
                                       "--ip",
                                       "203.0.113.5",
                                       "--helo",
                                       "mx.example",
                                       "--mail-from",
                                       "ann@contoso.com",
                                       "--rcpt",
                                       "rita@ours.example"};
        words.insert(words.end(), more.begin(), more.end());
        return run_words(words, mail);
    }
    TestFolder folder;
    std::string zone, config;
};

TEST_F(RulesCommands, TestTellsEveryRuleWithItsComparisons) {
    const Ran ran = test({});
    EXPECT_EQ(ran.exit, exit_code::done) << ran.err;
    EXPECT_EQ(ran.out.substr(0, ran.out.find("mode:")),
              "envelope: client 203.0.113.5, HELO mx.example, MAIL FROM <ann@contoso.com>\n"
              "mail    spf (" +
                  config +
                  ":7, enforce): fires\n"
                  "          spf.result is fail: yes (fail)\n"
                  "          client is 192.0.2.1: no (203.0.113.5)\n"
                  "          -> reject 550 5.7.23 SPF check failed for contoso.com\n"
                  "          -> log\n"
                  "data    late (" +
                  config +
                  ":2, monitor): not asked: spf decides before it\n"
                  "          subject contains x: yes (\\x1b[2Jx)\n"
                  "          client.ptr is unknown: no (empty)\n"
                  "decision:  550 5.7.23 SPF check failed for contoso.com (rule spf), at MAIL FROM, before the message "
                  "is sent\n");
}

TEST_F(RulesCommands, TestAsJson) {
    const Ran ran = test({"--json"});
    const json::object object = json::parse(ran.out).as_object();
    EXPECT_EQ(object.at("refused").at("level"), "mail");
    EXPECT_EQ(object.at("refused").at("by"), "rule spf");
    const json::array& rules = object.at("rules").as_array();
    ASSERT_EQ(rules.size(), 2U);
    EXPECT_EQ(rules[0].at("state"), "fired");
    EXPECT_EQ(rules[0].at("comparisons").as_array()[0],
              (json::value{{"text", "spf.result is fail"}, {"truth", "yes"}, {"value", "fail"}}));
    EXPECT_EQ(rules[1].at("ended_by"), "spf");
    EXPECT_EQ(object.at("decision").at("action"), "reject");
}

TEST_F(RulesCommands, TestSaysWhatItCannotDo) {
    Ran ran = run_words({"rules", "test", "F031051A1F2", "--config", config, "--ledger", folder.at("none.db")});
    EXPECT_EQ(ran.exit, exit_code::failed);
    EXPECT_NE(ran.err.find("none.db"), std::string::npos) << ran.err;
    EXPECT_EQ(run_words({"rules", "test", "F031051A1F2", config, "--config", config}).exit, exit_code::usage);
    EXPECT_EQ(run_words({"rules", "test"}).exit, exit_code::usage);
    ran = run_words(
        {"rules", "test", "-", "--config", folder.write("bad", "[[rule]]\nname = \"a\"\nthen = \"rejcet\"\n")}, mail);
    EXPECT_EQ(ran.exit, exit_code::failed);
    EXPECT_NE(ran.err.find(":3:8: there is no action \"rejcet\"; did you mean reject?"), std::string::npos) << ran.err;
}

TEST_F(RulesCommands, Check) {
    Ran ran = run_words({"rules", "check", config});
    EXPECT_EQ(ran.exit, exit_code::done);
    EXPECT_EQ(ran.out, config + ": 2 rules, 0 sets, 0 DNS lists\n");
    const std::string odd =
        folder.write("odd", "[[rule]]\nname = \"a\"\nthen = \"accept\"\n[[rule]]\nname = \"b\"\nthen = \"log\"\n");
    ran = run_words({"rules", "check", odd});
    EXPECT_EQ(ran.exit, exit_code::done);
    EXPECT_EQ(
        ran.err,
        odd +
            ":4:1: warning: in enforce mode rule \"b\" never comes to anything: rule \"a\" before it decides always\n");
    const auto warnings = [&](std::string_view text) {
        const std::string file = folder.write("odd", text);
        std::string warned = run_words({"rules", "check", file}).err;
        EXPECT_EQ(run_words({"config", "check", file}).err.contains(warned), true) << "config check says so too";
        return warned;
    };
    const std::string rules = "[[rule]]\nname = \"a\"\nthen = \"accept\"\n[[rule]]\nname = \"b\"\nthen = \"log\"\n";
    EXPECT_TRUE(warnings("mode = \"enforce\"\n" + rules).contains(":5:1: warning: rule \"b\" never"));
    EXPECT_TRUE(warnings("mode = \"enforce\"\n[rules]\nmonitor_recipients = [\"a.example\"]\n" + rules)
                    .contains(":7:1: warning: in enforce mode rule \"b\" never"));
    EXPECT_EQ(warnings(rules + "mode = \"enforce\"\n"), "") << "the first is in monitor mode";
    EXPECT_TRUE(
        warnings("[[dns_list]]\nname = \"dbl\"\nzone = \"dbl.example\"\nof = [\"from\"]\n[[rule]]\nname = \"a\"\n"
                 "when = \"dns_lists contains dbl\"\nthen = \"log\"\n")
            .contains("the DNS list \"dbl\" is of the Author Domain, which at mail is not known yet"));
    EXPECT_TRUE(warnings("[[rule]]\nname = \"a\"\nwhen = \"listener is 'inet:127.0.0.1:8898'\"\nthen = \"log\"\n")
                    .contains("there is no entry of server.listen \"inet:127.0.0.1:8898\"; did you mean"));
    const std::string wrong = folder.write("wrong", "[[rule]]\nname = \"a\"\nwhen = \"nothing\"\nthen = \"log\"\n");
    ran = run_words({"rules", "check", wrong});
    EXPECT_EQ(ran.exit, exit_code::failed);
    EXPECT_EQ(ran.err, wrong + ":3:9: there is no field \"nothing\"\n");
}

TEST_F(RulesCommands, ListIsInTheOrderOfAsking) {
    const Ran ran = run_words({"rules", "list", "--config", config});
    EXPECT_EQ(ran.exit, exit_code::done) << ran.err;
    EXPECT_LT(ran.out.find("spf"), ran.out.find("late")) << ran.out;
    EXPECT_NE(ran.out.find("(enforce)"), std::string::npos);
    const json::array rows = json::parse(run_words({"rules", "list", "--config", config, "--json"}).out).as_array();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[1].at("mode"), "monitor");
    EXPECT_TRUE(rows[0].at("mode").is_null());
    EXPECT_EQ(rows[0].at("level"), "mail");
}

TEST_F(RulesCommands, FieldsAreTheTable) {
    const json::array rows = json::parse(run_words({"rules", "fields", "--json"}).out).as_array();
    EXPECT_EQ(rows.size(), policy::fields().size());
    const std::string text = run_words({"rules", "fields"}).out;
    for (const policy::Field& field : policy::fields())
        EXPECT_NE(text.find("\n" + std::string(field.name) + " "), std::string::npos) << field.name;
}

} // namespace
} // namespace bonafide::cli
