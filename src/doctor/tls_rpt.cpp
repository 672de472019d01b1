#include "doctor/tls_rpt.hpp"

#include "base/ascii.hpp"
#include "dmarc/external_destination.hpp"
#include "dns/name.hpp"
#include "doctor/tls_rpt_places.hpp"

#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

void add_absence(const Survey& all, dns::Record proposal, std::vector<Finding>& findings) {
    if (all.mx.hosts.empty() || all.mx.takes_no_mail()) return; // nobody sends there
    findings.push_back({.id = "tlsrpt.none",
                        .severity = Severity::notice,
                        .subject = all.subject.domain,
                        .title = say("{domain} asks for no reports about failed TLS", {{"domain", all.subject.domain}}),
                        .why = say("You do not learn when others cannot send to you over TLS."),
                        .fix = say("Publish a TLS-RPT record with a mailbox for the reports."),
                        .records = {std::move(proposal)}});
}

void add_mistake(const std::vector<std::string>& records, dns::Record proposal, std::vector<Finding>& findings) {
    const std::string name = proposal.name;
    const auto wrong = records.size() > 1 ? say("there is more than one record: {count}", {{"count", records.size()}})
                                          : find_tls_rpt_mistake(records.front()).value_or(Text{});
    for (const std::string& text : records)
        if (const std::string better = corrected_tls_rpt(text); !better.empty()) {
            proposal.value = better;
            break;
        }
    findings.push_back(
        {.id = "tlsrpt.syntax",
         .severity = Severity::warning,
         .subject = name,
         .title = say("The TLS-RPT record at {name} is wrong: {what}", {{"name", name}, {"what", wrong}}),
         .why = say("Nobody can send you reports about failed TLS."),
         .fix = say("Correct the record.")});
    Finding& finding = findings.back();
    finding.details.push_back(say("{record}", {{"record", records.front()}}));
    for (const std::string& text : records)
        if (text != proposal.value) finding.remove.push_back(dns::txt_record(name, text));
    finding.records.push_back(std::move(proposal));
}

void add_misplaced(const Misplaced& found, dns::Record proposal, std::vector<Finding>& findings) {
    if (std::string better = corrected_tls_rpt(found.text); !better.empty()) proposal.value = std::move(better);
    findings.push_back(
        {.id = "tlsrpt.syntax",
         .severity = Severity::warning,
         .subject = proposal.name,
         .title = say("The TLS-RPT record stands at {place}, where nobody looks", {{"place", found.name}}),
         .why = say("Nobody sends you reports about failed TLS."),
         .fix = say("Move the record to {name}.", {{"name", proposal.name}}),
         .remove = {dns::txt_record(found.name, found.text)}});
    findings.back().details.push_back(say("{record}", {{"record", found.text}}));
    findings.back().records.push_back(std::move(proposal));
}

/// The first host of an address by mail that takes none; "" where all do, or where that is not known.
std::string dead_host(const Survey& all, std::string_view record) {
    if (all.mx.takes_no_mail()) return {}; // nobody sends there, so there is nothing to be reported
    for (const std::string& uri : tls_rpt_addresses(record)) {
        if (!ascii::istarts_with(uri, "mailto:")) continue;
        std::string host = dmarc::destination_host(uri);
        if (!host.empty() && takes_no_mail(all, host)) return host;
    }
    return {};
}

void add_dead_host(const std::string& name, const std::string& host, const std::string& record,
                   std::vector<Finding>& findings) {
    findings.push_back({.id = "tlsrpt.report_address",
                        .severity = Severity::warning,
                        .subject = name,
                        .title = say("{host}, where TLS reports go, takes no mail", {{"host", host}}),
                        .why = say("The reports get lost: you do not learn when others cannot send to you over TLS."),
                        .fix = say("Name an address in {tag} whose host takes mail.", {{"tag", "rua"}})});
    findings.back().details.push_back(say("{record}", {{"record", record}}));
}

void add_silence(const std::string& name, std::vector<Finding>& findings) {
    findings.push_back(
        {.id = "dns.unanswered",
         .severity = Severity::notice,
         .subject = name,
         .title = say("The name servers gave no answer for {type} {name}", {{"type", "TXT"}, {"name", name}}),
         .why = say("Whether reports about failed TLS are asked for is not known."),
         .fix =
             say("See that every name server of the zone of {name} runs and answers from outside.", {{"name", name}}),
         .actor = Actor::dns_host});
}

} // namespace

dns::Flow<TlsRptSurvey> survey_tls_rpt(Subject subject) {
    TlsRptSurvey survey;
    const std::string name = "_smtp._tls." + subject.domain;
    if (!dns::is_valid(name)) {
        survey.txt = dns::make_answer(dns::Status::nx_domain);
    } else {
        survey.txt = co_await dns::ask(name, dns::Type::txt, "TLS-RPT record");
    }
    co_return survey;
}

void judge_tls_rpt(const Survey& all, std::vector<Finding>& findings) {
    if (!all.tls_rpt.txt || all.tls_rpt.txt->status == dns::Status::bogus) return;
    const std::string& domain = all.subject.domain;
    const std::string name = "_smtp._tls." + domain;
    if (all.tls_rpt.txt->temporary()) return add_silence(name, findings);
    std::vector<std::string> records, meant;
    for (const std::string& text : all.tls_rpt.txt->txt)
        if (is_meant_as_tls_rpt(text)) (is_tls_rpt_record(text) ? records : meant).push_back(text);
    if (records.empty()) records = std::move(meant); // RFC 8460 3: those beside a good one are discarded
    dns::Record proposal = dns::txt_record(name, "v=TLSRPTv1; rua=mailto:tls-reports@" + domain);
    if (records.empty())
        if (const auto found = find_misplaced(all, "_smtp._tls",
                                              {"_smtp-tls", "_smtp_tls", "_tls", "_smtp", "_tls._smtp", "smtp._tls",
                                               "_smtp.tls", "smtp.tls", "_tlsrpt", "_tls-rpt", "_smtp-tlsrpt"},
                                              is_meant_as_tls_rpt))
            return add_misplaced(*found, std::move(proposal), findings);
    if (records.empty()) return add_absence(all, std::move(proposal), findings);
    if (records.size() > 1 || find_tls_rpt_mistake(records.front()))
        return add_mistake(records, std::move(proposal), findings);
    if (const std::string host = dead_host(all, records.front()); !host.empty())
        return add_dead_host(name, host, records.front(), findings);
    findings.push_back({.id = "tlsrpt.ok",
                        .severity = Severity::ok,
                        .subject = name,
                        .title = say("TLS reporting of {domain} is in order", {{"domain", domain}}),
                        .actor = Actor::nobody});
    findings.back().details.push_back(say("{record}", {{"record", records.front()}}));
}

} // namespace bonafide::doctor
