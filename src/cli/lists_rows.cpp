// Entries from the settings and from the ledger, side by side.
#include "base/ascii.hpp"
#include "cli/lists.hpp"
#include "engine/ledger.hpp"
#include "verdict/json_text.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <tuple>

namespace bonafide::cli::lists {
namespace {

namespace json = boost::json;
using verdict::ListName;

bool is_among(std::span<const std::string_view> texts, std::string_view text) {
    return std::ranges::find(texts, text) != texts.end();
}

bool is_written(ListName list, const std::vector<std::string>& texts, const std::string& canonical) {
    return std::ranges::any_of(texts, [&](const std::string& text) {
        const auto entry = verdict::parse_list_entry(list, text);
        return entry && entry->text == canonical;
    });
}

Origin origin_of(const verdict::ListEntry& entry, const engine::Settings::Lists& settings) {
    if (entry.list == ListName::sealers && is_among(verdict::default_sealers(), entry.text) &&
        !is_written(entry.list, settings.sealers, entry.text))
        return Origin::built_in;
    if (entry.list == ListName::shared_infrastructure &&
        is_among(verdict::default_shared_infrastructure(), entry.text) &&
        !is_written(entry.list, settings.shared_infrastructure, entry.text))
        return Origin::built_in;
    return Origin::configuration;
}

std::string_view to_text(Origin origin) {
    switch (origin) {
    case Origin::ledger: return "ledger";
    case Origin::configuration: return "configuration";
    case Origin::built_in: return "built in";
    }
    return "ledger";
}

/// Unknown lists last.
std::size_t rank_of(const std::string& list) {
    const auto name = verdict::parse_list_name(list);
    return name ? static_cast<std::size_t>(*name) : verdict::list_count;
}

std::string date_text(std::int64_t unix_time) { return verdict::last_day_text(unix_time + 1); }

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value() : json::value(json::string(verdict::utf8(text)));
}

} // namespace

std::vector<Listed> configured(const engine::Settings& settings) {
    std::vector<Listed> all;
    for (const verdict::ListEntry& entry : engine::configured_lists(settings))
        all.push_back({{std::string(verdict::to_text(entry.list)), entry.text, entry.note, entry.expires, 0, ""},
                       origin_of(entry, settings.lists)});
    return all;
}

Expected<std::vector<Listed>> kept(io::store::Database& ledger) {
    auto rows = ledger.lists();
    if (!rows) return std::unexpected(rows.error());
    std::vector<Listed> all;
    for (io::store::ListRow& row : *rows) all.push_back({std::move(row), Origin::ledger});
    return all;
}

std::vector<Listed> ordered(std::vector<Listed> all, std::optional<ListName> list) {
    if (list) std::erase_if(all, [&](const Listed& one) { return one.row.list != verdict::to_text(*list); });
    std::ranges::sort(all, {}, [](const Listed& one) {
        return std::tuple(rank_of(one.row.list), one.row.list, one.origin, one.row.entry);
    });
    return all;
}

std::vector<verdict::ListEntry> entries_of(std::span<const Listed> all) {
    std::vector<verdict::ListEntry> entries;
    for (const Listed& one : all)
        if (const auto list = verdict::parse_list_name(one.row.list))
            entries.push_back({*list, one.row.entry, one.row.note, one.row.expires});
    return entries;
}

std::string until_text(const std::optional<std::int64_t>& expires, std::int64_t now) {
    if (!expires) return {};
    return verdict::last_day_text(*expires) + (now < *expires ? "" : " (expired)");
}

Table table_of(std::span<const Listed> all, std::int64_t now) {
    Table table({"list", "entry", "until", "from", "added", "by", "note"});
    for (const auto& [row, origin] : all)
        table.add({row.list, row.entry, until_text(row.expires, now), std::string(to_text(origin)),
                   origin == Origin::ledger ? date_text(row.added) : "", row.added_by, row.note});
    return table;
}

std::string json_of(std::span<const Listed> all, std::int64_t now) {
    json::array entries;
    for (const auto& [row, origin] : all)
        entries.push_back(
            json::object{{"list", verdict::utf8(row.list)},
                         {"entry", verdict::utf8(row.entry)},
                         {"until", row.expires ? json::value(verdict::last_day_text(*row.expires)) : json::value()},
                         {"expired", row.expires && now >= *row.expires},
                         {"from", to_text(origin)},
                         {"added", origin == Origin::ledger ? json::value(row.added) : json::value()},
                         {"by", text_or_null(row.added_by)},
                         {"note", text_or_null(row.note)}});
    return json::serialize(json::object{{"entries", std::move(entries)}});
}

std::optional<ListName> list_of(const Arguments& arguments) {
    const auto text = arguments.text("LIST");
    return text ? verdict::parse_list_name(*text) : std::nullopt;
}

io::store::ListRow row_of(const verdict::ListEntry& entry, std::int64_t now, const std::string& who) {
    return {std::string(verdict::to_text(entry.list)), entry.text, entry.note, entry.expires, now, who};
}

io::store::AuditRow audit_of(std::string_view action, const io::store::ListRow& row, std::int64_t now,
                             const std::string& who, const std::string& why) {
    std::string what = fmt::format("{}: {}", row.list, row.entry);
    if (row.expires) what += " until=" + verdict::last_day_text(*row.expires);
    return {now, who, std::string(action), std::move(what), why.empty() ? row.note : why};
}

} // namespace bonafide::cli::lists
