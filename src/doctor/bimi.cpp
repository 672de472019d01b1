#include "doctor/bimi.hpp"

#include "base/ascii.hpp"
#include "dmarc/reading.hpp"
#include "dns/name.hpp"
#include "doctor/dmarc_effect.hpp"
#include "doctor/dmarc_text.hpp"
#include "doctor/tags.hpp"
#include "doctor/tls_rpt_places.hpp"

#include <algorithm>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

/// The draft's section on sender authentication: p is not none, sp is not none, and quarantine is for all mail.
bool is_too_weak(const dmarc::Record& record) {
    if (record.p == dmarc::Policy::none || record.sp == dmarc::Policy::none || record.testing) return true;
    const std::vector<LooseTag> tags = read_loose_tags(record.text);
    const LooseTag* const percent = find_tag(tags, "pct");
    return record.p == dmarc::Policy::quarantine && percent != nullptr && percent->value != "100";
}

/// The organization's own record, where the domain has another one.
std::optional<dmarc::Record> organization_record(const Survey& all) {
    if (!all.bimi.organization_policy) return {};
    std::optional<dmarc::Record> found;
    for (const std::string& text : all.bimi.organization_policy->txt)
        if (auto reading = dmarc::read_record(text, all.subject.limits)) {
            if (found) return {};
            found = std::move(reading->record);
        }
    return found;
}

struct Weakness {
    std::string holder; ///< domain of the record; empty: there is none
    std::string text{};
};

/// Which record keeps receivers from showing the logo; nothing: none, or it cannot be known.
std::optional<Weakness> weakness(const Survey& all) {
    const dmarc::Discovered& found = all.dmarc.tree;
    if (!found.record || found.unusable) return Weakness{};
    if (is_too_weak(*found.record)) return Weakness{found.policy_domain, found.record->text};
    const auto above = organization_record(all);
    if (above && is_too_weak(*above))
        return Weakness{all.subject.suffixes->organizational(all.subject.domain), above->text};
    return {};
}

bool is_dmarc_broken(const std::vector<Finding>& findings) {
    return std::ranges::any_of(findings, [](const Finding& one) {
        return one.severity == Severity::error &&
               (one.id == "dmarc.multiple" || one.id == "dmarc.syntax" || one.id == "dmarc.wrong_place");
    });
}

void add_mistake(const std::string& name, const std::vector<std::string>& records, std::vector<Finding>& findings) {
    const auto wrong = records.size() > 1 ? say("there is more than one record: {count}", {{"count", records.size()}})
                                          : find_bimi_mistake(records.front()).value_or(Text{});
    findings.push_back({.id = "bimi.syntax",
                        .severity = Severity::warning,
                        .subject = name,
                        .title = say("The BIMI record at {name} is wrong: {what}", {{"name", name}, {"what", wrong}}),
                        .why = say("Mail programs show no logo."),
                        .fix = say("Correct the record.")});
    Finding& finding = findings.back();
    finding.details.push_back(say("{record}", {{"record", records.front()}}));
    const std::string better = corrected_bimi(records.front());
    if (better.empty()) return;
    finding.records.push_back(dns::txt_record(name, better));
    for (const std::string& text : records)
        if (text != better) finding.remove.push_back(dns::txt_record(name, text));
}

void add_misplaced(const std::string& name, const Misplaced& found, std::vector<Finding>& findings) {
    findings.push_back({.id = "bimi.syntax",
                        .severity = Severity::warning,
                        .subject = name,
                        .title = say("The BIMI record stands at {place}, where nobody looks", {{"place", found.name}}),
                        .why = say("Mail programs show no logo."),
                        .fix = say("Move the record to {name}.", {{"name", name}})});
    Finding& finding = findings.back();
    finding.details.push_back(say("{record}", {{"record", found.text}}));
    const std::string better = corrected_bimi(found.text);
    if (better.empty()) return;
    finding.records.push_back(dns::txt_record(name, better));
    finding.remove.push_back(dns::txt_record(found.name, found.text));
}

void add_weakness(const Survey& all, const Weakness& weak, const std::string& name, std::vector<Finding>& findings) {
    findings.push_back({.id = "bimi.dmarc_too_weak",
                        .severity = Severity::warning,
                        .subject = name,
                        .title = say("{domain} has a BIMI record, but its DMARC policy is too weak for it",
                                     {{"domain", all.subject.domain}}),
                        .why = say("Mail programs show the logo only when the policy is quarantine for all mail, or "
                                   "reject, for subdomains too."),
                        .fix = say("Tighten the DMARC policy, or take the BIMI record out.")});
    if (weak.holder.empty()) return;
    Finding& finding = findings.back();
    finding.details.push_back(say("{name}: {record}", {{"name", "_dmarc." + weak.holder}, {"record", weak.text}}));
    std::string text = with_dmarc_tag(with_dmarc_tag(without_legacy_dmarc(weak.text), "sp", ""), "t", "");
    const auto record = dmarc::parse_record(text);
    if (record && record->p == dmarc::Policy::none) text = with_dmarc_tag(text, "p", "quarantine");
    finding.remove.push_back(dns::txt_record("_dmarc." + weak.holder, weak.text));
    finding.records.push_back(dns::txt_record("_dmarc." + weak.holder, std::move(text)));
}

void add_well(const Survey& all, const std::string& name, const std::string& text, std::vector<Finding>& findings) {
    findings.push_back({.id = "bimi.ok",
                        .severity = Severity::ok,
                        .subject = name,
                        .title = say("The BIMI record of {domain} is in order", {{"domain", all.subject.domain}}),
                        .actor = Actor::nobody});
    std::vector<Text>& details = findings.back().details;
    details.push_back(say("{record}", {{"record", text}}));
    const std::vector<LooseTag> tags = read_loose_tags(text);
    const LooseTag* const evidence = find_tag(tags, "a");
    if (evidence == nullptr || evidence->value.empty())
        details.push_back(
            say("Some mail programs, Gmail's among them, show the logo only with a certificate, which {tag} names.",
                {{"tag", "a"}}));
}

} // namespace

dns::Flow<BimiSurvey> survey_bimi(Subject subject) {
    BimiSurvey survey;
    const std::string name = "default._bimi." + subject.domain;
    if (!dns::is_valid(name)) {
        survey.txt = dns::make_answer(dns::Status::nx_domain);
        co_return survey;
    }
    survey.txt = co_await dns::ask(name, dns::Type::txt, "BIMI record");
    const bool exists = std::ranges::any_of(survey.txt->txt, is_meant_as_bimi);
    if (!exists || !subject.suffixes) co_return survey;
    const std::string organization = subject.suffixes->organizational(subject.domain);
    if (organization != subject.domain)
        survey.organization_policy =
            co_await dns::ask("_dmarc." + organization, dns::Type::txt, "DMARC policy for BIMI");
    co_return survey;
}

void judge_bimi(const Survey& all, std::vector<Finding>& findings) {
    if (!all.bimi.txt || all.bimi.txt->status == dns::Status::bogus) return;
    const std::string name = "default._bimi." + all.subject.domain;
    if (all.bimi.txt->temporary()) {
        findings.push_back(
            {.id = "dns.unanswered",
             .severity = Severity::notice,
             .subject = name,
             .title = say("The name servers gave no answer for {type} {name}", {{"type", "TXT"}, {"name", name}}),
             .why = say("Whether there is a BIMI record is not known."),
             .fix = say("See that every name server of the zone of {name} runs and answers from outside.",
                        {{"name", name}}),
             .actor = Actor::dns_host});
        return;
    }
    std::vector<std::string> records, meant;
    for (const std::string& text : all.bimi.txt->txt)
        if (is_meant_as_bimi(text)) (is_bimi_record(text) ? records : meant).push_back(text);
    if (records.empty()) records = std::move(meant); // receivers discard those beside a good one
    if (records.empty()) {
        const auto found =
            find_misplaced(all, "default._bimi", {"_bimi", "default.bimi", "bimi", "_default._bimi"}, is_meant_as_bimi);
        if (found) add_misplaced(name, *found, findings);
        return;
    }
    if (records.size() > 1 || find_bimi_mistake(records.front())) return add_mistake(name, records, findings);
    if (is_bimi_declined(records.front())) return;
    if (all.dmarc.tree.temporary_error || is_dmarc_broken(findings)) return; // told already
    if (const auto weak = weakness(all)) return add_weakness(all, *weak, name, findings);
    add_well(all, name, records.front(), findings);
}

} // namespace bonafide::doctor
