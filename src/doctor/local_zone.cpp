#include "doctor/local_zone.hpp"

#include "base/ascii.hpp"
#include "dns/name.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

/// Which texts of a TXT answer speak of mail at this name.
bool matters(std::string_view name, std::string_view text) {
    if (name.contains("_domainkey.") || name.starts_with("_dmarc.") || name.starts_with("_mta-sts.") ||
        name.starts_with("_smtp._tls.") || name.contains("_bimi."))
        return true;
    return ascii::istarts_with(text, "v=spf1");
}

std::vector<std::string> mail_texts(const dns::AnswerData& answer, const std::string& name) {
    std::vector<std::string> texts;
    for (const std::string& text : answer.txt)
        if (matters(name, text)) texts.push_back(text);
    return texts;
}

/// Without white space: panels put it in and take it out at the seams of strings.
std::string squeezed(std::string_view text) {
    std::string result;
    for (const char c : text)
        if (!ascii::is_space(c)) result += c;
    return result;
}

bool holds(const std::vector<std::string>& texts, std::string_view wanted) {
    return std::ranges::any_of(texts, [&](const std::string& one) { return squeezed(one) == squeezed(wanted); });
}

LocalDifference compare_texts(std::string name, const std::vector<std::string>& local,
                              const std::vector<std::string>& public_texts) {
    LocalDifference difference{.name = name, .type = dns::Type::txt};
    for (const std::string& text : local)
        if (!holds(public_texts, text)) difference.missing.push_back(dns::txt_record(name, text));
    if (difference.missing.empty()) return difference;
    for (const std::string& text : public_texts)
        if (!holds(local, text)) difference.other.push_back(dns::txt_record(name, text));
    return difference;
}

LocalDifference compare_mx(const std::string& name, const std::vector<dns::Mx>& local,
                           const std::vector<dns::Mx>& public_mx) {
    LocalDifference difference{.name = name, .type = dns::Type::mx};
    const auto record = [&](const dns::Mx& mx) {
        return dns::Record{.name = name, .type = dns::Type::mx, .value = mx.host, .preference = mx.preference};
    };
    const auto has = [](const std::vector<dns::Mx>& list, const dns::Mx& mx) {
        return std::ranges::any_of(list, [&](const dns::Mx& one) { return one.host == mx.host; });
    };
    for (const dns::Mx& mx : local)
        if (!has(public_mx, mx)) difference.missing.push_back(record(mx));
    if (difference.missing.empty()) return difference;
    for (const dns::Mx& mx : public_mx)
        if (!has(local, mx)) difference.other.push_back(record(mx));
    return difference;
}

/// Who runs the public zone, by the names of its servers.
std::string_view host_of(const std::vector<std::string>& servers) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 12> hosts{
        {{"ns.cloudflare.com", "Cloudflare"},
         {"awsdns", "Amazon Route 53"},
         {"domaincontrol.com", "GoDaddy"},
         {"registrar-servers.com", "Namecheap"},
         {"googledomains.com", "Google Domains"},
         {"azure-dns", "Azure DNS"},
         {"ovh.net", "OVHcloud"},
         {"ui-dns", "IONOS"},
         {"hetzner", "Hetzner"},
         {"digitalocean.com", "DigitalOcean"},
         {"gandi.net", "Gandi"},
         {"home.pl", "home.pl"}}};
    for (const std::string& server : servers)
        for (const auto& [part, name] : hosts)
            if (server.contains(part)) return name;
    return {};
}

} // namespace

dns::Flow<LocalZoneSurvey> survey_local_zone(Subject subject) {
    LocalZoneSurvey survey;
    std::size_t left = most_local_names;
    for (const std::string& name : subject.local_zone->names) {
        if (!dns::is_equal_or_below(name, subject.domain) || name.starts_with('*')) continue;
        const dns::Answer local =
            subject.local_zone->answers->answer({name, dns::Type::txt, "local zone", {}, true, true});
        if (const std::vector<std::string> texts = mail_texts(*local, name); !texts.empty()) {
            if (left-- == 0) break;
            const dns::Answer seen = co_await dns::ask(name, dns::Type::txt, "the same in public DNS");
            if (seen->temporary())
                survey.unanswered.push_back(name);
            else if (LocalDifference one = compare_texts(name, texts, mail_texts(*seen, name)); !one.missing.empty())
                survey.differences.push_back(std::move(one));
        }
        const dns::Answer local_mx =
            subject.local_zone->answers->answer({name, dns::Type::mx, "local zone", {}, true, true});
        if (!local_mx->found()) continue;
        const dns::Answer seen = co_await dns::ask(name, dns::Type::mx, "the same in public DNS");
        if (seen->temporary()) continue;
        if (LocalDifference one = compare_mx(name, local_mx->mx, seen->mx); !one.missing.empty())
            survey.differences.push_back(std::move(one));
    }
    co_return survey;
}

void judge_local_zone(const Survey& all, std::vector<Finding>& findings) {
    const std::string_view host = host_of(all.servers.names);
    for (const LocalDifference& one : all.local_zone.differences) {
        const std::string_view type = dns::to_text(one.type);
        const Text title = one.other.empty()
                               ? say("Your server's own zone has {type} {name}, but public DNS has not: it was not "
                                     "copied to the DNS provider",
                                     {{"type", type}, {"name", one.name}})
                               : say("Public DNS has another {type} at {name} than your server's own zone",
                                     {{"type", type}, {"name", one.name}});
        Finding finding{
            .id = "zone.not_copied",
            .severity = Severity::error,
            .subject = one.name,
            .title = title,
            .why = say("Receivers ask public DNS only. What the panel wrote into the server's own zone is seen by "
                       "nobody while the domain is delegated elsewhere."),
            .fix = host.empty() ? say("Publish the record at the DNS provider that the domain is delegated to.")
                                : say("Publish the record at {host}, which serves the public zone.", {{"host", host}}),
            .records = one.missing,
            .remove = one.other};
        for (const std::string& server : all.servers.names)
            finding.details.push_back(say("public name server: {server}", {{"server", server}}));
        findings.push_back(std::move(finding));
    }
}

} // namespace bonafide::doctor
