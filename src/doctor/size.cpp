#include "doctor/size.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;

constexpr std::size_t most_named = 5;
constexpr std::uint32_t seconds_a_day = 86400;

/// Records that mail depends on, by the name they are asked for.
struct Asked {
    std::string name;
    dns::Answer answer;
    dns::Type type = dns::Type::txt;
};

/// The policy and the keys. Keys behind an alias are their provider's matter.
std::vector<Asked> policy_and_keys(const Survey& all) {
    std::vector<Asked> result{{"_dmarc." + all.subject.domain, all.dmarc.own}};
    for (const DkimKey& key : all.dkim.keys)
        if (!key.alias) result.push_back({key.selector + "._domainkey." + all.subject.domain, key.answer});
    std::erase_if(result, [](const Asked& one) { return !one.answer || !one.answer->found() || one.answer->aliased; });
    return result;
}

bool speaks_of_mail(std::string_view text) {
    return ascii::istarts_with(text, "v=spf1") || ascii::istarts_with(text, "v=dmarc1") ||
           ascii::istarts_with(text, "v=dkim1");
}

void judge_truncated(const Survey& all, std::vector<Finding>& findings) {
    const std::string& domain = all.subject.domain;
    findings.push_back(
        {.id = "txt.too_long",
         .severity = Severity::warning,
         .subject = domain,
         .title = say("The TXT records of {domain} do not fit into one packet, and over TCP there is no answer",
                      {{"domain", domain}}),
         .why = say("Receivers see no SPF record at all."),
         .fix = say("Let the name servers answer over TCP port {port}, and delete records that are not needed.",
                    {{"port", 53}}),
         .actor = Actor::dns_host});
}

void judge_domain(const Survey& all, std::vector<Finding>& findings) {
    if (!all.spf.txt) return;
    if (all.spf.txt->status == dns::Status::truncated) return judge_truncated(all, findings);
    const std::string& domain = all.subject.domain;
    const std::size_t bytes = wire_bytes(*all.spf.txt, domain);
    if (!all.spf.txt->found() || bytes <= most_unfragmented_bytes) return;
    const bool fits_no_packet = bytes > most_comfortable_bytes;
    Finding& finding = findings.emplace_back(Finding{
        .id = "txt.too_long",
        .severity = fits_no_packet ? Severity::warning : Severity::notice,
        .subject = domain,
        .title = say("The TXT records of {domain} make an answer of {bytes} bytes; records: {count}",
                     {{"domain", domain}, {"bytes", bytes}, {"count", all.spf.txt->txt.size()}}),
        .why = fits_no_packet
                   ? say("Such an answer fits no UDP packet; where TCP is blocked or slow, receivers see no "
                         "SPF record at all.")
                   : say("An answer above {bytes} bytes may be cut into fragments, which some firewalls drop.",
                         {{"bytes", std::size_t{most_unfragmented_bytes}}}),
        .fix =
            std::ranges::all_of(all.spf.txt->txt, speaks_of_mail)
                ? say("Keep one short record at {name}.", {{"name", domain}})
                : say("Delete verification records of services that have long been verified or are no longer used.")});
    for (const std::string& text : all.spf.txt->txt) {
        if (finding.details.size() == most_named) break;
        if (!speaks_of_mail(text))
            finding.details.push_back(say("for example: {record}", {{"record", text.substr(0, 100)}}));
    }
}

void judge_single(const Survey& all, std::vector<Finding>& findings) {
    for (const Asked& one : policy_and_keys(all)) {
        const std::size_t bytes = wire_bytes(*one.answer, one.name);
        if (bytes <= most_unfragmented_bytes) continue;
        findings.push_back(
            {.id = "txt.too_long",
             .severity = Severity::notice,
             .subject = one.name,
             .title = say("The TXT records at {name} make an answer of {bytes} bytes; records: {count}",
                          {{"name", one.name}, {"bytes", bytes}, {"count", one.answer->txt.size()}}),
             .why = say("An answer above {bytes} bytes may be cut into fragments, which some firewalls drop.",
                        {{"bytes", std::size_t{most_unfragmented_bytes}}}),
             .fix = say("Keep one short record at {name}.", {{"name", one.name}})});
    }
}

/// As published: what a server of the zone says, else a zone file; what a resolver's cache has left says nothing.
std::optional<std::uint32_t> published_ttl(const Survey& all, const Asked& one) {
    if (all.subject.all_of_dns) return one.answer->ttl;
    std::optional<std::uint32_t> least;
    for (const ZoneServer& server : all.servers.servers)
        if (const auto found = server.answers.find({one.name, one.type});
            found != server.answers.end() && found->second && found->second->found())
            least = std::min(least.value_or(found->second->ttl), found->second->ttl);
    return least;
}

/// A name and for how long its records may be kept, by type.
struct Kept {
    Asked asked;
    std::uint32_t ttl = 0;
};

std::vector<Kept> lifetimes(const Survey& all) {
    std::vector<Asked> asked;
    if (all.mx.answer) asked.push_back({all.subject.domain, all.mx.answer, dns::Type::mx});
    if (all.spf.txt) asked.push_back({all.subject.domain, all.spf.txt});
    std::erase_if(asked, [](const Asked& one) { return !one.answer->found() || one.answer->aliased; });
    for (Asked& one : policy_and_keys(all)) asked.push_back(std::move(one));
    std::vector<Kept> known;
    for (Asked& one : asked)
        if (const auto ttl = published_ttl(all, one)) known.push_back({std::move(one), *ttl});
    return known;
}

std::vector<text::Text> in_words(const std::vector<Kept>& records) {
    std::vector<text::Text> lines;
    for (const Kept& one : records) {
        if (lines.size() == most_named) break;
        lines.push_back(say("{type} {name}: {seconds} seconds",
                            {{"type", dns::to_text(one.asked.type)}, {"name", one.asked.name}, {"seconds", one.ttl}}));
    }
    return lines;
}

void judge_ttl(const Survey& all, std::vector<Finding>& findings) {
    std::vector<Kept> brief, lasting;
    for (Kept& one : lifetimes(all)) {
        if (one.ttl < least_comfortable_ttl)
            brief.push_back(std::move(one));
        else if (one.ttl >= too_long_ttl && !all.parked()) // nothing changes there
            lasting.push_back(std::move(one));
    }
    if (!brief.empty())
        findings.push_back(
            {.id = "ttl.short",
             .severity = Severity::notice,
             .subject = all.subject.domain,
             .title = say("Records that mail depends on may be kept for {seconds} seconds only; records: {count}",
                          {{"seconds", std::ranges::min(brief, {}, &Kept::ttl).ttl}, {"count", brief.size()}}),
             .why = say("Receivers ask again for nearly every message, and each question can fail; "
                        "Microsoft advises an hour at least."),
             .fix = say("Set their time to live to {ttl}.", {{"ttl", "3600"}}),
             .details = in_words(brief)});
    if (!lasting.empty())
        findings.push_back(
            {.id = "ttl.long",
             .severity = Severity::notice,
             .subject = all.subject.domain,
             .title = say(
                 "Records that mail depends on may be kept for {days} days; records: {count}",
                 {{"days", std::ranges::max(lasting, {}, &Kept::ttl).ttl / seconds_a_day}, {"count", lasting.size()}}),
             .why = say("A change reaches everybody only after that time: a new server or key is refused so long, and "
                        "a mistake lasts so long after it was mended."),
             .fix = say("Set their time to live to {ttl}.", {{"ttl", "3600"}}),
             .details = in_words(lasting)});
}

} // namespace

std::size_t wire_bytes(const dns::AnswerData& answer, std::string_view name) {
    constexpr std::size_t header = 12, question = 2 + 4, opt = 11, fixed = 12, string_bytes = 255;
    std::size_t bytes = header + name.size() + question + opt;
    for (const std::string& text : answer.txt) {
        const std::size_t strings = std::max<std::size_t>(1, (text.size() + string_bytes - 1) / string_bytes);
        bytes += fixed + text.size() + strings;
    }
    return bytes;
}

void judge_size(const Survey& all, std::vector<Finding>& findings) {
    judge_domain(all, findings);
    judge_single(all, findings);
    judge_ttl(all, findings);
}

} // namespace bonafide::doctor
