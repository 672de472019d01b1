// What a configuration means on this machine: each finding, and what lies just beside it.
#include "base/test_folder.hpp"
#include "engine/settings_audit.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <gtest/gtest.h>

namespace bonafide::engine {
namespace {

using Texts = std::vector<std::string>;

class SettingsAudit : public testing::Test {
  protected:
    SettingsAudit() { settings.dns.zone = write("zone", "a.example. 60 A 192.0.2.1\n"); }

    std::string write(std::string_view name, std::string_view text) const { return own.write(name, text); }
    [[nodiscard]] std::string in_folder(std::string_view name) const { return own.at(name); }

    /// "error server.listen 1: text" a line each; the warning that a zone file answers, which every test here has, is left out.
    std::string findings() const {
        Texts lines;
        for (const Finding& finding : audit(settings)) {
            if (finding.setting == "dns.zone" && finding.severity == Finding::Severity::warning) continue;
            lines.push_back(fmt::format(
                "{} {}{}: {}", finding.severity == Finding::Severity::error ? "error" : "warning", finding.setting,
                finding.entry == Finding::whole ? "" : fmt::format(" {}", finding.entry), finding.text));
        }
        return fmt::format("{}", fmt::join(lines, "\n"));
    }
    std::string listening(Texts listen) {
        settings.server.listen = std::move(listen);
        return findings();
    }

    TestFolder own;
    const std::filesystem::path& folder = own.path();
    Settings settings;
};

TEST_F(SettingsAudit, TheDefaultsWithAZoneHaveNoOther) { EXPECT_EQ(findings(), ""); }

TEST_F(SettingsAudit, AZoneIsReadAndWarnedOf) {
    const std::vector<Finding> found = audit(settings);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].text, "DNS is answered from this file alone: a trial, not for real mail");
    settings.dns.zone = in_folder("absent");
    EXPECT_TRUE(findings().starts_with("error dns.zone: ")) << findings();
    settings.dns.zone = folder.string();
    EXPECT_NE(findings().find("Is a directory"), std::string::npos) << findings();
    settings.dns.zone = write("broken", "a.example. 60 A nonsense\n");
    EXPECT_TRUE(findings().starts_with("error dns.zone: " + settings.dns.zone)) << findings();
}

TEST_F(SettingsAudit, ATrustAnchorIsReadWhereItIsUsed) {
    settings.dns.trust_anchor = in_folder("absent");
    EXPECT_EQ(findings(), ""); // a zone file knows no DNSSEC
    settings.dns.zone.clear();
    EXPECT_TRUE(findings().starts_with("error dns.trust_anchor: ")) << findings();
    settings.dns.trust_anchor = write("empty", "; nothing\n");
    EXPECT_NE(findings().find("holds no DS or DNSKEY"), std::string::npos) << findings();
    settings.dns.trust_anchor = write("anchor", ". 3600 IN DS 20326 8 2 00\n");
    EXPECT_EQ(findings(), "");
    settings.dns.trust_anchor.clear();
    EXPECT_TRUE(findings().starts_with("error dns.trust_anchor: ")) << findings();
    settings.dns.dnssec = false;
    EXPECT_EQ(findings(), "");
}

TEST_F(SettingsAudit, APublicSuffixListIsRead) {
    settings.dmarc.public_suffix_list = in_folder("absent");
    EXPECT_TRUE(findings().starts_with("error dmarc.public_suffix_list: ")) << findings();
    settings.dmarc.public_suffix_list =
        write("psl", "// ===BEGIN ICANN DOMAINS===\nuk\nco.uk\n// ===END ICANN DOMAINS===\n");
    EXPECT_EQ(findings(), "");
    settings.dmarc.public_suffix_list = write("no-psl", "root:x:0:0\n");
    EXPECT_EQ(findings(), "warning dmarc.public_suffix_list: does not know co.uk: is it a public suffix list?");
}

TEST_F(SettingsAudit, AFileThatIsWrittenHasAFolder) {
    settings.log.target = in_folder("log");
    settings.server.pid_file = in_folder("pid");
    EXPECT_EQ(findings(), "");
    settings.log.target = in_folder("absent/log");
    settings.server.pid_file = folder.string();
    EXPECT_EQ(findings(), fmt::format("error server.pid_file: {} is a folder, not a file\n"
                                      "error log.target: the folder {} does not exist",
                                      folder.string(), in_folder("absent")));
    settings.server.pid_file = settings.dns.zone + "/pid";
    settings.log.target = "journald";
    EXPECT_EQ(findings(), fmt::format("error server.pid_file: {} is no folder", settings.dns.zone));
    settings.server.pid_file =
        "/run/no-such-folder-of-bonafide/pid"; // systemd's RuntimeDirectory= comes with the start
    EXPECT_EQ(findings(), "warning server.pid_file: the folder /run/no-such-folder-of-bonafide does not exist yet: the "
                          "service manager has to make it");
}

TEST_F(SettingsAudit, ASocketHasAFolderAndNoOtherFileInItsPlace) {
    EXPECT_EQ(listening({"unix:" + in_folder("socket")}), "");
    EXPECT_EQ(listening({"inet:127.0.0.1:1", "unix:" + in_folder("absent/socket")}),
              fmt::format("error server.listen 1: the folder {} does not exist", in_folder("absent")));
    EXPECT_EQ(listening({"unix:" + settings.dns.zone}),
              fmt::format("error server.listen 0: {} is there already and is no socket", settings.dns.zone));
}

TEST_F(SettingsAudit, ListenersMayNotMeet) {
    const auto both = [&](const std::string& first, const std::string& second) {
        settings.metrics.listen.clear();
        return !listening({first, second}).empty();
    };
    EXPECT_EQ(listening({"inet:127.0.0.1:1", "inet:127.0.0.1:2", "inet:127.0.0.1:1"}),
              "error server.listen 2: \"inet:127.0.0.1:1\" stands here twice");
    EXPECT_EQ(listening({"inet:127.0.0.1:1", "inet:1@localhost"}),
              "error server.listen 1: \"inet:127.0.0.1:1\" and \"inet:1@localhost\" cannot both listen: one takes what "
              "the other wants");
    EXPECT_TRUE(both("inet6:[::1]:1", "inet6:1@0:0::1"));
    EXPECT_TRUE(both("unix:" + in_folder("a"), "local:" + in_folder("./x/../a")));
    EXPECT_FALSE(both("unix:" + in_folder("a"), "unix:" + in_folder("b")));
    EXPECT_FALSE(both("inet:127.0.0.1:0", "inet:127.0.0.1:0")); // any free port
    EXPECT_FALSE(both("inet:127.0.0.1:1", "inet6:[::1]:1"));
    EXPECT_FALSE(both("inet:127.0.0.1:1", "inet:127.0.0.2:1"));
    EXPECT_FALSE(both("inet:localhost:1", "inet6:localhost:1"));
}

TEST_F(SettingsAudit, AWildcardMeetsEveryAddressOfItsFamily) {
    const auto errors = [&](Texts listen) {
        settings.server.listen = std::move(listen);
        const auto found = audit(settings);
        return std::ranges::count(found, Finding::Severity::error, &Finding::severity);
    };
    EXPECT_EQ(errors({"inet:127.0.0.1:1", "inet:0.0.0.0:1"}), 1);
    EXPECT_EQ(errors({"inet6:[::]:1", "inet6:[::1]:1"}), 1);
    EXPECT_EQ(errors({"inet:0.0.0.0:1", "inet6:[::]:1"}), 0); // the milter's [::] leaves IPv4 alone
    settings.metrics.listen = "[::]:1";                       // the page's does not
    EXPECT_EQ(errors({"inet:127.0.0.1:1"}), 1);
    settings.metrics.listen = "0.0.0.0:1";
    EXPECT_EQ(errors({"inet6:[::1]:1"}), 0);
}

TEST_F(SettingsAudit, TheMetricsPageHasAPortOfItsOwn) {
    settings.metrics.listen = "127.0.0.1:8899";
    EXPECT_EQ(findings(),
              "error metrics.listen: \"127.0.0.1:8899\" is taken by server.listen (\"inet:127.0.0.1:8899\")");
    settings.metrics.listen = "[::ffff:127.0.0.1]:8899";
    EXPECT_TRUE(findings().starts_with("error metrics.listen: ")) << findings();
    settings.metrics.listen.clear();
    EXPECT_EQ(findings(), "");
}

TEST_F(SettingsAudit, WhatOtherHostsReachIsWarnedOf) {
    settings.metrics.listen = "192.0.2.1:8898";
    EXPECT_EQ(
        listening({"inet:127.0.0.1:1", "inet:0.0.0.0:2"}),
        "warning server.listen 1: \"inet:0.0.0.0:2\" can be reached from other hosts unless a firewall forbids it; "
        "the milter protocol has no access control, and who speaks it can have any message judged\n"
        "warning metrics.listen: \"192.0.2.1:8898\" can be reached from other hosts unless a firewall forbids it; "
        "the page has no access control and tells about your mail");
    settings.metrics.listen = "127.8.8.8:8898";
    EXPECT_EQ(listening({"inet:127.0.0.9:1", "inet6:[::1]:1", "inet:localhost:2"}), "");
    EXPECT_TRUE(listening({"inet:filter.example.com:1"}).starts_with("warning server.listen 0: "));
}

TEST_F(SettingsAudit, ASocketForEverybodyIsWarnedOf) {
    settings.server.socket_mode = 0666;
    EXPECT_EQ(findings(), ""); // no unix socket
    EXPECT_EQ(listening({"unix:" + in_folder("socket")}),
              "warning server.socket_mode: \"0666\" lets every user of this host speak to the filter; \"0660\" and the "
              "MTA's group do");
    settings.server.socket_mode = 0664;
    EXPECT_EQ(findings(), "");
}

TEST_F(SettingsAudit, EveryAddressAsInternalIsWarnedOf) {
    settings.direction.internal_networks = {*ip::Prefix::parse("192.0.2.0/24"), *ip::Prefix::parse("::/0")};
    EXPECT_EQ(findings(),
              "warning direction.internal_networks 1: ::/0 is every address: no mail over IPv6 is verified");
    settings.direction.internal_networks = {*ip::Prefix::parse("0.0.0.0/1")};
    EXPECT_EQ(findings(), "");
}

TEST_F(SettingsAudit, AListenerThatNoParserJudgedIsAnError) {
    EXPECT_EQ(listening({"8899"}),
              "error server.listen 0: \"8899\" is no milter address: it starts with inet:, inet6: or unix:");
}

TEST_F(SettingsAudit, SourcesOfSendersAreRead) {
    settings.recipients.senders = write("senders", "* safe contoso.com\n* maybe contoso.com\n");
    EXPECT_EQ(findings(),
              "error recipients.senders: " + in_folder("senders") + ", line 2: \"maybe\" is neither safe nor blocked");
    settings.recipients.senders = write("senders", "* safe contoso.com\n");
    settings.recipients.sqlite = write("db", std::string(5000, 'x'));
    EXPECT_EQ(findings(), "error recipients.sqlite: " + in_folder("db") + ": it is no SQLite database");
    settings.recipients.sqlite.clear();
    settings.recipients.sieve = in_folder("absent/{domain}/{user}");
    EXPECT_EQ(findings(), "error recipients.sieve: " + in_folder("absent") + ": No such file or directory");
    std::filesystem::create_directories(in_folder("mail/ours.example"));
    write("mail/ours.example/rita", "keep");
    settings.recipients.sieve = in_folder("mail/{domain}/{user}");
    EXPECT_TRUE(findings().starts_with("warning recipients.sieve: 1 of 1 cannot be read")) << findings();
}

TEST_F(SettingsAudit, NamesInFindingsAreEscaped) {
    settings.log.target = in_folder("a\x1b[31m/log");
    EXPECT_EQ(findings().find('\x1b'), std::string::npos);
}

TEST_F(SettingsAudit, NoticesThatNobodyGetsOrOthersCanRead) {
    policy::RuleSource rule;
    rule.name = {"spoof", {}};
    rule.then = {{"log", {}}, {" notify ann@ours.example", {}}};
    settings.rules.list = {rule};
    EXPECT_EQ(findings(), "");
    settings.notify.smtp = "";
    EXPECT_EQ(findings(), "warning notify.smtp: is empty: the rule \"spoof\" notifies nobody");
    settings.rules.list[0].then.pop_back();
    EXPECT_EQ(findings(), "");
    settings.notify.smtp = "192.0.2.25:25";
    EXPECT_EQ(findings(),
              "warning notify.smtp: \"192.0.2.25:25\" is another host: what it is sent, senders and subjects "
              "of mail among it, goes there in clear text");
    settings.notify.smtp = "[::1]:25";
    EXPECT_EQ(findings(), "");
}

TEST_F(SettingsAudit, ListenersThatAreNamedAreThere) {
    settings.server.listen = {"inet:127.0.0.1:8899", "inet:127.0.0.1:8900"};
    settings.rules.enforce_listeners = {"inet:127.0.0.1:8899"};
    settings.rules.monitor_listeners = {"inet:127.0.0.1:8900"};
    settings.failure.listeners = {"inet:127.0.0.1:8899 dns tempfail", "inet:127.0.0.1:8899 * accept",
                                  "inet:127.0.0.1:8900 dns accept"};
    EXPECT_EQ(findings(), "");
    settings.rules.enforce_listeners.emplace_back("inet:127.0.0.1:8898");
    EXPECT_EQ(findings(),
              "warning rules.enforce_listeners 1: \"inet:127.0.0.1:8898\" is no entry of server.listen, so it "
              "says nothing; did you mean \"inet:127.0.0.1:8899\"?");
    settings.rules.enforce_listeners.clear();
    settings.rules.monitor_listeners = {"unix:/x"};
    EXPECT_EQ(findings(),
              "warning rules.monitor_listeners 0: \"unix:/x\" is no entry of server.listen, so it says nothing");
    settings.rules.monitor_listeners.clear();
    settings.failure.listeners = {"nowhere dns accept"};
    EXPECT_EQ(findings(), "warning failure.listeners 0: \"nowhere\" is no entry of server.listen, so it says nothing");
}

TEST_F(SettingsAudit, AListenerIsNotInBothModesNorFailsTwoWays) {
    settings.server.listen = {"inet:127.0.0.1:8899"};
    settings.rules.enforce_listeners = settings.rules.monitor_listeners = settings.server.listen;
    EXPECT_EQ(findings(),
              "error rules.monitor_listeners 0: \"inet:127.0.0.1:8899\" stands in rules.enforce_listeners too");
    settings.rules.monitor_listeners.clear();
    settings.failure.listeners = {"inet:127.0.0.1:8899 dns tempfail", "inet:127.0.0.1:8899  dns accept"};
    EXPECT_EQ(findings(),
              "error failure.listeners 1: \"inet:127.0.0.1:8899  dns accept\" contradicts an entry before it");
}

TEST_F(SettingsAudit, SigningNeedsKeysTablesAndSecretsThatCanBeRead) {
    settings.signing.keys = in_folder("keys");
    EXPECT_EQ(findings(), "");
    settings.signing.default_domain = "host.example";
    EXPECT_EQ(
        findings(),
        "warning signing.default_domain: there is no active key of host.example: \"bonafide keys new host.example\"");
    settings.signing.default_domain.clear();
    settings.signing.table = {"a.example b.example"};
    EXPECT_TRUE(findings().starts_with("warning signing.table: there is no active key of b.example")) << findings();
    settings.signing.table.clear();
    settings.signing.table_file = write("table", "nonsense\n");
    EXPECT_TRUE(findings().starts_with("error signing.table_file: ")) << findings();
    settings.signing.table_file.clear();
    settings.backscatter.action = OnBackscatter::log;
    settings.backscatter.secrets = in_folder("none");
    EXPECT_TRUE(findings().starts_with("error backscatter.secrets: ")) << findings();
    settings.backscatter.action = OnBackscatter::off;
    settings.signing.headers = {"Subject"};
    EXPECT_TRUE(findings().starts_with("error signing.headers: ")) << findings();
}

TEST_F(SettingsAudit, SealingThatSealsNothing) {
    settings.signing.keys = in_folder("keys");
    settings.sealing.recipients = {"example.org"};
    EXPECT_EQ(findings(), "warning sealing.recipients: seals nothing without sealing.domain");
    settings.sealing.recipients.clear();
    settings.sealing.listeners = {"inet:127.0.0.1:8900"};
    const std::string text = findings();
    EXPECT_NE(text.find("warning sealing.listeners 0: "), std::string::npos) << text; // not in server.listen
    EXPECT_NE(text.find("seals nothing without sealing.domain"), std::string::npos) << text;
    EXPECT_NE(text.find("seals nothing without identity.trusted_hosts"), std::string::npos) << text;
}

TEST_F(SettingsAudit, SrsWantsADomainAndSecretsAndSomebodyWhoAsks) {
    settings.srs.domain = "forwarder.example";
    EXPECT_EQ(findings(), "warning srs.secrets: is empty: without a file of secrets no address can be rewritten "
                          "(bonafide srs secret)\n"
                          "warning srs.socketmap: is empty, and so are srs.tcp_forward and srs.tcp_reverse: no mail "
                          "server can ask");
    settings.srs.socketmap = {"inet:127.0.0.1:8897"};
    EXPECT_EQ(findings(), "error srs.secrets: is empty: without a file of secrets no address can be rewritten "
                          "(bonafide srs secret)");
    settings.srs.secrets = write("secrets", "a secret of sixteen\n");
    std::filesystem::permissions(settings.srs.secrets, std::filesystem::perms(0644));
    EXPECT_TRUE(findings().starts_with("error srs.secrets: " + settings.srs.secrets)) << findings();
    std::filesystem::permissions(settings.srs.secrets, std::filesystem::perms(0600));
    EXPECT_EQ(findings(), "");
    settings.srs.domain = "";
    EXPECT_EQ(findings(), "error srs.domain: is empty: rewritten addresses need a domain of this server");
}

TEST_F(SettingsAudit, SrsListensWhereNobodyElseDoes) {
    settings.srs.domain = "forwarder.example";
    settings.srs.secrets = write("secrets", "a secret of sixteen\n");
    std::filesystem::permissions(settings.srs.secrets, std::filesystem::perms(0600));
    settings.server.listen = {"inet:127.0.0.1:8899"};
    settings.srs.socketmap = {"inet:127.0.0.1:8899"};
    EXPECT_EQ(findings(),
              "error srs.socketmap 0: \"inet:127.0.0.1:8899\" is taken by server.listen (\"inet:127.0.0.1:8899\")");
    settings.srs.socketmap = {"inet:127.0.0.1:8897", "inet:127.0.0.1:8896"};
    settings.srs.tcp_forward = {"inet:localhost:8896"};
    settings.srs.tcp_reverse = {"inet:127.0.0.1:8898"};
    EXPECT_EQ(findings(), "error srs.tcp_forward 0: \"inet:localhost:8896\" is taken by srs.socketmap "
                          "(\"inet:127.0.0.1:8896\")\n"
                          "error metrics.listen: \"127.0.0.1:8898\" is taken by srs.tcp_reverse "
                          "(\"inet:127.0.0.1:8898\")");
    settings.srs.tcp_forward = {};
    settings.srs.tcp_reverse = {"unix:" + in_folder("none/socket"), "inet:0.0.0.0:8895"};
    EXPECT_EQ(findings(),
              "error srs.tcp_reverse 0: the folder " + in_folder("none") +
                  " does not exist\n"
                  "warning srs.tcp_reverse 1: \"inet:0.0.0.0:8895\" can be reached from other hosts unless a "
                  "firewall forbids it; the protocol has no access control, and who speaks it can have any "
                  "address signed");
}

} // namespace
} // namespace bonafide::engine
