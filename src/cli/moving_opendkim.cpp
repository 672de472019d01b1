// `import opendkim`: the keywords of opendkim.conf(5), version 2.11, and what becomes of each.
#include "base/ascii.hpp"
#include "cli/moving.hpp"
#include "cli/moving_signing_table.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <set>
#include <span>

namespace bonafide::cli::moving {
namespace {

constexpr std::string_view of_the_process = "systemd and the settings of [server] and [log] do that here";
constexpr std::string_view of_lua = "Lua scripts are not run: write a [[rule]] (docs/rules.md)";
constexpr std::string_view of_verdicts = "a signature's result alone refuses nothing here (RFC 6376 6.3), DMARC does; "
                                         "where you want it: a [[rule]] with dkim.result (docs/rules.md)";
constexpr std::string_view of_reports = "is not done in this version";
constexpr std::string_view of_ldap = "LDAP is not asked: write the table into a file (signing.table_file)";
constexpr std::string_view of_results =
    "Authentication-Results are always stamped, and forged ones in our name removed";
constexpr std::string_view needs_nothing = "is so here without a setting";
constexpr std::string_view of_debugging =
    "has no counterpart: bonafide verify --transcript keeps what a verdict rests on";
constexpr std::string_view of_vbr = "Vouch By Reference is not supported";

class OpenDkim {
  public:
    OpenDkim(Conversion& conversion, std::string path) : conversion_(conversion), path_(std::move(path)) {}

    void read_file(std::string_view text, const std::string& file, std::size_t depth) {
        files_.insert(file);
        for (const Theirs& theirs : read_settings(text, file, Assignment::blank)) {
            any_known_ = any_known_ || ascii::iequals(theirs.name, "Include");
            if (ascii::iequals(theirs.name, "Include"))
                include(theirs, depth);
            else
                take(theirs);
        }
    }
    void finish();

  private:
    using Take = void (OpenDkim::*)(const Theirs&);
    struct Keyword {
        std::string_view name;
        Take take; ///< null: left out
        std::string_view why = {};
    };
    static std::span<const Keyword> keywords();

    void include(const Theirs& theirs, std::size_t depth) {
        if (files_.contains(theirs.value)) return conversion_.leave(theirs, "that file is read already");
        if (depth >= most_include_depth)
            return conversion_.leave(theirs, fmt::format("files include files more than {} deep", most_include_depth));
        if (const auto text = conversion_.read(theirs.value)) read_file(*text, theirs.value, depth + 1);
    }
    void take(const Theirs& theirs);

    // What has to be known before anything can be made of it; the last of each counts.
    void domain(const Theirs& t) { domain_ = t; }
    void selector(const Theirs& t) { selector_ = t; }
    void key_file(const Theirs& t) { key_file_ = t; }
    void key_table(const Theirs& t) { key_table_ = t; }
    void signing_table(const Theirs& t) { signing_table_ = t; }
    void mode(const Theirs& t) { mode_ = t; }
    void sub_domains(const Theirs& t) { sub_domains_ = parse_flag(t.value).value_or(false); }
    void several_signatures(const Theirs& t) { several_ = parse_flag(t.value).value_or(false); }
    void internal_hosts(const Theirs& t) {
        internal_hosts_ = true;
        hosts("direction.internal_networks", t);
    }

    void text(std::string_view setting, const Theirs& t) { conversion_.set(setting, t.value, t); }
    void number(std::string_view setting, const Theirs& t) {
        const auto value = ascii::parse_decimal(t.value);
        if (!value) return conversion_.leave(t, "is no number");
        conversion_.set(setting, static_cast<std::int64_t>(std::min<std::uint64_t>(*value, INT64_MAX)), t);
    }
    void seconds(std::string_view setting, const Theirs& t) {
        if (!ascii::parse_decimal(t.value)) return conversion_.leave(t, "is no number of seconds");
        conversion_.set(setting, t.value + "s", t);
    }
    void hosts(std::string_view setting, const Theirs& t) {
        std::vector<HostEntry> entries;
        for (const Row& row : read_set(t)) {
            Theirs one = t;
            one.value.clear();
            if (!row.file.empty()) one = {t.name, {}, row.file, row.line};
            entries.push_back({row.key, one});
        }
        add_hosts(conversion_, setting, entries);
    }

    void peers(const Theirs& t) { hosts("lists.networks", t); }
    void ignored_senders(const Theirs& t) {
        conversion_.leave(t, "is not needed: no warning is logged of external hosts that use a domain of yours");
    }
    void authserv_id(const Theirs& t) {
        if (!ascii::iequals(t.value, "HOSTNAME")) text("identity.authserv_id", t);
    }
    void canonicalization(const Theirs& t) {
        text_value("signing.form", t, t.value.contains('/') ? t.value : t.value + "/simple");
    }
    void text_value(std::string_view setting, const Theirs& t, const std::string& value) {
        conversion_.set(setting, ascii::lower(value), t);
    }
    void sign_headers(const Theirs& t);
    void oversign(const Theirs& t);
    void lifetime(const Theirs& t) { seconds("signing.expire", t); }
    void key_bits(const Theirs& t) { number("limits.dkim_rsa_bits_least", t); }
    void header_bytes(const Theirs& t) { number("limits.header_bytes", t); }
    void most_signatures(const Theirs& t) { number("limits.dkim_signatures", t); }
    void clock_drift(const Theirs& t) { seconds("dkim.clock_skew", t); }
    void dns_timeout(const Theirs& t) { seconds("dns.timeout", t); }
    void trust_anchor(const Theirs& t) { conversion_.set_file("dns.trust_anchor", t); }
    void name_servers(const Theirs& t) {
        for (const std::string& server : split_list(t.value)) conversion_.add("dns.servers", server, t);
    }
    void mta(const Theirs& t) {
        conversion_.keep_default("direction.submission_daemons");
        for (const Row& row : read_set(t)) conversion_.add("direction.submission_daemons", row.key, t);
    }
    void macros(const Theirs& t);
    void on_internal_error(const Theirs& t) { on_failure("failure.internal", t); }
    void on_dns_error(const Theirs& t) { on_failure("failure.temperror", t); }
    void on_failure(std::string_view setting, const Theirs& t) {
        const bool accepts = ascii::iequals(t.value, "accept") || ascii::iequals(t.value, "a");
        const bool waits = ascii::iequals(t.value, "tempfail") || ascii::iequals(t.value, "t");
        if (!accepts && !waits) return conversion_.leave(t, fmt::format("{} takes accept or tempfail", setting));
        conversion_.set(setting, std::string(accepts ? "accept" : "tempfail"), t);
    }
    void on_verdict(const Theirs& t) {
        if (!ascii::iequals(t.value, "accept") && !ascii::iequals(t.value, "a"))
            conversion_.leave(t, std::string(of_verdicts));
    }
    void socket(const Theirs& t) {
        const std::string address = listen_address(t.value);
        conversion_.leave(t, address.empty()
                                 ? "is no address of a milter"
                                 : fmt::format("theirs as long as both run; then server.listen = [\"{}\"] can take its "
                                               "place, or smtpd_milters names ours",
                                               address));
    }

    std::vector<Row> read_set(const Theirs& theirs, bool pairs = false);
    void convert_keys();
    void convert_single_key();

    Conversion& conversion_;
    std::string path_; // of the first file
    std::set<std::string> files_;
    std::optional<Theirs> domain_, selector_, key_file_, key_table_, signing_table_, mode_;
    bool sub_domains_ = false, several_ = false, internal_hosts_ = false, any_known_ = false;
};

std::span<const OpenDkim::Keyword> OpenDkim::keywords() {
    using O = OpenDkim;
    static constexpr auto rows = std::to_array<Keyword>({
        {"AllowSHA1Only", nullptr, "RSA with SHA-1 counts for nothing any more (RFC 8301 3.1)"},
        {"AlwaysAddARHeader", nullptr, of_results},
        {"AuthservID", &O::authserv_id},
        {"AuthservIDWithJobID", nullptr, "the authserv-id stands by itself; X-Bonafide-Id names the message"},
        {"AutoRestart", nullptr, of_the_process},
        {"AutoRestartCount", nullptr, of_the_process},
        {"AutoRestartRate", nullptr, of_the_process},
        {"Background", nullptr, of_the_process},
        {"BaseDirectory", nullptr, of_the_process},
        {"BodyLengthDB", nullptr, "signatures with l= are not made: anybody could append to such mail"},
        {"BogusKey", nullptr, of_verdicts},
        {"Canonicalization", &O::canonicalization},
        {"CaptureUnknownErrors", nullptr, of_the_process},
        {"ChangeRootDirectory", nullptr, of_the_process},
        {"ClockDrift", &O::clock_drift},
        {"Diagnostics", nullptr, of_debugging},
        {"DiagnosticDirectory", nullptr, of_debugging},
        {"DisableCryptoInit", nullptr, of_the_process},
        {"DNSConnect", nullptr, "DNS over TCP is used where an answer needs it"},
        {"DNSTimeout", &O::dns_timeout},
        {"Domain", &O::domain},
        {"DomainKeysCompat", nullptr, "DomainKeys is not supported; its key records work"},
        {"DontSignMailTo", nullptr, "signing does not go by recipient"},
        {"EnableCoredumps", nullptr, of_the_process},
        {"ExemptDomains", nullptr,
         "who a message says to be from exempts it from nothing; lists.allow lets proven senders through"},
        {"ExternalIgnoreList", &O::ignored_senders},
        {"FinalPolicyScript", nullptr, of_lua},
        {"FixCRLF", nullptr, "line ends of LF count as CRLF"},
        {"IdentityHeader", nullptr, "i= is not set"},
        {"IdentityHeaderRemove", nullptr, "i= is not set"},
        {"IgnoreMalformedMail", nullptr, "malformed mail is judged like any other"},
        {"InternalHosts", &O::internal_hosts},
        {"KeepAuthResults", nullptr, of_results},
        {"KeepTemporaryFiles", nullptr, of_debugging},
        {"KeyFile", &O::key_file},
        {"KeyTable", &O::key_table},
        {"LDAPAuthMechanism", nullptr, of_ldap},
        {"LDAPAuthName", nullptr, of_ldap},
        {"LDAPAuthRealm", nullptr, of_ldap},
        {"LDAPAuthUser", nullptr, of_ldap},
        {"LDAPBindPassword", nullptr, of_ldap},
        {"LDAPBindUser", nullptr, of_ldap},
        {"LDAPDisableCache", nullptr, of_ldap},
        {"LDAPKeepaliveIdle", nullptr, of_ldap},
        {"LDAPKeepaliveInterval", nullptr, of_ldap},
        {"LDAPKeepaliveProbes", nullptr, of_ldap},
        {"LDAPTimeout", nullptr, of_ldap},
        {"LDAPUseTLS", nullptr, of_ldap},
        {"LogResults", nullptr, "one line a message tells every result"},
        {"LogWhy", nullptr, "one line a message tells every result and why"},
        {"MacroList", &O::macros},
        {"MaximumHeaders", &O::header_bytes},
        {"MaximumSignaturesToVerify", &O::most_signatures},
        {"MaximumSignedBytes", nullptr, "signatures with l= are not made: anybody could append to such mail"},
        {"MilterDebug", nullptr, "log.level = \"debug\""},
        {"Minimum", nullptr, "dkim.partial_body_supports_dmarc says whether signatures with l= count"},
        {"MinimumKeyBits", &O::key_bits},
        {"Mode", &O::mode},
        {"MTA", &O::mta},
        {"MTACommand", nullptr, of_reports},
        {"MultipleSignatures", &O::several_signatures},
        {"MustBeSigned", nullptr, of_verdicts},
        {"Nameservers", &O::name_servers},
        {"NoHeaderB", nullptr, "header.b is always stamped (RFC 6008)"},
        {"OmitHeaders", nullptr, "signing.headers names the fields that are signed"},
        {"On-BadSignature", &O::on_verdict},
        {"On-Default", &O::on_verdict},
        {"On-DNSError", &O::on_dns_error},
        {"On-InternalError", &O::on_internal_error},
        {"On-KeyNotFound", &O::on_verdict},
        {"On-NoSignature", &O::on_verdict},
        {"On-Security", &O::on_verdict},
        {"On-SignatureError", &O::on_verdict},
        {"OversignHeaders", &O::oversign},
        {"PeerList", &O::peers},
        {"PidFile", nullptr, of_the_process},
        {"POPDBFile", nullptr, "POP before SMTP is not known here; let users authenticate"},
        {"Quarantine", nullptr, of_verdicts},
        {"QueryCache", nullptr, "DNS answers are cached (dns.cache_entries)"},
        {"RedirectFailuresTo", nullptr, "mail is not redirected; the action quarantine of a [[rule]] holds it"},
        {"RemoveARAll", nullptr, of_results},
        {"RemoveARFrom", nullptr, "identity.also_ours names further authserv-ids whose fields go"},
        {"RemoveOldSignatures", nullptr, "signatures of others stay"},
        {"ReplaceHeaders", nullptr, "mail is signed as it is"},
        {"ReplaceRules", nullptr, "mail is signed as it is"},
        {"ReportAddress", nullptr, of_reports},
        {"ReportBccAddress", nullptr, of_reports},
        {"RequestReports", nullptr, of_reports},
        {"RequiredHeaders", nullptr, "a [[rule]] can refuse such mail (docs/rules.md)"},
        {"RequireSafeKeys", nullptr, "bonafide keys keeps its files closed to others"},
        {"ResignAll", nullptr, "mail from outside is not signed; sealing.* seals what is sent on (ARC)"},
        {"ResignMailTo", nullptr, "mail from outside is not signed; sealing.recipients seals what is sent on (ARC)"},
        {"ResolverConfiguration", nullptr, "dns.servers names servers"},
        {"ResolverTracing", nullptr, of_debugging},
        {"ScreenPolicyScript", nullptr, of_lua},
        {"SelectCanonicalizationHeader", nullptr, "signing.form holds for all mail"},
        {"Selector", &O::selector},
        {"SenderHeaders", nullptr, "the domain of From signs, which DMARC goes by"},
        {"SenderMacro", nullptr, "the domain of From signs, which DMARC goes by"},
        {"SendReports", nullptr, of_reports},
        {"SetupPolicyScript", nullptr, of_lua},
        {"SignatureAlgorithm", nullptr, "the key says which: RSA keys sign rsa-sha256, Ed25519 keys ed25519-sha256"},
        {"SignatureTTL", &O::lifetime},
        {"SignHeaders", &O::sign_headers},
        {"SigningTable", &O::signing_table},
        {"SMTPURI", nullptr, of_reports},
        {"Socket", &O::socket},
        {"SoftStart", nullptr, of_the_process},
        {"SoftwareHeader", nullptr, "no field names the software"},
        {"Statistics", nullptr, "/metrics and the ledger have the figures"},
        {"StatisticsName", nullptr, "/metrics and the ledger have the figures"},
        {"StatisticsPolicyScript", nullptr, "/metrics and the ledger have the figures"},
        {"StatisticsPrefix", nullptr, "/metrics and the ledger have the figures"},
        {"StrictHeaders", nullptr, "a [[rule]] can refuse such mail (docs/rules.md)"},
        {"StrictTestMode", nullptr, "is for their own tests"},
        {"SubDomains", &O::sub_domains},
        {"Syslog", nullptr, "log.target = \"journald\" or a file"},
        {"SyslogFacility", nullptr, "log.target = \"journald\" or a file"},
        {"SyslogName", nullptr, "log.target = \"journald\" or a file"},
        {"SyslogSuccess", nullptr, "one line a message tells every result"},
        {"TemporaryDirectory", nullptr, "no temporary files are made"},
        {"TestDNSData", nullptr, "dns.zone answers from a zone file"},
        {"TestPublicKeys", nullptr, "dns.zone answers from a zone file"},
        {"TrustAnchorFile", &O::trust_anchor},
        {"TrustSignaturesFrom", nullptr, of_verdicts},
        {"UMask", nullptr, "server.socket_mode is the mode of a unix socket"},
        {"UnprotectedKey", nullptr, "the comment of dkim= says where DNSSEC vouches for a result"},
        {"UserID", nullptr, of_the_process},
        {"VBR-Certifiers", nullptr, of_vbr},
        {"VBR-PurgeFields", nullptr, of_vbr},
        {"VBR-TrustedCertifiers", nullptr, of_vbr},
        {"VBR-TrustedCertifiersOnly", nullptr, of_vbr},
        {"VBR-Type", nullptr, of_vbr},
        {"WeakSyntaxChecks", nullptr, needs_nothing},
    });
    return rows;
}

void OpenDkim::take(const Theirs& theirs) {
    const auto rows = keywords();
    const auto row = std::ranges::find_if(rows, [&](const Keyword& k) { return ascii::iequals(k.name, theirs.name); });
    if (row == rows.end()) return conversion_.leave(theirs, "no setting of OpenDKIM 2.11 is called so");
    any_known_ = true;
    if (row->take == nullptr) return conversion_.leave(theirs, std::string(row->why));
    if (theirs.value.empty()) return conversion_.leave(theirs, "has no value");
    (this->*row->take)(theirs);
}

/// The rows of a data set: a file, or a list on the line itself. Those of kinds that are no text are left out.
std::vector<Row> OpenDkim::read_set(const Theirs& theirs, bool pairs) {
    std::string_view where = theirs.value;
    for (const std::string_view kind : {"refile:", "file:"})
        if (ascii::istarts_with(where, kind)) {
            const auto rows = conversion_.read_rows(std::string(where.substr(kind.size())));
            return rows ? *rows : std::vector<Row>();
        }
    if (where.starts_with('/') || where.starts_with("./") || where.starts_with("../")) {
        const auto rows = conversion_.read_rows(std::string(where));
        return rows ? *rows : std::vector<Row>();
    }
    if (where.starts_with('"') || where.starts_with('\'')) {
        conversion_.leave(theirs, "quotes are a part of the value in OpenDKIM, so that it finds no table there: take "
                                  "them away and import again");
        return {};
    }
    if (ascii::istarts_with(where, "csl:")) where.remove_prefix(4);
    for (const std::string_view kind : {"bdb:", "db:", "dsn:", "erlang:", "ldap:", "ldaps:", "ldapi:", "lua:", "mdb:",
                                        "memcache:", "repute:", "socket:"})
        if (ascii::istarts_with(where, kind)) {
            conversion_.leave(theirs, fmt::format("a {} data set is not read: write its rows into a file and name that",
                                                  kind.substr(0, kind.size() - 1)));
            return {};
        }
    std::vector<Row> rows;
    for (const std::string_view part : ascii::split(where, ',')) {
        const std::string_view word = ascii::trim(part);
        const std::size_t end = pairs ? std::min(word.find('='), word.size()) : word.size();
        if (!word.empty())
            rows.push_back({std::string(ascii::trim(word.substr(0, end))),
                            std::string(ascii::trim(word.substr(std::min(end + 1, word.size())))), theirs.file,
                            theirs.line});
    }
    return rows;
}

void OpenDkim::sign_headers(const Theirs& t) {
    const auto rows = read_set(t);
    if (std::ranges::any_of(rows, [](const Row& row) {
            return row.key.starts_with('*') || row.key.starts_with('+') || row.key.starts_with('-');
        }))
        return conversion_.leave(t, "changes their own list of fields; ours signs all that people and programs act on. "
                                    "signing.headers names all fields, not changes");
    for (const Row& row : rows) conversion_.add("signing.headers", row.key, t);
}

void OpenDkim::oversign(const Theirs& t) {
    constexpr auto ours =
        std::to_array<std::string_view>({"From", "To", "Cc", "Subject", "Date", "Message-ID", "Reply-To",
                                         "MIME-Version", "Content-Type", "Content-Transfer-Encoding"});
    for (const Row& row : read_set(t))
        if (std::ranges::none_of(ours, [&](std::string_view name) { return ascii::iequals(name, row.key); }))
            conversion_.leave({t.name, row.key, t.file, t.line},
                              "which fields are signed once more than they are there is fixed: From, To, Cc, Subject, "
                              "Date, Message-ID, Reply-To and the MIME fields");
}

/// "daemon_name|ORIGINATING": our users' listeners by name.
void OpenDkim::macros(const Theirs& t) {
    for (const Row& row : read_set(t)) {
        const auto words = split_list(row.key + "|" + row.value, "|= \t{}");
        if (words.empty()) continue;
        if (!ascii::iequals(words[0], "daemon_name") || words.size() == 1) {
            if (!ascii::istarts_with(words[0], "auth_"))
                conversion_.leave({t.name, row.key, t.file, t.line},
                                  "of the macros only {daemon_name} (direction.submission_daemons) and the "
                                  "authenticated user tell our own mail");
            continue;
        }
        conversion_.keep_default("direction.submission_daemons");
        for (std::size_t i = 1; i < words.size(); ++i) conversion_.add("direction.submission_daemons", words[i], t);
    }
}

void OpenDkim::convert_single_key() {
    if (!domain_) return;
    if (!selector_ || !key_file_)
        return conversion_.leave(*domain_, "signs nothing without Selector and KeyFile (or KeyTable and SigningTable)");
    const std::string file = (key_file_->value.starts_with('/') ? conversion_.root() : "") + key_file_->value;
    for (const Row& row : read_set(*domain_)) {
        const std::string domain = ascii::lower(row.key);
        if (domain.contains('*')) {
            conversion_.leave(*domain_, "signs every domain: import the key for each of yours");
            continue;
        }
        conversion_.add_key({domain, selector_->value, file});
        if (sub_domains_)
            conversion_.add("signing.table", fmt::format(".{} {}", domain, domain),
                            {"SubDomains", {}, domain_->file, domain_->line});
    }
}

void OpenDkim::convert_keys() {
    if (!key_table_ && !signing_table_) return convert_single_key();
    if (!key_table_ || !signing_table_)
        return conversion_.leave(key_table_ ? *key_table_ : *signing_table_,
                                 "KeyTable and SigningTable sign only together");
    SigningTables tables{.keys = read_set(*key_table_, true), .signing = read_set(*signing_table_, true)};
    tables.kind = ascii::istarts_with(signing_table_->value, "refile:") ? TableKind::pattern : TableKind::exact;
    tables.several_signatures = several_;
    tables.root = conversion_.root();
    convert_tables(conversion_, tables);
}

void OpenDkim::finish() {
    if (!any_known_) return conversion_.refuse(path_, "is no OpenDKIM configuration: it has no setting of OpenDKIM's");
    const std::string_view mode = mode_ ? std::string_view(mode_->value) : "sv";
    if (mode_ && !mode.contains('v') && !mode.contains('V'))
        conversion_.leave(*mode_, "mail from outside is verified as well; with mode = \"monitor\", the default, that "
                                  "refuses nothing");
    if (!mode.contains('s') && !mode.contains('S')) {
        conversion_.set("signing.keys", std::string(), *mode_);
        return;
    }
    if (!internal_hosts_)
        conversion_.add("direction.internal_networks", "127.0.0.1", {"InternalHosts, by default", {}, path_, 0});
    convert_keys();
    if (conversion_.result().keys.empty()) return;
    conversion_.set(
        "signing.sender_domains", std::string("any"),
        {"OpenDKIM asks no login which From it writes; without this line a login signs for its own domain alone",
         {},
         {},
         0});
}

} // namespace

void convert_opendkim(Conversion& conversion, std::string_view text, const std::string& path) {
    OpenDkim opendkim(conversion, path);
    opendkim.read_file(text, path, 0);
    opendkim.finish();
}

} // namespace bonafide::cli::moving
