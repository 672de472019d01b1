#include "doctor/size.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace bonafide::doctor {

using text::say;

namespace {

constexpr std::size_t most_named = 5;

bool speaks_of_mail(std::string_view text) {
    return ascii::istarts_with(text, "v=spf1") || ascii::istarts_with(text, "v=dmarc1") ||
           ascii::istarts_with(text, "v=dkim1");
}

void judge_txt(const Survey& all, std::vector<Finding>& findings) {
    if (!all.spf.txt || !all.spf.txt->found()) return;
    const std::size_t bytes = wire_bytes(*all.spf.txt);
    if (bytes <= most_comfortable_bytes) return;
    const std::string& domain = all.subject.domain;
    Finding finding{
        .id = "txt.too_long",
        .severity = Severity::warning,
        .subject = domain,
        .title = say("The TXT records of {domain} make an answer of {bytes} bytes; records: {count}",
                     {{"domain", domain}, {"bytes", bytes}, {"count", all.spf.txt->txt.size()}}),
        .why =
            say("Such an answer fits no UDP packet; where TCP is blocked or slow, receivers see no SPF record at all."),
        .fix = say("Delete verification records of services that have long been verified or are no longer used.")};
    std::size_t named = 0;
    for (const std::string& text : all.spf.txt->txt)
        if (!speaks_of_mail(text) && named++ < most_named)
            finding.details.push_back(say("for example: {record}", {{"record", text.substr(0, 100)}}));
    findings.push_back(std::move(finding));
}

void judge_ttl(const Survey& all, std::vector<Finding>& findings) {
    std::string names;
    std::uint32_t least = least_comfortable_ttl;
    const auto look = [&](const dns::Answer& answer, const std::string& name) {
        if (!answer || !answer->found() || answer->ttl == 0 || answer->ttl >= least_comfortable_ttl) return;
        names += (names.empty() ? "" : " ") + name;
        least = std::min(least, answer->ttl);
    };
    look(all.spf.txt, all.subject.domain);
    look(all.dmarc.own, "_dmarc." + all.subject.domain);
    for (const DkimKey& key : all.dkim.keys) look(key.answer, key.selector + "._domainkey." + all.subject.domain);
    if (names.empty()) return;
    findings.push_back({.id = "ttl.short",
                        .severity = Severity::notice,
                        .subject = all.subject.domain,
                        .title = say("Records that mail depends on may be kept for {seconds} seconds only: {names}",
                                     {{"seconds", least}, {"names", names}}),
                        .why = say("Receivers ask again for nearly every message, and each question can fail; "
                                   "Microsoft advises an hour at least."),
                        .fix = say("Set their time to live to {ttl}.", {{"ttl", "3600"}})});
}

} // namespace

std::size_t wire_bytes(const dns::AnswerData& answer) {
    constexpr std::size_t header = 12, question = 40, fixed = 12, string_bytes = 255;
    std::size_t bytes = header + question;
    for (const std::string& text : answer.txt) bytes += fixed + text.size() + text.size() / string_bytes + 1;
    return bytes;
}

void judge_size(const Survey& all, std::vector<Finding>& findings) {
    judge_txt(all, findings);
    if (!all.subject.all_of_dns)
        judge_ttl(all, findings); // a resolver's cache counts down: what is left is no more than a hint
}

} // namespace bonafide::doctor
