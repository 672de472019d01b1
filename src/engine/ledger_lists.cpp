#include "engine/ledger_lists.hpp"

#include "engine/ledger.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace bonafide::engine {

using verdict::ListEntry;
using verdict::ListName;

namespace {

void add_entry(std::vector<ListEntry>& entries, ListName list, std::string_view text) {
    if (auto entry = verdict::parse_list_entry(list, text)) entries.push_back(*std::move(entry));
}

void add_default(std::vector<ListEntry>& entries, ListName list, std::string_view text) {
    auto entry = verdict::parse_list_entry(list, text);
    if (!entry) return;
    // What the administrator wrote of this domain holds instead, a narrower scope above all.
    const auto is_same = [&](const ListEntry& other) {
        return other.list == list && std::string_view(other.text).substr(0, other.text.find(' ')) == entry->text;
    };
    if (std::ranges::any_of(entries, is_same)) return;
    entry->note = "default";
    entries.push_back(*std::move(entry));
}

void drop_sealers(std::vector<ListEntry>& entries) {
    std::erase_if(entries, [](const ListEntry& entry) { return entry.list == ListName::sealers; });
}

} // namespace

std::vector<ListEntry> configured_lists(const Settings& settings) {
    const Settings::Lists& lists = settings.lists;
    std::vector<ListEntry> entries;
    const auto add_all = [&](ListName list, const std::vector<std::string>& texts) {
        for (const std::string& text : texts) add_entry(entries, list, text);
    };
    add_all(ListName::allow_pairs, lists.allow_pairs);
    add_all(ListName::block_pairs, lists.block_pairs);
    add_all(ListName::sealers, lists.sealers);
    add_all(ListName::accepted_domains, lists.accepted_domains);
    add_all(ListName::protected_domains, lists.protected_domains);
    add_all(ListName::protected_users, lists.protected_users);
    add_all(ListName::networks, lists.networks);
    add_all(ListName::shared_infrastructure, lists.shared_infrastructure);
    add_all(ListName::allow, lists.allow);
    add_all(ListName::block, lists.block);
    add_all(ListName::ignore, lists.ignore);
    if (lists.default_sealers)
        for (const std::string_view domain : verdict::default_sealers())
            add_default(entries, ListName::sealers, domain);
    if (lists.default_shared_infrastructure)
        for (const std::string_view domain : verdict::default_shared_infrastructure())
            add_default(entries, ListName::shared_infrastructure, domain);
    if (!lists.believe_sealers) drop_sealers(entries);
    return entries;
}

LedgerLists::LedgerLists(const Settings& settings, std::shared_ptr<const dns::PublicSuffixList> suffixes,
                         std::int64_t now)
    : suffixes_(std::move(suffixes)), configured_(configured_lists(settings)) {
    believes_sealers_ = settings.lists.believe_sealers;
    build(now);
}

LedgerLists::Value LedgerLists::current() const {
    const std::scoped_lock lock(mutex_);
    return current_;
}

void LedgerLists::configure(const Settings& settings, std::shared_ptr<const dns::PublicSuffixList> suffixes) {
    configured_ = configured_lists(settings);
    believes_sealers_ = settings.lists.believe_sealers;
    suffixes_ = std::move(suffixes);
    changed_ = true;
}

std::size_t LedgerLists::set_rows(const std::vector<io::store::ListRow>& rows) {
    std::vector<ListEntry> entries;
    for (const io::store::ListRow& row : rows)
        if (const auto list = verdict::parse_list_name(row.list))
            entries.push_back({*list, row.entry, row.note, row.expires});
    const std::size_t unknown = rows.size() - entries.size();
    changed_ = changed_ || entries != rows_;
    rows_ = std::move(entries);
    return unknown;
}

void LedgerLists::set_correspondents(std::vector<std::string> domains) {
    changed_ = changed_ || domains != correspondents_;
    correspondents_ = std::move(domains);
}

std::size_t LedgerLists::expired_by(std::int64_t now) const {
    return static_cast<std::size_t>(std::ranges::upper_bound(expiries_, now) - expiries_.begin());
}

LedgerLists::Value LedgerLists::refresh(std::int64_t now) {
    if (!changed_ && expired_by(now) == expired_) return nullptr;
    build(now);
    return current();
}

void LedgerLists::build(std::int64_t now) {
    std::vector<ListEntry> entries = configured_;
    entries.insert(entries.end(), rows_.begin(), rows_.end());
    if (!believes_sealers_) drop_sealers(entries);
    expiries_.clear();
    for (const ListEntry& entry : entries)
        if (entry.expires) expiries_.push_back(*entry.expires);
    std::ranges::sort(expiries_);
    expired_ = expired_by(now);
    changed_ = false;
    Value built = verdict::build_lists(entries, correspondents_, now, *suffixes_);
    const std::scoped_lock lock(mutex_);
    current_ = std::move(built);
}

} // namespace bonafide::engine
