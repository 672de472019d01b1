#include "engine/settings_audit.hpp"

#include "base/endpoint.hpp"
#include "base/escape.hpp"
#include "base/suggest.hpp"
#include "dkim/signature_field.hpp"
#include "dns/idna.hpp"
#include "dns/public_suffix.hpp"
#include "dns/zone.hpp"
#include "engine/sender_sources.hpp"
#include "engine/signing_source.hpp"
#include "engine/srs_source.hpp"
#include "engine/zone_file.hpp"
#include "io/milter_address.hpp"
#include "io/resolver_settings.hpp"
#include "io/secret_file.hpp"
#include "policy/action.hpp"
#include "policy/failure.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/format.h>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

namespace bonafide::engine {
namespace {

namespace fs = std::filesystem;
using io::milter::ListenAddress;
using Severity = Finding::Severity;

/// A listener's place, comparable: a socket's path, or address and port.
struct Place {
    std::string path;                   ///< of a unix socket, without "." and ".."
    std::string host;                   ///< when it is a name
    std::optional<ip::Address> address; ///< when it is none; "localhost" counts as 127.0.0.1 or ::1
    std::uint16_t port = 0;
    bool both_families = false; ///< [::] that takes IPv4 too
};

Place place_of(const ListenAddress& listen) {
    if (listen.kind == ListenAddress::Kind::unix_socket)
        return {.path = fs::path(listen.path).lexically_normal().string(), .host = {}, .address = {}};
    const bool v6 = listen.kind == ListenAddress::Kind::inet6;
    const std::string_view host =
        listen.host == "localhost" ? (v6 ? "::1" : "127.0.0.1") : std::string_view(listen.host);
    return {.path = {}, .host = listen.host, .address = ip::Address::parse(host), .port = listen.port};
}

/// The page's listener takes IPv4 as well when it listens on [::]; the milter's does not.
Place place_of(const ip::Endpoint& page) {
    const auto address = page.address.is_v4() ? page.address : ip::Address::from_v6(page.address.bytes());
    return {.path = {},
            .host = {},
            .address = address,
            .port = page.port,
            .both_families = !address.is_v4() && ip::is_wildcard(address)};
}

bool covers(const Place& wide, const ip::Address& address) {
    if (!wide.address || !ip::is_wildcard(*wide.address)) return false;
    return wide.both_families || wide.address->family() == address.family();
}

/// Could not both listen. Names are compared as they are written: nothing is looked up.
bool meet(const Place& a, const Place& b) {
    if (!a.path.empty() || !b.path.empty()) return a.path == b.path;
    if (a.port != b.port || a.port == 0) return false;
    if (!a.address || !b.address) return !a.address && !b.address && a.host == b.host;
    return *a.address == *b.address || covers(a, *b.address) || covers(b, *a.address);
}

class Audit {
  public:
    explicit Audit(const Settings& settings) : settings_(settings) {}

    std::vector<Finding> run() {
        listeners();
        modes();
        writable("server.pid_file", settings_.server.pid_file);
        networks();
        dns();
        dmarc();
        failing_listeners();
        moded_listeners();
        srs();
        if (settings_.log.target.starts_with('/')) writable("log.target", settings_.log.target);
        metrics();
        greylist();
        notify();
        recipients();
        signing();
        return std::move(findings_);
    }

  private:
    void add(Severity severity, std::string_view setting, std::string text, std::size_t entry = Finding::whole) {
        findings_.push_back({severity, setting, entry, std::move(text)});
    }

    void listeners() {
        const auto& texts = settings_.server.listen;
        for (std::size_t i = 0; i < texts.size(); ++i) {
            const auto listen = ListenAddress::parse(texts[i]);
            places_.push_back(listen ? place_of(*listen) : Place{});
            if (!listen) {
                add(Severity::error, "server.listen", listen.error().text, i); // settings that no parser has judged
                continue;
            }
            for (std::size_t j = 0; j < i; ++j)
                if (meet(places_[i], places_[j]))
                    add(Severity::error, "server.listen",
                        texts[i] == texts[j]
                            ? fmt::format("\"{}\" stands here twice", escape::line(texts[i]))
                            : fmt::format("\"{}\" and \"{}\" cannot both listen: one takes what the other wants",
                                          escape::line(texts[j]), escape::line(texts[i])),
                        i);
            if (!places_[i].path.empty())
                socket_file(places_[i].path, i);
            else if (!places_[i].address || !ip::is_loopback(*places_[i].address))
                add(Severity::warning, "server.listen",
                    fmt::format("\"{}\" can be reached from other hosts unless a firewall forbids it; the milter "
                                "protocol has no access control, and who speaks it can have any message judged",
                                escape::line(texts[i])),
                    i);
        }
    }

    void failing_listeners() {
        const auto& entries = settings_.failure.listeners;
        std::vector<policy::FailurePolicy::Said> all;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            const auto said = policy::FailurePolicy::parse(entries[i]);
            if (!said) continue; // settings that no parser has judged
            known_listener("failure.listeners", said->listener, i);
            const auto contradicts = [&](const auto& other) {
                return other.listener == said->listener && other.what == said->what && other.on != said->on;
            };
            if (std::ranges::any_of(all, contradicts))
                add(Severity::error, "failure.listeners",
                    fmt::format("\"{}\" contradicts an entry before it", escape::line(entries[i])), i);
            all.push_back(*said);
        }
    }

    void moded_listeners() {
        const auto& enforced = settings_.rules.enforce_listeners;
        const auto& monitored = settings_.rules.monitor_listeners;
        for (std::size_t i = 0; i < enforced.size(); ++i) known_listener("rules.enforce_listeners", enforced[i], i);
        for (std::size_t i = 0; i < monitored.size(); ++i) {
            known_listener("rules.monitor_listeners", monitored[i], i);
            if (std::ranges::find(enforced, monitored[i]) != enforced.end())
                add(Severity::error, "rules.monitor_listeners",
                    fmt::format("\"{}\" stands in rules.enforce_listeners too", escape::line(monitored[i])), i);
        }
    }

    /// Settings go by the very text of the entry.
    void known_listener(std::string_view setting, const std::string& listener, std::size_t entry) {
        const auto& known = settings_.server.listen;
        if (std::ranges::find(known, listener) != known.end()) return;
        const std::vector<std::string_view> words(known.begin(), known.end());
        const std::string_view nearest = nearest_word(listener, words);
        add(Severity::warning, setting,
            fmt::format("\"{}\" is no entry of server.listen, so it says nothing{}", escape::line(listener),
                        nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", escape::line(nearest))),
            entry);
    }

    void socket_file(const std::string& path, std::size_t entry, std::string_view setting = "server.listen") {
        std::error_code why;
        const auto status = fs::symlink_status(path, why);
        if (fs::exists(status) && !fs::is_socket(status))
            add(Severity::error, setting, fmt::format("{} is there already and is no socket", escape::line(path)),
                entry);
        else
            folder(setting, path, entry);
    }

    void modes() {
        const bool has_socket = std::ranges::any_of(places_, [](const Place& place) { return !place.path.empty(); });
        if (has_socket && (settings_.server.socket_mode & 0002) != 0)
            add(Severity::warning, "server.socket_mode",
                fmt::format("\"{:04o}\" lets every user of this host speak to the filter; \"0660\" and the MTA's group "
                            "do",
                            settings_.server.socket_mode));
    }

    /// RFC 6647 5 (2), (3): each time is longer than the one before it.
    void greylist() {
        const auto& at = settings_.greylist;
        if (at.unverified_expiry <= at.delay)
            add(Severity::error, "greylist.unverified_expiry",
                "must be longer than greylist.delay, or no retry counts");
        if (at.verified_expiry <= at.unverified_expiry)
            add(Severity::error, "greylist.verified_expiry", "must be longer than greylist.unverified_expiry");
        if (at.skip_spf == policy::greylist::SkipSpf::always)
            add(Severity::warning, "greylist.skip_spf",
                "\"always\" spares every spammer who publishes SPF for a domain of his own; \"history\" asks for a "
                "past");
    }

    void notify() {
        const auto notifies = [](const policy::SourceText& action) {
            const policy::VerbRow* verb = policy::RuleAction::verb_of(action.text);
            return verb != nullptr && verb->verb == policy::Verb::notify;
        };
        const auto server = ip::Endpoint::parse(settings_.notify.smtp);
        if (server && !ip::is_loopback(server->address))
            add(Severity::warning, "notify.smtp",
                fmt::format(
                    "\"{}\" is another host: what it is sent, senders and subjects of mail among it, goes there "
                    "in clear text",
                    server->text()));
        for (const policy::RuleSource& rule : settings_.rules.list)
            if (settings_.notify.smtp.empty() && rule.enabled && std::ranges::any_of(rule.then, notifies))
                add(Severity::warning, "notify.smtp",
                    fmt::format("is empty: the rule \"{}\" notifies nobody", escape::line(rule.name.text, 80)));
    }
    /// A user's script that cannot be read is no reason to stop all mail.
    void recipients() {
        SenderSources sources(std::make_shared<const Settings>(settings_));
        sources.refresh();
        for (const SenderSources::Trouble& trouble : sources.troubles())
            add(trouble.what.is_partial ? Severity::warning : Severity::error, trouble.setting, trouble.what.text);
    }

    void signing() {
        if (!settings_.signing.headers.empty())
            if (const auto names = dkim::check_names(settings_.signing.headers); !names)
                add(Severity::error, "signing.headers", names.error().text);
        sealing();
        const auto read = read_signing(std::make_shared<Settings>(settings_));
        if (!read) {
            constexpr std::array<std::string_view, 4> named{"signing.keys", "signing.table_file",
                                                            "signing.senders_file", "backscatter.secrets"};
            const std::string_view text = read.error().text;
            for (const std::string_view name : named)
                if (text.starts_with(name)) add(Severity::error, name, std::string(text.substr(name.size() + 2)));
            return;
        }
        if (!read->troubles.empty()) add(Severity::warning, "signing.keys", read->troubles);
        const SigningKeys& keys = *read->policy->keys;
        keys_that_cannot_be_read(keys);
        const auto has_key = [&](std::string_view setting, const std::string& domain) {
            const std::string name = dns::to_ascii(domain).value_or(domain);
            if (!domain.empty() && !keys.has_active(name))
                add(Severity::warning, setting,
                    fmt::format("there is no active key of {}: \"bonafide keys new {}\"", escape::line(name),
                                escape::line(name)));
        };
        has_key("signing.default_domain", settings_.signing.default_domain);
        has_key("sealing.domain", settings_.sealing.domain);
        std::set<std::string> signers;
        for (const auto& [pattern, of_pattern] : read->policy->table.all())
            for (const sign::Signer& signer : of_pattern) signers.insert(signer.domain);
        for (const std::string& signer : signers) has_key("signing.table", signer);
    }

    /// Those that sign: each is opened, as the first message would.
    void keys_that_cannot_be_read(const SigningKeys& keys) {
        constexpr std::size_t most = 20;          // told of
        constexpr std::size_t most_opened = 1000; // half a millisecond each; "keys list" opens all
        std::size_t told = 0, opened_keys = 0;
        for (const auto& [domain, of_domain] : keys.all())
            for (const auto& key : of_domain) {
                if (!key->is_active() || told >= most || ++opened_keys > most_opened) continue;
                const auto opened = key->private_key();
                if (opened) continue;
                ++told;
                add(Severity::warning, "signing.keys",
                    fmt::format("the key {} of {} does not sign: {}", key->selector(), domain, opened.error().text));
            }
    }

    void sealing() {
        const Settings::Sealing& sealing = settings_.sealing;
        for (std::size_t i = 0; i < sealing.listeners.size(); ++i)
            known_listener("sealing.listeners", sealing.listeners[i], i);
        if (sealing.domain.empty() && !sealing.recipients.empty())
            add(Severity::warning, "sealing.recipients", "seals nothing without sealing.domain");
        if (sealing.domain.empty() && !sealing.listeners.empty())
            add(Severity::warning, "sealing.listeners", "seals nothing without sealing.domain");
        if (!sealing.listeners.empty() && settings_.identity.trusted_hosts.empty())
            add(Severity::warning, "sealing.listeners",
                "seals nothing without identity.trusted_hosts, whose fields in our name tell what was found on the way "
                "in");
    }

    /// A file that is written: its folder has to be there, and it may not be one itself.
    void writable(std::string_view setting, const std::string& path) {
        if (path.empty()) return;
        std::error_code why;
        if (fs::is_directory(path, why))
            add(Severity::error, setting, fmt::format("{} is a folder, not a file", escape::line(path)));
        else
            folder(setting, path, Finding::whole);
    }

    /// The folder of `path` exists. A service manager makes those below /run when it starts the daemon (RuntimeDirectory=).
    void folder(std::string_view setting, const std::string& path, std::size_t entry) {
        const fs::path parent = fs::path(path).parent_path();
        std::error_code why;
        const auto status = fs::status(parent, why);
        if (fs::is_directory(status)) return;
        const std::string name = escape::line(parent.string());
        if (fs::exists(status))
            add(Severity::error, setting, fmt::format("{} is no folder", name), entry);
        else if (status.type() != fs::file_type::not_found)
            add(Severity::error, setting, fmt::format("the folder {} cannot be looked at: {}", name, why.message()),
                entry);
        else if (name.starts_with("/run/") || name.starts_with("/var/run/"))
            add(Severity::warning, setting,
                fmt::format("the folder {} does not exist yet: the service manager has to make it", name), entry);
        else
            add(Severity::error, setting, fmt::format("the folder {} does not exist", name), entry);
    }

    void networks() {
        every_address("direction.internal_networks", settings_.direction.internal_networks,
                      "no mail over {} is verified");
        every_address("direction.relays", settings_.direction.relays, "anyone over {} can claim to be somebody else");
        every_address("identity.trusted_hosts", settings_.identity.trusted_hosts,
                      "anyone over {} can forge our results");
    }

    /// A network of length 0 is hardly meant. `consequence` holds a {} for the IP version.
    void every_address(std::string_view setting, const std::vector<ip::Prefix>& networks,
                       std::string_view consequence) {
        for (std::size_t i = 0; i < networks.size(); ++i) {
            if (networks[i].length != 0) continue;
            const std::string_view version = networks[i].address.is_v4() ? "IPv4" : "IPv6";
            add(Severity::warning, setting,
                fmt::format("{} is every address: {}", networks[i].text(),
                            fmt::format(fmt::runtime(consequence), version)),
                i);
        }
    }

    void dns() {
        const Settings::Dns& dns = settings_.dns;
        if (dns.zone.empty() && dns.message_timeout < dns.timeout)
            add(Severity::warning, "dns.message_timeout",
                "is shorter than dns.timeout: one slow server leaves a message without a verdict");
        if (dns.zone.empty() && dns.dnssec) {
            if (const auto anchors = io::load_trust_anchor(dns.trust_anchor); !anchors)
                add(Severity::error, "dns.trust_anchor", anchors.error().text);
        }
        if (dns.zone.empty()) return;
        if (const auto zone = load_zone(dns.zone); !zone)
            add(Severity::error, "dns.zone", zone.error().text);
        else
            add(Severity::warning, "dns.zone", "DNS is answered from this file alone: a trial, not for real mail");
    }

    void dmarc() {
        if (const auto list = dns::PublicSuffixList::open(settings_.dmarc.public_suffix_list); !list)
            add(Severity::error, "dmarc.public_suffix_list", list.error().text);
        else if (!(*list)->is_public_suffix("co.uk"))
            add(Severity::warning, "dmarc.public_suffix_list", "does not know co.uk: is it a public suffix list?");
    }

    /// Where it is asked, beside one another and server.listen; then what answers.
    void srs() {
        const Settings::Srs& srs = settings_.srs;
        for (std::size_t i = 0; i < places_.size(); ++i)
            taken_.push_back({places_[i], "server.listen", settings_.server.listen[i]});
        for (const auto& [setting, texts] :
             {std::pair<std::string_view, const std::vector<std::string>&>{"srs.socketmap", srs.socketmap},
              {"srs.tcp_forward", srs.tcp_forward},
              {"srs.tcp_reverse", srs.tcp_reverse}})
            for (std::size_t i = 0; i < texts.size(); ++i) {
                const auto listen = ListenAddress::parse(texts[i]);
                if (!listen) continue; // settings that no parser has judged
                const Place place = place_of(*listen);
                for (const Taken& other : taken_)
                    if (meet(place, other.place))
                        add(Severity::error, setting,
                            fmt::format("\"{}\" is taken by {} (\"{}\")", escape::line(texts[i]), other.setting,
                                        escape::line(other.text)),
                            i);
                if (!place.path.empty())
                    socket_file(place.path, i, setting);
                else if (!place.address || !ip::is_loopback(*place.address))
                    add(Severity::warning, setting,
                        fmt::format("\"{}\" can be reached from other hosts unless a firewall forbids it; the protocol "
                                    "has no access control, and who speaks it can have any address signed",
                                    escape::line(texts[i])),
                        i);
                taken_.push_back({place, setting, texts[i]});
            }
        srs_secrets();
    }

    void srs_secrets() {
        const Settings::Srs& srs = settings_.srs;
        const bool is_asked = has_srs_doors(srs);
        if (srs.domain.empty() && srs.secrets.empty() && !is_asked) return;
        if (srs.domain.empty())
            add(is_asked ? Severity::error : Severity::warning, "srs.domain",
                "is empty: rewritten addresses need a domain of this server");
        if (srs.secrets.empty())
            add(is_asked ? Severity::error : Severity::warning, "srs.secrets",
                "is empty: without a file of secrets no address can be rewritten (bonafide srs secret)");
        else if (const auto secrets = io::read_secrets(srs.secrets, service_user(settings_)); !secrets)
            add(Severity::error, "srs.secrets", secrets.error().text);
        if (!srs.domain.empty() && !is_asked)
            add(Severity::warning, "srs.socketmap",
                "is empty, and so are srs.tcp_forward and srs.tcp_reverse: no mail server can ask");
    }

    void metrics() {
        const auto page = ip::Endpoint::parse(settings_.metrics.listen);
        if (!page) return;
        const Place place = place_of(*page);
        for (const Taken& other : taken_)
            if (other.place.path.empty() && meet(place, other.place))
                add(Severity::error, "metrics.listen",
                    fmt::format("\"{}\" is taken by {} (\"{}\")", page->text(), other.setting,
                                escape::line(other.text)));
        if (!ip::is_loopback(place.address.value()))
            add(Severity::warning, "metrics.listen",
                fmt::format("\"{}\" can be reached from other hosts unless a firewall forbids it; the page has no "
                            "access control and tells about your mail",
                            page->text()));
    }

    const Settings& settings_;
    struct Taken {
        Place place;
        std::string_view setting;
        std::string_view text;
    };
    std::vector<Place> places_; ///< of server.listen, entry by entry
    std::vector<Taken> taken_;  ///< those and where SRS is asked
    std::vector<Finding> findings_;
};

} // namespace

std::vector<Finding> audit(const Settings& settings) { return Audit(settings).run(); }

} // namespace bonafide::engine
