#include "policy/value_set.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "dns/idna.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::policy {
namespace {

/// Its domain as A-labels: what the messages' own are compared as.
std::string normalized(std::string_view entry) {
    const std::size_t domain = entry.rfind('@') + 1; // npos + 1 is 0
    const std::size_t name = entry.substr(domain).starts_with('.') ? domain + 1 : domain;
    const auto ascii_name = dns::to_ascii(entry.substr(name));
    return ascii::lower(entry.substr(0, name)) + (ascii_name ? *ascii_name : ascii::lower(entry.substr(name)));
}

} // namespace

Expected<void> ValueSet::add(std::string_view entry) {
    if (entry.empty()) return failure("an empty entry");
    if (entry.size() > most_entry_bytes)
        return failure(fmt::format("an entry of more than {} bytes", most_entry_bytes));
    if (const auto network = ip::Prefix::parse(entry)) {
        networks_.add(*network);
        return {};
    }
    if (entry.contains('/') && ip::Prefix::parse(entry.substr(0, entry.find('/'))))
        return failure(fmt::format("\"{}\" is no network", escape::line(entry, 80)));
    std::string text = normalized(entry);
    if (text.starts_with('.') && text.size() > 1)
        below_.insert(text.substr(1));
    else
        texts_.insert(std::move(text));
    return {};
}

bool ValueSet::has_domain(std::string_view domain) const {
    if (domain.empty()) return false;
    if (texts_.contains(domain)) return true;
    if (below_.empty()) return false;
    for (std::size_t dot = domain.find('.'); dot != std::string_view::npos; dot = domain.find('.', dot + 1))
        if (below_.contains(domain.substr(dot + 1))) return true;
    return false;
}

bool ValueSet::has(Type type, std::string_view text) const {
    const bool has_domain_form = type == Type::domain || type == Type::address;
    const std::string lower = has_domain_form ? normalized(text) : ascii::lower(text);
    // HELO of a bare address, or a header field that holds one: entries that are networks stand for their addresses there too.
    if (!networks_.empty())
        if (const auto address = ip::Address::parse(text); address && has(*address)) return true;
    switch (type) {
    case Type::domain: return has_domain(lower);
    case Type::address:
        return texts_.contains(lower) || (lower.contains('@') && has_domain(lower.substr(lower.rfind('@') + 1)));
    default: return texts_.contains(lower);
    }
}

bool ValueSet::has(const ip::Address& address) const { return networks_.contains(address); }

} // namespace bonafide::policy
