#include "verdict/infrastructure.hpp"

#include "base/ascii.hpp"
#include "dns/name.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <tuple>

namespace bonafide::verdict {
namespace {

const std::string& confirmed_name(const Facts& facts) {
    static const std::string none;
    const bool confirmed = facts.iprev.value && facts.iprev.value->result == iprev::Result::pass;
    return confirmed ? facts.iprev.value->name : none;
}

bool is_any_of(std::string_view name, const std::vector<std::string>& names) {
    return std::ranges::find(names, name) != names.end();
}

} // namespace

std::string_view to_text(Infrastructure::Kind kind) {
    switch (kind) {
    case Infrastructure::Kind::ptr: return "ptr";
    case Infrastructure::Kind::network: return "network";
    case Infrastructure::Kind::dkim: return "dkim";
    }
    return "network";
}

std::string to_text(const Infrastructure& infrastructure) {
    return std::string(to_text(infrastructure.kind)) + ':' + infrastructure.name;
}

ip::Prefix network_of(const ip::Address& address) {
    constexpr unsigned v4_bits = 24, v6_bits = 64;
    auto bytes = address.bytes();
    std::fill(bytes.begin() + (address.is_v4() ? v4_bits : v6_bits) / 8, bytes.end(), std::uint8_t{0});
    if (!address.is_v4()) return {ip::Address::from_v6_unmapped(bytes), v6_bits};
    return {ip::Address::from_v4({bytes[0], bytes[1], bytes[2], bytes[3]}), v4_bits};
}

std::vector<Infrastructure> infrastructures_of(const Facts& facts, const dns::PublicSuffixList& suffixes) {
    std::vector<Infrastructure> all;
    const auto add = [&](Infrastructure one) {
        if (!one.name.empty() && std::ranges::find(all, one) == all.end()) all.push_back(std::move(one));
    };
    if (const std::string& name = confirmed_name(facts); !name.empty())
        add({Infrastructure::Kind::ptr, suffixes.organizational(name), name});
    else if (facts.envelope.client)
        add({Infrastructure::Kind::network, network_of(*facts.envelope.client).text(), {}});
    for (const dkim::SignatureResult& signature : facts.dkim)
        if (signature.result == dkim::Result::pass) add({Infrastructure::Kind::dkim, signature.domain, {}});
    return all;
}

bool is_generic_name(std::string_view name, const ip::Address& address) {
    const auto& bytes = address.bytes();
    if (!address.is_v4()) { // the last two groups, or the whole interface part, as hexadecimal digits
        std::string digits;
        for (const char c : name)
            if (c != '-' && c != '.') digits += c;
        return digits.contains(fmt::format("{:02x}{:02x}{:02x}{:02x}", bytes[12], bytes[13], bytes[14], bytes[15]));
    }
    if (name.contains(fmt::format("{:02x}{:02x}{:02x}{:02x}", bytes[0], bytes[1], bytes[2], bytes[3]))) return true;
    std::vector<unsigned> numbers; // "host-192-0-2-10", "10.2.0.192.isp", "p192000002010"
    for (std::size_t i = 0; i < name.size();) {
        if (!ascii::is_digit(name[i])) {
            ++i;
            continue;
        }
        unsigned number = 0;
        for (std::size_t digits = 0; i < name.size() && ascii::is_digit(name[i]) && digits < 3; ++i, ++digits)
            number = number * 10 + static_cast<unsigned>(name[i] - '0');
        numbers.push_back(number);
    }
    const std::array<unsigned, 4> forward{bytes[0], bytes[1], bytes[2], bytes[3]};
    const std::array<unsigned, 4> backward{bytes[3], bytes[2], bytes[1], bytes[0]};
    return !std::ranges::search(numbers, forward).empty() || !std::ranges::search(numbers, backward).empty();
}

bool is_shared(const Infrastructure& infrastructure, const DomainSet& shared) {
    if (infrastructure.kind == Infrastructure::Kind::network) return false;
    return shared.covers(infrastructure.name);
}

dns::Flow<AuthorHosts> find_author_hosts(std::string author_domain, ip::Family family) {
    AuthorHosts hosts;
    const dns::Type type = family == ip::Family::v4 ? dns::Type::a : dns::Type::aaaa;
    const dns::Answer mail = co_await dns::ask(author_domain, dns::Type::mx, "compauth: mail hosts of the author");
    hosts.incomplete = mail->temporary();
    hosts.no_such_domain = mail->status == dns::Status::nx_domain;
    hosts.null_mail_host = mail->mx.size() == 1 && (mail->mx.front().host.empty() || mail->mx.front().host == ".");
    std::vector<dns::Mx> records = mail->mx;
    std::ranges::sort(records, {}, [](const dns::Mx& record) { return std::tie(record.preference, record.host); });
    for (const dns::Mx& record : records)
        if (hosts.mail_hosts.size() < AuthorHosts::most_mail_hosts &&
            dns::is_valid(record.host) && // RFC 7505: "." is no host
            !record.host.empty() && !is_any_of(record.host, hosts.mail_hosts))
            hosts.mail_hosts.push_back(record.host);
    std::vector<std::string> names{author_domain};
    names.insert(names.end(), hosts.mail_hosts.begin(), hosts.mail_hosts.end());
    for (const std::string& name : names) {
        const dns::Answer answer = co_await dns::ask(name, type, "compauth: address of the author's host");
        hosts.incomplete = hosts.incomplete || answer->temporary();
        hosts.addresses.insert(hosts.addresses.end(), answer->addresses.begin(), answer->addresses.end());
    }
    co_return hosts;
}

Relation relation_of(const Facts& facts, const AuthorHosts& author_hosts, const dns::PublicSuffixList& suffixes,
                     const DomainSet& shared) {
    const std::string& author = facts.author.domain;
    const std::string& host = confirmed_name(facts);
    if (author.empty() || host.empty() || !facts.envelope.client) return {};
    const std::string organization = suffixes.registrable(host);
    // A host without an organization above it, or of one that sends for strangers, lends its name to nobody below or beside it.
    const bool own = !organization.empty() && !shared.covers(host);
    if (is_generic_name(host, *facts.envelope.client)) return {};
    if (own && dns::is_equal_or_below(host, author)) return {Kinship::host_below_author, {}};
    if (own && dns::is_equal_or_below(author, host)) return {Kinship::author_below_host, {}};
    for (const std::string& mail_host : author_hosts.mail_hosts)
        if (mail_host == host || (own && suffixes.registrable(mail_host) == organization))
            return {Kinship::mail_host, mail_host};
    if (!own) return {};
    const ip::Prefix network = network_of(*facts.envelope.client);
    for (const ip::Address& address : author_hosts.addresses)
        if (network.contains(address)) return {Kinship::same_network, address.text()};
    if (suffixes.registrable(author) == organization) return {Kinship::same_organization, {}};
    return {};
}

} // namespace bonafide::verdict
