#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "doctor/mx.hpp"
#include "doctor/mx_proxy.hpp"
#include "doctor/provider.hpp"
#include "doctor/reach.hpp"
#include "doctor/spf_text.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

dns::Record mx_record(std::string domain, std::uint16_t preference, std::string host) {
    return {.name = std::move(domain), .type = dns::Type::mx, .value = std::move(host), .preference = preference};
}

/// The part of a name in front of `origin`, which a zone editor appends to names written without a final dot; "" where it does not end so.
std::string_view before(std::string_view name, std::string_view origin) {
    if (name.size() <= origin.size() || !dns::is_equal_or_below(name, origin)) return {};
    return name.substr(0, name.size() - origin.size() - 1);
}

class Judge {
  public:
    Judge(const Survey& all, std::vector<Finding>& findings)
        : all_(all), mx_(all.mx), domain_(all.subject.domain),
          organization_(all.subject.suffixes ? all.subject.suffixes->organizational(domain_) : domain_),
          findings_(findings) {}

    void speak() {
        if (!mx_.answer || mx_.answer->status == dns::Status::bogus) return;
        if (mx_.answer->temporary()) return unanswered("MX", domain_, Severity::error);
        if (mx_.hosts.empty() && !mx_.null_mx) return absent();
        if (mx_.takes_no_mail()) return null_mx();
        const std::size_t before_all = findings_.size();
        if (mx_.null_mx) null_with_others();
        for (const MxHost& host : mx_.hosts)
            if (!host.name.empty()) judge(host);
        without_ipv4();
        if (findings_.size() == before_all) well();
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
    [[nodiscard]] static bool works(const MxHost& host) {
        return std::ranges::any_of(host.addresses,
                                   [](const ip::Address& address) { return !is_off_the_internet(address); });
    }
    [[nodiscard]] bool another_works(const MxHost& host) const {
        return std::ranges::any_of(mx_.hosts, [&](const MxHost& other) { return &other != &host && works(other); });
    }
    [[nodiscard]] Text consequence(const MxHost& host) const {
        return another_works(host) ? say("Senders that try this host first deliver late, and some give up.")
                                   : say("Nobody can send mail to the domain, and receivers that check the sender's "
                                         "domain refuse its mail.");
    }
    void unanswered(std::string_view type, const std::string& name, Severity severity) {
        add("dns.unanswered", severity, name,
            say("The name servers gave no answer for {type} {name}", {{"type", type}, {"name", name}}),
            say("Mail to the domain waits or comes back."),
            say("See that every name server of the zone of {name} runs and answers from outside.", {{"name", name}}))
            .actor = Actor::dns_host;
    }
    void absent();
    void null_mx();
    [[nodiscard]] bool sends() const;
    void without_ipv4();
    void proxy(const MxHost& host);
    void null_with_others();
    void judge(const MxHost& host);
    [[nodiscard]] std::optional<ip::Address> literal_of(const MxHost& host) const;
    void address(const MxHost& host, const ip::Address& address);
    void alias(const MxHost& host);
    void bogus(const MxHost& host);
    void unresolvable(const MxHost& host);
    void well();
    [[nodiscard]] std::string mailbox_host() const;
    [[nodiscard]] std::string meant(std::string_view host) const;

    const Survey& all_;
    const MxSurvey& mx_;
    const std::string& domain_;
    std::string organization_;
    std::vector<Finding>& findings_;
};

/// Where the domain's mail may well be: at the provider of mailboxes that its SPF record lists, else at a host of its own that is known to
/// exist; "" where none is.
std::string Judge::mailbox_host() const {
    const auto is_own = [&](std::string_view name) { return dns::is_equal_or_below(name, organization_); };
    if (all_.spf.usable())
        for (const SpfTerm& term : all_.spf.root->terms) {
            const Provider* const provider = term.child ? provider_of_include(term.target) : nullptr;
            if (provider != nullptr && provider->kind == ProviderKind::mailbox && !provider->mx.empty() &&
                !provider->mx.front().starts_with('.'))
                return provider->mx.front();
            if (term.mechanism == spf::Mechanism::a && term.target != domain_ && is_own(term.target) &&
                !term.networks.empty() && !is_off_the_internet(term.networks.front().address))
                return term.target;
        }
    for (const ReverseAddress& one : all_.reverse.addresses)
        for (const std::string& name : one.confirmed)
            if (is_own(name)) return name;
    return {};
}

void Judge::absent() {
    if (all_.parked()) return;
    if (mx_.own_status == dns::Status::bogus) return;
    if (!mx_.own_addresses.empty()) { // RFC 5321 5.1: the implicit MX
        add("mx.implicit", Severity::notice, domain_,
            say("{domain} has no MX record; mail for it goes to its own address {address}",
                {{"domain", domain_}, {"address", mx_.own_addresses.front().text()}}),
            say("That is usually the web server, which takes no mail."),
            say("Publish this MX record if mail arrives there as it should; else one that names your mail server, or a "
                "null MX when the domain takes no mail."))
            .records.push_back(mx_record(domain_, 10, domain_));
        return;
    }
    if (dns::is_temporary(mx_.own_status)) return unanswered("A", domain_, Severity::error);
    Finding& finding =
        add("mx.none", Severity::error, domain_,
            say("{domain} has neither an MX record nor an address: it cannot take mail", {{"domain", domain_}}),
            say("Bounces and replies get lost, and many receivers refuse mail from a domain that cannot be answered."),
            say("Publish an MX record that names your mail server."));
    if (std::string host = mailbox_host(); !host.empty())
        finding.records.push_back(mx_record(domain_, 10, std::move(host)));
}

/// Its SPF record lets somebody send, and something that sends is known.
bool Judge::sends() const {
    const Subject& subject = all_.subject;
    if (!subject.addresses.empty() || !subject.keys.empty() || !subject.sources.empty()) return true;
    return all_.spf.usable() && names_a_sender(all_.spf.root->texts.front()) && all_.dkim.has_usable_key();
}

void Judge::null_mx() {
    if (sends()) {
        add("mx.null_sends", Severity::notice, domain_,
            say("{domain} says by a null MX that it takes no mail, but it sends mail", {{"domain", domain_}}),
            say("Nobody can answer, bounces get lost, and receivers may refuse mail from such a domain "
                "(RFC 7505 4.2, {reply}).",
                {{"reply", "550 5.7.27"}}),
            say("Replace the null MX by an MX record that names a host which takes mail for the domain, or send from "
                "another domain."));
        return;
    }
    Finding& finding = add("mx.null", Severity::ok, domain_,
                           say("{domain} says by a null MX that it takes no mail", {{"domain", domain_}}), {}, {});
    finding.actor = Actor::nobody;
    const std::vector<dns::Mx>& records = mx_.answer->mx;
    if (records.size() > 1)
        finding.details.push_back(say("one of them is enough; records: {count}", {{"count", records.size()}}));
    else if (!records.empty() && records.front().preference != 0) // RFC 7505 3
        finding.details.push_back(
            say("its preference is {preference}; RFC 7505 wants 0", {{"preference", records.front().preference}}));
}

void Judge::null_with_others() {
    Finding& finding = add("mx.null_with_others", Severity::error, domain_,
                           say("{domain} has a null MX beside other MX records", {{"domain", domain_}}),
                           say("A null MX says that the domain takes no mail, and must stand alone (RFC 7505 3): "
                               "senders may refuse to deliver."),
                           say("Delete the null MX; or delete the others when the domain takes no mail."));
    for (const dns::Mx& record : mx_.answer->mx)
        if (record.host.empty()) finding.remove.push_back(mx_record(domain_, record.preference, ""));
}

/// Behind any origin when the name leads nowhere; "192.0.2.1.isp.example" may otherwise be a name.
std::optional<ip::Address> Judge::literal_of(const MxHost& host) const {
    constexpr std::size_t octets = 4;
    std::string_view origin = domain_;
    if (const std::size_t labels = dns::label_count(host.name); host.addresses.empty() && labels > octets)
        origin = dns::last_labels(host.name, labels - octets);
    return address_in_mx(host.name, origin);
}

void Judge::judge(const MxHost& host) {
    if (const auto literal = literal_of(host)) return address(host, *literal);
    if (host.status == dns::Status::bogus && !host.is_alias) return bogus(host);
    const bool is_known = !dns::is_temporary(host.status) || host.status == dns::Status::cname_loop;
    if (host.addresses.empty() && is_known) return unresolvable(host);
    if (host.addresses.empty() && !host.is_alias)
        return unanswered("A", host.name, another_works(host) ? Severity::warning : Severity::error);
    if (host.is_alias) return alias(host);
    if (is_behind_web_proxy(host)) return proxy(host);
    if (works(host)) return;
    add("mx.unresolvable", Severity::error, host.name,
        say("The MX host {host} has only an address that does not exist on the internet: {address}",
            {{"host", host.name}, {"address", host.addresses.front().text()}}),
        consequence(host), say("Publish the public address of {host}.", {{"host", host.name}}));
}

/// An error it would be but for the operator's paid service that passes on other ports.
void Judge::proxy(const MxHost& host) {
    add("mx.unresolvable", Severity::warning, host.name,
        say("The MX host {host} has only addresses of the web proxy of {provider}: {address}",
            {{"host", host.name}, {"provider", "Cloudflare"}, {"address", host.addresses.front().text()}}),
        say("The proxy passes on web pages, not mail: nobody can deliver to that host."),
        say("Switch the proxy off for {host}, so that its name leads to the mail server itself.",
            {{"host", host.name}}));
}

/// Of the hosts that work: many senders, large ones too, have IPv4 only.
void Judge::without_ipv4() {
    bool some_reachable = false;
    std::vector<const MxHost*> lacking;
    for (const MxHost& host : mx_.hosts) {
        const bool has = std::ranges::any_of(host.addresses, [](const ip::Address& address) {
            return address.is_v4() && !is_off_the_internet(address);
        });
        if (has || dns::is_temporary(host.status))
            some_reachable = true;
        else if (works(host))
            lacking.push_back(&host);
    }
    if (lacking.empty()) return;
    Finding& finding =
        add("mx.no_ipv4", some_reachable ? Severity::notice : Severity::warning, lacking.front()->name,
            some_reachable ? say("The MX host {host} has no IPv4 address, only IPv6", {{"host", lacking.front()->name}})
                           : say("No MX host of {domain} has an IPv4 address, only IPv6", {{"domain", domain_}}),
            some_reachable ? say("Senders that have IPv4 only use the other hosts: this one does not help them when "
                                 "the others fail.")
                           : say("Many senders have IPv4 only: they cannot deliver, and their mail comes back."),
            say("Give {host} an IPv4 address too.", {{"host", lacking.front()->name}}));
    for (const MxHost* const host : lacking)
        finding.details.push_back(say("{preference} {host}", {{"preference", host->preference}, {"host", host->name}}));
}

void Judge::address(const MxHost& host, const ip::Address& address) {
    Finding& finding = add("mx.address", Severity::error, host.name,
                           say("The MX record of {domain} holds an address instead of a name: {host}",
                               {{"domain", domain_}, {"host", host.name}}),
                           consequence(host), say("Give the address a name, and put the name into the MX record."));
    finding.remove.push_back(mx_record(domain_, host.preference, host.name));
    if (is_off_the_internet(address)) return;
    finding.records.push_back(
        {.name = "mail." + domain_, .type = address.is_v4() ? dns::Type::a : dns::Type::aaaa, .value = address.text()});
    finding.records.push_back(mx_record(domain_, host.preference, "mail." + domain_));
}

void Judge::alias(const MxHost& host) {
    const bool listed = std::ranges::find(mx_.hosts, host.alias, &MxHost::name) != mx_.hosts.end();
    Finding& finding = add(
        "mx.cname", Severity::error, host.name,
        say("The MX record of {domain} leads to {host}, which is an alias (CNAME)",
            {{"domain", domain_}, {"host", host.name}}),
        say("RFC 2181 10.3 forbids it; some senders do not deliver to an alias."),
        listed ? say("Delete this MX record; there is one already for the name that the alias leads to.")
               : say("Put the name that the alias leads to into the MX record, or give {host} addresses of its own.",
                     {{"host", host.name}}));
    if (host.alias.empty()) return;
    finding.details.push_back(say("it leads to {name}", {{"name", host.alias}}));
    finding.remove.push_back(mx_record(domain_, host.preference, host.name));
    if (!listed) finding.records.push_back(mx_record(domain_, host.preference, host.alias));
}

/// Of another zone than the domain's, which is examined by itself.
void Judge::bogus(const MxHost& host) {
    add("dnssec.bogus", another_works(host) ? Severity::warning : Severity::error, host.name,
        say("The addresses of the MX host {host} are not validly signed", {{"host", host.name}}),
        say("Senders that check DNSSEC do not find the host: mail waits and comes back."),
        say("Renew the signatures of the zone of {host}, or remove the DS record at its parent.",
            {{"host", host.name}}))
        .actor = Actor::dns_host;
}

/// The name that somebody wrote, before a zone editor made it another one by the rule of the final dot (RFC 1035 5.1); "" when nothing
/// hints at that.
std::string Judge::meant(std::string_view host) const {
    if (host != "localhost" && dns::label_count(host) == 1) return std::string(host) + "." + domain_;
    for (const std::string& origin : {domain_, organization_}) {
        const std::string_view written = before(host, origin);
        if (dns::is_equal_or_below(written, organization_) || provider_of_mx(written) != nullptr)
            return std::string(written);
    }
    return {};
}

void Judge::unresolvable(const MxHost& host) {
    const std::string name = meant(host.name);
    Finding& finding =
        add("mx.unresolvable", Severity::error, host.name,
            host.alias.empty() ? say("The MX record of {domain} leads to {host}, which has no address",
                                     {{"domain", domain_}, {"host", host.name}})
                               : say("The MX record of {domain} leads to {host}, an alias (CNAME) of {target}, which "
                                     "has no address",
                                     {{"domain", domain_}, {"host", host.name}, {"target", host.alias}}),
            consequence(host),
            name.empty() ? say("Correct the name in the MX record, or give {host} an address.", {{"host", host.name}})
                         : say("Write the whole name {name} into the MX record, in a zone file with a dot at its end.",
                               {{"name", name}}));
    if (name.empty()) return;
    finding.remove.push_back(mx_record(domain_, host.preference, host.name));
    finding.records.push_back(mx_record(domain_, host.preference, name));
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
        for (const ip::Address& address : host.addresses)
            if (is_off_the_internet(address))
                finding.details.push_back(say("{host} also has {address}, which does not exist on the internet",
                                              {{"host", host.name}, {"address", address.text()}}));
    }
    if (mx_.hosts.size() == most_mx_hosts && mx_.answer->mx.size() > most_mx_hosts)
        finding.details.push_back(
            say("only the preferred {count} hosts were looked at", {{"count", std::size_t{most_mx_hosts}}}));
}

} // namespace

std::optional<ip::Address> address_in_mx(std::string_view host, std::string_view domain) {
    for (std::string_view text : {host, before(host, domain)}) {
        if (text.starts_with('[') && text.ends_with(']')) { // RFC 5321 4.1.3
            text = text.substr(1, text.size() - 2);
            if (ascii::istarts_with(text, "ipv6:")) text.remove_prefix(5);
        }
        if (const auto address = ip::Address::parse(text)) return address;
    }
    return {};
}

void judge_mx(const Survey& all, std::vector<Finding>& findings) { Judge(all, findings).speak(); }

} // namespace bonafide::doctor
