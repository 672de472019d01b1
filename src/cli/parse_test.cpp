// Words to arguments: the forms a shell user may type, and values that look like something else.
#include "cli/parse.hpp"

#include <gtest/gtest.h>
#include <utility>

namespace bonafide::cli {
namespace {

using Words = std::vector<std::string>;

const Command& command() {
    static const Command row{.name = "try",
                             .summary = "",
                             .description = "",
                             .examples = {},
                             .positionals = {{.name = "FILE", .times = Times::any}},
                             .options = {{.name = "mail-from", .value = "ADDR"},
                                         {.name = "helo", .value = "NAME"},
                                         {.name = "rcpt", .value = "ADDR", .times = Times::any},
                                         {.name = "json"}}};
    return row;
}

/// "FILE:a,b helo:x json:" of what was understood, or the error.
std::string understood(const Words& words) {
    const auto parsed = parse(command(), words);
    if (!parsed) return parsed.error().text;
    if (parsed->help) return "help";
    std::string text;
    for (const char* name : {"FILE", "mail-from", "helo", "rcpt", "json"}) {
        if (!parsed->arguments.has(name)) continue;
        text += (text.empty() ? "" : " ") + std::string(name) + ":";
        const char* separator = "";
        for (const std::string& value : parsed->arguments.all(name)) text += std::exchange(separator, ",") + value;
    }
    return text;
}

TEST(Parse, ValuesStandApartOrBehindAnEqualsSign) {
    EXPECT_EQ(understood({"--helo", "a", "--mail-from=b@c"}), "mail-from:b@c helo:a");
    EXPECT_EQ(understood({"--helo=a=b"}), "helo:a=b");
}

TEST(Parse, AnEmptyValueIsAValue) {
    EXPECT_EQ(understood({"--mail-from", "", "--json"}), "mail-from: json:");
    EXPECT_EQ(understood({"--mail-from=", "--json"}), "mail-from: json:");
}

TEST(Parse, ValuesMayLookLikeAnything) {
    for (const char* value : {"-x", "--json", "[192.0.2.1]", "[a,b]", "{}", "%%", "++", "-", "--"})
        EXPECT_EQ(understood({"--helo", value}), std::string("helo:") + value);
    EXPECT_EQ(understood({"{}", "[a,b]", "%%", "", "++", "-"}), "FILE:{},[a,b],%%,,++,-");
}

TEST(Parse, PositionalsAndOptionsMix) {
    EXPECT_EQ(understood({"a", "--rcpt", "x", "b", "--rcpt", "y", "--json", "c"}), "FILE:a,b,c rcpt:x,y json:");
}

TEST(Parse, AfterTwoDashesAllIsPositional) {
    EXPECT_EQ(understood({"--json", "--", "--json", "-x", "--"}), "FILE:--json,-x,-- json:");
}

TEST(Parse, HelpWinsOverErrors) {
    EXPECT_EQ(understood({"--help"}), "help");
    EXPECT_EQ(understood({"-h", "--bad"}), "help");
}

TEST(Parse, Mistakes) {
    EXPECT_EQ(understood({"--bad"}), "unknown option --bad");
    EXPECT_EQ(understood({"--bad=1"}), "unknown option --bad");
    EXPECT_EQ(understood({"--jsn"}), "unknown option --jsn; did you mean --json?");
    EXPECT_EQ(understood({"-j"}), "unknown option -j");
    EXPECT_EQ(understood({"--json=1"}), "--json takes no value");
    EXPECT_EQ(understood({"--json="}), "--json takes no value");
    EXPECT_EQ(understood({"--helo"}), "--helo needs a value: NAME");
    EXPECT_EQ(understood({"--helo", "a", "--helo", "b"}), "--helo may be given only once");
}

} // namespace
} // namespace bonafide::cli
