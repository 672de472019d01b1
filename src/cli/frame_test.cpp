// The command line as a whole: exit codes, messages, help, and the commands that need no network.
#include "base/ascii.hpp"
#include "cli/frame.hpp"
#include "cli/man.hpp"

#include <algorithm>
#include <cstdio>
#include <gtest/gtest.h>
#include <set>
#include <sstream>

namespace bonafide::cli {
namespace {

struct Ran {
    int exit = 0;
    std::string out;
    std::string err;
};

Ran run_words(const std::vector<std::string>& words) {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    Console console{in, out, err};
    const int exit = run(words, console);
    return {exit, out.str(), err.str()};
}

TEST(Rows, AreSound) {
    std::set<std::string_view> names;
    for (const Command& command : commands()) {
        EXPECT_TRUE(names.insert(command.name).second) << command.name;
        EXPECT_FALSE(command.summary.empty()) << command.name;
        EXPECT_FALSE(command.summary.ends_with('.')) << command.name;
        EXPECT_FALSE(command.examples.empty()) << command.name;
        EXPECT_NE(command.run, nullptr) << command.name;
        for (const Example& example : command.examples)
            EXPECT_TRUE(example.line.starts_with(command.name)) << example.line;
        std::set<std::string_view> options{"help"};
        for (const Option& option : command.options) {
            EXPECT_TRUE(options.insert(option.name).second) << command.name << " --" << option.name;
            EXPECT_FALSE(option.help.empty()) << option.name;
            EXPECT_TRUE(option.value.empty() || option.name != "json");
        }
        // Only the last positional may take all that is left, and none may be required behind an optional one.
        for (std::size_t i = 1; i < command.positionals.size(); ++i) {
            EXPECT_FALSE(is_repeated(command.positionals[i - 1].times)) << command.name;
            EXPECT_TRUE(is_required(command.positionals[i - 1].times) || !is_required(command.positionals[i].times))
                << command.name;
        }
    }
}

TEST(Frame, NothingGivenShowsTheOverviewAsWrongUsage) {
    const Ran ran = run_words({});
    EXPECT_EQ(ran.exit, exit_code::usage);
    EXPECT_EQ(ran.out, "");
    EXPECT_NE(ran.err.find("usage: bonafide COMMAND"), std::string::npos);
}

TEST(Frame, Version) {
    for (const char* word : {"--version", "-V", "version"}) {
        const Ran ran = run_words({word});
        EXPECT_EQ(ran.exit, exit_code::done);
        EXPECT_EQ(ran.out, "bonafide 0.1.0\n");
    }
}

TEST(Frame, HelpOfEveryCommandShowsItsExamplesAndOptions) {
    for (const Command& command : commands()) {
        std::vector<std::string> words;
        for (const std::string_view word : ascii::split(command.name, ' ')) words.emplace_back(word);
        std::vector<std::string> before{"help"};
        before.insert(before.end(), words.begin(), words.end());
        words.emplace_back("--help");
        const Ran ran = run_words(words);
        EXPECT_EQ(ran.exit, exit_code::done) << ran.err;
        EXPECT_EQ(ran.out, run_words(before).out);
        EXPECT_EQ(ran.err, "");
        for (const Example& example : command.examples)
            EXPECT_NE(ran.out.find(example.line), std::string::npos) << command.name;
        for (const Option& option : command.options)
            EXPECT_NE(ran.out.find("--" + std::string(option.name)), std::string::npos) << option.name;
        EXPECT_EQ(run_words({"--help"}).out.find("  " + std::string(command.name)) == std::string::npos, false)
            << command.name;
    }
}

TEST(Frame, HelpOfAGroup) {
    const Ran ran = run_words({"config", "--help"});
    EXPECT_EQ(ran.exit, exit_code::done);
    for (const char* name : {"config check", "config defaults", "config doc"})
        EXPECT_NE(ran.out.find(name), std::string::npos);
    EXPECT_EQ(run_words({"help", "config"}).out, ran.out);
}

struct Wrong {
    std::vector<std::string> words;
    std::string_view line; ///< the first line on standard error
    std::string_view hint; ///< the second
};

class WrongUsage : public testing::TestWithParam<Wrong> {};

TEST_P(WrongUsage, IsOneClearLineAndAHint) {
    const Ran ran = run_words(GetParam().words);
    EXPECT_EQ(ran.exit, exit_code::usage);
    EXPECT_EQ(ran.out, "");
    EXPECT_EQ(ran.err, std::string(GetParam().line) + "\n" + std::string(GetParam().hint) + "\n");
}

constexpr std::string_view general_hint = "try: bonafide --help";
constexpr std::string_view spf_hint = "try: bonafide spf --help";

INSTANTIATE_TEST_SUITE_P(
    Cases, WrongUsage,
    testing::Values(
        Wrong{{"sfp"}, "bonafide: unknown command \"sfp\"; did you mean spf?", general_hint},
        Wrong{{"frobnicate"}, "bonafide: unknown command \"frobnicate\"", general_hint},
        Wrong{{"a\x1b[31mb"}, "bonafide: unknown command \"a\\x1b[31mb\"", general_hint},
        Wrong{{"--json"}, "bonafide: unknown option --json", general_hint},
        Wrong{{"config", "chek"},
              "bonafide config: unknown command \"config chek\"; did you mean config check?",
              "try: bonafide config --help"},
        Wrong{{"config"}, "bonafide config: which command of this group?", "try: bonafide config --help"},
        Wrong{{"help", "sfp"}, "bonafide: unknown command \"sfp\"; did you mean spf?", general_hint},
        Wrong{{"spf", "--no-such-flag"}, "bonafide spf: unknown option --no-such-flag", spf_hint},
        Wrong{{"spf", "--mail-form", "a@b"},
              "bonafide spf: unknown option --mail-form; did you mean --mail-from?",
              spf_hint},
        Wrong{{"spf", "-x"}, "bonafide spf: unknown option -x", spf_hint},
        Wrong{{"spf", "--helo", "x"}, "bonafide spf: --ip IP is missing", spf_hint},
        Wrong{{"spf", "--ip"}, "bonafide spf: --ip needs a value: IP", spf_hint},
        Wrong{{"spf", "--ip", "1.2.3"}, "bonafide spf: --ip: \"1.2.3\" is no IP address", spf_hint},
        Wrong{{"spf", "--ip", "192.0.2.1"}, "bonafide spf: give --mail-from ADDR, --helo NAME or both", spf_hint},
        Wrong{{"spf", "--ip", "192.0.2.1", "--ip", "192.0.2.1"}, "bonafide spf: --ip may be given only once", spf_hint},
        Wrong{{"spf", "--ip", "192.0.2.1", "extra"}, "bonafide spf: unexpected argument \"extra\"", spf_hint},
        Wrong{{"spf", "--ip=192.0.2.1", "--json=yes"}, "bonafide spf: --json takes no value", spf_hint},
        Wrong{{"spf", "--ip", "192.0.2.1", "--now", "-5"},
              "bonafide spf: --now: \"-5\" is no Unix time (whole seconds since 1970), as date +%s prints it",
              spf_hint},
        Wrong{{"spf", "--ip", "192.0.2.1", "--dns-timeout", "5"},
              "bonafide spf: --dns-timeout: '5' is no duration: write a whole number and one of the units ms, s, m, h, "
              "d, as in 30s",
              spf_hint},
        Wrong{{"--version", "extra"}, "bonafide: unexpected argument \"extra\"", general_hint},
        Wrong{{"spf", "--ip", "192.0.2.1", "--helo", "x", "--zone", "z", "--dns-server", "192.0.2.53"},
              "bonafide spf: --dns-server and --zone cannot be given together",
              spf_hint},
        Wrong{{"verify", "-", "--zone", "z", "--dns-timeout", "3s"},
              "bonafide verify: --dns-timeout and --zone cannot be given together",
              "try: bonafide verify --help"},
        Wrong{{"verify", "-", "--json", "--explain"},
              "bonafide verify: --explain and --json cannot be given together",
              "try: bonafide verify --help"},
        Wrong{{"verify", "-", "--redact"},
              "bonafide verify: --redact means nothing without --transcript",
              "try: bonafide verify --help"},
        Wrong{{"completion"}, "bonafide completion: SHELL is missing", "try: bonafide completion --help"},
        Wrong{{"completion", "bsh"},
              "bonafide completion: SHELL: \"bsh\" is not one of bash, zsh, fish; did you mean bash?",
              "try: bonafide completion --help"},
        Wrong{{"dmarc", "--header-from", "a.example", "--spf", "b.example"},
              "bonafide dmarc: --spf: \"b.example\" is not DOMAIN=RESULT, as in example.com=pass",
              "try: bonafide dmarc --help"},
        Wrong{{"dmarc", "--header-from", "a.example", "--dkim", "b.example=good"},
              "bonafide dmarc: --dkim: \"good\" is no DKIM result; one of none, pass, fail, policy, neutral, "
              "temperror, permerror is",
              "try: bonafide dmarc --help"},
        Wrong{{"man", "spff"},
              "bonafide man: no manual page for \"spff\"; did you mean spf?",
              "try: bonafide man --help"}));

/// What people type who have a message or a log before them: the line says what to type instead.
struct Newcomer {
    std::vector<std::string> words;
    std::string_view line; ///< behind "bonafide COMMAND: "
};

class NewcomersMistake : public testing::TestWithParam<Newcomer> {};

TEST_P(NewcomersMistake, SaysWhatToTypeInstead) {
    const auto& [words, line] = GetParam();
    const Ran ran = run_words(words);
    EXPECT_EQ(ran.exit, exit_code::usage);
    EXPECT_EQ(ran.out, "");
    const std::string first = ran.err.substr(0, ran.err.find('\n'));
    EXPECT_EQ(first.substr(first.find(": ") + 2), line);
    EXPECT_EQ(std::ranges::count(ran.err, '\n'), 2) << ran.err;
}

INSTANTIATE_TEST_SUITE_P(
    Cases, NewcomersMistake,
    testing::Values(
        Newcomer{{"dmarc", "--header-from", "a@example.com"},
                 "--header-from: \"a@example.com\" is an address; give its domain alone: example.com"},
        Newcomer{{"dmarc", "--header-from", "Ann <a@example.com>"},
                 "--header-from: \"Ann <a@example.com>\" is an address; give its domain alone: example.com"},
        Newcomer{{"dmarc", "--header-from", "a@"}, "--header-from: \"a@\" is no domain name"},
        Newcomer{{"dmarc", "--header-from", "192.0.2.1"},
                 "--header-from: \"192.0.2.1\" is an IP address; a domain name is wanted"},
        Newcomer{{"dmarc", "--header-from", ""}, "--header-from: \"\" is no domain name"},
        Newcomer{{"dmarc", "--header-from", "a.example", "--spf", "bob@b.example=pass"},
                 "--spf: \"bob@b.example\" is an address; give its domain alone: b.example"},
        Newcomer{{"dmarc", "--header-from", "a.example", "--spf", "pass=b.example"},
                 "--spf: \"b.example\" is no SPF result; one of none, neutral, pass, fail, softfail, temperror, "
                 "permerror is"},
        Newcomer{{"org-domain", "a@example.com"},
                 "DOMAIN: \"a@example.com\" is an address; give its domain alone: example.com"},
        Newcomer{{"org-domain", "https://www.example.com:443/x?y"},
                 "DOMAIN: \"https://www.example.com:443/x?y\" is a URL; give the domain alone: www.example.com"},
        Newcomer{{"org-domain", "example.com:25"},
                 "DOMAIN: \"example.com:25\" is no domain name: it holds a character that none has"},
        Newcomer{{"org-domain", "2001:db8::1"}, "DOMAIN: \"2001:db8::1\" is an IP address; a domain name is wanted"},
        Newcomer{{"spf", "--ip", "mx.example.com"},
                 "--ip: \"mx.example.com\" is a host name; give its IP address, the one that connected"},
        Newcomer{{"spf", "--ip", "192.0.2.0/24"}, "--ip: \"192.0.2.0/24\" is a network; give one address of it"},
        Newcomer{{"spf", "--ip", "192.0.2.1:25"},
                 "--ip: \"192.0.2.1:25\" has a port; give the address alone: 192.0.2.1"},
        Newcomer{{"spf", "--ip", "[192.0.2.1]"},
                 "--ip: \"[192.0.2.1]\" is an address literal; give the address alone: 192.0.2.1"},
        Newcomer{{"spf", "--ip", "[IPv6:2001:db8::1]"},
                 "--ip: \"[IPv6:2001:db8::1]\" is an address literal; give the address alone: 2001:db8::1"},
        Newcomer{{"verify", "-", "--ip", "localhost"}, "--ip: \"localhost\" is no IP address"},
        Newcomer{{"verify", "-", "--dns-server", "192.0.2.53:5353"},
                 "--dns-server: \"192.0.2.53:5353\" has its port behind a colon: write \"192.0.2.53@5353\""},
        Newcomer{{"verify", "-", "--dns-server", "dns.example.com"},
                 "--dns-server: \"dns.example.com\" is no IP address (\"192.0.2.53\", \"2001:db8::53\", "
                 "\"192.0.2.53@5353\")"},
        Newcomer{{"headers", "parse", "--authentication-results", "Authentication-Results: mx.example.com; none"},
                 "--authentication-results: give what stands behind \"Authentication-Results:\", without the field's "
                 "name"},
        Newcomer{
            {"serve", "--listen", "localhost:8899"},
            "--listen: \"localhost:8899\" is no milter address: a host and port are written with inet: before them"},
        Newcomer{{"/etc/passwd"},
                 "\"/etc/passwd\" is a file, not a command; to verify a message: bonafide verify /etc/passwd"}));

TEST(Frame, WhatCannotBeAnsweredIsOneLineAndExitOne) {
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"spf", "--ip", "192.0.2.1", "--helo", "x.example", "--zone", "/nonexistent"},
          {"spf", "--ip", "192.0.2.1", "--helo", "x.example", "--zone", "/"},
          {"org-domain", "a.example", "--psl", "/nonexistent"},
          {"config", "check", "/nonexistent"},
          {"config", "check", "/"},
          {"verify", "/nonexistent", "--zone", "/dev/null"},
          {"verify", "/dev/null", "--zone", "/dev/null"},
          {"headers", "parse", "--authentication-results", "mx.example.com; spf"}}) {
        const Ran ran = run_words(words);
        EXPECT_EQ(ran.exit, exit_code::failed) << words[0];
        EXPECT_EQ(ran.out, "") << words[0];
        EXPECT_EQ(std::ranges::count(ran.err, '\n'), 1) << ran.err;
    }
}

TEST(Frame, OutputThatCannotBeWrittenIsAFailure) {
    struct Full : std::streambuf {};
    Full full;
    std::istringstream in;
    std::ostream out(&full);
    std::ostringstream err;
    Console console{in, out, err};
    EXPECT_EQ(run({"config", "defaults"}, console), exit_code::failed);
    EXPECT_EQ(err.str(), "bonafide: cannot write to standard output\n");
}

TEST(Headers, ParsePrintsTheFieldAsJson) {
    const Ran ran = run_words(
        {"headers", "parse", "--json", "--authentication-results",
         "mx.example.com 1; dkim/1=pass reason=\"all good\" header.d=example.net header.s=\"a b\"; spf=fail"});
    EXPECT_EQ(ran.exit, exit_code::done) << ran.err;
    EXPECT_EQ(
        ran.out,
        "{\"authserv_id\":\"mx.example.com\",\"version\":\"1\",\"results\":[{\"method\":\"dkim\",\"version\":\"1\","
        "\"result\":\"pass\",\"reason\":\"all good\",\"props\":[[\"header.d\",\"example.net\"],[\"header.s\",\"a "
        "b\"]]},"
        "{\"method\":\"spf\",\"result\":\"fail\",\"props\":[]}]}\n");
}

TEST(Headers, BytesThatAreNoUtf8DoNotBreakTheJson) {
    const Ran ran = run_words(
        {"headers", "parse", "--json", "--authentication-results", "mx.example.com; x=pass header.d=\"a\xff\""});
    if (ran.exit == exit_code::done) {
        EXPECT_NE(ran.out.find("a\xef\xbf\xbd"), std::string::npos) << ran.out;
    }
}

TEST(Completion, EveryShellKnowsEveryCommandAndOption) {
    for (const char* shell : {"bash", "zsh", "fish"}) {
        const Ran ran = run_words({"completion", shell});
        EXPECT_EQ(ran.exit, exit_code::done);
        for (const Command& command : commands()) {
            EXPECT_NE(ran.out.find(command.name.substr(command.name.find(' ') + 1)), std::string::npos)
                << shell << " " << command.name;
            for (const Option& option : command.options)
                EXPECT_NE(ran.out.find(std::string(option.name)), std::string::npos) << shell << " --" << option.name;
        }
    }
}

TEST(Manual, NoLineIsARequestByAccident) {
    const std::set<std::string_view> known{".TH", ".SH", ".TP", ".B", ".I", ".br", ".PP", ".nf", ".fi", ".RS", ".RE"};
    for (const Page& page : all_pages()) {
        for (const std::string_view line : ascii::split(page.text, '\n')) {
            EXPECT_FALSE(line.starts_with('\'')) << page.file << ": " << line;
            if (line.starts_with('.')) {
                EXPECT_TRUE(known.contains(line.substr(0, line.find(' ')))) << page.file << ": " << line;
            }
        }
        EXPECT_NE(page.text.find(".SH NAME\n"), std::string::npos) << page.file;
    }
}

} // namespace
} // namespace bonafide::cli
