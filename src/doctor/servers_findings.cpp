// What the servers' answers beside each other mean.
#include "doctor/servers.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>
#include <string_view>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

constexpr std::size_t most_shown_names = 20;  // of one disagreement
constexpr std::size_t most_shown_bytes = 200; // of one record
constexpr std::size_t most_shown_records = 5; // of one answer

using Servers = std::vector<const ZoneServer*>;
/// Sorted records; none: nothing there.
using Content = std::vector<std::string>;
/// Servers that say the same of one name.
using Camps = std::map<Content, Servers>;

/// NXDOMAIN and an empty answer are alike here: what is asked for is not there.
Content content_of(const dns::AnswerData& answer) {
    Content parts = answer.txt;
    for (const dns::Mx& mx : answer.mx) parts.push_back(fmt::format("{} {}", mx.preference, mx.host));
    for (const ip::Address& address : answer.addresses) parts.push_back(address.text());
    for (const std::string& name : answer.names) parts.push_back(name);
    std::ranges::sort(parts);
    return parts;
}

std::string label_of(const ZoneServer& server) {
    return server.address ? fmt::format("{} ({})", server.name, server.address->text()) : server.name;
}
std::string names_of(const Servers& servers) {
    std::string text;
    for (const ZoneServer* server : servers) text += (text.empty() ? "" : ", ") + label_of(*server);
    return text;
}

bool is_lame(const ZoneServer& server) { return !server.address || server.soa != dns::Status::ok; }

/// RFC 1982 3.2: serial numbers go round.
bool is_older(std::uint32_t serial, std::uint32_t than) {
    return serial != than && than - serial < std::uint32_t{1} << 31U;
}

/// Why servers differ, which decides the cure.
enum class Split : std::uint8_t {
    stale,       ///< some hold an older zone
    same_serial, ///< equal serial numbers hide the difference
    two_sources, ///< the zone comes from different places
};

struct Disagreement {
    Split split = Split::same_serial;
    Servers behind{}; ///< of stale: those with the older zone
    std::vector<std::pair<NameAndType, Camps>> names{};
};

Camps camps_of(const ServersSurvey& servers, const NameAndType& name) {
    Camps camps;
    for (const ZoneServer& server : servers.servers) {
        const auto answer = server.answers.find(name);
        if (answer == server.answers.end() || answer->second->temporary()) continue;
        camps[content_of(*answer->second)].push_back(&server);
    }
    return camps;
}

Disagreement cause_of(const ServersSurvey& servers, const Camps& camps) {
    std::set<std::string_view> primaries;
    for (const auto& [content, camp] : camps)
        for (const ZoneServer* server : camp) primaries.insert(server->primary);
    if (primaries.size() > 1) return {.split = Split::two_sources};
    const ZoneServer* newest = camps.begin()->second.front();
    for (const auto& [content, camp] : camps)
        for (const ZoneServer* server : camp)
            if (is_older(newest->serial, server->serial)) newest = server;
    Disagreement result;
    for (const ZoneServer& server : servers.servers) {
        const bool took_part = std::ranges::any_of(
            camps, [&](const auto& camp) { return std::ranges::find(camp.second, &server) != camp.second.end(); });
        if (took_part && is_older(server.serial, newest->serial)) result.behind.push_back(&server);
    }
    // Old copies explain it only when those that hold the newest zone agree.
    std::size_t newest_camps = 0;
    for (const auto& [content, camp] : camps)
        if (std::ranges::any_of(camp, [&](const ZoneServer* one) { return one->serial == newest->serial; }))
            ++newest_camps;
    result.split = newest_camps == 1 ? Split::stale : Split::same_serial;
    return result;
}

/// One finding for one cause: names about which the same servers stand against each other.
std::vector<Disagreement> disagreements_of(const ServersSurvey& servers) {
    std::set<NameAndType> names;
    for (const ZoneServer& server : servers.servers)
        for (const auto& [name, answer] : server.answers) names.insert(name);
    std::map<std::set<Servers>, Disagreement> by_camps;
    for (const NameAndType& name : names) {
        Camps camps = camps_of(servers, name);
        if (camps.size() < 2) continue;
        std::set<Servers> key;
        for (const auto& [content, camp] : camps) key.insert(camp);
        auto [row, is_new] = by_camps.try_emplace(key);
        if (is_new) row->second = cause_of(servers, camps);
        row->second.names.emplace_back(name, std::move(camps));
    }
    std::vector<Disagreement> result;
    for (auto& [key, one] : by_camps) result.push_back(std::move(one));
    return result;
}

Text title_of(const Disagreement& one, const std::string& zone) {
    const auto& [name, type] = one.names.front().first;
    if (one.names.size() > 1)
        return one.split == Split::stale
                   ? say("Some name servers of {zone} hold an old copy of it: {servers}",
                         {{"zone", zone}, {"servers", names_of(one.behind)}})
                   : say("The name servers of {zone} answer differently; names concerned: {count}",
                         {{"zone", zone}, {"count", one.names.size()}});
    switch (one.split) {
    case Split::stale:
        return say("Some name servers of {zone} hold an old copy of it and answer differently for {type} {name}: "
                   "{servers}",
                   {{"zone", zone}, {"type", dns::to_text(type)}, {"name", name}, {"servers", names_of(one.behind)}});
    case Split::same_serial:
        return say("The name servers of {zone} answer differently for {type} {name}, though their serial numbers hide "
                   "it",
                   {{"zone", zone}, {"type", dns::to_text(type)}, {"name", name}});
    case Split::two_sources: break;
    }
    return say("The name servers of {zone} take it from different places and answer differently for {type} {name}",
               {{"zone", zone}, {"type", dns::to_text(type)}, {"name", name}});
}

/// What a receiver sees at the servers that have nothing.
Text meaning_of(const Disagreement& one) {
    if (one.names.size() == 1) {
        const auto& [key, camps] = one.names.front();
        const auto empty = camps.find({});
        if (empty != camps.end()) {
            const std::string servers = names_of(empty->second);
            if (key.first.contains("._domainkey."))
                return say("A receiver that happens to ask one of these servers finds no DKIM key, and the signature "
                           "fails there: {servers}",
                           {{"servers", servers}});
            if (key.first.starts_with("_dmarc."))
                return say("A receiver that happens to ask one of these servers finds no DMARC policy: {servers}",
                           {{"servers", servers}});
            if (key.second == dns::Type::mx)
                return say("A sender that happens to ask one of these servers finds no MX record, and mail is delayed "
                           "or lost: {servers}",
                           {{"servers", servers}});
        }
    }
    return say("Which answer a receiver gets is chance: the same mail passes at one and fails at another.");
}

Text fix_of(const Disagreement& one) {
    switch (one.split) {
    case Split::stale:
        return say("Make these servers fetch the zone anew, and see why they did not by themselves (zone transfers "
                   "refused, NOTIFY not sent, primary server not reached): {servers}",
                   {{"servers", names_of(one.behind)}});
    case Split::same_serial:
        return say("Raise the serial number of the zone at its primary server, so that the others fetch it; where each "
                   "server has a copy that is edited by hand, make the same change on all of them.");
    case Split::two_sources: break;
    }
    return say("Publish the same records at both providers, or delegate the domain to one of them only.");
}

std::string shown(const Content& records, const Content& common) {
    std::string text;
    std::size_t count = 0;
    for (const std::string& record : records) {
        if (std::ranges::binary_search(common, record)) continue;
        if (!text.empty()) text += " | ";
        if (count++ == most_shown_records) return text + "...";
        text += record.size() <= most_shown_bytes ? record : record.substr(0, most_shown_bytes) + "...";
    }
    return text;
}

/// A line for each camp: who says what, less the records that all have.
void add_details(const NameAndType& name, const Camps& camps, std::vector<Text>& details) {
    Content common = camps.begin()->first;
    for (const auto& [content, servers] : camps) {
        Content both;
        std::ranges::set_intersection(common, content, std::back_inserter(both));
        common = std::move(both);
    }
    for (const auto& [content, servers] : camps) {
        const std::string records = shown(content, common);
        const auto type = dns::to_text(name.second);
        details.push_back(
            content.empty() ? say("{type} {name}: nothing at {servers}",
                                  {{"type", type}, {"name", name.first}, {"servers", names_of(servers)}})
            : records.empty()
                ? say("{type} {name}: no more than what all have at {servers}",
                      {{"type", type}, {"name", name.first}, {"servers", names_of(servers)}})
                : say("{type} {name}: {records} at {servers}",
                      {{"type", type}, {"name", name.first}, {"records", records}, {"servers", names_of(servers)}}));
    }
}

Text serial_line(const ZoneServer& server) {
    return say("{server}: serial number {serial}", {{"server", label_of(server)}, {"serial", server.serial}});
}

void judge_content(const Survey& all, std::vector<Finding>& findings) {
    for (const Disagreement& one : disagreements_of(all.servers)) {
        Finding finding{.id = "ns.disagree",
                        .severity = Severity::error,
                        .subject = one.names.size() == 1 ? one.names.front().first.first : all.servers.zone,
                        .title = title_of(one, all.servers.zone),
                        .why = meaning_of(one),
                        .fix = fix_of(one),
                        .actor = Actor::dns_host};
        for (const auto& [name, camps] : one.names)
            if (finding.details.size() < most_shown_names) add_details(name, camps, finding.details);
        for (const ZoneServer& server : all.servers.servers)
            if (!is_lame(server)) finding.details.push_back(serial_line(server));
        findings.push_back(std::move(finding));
    }
}

/// Addresses of one server name that do not serve the zone; those that say more about this host than about the server are left out.
Servers lame_addresses(const ServersSurvey& servers, const std::string& name) {
    Servers lame;
    for (const ZoneServer& server : servers.servers) {
        if (server.name != name || !is_lame(server)) continue;
        // A host without IPv6 reaches no server over it.
        const bool is_silent_v6 = server.address && !server.address->is_v4() && server.soa == dns::Status::timeout;
        const bool v6_works = std::ranges::any_of(servers.servers, [](const ZoneServer& other) {
            return other.address && !other.address->is_v4() && other.soa != dns::Status::timeout;
        });
        if (!is_silent_v6 || v6_works) lame.push_back(&server);
    }
    return lame;
}

Text lame_title(const ZoneServer& server, const Servers& lame, const std::string& zone) {
    const std::string servers = names_of(lame);
    if (!server.address)
        return say("The name server {server} of {zone} has no address", {{"server", server.name}, {"zone", zone}});
    switch (server.soa) {
    case dns::Status::timeout:
        return say("The name server {server} of {zone} does not answer", {{"server", servers}, {"zone", zone}});
    case dns::Status::refused:
    case dns::Status::no_data:
    case dns::Status::nx_domain:
        return say("The domain is delegated to the name server {server}, which does not serve {zone}",
                   {{"server", servers}, {"zone", zone}});
    default: break;
    }
    return say("The name server {server} of {zone} answers with an error", {{"server", servers}, {"zone", zone}});
}

void judge_lame(const Survey& all, std::vector<Finding>& findings) {
    std::set<std::string_view> done;
    for (const ZoneServer& server : all.servers.servers) {
        if (!done.insert(server.name).second) continue;
        const Servers lame = lame_addresses(all.servers, server.name);
        if (lame.empty()) continue;
        findings.push_back(
            {.id = "ns.lame",
             .severity = Severity::warning,
             .subject = server.name,
             .title = lame_title(*lame.front(), lame, all.servers.zone),
             .why = say("Look-ups that try this server take longer, and some receivers give up: mail is put off or "
                        "counts as unauthenticated."),
             .fix = say("Repair the server, or take it out of the NS records of the zone and of its parent."),
             .actor = Actor::dns_host});
    }
}

/// Not one server could be asked although the resolver has answers of them: a firewall or a proxy for DNS stands between.
void judge_reach(const Survey& all, std::vector<Finding>& findings) {
    Finding& finding = findings.emplace_back(Finding{
        .id = "ns.unreachable",
        .severity = Severity::notice,
        .subject = all.servers.zone,
        .title = say("No name server of {zone} could be asked directly from here", {{"zone", all.servers.zone}}),
        .why = say("The resolver has answers from them, so this network seems to let no DNS questions out to other "
                   "servers; whether the name servers agree is not known."),
        .fix =
            say("Run the check on a host that may send DNS questions to port {port} of any server.", {{"port", "53"}}),
        .actor = Actor::nobody});
    for (const ZoneServer& server : all.servers.servers)
        finding.details.push_back(say("{server}", {{"server", label_of(server)}}));
}

void judge_spread(const Survey& all, std::vector<Finding>& findings) {
    std::set<ip::Address> addresses;
    for (const ZoneServer& server : all.servers.servers)
        if (server.address) addresses.insert(*server.address);
    if (all.servers.names.size() > 1 && addresses.size() > 1) return;
    findings.push_back(
        {.id = "ns.single",
         .severity = Severity::notice,
         .subject = all.servers.zone,
         .title = say("{zone} has one name server only", {{"zone", all.servers.zone}}),
         .why = say("While that server is down, receivers find neither MX nor SPF, DKIM and DMARC records."),
         .fix = say("Add a second name server, in another network; most DNS providers give one."),
         .actor = Actor::dns_host});
}

/// The /24 that holds all addresses; nothing when they are spread or too few to say so.
std::optional<ip::Prefix> common_network(const ServersSurvey& servers) {
    constexpr unsigned bits = 24;
    std::optional<ip::Prefix> network;
    for (const ZoneServer& server : servers.servers) {
        if (!server.address) continue;
        if (!server.address->is_v4()) return {};
        if (!network) network = ip::Prefix{*server.address, bits};
        if (!network->contains(*server.address)) return {};
    }
    return servers.names.size() > 1 ? network : std::nullopt;
}

void say_well(const Survey& all, std::vector<Finding>& findings) {
    Finding& finding = findings.emplace_back(
        Finding{.id = "ns.ok",
                .severity = Severity::ok,
                .subject = all.servers.zone,
                .title = say("All name servers of {zone} answer and say the same", {{"zone", all.servers.zone}}),
                .actor = Actor::nobody});
    for (const ZoneServer& server : all.servers.servers)
        if (!is_lame(server)) finding.details.push_back(serial_line(server));
    if (const auto network = common_network(all.servers))
        finding.details.push_back(
            say("All of them are in the network of {address}; when it fails, the domain cannot be found.",
                {{"address", network->address.text()}}));
}

/// The resolver got answers, so at least one server works.
bool resolver_has_answers(const Survey& all) {
    const auto is_answer = [](const dns::Answer& answer) { return answer && !answer->temporary(); };
    return is_answer(all.spf.txt) || is_answer(all.mx.answer) || is_answer(all.dmarc.own);
}

} // namespace

void judge_servers(const Survey& all, std::vector<Finding>& findings) {
    if (all.servers.servers.empty()) return;
    if (std::ranges::all_of(all.servers.servers, is_lame) && resolver_has_answers(all))
        return judge_reach(all, findings);
    const std::size_t before = findings.size();
    judge_content(all, findings);
    judge_lame(all, findings);
    if (findings.size() == before) say_well(all, findings);
    judge_spread(all, findings);
}

} // namespace bonafide::doctor
