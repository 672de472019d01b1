#include "doctor/spf_coverage.hpp"

#include "base/ascii.hpp"
#include "doctor/spf_text.hpp"
#include "doctor/spf_tree.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::doctor {
namespace {

using spf::Mechanism;

constexpr std::uint64_t half_of_v4 = std::uint64_t{1} << 31U;
constexpr unsigned widest_v6 = 3; // 2000::/3 is all of it that is in use

struct Range {
    std::uint64_t first, last;
    const SpfTerm* term;
    const SpfNode* at;
};

std::optional<Range> range_of(const ip::Prefix& network, const SpfTerm* term, const SpfNode* at) {
    if (!network.address.is_v4()) return {};
    std::uint64_t first = 0;
    for (const std::string_view octet : ascii::split(network.address.text(), '.'))
        first = first << 8U | ascii::parse_decimal(octet).value_or(0);
    const std::uint64_t size = std::uint64_t{1} << (32U - network.length);
    first &= ~(size - 1);
    return Range{first, first + size - 1, term, at};
}

/// What passes for strangers: the terms with "+", of the record and of those it includes so.
void collect(const SpfNode& node, std::vector<Range>& ranges, SpfCoverage& coverage) {
    for (const SpfTerm& term : node.terms) {
        if (term.unreachable || term.result != spf::Result::pass || coverage.everybody) continue;
        const auto blame = [&] { coverage = {true, term.text, node.domain}; };
        if (term.mechanism == Mechanism::all) return blame();
        for (const ip::Prefix& network : term.networks) {
            if (!network.address.is_v4() && network.length <= widest_v6) return blame();
            if (auto range = range_of(network, &term, &node)) ranges.push_back(*range);
        }
        if (term.child) collect(*term.child, ranges, coverage);
    }
}

bool covers(const ip::Prefix& wide, const ip::Prefix& narrow) {
    return wide.length <= narrow.length && wide.contains(narrow.address);
}

} // namespace

SpfCoverage spf_coverage(const SpfNode& root) {
    SpfCoverage coverage;
    std::vector<Range> ranges;
    collect(root, ranges, coverage);
    if (coverage.everybody || ranges.empty()) return coverage;
    std::ranges::sort(ranges, {}, &Range::first);
    std::uint64_t covered = 0, next = 0;
    const Range* widest = &ranges.front();
    for (const Range& range : ranges) {
        if (range.last - range.first > widest->last - widest->first) widest = &range;
        const std::uint64_t from = std::max(range.first, next);
        if (from > range.last) continue;
        covered += range.last - from + 1;
        next = range.last + 1;
    }
    if (covered >= half_of_v4) coverage = {true, widest->term->text, widest->at->domain};
    return coverage;
}

bool spf_is_too_wide(std::string_view term) {
    if (term.starts_with('+')) term.remove_prefix(1);
    const std::size_t slash = term.rfind('/');
    if (slash == std::string_view::npos || (!ascii::istarts_with(term, "ip4:") && !ascii::istarts_with(term, "ip6:")))
        return false;
    const auto length = ascii::parse_decimal(term.substr(slash + 1));
    return length && *length < 8;
}

bool spf_is_private(const ip::Prefix& network) {
    static const std::array<ip::Prefix, 9> networks = [] {
        std::array<ip::Prefix, 9> result;
        constexpr std::array<std::string_view, 9> texts{"10.0.0.0/8",  "172.16.0.0/12",  "192.168.0.0/16",
                                                        "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10",
                                                        "fc00::/7",    "fe80::/10",      "::1/128"};
        for (std::size_t i = 0; i < texts.size(); ++i) result[i] = *ip::Prefix::parse(texts[i]);
        return result;
    }();
    return std::ranges::any_of(networks, [&](const ip::Prefix& one) { return covers(one, network); });
}

std::vector<std::string> spf_idle_terms(const SpfNode& root) {
    std::vector<std::string> idle;
    for (const SpfTerm& term : root.terms) {
        if (term.unreachable || (term.mechanism != Mechanism::a && term.mechanism != Mechanism::mx) ||
            term.networks.empty())
            continue;
        const bool all_listed = std::ranges::all_of(term.networks, [&](const ip::Prefix& network) {
            return std::ranges::any_of(root.terms, [&](const SpfTerm& other) {
                return &other != &term && other.lookups == 0 && other.result == term.result &&
                       std::ranges::any_of(other.networks,
                                           [&](const ip::Prefix& wide) { return covers(wide, network); });
            });
        });
        if (all_listed) idle.push_back(term.text);
    }
    return idle;
}

std::string spf_all_last(std::string_view text) {
    std::vector<std::string> terms = spf_terms(text);
    const auto is_all = [](const std::string& term) {
        std::string_view rest = term;
        if (!rest.empty() && std::string_view("+-~?").contains(rest.front())) rest.remove_prefix(1);
        return ascii::iequals(rest, "all");
    };
    std::string all = "~all";
    if (const auto found = std::ranges::find_if(terms, is_all); found != terms.end()) all = *found;
    std::erase_if(terms, is_all);
    for (std::string& term : terms)
        if (ascii::istarts_with(term, "redirect=")) term = "include:" + term.substr(term.find('=') + 1);
    terms.push_back(all);
    return spf_record(terms);
}

std::optional<std::string> repaired(std::string_view text) {
    std::vector<std::string> terms;
    for (const std::string& raw : spf_terms(text)) {
        std::string term = raw;
        while (!term.empty() && std::string_view(",;\"").contains(term.back())) term.pop_back();
        while (!term.empty() && std::string_view(",;\"").contains(term.front())) term.erase(0, 1);
        if (term.empty() || ascii::iequals(term, "v=spf1")) continue;
        std::string_view rest = term;
        std::string sign;
        if (std::string_view("+-~?").contains(rest.front())) {
            sign = rest.substr(0, 1);
            rest.remove_prefix(1);
        }
        // ipv4:, ip:, IP4=, or a bare address; a URL in an include.
        constexpr std::array<std::string_view, 12> names{
            "ipv4:", "ipv6:", "ip4:", "ip6:", "ip4=", "ip6=", "ip:", "ip=", "ipv4=", "ipv6=", "a:", "mx:"};
        std::string_view argument = rest;
        for (const std::string_view name : names)
            if (ascii::istarts_with(rest, name)) argument = rest.substr(name.size());
        if (argument.starts_with('[') && argument.ends_with(']')) argument = argument.substr(1, argument.size() - 2);
        if (const auto network = ip::Prefix::parse(argument)) {
            term = fmt::format("{}{}:{}", sign, network->address.is_v4() ? "ip4" : "ip6", argument);
        } else if (ascii::istarts_with(rest, "include:http://") || ascii::istarts_with(rest, "include:https://")) {
            const std::string_view host = rest.substr(rest.find("//") + 2);
            term = fmt::format("{}include:{}", sign, host.substr(0, host.find('/')));
        } else if (ascii::istarts_with(rest, "include=")) {
            term = fmt::format("{}include:{}", sign, rest.substr(rest.find('=') + 1));
        } else if (ascii::iequals(rest, "all.") || ascii::iequals(rest, "al")) {
            term = sign + "all";
        }
        if (!terms.empty() && terms.back().ends_with(':')) { // "ip4: 192.0.2.1"
            std::string joined = terms.back() + raw;
            if (spf::parse_record("v=spf1 " + joined)) {
                terms.back() = std::move(joined);
                continue;
            }
        }
        terms.push_back(term);
    }
    std::string result = spf_record(terms);
    if (!spf::parse_record(result)) return {};
    return result;
}

} // namespace bonafide::doctor
