// The rows of judging: composite authentication, lists, ledger.
#include "engine/settings_check.hpp"
#include "engine/settings_lists.hpp"
#include "engine/settings_rows.hpp"

namespace bonafide::engine {
namespace {

void add_compauth(std::vector<Setting>& rows) {
    rows.push_back({.name = "compauth.enabled",
                    .kind = Kind::boolean,
                    .access = at<bool>([](Settings& s) -> auto& { return s.compauth.enabled; }),
                    .help = "Judge inbound mail beyond the standards: composite authentication, compauth=."});
    rows.push_back(
        {.name = "compauth.form",
         .kind = Kind::choice,
         .access = choice<+[](Settings& s) -> CompauthForm& { return s.compauth.form; }>({"own", "microsoft", "none"}),
         .help =
             "How it is stamped: own puts it into an Authentication-Results field of its own (RFC 8601 2.7.6 lets "
             "readers drop a field with a method they do not know); microsoft writes the one field of Microsoft 365 "
             "letter by letter, instead of ours; none stamps nothing."});
    rows.push_back({.name = "compauth.indicators",
                    .kind = Kind::boolean,
                    .access = at<bool>([](Settings& s) -> auto& { return s.compauth.indicators; }),
                    .help = "Stamp X-Bonafide-Sender (unverified, via, first contact) and X-Bonafide-Suggestion, for "
                            "clients and Sieve."});
    rows.push_back({.name = "compauth.weights",
                    .kind = Kind::texts,
                    .access = at<std::vector<std::string>>([](Settings& s) -> auto& { return s.compauth.weights; }),
                    .range = {0, 1000},
                    .help = "Points of signals where ours do not fit: \"look_alike=-9\", with a half-life in days "
                            "\"pair_established=6/90d\". docs/compauth.md has the table.",
                    .check = check_weight});
    rows.push_back(
        {.name = "compauth.thresholds",
         .kind = Kind::texts,
         .access = at<std::vector<std::string>>([](Settings& s) -> auto& { return s.compauth.thresholds; }),
         .range = {0, 1000},
         .help =
             "Scores and counts from which on something holds, where ours do not fit: \"junk=-6\". docs/compauth.md "
             "has the table.",
         .check = check_threshold});
}

constexpr std::int64_t most_entries = 100000;

void add_list(std::vector<Setting>& rows, std::string name, Member<std::vector<std::string>> member, std::string help,
              Expected<void> (*check)(std::string_view)) {
    rows.push_back({.name = std::move(name),
                    .kind = Kind::texts,
                    .access = member,
                    .range = {0, most_entries},
                    .help = std::move(help),
                    .check = check});
}

/// Each entry may end in "until=YYYY-MM-DD" and "# NOTE"; more come from the table that `bonafide lists` keeps.
void add_lists(std::vector<Setting>& rows) {
    add_list(
        rows, "lists.accepted_domains", [](Settings& s) -> auto& { return s.lists.accepted_domains; },
        "Domains of ours: mail that comes in from outside in their name and proves nothing is a spoof (010, 601). Each "
        "entry of a list may end in \"until=2027-01-31\" and \"# note\"; `bonafide lists` adds more without a reload.",
        check_accepted_domain);
    add_list(
        rows, "lists.allow_pairs", [](Settings& s) -> auto& { return s.lists.allow_pairs; },
        "Who may send as whom: \"AUTHOR, INFRASTRUCTURE\", as in \"chris@contoso.com, fabrikam.com\" or \"contoso.com, "
        "192.0.2.0/24\"; one side may be *.",
        check_allow_pair);
    add_list(
        rows, "lists.block_pairs", [](Settings& s) -> auto& { return s.lists.block_pairs; },
        "Who may not send as whom (002), in the same form. A block beats an allowance.", check_block_pair);
    add_list(
        rows, "lists.sealers", [](Settings& s) -> auto& { return s.lists.sealers; },
        "Domains whose ARC seals are believed (130): \"lists.example\", with a scope \"lists.example from=a.example "
        "to=b.example\".",
        check_sealer);
    rows.push_back(
        {.name = "lists.believe_sealers",
         .kind = Kind::boolean,
         .access = at<bool>([](Settings& s) -> auto& { return s.lists.believe_sealers; }),
         .help = "Let the seals of listed sealers speak for mail that fails DMARC (130); off, ARC is verified and "
                 "stamped, no more. ESET Mail Security calls it Accept ARC signature."});
    rows.push_back({.name = "lists.default_sealers",
                    .kind = Kind::boolean,
                    .access = at<bool>([](Settings& s) -> auto& { return s.lists.default_sealers; }),
                    .help = "Believe the seals of 16 large providers too (docs/compauth.md names them)."});
    add_list(
        rows, "lists.protected_domains", [](Settings& s) -> auto& { return s.lists.protected_domains; },
        "Domains of others whose look-alikes are told, beside ours and those our users write to.",
        check_protected_domain);
    add_list(
        rows, "lists.protected_users", [](Settings& s) -> auto& { return s.lists.protected_users; },
        "People whose name at another address is told: \"Ann Example <ann@ours.example>, <ann@private.example>\".",
        check_protected_user);
    add_list(
        rows, "lists.networks", [](Settings& s) -> auto& { return s.lists.networks; },
        "Clients whose mail is verified but not judged (compauth=none, 400).", check_client_network);
    add_list(
        rows, "lists.shared_infrastructure", [](Settings& s) -> auto& { return s.lists.shared_infrastructure; },
        "Organizational Domains whose hosts send for strangers: their names and their past vouch for nobody.",
        check_shared_infrastructure);
    add_list(
        rows, "lists.allow", [](Settings& s) -> auto& { return s.lists.allow; },
        "Senders whose mail is let through: addresses, domains with all below, networks. Neither DMARC nor the "
        "judgement "
        "keeps it back, and it is not greylisted. A name counts only where it is proven: of MAIL FROM where SPF "
        "passes, of "
        "From where DMARC does.",
        check_listed_sender);
    add_list(
        rows, "lists.block", [](Settings& s) -> auto& { return s.lists.block; },
        "Senders whose mail is refused with rules.block_reply: by client or MAIL FROM before the message is sent, by "
        "From "
        "at its end.",
        check_listed_sender);
    add_list(
        rows, "lists.ignore", [](Settings& s) -> auto& { return s.lists.ignore; },
        "Senders that no DNS list is asked about; else they are checked as all others are.", check_listed_sender);
    rows.push_back({.name = "lists.default_shared_infrastructure",
                    .kind = Kind::boolean,
                    .access = at<bool>([](Settings& s) -> auto& { return s.lists.default_shared_infrastructure; }),
                    .help = "Count the large clouds, mailbox providers and bulk mailers among them."});
}

void add_ledger(std::vector<Setting>& rows) {
    rows.push_back({.name = "ledger.path",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.ledger.path; }),
                    .help =
                        "File in which histories, messages and lists are kept; it is made when it is missing. auto is "
                        "/var/lib/bonafide/ledger.db where that folder is there. Empty, or no such folder: histories "
                        "live in memory until the daemon ends, messages and lists are not kept.",
                    .reload = Reload::restart,
                    .check = check_ledger_path});
    rows.push_back({.name = "ledger.keep_messages",
                    .kind = Kind::seconds,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.ledger.keep_messages; }),
                    .range = {0, 3650 * day_in_seconds},
                    .help = "How long each message's verdict and what led to it are kept, for trace, spoof and "
                            "feedback; \"0s\": not at all.",
                    .reload = Reload::restart});
    rows.push_back({.name = "ledger.keep_transcripts",
                    .kind = Kind::seconds,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.ledger.keep_transcripts; }),
                    .range = {0, 3650 * day_in_seconds},
                    .help = "How long all DNS questions and answers behind it are kept; \"0s\": not at all.",
                    .reload = Reload::restart});
    rows.push_back({.name = "ledger.most_pasts",
                    .kind = Kind::count,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.ledger.most_pasts; }),
                    .range = {1000, 1000000000},
                    .unit = "histories",
                    .help = "In the file, about 60 bytes each. Beyond it the weakest, oldest ones are forgotten.",
                    .reload = Reload::restart});
    rows.push_back({.name = "ledger.most_messages",
                    .kind = Kind::count,
                    .access = at<std::uint32_t>([](Settings& s) -> auto& { return s.ledger.most_messages; }),
                    .range = {0, 1000000000},
                    .unit = "messages",
                    .help = "In the file, about 2 KB each. Beyond it the oldest are forgotten.",
                    .reload = Reload::restart});
    rows.push_back(
        {.name = "ledger.addresses",
         .kind = Kind::choice,
         .access = choice<+[](Settings& s) -> KeptAddresses& { return s.ledger.addresses; }>({"plain", "hashed"}),
         .help = "hashed keeps a keyed hash in the place of each address's local part, of the name of who gives "
                 "feedback and of a List-Id, and no display names and subjects; `bonafide trace` finds a person's mail "
                 "all the same, by the address."});
    rows.push_back({.name = "ledger.subjects",
                    .kind = Kind::boolean,
                    .access = at<bool>([](Settings& s) -> auto& { return s.ledger.subjects; }),
                    .help = "Keep subjects."});
    rows.push_back({.name = "ledger.read_timeout",
                    .kind = Kind::duration,
                    .access = at<milliseconds>([](Settings& s) -> auto& { return s.ledger.read_timeout; }),
                    .range = {1, minute},
                    .help = "A message whose history the store does not give by then is judged without it."});
    rows.push_back({.name = "ledger.batch",
                    .kind = Kind::duration,
                    .access = at<milliseconds>([](Settings& s) -> auto& { return s.ledger.batch; }),
                    .range = {10, minute},
                    .help = "How long what was learned waits before it is written with the rest. A crash loses at "
                            "most that."});
}

} // namespace

void add_judging(std::vector<Setting>& rows) {
    add_compauth(rows);
    add_lists(rows);
    add_ledger(rows);
}

} // namespace bonafide::engine
