#include "doctor/mx.hpp"

#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "doctor/provider.hpp"
#include "doctor/spf_coverage.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

dns::Flow<MxHost> ask_host(dns::Mx mx) {
    MxHost host{.name = mx.host, .preference = mx.preference};
    if (mx.host.empty()) co_return host;
    const dns::Answer v4 = co_await dns::ask(mx.host, dns::Type::a, "address of an MX host");
    const dns::Answer v6 = co_await dns::ask(mx.host, dns::Type::aaaa, "address of an MX host");
    host.is_alias = v4->aliased || v6->aliased;
    host.addresses = v4->addresses;
    host.addresses.insert(host.addresses.end(), v6->addresses.begin(), v6->addresses.end());
    host.status = !host.addresses.empty() ? dns::Status::ok
                  : v4->temporary()       ? v4->status
                  : v6->temporary()       ? v6->status
                                          : v4->status;
    co_return host;
}

/// An address, also with the domain that a panel has put behind it.
bool is_address(std::string_view host, std::string_view domain) {
    if (host.ends_with(domain) && host.size() > domain.size() + 1) host.remove_suffix(domain.size() + 1);
    return ip::Address::parse(host).has_value();
}

class Judge {
  public:
    Judge(const Survey& all, std::vector<Finding>& findings)
        : all_(all), mx_(all.mx), domain_(all.subject.domain), findings_(findings) {}

    void speak() {
        if (!mx_.answer || mx_.answer->status == dns::Status::bogus) return;
        if (mx_.answer->temporary()) return unanswered("MX", domain_);
        if (mx_.hosts.empty() && !mx_.null_mx) return absent();
        if (mx_.null_mx) return null_mx();
        const std::size_t before = findings_.size();
        for (const MxHost& host : mx_.hosts) judge(host);
        if (findings_.size() == before) well();
    }

  private:
    Finding& add(std::string_view id, Severity severity, std::string subject, Text title, Text why, Text fix) {
        return findings_.emplace_back(Finding{.id = id,
                                              .severity = severity,
                                              .subject = std::move(subject),
                                              .title = std::move(title),
                                              .why = std::move(why),
                                              .fix = std::move(fix)});
    }
    [[nodiscard]] bool another_works(const MxHost& host) const {
        return std::ranges::any_of(mx_.hosts,
                                   [&](const MxHost& other) { return &other != &host && !other.addresses.empty(); });
    }
    [[nodiscard]] Text consequence(const MxHost& host) const {
        return another_works(host) ? say("Senders that try this host first lose time, and some give up.")
                                   : say("Nobody can send mail to the domain, and receivers that check the sender's "
                                         "domain refuse its mail.");
    }
    void unanswered(std::string_view type, const std::string& name) {
        add("dns.unanswered", Severity::error, name,
            say("The name servers gave no answer for {type} {name}", {{"type", type}, {"name", name}}),
            say("Mail to the domain waits or comes back."),
            say("See that every name server of the zone of {name} runs and answers from outside.", {{"name", name}}))
            .actor = Actor::dns_host;
    }
    void absent();
    void null_mx();
    void judge(const MxHost& host);
    void well();

    const Survey& all_;
    const MxSurvey& mx_;
    const std::string& domain_;
    std::vector<Finding>& findings_;
};

void Judge::absent() {
    if (all_.parked()) return;
    if (!mx_.own_addresses.empty()) {
        Finding& finding = add("mx.implicit", Severity::notice, domain_,
                               say("{domain} has no MX record; mail for it goes to its own address {address}",
                                   {{"domain", domain_}, {"address", mx_.own_addresses.front().text()}}),
                               say("That is usually the web server, which takes no mail."),
                               say("Publish an MX record, or a null MX when the domain takes no mail."));
        finding.records.push_back(
            {.name = domain_, .type = dns::Type::mx, .value = "mail." + domain_, .preference = 10});
        return;
    }
    Finding& finding =
        add("mx.none", Severity::error, domain_,
            say("{domain} has neither an MX record nor an address: it cannot take mail", {{"domain", domain_}}),
            say("Bounces and replies get lost, and many receivers refuse mail from a domain that cannot be answered."),
            say("Publish an MX record."));
    finding.records.push_back({.name = domain_, .type = dns::Type::mx, .value = "mail." + domain_, .preference = 10});
}

void Judge::null_mx() {
    if (mx_.hosts.size() <= 1) {
        add("mx.null", Severity::ok, domain_,
            say("{domain} says by a null MX that it takes no mail", {{"domain", domain_}}), {}, {})
            .actor = Actor::nobody;
        return;
    }
    Finding& finding = add("mx.null_with_others", Severity::error, domain_,
                           say("{domain} has a null MX beside other MX records", {{"domain", domain_}}),
                           say("A null MX says that the domain takes no mail, and must stand alone (RFC 7505 3): "
                               "senders may refuse to deliver."),
                           say("Delete the null MX."));
    finding.remove.push_back({.name = domain_, .type = dns::Type::mx, .value = "", .preference = 0});
}

void Judge::judge(const MxHost& host) {
    if (is_address(host.name, domain_)) {
        add("mx.address", Severity::error, host.name,
            say("The MX record of {domain} holds an address instead of a name: {host}",
                {{"domain", domain_}, {"host", host.name}}),
            consequence(host), say("Give the address a name, and put the name into the MX record."));
        return;
    }
    if (host.is_alias) {
        add("mx.cname", Severity::error, host.name,
            say("The MX record of {domain} leads to {host}, which is an alias (CNAME)",
                {{"domain", domain_}, {"host", host.name}}),
            say("RFC 2181 10.3 forbids it; some senders do not deliver to an alias."),
            say("Put the name that the alias leads to into the MX record, or give {host} addresses of its own.",
                {{"host", host.name}}));
        return;
    }
    if (host.status == dns::Status::bogus) return;
    if (dns::is_temporary(host.status)) return unanswered("A", host.name);
    if (host.addresses.empty()) {
        add("mx.unresolvable", Severity::error, host.name,
            say("The MX record of {domain} leads to {host}, which has no address",
                {{"domain", domain_}, {"host", host.name}}),
            consequence(host),
            say("Correct the name in the MX record, or give {host} an address.", {{"host", host.name}}));
        return;
    }
    const bool nowhere = std::ranges::all_of(
        host.addresses, [](const ip::Address& address) { return spf_is_private({address, address.bits()}); });
    if (nowhere)
        add("mx.unresolvable", Severity::error, host.name,
            say("The MX host {host} has only an address that does not exist on the internet: {address}",
                {{"host", host.name}, {"address", host.addresses.front().text()}}),
            consequence(host), say("Publish the public address of {host}.", {{"host", host.name}}));
}

void Judge::well() {
    Finding& finding = add("mx.ok", Severity::ok, domain_,
                           say("The MX records of {domain} are in order", {{"domain", domain_}}), {}, {});
    finding.actor = Actor::nobody;
    for (const MxHost& host : mx_.hosts) {
        const Provider* const provider = provider_of_mx(host.name);
        finding.details.push_back(
            provider == nullptr
                ? say("{preference} {host}", {{"preference", host.preference}, {"host", host.name}})
                : say("{preference} {host} ({provider})",
                      {{"preference", host.preference}, {"host", host.name}, {"provider", provider->name}}));
    }
}

} // namespace

dns::Flow<MxSurvey> survey_mx(Subject subject) {
    MxSurvey survey;
    survey.answer = co_await dns::ask(subject.domain, dns::Type::mx, "MX record");
    std::size_t left = most_mx_hosts;
    for (const dns::Mx& mx : survey.answer->mx) {
        if (left-- == 0) break;
        if (mx.host.empty()) survey.null_mx = true;
        survey.hosts.push_back(co_await ask_host(mx));
    }
    if (survey.null_mx && survey.hosts.size() == 1) survey.hosts.clear();
    const dns::Answer v4 = co_await dns::ask(subject.domain, dns::Type::a, "address of the domain");
    const dns::Answer v6 = co_await dns::ask(subject.domain, dns::Type::aaaa, "address of the domain");
    survey.own_addresses = v4->addresses;
    survey.own_addresses.insert(survey.own_addresses.end(), v6->addresses.begin(), v6->addresses.end());
    survey.exists = !(survey.answer->status == dns::Status::nx_domain && v4->status == dns::Status::nx_domain);
    co_return survey;
}

void judge_mx(const Survey& all, std::vector<Finding>& findings) { Judge(all, findings).speak(); }

} // namespace bonafide::doctor
