#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "doctor/dmarc.hpp"
#include "doctor/dmarc_text.hpp"

#include <utility>

namespace bonafide::doctor {
namespace {

/// Whether somebody there takes mail: an MX that is not null, or an address (RFC 5321 5.1).
dns::Flow<dns::Status> ask_mail_host(std::string host) {
    const dns::Answer mx = co_await dns::ask(host, dns::Type::mx, "MX of a report address");
    if (mx->temporary()) co_return mx->status;
    if (mx->found()) co_return mx->mx.front().host.empty() ? dns::Status::no_data : dns::Status::ok;
    const dns::Answer v4 = co_await dns::ask(host, dns::Type::a, "address of a report host");
    if (v4->found() || v4->temporary()) co_return v4->status;
    const dns::Answer v6 = co_await dns::ask(host, dns::Type::aaaa, "address of a report host");
    co_return v6->status;
}

dns::Flow<DmarcDestination> ask_destination(Subject subject, std::string policy_domain, std::string tag,
                                            std::string uri) {
    DmarcDestination destination{.tag = std::move(tag), .uri = std::move(uri)};
    destination.host = dmarc::destination_host(destination.uri);
    if (destination.host.empty()) co_return destination;
    destination.found = co_await dmarc::check_destination({.policy_domain = std::move(policy_domain),
                                                           .host = destination.host,
                                                           .discovery = dmarc::Discovery::treewalk,
                                                           .suffixes = subject.suffixes,
                                                           .limits = subject.limits});
    if (ascii::istarts_with(destination.uri, "mailto:")) destination.mail = co_await ask_mail_host(destination.host);
    co_return destination;
}

} // namespace

dns::Flow<DmarcSurvey> survey_dmarc(Subject subject) {
    DmarcSurvey survey;
    const std::string name = "_dmarc." + subject.domain;
    survey.own = co_await dns::ask(name, dns::Type::txt, "DMARC policy");
    survey.tree =
        co_await dmarc::discover(subject.domain, dmarc::Discovery::treewalk, subject.suffixes, subject.limits);
    survey.psl = co_await dmarc::discover(subject.domain, dmarc::Discovery::psl, subject.suffixes, subject.limits);
    if (const auto record = survey.tree.record) {
        for (const auto& [tag, uris] : {std::pair{"rua", record->rua}, std::pair{"ruf", record->ruf}})
            for (const std::string& uri : uris)
                survey.destinations.push_back(co_await ask_destination(subject, survey.tree.policy_domain, tag, uri));
    }
    for (const std::string& place : {subject.domain, "dmarc." + subject.domain, name + "." + subject.domain,
                                     "_dmarc." + name, "_domainkey." + subject.domain}) {
        const dns::Answer answer = co_await dns::ask(place, dns::Type::txt, "DMARC in the wrong place");
        for (const std::string& text : answer->txt)
            if (is_meant_as_dmarc(text)) survey.misplaced[place] = text;
    }
    co_return survey;
}

} // namespace bonafide::doctor
