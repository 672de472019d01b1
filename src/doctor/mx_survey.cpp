#include "dns/name.hpp"
#include "doctor/mx.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace bonafide::doctor {
namespace {

/// Of a name, A and AAAA together. Temporary when a family may be missing for want of an answer: that of IPv4, or both.
struct Found {
    std::vector<ip::Address> addresses{};
    dns::Status status = dns::Status::nx_domain;
    bool is_alias = false;
};
constexpr int most_aliases_in_a_row = 8;

dns::Flow<Found> ask_addresses(std::string name) {
    if (!dns::is_valid(name)) co_return Found{};
    const dns::Answer v4 = co_await dns::ask(name, dns::Type::a, "address for mail");
    const dns::Answer v6 = co_await dns::ask(name, dns::Type::aaaa, "address for mail");
    Found found{.addresses = v4->addresses, .status = v4->status, .is_alias = v4->aliased || v6->aliased};
    found.addresses.insert(found.addresses.end(), v6->addresses.begin(), v6->addresses.end());
    if (v4->temporary()) co_return found;
    if (!found.addresses.empty())
        found.status = dns::Status::ok;
    else if (v6->temporary())
        found.status = v6->status;
    co_return found;
}

/// The name at the end of the aliases; "" when not even the first is known.
dns::Flow<std::string> follow(std::string name) {
    std::string end;
    for (int i = 0; i < most_aliases_in_a_row; ++i) {
        const dns::Answer target = co_await dns::ask(name, dns::Type::cname, "what an MX host is an alias of");
        if (target->names.empty()) break;
        end = name = target->names.front();
    }
    co_return end;
}

dns::Flow<MxHost> ask_host(dns::Mx mx) {
    MxHost host{.name = mx.host, .preference = mx.preference};
    if (mx.host.empty()) co_return host; // RFC 7505
    Found found = co_await ask_addresses(mx.host);
    host.addresses = std::move(found.addresses);
    host.status = found.status;
    host.is_alias = found.is_alias;
    if (host.is_alias) host.alias = co_await follow(mx.host);
    co_return host;
}

/// By preference; of hosts that occur twice the preferred one.
std::vector<dns::Mx> hosts_to_ask(std::vector<dns::Mx> records) {
    std::ranges::sort(records, {}, [](const dns::Mx& record) { return std::tie(record.preference, record.host); });
    std::vector<dns::Mx> hosts;
    for (dns::Mx& record : records) {
        if (hosts.size() == most_mx_hosts) break;
        if (std::ranges::find(hosts, record.host, &dns::Mx::host) == hosts.end()) hosts.push_back(std::move(record));
    }
    return hosts;
}

} // namespace

dns::Flow<MxSurvey> survey_mx(Subject subject) {
    MxSurvey survey;
    survey.answer = co_await dns::ask(subject.domain, dns::Type::mx, "MX record");
    for (const dns::Mx& mx : hosts_to_ask(survey.answer->mx)) {
        if (mx.host.empty()) survey.null_mx = true;
        survey.hosts.push_back(co_await ask_host(mx));
    }
    if (survey.null_mx && survey.hosts.size() == 1) survey.hosts.clear();
    Found own = co_await ask_addresses(subject.domain);
    survey.own_addresses = std::move(own.addresses);
    survey.own_status = own.status;
    survey.exists = survey.answer->status != dns::Status::nx_domain || own.status != dns::Status::nx_domain;
    co_return survey;
}

} // namespace bonafide::doctor
