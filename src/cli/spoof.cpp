// `bonafide spoof`: who sends in whose name without proof, what became of it, and how to change that.
#include "cli/spoof.hpp"

#include "cli/check.hpp"
#include "cli/ledger_file.hpp"
#include "cli/lists.hpp"
#include "cli/table.hpp"
#include "cli/time_text.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"
#include "verdict/json_text.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <ctime>
#include <fmt/format.h>
#include <ostream>

namespace bonafide::cli {
namespace {

namespace json = boost::json;
using io::store::Database;
using io::store::SpoofRow;
using spoof::Mode;
using spoof::View;

struct Shown {
    SpoofRow row;
    View view;
};

std::string_view type_of(const SpoofRow& row) { return row.internal ? "internal" : "external"; }

/// "outlook.com" of "ptr:outlook.com".
std::string_view name_of(std::string_view infrastructure) {
    return infrastructure.substr(infrastructure.find(':') + 1);
}

bool is_wanted(const SpoofRow& row, const Arguments& arguments) {
    if (const auto type = arguments.text("type"); type && *type != type_of(row)) return false;
    const auto text = arguments.text("domain");
    if (!text) return true;
    const std::string domain = dns::to_ascii(*text).value_or(*text);
    return dns::is_equal_or_below(row.author_domain, domain) ||
           dns::is_equal_or_below(name_of(row.infrastructure), domain);
}

/// The newest message, where its list entry hides what else is known.
std::optional<double> other_score(Database& ledger, const SpoofRow& row, Mode mode) {
    if (mode == Mode::insight || row.last_reason != 2) return {};
    const auto newest = ledger.message(row.last_id);
    return newest && *newest ? spoof::score_without_lists((*newest)->message.document) : std::nullopt;
}

std::string_view heading(Mode mode, const engine::Settings& settings) {
    if (!settings.compauth.enabled) return "composite authentication is off: what would have been detected\n\n";
    return mode == Mode::what_if ? "as if no pair were listed\n\n" : "";
}

Table table_of(const std::vector<Shown>& rows) {
    Table table({"spoofed user", "sending infrastructure", "messages", "last seen", "type", "action", "why", "newest",
                 "change"});
    for (const auto& [row, view] : rows)
        table.add({row.author_domain, std::string(name_of(row.infrastructure)), std::to_string(row.messages),
                   utc_text(row.last_seen), std::string(type_of(row)), std::string(to_text(view.action)), view.why,
                   row.last_id, view.change});
    return table;
}

std::string json_of(const std::vector<Shown>& rows, Mode mode, std::uint64_t days) {
    json::array array;
    for (const auto& [row, view] : rows)
        array.push_back(json::object{
            {"spoofed_user", verdict::utf8(row.author_domain)},
            {"infrastructure", verdict::utf8(name_of(row.infrastructure))},
            {"infrastructure_kind", verdict::utf8(row.infrastructure.substr(0, row.infrastructure.find(':')))},
            {"messages", row.messages},
            {"passed", row.passed},
            {"first_seen", row.first_seen},
            {"last_seen", row.last_seen},
            {"type", type_of(row)},
            {"action", to_text(view.action)},
            {"reason", verdict::reason_text(row.last_reason)},
            {"why", verdict::utf8(view.why)},
            {"listed", view.listed},
            {"newest", verdict::utf8(row.last_id)},
            {"change", view.change.empty() ? json::value() : json::value(verdict::utf8(view.change))}});
    return json::serialize(json::object{{"mode", to_text(mode)}, {"days", days}, {"rows", std::move(array)}});
}

std::expected<std::shared_ptr<const verdict::Lists>, Failure>
lists_now(Database& ledger, const engine::Settings& settings, std::int64_t now, const dns::PublicSuffixList& suffixes) {
    auto all = lists::kept(ledger);
    if (!all) return cannot(all.error());
    std::ranges::move(lists::configured(settings), std::back_inserter(*all));
    return verdict::build_lists(lists::entries_of(*all), {}, now, suffixes);
}

Outcome run_spoof(const Arguments& arguments, Console& console) {
    const auto settings = ledger_settings(arguments);
    if (!settings) return std::unexpected(settings.error());
    const auto suffixes = dns::PublicSuffixList::open((*settings)->dmarc.public_suffix_list);
    if (!suffixes) return cannot(suffixes.error());
    auto ledger = open_ledger(arguments, Database::Mode::read_only);
    if (!ledger) return std::unexpected(ledger.error());
    const std::int64_t now = std::time(nullptr);
    const auto lists = lists_now(*ledger, **settings, now, **suffixes);
    if (!lists) return std::unexpected(lists.error());
    const std::uint64_t days = read_number(arguments, "days", 7);
    const auto rows = ledger->spoofs(now - static_cast<std::int64_t>(days) * 86400);
    if (!rows) return cannot(rows.error());

    const bool off = !(*settings)->compauth.enabled;
    const Mode mode = off || arguments.has("what-if") ? Mode::what_if : Mode::insight;
    const auto action = arguments.text("action");
    std::vector<Shown> shown;
    for (const SpoofRow& row : *rows) {
        if (!is_wanted(row, arguments)) continue;
        View view = view_of(row, **lists, **suffixes, mode, other_score(*ledger, row, mode));
        if (!action || *action == to_text(view.action)) shown.push_back({row, std::move(view)});
    }
    if (arguments.has("json"))
        console.out << json_of(shown, mode, days) << '\n';
    else if (arguments.has("csv"))
        table_of(shown).print_csv(console.out);
    else if (shown.empty())
        console.out << heading(mode, **settings) << "nobody\n";
    else
        table_of(shown).print_text(console.out << heading(mode, **settings));
    return exit_code::done;
}

} // namespace

Command spoof_command() {
    return {
        .name = "spoof",
        .summary = "Show who sends in whose name without proof (spoof intelligence)",
        .description =
            "A row for each pair of a domain in From and the infrastructure that sends for it (the domain of the "
            "client's confirmed name, else its network) where nothing explicit vouches: how many messages, of which "
            "kind (internal: the domain is ours), whether judging allowed or blocked it and why, and the command "
            "that changes this. Messages that the owner's DMARC policy asks to quarantine or reject are not among "
            "them. With --what-if as if no pair were listed; with compauth.enabled = false that is all there is.",
        .examples = {{"spoof", "The last week"},
                     {"spoof --type internal --action allowed", "Who sends as us, and is let through"},
                     {"spoof --days 30 --csv", "For a spreadsheet"}},
        .options = with_ledger_options(
            {{.name = "days", .value = "N", .help = "how far back", .fallback = "7", .check = check_days},
             {.name = "type",
              .value = "TYPE",
              .help = "only spoofs of our domains, or of others",
              .choices = {"internal", "external"}},
             {.name = "action", .value = "ACTION", .help = "only these", .choices = {"allowed", "blocked"}},
             {.name = "domain",
              .value = "DOMAIN",
              .help = "only where the author or the infrastructure is of this domain",
              .check = check_domain},
             {.name = "what-if", .help = "as if no pair were listed"},
             json_option(),
             csv_option()}),
        .run = run_spoof};
}

} // namespace bonafide::cli
