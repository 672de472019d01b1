// The settings of the product as plain data. Each member is a row of the settings table (engine/settings_table.cpp: name, type,
// default, range, unit, help, reload class, since), from which the parser, `config defaults`, docs/configuration.md and the man page come.
// A Settings value is immutable once in use: a reload builds a new one and swaps the pointer (connections under way keep theirs).
#pragma once

#include "base/ip.hpp"
#include "base/limits.hpp"
#include "dmarc/dmarc.hpp"
#include "policy/decision.hpp"
#include "policy/disposition_settings.hpp"
#include "policy/greylist_settings.hpp"
#include "policy/rule_source.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace bonafide::engine {

enum class LogFormat : std::uint8_t { text, json };
enum class LogLevel : std::uint8_t { error, warning, info, debug };
using policy::CompauthForm;
using policy::Mode;
using policy::OnFailure; ///< what a failure of ours answers
enum class KeptAddresses : std::uint8_t { plain, hashed };

/// c= of our signatures.
enum class SignedForm : std::uint8_t { relaxed_relaxed, relaxed_simple, simple_relaxed, simple_simple };
/// Which From domains a sender of ours may have signed.
enum class SenderDomains : std::uint8_t {
    login,  ///< those that signing.senders names; for other logins that of the login name, any where it has none
    listed, ///< those that signing.senders names
    any,
};
enum class OnWrongSender : std::uint8_t { unsigned_mail, reject };
/// Where the public key of a signer is not in DNS as it should be.
enum class OnMismatch : std::uint8_t { other, skip, defer };
enum class OnBackscatter : std::uint8_t { off, log, mark, reject };

/// As the preset has it, or the value numbered `index - 1`; of a bool 1 is on, 2 off.
template<class T> struct PresetOr {
    std::size_t index = 0;
    [[nodiscard]] T value_or(T preset) const {
        if (index == 0) return preset;
        if constexpr (std::is_same_v<T, bool>)
            return index == 1;
        else
            return static_cast<T>(index - 1);
    }
};

struct Settings {
    struct Server {
        std::vector<std::string> listen{
            "inet:127.0.0.1:8899"};       ///< "inet:HOST:PORT", "inet6:[HOST]:PORT" or "unix:/path"
        std::uint32_t socket_mode = 0660; ///< of unix sockets, octal
        std::uint32_t threads = 0;        ///< 0: one per core
        std::uint32_t most_connections = 20000;
        std::chrono::milliseconds idle_timeout{7200000};    ///< without a byte from the MTA (Postfix's own is 300 s)
        std::chrono::milliseconds handshake_timeout{30000}; ///< from connect to the first complete command
        std::chrono::milliseconds drain_timeout{30000};     ///< SIGTERM: how long messages under way may finish
        OnFailure on_failure = OnFailure::accept;           ///< monitor mode: accept with X-Bonafide-Unchecked
        std::string pid_file;
    } server;
    Mode mode = Mode::monitor;
    struct Failure { ///< as server.on_failure, otherwise
        PresetOr<OnFailure> internal{}, dns{}, store{}, overload{};
        PresetOr<OnFailure> temperror{1};     ///< accept
        std::vector<std::string> listeners{}; ///< "LISTENER CLASS accept|tempfail"
    } failure;
    struct Identity {
        std::string authserv_id;                              ///< empty: the host name
        std::vector<std::string> also_ours;                   ///< further authserv-ids whose incoming fields are forged
        std::vector<ip::Prefix> trusted_hosts;                ///< clients whose fields in our name are kept
        std::string results_field = "Authentication-Results"; ///< where ours are stamped
    } identity;
    struct Direction {
        std::vector<ip::Prefix> internal_networks; ///< none by default, private ranges included
        std::vector<ip::Prefix> relays; ///< of ours, that hand inbound mail on: the client before them is judged
        std::vector<std::string> submission_daemons{"submission", "submissions", "smtps",
                                                    "ORIGINATING"}; ///< {daemon_name}s that take our users' mail
    } direction;
    struct Dns {
        std::vector<std::string> servers; ///< "192.0.2.53", "2001:db8::53", "192.0.2.53@5353"; empty: the system's
        std::chrono::milliseconds timeout{5000}; ///< for one question
        std::chrono::milliseconds message_timeout{
            25000}; ///< for all waiting of one message; four fifths are SPF's (RFC 7208 4.6.4: at least 20 s)
        std::uint32_t cache_entries = 100000;
        std::uint32_t cache_most_ttl = 86400;   ///< seconds
        std::uint32_t cache_negative_ttl = 300; ///< most seconds a negative answer is kept
        bool dnssec = true;                     ///< validate when the servers pass signatures on
        std::string trust_anchor = "/usr/share/dns/root.key";
        std::string zone; ///< answer from this zone file only
    } dns;
    struct Spf {
        bool enabled = true;
        bool explanation = true;   ///< look up exp= on fail
        bool received_spf = false; ///< stamp Received-SPF as well
        bool reject_fail = false;  ///< refuse at MAIL FROM what SPF fails
        std::string reject_reply = "550 5.7.1 SPF check failed";
        bool helo = false;            ///< check the HELO identity as well: spf_helo.result
        bool from_when_empty = false; ///< check the Author Domain where MAIL FROM is empty: spf_from.result
    } spf;
    struct Dkim {
        std::chrono::milliseconds clock_skew{300000};
        bool testing_supports_dmarc = true;       ///< keys with t=y count
        bool partial_body_supports_dmarc = false; ///< l= that leaves bytes unsigned counts
    } dkim;
    struct Dmarc {
        dmarc::Discovery discovery = dmarc::Discovery::treewalk;
        std::string public_suffix_list; ///< file; empty: the system's
        policy::Preset preset = policy::Preset::none;
        policy::DmarcReject reject = policy::DmarcReject::corroborated;
        policy::QuarantineAs quarantine_as = policy::QuarantineAs::junk;
        policy::SeveralAuthors several_authors = policy::SeveralAuthors::accept;
        std::string reject_reply;          ///< empty: the built-in ones
        std::string several_authors_reply; ///< likewise
    } dmarc;
    struct Spoof { ///< what a preset says, otherwise
        PresetOr<bool> intelligence{};
        PresetOr<bool> honour_dmarc{};
        PresetOr<policy::OnQuarantine> on_quarantine{};
        PresetOr<policy::OnReject> on_reject{};
        PresetOr<policy::OnSpoof> on_spoof{};
        PresetOr<bool> first_contact_tip{}, show_unverified{}, show_via{}; ///< without a preset: shown
        std::string blocked_pair_reply;                                    ///< empty: the built-in one
    } spoof;
    struct Rules {
        std::vector<policy::RuleSource> list;                                        ///< [[rule]]
        std::vector<policy::SetSource> sets;                                         ///< [[set]]
        std::vector<policy::DnsListSource> dns_lists;                                ///< [[dns_list]]
        std::string block_reply = "550 5.7.1 Mail of this sender is not taken here"; ///< of lists.block
        std::string reject_reply = "550 5.7.1 The mail is refused by a rule of this server";
        std::string defer_reply = "451 4.7.1 The mail is put off by a rule of this server; please try again later";
        std::vector<std::string> enforce_recipients; ///< whose mail is judged in enforce mode, whatever mode says
        std::vector<std::string> monitor_recipients;
        std::vector<std::string> enforce_listeners; ///< as server.listen has them
        std::vector<std::string> monitor_listeners;
    } rules;
    struct Compauth {
        bool enabled = true;
        CompauthForm form = CompauthForm::own;
        policy::Follow follow = policy::Follow::junk;
        bool indicators = true;              ///< header fields that clients and Sieve can show or sort by
        std::vector<std::string> weights;    ///< "look_alike=-9", "pair_established=6/90d": verdict::Weights::assign
        std::vector<std::string> thresholds; ///< "junk=-6": verdict::Thresholds::assign
    } compauth;
    struct Lists { ///< entries as verdict::parse_list_entry reads them
        std::vector<std::string> accepted_domains;
        std::vector<std::string> allow_pairs;
        std::vector<std::string> block_pairs;
        std::vector<std::string> sealers;
        bool believe_sealers = true; ///< off: seals are verified and stamped, no more
        bool default_sealers = true; ///< verdict::default_sealers() beside them
        std::vector<std::string> protected_domains;
        std::vector<std::string> protected_users;
        std::vector<std::string> networks;
        std::vector<std::string> shared_infrastructure;
        bool default_shared_infrastructure = true;
        std::vector<std::string> allow{};
        std::vector<std::string> block{};
        std::vector<std::string> ignore{};
    } lists;
    struct Ledger {
        std::string path = "auto";                ///< of the SQLite file; empty: histories in memory, no messages
        std::uint32_t keep_messages = 30 * 86400; ///< seconds; 0: none
        std::uint32_t keep_transcripts = 0;       ///< seconds; 0: none
        std::uint32_t most_pasts = 10'000'000;    ///< histories in the file
        std::uint32_t most_messages = 5'000'000;  ///< in the file
        KeptAddresses addresses = KeptAddresses::plain;
        bool subjects = false;
        std::chrono::milliseconds read_timeout{500}; ///< a message whose past does not come by then is judged without
        std::chrono::milliseconds batch{1000};       ///< what is learned waits so long before it is written
    } ledger;
    struct Greylist { ///< policy::greylist::Settings has the reasons of the defaults
        bool enabled = false;
        std::uint32_t delay = 300;                  ///< seconds
        std::uint32_t unverified_expiry = 86400;    ///< seconds
        std::uint32_t verified_expiry = 36 * 86400; ///< seconds
        std::string reply = "451 4.7.1 Greylisted: nothing is wrong, please deliver this again in some minutes";
        policy::greylist::SenderPart sender = policy::greylist::SenderPart::address;
        std::uint32_t ipv4_prefix = 24;
        std::uint32_t ipv6_prefix = 64;
        std::uint32_t known_after = 5;    ///< verified messages; 0: never
        std::uint32_t known_pause = 3600; ///< seconds
        policy::greylist::SkipSpf skip_spf = policy::greylist::SkipSpf::with_history;
        bool skip_dmarc = true;
        bool skip_correspondents = true;
        std::vector<ip::Prefix> exempt_networks;
        std::vector<std::string> exempt_clients;
        std::vector<std::string> exempt_senders;
        std::vector<std::string> exempt_recipients{"postmaster@", "abuse@"};
        std::uint32_t most = 1'000'000; ///< rows in the ledger
    } greylist;
    struct Notify {                                 ///< what rules with the action notify send
        std::string smtp = "127.0.0.1:25";          ///< the mail server that takes it; empty: nothing is sent
        std::string from;                           ///< empty: bonafide@ our host name
        std::chrono::milliseconds interval{900000}; ///< between two of one rule to one address; 0: none
        std::chrono::milliseconds timeout{30000};   ///< of each step with that server
    } notify;
    struct Recipients {      ///< their safe and blocked senders
        std::string senders; ///< a table file; empty: none
        std::string sqlite;  ///< an SQLite file; empty: none
        std::string sqlite_query = "SELECT recipient, list, sender FROM recipient_senders";
        std::string sieve;                       ///< path of the users' scripts with {user}; empty: none
        std::chrono::milliseconds reload{60000}; ///< how often all of these are looked at
    } recipients;
    struct Signing {                    ///< of outgoing mail (docs/signing.md)
        std::string keys = "auto";      ///< folder of the keys; empty: nothing is signed
        std::vector<std::string> table; ///< "PATTERN SIGNER...", sign::Table
        std::string table_file;         ///< the same, a line each; empty: none
        std::string default_domain;     ///< signs where no other domain does; empty: none
        bool with_default = false;      ///< the default domain signs beside the others
        std::vector<std::string> directions{"submitted", "internal", "local"}; ///< of the mail that is signed
        SenderDomains sender_domains = SenderDomains::login;
        std::vector<std::string> senders; ///< "LOGIN PATTERN..."
        std::string senders_file;         ///< the same, a line each; empty: none
        OnWrongSender on_wrong_sender = OnWrongSender::unsigned_mail;
        std::string wrong_sender_reply = "550 5.7.1 This login may not send with this From address";
        bool check_dns = true; ///< before a key signs, its record must be in DNS
        OnMismatch on_mismatch = OnMismatch::other;
        std::string mismatch_reply = "451 4.7.5 The signing key of this domain is not in DNS; please try again later";
        SignedForm form = SignedForm::relaxed_relaxed;
        std::vector<std::string> headers;        ///< h=; empty: dkim::usual_names()
        std::uint32_t expire = 0;                ///< seconds from t= to x=; 0: no x=
        std::chrono::milliseconds reload{60000}; ///< how often the folder and the files are looked at
        std::uint32_t rotate_every = 0;          ///< seconds; 0: never by itself
        std::uint32_t settle = 86400;            ///< seconds a key is in DNS everywhere before it signs
        std::uint32_t overlap = 4 * 86400;       ///< seconds a key stays in DNS after it signed last
    } signing;
    struct Publish {        ///< of keys by dynamic update (RFC 2136)
        std::string server; ///< "IP:PORT"; empty: records are published by hand
        std::string zone;   ///< empty: found by asking for the SOA
        std::string tsig;   ///< file with the TSIG key, as tsig-keygen or keymgr write it; empty: no signature
        std::vector<std::string> authoritative; ///< "IP@PORT" asked in place of the zone's NS; empty: those
        std::uint32_t ttl = 3600;               ///< seconds, of new records
    } publish;
    struct Sealing {                         ///< ARC, of mail that is sent on
        std::string domain;                  ///< whose keys seal; empty: nothing is sealed
        std::vector<std::string> recipients; ///< whose mail is forwarded
        std::vector<std::string> listeners;  ///< second hops: mail there was looked at on the way in
    } sealing;
    struct Backscatter { ///< bounces of mail that we never sent
        OnBackscatter action = OnBackscatter::off;
        std::string secrets;              ///< file, a secret a line, the first one signs
        std::uint32_t expire = 7 * 86400; ///< seconds that a tag holds
        std::string reply = "550 5.7.1 This bounce is of no message that was sent from here";
    } backscatter;
    struct Srs { ///< Sender Rewriting Scheme for forwarded mail
        std::string domain;
        std::string secrets;                    ///< file, a secret a line, the first one signs
        std::vector<std::string> local_domains; ///< senders there are not rewritten
        std::uint32_t days = 21;                ///< that a rewritten address can be answered
        std::uint32_t local_part_octets = 64;   ///< longer ones are not made
        std::vector<std::string> socketmap{};   ///< "inet:HOST:PORT" or "unix:PATH"; empty: off
        std::vector<std::string> tcp_forward{}; ///< tcp_table that rewrites
        std::vector<std::string> tcp_reverse{}; ///< tcp_table that reverses
    } srs;
    struct Log {
        LogFormat format = LogFormat::text;
        LogLevel level = LogLevel::info;
        std::string target = "stderr"; ///< "stderr", "journald" or a file path
    } log;
    struct Metrics {
        std::string listen = "127.0.0.1:8898"; ///< empty: off
    } metrics;
    Limits limits;
};

} // namespace bonafide::engine
