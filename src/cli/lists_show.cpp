// `lists show`, `lists export`, `lists audit`: what holds, what the ledger keeps, and who changed it.
#include "cli/ledger_file.hpp"
#include "cli/lists.hpp"
#include "cli/time_text.hpp"
#include "engine/ledger_path.hpp"
#include "verdict/json_text.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <ctime>
#include <fmt/format.h>
#include <ostream>

namespace bonafide::cli::lists {
namespace {

namespace json = boost::json;
using io::store::Database;

constexpr std::size_t most_audit_rows = 1'000'000; // looked through for those of lists

void print(std::span<const Listed> all, std::int64_t now, const Arguments& arguments, Console& console) {
    if (arguments.has("json"))
        console.out << json_of(all, now) << '\n';
    else if (arguments.has("csv"))
        table_of(all, now).print_csv(console.out);
    else
        table_of(all, now).print_text(console.out);
}

/// Without a list to look at, what is built in is only counted.
void print_overview(std::vector<Listed> all, std::int64_t now, Console& console) {
    const std::size_t before = all.size();
    std::erase_if(all, [](const Listed& one) { return one.origin == Origin::built_in; });
    if (all.empty())
        console.out << "no entries\n";
    else
        table_of(all, now).print_text(console.out);
    if (before > all.size())
        console.out << fmt::format("{} built in: lists show LIST names them\n", before - all.size());
}

/// The ledger's entries; none where the configuration names no ledger and none is given.
std::expected<std::vector<Listed>, Failure> kept_if_any(const Arguments& arguments, const engine::Settings& settings) {
    if (!arguments.has("ledger") && engine::ledger_file(settings).empty()) return std::vector<Listed>{};
    auto ledger = open_ledger(arguments, Database::Mode::read_only);
    if (!ledger) return std::unexpected(ledger.error());
    auto all = kept(*ledger);
    if (!all) return cannot(all.error());
    return *std::move(all);
}

json::object object_of(const io::store::AuditRow& row) {
    return {{"time", row.time},
            {"who", verdict::utf8(row.who)},
            {"action", verdict::utf8(row.action)},
            {"what", verdict::utf8(row.what)},
            {"why", row.why.empty() ? json::value() : json::value(json::string(verdict::utf8(row.why)))}};
}

} // namespace

Outcome run_show(const Arguments& arguments, Console& console) {
    const auto settings = ledger_settings(arguments);
    if (!settings) return std::unexpected(settings.error());
    auto all = kept_if_any(arguments, **settings);
    if (!all) return std::unexpected(all.error());
    std::ranges::move(configured(**settings), std::back_inserter(*all));
    const auto list = list_of(arguments);
    std::vector<Listed> shown = ordered(std::move(*all), list);
    const std::int64_t now = std::time(nullptr);
    if (list || arguments.has("json") || arguments.has("csv"))
        print(shown, now, arguments, console);
    else
        print_overview(std::move(shown), now, console);
    return exit_code::done;
}

Outcome run_export(const Arguments& arguments, Console& console) {
    auto ledger = open_ledger(arguments, Database::Mode::read_only);
    if (!ledger) return std::unexpected(ledger.error());
    auto all = kept(*ledger);
    if (!all) return cannot(all.error());
    const std::vector<Listed> entries = ordered(std::move(*all), list_of(arguments));
    if (arguments.has("json") || arguments.has("csv")) {
        print(entries, std::time(nullptr), arguments, console);
        return exit_code::done;
    }
    std::string_view heading;
    for (const Listed& one : entries) {
        if (one.row.list != heading) console.out << "# " << one.row.list << '\n';
        heading = one.row.list;
        console.out << verdict::to_text(verdict::ListEntry{{}, one.row.entry, one.row.note, one.row.expires}) << '\n';
    }
    return exit_code::done;
}

Outcome run_audit(const Arguments& arguments, Console& console) {
    auto ledger = open_ledger(arguments, Database::Mode::read_only);
    if (!ledger) return std::unexpected(ledger.error());
    auto rows = ledger->audit(most_audit_rows);
    if (!rows) return cannot(rows.error());
    std::erase_if(*rows, [](const io::store::AuditRow& row) { return !row.action.starts_with("lists "); });
    const std::uint64_t most = read_number(arguments, "most", 100);
    if (rows->size() > most) rows->resize(most);
    Table table({"time", "who", "action", "what", "why"});
    json::array array;
    for (const io::store::AuditRow& row : *rows) {
        table.add({utc_text(row.time), row.who, row.action, row.what, row.why});
        array.push_back(object_of(row));
    }
    if (arguments.has("json"))
        console.out << json::serialize(json::object{{"changes", std::move(array)}}) << '\n';
    else if (arguments.has("csv"))
        table.print_csv(console.out);
    else if (table.empty())
        console.out << "no changes\n";
    else
        table.print_text(console.out);
    return exit_code::done;
}

} // namespace bonafide::cli::lists
