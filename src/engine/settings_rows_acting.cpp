// The rows of acting on mail: greylisting, notices.
#include "engine/settings_check.hpp"
#include "engine/settings_rows.hpp"
#include "policy/greylist.hpp"

namespace bonafide::engine {
namespace {

using policy::greylist::SenderPart;
using policy::greylist::SkipSpf;

constexpr std::int64_t minute_in_seconds = 60;
constexpr std::int64_t most_entries = 100000;

Expected<void> check_greylist_reply(std::string_view text) {
    return check_reply(text, policy::Reply::Class::temporary, policy::Level::judged, policy::greylist::reply_fields());
}

void add_greylist_times(std::vector<Setting>& rows) {
    rows.push_back({.name = "greylist.delay",
                    .kind = Kind::seconds,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.greylist.delay; }),
                    .range = {minute_in_seconds, day_in_seconds},
                    .help = "How long after the first attempt a retry is still refused. RFC 6647 5: from one minute "
                            "on; more than some minutes gains little (ESET: time limit for the initial connection "
                            "denial)."});
    rows.push_back({.name = "greylist.unverified_expiry",
                    .kind = Kind::seconds,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.greylist.unverified_expiry; }),
                    .range = {2 * minute_in_seconds, 30 * day_in_seconds},
                    .help = "A retry later than this after the first attempt begins anew. RFC 6647 5: 24 hours. Must "
                            "be longer than greylist.delay (ESET: unverified connections expiration)."});
    rows.push_back({.name = "greylist.verified_expiry",
                    .kind = Kind::seconds,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.greylist.verified_expiry; }),
                    .range = {day_in_seconds, 3650 * day_in_seconds},
                    .help = "How long a sender that came back stays known after its last message. RFC 6647 5: at "
                            "least a week; 36 days keep a monthly newsletter known. Must be longer than "
                            "greylist.unverified_expiry (ESET: verified connections expiration)."});
}

void add_greylist_key(std::vector<Setting>& rows) {
    rows.push_back(
        {.name = "greylist.sender",
         .kind = Kind::choice,
         .access = choice<+[](Settings& s) -> SenderPart& { return s.greylist.sender; }>({"address", "domain"}),
         .help = "What of MAIL FROM a retry must have in common with the first attempt: the address without "
                 "its tags and numbers, or its domain alone."});
    rows.push_back({.name = "greylist.ipv4_prefix",
                    .kind = Kind::count,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.greylist.ipv4_prefix; }),
                    .range = {8, 32},
                    .unit = "bits",
                    .help = "IPv4 clients of one network of this size count as one sender where no domain is "
                            "authenticated (RFC 6647 5)."});
    rows.push_back({.name = "greylist.ipv6_prefix",
                    .kind = Kind::count,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.greylist.ipv6_prefix; }),
                    .range = {16, 128},
                    .unit = "bits",
                    .help = "Likewise for IPv6."});
    rows.push_back({.name = "greylist.known_after",
                    .kind = Kind::count,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.greylist.known_after; }),
                    .range = {0, 10000},
                    .unit = "messages",
                    .help = "After so many messages that came back, a network or authenticated domain is known and "
                            "waits no more, whatever it sends; 0: never (postgrey: --auto-whitelist-clients)."});
    rows.push_back({.name = "greylist.known_pause",
                    .kind = Kind::seconds,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.greylist.known_pause; }),
                    .range = {0, day_in_seconds},
                    .help = "Between two messages that count for greylist.known_after, so that one burst counts "
                            "once."});
}

void add_greylist_exemptions(std::vector<Setting>& rows) {
    rows.push_back(
        {.name = "greylist.skip_spf",
         .kind = Kind::choice,
         .access = choice<+[](Settings& s) -> SkipSpf& { return s.greylist.skip_spf; }>({"never", "history", "always"}),
         .help = "Whether an SPF pass spares a sender: history asks for a good past with it; always is "
                 "ESET's \"automatically bypass greylisting if SPF check passed\", which any spammer with a "
                 "domain of his own meets."});
    rows.push_back({.name = "greylist.skip_dmarc",
                    .kind = Kind::boolean,
                    .access = at<bool>([](Settings& s) -> auto& { return s.greylist.skip_dmarc; }),
                    .help = "Spare authors with a good past whose mail passes DMARC."});
    rows.push_back({.name = "greylist.skip_correspondents",
                    .kind = Kind::boolean,
                    .access = at<bool>([](Settings& s) -> auto& { return s.greylist.skip_correspondents; }),
                    .help = "Spare authors that the recipient has written to, unless SPF or DMARC fails."});
    rows.push_back(
        {.name = "greylist.exempt_networks",
         .kind = Kind::networks,
         .access = at<std::vector<ip::Prefix>>([](Settings& s) -> auto& { return s.greylist.exempt_networks; }),
         .range = {0, most_entries},
         .help = "Clients that never wait: a second mail exchanger of yours, senders that do not retry (RFC 6647 5)."});
    rows.push_back(
        {.name = "greylist.exempt_clients",
         .kind = Kind::texts,
         .access = at<std::vector<std::string>>([](Settings& s) -> auto& { return s.greylist.exempt_clients; }),
         .range = {0, most_entries},
         .help = "Likewise by their confirmed names: \"mail.example.com\", or \".example.com\" for all below it.",
         .check = check_domain_entry});
    rows.push_back(
        {.name = "greylist.exempt_senders",
         .kind = Kind::texts,
         .access = at<std::vector<std::string>>([](Settings& s) -> auto& { return s.greylist.exempt_senders; }),
         .range = {0, most_entries},
         .help = "MAIL FROM that never waits: addresses or domains. Anybody can write one there; name clients where "
                 "you can.",
         .check = check_sender_entry});
    rows.push_back(
        {.name = "greylist.exempt_recipients",
         .kind = Kind::texts,
         .access = at<std::vector<std::string>>([](Settings& s) -> auto& { return s.greylist.exempt_recipients; }),
         .range = {0, most_entries},
         .help = "Recipients whose mail never waits: addresses, domains, or \"postmaster@\" for that mailbox in every "
                 "domain.",
         .check = check_recipient_entry});
}

void add_greylist(std::vector<Setting>& rows) {
    rows.push_back({.name = "greylist.enabled",
                    .kind = Kind::boolean,
                    .access = at<bool>([](Settings& s) -> auto& { return s.greylist.enabled; }),
                    .help = "Ask senders that are new to deliver again in some minutes; those that do are no spam "
                            "software (RFC 6647). docs/greylisting.md."});
    add_greylist_times(rows);
    rows.push_back({.name = "greylist.reply",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.greylist.reply; }),
                    .help = "What a sender that has to wait is told: code, enhanced code and text, which may name "
                            "fields as in rules, and {greylist.wait}: the seconds that are left.",
                    .check = check_greylist_reply});
    add_greylist_key(rows);
    add_greylist_exemptions(rows);
    rows.push_back({.name = "greylist.most",
                    .kind = Kind::count,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.greylist.most; }),
                    .range = {1000, 100000000},
                    .unit = "rows",
                    .help = "Kept in the ledger; beyond it those that were never verified go, the oldest first."});
}

void add_notify(std::vector<Setting>& rows) {
    rows.push_back({.name = "notify.smtp",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.notify.smtp; }),
                    .help = "The mail server that takes what rules with the action notify send, \"127.0.0.1:25\" or "
                            "\"[::1]:25\"; empty: nothing is sent. It is spoken to in clear text and without a "
                            "password: keep it on this host, or on a network of yours.",
                    .reload = Reload::live,
                    .check = check_smtp_server_or_empty});
    rows.push_back({.name = "notify.from",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.notify.from; }),
                    .help =
                        "The From address of these messages; empty: bonafide@ and the host name. Their MAIL FROM is "
                        "empty, so that nothing comes back.",
                    .reload = Reload::live,
                    .check = check_notice_sender_or_empty});
    rows.push_back({.name = "notify.interval",
                    .kind = Kind::duration,
                    .access = at<milliseconds>([](Settings& s) -> auto& { return s.notify.interval; }),
                    .range = {0, 30 * 24 * hour},
                    .help = "Of one rule to one address at most one message in this time; the next one says how many "
                            "were held back. 0s: each is sent.",
                    .reload = Reload::live});
    rows.push_back({.name = "notify.timeout",
                    .kind = Kind::duration,
                    .access = at<milliseconds>([](Settings& s) -> auto& { return s.notify.timeout; }),
                    .range = {100, 10 * minute},
                    .help = "For each step with that server. RFC 5321 4.5.3.2 has 2 to 10 minutes, for servers of "
                            "strangers. What it does not take is tried again for an hour.",
                    .reload = Reload::live});
}

} // namespace

void add_acting(std::vector<Setting>& rows) {
    add_greylist(rows);
    add_notify(rows);
}

} // namespace bonafide::engine
