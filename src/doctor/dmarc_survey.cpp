#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "doctor/dmarc.hpp"
#include "doctor/dmarc_text.hpp"

#include <algorithm>
#include <utility>

namespace bonafide::doctor {
namespace {

/// Whether somebody there takes mail: an MX that is not null, or an address (RFC 5321 5.1).
dns::Flow<dns::Status> ask_mail_host(std::string host) {
    const dns::Answer mx = co_await dns::ask(host, dns::Type::mx, "MX of a report address");
    if (mx->temporary()) co_return mx->status;
    if (mx->found()) {
        const bool null =
            std::ranges::all_of(mx->mx, [](const dns::Mx& one) { return one.host.empty(); }); // RFC 7505 3
        co_return null ? dns::Status::no_data : dns::Status::ok;
    }
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

/// Where panels and people put the record by mistake: the domain itself, the underscore forgotten, the zone or the prefix twice, and among
/// the keys. Names longer than DNS allows are left out.
std::vector<std::string> places_for_mistakes(const std::string& domain) {
    std::vector<std::string> places{domain, "dmarc." + domain, "_dmarc." + domain + "." + domain,
                                    "_dmarc._dmarc." + domain, "_domainkey." + domain};
    std::erase_if(places, [](const std::string& place) { return !dns::is_valid(place); });
    return places;
}

/// A wildcard record answers at any name; it is no record that somebody put in the wrong place.
std::map<std::string, std::string> without_wildcard(std::map<std::string, std::string> misplaced,
                                                    const std::string& domain) {
    const std::string beside = "dmarc." + domain, doubled = "_dmarc." + domain + "." + domain;
    const auto one = misplaced.find(beside), other = misplaced.find(doubled);
    if (one == misplaced.end() || other == misplaced.end() || one->second != other->second) return misplaced;
    const std::string text = one->second;
    std::erase_if(misplaced, [&](const auto& entry) { return entry.first != domain && entry.second == text; });
    return misplaced;
}

} // namespace

dns::Flow<DmarcSurvey> survey_dmarc(Subject subject) {
    DmarcSurvey survey;
    const std::string name = "_dmarc." + subject.domain;
    if (!dns::is_valid(name)) {
        survey.own = dns::make_answer(dns::Status::nx_domain);
    } else {
        survey.own = co_await dns::ask(name, dns::Type::txt, "DMARC policy");
        if (survey.own->aliased && !survey.own->found() && !survey.own->temporary()) {
            const dns::Answer alias = co_await dns::ask(name, dns::Type::cname, "DMARC alias");
            if (!alias->names.empty()) survey.dead_alias = alias->names.front();
        }
    }
    survey.tree =
        co_await dmarc::discover(subject.domain, dmarc::Discovery::treewalk, subject.suffixes, subject.limits);
    survey.psl = co_await dmarc::discover(subject.domain, dmarc::Discovery::psl, subject.suffixes, subject.limits);
    if (const auto record = survey.tree.record) {
        for (const auto& [tag, uris] : {std::pair{"rua", record->rua}, std::pair{"ruf", record->ruf}})
            for (const std::string& uri : uris)
                survey.destinations.push_back(co_await ask_destination(subject, survey.tree.policy_domain, tag, uri));
    }
    for (const std::string& place : places_for_mistakes(subject.domain)) {
        const dns::Answer answer = co_await dns::ask(place, dns::Type::txt, "DMARC in the wrong place");
        for (const std::string& text : answer->txt)
            if (is_meant_as_dmarc(text)) survey.misplaced[place] = text;
    }
    survey.misplaced = without_wildcard(std::move(survey.misplaced), subject.domain);
    co_return survey;
}

dns::Flow<std::string> survey_dmarc_below(std::string subdomain) {
    const std::string name = "_dmarc." + subdomain;
    if (!dns::is_valid(name)) co_return std::string();
    const dns::Answer answer = co_await dns::ask(name, dns::Type::txt, "DMARC policy of a subdomain");
    std::vector<std::string> records = answer->txt;
    std::erase_if(records, [](const std::string& text) { return !dmarc::is_record(text); });
    co_return records.size() == 1 ? records.front() : std::string();
}

} // namespace bonafide::doctor
