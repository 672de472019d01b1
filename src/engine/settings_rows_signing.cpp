// The rows of outgoing mail: signing, keys and their publication, sealing, backscatter, SRS.
#include "engine/settings_check.hpp"
#include "engine/settings_rows.hpp"
#include "policy/reply.hpp"
#include "sign/table.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::engine {
namespace {

constexpr std::int64_t most_lines = 100000;
using Texts = std::vector<std::string>;

Expected<void> check_direction(std::string_view word) {
    constexpr std::array<std::string_view, 3> known{"submitted", "internal", "local"};
    if (std::ranges::find(known, word) == known.end()) return failure("is none of submitted, internal, local");
    return {};
}

Expected<void> check_domain_or_empty(std::string_view text) {
    if (text.empty()) return {};
    return check_domain_entry(text.starts_with('.') ? std::string_view() : text);
}
Expected<void> check_table_line(std::string_view line) { return sign::Table().add(line); }
Expected<void> check_sender_line(std::string_view line) { return sign::SenderTable().add(line); }

Expected<void> check_refusal(std::string_view text) {
    return check_reply(text, policy::Reply::Class::permanent, policy::Level::judged);
}
Expected<void> check_deferral(std::string_view text) {
    return check_reply(text, policy::Reply::Class::temporary, policy::Level::judged);
}

void add_signing_keys(std::vector<Setting>& rows) {
    rows.push_back(
        {.name = "signing.keys",
         .kind = Kind::text,
         .access = at<std::string>([](Settings& s) -> auto& { return s.signing.keys; }),
         .help = "Folder of the private keys, as \"bonafide keys\" makes it: DOMAIN/SELECTOR.pem and what is known of "
                 "each key. \"auto\": /var/lib/bonafide/keys where that folder is there; empty: nothing is signed. "
                 "Every domain with an active key there signs the mail that has it in From.",
         .check = check_ledger_path});
    rows.push_back({.name = "signing.table",
                    .kind = Kind::texts,
                    .access = at<Texts>([](Settings& s) -> auto& { return s.signing.table; }),
                    .range = {0, most_lines},
                    .help = "Which domains sign, where it is not the From domain alone: \"PATTERN SIGNER...\". "
                            "Patterns: ann@example.org, example.org, .example.org (all below it), *; the most specific "
                            "one counts. Signers: a domain, all its active keys, or DOMAIN/SELECTOR; none: unsigned.",
                    .check = check_table_line});
    rows.push_back({.name = "signing.table_file",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.signing.table_file; }),
                    .help = "File with more such lines, # begins a comment; empty: none.",
                    .check = check_path_or_empty});
    rows.push_back({.name = "signing.default_domain",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.signing.default_domain; }),
                    .help = "Signs mail of domains without an active key of their own, so that it bears a signature at "
                            "all; empty: such mail is not signed.",
                    .check = check_domain_or_empty});
    rows.push_back({.name = "signing.with_default",
                    .kind = Kind::boolean,
                    .access = at<bool>([](Settings& s) -> auto& { return s.signing.with_default; }),
                    .help = "The default domain signs all other signed mail as well (double signing): a receiver knows "
                            "the host even where it does not know the customer."});
    rows.push_back({.name = "signing.directions",
                    .kind = Kind::texts,
                    .access = at<Texts>([](Settings& s) -> auto& { return s.signing.directions; }),
                    .range = {0, 3},
                    .help =
                        "Which mail is signed: submitted (with a login, or on a port of direction.submission_daemons), "
                        "internal (from direction.internal_networks), local (from the machine itself).",
                    .check = check_direction});
}

void add_signing_senders(std::vector<Setting>& rows) {
    rows.push_back(
        {.name = "signing.sender_domains",
         .kind = Kind::choice,
         .access = choice<+[](Settings& s) -> auto& { return s.signing.sender_domains; }>({"login", "listed", "any"}),
         .help =
             "Whose mail with a login is signed: login takes the addresses that signing.senders names for it, for "
             "other logins the domain of the login name, and any domain where the login has none; listed takes those "
             "of signing.senders alone; any leaves it to the mail server (Postfix: reject_sender_login_mismatch)."});
    rows.push_back({.name = "signing.senders",
                    .kind = Kind::texts,
                    .access = at<Texts>([](Settings& s) -> auto& { return s.signing.senders; }),
                    .range = {0, most_lines},
                    .help = "Which addresses a login may write in From: \"LOGIN PATTERN...\", patterns as in "
                            "signing.table; the login * is every one, - is mail without a login.",
                    .check = check_sender_line});
    rows.push_back({.name = "signing.senders_file",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.signing.senders_file; }),
                    .help = "File with more such lines; empty: none.",
                    .check = check_path_or_empty});
    rows.push_back(
        {.name = "signing.on_wrong_sender",
         .kind = Kind::choice,
         .access = choice<+[](Settings& s) -> auto& { return s.signing.on_wrong_sender; }>({"unsigned", "reject"}),
         .help = "What becomes of mail whose From the login may not use: unsigned sends it on without a signature, "
                 "reject refuses it. Both are logged."});
    rows.push_back({.name = "signing.wrong_sender_reply",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.signing.wrong_sender_reply; }),
                    .help = "The SMTP reply for reject.",
                    .check = check_refusal});
}

void add_signing_care(std::vector<Setting>& rows) {
    rows.push_back(
        {.name = "signing.check_dns",
         .kind = Kind::boolean,
         .access = at<bool>([](Settings& s) -> auto& { return s.signing.check_dns; }),
         .help = "Before a key signs its record is looked up (the DNS cache answers); a key whose record is missing or "
                 "another one does not sign. When DNS does not answer, a key that was seen there before signs."});
    rows.push_back(
        {.name = "signing.on_mismatch",
         .kind = Kind::choice,
         .access = choice<+[](Settings& s) -> auto& { return s.signing.on_mismatch; }>({"other", "skip", "defer"}),
         .help = "What is done in place of a key whose record is not in DNS as it should be: other takes another key "
                 "of the domain whose record is, else none; skip leaves the signature out; defer has the mail wait "
                 "with signing.mismatch_reply."});
    rows.push_back({.name = "signing.mismatch_reply",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.signing.mismatch_reply; }),
                    .help = "The SMTP reply for defer.",
                    .check = check_deferral});
    rows.push_back({.name = "signing.form",
                    .kind = Kind::choice,
                    .access = choice<+[](Settings& s) -> auto& { return s.signing.form; }>(
                        {"relaxed/relaxed", "relaxed/simple", "simple/relaxed", "simple/simple"}),
                    .help = "Canonicalization of header and body (RFC 6376 3.4). simple breaks where a mail server "
                            "writes anything anew."});
    rows.push_back({.name = "signing.headers",
                    .kind = Kind::texts,
                    .access = at<Texts>([](Settings& s) -> auto& { return s.signing.headers; }),
                    .range = {0, 200},
                    .help = "Exactly these fields are signed, From among them; empty: all that people and programs act "
                            "on, the important ones once more than they are there.",
                    .check = check_word});
    rows.push_back({.name = "signing.expire",
                    .kind = Kind::seconds,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.signing.expire; }),
                    .range = {0, 3650 * day_in_seconds},
                    .help = "How long a signature holds (x=); \"0s\": for ever. Short times limit replays and break "
                            "mail that waits long."});
}

void add_signing_rotation(std::vector<Setting>& rows) {
    rows.push_back({.name = "signing.reload",
                    .kind = Kind::duration,
                    .access = at<milliseconds>([](Settings& s) -> auto& { return s.signing.reload; }),
                    .range = {second, 24 * hour},
                    .help = "How often the folder of keys and the files are looked at for changes."});
    rows.push_back(
        {.name = "signing.rotate_every",
         .kind = Kind::seconds,
         .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.signing.rotate_every; }),
         .range = {0, 3650 * day_in_seconds},
         .help = "A key that has signed so long is followed by a new one; \"0s\": only by \"bonafide keys rotate\". "
                 "Without publish.server the record of the new key waits to be published by hand."});
    rows.push_back({.name = "signing.settle",
                    .kind = Kind::seconds,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.signing.settle; }),
                    .range = {0, 90 * day_in_seconds},
                    .help = "How long all authoritative servers have shown the record of a new key before it signs; at "
                            "least the TTL of what was there before."});
    rows.push_back({.name = "signing.overlap",
                    .kind = Kind::seconds,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.signing.overlap; }),
                    .range = {0, 365 * day_in_seconds},
                    .help = "How long the record of a key stays in DNS after the key has signed last, for mail that is "
                            "under way; then p= is published."});
}

void add_publish(std::vector<Setting>& rows) {
    rows.push_back({.name = "publish.server",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.publish.server; }),
                    .help = "Name server that takes dynamic updates (RFC 2136) of key records: \"192.0.2.53:53\"; "
                            "empty: records are printed, and published by hand.",
                    .check = check_host_port_or_empty});
    rows.push_back({.name = "publish.zone",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.publish.zone; }),
                    .help = "The zone to update; empty: found by its SOA record.",
                    .check = check_domain_or_empty});
    rows.push_back({.name = "publish.tsig",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.publish.tsig; }),
                    .help = "File with the TSIG key for updates, as tsig-keygen (BIND) or keymgr -t (Knot) writes it, "
                            "readable for the service alone; empty: updates are not signed.",
                    .check = check_path_or_empty});
    rows.push_back(
        {.name = "publish.authoritative",
         .kind = Kind::texts,
         .access = at<Texts>([](Settings& s) -> auto& { return s.publish.authoritative; }),
         .range = {0, 64},
         .help =
             "Name servers that must show a record, \"192.0.2.53\" or \"192.0.2.53@5353\"; empty: all NS of the zone.",
         .check = check_dns_server});
    rows.push_back({.name = "publish.ttl",
                    .kind = Kind::seconds,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.publish.ttl; }),
                    .range = {1, 7 * day_in_seconds},
                    .help = "TTL of the records that are published."});
}

void add_sealing(std::vector<Setting>& rows) {
    rows.push_back({.name = "sealing.domain",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.sealing.domain; }),
                    .help = "Whose active RSA key seals mail that is sent on (ARC, RFC 8617); empty: nothing is "
                            "sealed, whatever rules say.",
                    .check = check_domain_or_empty});
    rows.push_back({.name = "sealing.recipients",
                    .kind = Kind::texts,
                    .access = at<Texts>([](Settings& s) -> auto& { return s.sealing.recipients; }),
                    .range = {0, most_lines},
                    .help = "Recipients whose mail is forwarded: ann@example.org, example.org or .example.org. Their "
                            "mail is sealed as it comes in; Postfix forwards it with the seal.",
                    .check = check_sender_entry});
    rows.push_back({.name = "sealing.listeners",
                    .kind = Kind::texts,
                    .access = at<Texts>([](Settings& s) -> auto& { return s.sealing.listeners; }),
                    .range = {0, 64},
                    .help = "Listeners of a second hop, where mail comes by that was verified on the way in and may "
                            "have been changed since, by a list or a content filter: it is sealed there, with the "
                            "results that the fields in our name say (identity.trusted_hosts).",
                    .check = check_milter_address});
}

void add_backscatter(std::vector<Setting>& rows) {
    rows.push_back(
        {.name = "backscatter.action",
         .kind = Kind::choice,
         .access = choice<+[](Settings& s) -> auto& { return s.backscatter.action; }>({"off", "log", "mark", "reject"}),
         .help =
             "What becomes of a bounce (MAIL FROM:<>) that returns no valid tag of ours: log says so, mark adds the "
             "junk mark, reject refuses it in enforce mode. Unless off, outgoing mail gets a tag (X-Bonafide-Tag)."});
    rows.push_back({.name = "backscatter.secrets",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.backscatter.secrets; }),
                    .help = "File with the secrets of the tags, one a line, at least 16 characters; the first makes "
                            "tags, all of them check. Readable for the service alone.",
                    .check = check_path_or_empty});
    rows.push_back({.name = "backscatter.expire",
                    .kind = Kind::seconds,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.backscatter.expire; }),
                    .range = {day_in_seconds, 60 * day_in_seconds},
                    .help = "How long a tag holds: mail servers give up within a week."});
    rows.push_back({.name = "backscatter.reply",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.backscatter.reply; }),
                    .help = "The SMTP reply for reject.",
                    .check = check_refusal});
}

void add_srs(std::vector<Setting>& rows) {
    rows.push_back({.name = "srs.domain",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.srs.domain; }),
                    .help = "Domain of rewritten senders of forwarded mail (SRS); its MX is this server. Empty: off.",
                    .check = check_domain_or_empty});
    rows.push_back({.name = "srs.secrets",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.srs.secrets; }),
                    .help = "File with the secrets, one a line, at least 16 characters; the first one signs, all of "
                            "them check. Readable for the service alone.",
                    .check = check_path_or_empty});
    rows.push_back({.name = "srs.local_domains",
                    .kind = Kind::texts,
                    .access = at<Texts>([](Settings& s) -> auto& { return s.srs.local_domains; }),
                    .range = {0, most_lines},
                    .help = "Senders of these domains are not rewritten: example.org or .example.org.",
                    .check = check_domain_entry});
    rows.push_back({.name = "srs.days",
                    .kind = Kind::count,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.srs.days; }),
                    .range = {1, 365},
                    .unit = "days",
                    .help = "How many days a rewritten address can be answered."});
    rows.push_back({.name = "srs.local_part_octets",
                    .kind = Kind::count,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.srs.local_part_octets; }),
                    .range = {64, 255},
                    .unit = "octets",
                    .help = "The longest rewritten local part that is made; senders whose would be longer are left as "
                            "they are. RFC 5321 4.5.3.1.1 allows 64; many servers take more, and postsrsd makes "
                            "more."});
    rows.push_back({.name = "srs.socketmap",
                    .kind = Kind::texts,
                    .access = at<Texts>([](Settings& s) -> auto& { return s.srs.socketmap; }),
                    .range = {0, 16},
                    .help = "Where Postfix asks by socketmap (maps srs_forward and srs_reverse): "
                            "\"inet:127.0.0.1:8897\" or \"unix:/path\"; empty: nowhere.",
                    .reload = Reload::restart,
                    .check = check_milter_address});
    rows.push_back({.name = "srs.tcp_forward",
                    .kind = Kind::texts,
                    .access = at<Texts>([](Settings& s) -> auto& { return s.srs.tcp_forward; }),
                    .range = {0, 16},
                    .help = "Where Postfix asks by tcp_table for rewritten senders.",
                    .reload = Reload::restart,
                    .check = check_milter_address});
    rows.push_back({.name = "srs.tcp_reverse",
                    .kind = Kind::texts,
                    .access = at<Texts>([](Settings& s) -> auto& { return s.srs.tcp_reverse; }),
                    .range = {0, 16},
                    .help = "Where Postfix asks by tcp_table for the addresses behind rewritten ones.",
                    .reload = Reload::restart,
                    .check = check_milter_address});
}

} // namespace

void add_signing(std::vector<Setting>& rows) {
    add_signing_keys(rows);
    add_signing_senders(rows);
    add_signing_care(rows);
    add_signing_rotation(rows);
    add_publish(rows);
    add_sealing(rows);
    add_backscatter(rows);
    add_srs(rows);
}

} // namespace bonafide::engine
