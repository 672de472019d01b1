#include "doctor/servers.hpp"

#include "dns/name.hpp"

namespace bonafide::doctor {
namespace {

dns::Question direct(std::string name, dns::Type type, const ip::Address& server) {
    return {std::move(name), type, "answer of one server", server, false, false};
}

bool is_above_registration(const Subject& subject, const std::string& zone) {
    return dns::label_count(zone) < 2 || (subject.suffixes && subject.suffixes->is_public_suffix(zone));
}

} // namespace

std::vector<NameAndType> names_for_servers(const Survey& survey) {
    const std::string& domain = survey.subject.domain;
    std::vector<NameAndType> names{
        {domain, dns::Type::txt}, {domain, dns::Type::mx}, {"_dmarc." + domain, dns::Type::txt}};
    if (survey.mta_sts.txt && survey.mta_sts.txt->found()) names.emplace_back("_mta-sts." + domain, dns::Type::txt);
    if (survey.tls_rpt.txt && survey.tls_rpt.txt->found()) names.emplace_back("_smtp._tls." + domain, dns::Type::txt);
    for (const DkimKey& key : survey.dkim.keys) {
        if (names.size() == most_compared_names) break;
        names.emplace_back(key.selector + "._domainkey." + domain, dns::Type::txt);
    }
    return names;
}

dns::Flow<ServersSurvey> survey_servers(Subject subject) {
    ServersSurvey survey;
    for (std::string zone = subject.domain; !is_above_registration(subject, zone);
         zone = std::string(dns::parent(zone))) {
        const dns::Answer servers = co_await dns::ask(zone, dns::Type::ns, "name servers of the zone");
        if (servers->temporary()) co_return survey;
        if (!servers->found() || servers->aliased) continue;
        survey.zone = zone;
        survey.names = servers->names;
        break;
    }
    std::size_t left = most_zone_servers;
    for (const std::string& name : survey.names) {
        if (left-- == 0) break;
        std::size_t addresses = 0;
        for (const dns::Type type : {dns::Type::a, dns::Type::aaaa}) {
            const dns::Answer answer = co_await dns::ask(name, type, "address of a name server");
            if (answer->addresses.empty() || addresses == most_server_addresses) continue;
            survey.servers.push_back({.name = name, .address = answer->addresses.front()});
            ++addresses;
        }
        if (addresses == 0) survey.servers.push_back({.name = name});
    }
    co_return survey;
}

dns::Flow<ZoneServer> ask_server(ZoneServer server, std::string zone, std::vector<NameAndType> names) {
    if (!server.address) co_return server;
    const dns::Answer soa = co_await dns::ask(direct(zone, dns::Type::soa, *server.address));
    server.soa = soa->status;
    if (!soa->found()) co_return server;
    server.serial = soa->serial;
    if (!soa->names.empty()) server.primary = soa->names.front();
    for (const NameAndType& one : names) {
        dns::Answer answer = co_await dns::ask(direct(one.first, one.second, *server.address));
        if (answer->aliased) answer = co_await dns::ask(direct(one.first, dns::Type::cname, *server.address));
        server.answers[one] = answer;
    }
    co_return server;
}

} // namespace bonafide::doctor
