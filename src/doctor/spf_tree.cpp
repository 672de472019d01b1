#include "doctor/spf_tree.hpp"

#include "dns/name.hpp"
#include "doctor/spf.hpp"

#include <algorithm>
#include <utility>

namespace bonafide::doctor {
namespace {

constexpr std::size_t most_texts = 10; // SPF records of one name that are kept: two are an error already

dns::Flow<dns::Answer> ask_within(SpfGrowth* growth, std::string name, dns::Type type, std::string_view why) {
    // RFC 7208 4.8: such a name does not exist.
    if (!spf::is_askable(name)) co_return dns::make_answer(dns::Status::nx_domain);
    ++growth->questions;
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

/// All addresses of a name; the void status only when both families are empty, a temporary one when either question failed.
struct Found {
    std::vector<ip::Address> addresses;
    dns::Status status = dns::Status::no_data;
    dns::Type failed = dns::Type::a;
};
dns::Flow<Found> ask_addresses(SpfGrowth* growth, std::string name, std::string_view why) {
    const dns::Answer v4 = co_await ask_within(growth, name, dns::Type::a, why);
    const dns::Answer v6 = co_await ask_within(growth, name, dns::Type::aaaa, why);
    Found found{.addresses = v4->addresses, .status = v4->status};
    found.addresses.insert(found.addresses.end(), v6->addresses.begin(), v6->addresses.end());
    if (v4->temporary()) co_return found;
    if (v6->temporary()) found.failed = dns::Type::aaaa;
    if (v6->temporary() || !v4->found()) found.status = v6->status;
    // The name is there when either family says so.
    if (v4->status == dns::Status::no_data && v6->status == dns::Status::nx_domain) found.status = v4->status;
    co_return found;
}

/// The first name of the term that failed is the one told of.
void note_failure(SpfTerm& term, const std::string& name, dns::Type type, dns::Status status) {
    if (!dns::is_temporary(status) || !term.unanswered.empty()) return;
    term.unanswered = name;
    term.unanswered_type = type;
    term.status = status;
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
    note_failure(term, term.target, dns::Type::mx, exchangers->status);
    std::size_t left = growth->limits.spf_mx_names;
    for (const dns::Mx& mx : exchangers->mx) {
        if (left-- == 0) break;
        if (!spf::is_askable(mx.host)) continue; // the null MX of RFC 7505 among others
        const Found host = co_await ask_addresses(growth, mx.host, "SPF mx host");
        note_failure(term, mx.host, host.failed, host.status);
        add_networks(term, host.addresses, directive);
    }
    co_return term;
}

dns::Flow<SpfTerm> grow_a(SpfGrowth* growth, SpfTerm term, spf::Directive directive) {
    const Found found = co_await ask_addresses(growth, term.target, "SPF a");
    term.status = found.status;
    if (dns::is_void(found.status)) term.void_lookups = 1;
    note_failure(term, term.target, found.failed, found.status);
    add_networks(term, found.addresses, directive);
    co_return term;
}

/// RFC 7208 5.7: always A.
dns::Flow<SpfTerm> grow_exists(SpfGrowth* growth, SpfTerm term) {
    const dns::Answer answer = co_await ask_within(growth, term.target, dns::Type::a, "SPF exists");
    term.status = answer->status;
    if (answer->empty()) term.void_lookups = 1;
    note_failure(term, term.target, dns::Type::a, answer->status);
    co_return term;
}

/// include and redirect.
dns::Flow<SpfTerm> grow_child(SpfGrowth* growth, SpfTerm term, std::vector<std::string> path) {
    if (std::ranges::find(path, term.target) != path.end()) {
        term.loop = true;
        co_return term;
    }
    if (path.size() >= most_spf_depth || growth->full()) {
        term.cut = true;
        co_return term;
    }
    std::string target = term.target;
    term.child = co_await grow_spf(growth, std::move(target), std::move(path));
    term.status = term.child->status;
    term.lookups += term.child->lookups;
    // A name that cannot be asked was not looked up.
    const bool looked_up = spf::is_askable(term.target) && dns::label_count(term.target) > 1;
    term.void_lookups += term.child->void_lookups + (looked_up && dns::is_void(term.child->status) ? 1 : 0);
    co_return term;
}

dns::Flow<SpfTerm> grow_directive(SpfGrowth* growth, SpfTerm term, spf::Directive directive,
                                  std::vector<std::string> path) {
    using enum spf::Mechanism;
    if (directive.mechanism == ip4 || directive.mechanism == ip6) term.networks.push_back(directive.network);
    if (term.unreachable || directive.mechanism == all || directive.mechanism == ip4 || directive.mechanism == ip6)
        co_return term;
    term.lookups = 1;
    const bool reverse_names = directive.target && directive.target->uses('p');
    if (reverse_names && !std::exchange(growth->reverse_names, true)) ++term.lookups;
    if (directive.mechanism == ptr || term.has_macros) co_return term;
    if (directive.mechanism == include) co_return co_await grow_child(growth, std::move(term), std::move(path));
    if (growth->full()) term.cut = true;
    if (term.cut || !spf::is_askable(term.target)) co_return term; // RFC 7208 4.8: no match
    if (directive.mechanism == mx) co_return co_await grow_mx(growth, std::move(term), std::move(directive));
    if (directive.mechanism == a) co_return co_await grow_a(growth, std::move(term), std::move(directive));
    co_return co_await grow_exists(growth, std::move(term));
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

bool SpfGrowth::full() const { return questions >= most_spf_questions || terms >= most_spf_terms; }

dns::Flow<std::shared_ptr<const SpfNode>> grow_spf(SpfGrowth* growth, std::string domain,
                                                   std::vector<std::string> path) {
    auto node = std::make_shared<SpfNode>();
    node->domain = domain;
    if (dns::label_count(domain) < 2) co_return node; // RFC 7208 4.3: a single label has no record
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
    if (const std::size_t most = growth->limits.spf_record_bytes; node->texts.front().size() > most) {
        node->mistake = Error{.text = "the record is longer than any that is read", .position = most, .section = {}};
        co_return node;
    }
    auto record = spf::parse_record(node->texts.front());
    if (!record) {
        node->mistake = record.error();
        co_return node;
    }
    node->record = std::move(*record);
    path.push_back(std::move(domain));
    growth->terms += node->record->directives.size();
    for (Written& written : written_terms(*node, growth->domain)) {
        SpfTerm term = std::move(written.term);
        if (written.directive) {
            term = co_await grow_directive(growth, std::move(term), *written.directive, path);
        } else if (!term.unreachable) {
            term.lookups = 1;
            if (node->record->redirect->value.uses('p') && !std::exchange(growth->reverse_names, true)) ++term.lookups;
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
