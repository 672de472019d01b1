// Whether the domain has a DMARC record that receivers find and can read.
#include "base/escape.hpp"
#include "dns/name.hpp"
#include "doctor/dmarc.hpp"
#include "doctor/dmarc_judge.hpp"
#include "doctor/dmarc_text.hpp"

#include <algorithm>
#include <utility>

namespace bonafide::doctor {

using text::say;
using text::Text;

DmarcJudge::Texts DmarcJudge::sort_texts(const dns::Answer& answer) {
    Texts texts;
    for (const std::string& text : answer->txt)
        (dmarc::is_record(text)         ? texts.records
         : is_meant_at_dmarc_name(text) ? texts.meant
                                        : texts.others)
            .push_back(text);
    return texts;
}

Finding& DmarcJudge::add(std::string_view id, Severity severity, std::string subject, Text title, Text why, Text fix) {
    return findings_.emplace_back(Finding{.id = id,
                                          .severity = severity,
                                          .subject = std::move(subject),
                                          .title = std::move(title),
                                          .why = std::move(why),
                                          .fix = std::move(fix)});
}

void DmarcJudge::amend(std::string text) {
    better_ = std::move(text);
    amended_.push_back(findings_.size() - 1);
}

void DmarcJudge::amend_later(std::string_view tag) {
    later_ = findings_.size() - 1;
    later_tag_ = tag;
}

void DmarcJudge::finish() {
    const auto set = [&](Finding& finding, const std::string& text) {
        finding.records = {dns::txt_record(holder_name(), text)};
        finding.remove = {dns::txt_record(holder_name(), record().text)};
    };
    for (const std::size_t index : amended_) set(findings_[index], better_);
    if (!later_) return;
    const std::string next = tightened_dmarc(better_, record(), later_tag_);
    if (amended_.empty())
        set(findings_[*later_], next);
    else
        findings_[*later_].details.push_back(say("the next step, later: {record}", {{"record", next}}));
}

std::string DmarcJudge::organization_of(const std::string& name) const {
    return all_.subject.suffixes ? all_.subject.suffixes->organizational(name) : name;
}

bool DmarcJudge::is_organization() const {
    return dmarc_.tree.org_domain == domain_ || organization_of(domain_) == domain_;
}

bool DmarcJudge::has_said_above_notice(std::size_t since) const {
    return std::any_of(findings_.begin() + static_cast<std::ptrdiff_t>(since), findings_.end(),
                       [](const Finding& one) { return one.severity > Severity::notice; });
}

void DmarcJudge::speak() {
    if (!dmarc_.own || dmarc_.own->status == dns::Status::bogus) return; // judge_dnssec speaks of that
    if (dmarc_.own->temporary()) return unanswered(name_);
    const Texts own = sort_texts(dmarc_.own);
    if (own.records.size() > 1) return multiple(name_, own.records);
    if (own.records.empty() && !own.meant.empty()) return syntax(name_, own.meant.front(), Severity::error);
    if (dmarc_.tree.temporary_error) return unanswered(dmarc_.tree.error_name);
    if (!own.records.empty() && !is_own()) return too_long(own.records.front());
    if (dmarc_.tree.record) return judge_record(own);
    if (is_told_of_parents()) return;
    if (dmarc_.psl.record) return views();
    absent(own.others);
}

/// There is a record in force, be it the domain's own or one above it.
void DmarcJudge::judge_record(const Texts& own) {
    const std::size_t before = findings_.size();
    better_ = record().text;
    stray(own.meant);
    misplaced_beside();
    // Where the policy is lost, the record is broken; what else is wrong falls back to a default (RFC 9989 4.8, 4.10.1).
    const bool lost = dmarc_.tree.unusable || record().policy_defaulted;
    if (lost || (is_own() && find_dmarc_mistake(record().text))) {
        syntax(holder_name(), record().text, lost ? Severity::error : Severity::warning);
        amend(corrected_dmarc(better_));
    }
    if (!lost) {
        strength();
        subdomains();
        weaker_below();
        views();
        alignment();
    }
    if (!lost || !record().rua.empty()) reports(); // where the record cannot be read, rua= may stand in what is lost
    habits();
    finish();
    if (!has_said_above_notice(before)) well();
}

void DmarcJudge::unanswered(const std::string& name) {
    add("dns.unanswered", Severity::error, name,
        say("The name servers gave no answer for {type} {name}", {{"type", "TXT"}, {"name", name}}),
        say("Receivers that get no answer apply no policy: forged mail gets through meanwhile."),
        say("See that every name server of the zone of {name} runs and answers from outside.", {{"name", name}}))
        .actor = Actor::dns_host;
}

void DmarcJudge::multiple(const std::string& name, const std::vector<std::string>& records) {
    Finding& finding = add(
        "dmarc.multiple", Severity::error, name,
        say("There is more than one DMARC record at {name}: {count}", {{"name", name}, {"count", records.size()}}),
        say("Receivers must ignore all of them then (RFC 9989 4.10): the domain is unprotected and gets no reports."),
        say("Keep one of them and delete the others."));
    for (const std::string& text : records) {
        if (finding.details.size() == most_texts_shown) break;
        finding.details.push_back(say("{record}", {{"record", text}}));
        finding.remove.push_back(dns::txt_record(name, text));
    }
    // The first one without a mistake, if there is such a one.
    const auto good = std::ranges::find_if(records, [](const std::string& text) { return !find_dmarc_mistake(text); });
    finding.records.push_back(dns::txt_record(name, good != records.end() ? *good : corrected_dmarc(records.front())));
    std::erase(finding.remove, finding.records.front());
}

void DmarcJudge::syntax(const std::string& name, const std::string& text, Severity severity) {
    const auto mistake = find_dmarc_mistake(text);
    Finding& finding =
        add("dmarc.syntax", severity, name,
            mistake ? say("The DMARC record at {name} is wrong: {what}", {{"name", name}, {"what", mistake->what}})
                    : say("The DMARC record at {name} cannot be used", {{"name", name}}),
            severity == Severity::error
                ? say("Receivers cannot read the policy: it counts as none, or as if there were no record.")
                : say("Receivers ignore what they cannot read, and act as if the tag were not there."),
            say("Publish the corrected record in place of the present one."));
    if (mistake)
        finding.details.push_back(
            say("at character {position} of {record}", {{"position", mistake->position + 1}, {"record", text}}));
    finding.records.push_back(dns::txt_record(name, corrected_dmarc(text)));
    finding.remove.push_back(dns::txt_record(name, text));
}

void DmarcJudge::too_long(const std::string& text) {
    const auto most = all_.subject.limits.dmarc_record_bytes;
    Finding& finding =
        add("dmarc.syntax", Severity::error, name_,
            say("The DMARC record at {name} is too long: {count} bytes", {{"name", name_}, {"count", text.size()}}),
            say("Receivers do not read records of that size: the domain has no policy for them."),
            say("Make it shorter; this program reads up to {most} bytes.", {{"most", most}}));
    std::string shorter = corrected_dmarc(text);
    if (shorter.size() > most) shorter = with_dmarc_tag(with_dmarc_tag(shorter, "rua", ""), "ruf", "");
    finding.records.push_back(dns::txt_record(name_, std::move(shorter)));
}

/// Texts beside the one good record that look like another one.
void DmarcJudge::stray(const std::vector<std::string>& meant) {
    if (meant.empty()) return;
    Finding& finding =
        add("dmarc.syntax", Severity::warning, name_,
            say("Beside the DMARC record at {name} stands another text that looks like one", {{"name", name_}}),
            say("Receivers should ignore it; some see two records, and then they use none."), say("Delete it."));
    for (const std::string& text : meant) {
        if (finding.details.size() == most_texts_shown) break;
        finding.details.push_back(say("{record}", {{"record", text}}));
        finding.remove.push_back(dns::txt_record(name_, text));
    }
}

/// No policy applies since the record of a name above is broken.
bool DmarcJudge::is_told_of_parents() {
    for (const dmarc::Visit& visit : dmarc_.tree.visited) {
        if (visit.name == domain_ || dns::label_count(visit.name) < 2) continue;
        const Texts texts = sort_texts(visit.answer);
        if (texts.records.size() > 1) {
            multiple("_dmarc." + visit.name, texts.records);
            return true;
        }
        if (texts.records.empty() && !texts.meant.empty()) {
            syntax("_dmarc." + visit.name, texts.meant.front(), Severity::error);
            return true;
        }
    }
    return false;
}

void DmarcJudge::absent(const std::vector<std::string>& others) {
    if (!dmarc_.misplaced.empty()) return moved();
    if (!dmarc_.dead_alias.empty()) return dead_alias();
    if (parked_) return; // the parked set says what lacks
    Finding& finding =
        add("dmarc.none", Severity::error, domain_, say("No DMARC policy applies to {domain}", {{"domain", domain_}}),
            say("Anybody can put the domain into the From of a mail; Gmail, Yahoo and Outlook.com ask senders of much "
                "mail for a DMARC record (550-5.7.40, 550 5.7.515), and you get no reports of who sends in your name."),
            say("Begin with a policy that only asks for reports, and tighten it when they show that all your mail is "
                "authenticated."));
    finding.records.push_back(dns::txt_record(name_, "v=DMARC1; p=none; rua=mailto:dmarc-reports@" + domain_));
    for (const std::string& text : others) {
        if (finding.details.size() == most_texts_shown) break;
        finding.details.push_back(say("{name} holds another text: {text}",
                                      {{"name", name_}, {"text", escape::shortened(text, most_quoted_bytes)}}));
    }
}

/// A TXT record cannot stand beside an alias (RFC 1034 3.6.2).
void DmarcJudge::dead_alias() {
    Finding& finding =
        add("dmarc.none", Severity::error, domain_,
            say("The alias {name} leads to {target}, where there is no DMARC record",
                {{"name", name_}, {"target", dmarc_.dead_alias}}),
            say("For receivers the domain has no policy: anybody can put it into the From of a mail."),
            say("Have the service that {target} belongs to publish the record, or delete the alias and publish one of "
                "your own.",
                {{"target", dmarc_.dead_alias}}));
    finding.records.push_back(dns::txt_record(name_, "v=DMARC1; p=none; rua=mailto:dmarc-reports@" + domain_));
    finding.remove.push_back({.name = name_, .type = dns::Type::cname, .value = dmarc_.dead_alias});
}

/// There is no policy, but a record in a place where nobody looks.
void DmarcJudge::moved() {
    for (const auto& [place, text] : dmarc_.misplaced) {
        Finding& finding =
            add("dmarc.wrong_place", Severity::error, place,
                say("A DMARC record stands at {place}, where no receiver looks", {{"place", place}}),
                say("Receivers ask for it at {name} only: for them the domain has no policy.", {{"name", name_}}),
                say("Move it to {name}. Panels often add the domain by themselves; then only {short} must be typed.",
                    {{"name", name_}, {"short", "_dmarc"}}));
        const bool good = dmarc::is_record(text) && !find_dmarc_mistake(text);
        finding.records.push_back(dns::txt_record(name_, good ? text : corrected_dmarc(text)));
        finding.remove.push_back(dns::txt_record(place, text));
    }
}

void DmarcJudge::misplaced_beside() {
    for (const auto& [place, text] : dmarc_.misplaced) {
        Finding& finding =
            add("dmarc.wrong_place", Severity::warning, place,
                say("A DMARC record stands at {place}, where it has no effect", {{"place", place}}),
                say("The record in force is that at {name}; who reads the zone may take the other one for it.",
                    {{"name", holder_name()}}),
                say("Delete it, once the record at {name} says what it should.", {{"name", holder_name()}}));
        finding.remove.push_back(dns::txt_record(place, text));
        finding.details.push_back(say("{record}", {{"record", text}}));
    }
}

void judge_dmarc(const Survey& all, std::vector<Finding>& findings) { DmarcJudge(all, findings).speak(); }

} // namespace bonafide::doctor
