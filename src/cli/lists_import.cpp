// `lists import`: every entry of a file, or none.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "cli/ledger_file.hpp"
#include "cli/lists.hpp"
#include "cli/plain_file.hpp"
#include "io/system.hpp"

#include <ctime>
#include <fmt/format.h>
#include <ostream>
#include <set>

namespace bonafide::cli::lists {
namespace {

using io::store::Database;
using io::store::ListRow;
using verdict::ListEntry;

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::size_t most_errors = 100; // shown of one file

void print(const std::string& file, const std::vector<LineError>& errors, Console& console) {
    for (std::size_t i = 0; i < errors.size() && i < most_errors; ++i)
        console.err << fmt::format("{}:{}: {}\n", escape::line(file), errors[i].line, errors[i].text);
    if (errors.size() > most_errors)
        console.err << fmt::format("{}: {} more errors\n", escape::line(file), errors.size() - most_errors);
}

} // namespace

std::expected<std::vector<ListEntry>, std::vector<LineError>> parse_import(verdict::ListName list,
                                                                           std::string_view content) {
    if (content.starts_with(byte_order_mark)) content.remove_prefix(byte_order_mark.size());
    std::vector<ListEntry> entries;
    std::vector<LineError> errors;
    std::set<std::string> seen;
    std::size_t number = 0;
    for (const std::string_view whole : ascii::split(content, '\n')) {
        ++number;
        const std::string_view line = ascii::trim(whole);
        if (line.empty() || line.starts_with('#')) continue;
        auto entry = verdict::parse_list_entry(list, line);
        if (!entry)
            errors.push_back({number, entry.error().text});
        else if (seen.insert(entry->text).second)
            entries.push_back(std::move(*entry));
        if (entries.size() <= most_imported) continue;
        errors.push_back({number, fmt::format("more than {} entries", most_imported)});
        break;
    }
    if (!errors.empty()) return std::unexpected(std::move(errors));
    return entries;
}

Outcome run_import(const Arguments& arguments, Console& console) {
    const std::string file = *arguments.text("FILE");
    const verdict::ListName list = *list_of(arguments);
    if (const auto plain = check_plain_file(file); file != "-" && !plain)
        return cannot(fmt::format("{}: {}", escape::line(file), plain.error().text));
    const auto content = io::system::read_file(file, most_import_bytes);
    if (!content) return cannot(fmt::format("{}: {}", escape::line(file), content.error().text));
    const auto entries = parse_import(list, *content);
    if (!entries) { // alone on their lines, so that editors find "file:line:"
        print(file, entries.error(), console);
        return exit_code::failed;
    }
    auto ledger = open_ledger(arguments, Database::Mode::existing);
    if (!ledger) return std::unexpected(ledger.error());
    const std::int64_t now = std::time(nullptr);
    const std::string who = acting_person(arguments), why = arguments.text("reason").value_or("");
    std::vector<Database::ListChange> changes;
    for (const ListEntry& entry : *entries) {
        const ListRow row = row_of(entry, now, who);
        changes.push_back({row, audit_of("lists import", row, now, who, why)});
    }
    const auto changed = ledger->put_lists(changes);
    if (!changed) return cannot(changed.error());
    console.out << fmt::format("{}: {} new or changed, {} were there already\n", verdict::to_text(list), *changed,
                               entries->size() - *changed);
    return exit_code::done;
}

} // namespace bonafide::cli::lists
