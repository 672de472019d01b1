// What scripts say of senders, and above all what they do not say.
#include "policy/sieve_script.hpp"
#include "policy/sieve_senders.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace bonafide::policy {
namespace {

/// "safe from ann@x.example, blocked path @y.example"; or the error.
std::string said(std::string_view script, const Limits& limits = {}) {
    const auto read = read_sieve_senders(script, limits);
    if (!read) return "error: " + read.error().text;
    std::vector<std::string> texts;
    for (const SieveSender& one : *read)
        texts.push_back(
            fmt::format("{} {} {}", to_text(one.list), one.name == SenderName::from ? "from" : "path", one.sender));
    return fmt::format("{}", fmt::join(texts, ", "));
}

/// Of a script that may use everything.
std::string said_freely(std::string_view script, const Limits& limits = {}) {
    constexpr std::string_view everything =
        R"(require ["fileinto", "reject", "ereject", "envelope", "imap4flags", "copy", "mailbox", "mailboxid", "vacation",)"
        R"( "regex", "relational", "index", "include", "variables"]; )";
    return said(fmt::format("{}{}", everything, script), limits);
}

/// One block of "if".
std::string of(std::string_view test, std::string_view block) {
    return said_freely(fmt::format("if {} {{ {} }}", test, block));
}
std::string safe(std::string_view test) { return of(test, "keep;"); }

constexpr std::string_view ann = R"(address :is "from" "ann@x.example")";

TEST(SieveSenders, Actions) {
    for (const std::string_view block :
         {"keep;", "stop;", "keep; stop;", R"(fileinto "INBOX";)", R"(fileinto "inbox"; stop;)",
          R"(addflag "\\Flagged"; keep;)", R"(keep :flags "\\Seen";)", R"(keep; stop; discard;)",
          R"(fileinto :flags ["a", "b"] "INBOX";)"})
        EXPECT_EQ(of(ann, block), "safe from ann@x.example") << block;
    for (const std::string_view block :
         {"discard;", "discard; stop;", R"(reject "go away";)", R"(ereject "no";)", R"(fileinto "Junk";)",
          R"(fileinto "INBOX.Spam"; stop;)", R"(fileinto "INBOX/Junk-E-mail/2026";)", R"(fileinto "Trash.old";)",
          R"(fileinto :create "Bulk";)", R"(fileinto ["Spam"];)", R"(setflag "\\Seen"; fileinto "junk"; stop;)",
          "reject text:\r\nNot here.\r\n..\r\n.\r\n;"})
        EXPECT_EQ(of(ann, block), "blocked from ann@x.example") << block;
    for (const std::string_view block :
         {"", R"(fileinto "Work";)", R"(fileinto "Junkyard";)", R"(fileinto "INBOX.Lists.Junk";)",
          R"(fileinto :copy "Junk";)", R"(keep; fileinto "Junk";)", R"(discard; keep;)", R"(redirect "ann@x.example";)",
          R"(redirect "a@x.example"; keep;)", R"(vacation "away"; keep;)", R"(addflag "\\Seen";)",
          R"(fileinto ["Junk", "Spam"];)", "fileinto;", R"(if true { discard; })",
          R"(fileinto :mailboxid "x" "Junk";)"})
        EXPECT_EQ(of(ann, block), "") << block;
}

TEST(SieveSenders, Keys) {
    const std::pair<std::string_view, std::string_view> rows[] = {
        {R"(address "from" "Ann@X.example")", "safe from ann@x.example"},
        {R"(address :all :is "From" ["ann@x.example", "bob@y.example"])",
         "safe from ann@x.example, safe from bob@y.example"},
        {R"(address :domain :is "from" "x.example")", "safe from @x.example"},
        {R"(address :domain "from" "x.example")", "safe from @x.example"},
        {R"(address :comparator "i;ascii-casemap" :is "from" "ann@x.example")", "safe from ann@x.example"},
        {R"(header :contains "from" "@x.example")", "safe from @x.example"},
        {R"(header :contains ["From"] ["ann@x.example"])", "safe from ann@x.example"},
        {R"(header :is "from" "ann@x.example")", "safe from ann@x.example"},
        {R"(address :matches "from" "*@x.example")", "safe from @x.example"},
        {R"(address :matches "from" "*.x.example")", "safe from .x.example"},
        {R"(address :domain :matches "from" "*.x.example")", "safe from .x.example"},
        {R"(address :domain :matches "from" "x.example")", "safe from @x.example"},
        {R"(address :matches "from" "ann@x.example")", "safe from ann@x.example"},
        {R"(envelope "from" "ann@x.example")", "safe path ann@x.example"},
        {R"(envelope :domain :is "FROM" "x.example")", "safe path @x.example"},
        {R"(address ["from", "sender"] "ann@x.example")", "safe from ann@x.example"},
        {R"(anyof(address "from" "ann@x.example", header :contains "from" "@y.example"))",
         "safe from ann@x.example, safe from @y.example"},
        {R"(allof(address "from" "ann@x.example"))", "safe from ann@x.example"},
        {R"(address "from" ["ann@x.example", "ann@x.example"])", "safe from ann@x.example"},
        // nothing
        {R"(address "sender" "ann@x.example")", ""},
        {R"(address "from" "x.example")", ""},
        {R"(address "from" "@x.example")", ""},
        {R"(address "from" "")", ""},
        {R"(address "reply-to" "ann@x.example")", ""},
        {R"(address ["from", "to"] "ann@x.example")", ""},
        {R"(envelope ["from", "to"] "ann@x.example")", ""},
        {R"(envelope "sender" "ann@x.example")", ""},
        {R"(header :contains "from" "x.example")", ""},
        {R"(header :contains "from" "Ann")", ""},
        {R"(header :contains "from" "@")", ""},
        {R"(header :domain "from" "x.example")", ""},
        {R"(address :domain :contains "from" "x.example")", ""},
        {R"(address :domain :is "from" "ann@x.example")", ""},
        {R"(address :domain :matches "from" "*@x.example")", ""},
        {R"(address :localpart "from" "ann")", ""},
        {R"(address :matches "from" "*")", ""},
        {R"(address :matches "from" "ann*@x.example")", ""},
        {R"(address :matches "from" "*@*.example")", ""},
        {R"(address :matches "from" "*@x.exampl?")", ""},
        {R"(address :matches "from" "*.*")", ""},
        {R"(address :contains "from" "*@x.example")", "safe from *@x.example"}, // a literal star
        {R"(address :regex "from" "ann@x.example")", ""},
        {R"(address :count "gt" "from" "1")", ""},
        {R"(address :comparator "i;octet" "from" "ann@x.example")", ""},
        {R"(address :index 1 "from" "ann@x.example")", ""},
        {R"(address "from" "${ann}@x.example")", ""},
        {R"(address "from" "ann@192.0.2.1")", ""},
        {R"(not address "from" "ann@x.example")", ""},
        {R"(allof(address "from" "ann@x.example", header "subject" "hello"))", ""},
        {R"(anyof(address "from" "ann@x.example", header "subject" "hello"))", ""},
        {R"(allof(address "from" "ann@x.example", address "from" "bob@x.example"))", ""},
        {R"(header "subject" "ann@x.example")", ""},
        {R"(exists "from")", ""},
        {"true", ""},
        {"false", ""},
        {R"(address "from")", ""},
        {R"(address "from" "ann@x.example" "bob@x.example")", ""},
    };
    for (const auto& [test, expected] : rows) EXPECT_EQ(safe(test), expected) << test;
}

TEST(SieveSenders, AScriptAsWebMailWritesIt) {
    EXPECT_EQ(said(R"(require ["fileinto","imap4flags"];
# rule:[Boss]
if anyof (header :contains "from" "boss@work.example", address :domain :is "from" "family.example")
{
	keep;
	stop;
}
# rule:[Off]
if false # allof (header :contains "from" "gone@x.example")
{
	discard;
}
/* rule:[Pest]
   of long ago */
if allof (header :contains "from" "@pest.example")
{
	addflag "\\Seen";
	fileinto "Junk";
	stop;
}
)"),
              "safe from boss@work.example, safe from @family.example, blocked from @pest.example");
}

TEST(SieveSenders, NothingInOtherBlocksOrBehindTheEnd) {
    EXPECT_EQ(said_freely(R"(if header "subject" "x" { if address "from" "a@x.example" { discard; } })"), "");
    EXPECT_EQ(said_freely(R"(stop; if address "from" "a@x.example" { discard; })"), "");
    EXPECT_EQ(said_freely(R"(addflag "x"; if address "from" "a@x.example" { discard; })"), "blocked from a@x.example");
    EXPECT_EQ(said_freely(R"(elsif address "from" "a@x.example" { discard; })"), "");
}

TEST(SieveSenders, ABranchCountsWhereThoseBeforeItAreRead) {
    EXPECT_EQ(said_freely(R"(if address "from" "a@x.example" { keep; } elsif address "from" "b@x.example" { discard; }
                      elsif address "from" "c@x.example" { fileinto "Spam"; } else { fileinto "Work"; })"),
              "safe from a@x.example, blocked from b@x.example, blocked from c@x.example");
    EXPECT_EQ(said_freely(R"(if header "subject" "x" { keep; } elsif address "from" "b@x.example" { discard; })"), "");
    EXPECT_EQ(
        said_freely(
            R"(if address "from" "a@x.example" { fileinto "Work"; } elsif address :domain "from" "x.example" { discard; })"),
        "")
        << "a@x.example is not thrown away";
    EXPECT_EQ(
        said_freely(
            R"(if address "from" ["a@x.example", "*"] { keep; } elsif address "from" "b@x.example" { discard; })"),
        "safe from a@x.example")
        << "the other key is not understood";
    EXPECT_EQ(said_freely(
                  R"(if address :domain "from" "x.example" { discard; } elsif address "from" "a@x.example" { keep; })"),
              "blocked from @x.example")
        << "it does not come so far";
    EXPECT_EQ(
        said_freely(R"(if address :domain "from" "x.example" { discard; } if address "from" "a@x.example" { keep; })"),
        "blocked from @x.example, safe from a@x.example")
        << "keep goes before discard";
}

TEST(SieveSenders, WhatMayHaveStoppedBlocksNobody) {
    constexpr std::string_view pest = R"(if address "from" "pest@x.example" { discard; })";
    const auto behind = [&](std::string_view before) { return said_freely(fmt::format("{} {}", before, pest)); };
    EXPECT_EQ(behind(R"(if header "list-id" "y" { fileinto "Lists"; stop; })"), "");
    EXPECT_EQ(behind(R"(if header "list-id" "y" { if true { stop; } })"), "");
    EXPECT_EQ(behind(R"(if header "list-id" "y" { fileinto "Junk"; })"), "blocked from pest@x.example");
    EXPECT_EQ(behind(R"(if false { fileinto "Lists"; stop; })"), "blocked from pest@x.example");
    EXPECT_EQ(behind(R"(include :personal "more";)"), "");
    EXPECT_EQ(behind(R"(if address "from" ["a@x.example", "b*"] { keep; stop; })"), "safe from a@x.example");
    EXPECT_EQ(behind(R"(if address "from" "a@x.example" { keep; stop; })"),
              "safe from a@x.example, blocked from pest@x.example");
    EXPECT_EQ(said_freely(R"(if header "list-id" "y" { stop; } if address "from" "a@x.example" { keep; })"),
              "safe from a@x.example");
}

/// RFC 5228 2.10.2, 4.4: discard cancels the implicit keep alone. What is kept or filed elsewhere as well is there.
TEST(SieveSenders, WhatIsDeliveredAsWellIsNotBlocked) {
    constexpr std::string_view block = R"(if address "from" "a@x.example" { discard; })";
    constexpr std::string_view final_block = R"(if address "from" "a@x.example" { discard; stop; })";
    const std::string_view blocked = "blocked from a@x.example";
    for (const std::string_view other :
         {"keep;", R"(fileinto "Work";)", R"(fileinto :copy "Work";)", R"(redirect "me@elsewhere.example";)",
          R"(if header "subject" "x" { keep; })", R"(if header "subject" "x" { if true { fileinto "Work"; } })",
          R"(if header "subject" "x" { discard; } else { fileinto "Work"; })",
          R"(if address :domain "from" "x.example" { fileinto "Work"; })",
          R"(if address :matches "from" "*" { keep; })"}) {
        EXPECT_EQ(said_freely(fmt::format("{} {}", other, block)), "") << other;
        EXPECT_EQ(said_freely(fmt::format("{} {}", other, final_block)), "") << other;
        EXPECT_EQ(said_freely(fmt::format("{} {}", block, other)), "") << other;
        EXPECT_EQ(said_freely(fmt::format("{} {}", final_block, other)), blocked) << other << " is not come to";
    }
    for (const std::string_view other :
         {R"(fileinto "Junk";)", "discard;", R"(vacation "away";)", R"(addflag "x";)",
          R"(if header "subject" "x" { discard; })", R"(if address "from" "b@x.example" { fileinto "Work"; })",
          R"(if envelope "from" "a@x.example" { fileinto "Work"; })"}) {
        EXPECT_EQ(said_freely(fmt::format("{} {}", other, block)), blocked) << other;
        EXPECT_EQ(said_freely(fmt::format("{} {}", block, other)), blocked) << other;
    }
    EXPECT_EQ(said_freely(R"(if address "from" "a@x.example" { discard; } else { keep; })"), blocked)
        << "one branch or the other";
}

TEST(SieveSenders, WhomTheScriptKeepsItDoesNotBlock) {
    constexpr std::string_view a_kept = R"(if address "from" "a@x.example" { keep; })";
    constexpr std::string_view a_blocked = R"(if address "from" "a@x.example" { discard; })";
    constexpr std::string_view x_kept = R"(if address :domain "from" "x.example" { keep; })";
    constexpr std::string_view x_blocked = R"(if address :domain "from" "x.example" { discard; })";
    const auto both = [](std::string_view one, std::string_view other) {
        return said_freely(fmt::format("{} {}", one, other));
    };
    EXPECT_EQ(both(a_kept, a_blocked), "safe from a@x.example");
    EXPECT_EQ(both(a_blocked, a_kept), "safe from a@x.example");
    EXPECT_EQ(both(x_kept, a_blocked), "safe from @x.example");
    EXPECT_EQ(both(a_blocked, x_kept), "safe from @x.example");
    EXPECT_EQ(both(a_kept, x_blocked), "safe from a@x.example, blocked from @x.example") << "safe goes before blocked";
    EXPECT_EQ(both(R"(if address :matches "from" "*.x.example" { keep; })", x_blocked),
              "safe from .x.example, blocked from @x.example");
    EXPECT_EQ(both(R"(if address :matches "from" "*.x.example" { keep; })",
                   R"(if address "from" "a@b.x.example" { discard; })"),
              "safe from .x.example");
}

TEST(SieveSenders, AKeyWithinAnAddressMayMeanItsNeighbours) {
    EXPECT_EQ(said_freely(R"(if header :contains "from" "n@a.example" { keep; stop; }
if address :is "from" "ann@a.example" { discard; stop; })"),
              "safe from n@a.example")
        << "ann's mail is kept";
    EXPECT_EQ(said_freely(R"(if header :contains "from" "n@a.example" { keep; stop; }
if address :is "from" "ann@b.example" { discard; stop; })"),
              "safe from n@a.example, blocked from ann@b.example");
}

TEST(SieveSenders, WhatIsMarkedAsDeletedIsNoKeep) {
    for (const char* flag : {R"("\\Deleted")", R"(["\\Seen", "\\DELETED"])", R"("$Junk")"})
        EXPECT_EQ(said_freely(fmt::format(R"(if address "from" "a@x.example" {{ setflag {}; stop; }})", flag)), "")
            << flag;
}

/// RFC 5228 2.10.5: what is not there, or not required, is an error of the whole script.
TEST(SieveSenders, AScriptWithWordsThatAreNotThereSaysNothing) {
    constexpr std::string_view block = R"(if address "from" "a@x.example" { discard; })";
    const std::pair<std::string_view, std::string_view> rows[] = {
        {"\n  frobnicate;", "line 2, column 3: there is no command \"frobnicate\""},
        {"\nif sunny { keep; }", "line 2, column 4: there is no test \"sunny\""},
        {"\nif anyof(true, not sunny) { keep; }", "line 2, column 20: there is no test \"sunny\""},
        {"\nif true {\n frobnicate; }", "line 3, column 2: there is no command \"frobnicate\""},
        {"fileinto \"x\";", "line 1, column 1: \"fileinto\" needs: require \"fileinto\""},
        {"require \"copy\"; fileinto \"x\";", "line 1, column 17: \"fileinto\" needs: require \"fileinto\""},
        {"require \"fileinto\"; fileinto :copy \"x\";", "line 1, column 21: \":copy\" needs: require \"copy\""},
        {"if envelope \"from\" \"a@x.example\" {}", "line 1, column 4: \"envelope\" needs: require \"envelope\""},
        {"if address :regex \"from\" \"a\" {}", "line 1, column 4: \":regex\" needs: require \"regex\""},
        {"addflag \"x\";", "line 1, column 1: \"addflag\" needs: require \"imap4flags\""},
        {"keep; require \"fileinto\";", "line 1, column 7: \"require\" stands behind other commands"},
        {"if true { require \"fileinto\"; }", "line 1, column 11: \"require\" stands behind other commands"},
    };
    for (const auto& [script, expected] : rows) {
        EXPECT_EQ(said(script), "error: " + std::string(expected));
        EXPECT_TRUE(said(fmt::format("{}\n{}", script, block)).starts_with("error: ")) << script;
    }
    EXPECT_EQ(said("\xEF\xBB\xBF"
                   "frobnicate;"),
              "error: line 1, column 1: there is no command \"frobnicate\"");
    EXPECT_TRUE(said(std::string(1000, 'x') + ";").size() < 100);
    for (const std::string_view script :
         {R"(require ["fileinto", "vnd.example.unheard-of"]; fileinto "Junk";)",
          R"(Require "FILEINTO"; FileInto "Junk";)", R"(require "ihave"; if ihave "fileinto" { fileinto "Junk"; })",
          R"(require "imapflags"; addflag "x";)", R"(require ["fileinto"]; require "copy"; fileinto :copy "Junk";)"})
        EXPECT_EQ(said(fmt::format("{} {}", script, block)),
                  script.contains("FILEINTO") ? "error: line 1, column 21: \"fileinto\" needs: require \"fileinto\""
                                              : "blocked from a@x.example")
            << script;
}

TEST(SieveSenders, WhoIsDecidedAboutStaysSo) {
    EXPECT_EQ(
        said_freely(
            R"(if address :domain "from" "x.example" { discard; stop; } if address "from" "a@x.example" { keep; })"),
        "blocked from @x.example");
    EXPECT_EQ(
        said_freely(
            R"(if address "from" "a@x.example" { discard; stop; } if address :matches "from" "*@x.example" { keep; })"),
        "blocked from a@x.example");
    EXPECT_EQ(
        said_freely(
            R"(if address :matches "from" "*.x.example" { keep; stop; } if address "from" "a@b.x.example" { discard; })"),
        "safe from .x.example");
    EXPECT_EQ(
        said_freely(R"(if address "from" "a@x.example" { discard; stop; } if address "from" "b@x.example" { keep; })"),
        "blocked from a@x.example, safe from b@x.example");
    EXPECT_EQ(
        said_freely(R"(if address "from" "a@x.example" { discard; stop; } if envelope "from" "a@x.example" { keep; })"),
        "blocked from a@x.example, safe path a@x.example");
}

TEST(SieveScript, ErrorsHaveLineAndColumn) {
    const std::pair<std::string_view, std::string_view> rows[] = {
        {"keep", "line 1, column 5: \";\" or a block is missing"},
        {"keep;\r\n  discard 5\r\n  }", "line 3, column 3: \";\" or a block is missing"},
        {"keep []", "line 1, column 7: a string is missing"},
        {"if true {\n keep;\n", "line 3, column 1: a block has no end"},
        {"}", "line 1, column 1: a command is missing"},
        {"if true { keep; } }", "line 1, column 19: a command is missing"},
        {"123;", "line 1, column 1: a command is missing"},
        {"keep \"abc", "line 1, column 6: a string has no end"},
        {"keep \"abc\\", "line 1, column 6: a string has no end"},
        {"/* abc", "line 1, column 1: a comment has no end"},
        {"reject text:\nabc\n;", "line 1, column 8: a text has no end: a line with a dot alone is missing"},
        {"reject text: abc\n.\n;", "line 1, column 8: behind \"text:\" the line must end"},
        {"if anyof(true, false { keep; }", "line 1, column 22: \",\" or \")\" is missing"},
        {"if anyof() { keep; }", "line 1, column 10: a test is missing"},
        {"require [\"a\" \"b\"];", "line 1, column 14: \",\" or \"]\" is missing"},
        {"require [\"a\",];", "line 1, column 14: a string is missing"},
        {"fileinto : \"x\";", "line 1, column 11: behind \":\" a name is missing"},
        {"keep;;", "line 1, column 6: a command is missing"},
    };
    for (const auto& [script, expected] : rows) EXPECT_EQ(said(script), "error: " + std::string(expected)) << script;
    const std::string nul("keep \"a\0b\";", 11);
    EXPECT_EQ(said(nul), "error: line 1, column 6: a string has no end");
    EXPECT_EQ(said("\xff\xfe"), "error: line 1, column 1: a command is missing");
}

TEST(SieveScript, Tokens) {
    const auto script =
        sieve::parse("\xEF\xBB\xBF# a comment\nRequire [\"a\\\"b\\\\\", text:# note\r\n..dot\r\nline\r\n.\r\n];"
                     "if size :OVER 100K { stop; } # the end");
    ASSERT_TRUE(script) << script.error().text;
    ASSERT_EQ(script->size(), 2U);
    EXPECT_EQ((*script)[0].name, "require");
    EXPECT_EQ((*script)[0].arguments.at(0).strings, (std::vector<std::string>{"a\"b\\", ".dot\r\nline\r\n"}));
    const sieve::Test& test = (*script)[1].tests.at(0);
    EXPECT_EQ(test.name, "size");
    EXPECT_EQ(test.arguments.at(0).tag, "over");
    EXPECT_TRUE(test.arguments.at(1).is_number);
    EXPECT_EQ((*script)[1].block.at(0).name, "stop");
    EXPECT_TRUE(sieve::parse(""));
    EXPECT_TRUE(sieve::parse("  \r\n # nothing"));
}

std::string nested(std::size_t blocks) {
    std::string text;
    for (std::size_t i = 0; i < blocks; ++i) text += "if true {";
    return text + std::string(blocks, '}');
}

TEST(SieveScript, AsDeepAsTheLimit) {
    const Limits limits;
    EXPECT_TRUE(sieve::parse(nested(limits.sieve_depth - 1))) << "the last test is one level more";
    const auto deeper = sieve::parse(nested(limits.sieve_depth + 1));
    ASSERT_FALSE(deeper);
    EXPECT_TRUE(deeper.error().text.ends_with("nested too deeply (limits.sieve_depth)")) << deeper.error().text;
    std::string tests = "if ";
    for (std::size_t i = 1; i < limits.sieve_depth; ++i) tests += "not ";
    EXPECT_TRUE(sieve::parse(tests + "true { keep; }"));
    EXPECT_FALSE(sieve::parse(tests + "not true { keep; }"));
    EXPECT_TRUE(sieve::parse(
        "if anyof(anyof(anyof(anyof(anyof(anyof(anyof(anyof(anyof(anyof(anyof(anyof(anyof(anyof(true)))))))))))))) {}"))
        << "RFC 5228: 15 levels";
    EXPECT_FALSE(sieve::parse(std::string(500000, '{')));
    EXPECT_FALSE(sieve::parse("if " + std::string(500000, '(')));
}

TEST(SieveScript, AsManyBytesAndTermsAsTheLimits) {
    Limits limits;
    limits.sieve_bytes = 5;
    EXPECT_TRUE(sieve::parse("keep;", limits));
    EXPECT_EQ(sieve::parse("keep; ", limits).error().text, "more than 5 bytes (limits.sieve_bytes)");
    limits = {};
    limits.sieve_terms = 3;
    EXPECT_TRUE(sieve::parse("keep; reject \"a\";", limits));
    EXPECT_EQ(sieve::parse("keep; reject [\"a\", \"b\"];", limits).error().text,
              "line 1, column 20: there are too many commands, tests and strings (limits.sieve_terms)");
}

TEST(SieveSenders, AsManyAsTheLimit) {
    Limits limits;
    limits.sieve_senders = 2;
    EXPECT_EQ(said(R"(if address "from" ["a@x.example", "b@x.example"] { keep; })", limits),
              "safe from a@x.example, safe from b@x.example");
    EXPECT_EQ(said(R"(if address "from" ["a@x.example", "b@x.example", "c@x.example"] { keep; }
                      if address "from" "d@x.example" { discard; })",
                   limits),
              "safe from a@x.example, safe from b@x.example");
}

TEST(SieveSenders, AScriptOfTheLargestKindIsSoonRead) {
    std::string script;
    while (script.size() + 100 < Limits{}.sieve_bytes && script.size() < 900000)
        script += fmt::format(R"(if address "from" "a{}@x.example" {{ keep; stop; }})", script.size());
    const auto read = read_sieve_senders(script);
    ASSERT_FALSE(read) << "more terms than the limit";
    Limits wide;
    wide.sieve_terms = 1000000;
    const auto wider = read_sieve_senders(script, wide);
    ASSERT_TRUE(wider);
    EXPECT_EQ(wider->size(), wide.sieve_senders);
}

} // namespace
} // namespace bonafide::policy
