#include "doctor/parked.hpp"

#include <algorithm>
#include <utility>

namespace bonafide::doctor {

using text::say;

std::vector<dns::Record> parked_records(const std::string& domain) {
    return {dns::txt_record(domain, "v=spf1 -all"),
            dns::Record{.name = domain, .type = dns::Type::mx, .value = "", .preference = 0},
            dns::txt_record("_dmarc." + domain, "v=DMARC1; p=reject"),
            dns::txt_record("*._domainkey." + domain, "v=DKIM1; p=")};
}

void judge_parked(const Survey& all, std::vector<Finding>& findings) {
    if (!all.parked() || !all.mx.answer || !all.dmarc.own) return;
    const std::string& domain = all.subject.domain;
    if (all.spf.root->status == dns::Status::bogus || all.mx.answer->temporary() || all.dmarc.own->temporary()) return;
    const auto set = parked_records(domain);
    std::vector<text::Text> lacks;
    std::vector<dns::Record> records;
    const auto lack = [&](std::size_t which, text::Text what) {
        lacks.push_back(std::move(what));
        records.push_back(set[which]);
    };
    if (all.spf.root->records == 0) lack(0, say("an SPF record that lets nobody send"));
    // A domain that takes mail though it sends none needs no null MX; without MX mail would go to its address (RFC 5321 5.1).
    const bool receives = !all.mx.hosts.empty();
    if (!all.mx.null_mx && !receives && !all.mx.own_addresses.empty())
        lack(1, say("a null MX, which says that it takes no mail"));
    const auto& policy = all.dmarc.tree.record;
    const bool own = all.dmarc.tree.policy_domain == domain;
    const bool rejects =
        policy && !policy->testing && (own ? policy->p : policy->sp.value_or(policy->p)) == dmarc::Policy::reject;
    if (!rejects) lack(2, say("a DMARC policy that rejects"));
    const bool essential = !lacks.empty();
    const bool any_key = std::ranges::any_of(
        all.dkim.wildcard_texts, [](const std::string& text) { return text.ends_with("p=") || text.ends_with("p=;"); });
    if (!any_key) lack(3, say("a wildcard DKIM record that revokes all keys"));
    if (lacks.empty()) {
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
}

} // namespace bonafide::doctor
