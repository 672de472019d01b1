#include "doctor/tls_rpt.hpp"

#include "base/ascii.hpp"
#include "dmarc/reading.hpp"
#include "doctor/tags.hpp"

#include <optional>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

bool is_meant(std::string_view text) { return ascii::istarts_with(ascii::trim(text), "v=tlsrpt"); }

/// RFC 8460 3: the version first and exact, then rua with mailto: or https: addresses.
std::optional<Text> mistake_of(std::string_view text) {
    const std::vector<LooseTag> tags = read_loose_tags(text);
    if (!text.starts_with("v=TLSRPTv1") || tags.front().value != "TLSRPTv1")
        return say("it does not begin with {version}", {{"version", "v=TLSRPTv1;"}});
    const LooseTag* const rua = find_tag(tags, "rua");
    if (rua == nullptr || rua->value.empty()) return say("the tag {tag} is missing", {{"tag", "rua"}});
    for (const std::string_view part : ascii::split(rua->value, ',')) {
        const std::string_view uri = ascii::trim(part);
        const bool known = ascii::istarts_with(uri, "mailto:") || ascii::istarts_with(uri, "https://");
        if (!known || !dmarc::is_reporting_uri(uri))
            return say("{value} is no address for reports; it must begin with {mail} or {web}",
                       {{"value", uri}, {"mail", "mailto:"}, {"web", "https://"}});
    }
    return {};
}

} // namespace

dns::Flow<TlsRptSurvey> survey_tls_rpt(Subject subject) {
    TlsRptSurvey survey;
    survey.txt = co_await dns::ask("_smtp._tls." + subject.domain, dns::Type::txt, "TLS-RPT record");
    co_return survey;
}

void judge_tls_rpt(const Survey& all, std::vector<Finding>& findings) {
    if (!all.tls_rpt.txt || all.tls_rpt.txt->temporary()) return;
    const std::string& domain = all.subject.domain;
    const std::string name = "_smtp._tls." + domain;
    std::vector<std::string> records;
    for (const std::string& text : all.tls_rpt.txt->txt)
        if (is_meant(text)) records.push_back(text);
    const dns::Record proposal = dns::txt_record(name, "v=TLSRPTv1; rua=mailto:tls-reports@" + domain);
    if (records.empty()) {
        if (all.mx.hosts.empty() || all.mx.takes_no_mail()) return;
        findings.push_back({.id = "tlsrpt.none",
                            .severity = Severity::notice,
                            .subject = domain,
                            .title = say("{domain} asks for no reports about failed TLS", {{"domain", domain}}),
                            .why = say("You do not learn when others cannot send to you over TLS."),
                            .fix = say("Publish a TLS-RPT record with a mailbox for the reports."),
                            .records = {proposal}});
        return;
    }
    const auto wrong = records.size() > 1
                           ? std::optional(say("there is more than one record: {count}", {{"count", records.size()}}))
                           : mistake_of(records.front());
    if (wrong) {
        findings.push_back(
            {.id = "tlsrpt.syntax",
             .severity = Severity::warning,
             .subject = name,
             .title = say("The TLS-RPT record at {name} is wrong: {what}", {{"name", name}, {"what", *wrong}}),
             .why = say("Nobody can send you reports about failed TLS."),
             .fix = say("Correct the record."),
             .records = {proposal}});
        findings.back().details.push_back(say("{record}", {{"record", records.front()}}));
        return;
    }
    findings.push_back({.id = "tlsrpt.ok",
                        .severity = Severity::ok,
                        .subject = name,
                        .title = say("TLS reporting of {domain} is in order", {{"domain", domain}}),
                        .actor = Actor::nobody});
}

} // namespace bonafide::doctor
