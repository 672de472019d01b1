// `lists add` and `lists remove`. The daemon takes a change up by itself.
#include "base/escape.hpp"
#include "cli/ledger_file.hpp"
#include "cli/lists.hpp"
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
using verdict::ListEntry;
using verdict::ListName;

bool is_kept(std::span<const Listed> all, std::string_view list, std::string_view entry) {
    return std::ranges::any_of(all, [&](const Listed& one) { return one.row.list == list && one.row.entry == entry; });
}

void remark_on_pair(const ListEntry& entry, std::span<const Listed> all, const dns::PublicSuffixList& suffixes,
                    std::vector<std::string>& lines) {
    const bool allow = entry.list == ListName::allow_pairs;
    const std::string_view other = verdict::to_text(allow ? ListName::block_pairs : ListName::allow_pairs);
    if (is_kept(all, other, entry.text)) lines.push_back(fmt::format("{} has the same pair: the block holds", other));
    const std::string infrastructure = entry.text.substr(entry.text.find(", ") + 2);
    if (infrastructure == "*" || infrastructure.contains('/')) return;
    if (const std::string organization = suffixes.organizational(infrastructure); organization != infrastructure)
        lines.push_back(fmt::format("PTR names count by their Organizational Domain: {} can only be a DKIM domain "
                                    "here, for a host write {}",
                                    infrastructure, organization));
}

/// What `lists` changed or did not, as the command tells it.
void tell(const ListEntry& entry, std::string_view done, const Arguments& arguments, Console& console) {
    if (arguments.has("json")) {
        console.out << json::serialize(json::object{
                           {"list", verdict::to_text(entry.list)},
                           {"entry", verdict::utf8(entry.text)},
                           {"until",
                            entry.expires ? json::value(verdict::last_day_text(*entry.expires)) : json::value()},
                           {"note", entry.note.empty() ? json::value() : json::value(verdict::utf8(entry.note))},
                           {"done", done}})
                    << '\n';
        return;
    }
    console.out << fmt::format("{}: {} {}\n", verdict::to_text(entry.list), escape::line(verdict::to_text(entry), 2000),
                               done);
}

} // namespace

std::expected<ListEntry, Failure> given_entry(const Arguments& arguments, ListName list, std::int64_t now) {
    auto entry = verdict::parse_list_entry(list, *arguments.text("ENTRY"));
    if (!entry) return wrong_usage(fmt::format("ENTRY: {}", entry.error().text));
    const auto note = arguments.text("note");
    const auto until = arguments.text("until");
    if (note && !entry->note.empty()) return wrong_usage("--note: ENTRY has a note of its own");
    if (until && entry->expires) return wrong_usage("--until: ENTRY has a date of its own");
    if (note) entry->note = *note;
    if (until) entry->expires = verdict::parse_last_day(*until);
    if (until && !entry->expires) return wrong_usage("--until: give a date, YYYY-MM-DD");
    if (entry->expires && *entry->expires <= now)
        return wrong_usage(fmt::format("{} has passed", verdict::last_day_text(*entry->expires)));
    // A note comes as it is written into files: one line, not too long.
    auto whole = verdict::parse_list_entry(list, verdict::to_text(*entry));
    if (!whole) return wrong_usage(fmt::format("--note: {}", whole.error().text));
    return *std::move(whole);
}

std::vector<std::string> remarks(const ListEntry& entry, std::span<const Listed> all,
                                 const dns::PublicSuffixList& suffixes) {
    std::vector<std::string> lines;
    for (const Listed& one : all)
        if (one.origin != Origin::ledger && one.row.list == verdict::to_text(entry.list) && one.row.entry == entry.text)
            lines.emplace_back("the configuration holds it already");
    if (entry.list == ListName::allow_pairs || entry.list == ListName::block_pairs)
        remark_on_pair(entry, all, suffixes, lines);
    if (entry.list == ListName::accepted_domains && suffixes.is_public_suffix(entry.text))
        lines.push_back(fmt::format("{} is a public suffix: names below it do not count as ours", entry.text));
    if (entry.list == ListName::shared_infrastructure && suffixes.organizational(entry.text) != entry.text)
        lines.push_back(
            fmt::format("hosts count by their Organizational Domain: {}", suffixes.organizational(entry.text)));
    return lines;
}

Outcome run_add(const Arguments& arguments, Console& console) {
    const std::int64_t now = std::time(nullptr);
    const auto entry = given_entry(arguments, *list_of(arguments), now);
    if (!entry) return std::unexpected(entry.error());
    const auto settings = ledger_settings(arguments);
    if (!settings) return std::unexpected(settings.error());
    const auto suffixes = dns::PublicSuffixList::open((*settings)->dmarc.public_suffix_list);
    if (!suffixes) return cannot(suffixes.error());
    auto ledger = open_ledger(arguments, Database::Mode::existing);
    if (!ledger) return std::unexpected(ledger.error());
    auto all = kept(*ledger);
    if (!all) return cannot(all.error());
    std::ranges::move(configured(**settings), std::back_inserter(*all));

    const std::string who = acting_person(arguments);
    const io::store::ListRow row = row_of(*entry, now, who);
    const auto added = ledger->put_list(row, audit_of("lists add", row, now, who, {}));
    if (!added) return cannot(added.error());
    tell(*entry, *added ? "added" : "was there already", arguments, console);
    for (const std::string& remark : remarks(*entry, *all, **suffixes))
        console.err << "bonafide lists add: " << escape::line(remark, 1000) << '\n';
    return exit_code::done;
}

Outcome run_remove(const Arguments& arguments, Console& console) {
    const std::int64_t now = std::time(nullptr);
    const ListName list = *list_of(arguments);
    const std::string given = *arguments.text("ENTRY");
    // What cannot be read may still be there as it is written, by another version.
    ListEntry entry = verdict::parse_list_entry(list, given).value_or(ListEntry{list, given, {}, {}});
    entry.note.clear();
    entry.expires.reset();
    auto ledger = open_ledger(arguments, Database::Mode::existing);
    if (!ledger) return std::unexpected(ledger.error());
    const std::string who = acting_person(arguments);
    const io::store::ListRow row = row_of(entry, now, who);
    const auto removed = ledger->remove_list(
        row.list, row.entry, audit_of("lists remove", row, now, who, arguments.text("reason").value_or("")));
    if (!removed) return cannot(removed.error());
    if (*removed) {
        tell(entry, "removed", arguments, console);
        return exit_code::done;
    }
    const auto settings = ledger_settings(arguments);
    if (settings && is_kept(configured(**settings), row.list, row.entry))
        return cannot(fmt::format("{}: {} stands in the configuration, not in the ledger: take it out there", row.list,
                                  escape::line(row.entry)));
    return cannot(fmt::format("{}: {} is not there", row.list, escape::line(row.entry)));
}

} // namespace bonafide::cli::lists
