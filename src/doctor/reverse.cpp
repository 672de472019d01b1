#include "doctor/reverse.hpp"

#include "base/ascii.hpp"
#include "doctor/spf_coverage.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

bool names_a_line(std::string_view name) {
    // Whole parts of the name, so that "mail-pool.example" is one and "spool" is none.
    constexpr std::array<std::string_view, 14> words{"dynamic", "dyn",   "dhcp", "dialup",   "dial",
                                                     "dsl",     "adsl",  "vdsl", "xdsl",     "cable",
                                                     "ppp",     "pppoe", "pool", "broadband"};
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

/// A zone file without any reverse name says nothing about them.
bool models_reverse_names(const Subject& subject) {
    return !subject.all_of_dns || std::ranges::any_of(subject.all_of_dns->names,
                                                      [](const std::string& name) { return name.ends_with(".arpa"); });
}

bool receives_mail(const Survey& survey, const ip::Address& address) {
    return std::ranges::any_of(survey.mx.hosts, [&](const MxHost& host) {
        return std::ranges::find(host.addresses, address) != host.addresses.end();
    });
}

} // namespace

bool is_generic_name(std::string_view name, const ip::Address& address) {
    const std::string lower = ascii::lower(name);
    if (names_a_line(lower)) return true;
    if (!address.is_v4()) return false;
    std::vector<std::string> octets;
    for (const std::string_view octet : ascii::split(address.text(), '.')) octets.emplace_back(octet);
    // All four octets in their order or the reverse, with one kind of separator.
    for (const std::string_view separator : {"-", ".", "x", "_"}) {
        const std::string forward = fmt::format("{}", fmt::join(octets, separator));
        const std::string backward = fmt::format("{}", fmt::join(octets.rbegin(), octets.rend(), separator));
        if (lower.contains(forward) || lower.contains(backward)) return true;
    }
    return false;
}

std::vector<SendingAddress> sending_addresses(const Survey& survey) {
    std::vector<SendingAddress> result;
    const auto add = [&](const ip::Address& address, const std::string& from) {
        if (result.size() < most_sending_addresses &&
            std::ranges::find(result, address, &SendingAddress::address) == result.end())
            result.push_back({address, from});
    };
    for (const ip::Address& address : survey.subject.addresses) add(address, "");
    if (!result.empty() || !survey.spf.usable() || !models_reverse_names(survey.subject)) return result;
    for (const SpfTerm& term : survey.spf.root->terms) {
        if (term.unreachable || term.child || term.result != spf::Result::pass) continue;
        // "a" of the domain itself is the web server more often than not.
        const bool web = term.mechanism == spf::Mechanism::a && term.target == survey.subject.domain;
        for (const ip::Prefix& network : term.networks)
            if (network.length == network.address.bits() && !spf_is_private(network) &&
                (!web || receives_mail(survey, network.address)))
                add(network.address, term.text);
    }
    return result;
}

dns::Flow<ReverseAddress> survey_reverse(SendingAddress sending) {
    ReverseAddress result{.address = sending.address, .from = sending.from};
    result.ptr = co_await dns::ask(sending.address.reverse_name(), dns::Type::ptr, "reverse DNS");
    const dns::Type type = sending.address.is_v4() ? dns::Type::a : dns::Type::aaaa;
    std::size_t left = most_ptr_names;
    for (const std::string& name : result.ptr->names) {
        if (left-- == 0) break;
        const dns::Answer answer = co_await dns::ask(name, type, "address of a PTR name");
        if (answer->temporary()) result.unknown = true;
        if (std::ranges::find(answer->addresses, sending.address) != answer->addresses.end())
            result.confirmed.push_back(name);
    }
    const std::vector<std::string>& names = result.confirmed.empty() ? result.ptr->names : result.confirmed;
    result.generic = !names.empty() && std::ranges::all_of(names, [&](const std::string& name) {
        return is_generic_name(name, sending.address);
    });
    co_return result;
}

namespace {

class Judge {
  public:
    Judge(const Survey& all, std::vector<Finding>& findings) : all_(all), findings_(findings) {}

    void speak() {
        const std::size_t before = findings_.size();
        for (const ReverseAddress& one : all_.reverse.addresses) judge(one);
        if (findings_.size() == before && !all_.reverse.addresses.empty()) well();
    }

  private:
    void judge(const ReverseAddress& one);
    void well();
    [[nodiscard]] std::string proposed_name(const ip::Address& address) const {
        for (const MxHost& host : all_.mx.hosts)
            if (std::ranges::find(host.addresses, address) != host.addresses.end()) return host.name;
        return "mail." + all_.subject.domain;
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

    const Survey& all_;
    std::vector<Finding>& findings_;
};

void Judge::judge(const ReverseAddress& one) {
    if (one.ptr->temporary() || (one.unknown && one.confirmed.empty()))
        return; // nothing is known, and the sender's own zone is not to blame
    const std::string address = one.address.text();
    const dns::Record ptr{
        .name = one.address.reverse_name(), .type = dns::Type::ptr, .value = proposed_name(one.address)};
    const Text demanded = say("Gmail, Yahoo, Outlook.com and iCloud refuse or put off mail from addresses without a "
                              "name that leads back (550-5.7.25, 450 4.7.25).");
    if (one.ptr->names.empty()) {
        add("ptr.missing", one, say("{address} has no PTR record", {{"address", address}}), demanded,
            say("Have the provider of the address set its reverse name."))
            .records.push_back(ptr);
        return;
    }
    const std::string& name = one.ptr->names.front();
    if (one.confirmed.empty()) {
        add("ptr.mismatch", one,
            say("The reverse name of {address} is {name}, but that name does not lead back to the address",
                {{"address", address}, {"name", name}}),
            demanded,
            say("Give {name} the address {address}, or have the provider set a name that has it.",
                {{"name", name}, {"address", address}}))
            .records.push_back(
                {.name = name, .type = one.address.is_v4() ? dns::Type::a : dns::Type::aaaa, .value = address});
        return;
    }
    if (!one.generic) return;
    Finding& finding = add("ptr.generic", one,
                           say("The reverse name of {address} looks like that of a customer's line: {name}",
                               {{"address", address}, {"name", one.confirmed.front()}}),
                           say("Many receivers refuse mail from such names, since infected home computers have them."),
                           say("Have the provider set the name of your mail server."));
    finding.severity = one.from.empty() ? Severity::warning : Severity::notice;
    finding.records.push_back(ptr);
}

void Judge::well() {
    Finding& finding =
        findings_.emplace_back(Finding{.id = "ptr.ok",
                                       .severity = Severity::ok,
                                       .subject = all_.subject.domain,
                                       .title = say("The reverse DNS of the sending addresses is in order")});
    finding.actor = Actor::nobody;
    for (const ReverseAddress& one : all_.reverse.addresses)
        if (!one.confirmed.empty())
            finding.details.push_back(
                say("{address} is {name}", {{"address", one.address.text()}, {"name", one.confirmed.front()}}));
}

} // namespace

void judge_reverse(const Survey& all, std::vector<Finding>& findings) { Judge(all, findings).speak(); }

} // namespace bonafide::doctor
