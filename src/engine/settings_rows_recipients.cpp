// The rows of safe and blocked senders of each recipient.
#include "engine/settings_check.hpp"
#include "engine/settings_rows.hpp"
#include "engine/sieve_scripts.hpp"

namespace bonafide::engine {
namespace {

Expected<void> check_pattern(std::string_view text) {
    if (text.empty()) return {};
    const auto pattern = SievePattern::parse(text);
    return pattern ? Expected<void>() : std::unexpected(pattern.error());
}

} // namespace

void add_recipients(std::vector<Setting>& rows) {
    rows.push_back({.name = "recipients.senders",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.recipients.senders; }),
                    .help = "File with the safe and blocked senders of each recipient, a line each: RECIPIENT "
                            "safe|blocked SENDER (docs/rules.md, The user wins); empty: none.",
                    .check = check_path_or_empty});
    rows.push_back({.name = "recipients.sqlite",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.recipients.sqlite; }),
                    .help = "SQLite file with the same, opened for reading only; empty: none. Other databases: write "
                            "recipients.senders with their own client.",
                    .check = check_path_or_empty});
    rows.push_back({.name = "recipients.sqlite_query",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.recipients.sqlite_query; }),
                    .help =
                        "What is asked there: one SELECT whose rows are recipient, \"safe\" or \"blocked\", sender. "
                        "Views of the file are not read.",
                    .check = check_not_empty});
    rows.push_back(
        {.name = "recipients.sieve",
         .kind = Kind::text,
         .access = at<std::string>([](Settings& s) -> auto& { return s.recipients.sieve; }),
         .help = "Where the users' active Sieve scripts lie, for what they say of senders alone: "
                 "\"/var/vmail/{domain}/{user}/.dovecot.sieve\". Without {domain} a {user} with an \"@\" is a whole "
                 "address, another one has that name in each of lists.accepted_domains; empty: none.",
         .check = check_pattern});
    rows.push_back({.name = "recipients.reload",
                    .kind = Kind::duration,
                    .access = at<milliseconds>([](Settings& s) -> auto& { return s.recipients.reload; }),
                    .range = {second, 24 * hour},
                    .help = "How often these files are looked at for changes. What cannot be read keeps what it said "
                            "before; the log says so."});
}

} // namespace bonafide::engine
