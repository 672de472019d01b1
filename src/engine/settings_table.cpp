// The rows. What a row's value may be is settings_check.cpp's matter, how it is read and printed settings_value.cpp's.
#include "engine/settings_table.hpp"

#include "engine/settings_check.hpp"
#include "engine/settings_rows.hpp"
#include "verdict/json_read.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::engine {
namespace {

void add_mode(std::vector<Setting>& rows) {
    rows.push_back({.name = "mode",
                    .kind = Kind::choice,
                    .access = choice<+[](Settings& s) -> Mode& { return s.mode; }>({"monitor", "enforce"}),
                    .help = "monitor stamps every message with its verdict, refuses none and logs what would have been "
                            "done; enforce does it. Rules, recipients and listeners can have modes of their own."});
}

void add_server(std::vector<Setting>& rows) {
    rows.push_back({.name = "server.listen",
                    .kind = Kind::texts,
                    .access = at<std::vector<std::string>>([](Settings& s) -> auto& { return s.server.listen; }),
                    .range = {1, 64},
                    .help = "Where MTAs reach the milter: \"inet:HOST:PORT\", \"inet6:[HOST]:PORT\" or \"unix:/path\". "
                            "Postfix's smtpd "
                            "is chrooted on Debian: a unix socket for it lies under /var/spool/postfix.",
                    .reload = Reload::restart,
                    .check = check_milter_address});
    rows.push_back({.name = "server.socket_mode",
                    .kind = Kind::file_mode,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.server.socket_mode; }),
                    .range = {0, 0777},
                    .help = "Access mode of unix sockets, in octal. The MTA's user needs write access.",
                    .reload = Reload::restart});
    rows.push_back({.name = "server.threads",
                    .kind = Kind::count,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.server.threads; }),
                    .range = {0, 1024},
                    .unit = "threads",
                    .help = "Worker threads; 0 is one per core.",
                    .reload = Reload::restart});
    rows.push_back({.name = "server.most_connections",
                    .kind = Kind::count,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.server.most_connections; }),
                    .range = {1, 1000000},
                    .unit = "connections",
                    .help = "Connections at a time. One more is closed at once; the MTA then does what its "
                            "milter_default_action says.",
                    .reload = Reload::restart});
    rows.push_back(
        {.name = "server.idle_timeout",
         .kind = Kind::duration,
         .access = at<milliseconds>([](Settings& s) -> auto& { return s.server.idle_timeout; }),
         .range = {second, 24 * hour},
         .help = "A connection without a byte from the MTA is closed after this time. Keep it above the MTA's own SMTP "
                 "time-outs (Postfix: smtpd_timeout, 300 s).",
         .reload = Reload::restart});
    rows.push_back({.name = "server.handshake_timeout",
                    .kind = Kind::duration,
                    .access = at<milliseconds>([](Settings& s) -> auto& { return s.server.handshake_timeout; }),
                    .range = {100, hour},
                    .help = "From connect to the first complete command.",
                    .reload = Reload::restart});
    rows.push_back(
        {.name = "server.drain_timeout",
         .kind = Kind::duration,
         .access = at<milliseconds>([](Settings& s) -> auto& { return s.server.drain_timeout; }),
         .range = {0, hour},
         .help =
             "How long messages under way may finish after SIGTERM. The systemd unit's TimeoutStopSec must be longer.",
         .reload = Reload::live});
    rows.push_back(
        {.name = "server.on_failure",
         .kind = Kind::choice,
         .access = choice<+[](Settings& s) -> OnFailure& { return s.server.on_failure; }>({"accept", "tempfail"}),
         .help =
             "What a message gets when Bonafide itself fails: accept lets it pass with X-Bonafide-Unchecked, tempfail "
             "has the sender try again later."});
    rows.push_back({.name = "server.pid_file",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.server.pid_file; }),
                    .help = "Absolute path of a file that gets the process id; empty: none.",
                    .reload = Reload::restart,
                    .check = check_path_or_empty});
}

void add_identity(std::vector<Setting>& rows) {
    rows.push_back({.name = "identity.authserv_id",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.identity.authserv_id; }),
                    .help = "Our name in Authentication-Results (RFC 8601 2.5); empty: the host name. Incoming fields "
                            "that bear it are "
                            "forged and removed.",
                    .check = check_authserv_id});
    rows.push_back({.name = "identity.also_ours",
                    .kind = Kind::texts,
                    .access = at<std::vector<std::string>>([](Settings& s) -> auto& { return s.identity.also_ours; }),
                    .range = {0, 1000},
                    .help = "Further authserv-ids whose incoming Authentication-Results fields are removed.",
                    .check = check_authserv_id});
    rows.push_back(
        {.name = "identity.trusted_hosts",
         .kind = Kind::networks,
         .access = at<std::vector<ip::Prefix>>([](Settings& s) -> auto& { return s.identity.trusted_hosts; }),
         .range = {0, 10000},
         .help = "Hosts of yours whose Authentication-Results fields in our name are kept: a filter or gateway before "
                 "this one that verified the mail and stamped it. From everybody else such fields are forged."});
    rows.push_back({.name = "identity.results_field",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.identity.results_field; }),
                    .help = "Where results are stamped. Another name, X-Bonafide-Results say, lets Bonafide run beside "
                            "the filters that it will follow (docs/moving-in.md): fields of that name are forged on "
                            "arrival, Authentication-Results are then theirs and stay.",
                    .check = check_results_field});
    rows.push_back(
        {.name = "direction.relays",
         .kind = Kind::networks,
         .access = at<std::vector<ip::Prefix>>([](Settings& s) -> auto& { return s.direction.relays; }),
         .range = {0, 10000},
         .help =
             "Mail servers of yours that hand inbound mail on to this one: a gateway, a backup MX, a scanner. Their "
             "Received fields are believed, and SPF and reverse DNS are checked for the client that handed the mail "
             "to the outermost of them. A scanner that does not write the client into Received cannot be seen "
             "through. Goes before direction.internal_networks."});
    rows.push_back(
        {.name = "direction.internal_networks",
         .kind = Kind::networks,
         .access = at<std::vector<ip::Prefix>>([](Settings& s) -> auto& { return s.direction.internal_networks; }),
         .range = {0, 10000},
         .help = "Networks whose mail is our own and is not verified. None by default: private address ranges are not "
                 "trusted unless listed."});
    rows.push_back(
        {.name = "direction.submission_daemons",
         .kind = Kind::texts,
         .access = at<std::vector<std::string>>([](Settings& s) -> auto& { return s.direction.submission_daemons; }),
         .range = {0, 1000},
         .help = "Values of the milter macro {daemon_name} whose mail comes from our users. Mail of an authenticated "
                 "sender counts as submitted whatever the daemon.",
         .check = check_word});
}

void add_dns(std::vector<Setting>& rows) {
    rows.push_back(
        {.name = "dns.servers",
         .kind = Kind::texts,
         .access = at<std::vector<std::string>>([](Settings& s) -> auto& { return s.dns.servers; }),
         .range = {0, 16},
         .help =
             "Recursive servers: \"192.0.2.53\", \"2001:db8::53\", \"192.0.2.53@5353\"; empty: those of the system.",
         .check = check_dns_server});
    rows.push_back({.name = "dns.timeout",
                    .kind = Kind::duration,
                    .access = at<milliseconds>([](Settings& s) -> auto& { return s.dns.timeout; }),
                    .range = {10, minute},
                    .help = "For one question."});
    rows.push_back({.name = "dns.message_timeout",
                    .kind = Kind::duration,
                    .access = at<milliseconds>([](Settings& s) -> auto& { return s.dns.message_timeout; }),
                    .range = {second, 100 * second},
                    .help = "For all DNS of one message together (SPF, DKIM keys, DMARC; reverse DNS has the same from "
                            "the connect on): how long it may wait for answers. After that every question without an "
                            "answer counts as timed out, and the checks that needed it end in temporary errors. Four "
                            "fifths may pass before the header is known: RFC 7208 4.6.4 wants at least 20s for SPF."});
    rows.push_back({.name = "dns.cache_entries",
                    .kind = Kind::count,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.dns.cache_entries; }),
                    .range = {0, 100000000},
                    .unit = "answers",
                    .help = "Answers kept, over all threads; 0 keeps none.",
                    .reload = Reload::restart});
    rows.push_back({.name = "dns.cache_most_ttl",
                    .kind = Kind::seconds,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.dns.cache_most_ttl; }),
                    .range = {0, 7 * day_in_seconds},
                    .help = "An answer is kept for its TTL, but never longer than this.",
                    .reload = Reload::restart});
    rows.push_back({.name = "dns.cache_negative_ttl",
                    .kind = Kind::seconds,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.dns.cache_negative_ttl; }),
                    .range = {0, day_in_seconds},
                    .help = "\"No such name\" and \"no such record\" are never kept longer than this.",
                    .reload = Reload::restart});
    rows.push_back({.name = "dns.dnssec",
                    .kind = Kind::boolean,
                    .access = at<bool>([](Settings& s) -> auto& { return s.dns.dnssec; }),
                    .help = "Validate DNSSEC when the servers pass signatures on."});
    rows.push_back({.name = "dns.trust_anchor",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.dns.trust_anchor; }),
                    .help = "File of the root's DNSSEC keys (Debian: package dns-root-data).",
                    .check = check_path_or_empty});
    rows.push_back({.name = "dns.zone",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.dns.zone; }),
                    .help = "Answer from this zone file only, for trials without a network; empty: off."});
}

void add_protocols(std::vector<Setting>& rows) {
    rows.push_back({.name = "spf.enabled",
                    .kind = Kind::boolean,
                    .access = at<bool>([](Settings& s) -> auto& { return s.spf.enabled; }),
                    .help = "Check SPF."});
    rows.push_back({.name = "spf.explanation",
                    .kind = Kind::boolean,
                    .access = at<bool>([](Settings& s) -> auto& { return s.spf.explanation; }),
                    .help = "On fail, look up the domain's own explanation (exp=)."});
    rows.push_back(
        {.name = "spf.received_spf",
         .kind = Kind::boolean,
         .access = at<bool>([](Settings& s) -> auto& { return s.spf.received_spf; }),
         .help = "Stamp a Received-SPF field too (RFC 7208 9.1), for filters behind this one that read nothing else."});
    rows.push_back({.name = "dkim.clock_skew",
                    .kind = Kind::duration,
                    .access = at<milliseconds>([](Settings& s) -> auto& { return s.dkim.clock_skew; }),
                    .range = {0, 24 * hour},
                    .help = "How far a signer's clock may be from ours before x= and t= count."});
    rows.push_back(
        {.name = "dkim.testing_supports_dmarc",
         .kind = Kind::boolean,
         .access = at<bool>([](Settings& s) -> auto& { return s.dkim.testing_supports_dmarc; }),
         .help = "A passing signature whose key says t=y (testing) counts for DMARC, as in field practice."});
    rows.push_back(
        {.name = "dkim.partial_body_supports_dmarc",
         .kind = Kind::boolean,
         .access = at<bool>([](Settings& s) -> auto& { return s.dkim.partial_body_supports_dmarc; }),
         .help =
             "A signature whose l= leaves part of the body unsigned counts for DMARC. Anyone can append text to such a "
             "message."});
    rows.push_back(
        {.name = "dmarc.discovery",
         .kind = Kind::choice,
         .access = choice<+[](Settings& s) -> dmarc::Discovery& { return s.dmarc.discovery; }>({"treewalk", "psl"}),
         .help = "How the Organizational Domain is found: by the DNS tree walk of RFC 9989, or by the public suffix "
                 "list as "
                 "in RFC 7489."});
    rows.push_back({.name = "dmarc.public_suffix_list",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.dmarc.public_suffix_list; }),
                    .help = "A list file in publicsuffix.org's format; empty: the system's (package publicsuffix).",
                    .check = check_path_or_empty});
}

void add_operations(std::vector<Setting>& rows) {
    rows.push_back({.name = "log.format",
                    .kind = Kind::choice,
                    .access = choice<+[](Settings& s) -> LogFormat& { return s.log.format; }>({"text", "json"}),
                    .help = "One line a message, either as key=value text or as a JSON object.",
                    .reload = Reload::restart});
    rows.push_back(
        {.name = "log.level",
         .kind = Kind::choice,
         .access = choice<+[](Settings& s) -> LogLevel& { return s.log.level; }>({"error", "warning", "info", "debug"}),
         .help = "The least important lines that are still written; verdicts are info.",
         .reload = Reload::live});
    rows.push_back({.name = "log.target",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.log.target; }),
                    .help = "\"stderr\", \"journald\" or the absolute path of a file, which SIGHUP reopens.",
                    .reload = Reload::restart,
                    .check = check_log_target});
    rows.push_back({.name = "metrics.listen",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.metrics.listen; }),
                    .help = "Address and port of the Prometheus page /metrics, \"127.0.0.1:8898\" or \"[::1]:8898\"; "
                            "empty: off. It has no "
                            "access control: keep it on loopback.",
                    .reload = Reload::restart,
                    .check = check_host_port_or_empty});
}

/// Bounds that a standard or a meaning sets; the other limits may be anything from 1 to a hundred times their default.
Range limit_range(std::string_view name, std::uint32_t fallback) {
    if (name == "spf_void_lookups") return {0, 1000};       // RFC 7208 4.6.4 leaves the number to the receiver
    if (name == "dkim_rsa_bits_least") return {1024, 4096}; // RFC 8301 3.2: shorter keys never verify
    if (name == "dkim_rsa_bits_most") return {4096, 16384}; // RFC 8301 3.2: up to 4096 must be verified
    if (name == "comment_depth") return {1, 1000};
    if (name == "recipients") return {1, verdict::StoredFacts::most_of_a_list}; // what the ledger reads back
    if (name == "sieve_depth") return {15, 200};                                // RFC 5228 wants 15
    if (name == "ledger_waiting_bytes") return {1 << 20, UINT32_MAX}; // one message of the largest kind must fit
    return {1, 100 * std::int64_t{fallback}};
}

std::string_view limit_unit(std::string_view name) {
    if (name.ends_with("_bytes")) return "bytes";
    return name.find("_bits_") != std::string_view::npos ? std::string_view("bits") : std::string_view{};
}

Reload limit_reload(std::string_view name) {
    if (name == "ledger_reads") return Reload::restart; // the store has it from its opening on
    if (name == "ledger_changes") return Reload::live;  // commands read it
    if (name == "notices_waiting") return Reload::live;
    return Reload::new_connections;
}

void add_limits(std::vector<Setting>& rows) {
    for (const LimitRow& limit : limit_rows())
        rows.push_back({.name = fmt::format("limits.{}", limit.name),
                        .kind = Kind::count,
                        .access = limit.value,
                        .range = limit_range(limit.name, Limits{}.*limit.value),
                        .unit = limit_unit(limit.name),
                        .help = fmt::format("Origin: {}. Past it: {}.", limit.origin, limit.outcome),
                        .reload = limit_reload(limit.name)});
}

std::string section_of(const Setting& setting) { return setting.name.substr(0, setting.name.find('.')); }

/// TOML has each section once: rows of one that different files add stand together, where the first of them does.
std::vector<Setting> grouped(std::vector<Setting> rows) {
    std::vector<std::string> sections;
    for (const Setting& setting : rows)
        if (std::ranges::find(sections, section_of(setting)) == sections.end()) sections.push_back(section_of(setting));
    std::vector<Setting> out;
    for (const std::string& section : sections)
        for (Setting& setting : rows)
            if (section_of(setting) == section) out.push_back(std::move(setting));
    return out;
}

std::vector<Setting> make_table() {
    std::vector<Setting> rows;
    add_mode(rows);
    add_server(rows);
    add_identity(rows);
    add_dns(rows);
    add_protocols(rows);
    add_judging(rows);
    add_failure(rows);
    add_rules(rows);
    add_acting(rows);
    add_recipients(rows);
    add_signing(rows);
    add_operations(rows);
    add_limits(rows);
    return grouped(std::move(rows));
}

} // namespace

std::string_view to_text(Reload reload) {
    switch (reload) {
    case Reload::live: return "at once";
    case Reload::new_connections: return "new connections";
    case Reload::restart: return "restart";
    }
    return "restart";
}

const std::vector<Setting>& settings_table() {
    static const std::vector<Setting> table = make_table();
    return table;
}

const Setting* find_setting(std::string_view name) {
    const auto& table = settings_table();
    const auto found = std::ranges::find(table, name, &Setting::name);
    return found == table.end() ? nullptr : &*found;
}

std::vector<std::string_view> restart_needed(const Settings& before, const Settings& after) {
    std::vector<std::string_view> names = differences(before, after);
    std::erase_if(names, [](std::string_view name) { return find_setting(name)->reload != Reload::restart; });
    return names;
}

} // namespace bonafide::engine
