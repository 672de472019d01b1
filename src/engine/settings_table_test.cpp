// The settings table: every row is sound, reads what it prints, and refuses what lies outside.
#include "engine/settings_table.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <set>

namespace bonafide::engine {
namespace {

using Texts = std::vector<std::string>;

/// The row of this name, which exists.
const Setting& row(std::string_view name) {
    const Setting* setting = find_setting(name);
    if (setting == nullptr) throw std::logic_error(fmt::format("no row {}", name));
    return *setting;
}

std::string error_of(std::string_view name, const RawValue& value) {
    Settings settings;
    const auto assigned = assign(row(name), value, settings);
    return assigned ? "" : assigned.error().text;
}

TEST(SettingsTable, NamesAreUniqueAndDocumented) {
    std::set<std::string> names;
    for (const Setting& setting : settings_table()) {
        EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
        EXPECT_FALSE(setting.help.empty()) << setting.name;
        EXPECT_TRUE(setting.help.ends_with('.')) << setting.name;
        EXPECT_FALSE(setting.since.empty()) << setting.name;
        EXPECT_LE(setting.range.least, setting.range.most) << setting.name;
        EXPECT_LE(std::ranges::count(setting.name, '.'), 1) << setting.name;
    }
}

TEST(SettingsTable, HoldsEveryLimit) {
    for (const LimitRow& limit : limit_rows())
        EXPECT_NE(find_setting(fmt::format("limits.{}", limit.name)), nullptr) << limit.name;
}

TEST(SettingsTable, DefaultsLieWithinTheirRows) {
    const Settings defaults;
    for (const Setting& setting : settings_table()) {
        const std::string text = to_toml(setting, defaults);
        RawValue value = false;
        if (setting.kind == Kind::boolean) {
            value = text == "true";
        } else if (setting.kind == Kind::count) {
            value = std::int64_t{std::stoll(text)};
        } else if (text.front() == '"') {
            value = text.substr(1, text.size() - 2); // no default needs an escape
        } else {
            continue; // lists: the round trip of the whole file covers them (cli/config_test.cpp)
        }
        Settings settings;
        const auto assigned = assign(setting, value, settings);
        EXPECT_TRUE(assigned) << setting.name << " " << text << ": " << (assigned ? "" : assigned.error().text);
    }
}

TEST(SettingsTable, DifferencesNamesWhatChanged) {
    Settings before;
    Settings after;
    EXPECT_TRUE(differences(before, after).empty());
    after.server.threads = 3;
    after.dns.timeout = std::chrono::milliseconds(1);
    after.limits.spf_lookups = 11;
    EXPECT_EQ(differences(before, after),
              (std::vector<std::string_view>{"server.threads", "dns.timeout", "limits.spf_lookups"}));
    EXPECT_EQ(restart_needed(before, after), (std::vector<std::string_view>{"server.threads"}));
}

TEST(SettingsTable, AFailedAssignmentChangesNothing) {
    Settings settings;
    EXPECT_FALSE(assign(row("direction.internal_networks"), Texts{"192.0.2.0/24", "nonsense"}, settings));
    EXPECT_TRUE(settings.direction.internal_networks.empty());
}

TEST(SettingsTable, CountsAtTheirBoundsAndOnePast) {
    const Setting& setting = row("server.threads");
    Settings settings;
    EXPECT_TRUE(assign(setting, setting.range.most, settings));
    EXPECT_EQ(settings.server.threads, 1024U);
    EXPECT_TRUE(assign(setting, setting.range.least, settings));
    EXPECT_EQ(settings.server.threads, 0U);
    EXPECT_EQ(error_of("server.threads", setting.range.most + 1),
              "must be a number of threads from 0 to 1024, not 1025");
    EXPECT_EQ(error_of("server.threads", setting.range.least - 1),
              "must be a number of threads from 0 to 1024, not -1");
}

TEST(SettingsTable, DurationsAtTheirBoundsAndOnePast) {
    EXPECT_EQ(error_of("dns.timeout", "10ms"), "");
    EXPECT_EQ(error_of("dns.timeout", "1m"), "");
    EXPECT_EQ(error_of("dns.timeout", "9ms"), "must be a time in quotes from \"10ms\" to \"1m\", not \"9ms\"");
    EXPECT_EQ(error_of("dns.timeout", "61s"), "must be a time in quotes from \"10ms\" to \"1m\", not \"61s\"");
    EXPECT_EQ(error_of("dns.timeout", "5"), "must be a time in quotes from \"10ms\" to \"1m\", not \"5\"");
    EXPECT_EQ(error_of("dns.timeout", std::int64_t{5}), "must be a time in quotes from \"10ms\" to \"1m\", not 5");
    EXPECT_EQ(error_of("dns.cache_most_ttl", "1500ms"),
              "must be a time in quotes, whole seconds from \"0s\" to \"7d\", not \"1500ms\"");
}

TEST(SettingsTable, AFileModeIsOctalText) {
    Settings settings;
    EXPECT_TRUE(assign(row("server.socket_mode"), "0666", settings));
    EXPECT_EQ(settings.server.socket_mode, 0666U);
    EXPECT_TRUE(assign(row("server.socket_mode"), "600", settings));
    EXPECT_EQ(settings.server.socket_mode, 0600U);
    for (const std::string wrong : {"", "66", "0888", "1777", "00666", "rw"})
        EXPECT_NE(error_of("server.socket_mode", wrong), "") << wrong;
    EXPECT_NE(error_of("server.socket_mode", std::int64_t{660}), "");
}

TEST(SettingsTable, ListsCountTheirEntries) {
    EXPECT_EQ(error_of("server.listen", Texts{}),
              "must be a list of 1 to 64 texts in quotes, [\"a\", \"b\"], not 0 of them");
    EXPECT_EQ(error_of("server.listen", Texts(64, "inet:127.0.0.1:0")), "");
    EXPECT_NE(error_of("server.listen", Texts(65, "inet:127.0.0.1:0")), "");
}

struct TextCase {
    std::string_view setting;
    std::string_view text;
    bool good;
};

class TextCheck : public testing::TestWithParam<TextCase> {};

TEST_P(TextCheck, JudgesAsExpected) {
    const auto& [name, text, good] = GetParam();
    const auto sound = check_entry(row(name), text);
    EXPECT_EQ(sound.has_value(), good) << name << " " << text << ": " << (sound ? "" : sound.error().text);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, TextCheck,
    testing::Values(
        TextCase{"server.listen", "inet:127.0.0.1:8899", true}, TextCase{"server.listen", "inet:localhost:0", true},
        TextCase{"server.listen", "inet:8899@127.0.0.1", true}, TextCase{"server.listen", "inet6:[::1]:8899", true},
        TextCase{"server.listen", "inet6:8899@::1", true}, TextCase{"server.listen", "unix:/run/x.sock", true},
        TextCase{"server.listen", "local:/run/x.sock", true}, TextCase{"server.listen", "", false},
        TextCase{"server.listen", "8899", false}, TextCase{"server.listen", "tcp:127.0.0.1:8899", false},
        TextCase{"server.listen", "inet:127.0.0.1", false}, TextCase{"server.listen", "inet:127.0.0.1:65536", false},
        TextCase{"server.listen", "inet:127.0.0.1:-1", false}, TextCase{"server.listen", "inet::8899", false},
        TextCase{"server.listen", "unix:relative", false}, TextCase{"dns.servers", "192.0.2.53", true},
        TextCase{"dns.servers", "2001:db8::53", true}, TextCase{"dns.servers", "192.0.2.53@5353", true},
        TextCase{"dns.servers", "192.0.2.53@0", false}, TextCase{"dns.servers", "192.0.2.53:53", false},
        TextCase{"dns.servers", "dns.example.com", false}, TextCase{"metrics.listen", "", true},
        TextCase{"metrics.listen", "127.0.0.1:8898", true}, TextCase{"metrics.listen", "[::1]:8898", true},
        TextCase{"metrics.listen", "::1:8898", false}, TextCase{"metrics.listen", "[127.0.0.1]:8898", false},
        TextCase{"metrics.listen", "8898", false}, TextCase{"metrics.listen", "127.0.0.1:99999", false},
        TextCase{"identity.authserv_id", "", true}, TextCase{"identity.authserv_id", "mx.example.com", true},
        TextCase{"identity.results_field", "X-Bonafide-Results", true},
        TextCase{"identity.results_field", "authentication-results", true},
        TextCase{"identity.results_field", "", false}, TextCase{"identity.results_field", "From", false},
        TextCase{"identity.results_field", "x-bonafide-junk", false},
        TextCase{"identity.authserv_id", "mx example", false}, TextCase{"identity.authserv_id", "a;b", false},
        TextCase{"identity.authserv_id", "a\r\nb", false}, TextCase{"log.target", "stderr", true},
        TextCase{"log.target", "journald", true}, TextCase{"log.target", "/var/log/x", true},
        TextCase{"log.target", "syslog", false}, TextCase{"log.target", "", false},
        TextCase{"server.pid_file", "", true}, TextCase{"server.pid_file", "/run/x.pid", true},
        TextCase{"server.pid_file", "x.pid", false}, TextCase{"server.pid_file", std::string_view("/a\0b", 4), false},
        TextCase{"direction.internal_networks", "192.0.2.0/24", true},
        TextCase{"direction.internal_networks", "2001:db8::/32", true},
        TextCase{"direction.internal_networks", "192.0.2.0/33", false},
        TextCase{"direction.submission_daemons", "submission", true},
        TextCase{"direction.submission_daemons", "", false}, TextCase{"direction.submission_daemons", "a b", false},
        TextCase{"greylist.reply", "451 4.7.1 again in {greylist.wait} s", true},
        TextCase{"greylist.reply", "421 4.7.1 again", false}, TextCase{"greylist.reply", "550 5.7.1 no", false},
        TextCase{"rules.defer_reply", "451 4.7.1 again in {greylist.wait} s", false},
        TextCase{"rules.defer_reply", "421 4.7.1 later", false}, TextCase{"rules.block_reply", "521 5.7.1 no", false},
        TextCase{"spf.reject_reply", "550 5.07.23 no", false}, TextCase{"dmarc.several_authors_reply", "", true},
        TextCase{"dmarc.several_authors_reply", "550 5.7.1 whose is it, {from}?", true},
        TextCase{"spoof.blocked_pair_reply", "", true}, TextCase{"spoof.blocked_pair_reply", "450 4.7.1 no", false},
        TextCase{"notify.smtp", "", true}, TextCase{"notify.smtp", "127.0.0.1:25", true},
        TextCase{"notify.smtp", "[::1]:65535", true}, TextCase{"notify.smtp", "127.0.0.1:0", false},
        TextCase{"notify.smtp", "localhost:25", false}, TextCase{"notify.smtp", "127.0.0.1", false},
        TextCase{"notify.from", "", true}, TextCase{"notify.from", "bonafide@mx.example", true},
        TextCase{"notify.from", "bonafide", false}, TextCase{"notify.from", "Ann <ann@mx.example>", false}));

TEST(SettingsTable, ANameOfAFieldAtItsLengthAndOnePast) {
    EXPECT_EQ(error_of("identity.results_field", "X-" + std::string(74, 'a')), "");
    EXPECT_NE(error_of("identity.results_field", "X-" + std::string(75, 'a')), "");
}

TEST(SettingsTable, AUnixPathAtTheLengthTheSystemAllowsAndOnePast) {
    const std::string longest = "unix:/" + std::string(106, 'x');
    EXPECT_TRUE(check_entry(row("server.listen"), longest));
    EXPECT_FALSE(check_entry(row("server.listen"), longest + "x"));
}

} // namespace
} // namespace bonafide::engine
