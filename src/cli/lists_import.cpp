// `lists import`: every entry of a file, or none.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "cli/ledger_file.hpp"
#include "cli/lists.hpp"
#include "io/system.hpp"

#include <ctime>
#include <fmt/format.h>
#include <map>
#include <ostream>
#include <set>

namespace bonafide::cli::lists {
namespace {

using io::store::AuditRow;
using io::store::Database;
using io::store::ListRow;
using verdict::ListEntry;

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::size_t most_errors = 100; // shown of one file

/// The rows go in one by one; when one does not, those before it are put back to what they were.
class Import {
  public:
    Import(Database& ledger, std::int64_t now, std::string who, std::string why)
        : ledger_(ledger), now_(now), who_(std::move(who)), why_(std::move(why)) {}

    /// How many are new or changed.
    Expected<std::size_t> put(const std::vector<ListEntry>& entries) {
        const auto before = ledger_.lists();
        if (!before) return std::unexpected(before.error());
        for (const ListRow& row : *before) before_.insert_or_assign({row.list, row.entry}, row);
        for (const ListEntry& entry : entries) {
            const ListRow row = row_of(entry, now_, who_);
            const auto changed = ledger_.put_list(row, audit("lists import", row));
            if (!changed) return undo(changed.error());
            if (*changed) changed_.push_back(row);
        }
        return changed_.size();
    }

  private:
    [[nodiscard]] AuditRow audit(std::string_view action, const ListRow& row) const {
        return audit_of(action, row, now_, who_, why_);
    }

    std::unexpected<Error> undo(const Error& why) {
        for (const ListRow& row : changed_) {
            const auto old = before_.find({row.list, row.entry});
            const auto undone = old == before_.end()
                                    ? ledger_.remove_list(row.list, row.entry, audit("lists import undone", row))
                                    : ledger_.put_list(old->second, audit("lists import undone", row));
            if (!undone)
                return failure(
                    fmt::format("{}; and part of the file is in the list now: {}", why.text, undone.error().text));
        }
        return std::unexpected(why);
    }

    Database& ledger_;
    std::int64_t now_;
    std::string who_, why_;
    std::map<std::pair<std::string, std::string>, ListRow> before_;
    std::vector<ListRow> changed_;
};

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
    const auto content = io::system::read_file(file, most_import_bytes);
    if (!content) return cannot(fmt::format("{}: {}", escape::line(file), content.error().text));
    const auto entries = parse_import(list, *content);
    if (!entries) { // alone on their lines, so that editors find "file:line:"
        print(file, entries.error(), console);
        return exit_code::failed;
    }
    auto ledger = open_ledger(arguments, Database::Mode::existing);
    if (!ledger) return std::unexpected(ledger.error());
    Import import(*ledger, std::time(nullptr), acting_person(arguments), arguments.text("reason").value_or(""));
    const auto changed = import.put(*entries);
    if (!changed) return cannot(changed.error());
    console.out << fmt::format("{}: {} new or changed, {} were there already\n", verdict::to_text(list), *changed,
                               entries->size() - *changed);
    return exit_code::done;
}

} // namespace bonafide::cli::lists
