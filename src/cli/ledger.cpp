// `bonafide ledger info|backup|restore|erase|check|audit`: the file in which the daemon remembers mail. All work beside a running daemon.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "cli/check.hpp"
#include "cli/ledger_file.hpp"
#include "cli/table.hpp"
#include "dns/idna.hpp"

#include <boost/json.hpp>
#include <ctime>
#include <filesystem>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <ostream>

namespace bonafide::cli {
namespace {

namespace json = boost::json;
using io::store::AuditRow;
using io::store::Database;
using Mode = Database::Mode;

std::string time_text(std::int64_t unix_time) {
    return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(static_cast<std::time_t>(unix_time)));
}

/// "1.5 MiB".
std::string size_text(std::uint64_t bytes) {
    constexpr double step = 1024;
    double size = static_cast<double>(bytes);
    std::string_view unit = "bytes";
    for (const std::string_view larger : {"KiB", "MiB", "GiB", "TiB"}) {
        if (size < step) break;
        size /= step;
        unit = larger;
    }
    return unit == "bytes" ? fmt::format("{} bytes", bytes) : fmt::format("{:.1f} {}", size, unit);
}

AuditRow audit_row(const Arguments& arguments, std::string action, std::string what) {
    return {.time = std::time(nullptr),
            .who = acting_person(arguments),
            .action = std::move(action),
            .what = std::move(what),
            .why = arguments.text("reason").value_or("")};
}

// ---- info

Outcome run_info(const Arguments& arguments, Console& console) {
    auto ledger = open_ledger(arguments, Mode::read_only);
    if (!ledger) return std::unexpected(ledger.error());
    const auto found = ledger->statistics();
    if (!found) return cannot(found.error());
    const std::string file = *ledger_path(arguments);
    const auto time_or_null = [](std::int64_t time) { return time == 0 ? json::value() : json::value(time); };
    if (arguments.has("json")) {
        console.out << json::serialize(json::object{{"file", file},
                                                    {"version", io::store::schema_version},
                                                    {"bytes", found->bytes},
                                                    {"histories", found->histories},
                                                    {"messages", found->messages},
                                                    {"oldest_message", time_or_null(found->oldest_message)},
                                                    {"newest_message", time_or_null(found->newest_message)},
                                                    {"transcripts", found->transcripts},
                                                    {"greylist", found->greylist},
                                                    {"list_entries", found->list_rows},
                                                    {"audit", found->audit_rows}})
                    << '\n';
        return exit_code::done;
    }
    console.out << fmt::format("file          {}, {}, ledger version {}\n", escape::line(file), size_text(found->bytes),
                               io::store::schema_version)
                << fmt::format("histories     {}\n", found->histories)
                << fmt::format("messages      {}\n", found->messages);
    if (found->messages > 0)
        console.out << fmt::format("  oldest      {}\n  newest      {}\n", time_text(found->oldest_message),
                                   time_text(found->newest_message));
    console.out << fmt::format("transcripts   {}\n", found->transcripts)
                << fmt::format("greylist      {}\n", found->greylist)
                << fmt::format("list entries  {}\n", found->list_rows)
                << fmt::format("audit         {}\n", found->audit_rows);
    return exit_code::done;
}

// ---- backup and restore

Outcome run_backup(const Arguments& arguments, Console& console) {
    const std::string file = *arguments.text("FILE");
    auto ledger = open_ledger(arguments, Mode::existing);
    if (!ledger) return std::unexpected(ledger.error());
    if (const auto written = ledger->backup(file); !written) return cannot(written.error());
    console.out << fmt::format("written to {}: it holds the secret and all addresses; keep it as safe as the ledger\n",
                               escape::line(file));
    return exit_code::done;
}

Outcome run_restore(const Arguments& arguments, Console& console) {
    const std::string file = *arguments.text("FILE");
    // Before a ledger is made for it.
    if (std::error_code why; !std::filesystem::exists(file, why))
        return cannot(fmt::format("{}: {}", escape::line(file), why ? why.message() : "there is no such file"));
    const auto path = ledger_path(arguments);
    if (!path) return std::unexpected(path.error());
    std::error_code unknown;
    const bool is_new = !std::filesystem::exists(*path, unknown) && !unknown;
    auto ledger = open_ledger(arguments, Mode::create);
    if (!ledger) return std::unexpected(ledger.error());
    const auto restored = ledger->restore(file, audit_row(arguments, "restore", escape::line(file)));
    if (!restored) {
        if (is_new) // an empty one is no use to anybody
            for (const char* part : {"", "-wal", "-shm"}) std::filesystem::remove(*path + part, unknown);
        return cannot(restored.error());
    }
    const auto now = ledger->statistics();
    if (!now) return cannot(now.error());
    console.out << fmt::format("restored: {} histories, {} messages, {} list entries; a running daemon notices within "
                               "seconds\n",
                               now->histories, now->messages, now->list_rows);
    return exit_code::done;
}

// ---- erase

Expected<void> check_person(std::string_view text) {
    const std::string name = without_brackets(text);
    const std::size_t at = name.rfind('@');
    const bool is_words = at == std::string::npos && name.find_first_of(" \t\r\n") != std::string::npos;
    if (name.empty() || at == 0 || at + 1 == name.size() || is_words)
        return failure(fmt::format("\"{}\" is neither an address in full, as ann@example.com, nor a login name, as ann",
                                   escape::line(text)));
    return {};
}

/// Of an internationalized domain the form that was not given: A-labels, as mail has them.
std::string other_spelling(const std::string& address) {
    const std::size_t at = address.rfind('@');
    if (at == std::string::npos) return address;
    const auto domain = dns::to_ascii(address.substr(at + 1));
    return domain ? address.substr(0, at + 1) + ascii::lower(*domain) : address;
}

std::string erased_text(const Database::Erased& erased, const std::string& name) {
    if (erased.nothing())
        return fmt::format("nothing is kept about {}: no message, history, feedback, list entry or audit row names it, "
                           "and nothing was erased\n",
                           escape::line(name));
    std::string text = fmt::format("erased: {} histories, {} messages, {} words of feedback, {} list entries",
                                   erased.histories, erased.messages, erased.feedback, erased.list_rows);
    if (erased.audit_rows > 0) text += fmt::format("; the name in {}", counted(erased.audit_rows, "audit row"));
    return text + '\n';
}

json::object object_of(const Database::Erased& erased) {
    return {{"histories", erased.histories},    {"messages", erased.messages},     {"feedback", erased.feedback},
            {"list_entries", erased.list_rows}, {"audit_rows", erased.audit_rows}, {"greylist", erased.greylist}};
}

/// The name as it was given, and an address in its other spelling.
std::expected<Database::Erased, Failure> erase_person(Database& ledger, const std::string& name,
                                                      const Arguments& arguments) {
    auto erased = ledger.erase(name, audit_row(arguments, "erase", "one person"));
    if (!erased) return cannot(erased.error());
    const std::string other = other_spelling(name);
    if (other == name) return *erased;
    const auto more = ledger.erase(other, audit_row(arguments, "erase", "one person, in the address's other spelling"));
    if (!more) return cannot(more.error());
    erased->histories += more->histories;
    erased->messages += more->messages;
    erased->feedback += more->feedback;
    erased->list_rows += more->list_rows;
    erased->audit_rows += more->audit_rows;
    erased->greylist += more->greylist;
    return *erased;
}

Outcome run_erase(const Arguments& arguments, Console& console) {
    const std::string name = ascii::lower(without_brackets(*arguments.text("PERSON")));
    auto ledger = open_ledger(arguments, Mode::existing);
    if (!ledger) return std::unexpected(ledger.error());
    const auto erased = erase_person(*ledger, name, arguments);
    if (!erased) return std::unexpected(erased.error());
    if (arguments.has("json"))
        console.out << json::serialize(object_of(*erased)) << '\n';
    else
        console.out << erased_text(*erased, name);
    return exit_code::done;
}

// ---- check and audit

constexpr std::size_t most_damaged = 100; // rows named

Outcome run_check(const Arguments& arguments, Console& console) {
    auto ledger = open_ledger(arguments, Mode::read_only);
    if (!ledger) return std::unexpected(ledger.error());
    const std::string file = escape::line(*ledger_path(arguments));
    const auto sound = ledger->check();
    if (!sound) return cannot(sound.error());
    const auto damage = ledger->damage(most_damaged);
    if (!damage) return cannot(damage.error());
    for (const io::store::DamagedRow& row : damage->rows)
        console.out << fmt::format("{} {}: {}\n", row.table, escape::line(row.key), row.what);
    if (damage->count > damage->rows.size())
        console.out << fmt::format("and {} more\n", damage->count - damage->rows.size());
    if (damage->count > 0)
        return cannot(fmt::format("{}: {} cannot be read; a damaged history begins anew with its next message (ledger "
                                  "restore brings back what a backup has)",
                                  file, counted(damage->count, "row")));
    console.out << file << ": ok\n";
    return exit_code::done;
}

constexpr std::uint64_t default_audit_rows = 50;
constexpr std::uint64_t most_audit_rows = 1'000'000;

Expected<void> check_count(std::string_view text) {
    const auto count = ascii::parse_decimal(text);
    if (!count || *count == 0 || *count > most_audit_rows)
        return failure(fmt::format("must be a whole number from 1 to {}", most_audit_rows));
    return {};
}

std::string line_of(const AuditRow& row) {
    std::string line = fmt::format("{}  {}: {}", time_text(row.time), escape::line(row.who), escape::line(row.action));
    if (!row.what.empty()) line += fmt::format(" {}", escape::line(row.what, 2000));
    if (!row.why.empty()) line += fmt::format(" ({})", escape::line(row.why, 2000));
    return line;
}

Outcome run_audit(const Arguments& arguments, Console& console) {
    auto ledger = open_ledger(arguments, Mode::read_only);
    if (!ledger) return std::unexpected(ledger.error());
    const auto most = ascii::parse_decimal(arguments.text("most").value_or("")).value_or(default_audit_rows);
    const auto rows = ledger->audit(most);
    if (!rows) return cannot(rows.error());
    if (!arguments.has("json")) {
        for (const AuditRow& row : *rows) console.out << line_of(row) << '\n';
        if (rows->empty()) console.out << "nothing was changed by hand yet\n";
        return exit_code::done;
    }
    json::array array;
    for (const AuditRow& row : *rows)
        array.push_back(json::object{
            {"time", row.time}, {"who", row.who}, {"action", row.action}, {"what", row.what}, {"why", row.why}});
    console.out << json::serialize(array) << '\n';
    return exit_code::done;
}

Option reason_option(Times times) {
    return {.name = "reason", .value = "TEXT", .help = "why, for the audit", .times = times};
}

} // namespace

Command ledger_info_command() {
    return {.name = "ledger info",
            .summary = "What the ledger holds",
            .description = "Counts of histories, messages, transcripts and list entries, and the size of the file with "
                           "its write-ahead log.",
            .examples = {{"ledger info", "Of the daemon's ledger"},
                         {"ledger info --ledger backup.db --json", "Of a backup, for scripts"}},
            .options = with_ledger_options({{.name = "json", .help = "print one JSON object"}}),
            .run = run_info};
}

Command ledger_backup_command() {
    return {.name = "ledger backup",
            .summary = "Copy the ledger while the daemon runs",
            .description = "Writes one consistent file; a plain copy of the ledger's file would not be one. FILE must "
                           "not be there yet.",
            .examples = {{"ledger backup /var/backups/bonafide.db", "Every night, before the files are saved"}},
            .positionals = {{.name = "FILE", .help = "the file to be written"}},
            .options = with_ledger_options({}),
            .run = run_backup};
}

Command ledger_restore_command() {
    return {.name = "ledger restore",
            .summary = "Put a backup in the place of the ledger's contents",
            .description = "Everything the ledger holds now is replaced, lists included; what the daemon learned since "
                           "the backup is gone. Only the audit keeps what it says. The daemon may run: it notices "
                           "within seconds.",
            .examples = {{"ledger restore /var/backups/bonafide.db --reason \"disk failure\"", "After a loss"}},
            .positionals = {{.name = "FILE", .help = "what ledger backup wrote"}},
            .options = with_ledger_options({reason_option(Times::at_most_once), by_option()}),
            .run = run_restore};
}

Command ledger_erase_command() {
    return {.name = "ledger erase",
            .summary = "Erase all that is kept about one person",
            .description =
                "By an address: messages from and to it, or signed by it (DKIM i=), with their transcripts, histories "
                "about it, its feedback and list entries that name it. By a login name, which feedback is given "
                "under: its feedback, mail of a local user of that name, and the name where it stands alone, not "
                "where it is a word of a note. In a ledger with hashed addresses just so. Overwritten on disk. The "
                "audit says that somebody was erased, by whom and why, not who; where nothing is kept about the "
                "person that is said, and the exit code is 0 as well. Entries of the configuration file, logs and "
                "backups are other places: look there too. Mail "
                "of this very moment may be written afterwards; then erase once more.",
            .examples = {{"ledger erase ann@example.com --reason \"request 2026-118\"", "At a person's request"},
                         {"ledger erase ann --reason \"request 2026-118\"", "By the name she logs in with"}},
            .positionals = {{.name = "PERSON", .help = "an address in full, or a login name", .check = check_person}},
            .options = with_ledger_options(
                {reason_option(Times::once), by_option(), {.name = "json", .help = "print one JSON object"}}),
            .run = run_erase};
}

Command ledger_check_command() {
    return {.name = "ledger check",
            .summary = "Is the ledger's file sound?",
            .description =
                "Reads the whole file and what is inside of every row; the exit code is 1 when something is "
                "damaged, with the rows by table and key: a message's id, a domain, the number of a history.",
            .examples = {{"ledger check", "After a crash of the machine"},
                         {"ledger check --ledger /var/backups/bonafide.db", "Of a backup"}},
            .options = with_ledger_options({}),
            .run = run_check};
}

Command ledger_audit_command() {
    return {.name = "ledger audit",
            .summary = "Who changed what in the ledger, when and why",
            .description = "Changes of lists, feedback, erasures and restores, newest first.",
            .examples = {{"ledger audit", "The last 50 changes"}},
            .options = with_ledger_options(
                {{.name = "most", .value = "N", .help = "so many rows", .fallback = "50", .check = check_count},
                 {.name = "json", .help = "print one JSON array"}}),
            .run = run_audit};
}

} // namespace bonafide::cli
