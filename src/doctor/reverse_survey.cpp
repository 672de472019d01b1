#include "dns/name.hpp"
#include "doctor/provider.hpp"
#include "doctor/reach.hpp"
#include "doctor/reverse.hpp"

#include <algorithm>
#include <utility>

namespace bonafide::doctor {
namespace {

/// A zone file without any reverse name says nothing about them.
bool models_reverse_names(const Subject& subject) {
    return !subject.all_of_dns || std::ranges::any_of(subject.all_of_dns->names,
                                                      [](const std::string& name) { return name.ends_with(".arpa"); });
}

const MxHost* host_with(const Survey& survey, const ip::Address& address) {
    const auto host = std::ranges::find_if(survey.mx.hosts, [&](const MxHost& one) {
        return std::ranges::find(one.addresses, address) != one.addresses.end();
    });
    return host == survey.mx.hosts.end() ? nullptr : &*host;
}

/// What a term lists and is no sender of the domain's own: "a" of the domain itself is the web server more often than not, and "mx" the
/// inbound hosts of a provider, which sends from others.
bool is_somebody_else(const Survey& survey, const SpfTerm& term, const ip::Address& address) {
    const MxHost* const host = host_with(survey, address);
    if (term.mechanism == spf::Mechanism::a) return term.target == survey.subject.domain && host == nullptr;
    return term.mechanism == spf::Mechanism::mx && host != nullptr && provider_of_mx(host->name) != nullptr;
}

/// The names to ask for: askable, each once, at most most_ptr_names (RFC 8601 3: MUST be limited).
std::vector<std::string> names_to_ask(const std::vector<std::string>& names) {
    std::vector<std::string> result;
    for (const std::string& name : names) {
        if (result.size() == most_ptr_names) break;
        if (dns::is_valid(name) && std::ranges::find(result, name) == result.end()) result.push_back(name);
    }
    return result;
}

} // namespace

std::vector<SendingAddress> sending_addresses(const Survey& survey) {
    std::vector<SendingAddress> result;
    const auto add = [&](const ip::Address& address, const std::string& from) {
        if (result.size() < most_sending_addresses && !is_off_the_internet(address) &&
            std::ranges::find(result, address, &SendingAddress::address) == result.end())
            result.push_back({address, from});
    };
    for (const ip::Address& address : survey.subject.addresses) add(address, "");
    if (!result.empty() || !survey.spf.usable() || !models_reverse_names(survey.subject)) return result;
    for (const SpfTerm& term : survey.spf.root->terms) {
        if (term.unreachable || term.child || term.result != spf::Result::pass) continue;
        for (const ip::Prefix& network : term.networks)
            if (network.length == network.address.bits() && !is_somebody_else(survey, term, network.address))
                add(network.address, term.text);
    }
    return result;
}

dns::Flow<ReverseAddress> survey_reverse(SendingAddress sending) {
    ReverseAddress result{.address = sending.address, .from = sending.from};
    result.ptr = co_await dns::ask(sending.address.reverse_name(), dns::Type::ptr, "reverse DNS");
    const dns::Type type = sending.address.is_v4() ? dns::Type::a : dns::Type::aaaa;
    for (const std::string& name : names_to_ask(result.ptr->names)) {
        const dns::Answer answer = co_await dns::ask(name, type, "address of a PTR name");
        if (answer->temporary() && result.unanswered.empty()) result.unanswered = name;
        if (std::ranges::find(answer->addresses, sending.address) != answer->addresses.end())
            result.confirmed.push_back(name);
    }
    co_return result;
}

} // namespace bonafide::doctor
