#include "doctor/spf_coverage.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

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

/// None of IPv6.
std::optional<Range> range_of(const ip::Prefix& network, const SpfTerm* term, const SpfNode* at) {
    if (!network.address.is_v4()) return {};
    std::uint64_t first = 0;
    for (std::size_t octet = 0; octet < 4; ++octet) first = first << 8U | network.address.bytes().at(octet);
    const std::uint64_t size = std::uint64_t{1} << (32U - network.length);
    first &= ~(size - 1);
    return Range{first, first + size - 1, term, at};
}

/// What passes for strangers: the terms with "+", of the record and of those it includes so.
void collect(const SpfNode& node, std::vector<Range>& ranges, SpfCoverage& coverage) {
    for (const SpfTerm& term : node.terms) {
        if (term.unreachable || term.result != spf::Result::pass || coverage.everybody) continue;
        const auto blame = [&] { coverage = {true, term.text, &node}; };
        if (term.mechanism == Mechanism::all) return blame();
        // Without macros the same name is asked for every client.
        if (term.mechanism == Mechanism::exists && !term.has_macros && !term.target.empty() && !term.cut &&
            term.status == dns::Status::ok)
            return blame();
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
    if (covered >= half_of_v4) coverage = {true, widest->term->text, widest->at};
    return coverage;
}

bool spf_lets_too_many(const SpfTerm& term) {
    constexpr unsigned widest_v4 = 8, widest_of_v6 = 16;
    return std::ranges::any_of(term.networks, [](const ip::Prefix& network) {
        return network.length < (network.address.is_v4() ? widest_v4 : widest_of_v6);
    });
}

bool spf_is_private(const ip::Prefix& network) {
    static constexpr std::array<std::string_view, 13> texts{
        "0.0.0.0/8",      "10.0.0.0/8",    "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8",
        "169.254.0.0/16", "100.64.0.0/10", "224.0.0.0/4",   "240.0.0.0/4",    "fc00::/7",
        "fe80::/10",      "ff00::/8",      "::1/128"};
    static const std::array<ip::Prefix, texts.size()> networks = [] {
        std::array<ip::Prefix, texts.size()> result;
        for (std::size_t i = 0; i < texts.size(); ++i) result[i] = *ip::Prefix::parse(texts[i]);
        return result;
    }();
    return std::ranges::any_of(networks, [&](const ip::Prefix& one) { return covers(one, network); });
}

} // namespace bonafide::doctor
