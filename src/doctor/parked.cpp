#include "doctor/parked.hpp"

#include "doctor/dmarc_effect.hpp"
#include "doctor/tags.hpp"

#include <algorithm>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;

enum Part : std::size_t { spf, null_mx, dmarc_policy, wildcard_key };

/// What cannot be known yet cannot lack.
bool is_known(const Survey& all) {
    if (!all.spf.root || !all.mx.answer || !all.dmarc.own) return false;
    return !dns::is_temporary(all.spf.root->status) && !all.mx.answer->temporary() && !all.dmarc.own->temporary() &&
           !all.dmarc.tree.temporary_error;
}

/// A broken DMARC record is told by its own finding, which also says how to repair it.
bool is_dmarc_told(const std::vector<Finding>& findings) {
    return std::ranges::any_of(findings, [](const Finding& one) {
        return one.severity == Severity::error && one.id.starts_with("dmarc.") && one.id != "dmarc.external_unverified";
    });
}

bool rejects(const dmarc::Discovered& found) {
    const auto effect = dmarc_effect(found);
    return effect && effect->policy == dmarc::Policy::reject && effect->is_full();
}

/// RFC 6376 3.6.1: an empty p= revokes.
bool is_revoked(const std::string& text) {
    const std::vector<LooseTag> tags = read_loose_tags(text);
    const LooseTag* const key = find_tag(tags, "p");
    return key != nullptr && key->value.empty();
}

/// The report addresses of a policy that is there already stay.
dns::Record policy_record(const Survey& all, dns::Record proposal) {
    const auto& record = all.dmarc.tree.record;
    if (!record || all.dmarc.tree.policy_domain != all.subject.domain || record->rua.empty()) return proposal;
    proposal.value += "; rua=" + record->rua.front();
    for (std::size_t i = 1; i < record->rua.size(); ++i) proposal.value += "," + record->rua[i];
    return proposal;
}

/// A null MX, and an SPF record of nothing but "~all" or "?all": it lets nobody send, only in softer words than the set has.
bool is_softly_parked(const Survey& all) {
    const Subject& subject = all.subject;
    if (!all.mx.takes_no_mail() || !all.spf.usable() || all.spf.denies_all() || all.dkim.has_usable_key()) return false;
    if (!subject.addresses.empty() || !subject.keys.empty() || !subject.sources.empty() || !subject.selectors.empty())
        return false;
    const spf::Record& record = *all.spf.root->record;
    return record.directives.size() == 1 && record.directives.front().mechanism == spf::Mechanism::all &&
           record.directives.front().result != spf::Result::pass;
}

/// What is said of a domain that sends, and of how its SPF record ends; parked.incomplete says what there is to do.
bool is_of_senders(const Finding& finding) {
    return finding.id == "dkim.none_found" || finding.id == "spf.soft_all" || finding.id == "spf.neutral_all";
}

} // namespace

std::vector<dns::Record> parked_records(const std::string& domain) {
    return {dns::txt_record(domain, "v=spf1 -all"),
            dns::Record{.name = domain, .type = dns::Type::mx, .value = "", .preference = 0},
            dns::txt_record("_dmarc." + domain, "v=DMARC1; p=reject"),
            dns::txt_record("*._domainkey." + domain, "v=DKIM1; p=")};
}

void judge_parked(const Survey& all, std::vector<Finding>& findings) {
    const bool soft = is_softly_parked(all);
    if ((!all.parked() && !soft) || !is_known(all)) return;
    if (soft) std::erase_if(findings, is_of_senders);
    const std::string& domain = all.subject.domain;
    const auto set = parked_records(domain);
    std::vector<text::Text> lacks;
    std::vector<dns::Record> records;
    const auto lack = [&](dns::Record record, text::Text what) {
        lacks.push_back(std::move(what));
        records.push_back(std::move(record));
    };
    if (all.spf.root->records == 0 || soft) lack(set[spf], say("an SPF record that lets nobody send"));
    // A domain that takes mail though it sends none needs no null MX; without MX mail would go to its address (RFC 5321 5.1).
    if (!all.mx.null_mx && all.mx.hosts.empty() && !all.mx.own_addresses.empty())
        lack(set[null_mx], say("a null MX, which says that it takes no mail"));
    const bool told = is_dmarc_told(findings);
    if (!told && !rejects(all.dmarc.tree))
        lack(policy_record(all, set[dmarc_policy]), say("a DMARC policy that rejects"));
    const bool essential = !lacks.empty();
    // A usable key may still sign mail that others send on: nothing to be revoked then.
    const bool revoked = std::ranges::any_of(all.dkim.wildcard_texts, is_revoked);
    if (!revoked && !all.dkim.has_usable_key())
        lack(set[wildcard_key], say("a wildcard DKIM record that revokes all keys"));
    if (lacks.empty()) {
        if (told) return;
        findings.push_back({.id = "parked.ok",
                            .severity = Severity::ok,
                            .subject = domain,
                            .title = say("{domain} sends no mail and says so in full", {{"domain", domain}}),
                            .actor = Actor::nobody});
        return;
    }
    findings.push_back(
        {.id = "parked.incomplete",
         .severity = essential ? Severity::warning : Severity::notice,
         .subject = domain,
         .title = say("{domain} is meant to send no mail, but its records do not say so in full", {{"domain", domain}}),
         .why = say("Forgers like domains that nobody looks after; the missing records close the gap."),
         .fix = say("Publish the missing records."),
         .records = std::move(records),
         .details = std::move(lacks)});
    const auto& policy = all.dmarc.tree.record;
    const bool replaced = std::ranges::find(findings.back().records, "_dmarc." + domain, &dns::Record::name) !=
                          findings.back().records.end();
    if (replaced && policy && all.dmarc.tree.policy_domain == domain)
        findings.back().remove.push_back(dns::txt_record("_dmarc." + domain, policy->text));
    if (soft) findings.back().remove.push_back(dns::txt_record(domain, all.spf.root->texts.front()));
}

} // namespace bonafide::doctor
