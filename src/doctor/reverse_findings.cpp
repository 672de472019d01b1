#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "doctor/reverse.hpp"
#include "verdict/infrastructure.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

/// One of the words stands in the name by itself: "dyn-1.isp.example" has "dyn", "dynamo.example" has not.
bool names_a_line(std::string_view name) {
    constexpr std::array<std::string_view, 18> words{
        "dynamic", "dyn",  "dhcp", "dialup", "dial",  "dialin", "dsl",       "adsl",       "vdsl",
        "xdsl",    "sdsl", "ppp",  "pppoe",  "cable", "pool",   "broadband", "unassigned", "residential"};
    std::string part;
    for (const char c : std::string(name) + ".") {
        if (ascii::is_alpha(c)) {
            part += ascii::to_lower(c);
            continue;
        }
        if (std::ranges::find(words, part) != words.end()) return true;
        part.clear();
    }
    return false;
}

/// "vps-4f3a2b1c.vps.ovh.net": the name that a hoster gives to every rented machine.
bool is_rented_machine(std::string_view name) {
    constexpr std::array<std::string_view, 3> suffixes{".vps.ovh.net", ".vps.ovh.ca", ".vps.ovh.us"};
    const auto suffix = std::ranges::find_if(suffixes, [&](std::string_view one) { return name.ends_with(one); });
    if (suffix == suffixes.end()) return false;
    std::string_view label = name.substr(0, name.size() - suffix->size());
    if (!label.starts_with("vps")) return false;
    label.remove_prefix(label.starts_with("vps-") ? 4 : 3);
    return !label.empty() && label.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

class Judge {
  public:
    Judge(const Survey& all, std::vector<Finding>& findings)
        : all_(all), organization_(organization_of(all.subject.domain)), findings_(findings) {}

    void speak() {
        std::vector<ReverseAddress> addresses = all_.reverse.addresses; // as they came, side by side
        std::ranges::sort(addresses, {}, &ReverseAddress::address);
        const std::size_t before = findings_.size();
        for (const ReverseAddress& one : addresses) judge(one);
        if (findings_.size() == before && !addresses.empty()) well(addresses);
    }

  private:
    void judge(const ReverseAddress& one);
    void mismatch(const ReverseAddress& one);
    void generic(const ReverseAddress& one);
    void replace(Finding& finding, const ReverseAddress& one, const std::vector<std::string>& names) const;
    void unanswered(const ReverseAddress& one, std::string name, Text title);
    void well(const std::vector<ReverseAddress>& addresses);

    [[nodiscard]] std::string organization_of(std::string_view name) const {
        return all_.subject.suffixes ? all_.subject.suffixes->organizational(name)
                                     : std::string(dns::last_labels(name, 2));
    }
    /// The name looks made from the address, or names a line that is dialled: receivers take such hosts for customers' machines.
    [[nodiscard]] bool is_line(const std::string& name, const ip::Address& address) const {
        if (verdict::is_generic_name(name, address) || is_rented_machine(name)) return true;
        // An organization may be called "cable", and may call its own hosts a pool.
        const std::string organization = organization_of(name);
        return organization != organization_ &&
               names_a_line(std::string_view(name).substr(0, name.size() - organization.size()));
    }
    [[nodiscard]] std::string name_that_leads_to(const ip::Address& address) const;
    /// The PTR record as it should be, where a name is known that leads back.
    [[nodiscard]] std::vector<dns::Record> proposal(const ip::Address& address) const {
        std::string name = name_that_leads_to(address);
        if (name.empty()) return {};
        return {{.name = address.reverse_name(), .type = dns::Type::ptr, .value = std::move(name)}};
    }
    /// What to do about the name of an address.
    [[nodiscard]] Text choice(const ip::Address& address) const {
        const std::string name = name_that_leads_to(address);
        if (!name.empty())
            return say("Have the provider of {address} set {name} as its reverse name.",
                       {{"address", address.text()}, {"name", name}});
        return say("Choose a name for the server, publish {type} {address} for it, and have the provider of the "
                   "address set that name as its reverse name.",
                   {{"address", address.text()}, {"type", address.is_v4() ? "A" : "AAAA"}});
    }
    Finding& add(std::string_view id, const ReverseAddress& one, Text title, Text why, Text fix) {
        const bool known = one.from.empty();
        Finding& finding = findings_.emplace_back(Finding{.id = id,
                                                          .severity = known ? Severity::error : Severity::warning,
                                                          .subject = one.address.text(),
                                                          .title = std::move(title),
                                                          .why = std::move(why),
                                                          .fix = std::move(fix)});
        finding.actor = Actor::address_owner;
        if (!known) finding.details.push_back(say("listed by {term} of the SPF record", {{"term", one.from}}));
        return finding;
    }
    static Text demanded() {
        return say("Gmail, Yahoo, Outlook.com and iCloud refuse or put off mail from addresses without a name that "
                   "leads back ({replies}).",
                   {{"replies", "550-5.7.25, 450 4.7.25"}});
    }

    const Survey& all_;
    std::string organization_;
    std::vector<Finding>& findings_;
};

/// Of an MX host, the domain itself, or a host that the SPF record lists.
std::string Judge::name_that_leads_to(const ip::Address& address) const {
    for (const MxHost& host : all_.mx.hosts)
        if (!host.is_alias && std::ranges::find(host.addresses, address) != host.addresses.end() &&
            !is_line(host.name, address))
            return host.name;
    const auto& own = all_.mx.own_addresses;
    if (std::ranges::find(own, address) != own.end()) return all_.subject.domain;
    if (!all_.spf.usable()) return {};
    for (const SpfTerm& term : all_.spf.root->terms) {
        if (term.mechanism != spf::Mechanism::a || term.has_macros || term.target.empty()) continue;
        const ip::Prefix exactly{.address = address, .length = address.bits()};
        if (std::ranges::find(term.networks, exactly) != term.networks.end() && !is_line(term.target, address))
            return term.target;
    }
    return {};
}

/// The old names go only where it is known what comes instead of them.
void Judge::replace(Finding& finding, const ReverseAddress& one, const std::vector<std::string>& names) const {
    finding.records = proposal(one.address);
    if (finding.records.empty()) return;
    for (const std::string& name : names)
        finding.remove.push_back({.name = one.address.reverse_name(), .type = dns::Type::ptr, .value = name});
}

void Judge::judge(const ReverseAddress& one) {
    if (!one.ptr) return;
    const std::string address = one.address.text();
    if (one.ptr->temporary())
        return unanswered(one, one.address.reverse_name(),
                          say("The reverse name of {address} could not be looked up", {{"address", address}}));
    if (one.ptr->names.empty()) {
        add("ptr.missing", one, say("{address} has no PTR record", {{"address", address}}), demanded(),
            choice(one.address))
            .records = proposal(one.address);
        return;
    }
    if (!one.confirmed.empty()) return generic(one);
    if (one.unanswered.empty()) return mismatch(one);
    unanswered(one, one.unanswered,
               say("The address of {name}, the reverse name of {address}, could not be looked up",
                   {{"name", one.unanswered}, {"address", address}}));
}

void Judge::mismatch(const ReverseAddress& one) {
    const std::string address = one.address.text();
    const std::string& name = one.ptr->names.front();
    const bool own = dns::is_equal_or_below(name, organization_);
    Finding& finding =
        add("ptr.mismatch", one,
            say("The reverse name of {address} is {name}, but that name does not lead back to the address",
                {{"address", address}, {"name", name}}),
            demanded(),
            own ? say("Give {name} the address {address}, or have the provider set a name that has it.",
                      {{"name", name}, {"address", address}})
                : choice(one.address));
    if (own)
        finding.records.push_back(
            {.name = name, .type = one.address.is_v4() ? dns::Type::a : dns::Type::aaaa, .value = address});
    else
        replace(finding, one, one.ptr->names);
}

void Judge::generic(const ReverseAddress& one) {
    if (!std::ranges::all_of(one.confirmed, [&](const std::string& name) { return is_line(name, one.address); }))
        return;
    Finding& finding = add("ptr.generic", one,
                           say("The reverse name of {address} looks like that of a customer's line: {name}",
                               {{"address", one.address.text()}, {"name", one.confirmed.front()}}),
                           say("Many receivers refuse mail from such names, since infected home computers have them."),
                           choice(one.address));
    finding.severity = one.from.empty() ? Severity::warning : Severity::notice;
    replace(finding, one, one.confirmed);
}

void Judge::unanswered(const ReverseAddress& one, std::string name, Text title) {
    Finding& finding =
        add("dns.unanswered", one, std::move(title),
            say("Receivers that cannot look up the name of an address put mail from it off."),
            say("See that every name server of the zone of {name} runs and answers from outside.", {{"name", name}}));
    finding.severity = one.from.empty() ? Severity::warning : Severity::notice;
    finding.subject = std::move(name);
}

void Judge::well(const std::vector<ReverseAddress>& addresses) {
    Finding& finding =
        findings_.emplace_back(Finding{.id = "ptr.ok",
                                       .severity = Severity::ok,
                                       .subject = all_.subject.domain,
                                       .title = say("The reverse DNS of the sending addresses is in order")});
    finding.actor = Actor::nobody;
    for (const ReverseAddress& one : addresses)
        if (!one.confirmed.empty())
            finding.details.push_back(
                say("{address} is {name}", {{"address", one.address.text()}, {"name", one.confirmed.front()}}));
}

} // namespace

void judge_reverse(const Survey& all, std::vector<Finding>& findings) { Judge(all, findings).speak(); }

} // namespace bonafide::doctor
