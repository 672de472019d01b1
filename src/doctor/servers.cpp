#include "doctor/servers.hpp"

#include "dns/name.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

constexpr std::size_t most_shown = 20;

dns::Question direct(std::string name, dns::Type type, const ip::Address& server) {
    return {std::move(name), type, "answer of one server", server, false, false};
}

/// What an answer says, for comparison: sorted records, or the kind of absence.
std::string content_of(const dns::AnswerData& answer) {
    if (!answer.found())
        return std::string(
            dns::to_text(answer.status == dns::Status::nx_domain ? dns::Status::no_data : answer.status));
    std::vector<std::string> parts = answer.txt;
    for (const dns::Mx& mx : answer.mx) parts.push_back(fmt::format("{} {}", mx.preference, mx.host));
    for (const ip::Address& address : answer.addresses) parts.push_back(address.text());
    parts.insert(parts.end(), answer.names.begin(), answer.names.end());
    std::ranges::sort(parts);
    return fmt::format("{}", fmt::join(parts, "\n"));
}

std::string label_of(const ZoneServer& server) {
    return server.address ? fmt::format("{} ({})", server.name, server.address->text()) : server.name;
}

bool is_lame(const ZoneServer& server) { return !server.address || dns::is_temporary(server.soa); }

} // namespace

std::vector<NameAndType> names_for_servers(const Survey& survey) {
    const std::string& domain = survey.subject.domain;
    std::vector<NameAndType> names{
        {domain, dns::Type::txt}, {domain, dns::Type::mx}, {"_dmarc." + domain, dns::Type::txt}};
    for (const DkimKey& key : survey.dkim.keys)
        if (names.size() < most_compared_names)
            names.emplace_back(key.selector + "._domainkey." + domain, dns::Type::txt);
    if (survey.mta_sts.txt && survey.mta_sts.txt->found()) names.emplace_back("_mta-sts." + domain, dns::Type::txt);
    return names;
}

dns::Flow<ServersSurvey> survey_servers(Subject subject) {
    ServersSurvey survey;
    std::string zone = subject.domain;
    while (dns::label_count(zone) >= 2) {
        const dns::Answer servers = co_await dns::ask(zone, dns::Type::ns, "name servers of the zone");
        if (servers->temporary()) co_return survey;
        if (servers->found() && !servers->aliased) {
            survey.names = servers->names;
            break;
        }
        zone = std::string(dns::parent(zone));
    }
    if (survey.names.empty()) co_return survey;
    survey.zone = zone;
    std::size_t left = most_zone_servers;
    for (const std::string& name : survey.names) {
        if (left-- == 0) break;
        std::vector<ip::Address> addresses;
        for (const dns::Type type : {dns::Type::a, dns::Type::aaaa}) {
            const dns::Answer answer = co_await dns::ask(name, type, "address of a name server");
            if (!answer->addresses.empty()) addresses.push_back(answer->addresses.front());
        }
        if (addresses.size() > most_server_addresses) addresses.resize(most_server_addresses);
        for (const ip::Address& address : addresses) survey.servers.push_back({.name = name, .address = address});
        if (addresses.empty()) survey.servers.push_back({.name = name});
    }
    co_return survey;
}

dns::Flow<ZoneServer> ask_server(ZoneServer server, std::string zone, std::vector<NameAndType> names) {
    if (!server.address) co_return server;
    const dns::Answer soa = co_await dns::ask(direct(zone, dns::Type::soa, *server.address));
    server.soa = soa->status;
    server.serial = soa->serial;
    if (is_lame(server)) co_return server;
    for (const NameAndType& one : names) {
        const dns::Answer answer = co_await dns::ask(direct(one.first, one.second, *server.address));
        server.answers[one] = answer;
    }
    co_return server;
}

namespace {

/// Servers that say the same about one name.
using Camps = std::map<std::string, std::vector<const ZoneServer*>>;

std::string names_of(const std::vector<const ZoneServer*>& servers) {
    std::string text;
    for (const ZoneServer* server : servers) text += (text.empty() ? "" : ", ") + label_of(*server);
    return text;
}

void judge_content(const Survey& all, const NameAndType& name, std::vector<Finding>& findings) {
    Camps camps;
    std::uint32_t newest = 0;
    for (const ZoneServer& server : all.servers.servers) {
        const auto answer = server.answers.find(name);
        if (answer == server.answers.end() || answer->second->temporary()) continue;
        camps[content_of(*answer->second)].push_back(&server);
        newest = std::max(newest, server.serial);
    }
    if (camps.size() < 2) return;
    const bool stale = std::ranges::any_of(camps, [&](const auto& camp) {
        return std::ranges::all_of(camp.second, [&](const ZoneServer* one) { return one->serial < newest; });
    });
    Finding finding{
        .id = "ns.disagree",
        .severity = Severity::error,
        .subject = name.first,
        .title = stale ? say("Some name servers of {zone} hold an old copy: they answer differently for {type} {name}",
                             {{"zone", all.servers.zone}, {"type", dns::to_text(name.second)}, {"name", name.first}})
                       : say("The name servers of {zone} answer differently for {type} {name}",
                             {{"zone", all.servers.zone}, {"type", dns::to_text(name.second)}, {"name", name.first}}),
        .why = say("Which answer a receiver gets is chance: the same mail passes at one and fails at another."),
        .fix = stale
                   ? say("See why the servers with the lower serial number do not fetch the zone, and reload it there.")
                   : say("Make all servers take the zone from one place; where two providers serve it, publish the "
                         "records at both."),
        .actor = Actor::dns_host};
    for (const auto& [content, servers] : camps) {
        finding.details.push_back(
            say("{servers} say: {content}", {{"servers", names_of(servers)}, {"content", content}}));
        if (stale) finding.details.push_back(say("serial number {serial}", {{"serial", servers.front()->serial}}));
        if (finding.details.size() >= most_shown) break;
    }
    findings.push_back(std::move(finding));
}

void judge_lame(const Survey& all, std::vector<Finding>& findings) {
    for (const ZoneServer& server : all.servers.servers) {
        if (!is_lame(server)) continue;
        // A host without IPv6 reaches no server over it: that says nothing about the server.
        const bool other_family = server.address && !server.address->is_v4() && server.soa == dns::Status::timeout;
        const bool sibling_answers = std::ranges::any_of(
            all.servers.servers, [&](const ZoneServer& other) { return other.name == server.name && !is_lame(other); });
        if (other_family && sibling_answers) continue;
        const Text title =
            !server.address                      ? say("The name server {server} of {zone} has no address",
                                                       {{"server", server.name}, {"zone", all.servers.zone}})
            : server.soa == dns::Status::refused ? say("The name server {server} does not serve {zone}",
                                                       {{"server", label_of(server)}, {"zone", all.servers.zone}})
            : server.soa == dns::Status::timeout ? say("The name server {server} of {zone} does not answer",
                                                       {{"server", label_of(server)}, {"zone", all.servers.zone}})
                                                 : say("The name server {server} of {zone} answers with an error",
                                                       {{"server", label_of(server)}, {"zone", all.servers.zone}});
        findings.push_back(
            {.id = "ns.lame",
             .severity = Severity::warning,
             .subject = server.name,
             .title = title,
             .why = say("Look-ups that try this server take longer, and some receivers give up: mail is put off or "
                        "counts as unauthenticated."),
             .fix = say("Repair the server, or take it out of the NS records of the zone and of its parent."),
             .actor = Actor::dns_host});
    }
}

} // namespace

void judge_servers(const Survey& all, std::vector<Finding>& findings) {
    if (all.servers.servers.empty()) return;
    const std::size_t before = findings.size();
    std::set<NameAndType> names;
    for (const ZoneServer& server : all.servers.servers)
        for (const auto& [name, answer] : server.answers) names.insert(name);
    for (const NameAndType& name : names) judge_content(all, name, findings);
    judge_lame(all, findings);
    if (findings.size() > before) return;
    Finding& finding = findings.emplace_back(
        Finding{.id = "ns.ok",
                .severity = Severity::ok,
                .subject = all.servers.zone,
                .title = say("All name servers of {zone} answer and say the same", {{"zone", all.servers.zone}}),
                .actor = Actor::nobody});
    for (const ZoneServer& server : all.servers.servers)
        finding.details.push_back(
            say("{server}: serial number {serial}", {{"server", label_of(server)}, {"serial", server.serial}}));
}

void judge_dnssec(const Survey& all, std::vector<Finding>& findings) {
    std::vector<std::string> bogus;
    bool secure = false;
    const auto look = [&](const dns::Answer& answer, const std::string& name) {
        if (!answer) return;
        if ((answer->status == dns::Status::bogus || answer->dnssec == dns::Dnssec::bogus) &&
            std::ranges::find(bogus, name) == bogus.end())
            bogus.push_back(name);
        secure = secure || answer->dnssec == dns::Dnssec::secure;
    };
    const std::string& domain = all.subject.domain;
    look(all.spf.txt, domain);
    look(all.mx.answer, domain);
    look(all.dmarc.own, "_dmarc." + domain);
    for (const DkimKey& key : all.dkim.keys) look(key.answer, key.selector + "._domainkey." + domain);
    look(all.mta_sts.txt, "_mta-sts." + domain);
    if (!bogus.empty()) {
        findings.push_back({.id = "dnssec.bogus",
                            .severity = Severity::error,
                            .subject = domain,
                            .title = say("The DNSSEC signatures of {domain} do not verify", {{"domain", domain}}),
                            .why = say("Receivers that validate see no records at all: neither MX nor SPF, DKIM and "
                                       "DMARC; the mail is put off or refused."),
                            .fix = say("Sign the zone anew, and see that the DS record at the registrar is that of the "
                                       "key in use; or take the DS record out until then."),
                            .actor = Actor::dns_host});
        for (const std::string& name : bogus) findings.back().details.push_back(say("{name}", {{"name", name}}));
    } else if (secure) {
        findings.push_back(
            {.id = "dnssec.ok",
             .severity = Severity::ok,
             .subject = domain,
             .title = say("{domain} is signed with DNSSEC, and the signatures verify", {{"domain", domain}}),
             .actor = Actor::nobody});
    }
}

} // namespace bonafide::doctor
