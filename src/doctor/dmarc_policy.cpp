// What the DMARC record in force says, and for whom it says something else.
#include "base/ascii.hpp"
#include "doctor/dmarc_judge.hpp"
#include "doctor/dmarc_text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::doctor {

using dmarc::Policy;
using text::say;
using text::Text;

namespace {

std::string listed(const std::vector<std::string>& words) {
    std::string list;
    for (const std::string& word : words) {
        if (list.size() > most_quoted_bytes) return list + " ...";
        list += (list.empty() ? "" : " ") + word;
    }
    return list;
}

/// For a name below: the policy that it has anyway, as a record of its own.
std::string own_record(const dmarc::Record& above, Policy policy) {
    std::string text = with_dmarc_tag(above.text, "p", dmarc::to_text(policy));
    for (const std::string_view tag : {"sp", "np", "psd"}) text = with_dmarc_tag(text, tag, "");
    return without_legacy_dmarc(text);
}

} // namespace

std::string tightened_dmarc(std::string_view text, const dmarc::Record& record, std::string_view tag) {
    std::string next = with_dmarc_tag(without_legacy_dmarc(text), tag, "quarantine");
    next = with_dmarc_tag(next, "t", "");
    if (tag != "p") return next;
    if (record.sp == Policy::none) next = with_dmarc_tag(next, "sp", "");
    if (record.np == Policy::none) next = with_dmarc_tag(next, "np", "");
    return next;
}

void DmarcJudge::strength() {
    const auto effect = dmarc_effect(dmarc_.tree);
    if (!effect || parked_) return; // the parked set asks for reject
    if (effect->policy == Policy::none) {
        add("dmarc.weak", Severity::warning, domain_,
            say("The DMARC policy in effect for {domain} is none", {{"domain", domain_}}),
            say("Forged mail is reported, not refused; mail in your name reaches people."),
            say("When the reports show that all your mail passes, go on to quarantine, then to reject."));
        findings_.back().details.push_back(
            say("{tag} of the record at {name} decides: {record}",
                {{"tag", effect->tag}, {"name", holder_name()}, {"record", record().text}}));
        amend_later(effect->tag);
    } else if (effect->testing) {
        add("dmarc.weak", Severity::warning, domain_,
            say("The DMARC record at {holder} is in test mode by {tag}", {{"holder", holder_name()}, {"tag", "t=y"}}),
            say("Receivers that follow RFC 9989 apply the next weaker policy."),
            say("Take {tag} out when the reports show that all your mail passes.", {{"tag", "t=y"}}));
        amend(with_dmarc_tag(better_, "t", ""));
    } else if (!effect->is_full()) {
        add("dmarc.weak", Severity::warning, domain_,
            say("The DMARC record holds for part of the mail only: {tag}",
                {{"tag", fmt::format("pct={}", *effect->percent)}}),
            say("Receivers of before RFC 9989 spare the rest of the forged mail; those that follow it ignore the "
                "tag and apply the policy to all mail."),
            say("Take {tag} out, or write {testing} to say that you are still testing.",
                {{"tag", "pct"}, {"testing", "t=y"}}));
        amend(with_dmarc_tag(better_, "pct", ""));
    }
}

void DmarcJudge::subdomains() {
    if (!is_own() || !is_organization()) return; // elsewhere sp and np have no effect
    std::vector<std::string> weaker;
    std::string text = better_;
    bool any_none = false;
    for (const auto& [tag, policy] : {std::pair{"sp", record().sp}, std::pair{"np", record().np}}) {
        if (!policy || *policy >= record().p) continue;
        weaker.push_back(fmt::format("{}={}", tag, dmarc::to_text(*policy)));
        any_none = any_none || *policy == Policy::none;
        text = with_dmarc_tag(text, tag, "");
    }
    if (weaker.empty()) return;
    const std::string tags = listed(weaker), policy = fmt::format("p={}", dmarc::to_text(record().p));
    const Policy of_invented = record().np.value_or(record().sp.value_or(record().p));
    add("dmarc.subdomain_gap", any_none ? Severity::warning : Severity::notice, domain_,
        say("Below {domain} a weaker DMARC policy holds: {tags} beside {p}",
            {{"domain", domain_}, {"tags", tags}, {"p", policy}}),
        of_invented < record().p ? say("Forgers use a subdomain then, an invented one will do.")
                                 : say("Forgers use a subdomain then that there is."),
        say("Take {tags} out, so that the same policy holds below the domain.", {{"tags", tags}}));
    amend(std::move(text));
}

/// Subdomains whose own record asks for nothing, where the domain's asks for more.
void DmarcJudge::weaker_below() {
    if (!is_own() || record().p == Policy::none) return;
    for (const auto& [name, text] : dmarc_.below) {
        const auto below = dmarc::parse_record(text);
        if (!below || below->p != Policy::none) continue;
        add("dmarc.subdomain_gap", Severity::warning, name,
            say("{name} has a DMARC record of its own with a weaker policy: {p}", {{"name", name}, {"p", "p=none"}}),
            say("Forged mail in the name of {name} reaches people, though {domain} is protected.",
                {{"name", name}, {"domain", domain_}}),
            say("When the reports show that all mail of {name} passes, publish the stricter record there, or delete it "
                "so that the one of {domain} applies.",
                {{"name", name}, {"domain", domain_}}));
        findings_.back().records.push_back(dns::txt_record("_dmarc." + name, tightened_dmarc(text, *below, "p")));
        findings_.back().remove.push_back(dns::txt_record("_dmarc." + name, text));
    }
}

void DmarcJudge::habits() {
    if (!is_own()) return;
    if (const auto old = legacy_dmarc(record().text); !old.empty()) {
        add("dmarc.legacy_tags", Severity::notice, name_,
            say("The DMARC record holds what RFC 9989 has taken out: {tags}", {{"tags", listed(old)}}),
            say("Receivers that follow RFC 9989 ignore it (C.4, C.5.2)."),
            say("Take it out; to be still testing is said by {testing}.", {{"testing", "t=y"}}));
        amend(without_legacy_dmarc(better_));
    }
    if (const auto unknown = unknown_dmarc_tags(record().text); !unknown.empty()) {
        add("dmarc.unknown_tag", Severity::notice, name_,
            say("The DMARC record holds unknown tags: {tags}", {{"tags", listed(unknown)}}),
            say("Receivers ignore them; they may be misspelt."), say("Take them out, or correct them."));
        std::string text = better_;
        for (const std::string& tag : unknown) text = with_dmarc_tag(text, tag, "");
        amend(std::move(text));
    }
    const bool suffix = all_.subject.suffixes && all_.subject.suffixes->is_public_suffix(domain_);
    if (record().psd == dmarc::Psd::yes && !suffix) {
        add("dmarc.psd", Severity::notice, name_,
            say("The DMARC record says by {tag} that other organizations have their domains below {domain}",
                {{"tag", "psd=y"}, {"domain", domain_}}),
            say("Receivers that follow RFC 9989 take each subdomain for an organization of its own: its mail is "
                "not aligned with {domain}.",
                {{"domain", domain_}}),
            say("Take {tag} out, unless the domain is a registry.", {{"tag", "psd=y"}}));
        amend(with_dmarc_tag(better_, "psd", ""));
    }
}

void DmarcJudge::views() {
    if (dmarc_.psl.temporary_error || dmarc_.tree.temporary_error) return;
    const auto tree = dmarc_effect(dmarc_.tree), psl = dmarc_effect(dmarc_.psl);
    if (!tree && !psl) return;
    if (tree && psl && (tree->policy == psl->policy || tree->holder == psl->holder)) return;
    Finding& finding =
        add("dmarc.discovery_differs", Severity::warning, domain_,
            say("Receivers disagree about the DMARC policy of {domain}", {{"domain", domain_}}),
            say("Those that follow RFC 9989 walk up the name, older ones use the public suffix list, and they find "
                "different records."),
            say("Publish a record at {name} itself.", {{"name", name_}}));
    const auto view = [](const std::optional<DmarcEffect>& effect) {
        if (!effect) return say("no policy");
        return say(
            "{policy}, by the tag {tag} of the record at {holder}",
            {{"policy", dmarc::to_text(effect->policy)}, {"tag", effect->tag}, {"holder", "_dmarc." + effect->holder}});
    };
    finding.details.push_back(say("by tree walk: {policy}", {{"policy", view(tree)}}));
    finding.details.push_back(say("by public suffix list: {policy}", {{"policy", view(psl)}}));
    const dmarc::Record& above = tree ? *dmarc_.tree.record : *dmarc_.psl.record;
    const Policy stricter = std::max(tree ? tree->policy : Policy::none, psl ? psl->policy : Policy::none);
    finding.records.push_back(dns::txt_record(name_, own_record(above, stricter)));
}

void DmarcJudge::alignment() {
    const bool strict_spf = record().aspf == dmarc::Alignment::strict,
               strict_dkim = record().adkim == dmarc::Alignment::strict;
    const auto aligned = [&](const std::string& name, bool strict) {
        if (name.empty()) return false;
        return strict ? name == domain_ : organization_of(name) == organization_of(domain_);
    };
    for (const SendingSource& source : all_.subject.sources) {
        if (aligned(source.mail_from, strict_spf) || aligned(source.dkim_domain, strict_dkim)) continue;
        const bool spf_helps = aligned(source.mail_from, false), dkim_helps = aligned(source.dkim_domain, false);
        const bool relaxed_helps = spf_helps || dkim_helps;
        std::vector<std::string> strict;
        std::string text = better_;
        for (const auto& [helps, tag] : {std::pair{dkim_helps, "adkim"}, std::pair{spf_helps, "aspf"}}) {
            if (!helps) continue;
            strict.push_back(fmt::format("{}=s", tag));
            text = with_dmarc_tag(text, tag, "");
        }
        add("dmarc.strict_breaks", relaxed_helps ? Severity::warning : Severity::error, source.name,
            relaxed_helps
                ? say("Mail from {source} fails DMARC by the strict alignment that the record asks for",
                      {{"source", source.name}})
                : say("Mail from {source} fails DMARC: neither its return path nor its signature belongs to {domain}",
                      {{"source", source.name}, {"domain", domain_}}),
            say("Its MAIL FROM domain is {mail_from}, its DKIM domain {dkim}; at least one has to match {domain}.",
                {{"mail_from", source.mail_from.empty() ? "-" : source.mail_from},
                 {"dkim", source.dkim_domain.empty() ? "-" : source.dkim_domain},
                 {"domain", domain_}}),
            relaxed_helps ? say("Take {tags} out, or have the service sign with {domain} itself.",
                                {{"tags", listed(strict)}, {"domain", domain_}})
                          : say("Set up DKIM with {domain} at the service.", {{"domain", domain_}}));
        if (relaxed_helps) amend(std::move(text));
    }
}

void DmarcJudge::well() {
    const auto effect = dmarc_effect(dmarc_.tree);
    if (!effect || parked_) return; // parked.ok says it
    Finding& finding =
        add("dmarc.ok", Severity::ok, domain_,
            say("The DMARC policy in effect for {domain} is {policy}, by the record of {holder}",
                {{"domain", domain_}, {"policy", dmarc::to_text(effect->policy)}, {"holder", effect->holder}}),
            {}, {});
    finding.actor = Actor::nobody;
    std::vector<Text>& details = finding.details;
    details.push_back(say("{record}", {{"record", record().text}}));
    if (!is_own())
        details.push_back(say("{domain} has no record of its own; the tag {tag} of the record at {name} applies to it",
                              {{"domain", domain_}, {"tag", effect->tag}, {"name", holder_name()}}));
    details.push_back(dmarc_.psl.temporary_error
                          ? say("by tree walk and by public suffix list: not compared, since {name} gave no answer",
                                {{"name", dmarc_.psl.error_name}})
                          : say("by tree walk and by public suffix list: the same policy"));
    for (const auto& [what, tag, alignment] :
         {std::tuple{"DKIM", "adkim", record().adkim}, {"SPF", "aspf", record().aspf}})
        details.push_back(
            alignment == dmarc::Alignment::strict
                ? say("{what} counts when its domain is that of the author itself ({tag})",
                      {{"what", what}, {"tag", fmt::format("{}=s", tag)}})
                : say("{what} counts when its domain and that of the author belong to one organization ({tag})",
                      {{"what", what}, {"tag", fmt::format("{}=r", tag)}}));
    for (const DmarcDestination& destination : dmarc_.destinations)
        details.push_back(say("{tag}: {uri}", {{"tag", destination.tag}, {"uri", destination.uri}}));
    const bool asks_fo = ascii::lower(record().text).contains("fo=");
    if (!record().ruf.empty())
        details.push_back(say("Few receivers send the failure reports that {tag} asks for.", {{"tag", "ruf"}}));
    else if (asks_fo)
        details.push_back(say("{tag} has no effect without {other}.", {{"tag", "fo"}, {"other", "ruf"}}));
}

} // namespace bonafide::doctor
