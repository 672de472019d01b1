// Where DMARC reports go, and whether they arrive (RFC 9990 4).
#include "base/ascii.hpp"
#include "doctor/dmarc_judge.hpp"
#include "doctor/dmarc_text.hpp"
#include "doctor/tags.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::doctor {

using text::say;

void DmarcJudge::reports() {
    const std::vector<LooseTag> tags = read_loose_tags(record().text);
    const bool asked = find_tag(tags, "rua") != nullptr; // with nothing usable in it: told as a mistake
    if (record().rua.empty() && !asked && !parked_) {
        add("dmarc.no_reports", Severity::notice, domain_, say("The DMARC record asks for no aggregate reports"),
            say("You do not learn who sends in your name, nor which of your own mail fails."),
            say("Add {tag} with a mailbox of its own; there is a report a day from each large receiver.",
                {{"tag", "rua"}}));
        amend(with_dmarc_tag(better_, "rua", "mailto:dmarc-reports@" + dmarc_.tree.policy_domain));
    }
    const auto by_mail = [](const std::string& uri) { return ascii::istarts_with(uri, "mailto:"); };
    if (!record().rua.empty() && std::ranges::none_of(record().rua, by_mail))
        add("dmarc.report_address", Severity::warning, domain_,
            say("{tag} of the DMARC record names no mail address", {{"tag", "rua"}}),
            say("Receivers need to support mail addresses only (RFC 9989 4.7): hardly any sends reports elsewhere."),
            say("Add an address in the form {form}.", {{"form", "mailto:user@example.com"}}));
    std::vector<std::string> told;
    for (const DmarcDestination& destination : dmarc_.destinations) {
        if (destination.host.empty() || std::ranges::find(told, destination.host) != told.end()) continue;
        told.push_back(destination.host);
        report_address(destination);
    }
}

void DmarcJudge::report_address(const DmarcDestination& destination) {
    switch (destination.found.consent) {
    case dmarc::Consent::missing:
    case dmarc::Consent::elsewhere: return consent(destination);
    case dmarc::Consent::unknown:
        add("dns.unanswered", Severity::warning, destination.found.asked,
            say("The name servers gave no answer for {type} {name}",
                {{"type", "TXT"}, {"name", destination.found.asked}}),
            say("Report senders that get no answer send nothing."),
            say("Have the operator of {host} look after the name servers.", {{"host", destination.host}}))
            .actor = Actor::report_host;
        return;
    case dmarc::Consent::same_organization:
    case dmarc::Consent::given: return no_mail(destination);
    }
}

void DmarcJudge::consent(const DmarcDestination& destination) {
    const std::string& domain = dmarc_.tree.policy_domain;
    const bool elsewhere = destination.found.consent == dmarc::Consent::elsewhere;
    // By the public suffix list, which nearly all receivers still use, it is one organization: nothing to ask for them.
    const bool one_by_list = organization_of(domain) == organization_of(destination.host);
    Finding& finding = add(
        "dmarc.external_unverified", one_by_list ? Severity::notice : Severity::error, destination.host,
        elsewhere ? say("{host} agrees to take DMARC reports about {domain}, but sends them on to another host",
                        {{"host", destination.host}, {"domain", domain}})
                  : say("{host} has not agreed to take DMARC reports about {domain}",
                        {{"host", destination.host}, {"domain", domain}}),
        one_by_list ? say("Report senders that walk up the name take {host} for another organization (RFC 9990 4).",
                          {{"host", destination.host}})
                    : say("Report senders then send nothing there (RFC 9990 4): you learn nothing about your mail."),
        say("Have the operator of {host} publish this record, or use an address within your own organization.",
            {{"host", destination.host}}));
    const std::string name = destination.found.asked.empty()
                                 ? fmt::format("{}._report._dmarc.{}", domain, destination.host)
                                 : destination.found.asked;
    finding.records.push_back(dns::txt_record(name, "v=DMARC1"));
    finding.actor = Actor::report_host;
    finding.details.push_back(say("{tag}: {uri}", {{"tag", destination.tag}, {"uri", destination.uri}}));
}

void DmarcJudge::no_mail(const DmarcDestination& destination) {
    if (!dns::is_void(destination.mail)) return;
    const bool itself = destination.host == domain_;
    if (itself && !all_.mx.takes_no_mail()) return; // what is wrong with its own MX is said elsewhere
    Finding& finding = add("dmarc.report_address", itself ? Severity::notice : Severity::warning, destination.host,
                           say("{host}, where DMARC reports go, takes no mail", {{"host", destination.host}}),
                           say("The reports are lost."),
                           say("Name an address in {tag} whose host takes mail.", {{"tag", destination.tag}}));
    finding.details.push_back(say("{tag}: {uri}", {{"tag", destination.tag}, {"uri", destination.uri}}));
}

} // namespace bonafide::doctor
