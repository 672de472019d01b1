#include "doctor/local_zone.hpp"

#include "dns/name.hpp"
#include "doctor/local_compare.hpp"
#include "doctor/spf_coverage.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace bonafide::doctor {
namespace {

using Zone = std::shared_ptr<const dns::Source>;
using Texts = std::map<MailRecord, std::vector<std::string>>;

constexpr std::string_view why_asked = "the same in public DNS";

dns::Answer local_answer(const dns::Source& zone, const std::string& name, dns::Type type) {
    return zone.answer({name, type, "local zone", {}, true, true});
}
/// Records of the name itself: what panels alias to the domain ("www", "mail", "ftp") sends and receives nothing of its own.
bool has_mx(const dns::AnswerData& answer) { return answer.found() && !answer.aliased; }

/// The texts of an answer by what they are for; those that are not for mail are left out.
Texts mail_texts(const dns::AnswerData& answer, std::string_view name) {
    Texts texts;
    for (const std::string& text : answer.txt)
        if (const auto kind = mail_record_of(name, text)) texts[*kind].push_back(text);
    return texts;
}

/// Of the local zone; an SPF record reached by an alias is the target's.
Texts local_texts(const dns::Source& zone, const std::string& name) {
    const dns::Answer answer = local_answer(zone, name, dns::Type::txt);
    Texts texts = mail_texts(*answer, name);
    if (answer->aliased) texts.erase(MailRecord::spf);
    return texts;
}

/// An alias that stands for a record of mail and leads out of the local zone; empty: none.
std::string outward_alias(const dns::Source& zone, const std::string& name) {
    const dns::Answer alias = local_answer(zone, name, dns::Type::cname);
    const bool leads_out = alias->found() && !alias->names.empty() && kind_of_alias(name) &&
                           !local_answer(zone, name, dns::Type::txt)->found();
    return leads_out ? alias->names.front() : std::string();
}

/// The names at or below the domain that hold something for mail, no more than most_local_names.
std::vector<std::string> names_to_compare(const Subject& subject) {
    const dns::Source& zone = *subject.local_zone->answers;
    std::vector<std::string> names;
    for (const std::string& name : subject.local_zone->names) {
        if (names.size() == most_local_names) break;
        if (!dns::is_equal_or_below(name, subject.domain) || name.starts_with('*')) continue;
        if (!local_texts(zone, name).empty() || !outward_alias(zone, name).empty() ||
            has_mx(*local_answer(zone, name, dns::Type::mx)))
            names.push_back(name);
    }
    return names;
}

// A part of the survey: what one name, or one kind of record at it, gave.

dns::Flow<LocalZoneSurvey> compare_name_texts(Zone zone, std::string name) {
    LocalZoneSurvey part;
    const Texts local = local_texts(*zone, name);
    if (local.empty()) co_return part;
    const dns::Answer seen = co_await dns::ask(name, dns::Type::txt, why_asked);
    if (seen->temporary()) {
        part.unanswered.push_back(name);
        co_return part;
    }
    const Texts in_public = mail_texts(*seen, name);
    for (const auto& [kind, texts] : local) {
        const auto there = in_public.find(kind);
        if (auto one =
                compare_texts(kind, name, texts, there == in_public.end() ? std::vector<std::string>() : there->second))
            part.differences.push_back(std::move(*one));
    }
    co_return part;
}

/// An alias may be published as such, or as the record it leads to.
dns::Flow<LocalZoneSurvey> compare_alias(Zone zone, std::string name) {
    LocalZoneSurvey part;
    const std::string target = outward_alias(*zone, name);
    if (target.empty()) co_return part;
    const dns::Answer alias = co_await dns::ask(name, dns::Type::cname, why_asked);
    const dns::Answer here = co_await dns::ask(name, dns::Type::txt, why_asked);
    if (alias->temporary() || (here->temporary() && !alias->found())) {
        part.unanswered.push_back(name);
        co_return part;
    }
    if (std::ranges::find(alias->names, target) != alias->names.end()) co_return part;
    LocalDifference difference{.name = name, .type = dns::Type::cname, .kind = *kind_of_alias(name)};
    const auto record = [&](const std::string& to) {
        return dns::Record{.name = name, .type = dns::Type::cname, .value = to};
    };
    if (alias->found()) {
        for (const std::string& other : alias->names) difference.other.push_back(record(other));
    } else if (here->found()) {
        const dns::Answer there = co_await dns::ask(target, dns::Type::txt, why_asked);
        if (there->temporary() || there->txt == here->txt) co_return part;
        for (const std::string& text : here->txt) difference.other.push_back(dns::txt_record(name, text));
    }
    difference.missing.push_back(record(target));
    part.differences.push_back(std::move(difference));
    co_return part;
}

/// The addresses of a mail host of the local zone, where public DNS has none. Private ones are for the inside.
dns::Flow<LocalZoneSurvey> compare_host(Zone zone, std::string host) {
    LocalZoneSurvey part;
    LocalDifference difference{.name = host, .type = dns::Type::a, .kind = MailRecord::address};
    bool in_public = false;
    for (const dns::Type type : {dns::Type::a, dns::Type::aaaa}) {
        const dns::Answer local = local_answer(*zone, host, type);
        const dns::Answer seen = co_await dns::ask(host, type, why_asked);
        in_public = in_public || seen->found() || seen->temporary();
        for (const ip::Address& address : local->addresses)
            if (!spf_is_private({address, address.bits()}))
                difference.missing.push_back({.name = host, .type = type, .value = address.text()});
    }
    if (!in_public && !difference.missing.empty()) part.differences.push_back(std::move(difference));
    co_return part;
}

void append(LocalZoneSurvey& whole, LocalZoneSurvey part) {
    std::ranges::move(part.differences, std::back_inserter(whole.differences));
    std::ranges::move(part.unanswered, std::back_inserter(whole.unanswered));
}

dns::Flow<LocalZoneSurvey> compare_name_mx(Zone zone, std::string name, std::string domain) {
    LocalZoneSurvey part;
    const dns::Answer local = local_answer(*zone, name, dns::Type::mx);
    if (!has_mx(*local)) co_return part;
    const dns::Answer seen = co_await dns::ask(name, dns::Type::mx, why_asked);
    if (seen->temporary()) {
        part.unanswered.push_back(name);
        co_return part;
    }
    auto difference = compare_mx(name, local->mx, seen->mx);
    const bool goes_elsewhere = difference && !seen->mx.empty();
    if (difference) part.differences.push_back(std::move(*difference));
    if (goes_elsewhere) co_return part;
    for (const dns::Mx& mx : local->mx) {
        if (mx.host.empty() || !dns::is_equal_or_below(mx.host, domain)) continue;
        LocalZoneSurvey hosts = co_await compare_host(zone, mx.host);
        append(part, std::move(hosts));
    }
    co_return part;
}

dns::Flow<std::vector<std::string>> public_servers(std::string domain) {
    std::vector<std::string> names;
    for (std::string zone = std::move(domain); dns::label_count(zone) > 1; zone = std::string(dns::parent(zone))) {
        const dns::Answer servers = co_await dns::ask(zone, dns::Type::ns, "who serves the public zone");
        names = servers->names;
        if (servers->found() || servers->temporary()) break;
    }
    co_return names;
}

} // namespace

dns::Flow<LocalZoneSurvey> survey_local_zone(Subject subject) {
    LocalZoneSurvey survey;
    const Zone zone = subject.local_zone->answers;
    for (const std::string& name : names_to_compare(subject)) {
        LocalZoneSurvey texts = co_await compare_name_texts(zone, name);
        append(survey, std::move(texts));
        LocalZoneSurvey alias = co_await compare_alias(zone, name);
        append(survey, std::move(alias));
        LocalZoneSurvey mx = co_await compare_name_mx(zone, name, subject.domain);
        append(survey, std::move(mx));
    }
    if (!survey.differences.empty()) survey.servers = co_await public_servers(subject.domain);
    co_return survey;
}

std::string_view dns_provider(const std::vector<std::string>& servers) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 20> providers{
        {{"ns.cloudflare.com", "Cloudflare"},
         {"awsdns-", "Amazon Route 53"},
         {"domaincontrol.com", "GoDaddy"},
         {"registrar-servers.com", "Namecheap"},
         {"googledomains.com", "Google Cloud DNS"},
         {"azure-dns.", "Azure DNS"},
         {"ovh.net", "OVHcloud"},
         {"anycast.me", "OVHcloud"},
         {"ui-dns.", "IONOS"},
         {"hetzner.", "Hetzner"},
         {"your-server.de", "Hetzner"},
         {"digitalocean.com", "DigitalOcean"},
         {"gandi.net", "Gandi"},
         {"home.pl", "home.pl"},
         {"nsone.net", "NS1"},
         {"dnsimple", "DNSimple"},
         {"linode.com", "Akamai (Linode)"},
         {"wixdns.net", "Wix"},
         {"name.com", "Name.com"},
         {"hostinger.com", "Hostinger"}}};
    for (const std::string& server : servers)
        for (const auto& [part, name] : providers)
            if (server.contains(part)) return name;
    return {};
}

} // namespace bonafide::doctor
