// The configuration file: errors with line and column, all of them, and the round trip of the defaults.
#include "cli/config.hpp"
#include "cli/settings_text.hpp"
#include "engine/settings_table.hpp"

#include <gtest/gtest.h>
#include <regex>

namespace bonafide::cli::config {
namespace {

/// "line:column: text" of each problem; empty when the text is a configuration.
std::string problems(std::string_view text) {
    const auto settings = parse(text);
    return settings ? "" : to_text("f", settings.error());
}

TEST(Config, AnEmptyFileGivesTheDefaults) {
    const auto settings = parse("");
    ASSERT_TRUE(settings);
    EXPECT_TRUE(engine::differences(engine::Settings{}, *settings).empty());
}

TEST(Config, DefaultsPrintedAndParsedAreTheDefaults) {
    EXPECT_TRUE(parse(defaults_toml()));
    const std::string live = std::regex_replace(defaults_toml(), std::regex("\n#(\\[|[a-z])"), "\n$1");
    const auto document = read(live);
    ASSERT_TRUE(document) << to_text("defaults", document.error());
    EXPECT_TRUE(engine::differences(engine::Settings{}, document->settings).empty());
    EXPECT_EQ(document->places.size(), engine::settings_table().size());
}

TEST(Config, SectionsAndLinesWithDotsDoNotMix) {
    constexpr std::string_view advice = "; all lines of a section stand below one header [section], or all as "
                                        "section.name = ... above the first header";
    for (const char* text : {"[direction]\n[dns]\n[dns]\n", "dns.timeout = \"1s\"\n[direction]\n[dns]\n"}) {
        const auto twice = parse(text);
        ASSERT_FALSE(twice);
        EXPECT_EQ(to_text("f", twice.error()),
                  "f:3:1: Error while parsing table header: cannot redefine existing table 'dns'" +
                      std::string(advice));
    }
    const auto below = parse("[limits]\ndns.timeout = \"1s\"\n");
    ASSERT_FALSE(below);
    EXPECT_EQ(to_text("f", below.error()),
              "f:2:1: unknown setting limits.dns; lines of dns stand below a header [dns]");
}

TEST(Config, EverySettingOfTheTableIsInTheDefaults) {
    const std::string text = defaults_toml();
    for (const engine::Setting& setting : engine::settings_table())
        EXPECT_NE(text.find("\n#" + setting.name.substr(setting.name.find('.') + 1) + " = "), std::string::npos)
            << setting.name;
}

TEST(Config, ReadsEveryKindOfValue) {
    const auto settings =
        parse("mode = \"monitor\"\n"
              "[server]\nlisten = [\"unix:/run/b.sock\", \"inet6:[::1]:1\"]\nsocket_mode = \"0600\"\nthreads = 4\n"
              "drain_timeout = \"90s\"\non_failure = \"tempfail\"\n"
              "[direction]\ninternal_networks = [\"192.0.2.0/24\", \"2001:db8::1\"]\n"
              "[dns]\ncache_most_ttl = \"2h\"\ndnssec = false\n"
              "[dmarc]\ndiscovery = \"psl\"\n[limits]\nspf_lookups = 12\n");
    ASSERT_TRUE(settings) << to_text("f", settings.error());
    EXPECT_EQ(settings->server.listen, (std::vector<std::string>{"unix:/run/b.sock", "inet6:[::1]:1"}));
    EXPECT_EQ(settings->server.socket_mode, 0600U);
    EXPECT_EQ(settings->server.threads, 4U);
    EXPECT_EQ(settings->server.drain_timeout, std::chrono::seconds(90));
    EXPECT_EQ(settings->server.on_failure, engine::OnFailure::tempfail);
    ASSERT_EQ(settings->direction.internal_networks.size(), 2U);
    EXPECT_EQ(settings->direction.internal_networks[1].length, 128U);
    EXPECT_EQ(settings->dns.cache_most_ttl, 7200U);
    EXPECT_FALSE(settings->dns.dnssec);
    EXPECT_EQ(settings->dmarc.discovery, dmarc::Discovery::psl);
    EXPECT_EQ(settings->limits.spf_lookups, 12U);
}

TEST(Config, DottedKeysAndInlineTablesAreTheSameSettings) {
    const auto dotted = parse("dns.timeout = \"1s\"\nspf = { enabled = false }\n");
    ASSERT_TRUE(dotted);
    EXPECT_EQ(dotted->dns.timeout, std::chrono::seconds(1));
    EXPECT_FALSE(dotted->spf.enabled);
}

TEST(Config, UnknownKeysAreRefusedWithTheNearestKnownOne) {
    EXPECT_EQ(problems("[dns]\ntimout = \"5s\"\n"), "f:2:1: unknown setting dns.timout; did you mean dns.timeout?");
    EXPECT_EQ(problems("[dn]\n"), "f:1:2: unknown section or setting dn; did you mean dns?");
    EXPECT_EQ(problems("[spf]\ndiscovery = \"psl\"\n"),
              "f:2:1: unknown setting spf.discovery; did you mean dmarc.discovery?");
    EXPECT_EQ(problems("zzzzzz = 1\n"), "f:1:1: unknown section or setting zzzzzz");
    EXPECT_EQ(problems("\"a\\u001bb\" = 1\n"), "f:1:1: unknown section or setting a\\x1bb");
    EXPECT_EQ(problems("[dns.timeout]\nx = 1\n"),
              "f:1:1: dns.timeout: must be a time in quotes from \"10ms\" to \"1m\", not a table");
}

TEST(Config, AllProblemsAreReportedInTheOrderOfTheFile) {
    EXPECT_EQ(problems("[server]\n"
                       "threads = \"many\"\n"
                       "  listen = [\"inet:127.0.0.1:1\", 5, \"nowhere\"]\n"
                       "[spf]\n"
                       "enabled = 1\n"
                       "enable = true\n"),
              "f:2:11: server.threads: must be a number of threads from 0 to 1024, not \"many\"\n"
              "f:3:33: server.listen: an entry must be a text in quotes, not a number\n"
              "f:3:36: server.listen: \"nowhere\" is no milter address: it starts with inet:, inet6: or unix:\n"
              "f:5:11: spf.enabled: must be true or false, not 1\n"
              "f:6:1: unknown setting spf.enable; did you mean spf.enabled?");
}

/// A value of every TOML type for every row: each either fits the row's kind or is refused at its place, with the row's name.
TEST(Config, EveryWrongTypeOfEverySettingIsRefusedAtItsPlace) {
    const std::vector<std::string> values{
        "true",  "7.5", "1979-05-27", "07:32:00", "\"no such value \\u0000\"", "{ a = 1 }",
        "[[1]]", "[1]", "-1",         "[true]",   "99999999999999999"};
    for (const engine::Setting& setting : engine::settings_table()) {
        for (const std::string& value : values) {
            if (setting.kind == engine::Kind::boolean && value == "true") continue;
            const auto settings = parse(setting.name + " = " + value + "\n");
            ASSERT_FALSE(settings) << setting.name << " = " << value;
            EXPECT_EQ(settings.error().size(), 1U) << to_text("f", settings.error());
            EXPECT_EQ(settings.error().front().line, 1U);
            const std::size_t column =
                setting.name.size() + (value.starts_with("[") && setting.kind == engine::Kind::texts ? 5 : 4);
            if (setting.kind != engine::Kind::networks) {
                EXPECT_EQ(settings.error().front().column, column) << setting.name << " = " << value;
            }
            EXPECT_TRUE(settings.error().front().text.starts_with(setting.name + ": "))
                << settings.error().front().text;
        }
    }
}

/// Counts and times one past each end of their range.
TEST(Config, EveryRangeIsKeptAtBothEnds) {
    for (const engine::Setting& setting : engine::settings_table()) {
        if (setting.kind != engine::Kind::count) continue;
        for (const auto& [value, good] : {std::pair{setting.range.least, true},
                                          {setting.range.least - 1, false},
                                          {setting.range.most, true},
                                          {setting.range.most + 1, false}}) {
            const auto settings = parse(setting.name + " = " + std::to_string(value) + "\n");
            EXPECT_EQ(settings.has_value(), good) << setting.name << " = " << value;
        }
    }
}

TEST(Config, WhatIsNoTomlEndsWithItsPlace) {
    const auto broken = parse("[server]\nthreads = \n");
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().size(), 1U);
    EXPECT_EQ(broken.error().front().line, 2U);

    const auto twice = parse("[spf]\nenabled = true\nenabled = false\n");
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().front().line, 3U);
    const auto section_twice = parse("[spf]\nenabled = true\n[spf]\n");
    ASSERT_FALSE(section_twice);
    EXPECT_EQ(section_twice.error().front().line, 3U);

    EXPECT_FALSE(parse("server = 1\n"));
    EXPECT_EQ(problems("server = 1\n"), "f:1:10: server: is a section, [server], not a number");
    EXPECT_FALSE(parse("\xff\xfe"));              // no UTF-8
    EXPECT_FALSE(parse(std::string(20000, '['))); // depth is bounded
}

TEST(Config, AFileThatCannotBeReadIsOneProblem) {
    const auto missing = load("/nonexistent/bonafide.toml");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().size(), 1U);
    EXPECT_EQ(missing.error().front().line, 0U);
    EXPECT_FALSE(load("/"));
    EXPECT_FALSE(load("/dev/zero")); // endless
}

/// "line:column: text" of what a file that can be read still has wrong or risky.
std::string audited(std::string_view text) {
    const auto document = read(text);
    if (!document) return to_text("f", document.error());
    const Audit found = audit(*document);
    return to_text("errors", found.errors) + "\n" + to_text("warnings", found.warnings);
}

TEST(Config, FindingsStandAtTheirSetting) {
    EXPECT_EQ(audited("[metrics]\n listen = \"127.0.0.1:2\"\n"
                      "[server]\nlisten = [\"inet:127.0.0.1:1\",\n  \"inet:127.0.0.1:2\",\n  \"inet:2@127.0.0.1\"]\n"
                      "[dns]\ndnssec = false\nzone = \"/nonexistent/zone\"\n"
                      "[direction]\ninternal_networks = [\"0.0.0.0/0\"]\n"),
              "errors:2:11: metrics.listen: \"127.0.0.1:2\" is taken by server.listen (\"inet:127.0.0.1:2\")\n"
              "errors:2:11: metrics.listen: \"127.0.0.1:2\" is taken by server.listen (\"inet:2@127.0.0.1\")\n"
              "errors:6:3: server.listen: \"inet:127.0.0.1:2\" and \"inet:2@127.0.0.1\" cannot both listen: one takes "
              "what the other wants\n"
              "errors:9:8: dns.zone: cannot open /nonexistent/zone: No such file or directory\n"
              "warnings:11:22: warning: direction.internal_networks: 0.0.0.0/0 is every address: no mail over IPv4 is "
              "verified");
}

TEST(Config, AFindingAboutADefaultHasNoLine) {
    Document document;
    document.settings.dns.dnssec = false;
    document.settings.log.target = "/nonexistent/log";
    EXPECT_EQ(to_text("f", audit(document).errors), "f: log.target: the folder /nonexistent does not exist");
}

TEST(Config, AGivenFileWins) { EXPECT_EQ(find_file("/x"), "/x"); }

} // namespace
} // namespace bonafide::cli::config
