#include "base/ascii.hpp"
#include "dmarc/walk.hpp"
#include "dns/name.hpp"
#include "doctor/dmarc.hpp"
#include "doctor/dmarc_text.hpp"
#include "doctor/tags.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::doctor {
namespace {

using dmarc::Policy;
using text::say;
using text::Text;

class Judge {
  public:
    Judge(const Survey& all, std::vector<Finding>& findings)
        : all_(all), dmarc_(all.dmarc), domain_(all.subject.domain), name_("_dmarc." + domain_), findings_(findings) {}

    void speak() {
        if (!dmarc_.own || dmarc_.own->status == dns::Status::bogus) return;
        if (dmarc_.own->temporary()) return unanswered(name_);
        if (dmarc_.tree.temporary_error) return unanswered("_dmarc." + dmarc_.tree.error_name);
        const std::size_t before = findings_.size();
        if (all_.parked()) return; // the parked set says what lacks
        std::vector<std::string> records, meant;
        for (const std::string& text : dmarc_.own->txt)
            if (dmarc::is_record(text))
                records.push_back(text);
            else if (is_meant_as_dmarc(text))
                meant.push_back(text);
        if (records.size() > 1) return multiple(records);
        if (records.empty() && !meant.empty()) return syntax(meant.front(), Severity::error);
        if (!dmarc_.tree.record) return records.empty() ? absent() : syntax(records.front(), Severity::error);
        misplaced_beside();
        own_ = !records.empty();
        if (own_)
            if (find_dmarc_mistake(records.front())) {
                // Where the policy is lost, the record is broken; what else is wrong falls back to a default (RFC 9989 4.8).
                const LooseTag* const policy = find_tag(read_loose_tags_kept(records.front()), "p");
                const bool lost = policy == nullptr || !dmarc::parse_policy(policy->value);
                syntax(records.front(),
                       lost || dmarc_.tree.record->policy_defaulted ? Severity::error : Severity::warning);
                if (lost) return;
            }
        strength();
        subdomains();
        reports();
        habits();
        views();
        alignment();
        if (std::none_of(findings_.begin() + static_cast<std::ptrdiff_t>(before), findings_.end(),
                         [](const Finding& one) { return one.severity > Severity::notice; }))
            well();
    }

  private:
    Finding& add(std::string_view id, Severity severity, std::string subject, Text title, Text why, Text fix) {
        return findings_.emplace_back(Finding{.id = id,
                                              .severity = severity,
                                              .subject = std::move(subject),
                                              .title = std::move(title),
                                              .why = std::move(why),
                                              .fix = std::move(fix)});
    }
    void publish(Finding& finding, std::string text) const {
        finding.records.push_back(
            dns::txt_record("_dmarc." + (own_ ? domain_ : dmarc_.tree.policy_domain), std::move(text)));
    }
    [[nodiscard]] const dmarc::Record& record() const { return *dmarc_.tree.record; }
    const std::vector<LooseTag>& read_loose_tags_kept(std::string_view text) {
        tags_ = read_loose_tags(text);
        return tags_;
    }
    /// What applies to this very name.
    [[nodiscard]] Policy in_effect() const {
        if (own_ || dmarc_.tree.policy_domain == domain_) return record().p;
        if (dmarc_.tree.author_exists == std::optional(false) && record().np) return *record().np;
        return record().sp.value_or(record().p);
    }

    void unanswered(const std::string& name) {
        add("dns.unanswered", Severity::error, name,
            say("The name servers gave no answer for {type} {name}", {{"type", "TXT"}, {"name", name}}),
            say("Receivers that get no answer apply no policy: forged mail gets through meanwhile."),
            say("See that every name server of the zone of {name} runs and answers from outside.", {{"name", name}}))
            .actor = Actor::dns_host;
    }
    void multiple(const std::vector<std::string>& records);
    void syntax(const std::string& text, Severity severity);
    void absent();
    void misplaced_beside();
    void strength();
    void subdomains();
    void reports();
    void report_address(const DmarcDestination& destination);
    void habits();
    void views();
    void alignment();
    void well();

    const Survey& all_;
    const DmarcSurvey& dmarc_;
    const std::string& domain_;
    std::string name_;
    std::vector<Finding>& findings_;
    bool own_ = false; ///< the record in force stands at the domain itself
    std::vector<LooseTag> tags_;
};

void Judge::multiple(const std::vector<std::string>& records) {
    Finding& finding = add(
        "dmarc.multiple", Severity::error, name_,
        say("There is more than one DMARC record at {name}: {count}", {{"name", name_}, {"count", records.size()}}),
        say("Receivers must ignore all of them then (RFC 9989 4.10): the domain is unprotected and gets no reports."),
        say("Keep one of them and delete the others."));
    for (const std::string& text : records) {
        finding.details.push_back(say("{record}", {{"record", text}}));
        finding.remove.push_back(dns::txt_record(name_, text));
    }
    finding.records.push_back(dns::txt_record(name_, records.front()));
}

void Judge::syntax(const std::string& text, Severity severity) {
    const auto mistake = find_dmarc_mistake(text);
    Finding& finding =
        add("dmarc.syntax", severity, name_,
            mistake ? say("The DMARC record at {name} is wrong: {what}", {{"name", name_}, {"what", mistake->what}})
                    : say("The DMARC record at {name} cannot be used", {{"name", name_}}),
            severity == Severity::error
                ? say("Receivers cannot read the policy: it counts as none, or as if there were no record.")
                : say("Receivers ignore what they cannot read, and act as if the tag were not there."),
            say("Publish the corrected record."));
    if (mistake)
        finding.details.push_back(
            say("at character {position} of {record}", {{"position", mistake->position + 1}, {"record", text}}));
    finding.records.push_back(dns::txt_record(name_, corrected_dmarc(text)));
    finding.remove.push_back(dns::txt_record(name_, text));
}

void Judge::absent() {
    for (const auto& [place, text] : dmarc_.misplaced) {
        Finding& finding =
            add("dmarc.wrong_place", Severity::error, place,
                say("A DMARC record stands at {place}, where no receiver looks", {{"place", place}}),
                say("Receivers ask for it at {name} only: for them the domain has no policy.", {{"name", name_}}),
                say("Move it to {name}. Panels often add the domain by themselves; then only {short} must be typed.",
                    {{"name", name_}, {"short", "_dmarc"}}));
        finding.records.push_back(dns::txt_record(name_, dmarc::is_record(text) ? text : corrected_dmarc(text)));
        finding.remove.push_back(dns::txt_record(place, text));
    }
    if (!dmarc_.misplaced.empty()) return;
    Finding& finding =
        add("dmarc.none", Severity::error, domain_, say("No DMARC policy applies to {domain}", {{"domain", domain_}}),
            say("Anybody can put the domain into the From of a mail; Gmail, Yahoo and Outlook.com ask bulk senders for "
                "a DMARC record (550-5.7.40, 550 5.7.515), and you get no reports of who sends in your name."),
            say("Begin with a policy that only asks for reports, and tighten it when they show that all your mail is "
                "authenticated."));
    finding.records.push_back(dns::txt_record(name_, "v=DMARC1; p=none; rua=mailto:dmarc-reports@" + domain_));
}

void Judge::misplaced_beside() {
    for (const auto& [place, text] : dmarc_.misplaced) {
        Finding& finding = add("dmarc.wrong_place", Severity::warning, place,
                               say("A DMARC record stands at {place}, where it has no effect", {{"place", place}}),
                               say("Who reads the zone may take it for the one in force."), say("Delete it."));
        finding.remove.push_back(dns::txt_record(place, text));
    }
}

void Judge::strength() {
    const std::vector<LooseTag> tags = read_loose_tags(record().text);
    const LooseTag* const share = find_tag(tags, "pct");
    const auto percent = share == nullptr ? std::nullopt : ascii::parse_decimal(share->value);
    const std::string& holder = dmarc_.tree.policy_domain;
    if (in_effect() == Policy::none) {
        Finding& finding =
            add("dmarc.weak", Severity::warning, domain_,
                say("The DMARC policy in effect for {domain} is none", {{"domain", domain_}}),
                say("Forged mail is reported, not refused; mail in your name reaches people."),
                say("When the reports show that all your mail passes, go on to quarantine, then to reject."));
        if (own_) publish(finding, with_dmarc_tag(record().text, "p", "quarantine"));
    } else if (record().testing) {
        Finding& finding =
            add("dmarc.weak", Severity::warning, domain_,
                say("The DMARC record at {holder} is in test mode by {tag}",
                    {{"holder", "_dmarc." + holder}, {"tag", "t=y"}}),
                say("Receivers that follow RFC 9989 apply the next weaker policy."),
                say("Take {tag} out when the reports show that all your mail passes.", {{"tag", "t=y"}}));
        if (own_) publish(finding, with_dmarc_tag(record().text, "t", ""));
    } else if (percent && *percent < 100) {
        Finding& finding =
            add("dmarc.weak", Severity::warning, domain_,
                say("The DMARC record holds for part of the mail only: {tag}", {{"tag", "pct=" + share->value}}),
                say("Receivers of before RFC 9989 spare the rest of the forged mail; those that follow it ignore the "
                    "tag and apply the policy to all mail."),
                say("Take {tag} out, or write {testing} to say that you are still testing.",
                    {{"tag", "pct"}, {"testing", "t=y"}}));
        if (own_) publish(finding, with_dmarc_tag(record().text, "pct", ""));
    }
}

void Judge::subdomains() {
    if (!own_) return;
    const auto weaker = [&](const std::optional<Policy>& policy) { return policy && *policy < record().p; };
    for (const auto& [tag, policy] : {std::pair{"sp", record().sp}, std::pair{"np", record().np}}) {
        if (!weaker(policy)) continue;
        Finding& finding = add("dmarc.subdomain_gap", Severity::warning, domain_,
                               say("{tag} of the DMARC record is weaker than {p}",
                                   {{"tag", fmt::format("{}={}", tag, dmarc::to_text(*policy))},
                                    {"p", fmt::format("p={}", dmarc::to_text(record().p))}}),
                               say("Forgers use a subdomain then, an invented one will do."),
                               say("Take {tag} out, so that the same policy holds below the domain.", {{"tag", tag}}));
        publish(finding, with_dmarc_tag(record().text, tag, ""));
    }
}

void Judge::report_address(const DmarcDestination& destination) {
    const std::string asked = destination.found.asked.empty()
                                  ? fmt::format("{}._report._dmarc.{}", dmarc_.tree.policy_domain, destination.host)
                                  : destination.found.asked;
    switch (destination.found.consent) {
    case dmarc::Consent::missing:
    case dmarc::Consent::elsewhere: {
        Finding& finding =
            add("dmarc.external_unverified", Severity::error, destination.host,
                say("{host} has not agreed to take DMARC reports about {domain}",
                    {{"host", destination.host}, {"domain", dmarc_.tree.policy_domain}}),
                say("Report senders then send nothing there (RFC 9990 4): you learn nothing about your mail."),
                say("Have the operator of {host} publish this record, or use an address within your own organization.",
                    {{"host", destination.host}}));
        finding.records.push_back(dns::txt_record(asked, "v=DMARC1"));
        finding.actor = Actor::report_host;
        return;
    }
    case dmarc::Consent::unknown:
        add("dns.unanswered", Severity::warning, asked,
            say("The name servers gave no answer for {type} {name}", {{"type", "TXT"}, {"name", asked}}),
            say("Report senders that get no answer send nothing."),
            say("Have the operator of {host} look after the name servers.", {{"host", destination.host}}))
            .actor = Actor::report_host;
        return;
    case dmarc::Consent::same_organization:
    case dmarc::Consent::given: break;
    }
    if (dns::is_void(destination.mail) &&
        destination.host != domain_) // what is wrong with its own MX is said elsewhere
        add("dmarc.report_address", Severity::warning, destination.host,
            say("{host}, where DMARC reports go, takes no mail", {{"host", destination.host}}),
            say("The reports are lost."),
            say("Correct the address in {tag}, or give the host an MX record.", {{"tag", destination.tag}}));
}

void Judge::reports() {
    if (record().rua.empty()) {
        Finding& finding =
            add("dmarc.no_reports", Severity::notice, domain_, say("The DMARC record asks for no aggregate reports"),
                say("You do not learn who sends in your name, nor which of your own mail fails."),
                say("Add {tag} with a mailbox of its own; there is a report a day from each large receiver.",
                    {{"tag", "rua"}}));
        if (own_) publish(finding, with_dmarc_tag(record().text, "rua", "mailto:dmarc-reports@" + domain_));
    }
    std::vector<std::string> told;
    for (const DmarcDestination& destination : dmarc_.destinations) {
        if (destination.host.empty() || std::ranges::find(told, destination.host) != told.end()) continue;
        told.push_back(destination.host);
        report_address(destination);
    }
}

void Judge::habits() {
    if (!own_) return;
    const std::vector<LooseTag> tags = read_loose_tags(record().text);
    std::string text = record().text;
    std::string old;
    for (const std::string_view tag : {"pct", "rf", "ri"})
        if (const LooseTag* const found = find_tag(tags, tag); found != nullptr) {
            old += fmt::format("{}{}={}", old.empty() ? "" : " ", tag, found->value);
            text = with_dmarc_tag(text, tag, "");
        }
    const auto sized = [](const LooseTag& tag) {
        return (tag.name == "rua" || tag.name == "ruf") && tag.value.contains('!');
    };
    if (!old.empty() || std::ranges::any_of(tags, sized)) {
        if (old.empty()) old = "!";
        Finding& finding = add("dmarc.legacy_tags", Severity::notice, name_,
                               say("The DMARC record holds what RFC 9989 has taken out: {tags}", {{"tags", old}}),
                               say("Receivers ignore it today, or soon."),
                               say("Take it out; to be still testing is said by {testing}.", {{"testing", "t=y"}}));
        finding.records.push_back(dns::txt_record(name_, text));
    }
    for (const std::string& tag : unknown_dmarc_tags(record().text))
        add("dmarc.unknown_tag", Severity::notice, name_,
            say("The DMARC record holds an unknown tag: {tag}", {{"tag", tag}}),
            say("Receivers ignore it; it may be misspelt."), say("Take it out, or correct it."));
}

void Judge::views() {
    if (dmarc_.psl.temporary_error || dmarc_.tree.temporary_error) return;
    const auto policy_of = [&](const dmarc::Discovered& found) -> std::string {
        if (!found.record) return "";
        if (found.policy_domain == domain_) return std::string(dmarc::to_text(found.record->p));
        return std::string(dmarc::to_text(found.record->sp.value_or(found.record->p)));
    };
    const std::string tree = policy_of(dmarc_.tree), psl = policy_of(dmarc_.psl);
    if (tree == psl) return;
    Finding& finding = add("dmarc.discovery_differs", Severity::warning, domain_,
                           say("Receivers disagree about the DMARC policy of {domain}", {{"domain", domain_}}),
                           say("Those that follow RFC 9989 walk up the name, older ones use the public suffix list, "
                               "and they find different records."),
                           say("Publish a record at {name} itself.", {{"name", name_}}));
    finding.details.push_back(say("by tree walk: {policy} of {holder}",
                                  {{"policy", tree.empty() ? "-" : tree},
                                   {"holder", dmarc_.tree.policy_domain.empty() ? "-" : dmarc_.tree.policy_domain}}));
    finding.details.push_back(say("by public suffix list: {policy} of {holder}",
                                  {{"policy", psl.empty() ? "-" : psl},
                                   {"holder", dmarc_.psl.policy_domain.empty() ? "-" : dmarc_.psl.policy_domain}}));
    finding.records.push_back(dns::txt_record(name_, "v=DMARC1; p=" + (tree.empty() ? psl : tree)));
}

void Judge::alignment() {
    const bool strict_spf = record().aspf == dmarc::Alignment::strict,
               strict_dkim = record().adkim == dmarc::Alignment::strict;
    const auto organization = [&](const std::string& name) {
        return all_.subject.suffixes ? all_.subject.suffixes->organizational(name) : name;
    };
    const auto aligned = [&](const std::string& name, bool strict) {
        if (name.empty()) return false;
        return strict ? name == domain_ : organization(name) == organization(domain_);
    };
    for (const SendingSource& source : all_.subject.sources) {
        if (aligned(source.mail_from, strict_spf) || aligned(source.dkim_domain, strict_dkim)) continue;
        const bool relaxed_helps = aligned(source.mail_from, false) || aligned(source.dkim_domain, false);
        Finding& finding = add(
            "dmarc.strict_breaks", relaxed_helps ? Severity::warning : Severity::error, source.name,
            relaxed_helps
                ? say("Mail from {source} fails DMARC by the strict alignment that the record asks for",
                      {{"source", source.name}})
                : say("Mail from {source} fails DMARC: neither its return path nor its signature belongs to {domain}",
                      {{"source", source.name}, {"domain", domain_}}),
            say("Its MAIL FROM domain is {mail_from}, its DKIM domain {dkim}; at least one has to match {domain}.",
                {{"mail_from", source.mail_from.empty() ? "-" : source.mail_from},
                 {"dkim", source.dkim_domain.empty() ? "-" : source.dkim_domain},
                 {"domain", domain_}}),
            relaxed_helps
                ? say("Take {tags} out, or have the service sign with {domain} itself.",
                      {{"tags", fmt::format("{}{}{}", strict_dkim ? "adkim=s" : "",
                                            strict_dkim && strict_spf ? " " : "", strict_spf ? "aspf=s" : "")},
                       {"domain", domain_}})
                : say("Set up DKIM with {domain} at the service.", {{"domain", domain_}}));
        if (relaxed_helps && own_)
            publish(finding, with_dmarc_tag(with_dmarc_tag(record().text, "adkim", ""), "aspf", ""));
    }
}

void Judge::well() {
    Finding& finding =
        add("dmarc.ok", Severity::ok, domain_,
            say("The DMARC policy in effect for {domain} is {policy}, by the record of {holder}",
                {{"domain", domain_}, {"policy", dmarc::to_text(in_effect())}, {"holder", dmarc_.tree.policy_domain}}),
            {}, {});
    finding.actor = Actor::nobody;
    finding.details.push_back(say("{record}", {{"record", record().text}}));
    for (const DmarcDestination& destination : dmarc_.destinations)
        finding.details.push_back(say("{tag}: {uri}", {{"tag", destination.tag}, {"uri", destination.uri}}));
}

} // namespace

void judge_dmarc(const Survey& all, std::vector<Finding>& findings) { Judge(all, findings).speak(); }

} // namespace bonafide::doctor
