#include "doctor/spf_tree.hpp"

#include "dns/name.hpp"
#include "doctor/spf.hpp"

#include <algorithm>
#include <utility>

namespace bonafide::doctor {
namespace {

constexpr std::size_t most_texts = 10; // SPF records of one name that are kept: two are an error already

dns::Flow<dns::Answer> ask_within(SpfGrowth* growth, std::string name, dns::Type type, std::string_view why) {
    if (++growth->questions > most_spf_questions || !spf::is_askable(name))
        co_return dns::make_answer(dns::Status::nx_domain);
    co_return co_await dns::ask(std::move(name), type, why);
}

bool needs_a_message(const spf::MacroString& macros) {
    std::uint32_t known = 0;
    for (const char letter : {'d', 'o'}) known |= 1U << static_cast<unsigned>(letter - 'a');
    return (macros.letters & ~known) != 0;
}

std::string target_of(const spf::MacroString& macros, const std::string& domain, const std::string& sender) {
    if (macros.letters == 0) return macros.fixed_name;
    spf::MacroValues values;
    values.sender_domain = sender;
    values.domain = domain;
    return spf::expand_name(macros, values);
}

/// All addresses of a name; the void status only when both families are empty.
struct Found {
    std::vector<ip::Address> addresses;
    dns::Status status = dns::Status::no_data;
};
dns::Flow<Found> ask_addresses(SpfGrowth* growth, std::string name, std::string_view why) {
    const dns::Answer v4 = co_await ask_within(growth, name, dns::Type::a, why);
    const dns::Answer v6 = co_await ask_within(growth, name, dns::Type::aaaa, why);
    Found found{.addresses = v4->addresses, .status = v4->status};
    found.addresses.insert(found.addresses.end(), v6->addresses.begin(), v6->addresses.end());
    if (v4->temporary() || v4->found()) co_return found;
    if (v6->temporary() || v6->found()) found.status = v6->status;
    co_return found;
}

void add_networks(SpfTerm& term, const std::vector<ip::Address>& addresses, const spf::Directive& directive) {
    for (const ip::Address& address : addresses)
        term.networks.push_back({address, address.is_v4() ? directive.prefix_v4 : directive.prefix_v6});
}

dns::Flow<SpfTerm> grow_mx(SpfGrowth* growth, SpfTerm term, spf::Directive directive) {
    const dns::Answer exchangers = co_await ask_within(growth, term.target, dns::Type::mx, "SPF mx");
    term.status = exchangers->status;
    if (exchangers->empty()) term.void_lookups = 1;
    term.mx_names = exchangers->mx.size();
    std::size_t left = growth->limits.spf_mx_names;
    for (const dns::Mx& mx : exchangers->mx) {
        if (left-- == 0) break;
        if (mx.host.empty()) continue; // RFC 7505
        const Found host = co_await ask_addresses(growth, mx.host, "SPF mx host");
        if (dns::is_temporary(host.status)) term.status = host.status;
        add_networks(term, host.addresses, directive);
    }
    co_return term;
}

/// include and redirect.
dns::Flow<SpfTerm> grow_child(SpfGrowth* growth, SpfTerm term, std::vector<std::string> path) {
    if (std::ranges::find(path, term.target) != path.end()) {
        term.loop = true;
        co_return term;
    }
    if (path.size() >= most_spf_depth) co_return term;
    std::string target = term.target;
    term.child = co_await grow_spf(growth, std::move(target), std::move(path));
    term.status = term.child->status;
    term.lookups += term.child->lookups;
    term.void_lookups += term.child->void_lookups + (dns::is_void(term.child->status) ? 1 : 0);
    co_return term;
}

dns::Flow<SpfTerm> grow_directive(SpfGrowth* growth, SpfTerm term, spf::Directive directive,
                                  std::vector<std::string> path) {
    using enum spf::Mechanism;
    if (directive.mechanism == ip4 || directive.mechanism == ip6) term.networks.push_back(directive.network);
    if (term.unreachable || directive.mechanism == all || directive.mechanism == ip4 || directive.mechanism == ip6)
        co_return term;
    term.lookups = 1;
    if (directive.mechanism == ptr || term.has_macros) co_return term;
    if (directive.mechanism == include) co_return co_await grow_child(growth, std::move(term), std::move(path));
    if (directive.mechanism == mx) co_return co_await grow_mx(growth, std::move(term), std::move(directive));
    const Found found = co_await ask_addresses(growth, term.target, "SPF a");
    term.status = found.status;
    if (dns::is_void(found.status)) term.void_lookups = 1;
    if (directive.mechanism == a) add_networks(term, found.addresses, directive);
    co_return term;
}

/// The terms of a record in the order they are written, without what DNS has to add.
struct Written {
    SpfTerm term;
    std::optional<spf::Directive> directive;
    std::size_t begin = 0;
};
std::vector<Written> written_terms(const SpfNode& node, const std::string& sender) {
    const std::string& text = node.texts.front();
    const spf::Record& record = *node.record;
    std::vector<Written> result;
    bool past_all = false;
    for (const spf::Directive& directive : record.directives) {
        SpfTerm term{
            .text = std::string(directive.span.of(text)), .mechanism = directive.mechanism, .result = directive.result};
        term.unreachable = past_all;
        term.has_macros = directive.target && needs_a_message(*directive.target);
        if (!term.has_macros)
            term.target = directive.target ? target_of(*directive.target, node.domain, sender) : node.domain;
        past_all = past_all || directive.mechanism == spf::Mechanism::all;
        result.push_back({std::move(term), directive, directive.span.begin});
    }
    if (record.redirect) {
        SpfTerm term{.text = std::string(record.redirect->span.of(text)), .is_redirect = true};
        term.unreachable = record.has_all;
        term.has_macros = needs_a_message(record.redirect->value);
        if (!term.has_macros) term.target = target_of(record.redirect->value, node.domain, sender);
        result.push_back({std::move(term), {}, record.redirect->span.begin});
    }
    return result;
}

} // namespace

dns::Flow<std::shared_ptr<const SpfNode>> grow_spf(SpfGrowth* growth, std::string domain,
                                                   std::vector<std::string> path) {
    auto node = std::make_shared<SpfNode>();
    node->domain = domain;
    const dns::Answer answer = co_await ask_within(growth, domain, dns::Type::txt, "SPF record");
    node->status = answer->status;
    node->dnssec = answer->dnssec;
    node->ttl = answer->ttl;
    for (const std::string& text : answer->txt) {
        if (!spf::is_record(text)) continue;
        ++node->records;
        if (node->texts.size() < most_texts) node->texts.push_back(text);
    }
    if (node->records != 1) co_return node;
    auto record = spf::parse_record(node->texts.front());
    if (!record) {
        node->mistake = record.error();
        co_return node;
    }
    node->record = std::move(*record);
    path.push_back(std::move(domain));
    for (Written& written : written_terms(*node, growth->domain)) {
        SpfTerm term = std::move(written.term);
        if (written.directive) {
            term = co_await grow_directive(growth, std::move(term), *written.directive, path);
        } else if (!term.unreachable) {
            term.lookups = 1;
            if (!term.has_macros) term = co_await grow_child(growth, std::move(term), path);
        }
        node->lookups += term.lookups;
        node->void_lookups += term.void_lookups;
        node->terms.push_back(std::move(term));
    }
    co_return node;
}

void walk_spf(const SpfNode& node, const std::function<void(const SpfNode&, const SpfTerm*)>& visit) {
    visit(node, nullptr);
    for (const SpfTerm& term : node.terms) {
        visit(node, &term);
        if (term.child) walk_spf(*term.child, visit);
    }
}

} // namespace bonafide::doctor
