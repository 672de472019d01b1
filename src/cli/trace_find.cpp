#include "base/ascii.hpp"
#include "base/ip.hpp"
#include "cli/check.hpp"
#include "cli/trace.hpp"
#include "dns/idna.hpp"
#include "verdict/infrastructure.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

namespace bonafide::cli::trace {

using io::store::Database;
using io::store::Found;
using io::store::MessageFilter;

std::vector<std::string> terms_of(std::string_view text) {
    const std::string plain = without_brackets(text);
    std::vector<std::string> terms;
    const auto add = [&](std::string term) {
        if (!term.empty() && std::ranges::find(terms, term) == terms.end()) terms.push_back(std::move(term));
    };
    if (const auto address = ip::Address::parse(plain))
        add(address->text());
    else if (const auto network = ip::Prefix::parse(plain))
        add(verdict::network_of(network->address).text());
    add(ascii::lower(plain));
    // Domains are kept as A-labels.
    const std::size_t at = plain.rfind('@');
    const std::size_t begin = at == std::string::npos ? 0 : at + 1;
    if (const auto domain = dns::to_ascii(std::string_view(plain).substr(begin)))
        add(ascii::lower(plain.substr(0, begin)) + *domain);
    return terms;
}

Expected<std::vector<Found>> find(Database& ledger, std::string_view text, MessageFilter filter) {
    std::vector<Found> all;
    for (const std::string& term : terms_of(text)) {
        filter.term = io::store::hash_of_term(ledger.secret(), term);
        auto found = ledger.messages(filter);
        if (!found) return std::unexpected(found.error());
        for (Found& one : *found)
            if (std::ranges::none_of(all, [&](const Found& other) { return other.message.id == one.message.id; }))
                all.push_back(std::move(one));
    }
    std::ranges::sort(all, std::greater{},
                      [](const Found& one) { return std::pair(one.message.time, one.message.id); });
    if (all.size() > filter.most) all.resize(filter.most);
    return all;
}

} // namespace bonafide::cli::trace
