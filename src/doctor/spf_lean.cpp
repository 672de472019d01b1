#include "doctor/spf_lean.hpp"

#include "base/ascii.hpp"
#include "doctor/provider.hpp"
#include "doctor/spf_text.hpp"
#include "doctor/spf_tree.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::doctor {
namespace {

using spf::Mechanism;

bool covers(const ip::Prefix& wide, const ip::Prefix& narrow) {
    return wide.length <= narrow.length && wide.contains(narrow.address);
}

bool asks_addresses(const SpfTerm& term) { return term.mechanism == Mechanism::a || term.mechanism == Mechanism::mx; }

/// Whether the tree of `other` holds an include of what `term` includes.
bool holds(const SpfTerm& other, const SpfTerm& term) {
    if (other.mechanism != Mechanism::include || other.result != term.result || !other.child) return false;
    bool found = false;
    const auto look = [&](auto& self, const SpfNode& node) -> void {
        for (const SpfTerm& one : node.terms) {
            if (found || one.unreachable || one.result != spf::Result::pass)
                return; // what follows an exclusion is not as it was
            if (one.mechanism == Mechanism::include && one.target == term.target) found = true;
            if (one.child) self(self, *one.child);
        }
    };
    look(look, *other.child);
    return found;
}

bool is_listed(const SpfNode& root, const ip::Prefix& network, std::size_t index, const std::vector<bool>& idle) {
    for (std::size_t i = 0; i < root.terms.size(); ++i) {
        const SpfTerm& other = root.terms[i];
        const bool counts = other.lookups == 0 || (i < index && asks_addresses(other) && !idle[i]);
        if (i == index || !counts || other.unreachable || other.result != root.terms[index].result) continue;
        if (std::ranges::any_of(other.networks, [&](const ip::Prefix& wide) { return covers(wide, network); }))
            return true;
    }
    return false;
}

bool is_idle(const SpfNode& root, std::size_t index, const std::vector<bool>& idle) {
    const SpfTerm& term = root.terms[index];
    if (term.unreachable || term.lookups == 0 || term.is_redirect || term.cut) return false;
    if (term.mechanism == Mechanism::ptr) return true; // RFC 7208 5.5: not to be used
    for (std::size_t i = 0; i < index; ++i)
        if (!idle[i] && ascii::iequals(root.terms[i].text, term.text)) return true;
    if (term.has_macros) return false;
    if (term.mechanism == Mechanism::include) {
        for (std::size_t i = 0; i < root.terms.size(); ++i)
            if (i != index && !idle[i] &&
                (holds(root.terms[i], term) ||
                 (i < index && root.terms[i].mechanism == Mechanism::include && root.terms[i].result == term.result &&
                  root.terms[i].target == term.target)))
                return true;
        return false;
    }
    if (!asks_addresses(term) || dns::is_temporary(term.status)) return false;
    return std::ranges::all_of(term.networks,
                               [&](const ip::Prefix& network) { return is_listed(root, network, index, idle); });
}

std::vector<bool> idle_terms(const SpfNode& root) {
    std::vector<bool> idle(root.terms.size(), false);
    for (std::size_t i = 0; i < root.terms.size(); ++i) idle[i] = is_idle(root, i, idle);
    return idle;
}

/// All networks beneath, when they are few and nothing else is there: no macros, no exclusions, no unanswered questions.
bool gather(const SpfNode& node, std::vector<ip::Prefix>& networks) {
    if (!node.record) return false;
    for (const SpfTerm& term : node.terms) {
        if (term.unreachable) continue;
        if (term.mechanism == Mechanism::all) return term.result != spf::Result::pass;
        if (term.result != spf::Result::pass || term.has_macros || term.cut || term.loop ||
            dns::is_temporary(term.status))
            return false;
        if (term.mechanism == Mechanism::ptr || term.mechanism == Mechanism::exists) return false;
        networks.insert(networks.end(), term.networks.begin(), term.networks.end());
        if (networks.size() > most_lean_networks) return false;
        if (term.mechanism == Mechanism::include || term.is_redirect)
            if (!term.child || !gather(*term.child, networks)) return false;
    }
    return true;
}

std::optional<std::vector<ip::Prefix>> as_networks(const SpfTerm& term) {
    if (term.has_macros || term.cut || term.loop || term.is_redirect || dns::is_temporary(term.status)) return {};
    std::vector<ip::Prefix> networks;
    if (term.mechanism == Mechanism::include) {
        if (!term.child || !gather(*term.child, networks)) return {};
    } else if (asks_addresses(term)) {
        networks = term.networks;
    } else {
        return {};
    }
    if (networks.empty() || networks.size() > most_lean_networks) return {};
    return networks;
}

std::string written(const ip::Prefix& network, spf::Result result) {
    constexpr std::string_view signs = "-~?"; // fail, softfail, neutral
    const std::size_t which = result == spf::Result::fail ? 0 : result == spf::Result::softfail ? 1 : 2;
    return fmt::format("{}{}:{}", result == spf::Result::pass ? "" : signs.substr(which, 1),
                       network.address.is_v4() ? "ip4" : "ip6",
                       network.length == network.address.bits() ? network.address.text() : network.text());
}

/// The text of the root with its i-th term written as `instead[i]`, which may be nothing.
std::string rewritten(const SpfNode& root, const std::vector<std::vector<std::string>>& instead) {
    std::vector<std::string> terms;
    std::size_t next = 0;
    for (std::string& token : spf_terms(root.texts.front())) {
        if (next < root.terms.size() && !root.terms[next].is_redirect && root.terms[next].text == token) {
            for (const std::string& one : instead[next++])
                if (std::ranges::find(terms, one) == terms.end()) terms.push_back(one);
        } else {
            terms.push_back(std::move(token)); // modifiers
        }
    }
    return spf_record(terms);
}

/// The order in which terms are given up.
int dearness(const SpfTerm& term) {
    if (asks_addresses(term)) return 0;
    return provider_of_include(term.target) == nullptr ? 1 : 2;
}

} // namespace

std::vector<std::string> spf_idle_terms(const SpfNode& root) {
    const std::vector<bool> idle = idle_terms(root);
    std::vector<std::string> result;
    for (std::size_t i = 0; i < root.terms.size(); ++i)
        if (idle[i]) result.push_back(root.terms[i].text);
    return result;
}

std::optional<LeanRecord> lean_record(const SpfNode& root, std::uint32_t most) {
    const std::vector<bool> idle = idle_terms(root);
    std::vector<std::vector<std::string>> instead;
    std::vector<std::size_t> left;
    std::uint32_t lookups = root.lookups;
    for (std::size_t i = 0; i < root.terms.size(); ++i) {
        instead.emplace_back();
        if (idle[i]) {
            lookups -= root.terms[i].lookups;
            continue;
        }
        instead.back().push_back(root.terms[i].text);
        if (root.terms[i].lookups > 0 && !root.terms[i].unreachable) left.push_back(i);
    }
    // Cheap ones first; of equals what saves most.
    std::ranges::sort(left, [&](std::size_t a, std::size_t b) {
        const SpfTerm &one = root.terms[a], &other = root.terms[b];
        if (dearness(one) != dearness(other)) return dearness(one) < dearness(other);
        return one.lookups != other.lookups ? one.lookups > other.lookups : a < b;
    });
    LeanRecord result;
    for (const std::size_t i : left) {
        if (lookups <= most) break;
        const auto networks = as_networks(root.terms[i]);
        if (!networks) continue;
        instead[i].clear();
        for (const ip::Prefix& network : *networks) instead[i].push_back(written(network, root.terms[i].result));
        lookups -= root.terms[i].lookups;
        result.replaced.push_back(root.terms[i].text);
    }
    if (lookups > most) return {};
    result.text = rewritten(root, instead);
    if (!spf::parse_record(result.text)) return {};
    return result;
}

} // namespace bonafide::doctor
