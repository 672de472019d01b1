// `import opendmarc`: the keywords of opendmarc.conf(5), version 1.4, and what becomes of each.
#include "base/ascii.hpp"
#include "cli/moving.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::cli::moving {
namespace {

constexpr std::string_view of_the_process = "systemd and the settings of [server] and [log] do that here";
constexpr std::string_view of_reports = "failure reports are not sent in this version";
constexpr std::string_view of_history = "the ledger (ledger.*) keeps every message's verdict; their file is not read";
constexpr std::string_view of_log = "log.target = \"journald\" or a file";

struct Keyword {
    std::string_view name;
    void (*take)(Conversion&, const Theirs&); ///< null: left out
    std::string_view why = {};
};

void take_authserv_id(Conversion& conversion, const Theirs& t) {
    if (!ascii::iequals(t.value, "HOSTNAME")) conversion.set("identity.authserv_id", t.value, t);
}

/// Upstream results are those of OpenDKIM and policyd-spf on the same host; Bonafide looks for itself.
void take_trusted_ids(Conversion& conversion, const Theirs& t) {
    for (const std::string& id : split_list(t.value))
        if (!ascii::iequals(id, "HOSTNAME"))
            conversion.leave(
                {t.name, id, t.file, t.line},
                "SPF and DKIM are checked here, whoever did before; of a gateway of yours name the address "
                "in identity.trusted_hosts or direction.relays");
}

void take_flag(Conversion& conversion, const Theirs& t, std::string_view setting, std::string_view yes) {
    const auto flag = parse_flag(t.value);
    if (!flag) return conversion.leave(t, "is neither true nor false");
    if (*flag) conversion.set(setting, std::string(yes), t);
}

void take_reject(Conversion& conversion, const Theirs& t) {
    take_flag(conversion, t, "mode", "enforce");
    take_flag(conversion, t, "dmarc.reject", "always");
}

void take_hold(Conversion& conversion, const Theirs& t) { take_flag(conversion, t, "dmarc.quarantine_as", "hold"); }
void take_multi_from(Conversion& conversion, const Theirs& t) {
    take_flag(conversion, t, "dmarc.several_authors", "refuse");
}

void take_reject_string(Conversion& conversion, const Theirs& t) {
    std::string text = t.value;
    if (const std::size_t at = text.find("%s"); at != std::string::npos) text.replace(at, 2, "{from.domain}");
    conversion.set("dmarc.reject_reply", "550 5.7.1 " + text, t);
}

/// Whose connections are not looked at. "Not judged" is the nearest that does not make strangers our own.
void take_hosts(Conversion& conversion, const Theirs& t) {
    const auto rows = conversion.read_rows(t.value);
    if (!rows) return;
    std::vector<HostEntry> entries;
    for (const Row& row : *rows) entries.push_back({row.key, {t.name, {}, row.file, row.line}});
    add_hosts(conversion, "lists.networks", entries);
}

void take_list_file(Conversion& conversion, const Theirs& t) {
    if (const auto rows = conversion.read_rows(t.value))
        for (const Row& row : *rows) conversion.add("lists.sealers", row.key, {t.name, {}, row.file, row.line});
}
void take_sealers(Conversion& conversion, const Theirs& t) {
    for (const std::string& domain : split_list(t.value)) conversion.add("lists.sealers", domain, t);
}

void take_public_suffixes(Conversion& conversion, const Theirs& t) {
    if (!t.value.starts_with("/usr/share/publicsuffix/")) conversion.set_file("dmarc.public_suffix_list", t);
}

void take_dns_timeout(Conversion& conversion, const Theirs& t) {
    if (!ascii::parse_decimal(t.value)) return conversion.leave(t, "is no number of seconds");
    conversion.set("dns.timeout", t.value + "s", t);
}

void take_socket(Conversion& conversion, const Theirs& t) {
    const std::string address = listen_address(t.value);
    conversion.leave(t, address.empty() ? "is no address of a milter"
                                        : fmt::format("theirs as long as both run; then server.listen = [\"{}\"] can "
                                                      "take its place, or smtpd_milters names ours",
                                                      address));
}

void take_authenticated(Conversion& conversion, const Theirs& t) {
    if (!parse_flag(t.value).value_or(false))
        conversion.leave(t, "mail of authenticated users is never judged by DMARC");
}

void take_self_validate(Conversion& conversion, const Theirs& t) {
    if (!parse_flag(t.value).value_or(false))
        conversion.leave(t, "SPF is always checked here; spf.enabled = false ends that");
}

constexpr auto keywords = std::to_array<Keyword>({
    {"AuthservID", take_authserv_id},
    {"AuthservIDWithJobID", nullptr, "the authserv-id stands by itself; X-Bonafide-Id names the message"},
    {"AutoRestart", nullptr, of_the_process},
    {"AutoRestartCount", nullptr, of_the_process},
    {"AutoRestartRate", nullptr, of_the_process},
    {"Background", nullptr, of_the_process},
    {"BaseDirectory", nullptr, of_the_process},
    {"ChangeRootDirectory", nullptr, of_the_process},
    {"CopyFailuresTo", nullptr,
     "a [[rule]] with dmarc.result is fail and the action notify sends a message about such mail"},
    {"DNSTimeout", take_dns_timeout},
    {"DomainWhitelist", take_sealers},
    {"DomainWhitelistFile", take_list_file},
    {"DomainWhitelistSize", nullptr, "lists have no size to set"},
    {"EnableCoredumps", nullptr, of_the_process},
    {"FailureReports", nullptr, of_reports},
    {"FailureReportsBcc", nullptr, of_reports},
    {"FailureReportsOnNone", nullptr, of_reports},
    {"FailureReportsSentBy", nullptr, of_reports},
    {"HistoryFile", nullptr, of_history},
    {"HoldQuarantinedMessages", take_hold},
    {"IgnoreAuthenticatedClients", take_authenticated},
    {"IgnoreHosts", take_hosts},
    {"IgnoreMailFrom", nullptr,
     "who a message says to be from exempts it from nothing; lists.allow lets proven senders through"},
    {"IgnoreMailTo", nullptr,
     "only kept such mail out of their history; rules.monitor_recipients exempts recipients from being refused mail"},
    {"MilterDebug", nullptr, "log.level = \"debug\""},
    {"PidFile", nullptr, of_the_process},
    {"PublicSuffixList", take_public_suffixes},
    {"RecordAllMessages", nullptr, of_history},
    {"RejectFailures", take_reject},
    {"RejectMultiValueFrom", take_multi_from},
    {"RejectString", take_reject_string},
    {"ReportCommand", nullptr, of_reports},
    {"RequiredHeaders", nullptr, "a [[rule]] can refuse such mail: when = \"from.cause is not ok\" (docs/rules.md)"},
    {"Socket", take_socket},
    {"SoftwareHeader", nullptr, "no field names the software"},
    {"SPFIgnoreResults", nullptr, "results of others are never taken for SPF"},
    {"SPFSelfValidate", take_self_validate},
    {"Syslog", nullptr, of_log},
    {"SyslogFacility", nullptr, of_log},
    {"SyslogName", nullptr, of_log},
    {"TemporaryDirectory", nullptr, "no temporary files are made"},
    {"TrustedAuthservIDs", take_trusted_ids},
    {"UMask", nullptr, "server.socket_mode is the mode of a unix socket"},
    {"UserID", nullptr, of_the_process},
});

} // namespace

void convert_opendmarc(Conversion& conversion, std::string_view text, const std::string& path) {
    bool any_known = false, any_hosts = false;
    for (const Theirs& theirs : read_settings(text, path, Assignment::blank)) {
        const auto row =
            std::ranges::find_if(keywords, [&](const Keyword& k) { return ascii::iequals(k.name, theirs.name); });
        any_known = any_known || row != keywords.end();
        any_hosts = any_hosts || (row != keywords.end() && row->take == take_hosts);
        if (row == keywords.end())
            conversion.leave(theirs, "no setting of OpenDMARC 1.4 is called so");
        else if (row->take == nullptr)
            conversion.leave(theirs, std::string(row->why));
        else if (theirs.value.empty())
            conversion.leave(theirs, "has no value");
        else
            row->take(conversion, theirs);
    }
    if (!any_known) return conversion.refuse(path, "is no OpenDMARC configuration: it has no setting of OpenDMARC's");
    if (!any_hosts) conversion.add("lists.networks", "127.0.0.1", {"IgnoreHosts, by default", {}, path, 0});
}

} // namespace bonafide::cli::moving
