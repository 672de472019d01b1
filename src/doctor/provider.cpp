#include "doctor/provider.hpp"

#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "doctor/embedded.hpp"

#include <algorithm>
#include <array>

namespace bonafide::doctor {
namespace {

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> result;
    while (!text.empty()) {
        const std::size_t space = text.find(' ');
        if (space != 0) result.emplace_back(text.substr(0, space));
        text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    }
    return result;
}

/// Words in parentheses are old includes.
void take_includes(Provider& row, std::string_view cell) {
    for (std::string& word : words(cell)) {
        const bool old = word.size() > 2 && word.starts_with('(') && word.ends_with(')');
        if (old)
            row.old_includes.push_back(word.substr(1, word.size() - 2));
        else
            row.includes.push_back(std::move(word));
    }
}

/// One target for all usual selectors, or "selector=target" for each.
void take_aliases(Provider& row, std::string_view cell) {
    for (const std::string& word : words(cell)) {
        const std::size_t equals = word.find('=');
        if (equals != std::string_view::npos) {
            row.aliases.push_back({word.substr(0, equals), word.substr(equals + 1)});
            continue;
        }
        row.dkim_alias = word;
        for (const std::string& selector : row.selectors) {
            constexpr std::string_view place = "{selector}";
            std::string target = word;
            if (const std::size_t at = target.find(place); at != std::string_view::npos)
                target.replace(at, place.size(), selector);
            row.aliases.push_back({selector, std::move(target)});
        }
    }
}

} // namespace

std::vector<Provider> read_providers(std::string_view text) {
    std::vector<Provider> rows;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty() || line.front() == '#') continue;
        constexpr std::size_t columns = 10;
        std::array<std::string_view, columns> cells{};
        for (std::string_view& cell : cells) {
            const std::size_t tab = std::min(line.find('\t'), line.size());
            cell = line.substr(0, tab);
            line.remove_prefix(std::min(tab + 1, line.size()));
            if (cell == "-") cell = {};
        }
        constexpr std::array<std::string_view, 5> kinds{"mailbox", "bulk", "hosting", "security", "helpdesk"};
        if (cells[0].empty() || std::ranges::find(kinds, cells[2]) == kinds.end()) continue;
        Provider row;
        row.key = cells[0];
        row.name = cells[1];
        row.kind = static_cast<ProviderKind>(std::ranges::find(kinds, cells[2]) - kinds.begin());
        take_includes(row, cells[3]);
        row.mx = words(cells[4]);
        row.selectors = words(cells[5]);
        take_aliases(row, cells[6]);
        row.dkim_by_account = cells[7] == "account";
        row.source = cells[8];
        row.date = cells[9];
        rows.push_back(std::move(row));
    }
    return rows;
}

namespace {

const std::vector<Provider>& table() {
    static const std::vector<Provider> rows = read_providers(embedded::find("data/providers.tsv"));
    return rows;
}

} // namespace

std::span<const Provider> providers() { return table(); }

const Provider* find_provider(std::string_view key) {
    const auto row = std::ranges::find(table(), key, &Provider::key);
    return row == table().end() ? nullptr : &*row;
}

const Provider* provider_of_include(std::string_view name) {
    for (const Provider& row : table())
        for (const std::vector<std::string>* const includes : {&row.includes, &row.old_includes})
            for (const std::string& include : *includes)
                if (dns::is_equal_or_below(name, include)) return &row;
    return nullptr;
}

const Provider* provider_of_mx(std::string_view host) {
    for (const Provider& row : table())
        for (const std::string& mx : row.mx)
            if (mx.starts_with('.') ? host.ends_with(mx) : host == mx) return &row;
    return nullptr;
}

const Provider* provider_of_alias(std::string_view target) {
    for (const Provider& row : table()) {
        const std::string_view pattern = row.dkim_alias;
        const std::size_t place = pattern.rfind('}');
        const std::string_view end = place == std::string_view::npos ? pattern : pattern.substr(place + 1);
        const bool tells = end.find('.', 1) != std::string_view::npos; // two labels at least
        if (tells && (place == std::string_view::npos ? target == end : end.starts_with('.') && target.ends_with(end)))
            return &row;
    }
    return nullptr;
}

std::span<const std::string> usual_selectors() {
    static const std::vector<std::string> all = [] {
        std::vector<std::string> result{"mail", "default", "dkim", "s1",   "s2",    "selector1", "selector2", "google",
                                        "k1",   "k2",      "key1", "smtp", "email", "rsa",       "ed25519"};
        for (const Provider& row : table())
            for (const std::string& selector : row.selectors)
                if (std::ranges::find(result, selector) == result.end()) result.push_back(selector);
        return result;
    }();
    return all;
}

} // namespace bonafide::doctor
