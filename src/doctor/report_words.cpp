#include "doctor/report_words.hpp"

#include "base/escape.hpp"

#include <fmt/format.h>

namespace bonafide::doctor {

using text::say;

text::Text label(Severity severity) {
    switch (severity) {
    case Severity::ok: return say("ok");
    case Severity::notice: return say("notice");
    case Severity::warning: return say("warning");
    case Severity::error: return say("error");
    }
    return {};
}

text::Text describe(Actor actor) {
    switch (actor) {
    case Actor::nobody: return say("nobody");
    case Actor::zone_owner: return say("who edits the DNS zone");
    case Actor::dns_host: return say("who runs the name servers");
    case Actor::mail_admin: return say("who runs the mail server");
    case Actor::address_owner: return say("who provides the address: the hosting or network provider");
    case Actor::provider: return say("the service whose record it is");
    case Actor::report_host: return say("who runs the domain that takes the reports");
    }
    return {};
}

text::Text why_line(const Finding& finding) { return say("Why it matters: {why}", {{"why", finding.why}}); }

text::Text fix_line(const Finding& finding) {
    if (finding.actor == Actor::nobody) return say("What to do: {fix}", {{"fix", finding.fix}});
    return say("What to do ({who}): {fix}", {{"who", describe(finding.actor)}, {"fix", finding.fix}});
}

text::Text grade_line(const Grade& grade, std::string_view domain) {
    if (grade.because.empty()) return say("{domain}: grade {grade}", {{"domain", domain}, {"grade", grade.letter}});
    return say("{domain}: grade {grade}, because of {id}",
               {{"domain", domain}, {"grade", grade.letter}, {"id", grade.because}});
}

std::string one_line(const dns::Record& record) {
    constexpr std::size_t most = 4096;
    const std::string value = escape::line(record.value, most);
    switch (record.type) {
    case dns::Type::txt:
    case dns::Type::spf: return fmt::format("{} {} \"{}\"", record.name, dns::to_text(record.type), value);
    case dns::Type::mx: return fmt::format("{} MX {} {}.", record.name, record.preference, value);
    default: return fmt::format("{} {} {}", record.name, dns::to_text(record.type), value);
    }
}

} // namespace bonafide::doctor
