#include "dkim/tags.hpp"
#include "dns/name.hpp"
#include "doctor/dkim.hpp"
#include "doctor/dkim_judge.hpp"
#include "doctor/provider.hpp"
#include "sign/record.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::doctor {

using text::say;
using text::Text;

Text unverifiable() {
    return say("Receivers cannot verify what is signed with this selector: the signature counts for nothing, and with "
               "it DMARC; Gmail answers 550-5.7.26 where SPF does not help.");
}

bool is_in_use(const DkimKey& key) {
    return key.origin == SelectorOrigin::given || key.origin == SelectorOrigin::key_in_use;
}

bool is_usable(const DkimKey& key) { return key.records.size() == 1 && key.records.front().code == dkim::Code::ok; }

Finding& DkimJudge::add(std::string_view id, Severity severity, std::string subject, Text title, Text why, Text fix) {
    return findings_.emplace_back(Finding{.id = id,
                                          .severity = severity,
                                          .subject = std::move(subject),
                                          .title = std::move(title),
                                          .why = std::move(why),
                                          .fix = std::move(fix)});
}

void DkimJudge::replace(const DkimKey& key, Finding& finding, std::string_view old_text,
                        std::optional<std::string> new_text) {
    if (key.alias) {
        finding.actor = Actor::provider;
        return;
    }
    if (new_text) finding.records.push_back(dns::txt_record(name_of(key), *std::move(new_text)));
    finding.remove.push_back(dns::txt_record(name_of(key), std::string(old_text)));
}

std::string DkimJudge::name_of(const DkimKey& key) const { return sign::record_name(key.selector, domain_); }

std::optional<std::string> DkimJudge::own_record(const DkimKey& key) {
    if (!key.in_use) return {};
    return fmt::format("v=DKIM1; k={}; p={}", key.in_use->type, key.in_use->public_key);
}

bool DkimJudge::said_something_bad() const {
    return std::any_of(findings_.begin() + static_cast<std::ptrdiff_t>(before_), findings_.end(),
                       [](const Finding& one) { return one.severity > Severity::notice; });
}

void DkimJudge::speak() {
    before_ = findings_.size();
    has_good_key_ = std::ranges::any_of(dkim_.keys, [](const DkimKey& key) {
        return is_usable(key) && key.records.front().allows_email && key.records.front().allows_sha256;
    });
    for (const DkimKey& key : dkim_.keys) judge(key);
    nothing_at_all();
    dead_aliases();
    if (!said_something_bad() && !well_.empty()) well();
}

void DkimJudge::judge(const DkimKey& key) {
    const dns::Status status = key.answer->status;
    if (status == dns::Status::bogus) return; // dnssec.bogus says it
    if (key.answer->temporary() && status != dns::Status::cname_loop) {
        if (is_in_use(key) || key.origin == SelectorOrigin::zone_file) unanswered(name_of(key), key.alias);
        return;
    }
    if (!key.answer->found() || key.records.empty()) return absent(key);
    if (key.records.size() > 1) return several(key);
    const dkim::Code code = key.records.front().code;
    if (code == dkim::Code::ok) return usable(key);
    if (code == dkim::Code::key_revoked) return revoked(key);
    unusable(key);
}

void DkimJudge::unanswered(std::string name, const std::optional<std::string>& alias) {
    const Text title = say("The name servers gave no answer for {type} {name}", {{"type", "TXT"}, {"name", name}});
    const Text fix = say("See that every name server of the zone of {name} runs and answers from outside.",
                         {{"name", alias.value_or(name)}});
    Finding& finding = add("dns.unanswered", Severity::error, std::move(name), title,
                           say("Receivers that get no answer put the mail off or take it for unsigned."), fix);
    finding.actor = Actor::dns_host;
}

void DkimJudge::revoked(const DkimKey& key) {
    if (!is_in_use(key)) {
        well_.push_back(say("{selector}: revoked", {{"selector", key.selector}}));
        return;
    }
    Finding& finding = add(
        "dkim.revoked", Severity::error, name_of(key),
        say("The key of selector {selector} is revoked: {tag} is empty", {{"selector", key.selector}, {"tag", "p="}}),
        unverifiable(), say("Sign with another key, or publish the key of this selector again."));
    replace(key, finding, key.answer->txt.front(), own_record(key));
    if (!key.in_use) {
        finding.remove.clear();
        if (!key.alias) finding.actor = Actor::mail_admin;
    }
}

/// No usable key anywhere, and nothing was said yet that explains it.
void DkimJudge::nothing_at_all() {
    if (dkim_.has_usable_key() || said_something_bad() || all_.parked()) return;
    const auto is_bogus = [](const DkimKey& key) { return key.answer->status == dns::Status::bogus; };
    if (dkim_.below == dns::Status::bogus || std::ranges::any_of(dkim_.keys, is_bogus)) return;
    if (dns::is_temporary(dkim_.below)) return unanswered("_domainkey." + domain_, {});
    if (!dkim_.unanswered.empty()) return unanswered(sign::record_name(dkim_.unanswered.front(), domain_), {});
    const auto is_key = [](const LocalDifference& one) { return one.name.contains("._domainkey."); };
    if (std::ranges::any_of(all_.local_zone.differences, is_key)) return; // zone.not_copied says it
    if (!dkim_.has_selectors || all_.subject.all_of_dns || !dead_.empty()) return none_found();
    add("dkim.unknown_selectors", Severity::notice, domain_,
        say("{domain} has names beneath {name}, where DKIM keys stand, but their selectors are not known here",
            {{"domain", domain_}, {"name", "_domainkey." + domain_}}),
        say("A key can only be looked at by its selector, which stands as {tag} in the DKIM-Signature of a message.",
            {{"tag", "s="}}),
        say("Run the check again with {option}.", {{"option", "--selector NAME"}}))
        .actor = Actor::mail_admin;
}

namespace {

/// Where a key belongs that stands at `place`: below the domain twice, without "_domainkey", without its underscore.
std::string right_place(const std::string& place, const std::string& domain) {
    const std::string twice = "." + domain + "." + domain, bare = ".domainkey." + domain, end = "." + domain;
    if (place.ends_with(twice)) return right_place(place.substr(0, place.size() - end.size()), domain);
    if (place.contains("._domainkey.")) return place;
    std::string selector = "SELECTOR";
    if (place.ends_with(bare))
        selector = place.substr(0, place.size() - bare.size());
    else if (place.ends_with(end) && place != "_domainkey" + end)
        selector = place.substr(0, place.size() - end.size());
    return sign::record_name(selector, domain);
}

} // namespace

void DkimJudge::none_found() {
    const Provider* mailbox = nullptr;
    for (const MxHost& host : all_.mx.hosts)
        if (mailbox == nullptr) mailbox = provider_of_mx(host.name);
    const Provider* const service = dead_.empty() ? nullptr : provider_of_alias(*dead_.front()->alias);
    const Text fix =
        !dkim_.misplaced.empty() ? say("A key stands at {place}, where nobody asks: move it to {name}.",
                                       {{"place", dkim_.misplaced.begin()->first},
                                        {"name", right_place(dkim_.misplaced.begin()->first, domain_)}})
        : service != nullptr
            ? say("Turn on DKIM for {domain} at {provider}, which the alias {name} leads to.",
                  {{"domain", domain_}, {"provider", service->name}, {"name", name_of(*dead_.front())}})
        : mailbox != nullptr
            ? say("Turn on DKIM for {domain} at {provider} and publish the records it shows. If it is on already, run "
                  "the check again with {option}.",
                  {{"domain", domain_}, {"provider", mailbox->name}, {"option", "--selector NAME"}})
            : say("Turn on DKIM at your mail server or provider and publish the key it shows. If it is on already, run "
                  "the check again with {option}.",
                  {{"option", "--selector NAME"}});
    Finding& finding =
        add("dkim.none_found", Severity::error, domain_,
            say("{domain} has no DKIM key at any selector that is known here; selectors asked for: {count}",
                {{"domain", domain_}, {"count", dkim_.tried}}),
            say("Mail that is not signed depends on SPF alone, which breaks with every forwarding; Gmail and Yahoo ask "
                "bulk senders for DKIM, and answer 550-5.7.26 where SPF does not help."),
            fix);
    finding.actor = Actor::mail_admin;
    for (const auto& [place, text] : dkim_.misplaced) {
        finding.details.push_back(say("a key stands at {place}", {{"place", place}}));
        const std::string right = right_place(place, domain_);
        if (right.starts_with("SELECTOR.")) continue; // which one is not known
        finding.records.push_back(dns::txt_record(right, text));
        finding.remove.push_back(dns::txt_record(place, text));
    }
    for (const DkimKey* key : dead_)
        finding.details.push_back(say("{name} is an alias of {target}, where there is no key",
                                      {{"name", name_of(*key)}, {"target", *key->alias}}));
    for (const DkimKey& key : dkim_.keys)
        if (key.records.size() == 1 && key.records.front().code == dkim::Code::key_revoked)
            finding.details.push_back(say("{selector}: revoked", {{"selector", key.selector}}));
    dead_.clear();
}

void DkimJudge::well() {
    Finding& finding =
        add("dkim.ok", Severity::ok, domain_, say("DKIM keys of {domain} are in order", {{"domain", domain_}}), {}, {});
    finding.actor = Actor::nobody;
    finding.details = std::move(well_);
}

void judge_dkim(const Survey& all, std::vector<Finding>& findings) { DkimJudge(all, findings).speak(); }

} // namespace bonafide::doctor
