#include "base/ascii.hpp"
#include "dkim/tags.hpp"
#include "dns/name.hpp"
#include "doctor/dkim.hpp"
#include "doctor/dkim_mistake.hpp"
#include "sign/published.hpp"
#include "sign/record.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

constexpr unsigned advised_bits = 2048, least_bits = 1024;

Text unverifiable() {
    return say("Receivers cannot verify what is signed with this selector: the signature counts for nothing, and with "
               "it DMARC; Gmail answers 550-5.7.26 where SPF does not help.");
}

std::string record_of(const KeyInUse& key) { return fmt::format("v=DKIM1; k={}; p={}", key.type, key.public_key); }

/// p= without white space.
std::string data_of(std::string_view text) {
    const dkim::TagList tags = dkim::parse_tags(text);
    const dkim::Tag* data = tags.find("p");
    return data == nullptr ? std::string() : dkim::without_space(data->value);
}

class Judge {
  public:
    Judge(const Survey& all, std::vector<Finding>& findings)
        : all_(all), dkim_(all.dkim), domain_(all.subject.domain), findings_(findings) {}

    void speak() {
        const std::size_t before = findings_.size();
        for (const DkimKey& key : dkim_.keys) judge(key);
        nothing_at_all(findings_.size() > before);
        const bool sick = std::any_of(findings_.begin() + static_cast<std::ptrdiff_t>(before), findings_.end(),
                                      [](const Finding& one) { return one.severity > Severity::notice; });
        if (!sick && !well_.empty()) well();
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
    [[nodiscard]] std::string name_of(const DkimKey& key) const { return sign::record_name(key.selector, domain_); }
    [[nodiscard]] static bool is_in_use(const DkimKey& key) {
        return key.origin == SelectorOrigin::given || key.origin == SelectorOrigin::key_in_use;
    }
    void offer_own_record(const DkimKey& key, Finding& finding) const {
        if (key.in_use) finding.records.push_back(dns::txt_record(name_of(key), record_of(*key.in_use)));
    }

    void judge(const DkimKey& key);
    void absent(const DkimKey& key);
    void several(const DkimKey& key);
    void unusable(const DkimKey& key, const dkim::KeyRecord& record, const std::string& text);
    void usable(const DkimKey& key, const dkim::KeyRecord& record, const std::string& text);
    bool mismatch(const DkimKey& key, const std::string& text);
    void nothing_at_all(bool told);
    void well();

    const Survey& all_;
    const DkimSurvey& dkim_;
    const std::string& domain_;
    std::vector<Finding>& findings_;
    std::vector<Text> well_;
};

void Judge::judge(const DkimKey& key) {
    if (key.answer->status == dns::Status::bogus) return;
    if (key.answer->temporary() && key.answer->status != dns::Status::cname_loop) {
        if (!is_in_use(key) && key.origin != SelectorOrigin::zone_file) return;
        add("dns.unanswered", Severity::error, name_of(key),
            say("The name servers gave no answer for {type} {name}", {{"type", "TXT"}, {"name", name_of(key)}}),
            say("Receivers that get no answer put the mail off or take it for unsigned."),
            say("See that every name server of the zone of {name} runs and answers from outside.",
                {{"name", name_of(key)}}))
            .actor = Actor::dns_host;
        return;
    }
    if (!key.answer->found()) return absent(key);
    if (key.answer->txt.size() > 1) return several(key);
    const dkim::KeyRecord& record = key.records.front();
    const std::string& text = key.answer->txt.front();
    if (record.code == dkim::Code::ok) return usable(key, record, text);
    if (record.code != dkim::Code::key_revoked) return unusable(key, record, text);
    if (!is_in_use(key)) {
        well_.push_back(say("{selector}: revoked", {{"selector", key.selector}}));
        return;
    }
    Finding& finding = add(
        "dkim.revoked", Severity::error, name_of(key),
        say("The key of selector {selector} is revoked: {tag} is empty", {{"selector", key.selector}, {"tag", "p="}}),
        unverifiable(), say("Sign with another key, or publish the key of this selector again."));
    offer_own_record(key, finding);
    finding.actor = key.in_use ? Actor::zone_owner : Actor::mail_admin;
}

void Judge::absent(const DkimKey& key) {
    const std::string name = name_of(key);
    if (!is_in_use(key)) {
        if (!key.alias) return;
        add("dkim.dead_alias", Severity::notice, name,
            say("{name} is an alias of {target}, where there is no key", {{"name", name}, {"target", *key.alias}}),
            say("If a service signs with this selector, its signatures do not verify."),
            say("Turn on DKIM for the domain at the service, or delete the alias."));
        return;
    }
    const bool local = key.in_local_zone && (*key.in_local_zone)->found();
    const Text title =
        local ? say("Your server signs with selector {selector}; its own zone has the key, but public DNS has no "
                    "record at {name}",
                    {{"selector", key.selector}, {"name", name}})
        : key.in_use ? say("Your server signs with selector {selector}, but public DNS has no record at {name}",
                           {{"selector", key.selector}, {"name", name}})
        : key.alias
            ? say("The alias {name} leads to {target}, where there is no key", {{"name", name}, {"target", *key.alias}})
            : say("There is no key at selector {selector}: public DNS has no record at {name}",
                  {{"selector", key.selector}, {"name", name}});
    const auto misplaced = dkim_.misplaced.find(key.selector);
    const Text fix =
        misplaced != dkim_.misplaced.end()
            ? say("A key stands at {place}: move it to {name}. Panels often add the domain by themselves; then only "
                  "{short} must be typed.",
                  {{"place", misplaced->second}, {"name", name}, {"short", key.selector + "._domainkey"}})
        : key.alias
            ? say("Turn on DKIM for {domain} at the service that {target} belongs to; it publishes the key there.",
                  {{"domain", domain_}, {"target", *key.alias}})
        : local ? say("Copy the record to the DNS provider that the domain is delegated to.")
                : say("Publish the public key of your signer as TXT at {name}.", {{"name", name}});
    Finding& finding = add("dkim.not_published", Severity::error, name, title, unverifiable(), fix);
    if (local)
        for (const std::string& text : (*key.in_local_zone)->txt)
            finding.records.push_back(dns::txt_record(name, text));
    else if (!key.alias)
        offer_own_record(key, finding);
}

void Judge::several(const DkimKey& key) {
    const std::string name = name_of(key);
    std::string whole;
    for (const std::string& text : key.answer->txt) whole += text;
    const bool split =
        dkim::parse_key_record(whole, all_.subject.limits).code == dkim::Code::ok &&
        std::ranges::none_of(key.records, [](const dkim::KeyRecord& one) { return one.code == dkim::Code::ok; });
    Finding& finding =
        add("dkim.several_records", Severity::error, name,
            split ? say("The key at {name} is split into several TXT records instead of several strings of one",
                        {{"name", name}})
                  : say("There is more than one TXT record at {name}: {count}",
                        {{"name", name}, {"count", key.answer->txt.size()}}),
            say("Which of them a receiver takes is undefined (RFC 6376 3.6.2.2): signatures verify by chance or not at "
                "all."),
            split ? say("Publish one TXT record; where a panel allows only 255 characters, put the parts into quotes "
                        "one after another.")
                  : say("Keep the record of the key that signs, and delete the others."));
    if (split)
        finding.records.push_back(dns::txt_record(name, whole));
    else
        offer_own_record(key, finding);
    for (const std::string& text : key.answer->txt) finding.remove.push_back(dns::txt_record(name, text));
}

void Judge::unusable(const DkimKey& key, const dkim::KeyRecord& record, const std::string& text) {
    const std::string name = name_of(key);
    if (key.origin == SelectorOrigin::table && data_of(text).empty() && !ascii::istarts_with(text, "v=dkim1"))
        return; // no key was meant
    const DkimMistake mistake = recognise_mistake(text, all_.subject.limits);
    Finding& finding = add(
        "dkim.syntax", Severity::error, name,
        say("The key record at {name} cannot be used: {reason}", {{"name", name}, {"reason", mistake.what}}),
        unverifiable(),
        mistake.secret_exposed
            ? say("Delete the record at once, make a new key with a new selector, and publish its public half only.")
            : say("Publish the record anew, exactly as the signer gives it."));
    finding.details.push_back(say("{reason}", {{"reason", record.reason}}));
    finding.details.push_back(say("{record}", {{"record", text}}));
    if (key.in_use && !mistake.secret_exposed)
        offer_own_record(key, finding);
    else if (mistake.better)
        finding.records.push_back(dns::txt_record(name, *mistake.better));
    finding.remove.push_back(dns::txt_record(name, text));
    if (key.alias) finding.actor = Actor::provider;
}

bool Judge::mismatch(const DkimKey& key, const std::string& text) {
    if (!key.in_use) return false;
    sign::Key used{.selector = key.selector,
                   .type = sign::parse_key_type(key.in_use->type).value_or(crypto::KeyType::rsa),
                   .bits = key.in_use->bits};
    used.public_key = key.in_use->public_key;
    used.state = sign::State::active;
    if (sign::compare(used, domain_, *key.answer, all_.subject.limits).presence != sign::Presence::other_key)
        return false;
    Finding& finding =
        add("dkim.mismatch", Severity::error, name_of(key),
            say("The key published at {name} is not the one your server signs with", {{"name", name_of(key)}}),
            unverifiable(),
            say("Replace the published record by that of the key in use, or sign with the key that is published."));
    offer_own_record(key, finding);
    finding.remove.push_back(dns::txt_record(name_of(key), text));
    return true;
}

void Judge::usable(const DkimKey& key, const dkim::KeyRecord& record, const std::string& text) {
    const std::string name = name_of(key);
    const unsigned bits = record.key->bits();
    const bool rsa = record.key->type() == crypto::KeyType::rsa;
    if (mismatch(key, text)) return;
    if (!record.allows_sha256 || !record.allows_email) {
        const char* const tag = record.allows_sha256 ? "s=" : "h=";
        Finding& finding = add(
            "dkim.hash_restricted", Severity::error, name,
            say("{tag} of the key record at {name} excludes what mail is signed with", {{"tag", tag}, {"name", name}}),
            unverifiable(), say("Take {tag} out of the record.", {{"tag", tag}}));
        finding.details.push_back(say("{record}", {{"record", text}}));
        finding.records.push_back(
            dns::txt_record(name, fmt::format("v=DKIM1; k={}; p={}", rsa ? "rsa" : "ed25519", data_of(text))));
        finding.remove.push_back(dns::txt_record(name, text));
    }
    if (rsa && bits < advised_bits) {
        const bool broken = bits < least_bits;
        Finding& finding = add("dkim.weak", broken ? Severity::error : Severity::warning, name,
                               say("The RSA key at {name} has {bits} bits", {{"name", name}, {"bits", bits}}),
                               broken ? say("Receivers must not accept keys below 1024 bits (RFC 8301 3.2), and such a "
                                            "key can be broken in hours: anybody could sign in your name.")
                                      : say("1024 bits are within reach of well-equipped attackers; Gmail, Yahoo and "
                                            "RFC 8301 3.2 advise 2048."),
                               say("Make a key of 2048 bits with a new selector, publish it, sign with it, and revoke "
                                   "this one some days later."));
        if (key.alias) finding.actor = Actor::provider;
    }
    if (record.testing)
        add("dkim.testing", Severity::notice, name,
            say("The key record at {name} carries the test flag {tag}", {{"name", name}, {"tag", "t=y"}}),
            say("Some receivers treat mail that is signed with a test key as unsigned."),
            say("Take {tag} out once signing works.", {{"tag", "t=y"}}));
    well_.push_back(
        key.alias ? say("{selector}: {type}, {bits} bits, by the alias {target}", {{"selector", key.selector},
                                                                                   {"type", rsa ? "RSA" : "Ed25519"},
                                                                                   {"bits", bits},
                                                                                   {"target", *key.alias}})
                  : say("{selector}: {type}, {bits} bits",
                        {{"selector", key.selector}, {"type", rsa ? "RSA" : "Ed25519"}, {"bits", bits}}));
}

/// No key anywhere.
void Judge::nothing_at_all(bool told) {
    if (dkim_.has_usable_key() || told || all_.parked()) return;
    if (dkim_.below == dns::Status::bogus) return;
    if (dns::is_temporary(dkim_.below)) {
        add("dns.unanswered", Severity::error, "_domainkey." + domain_,
            say("The name servers gave no answer for {type} {name}",
                {{"type", "TXT"}, {"name", "_domainkey." + domain_}}),
            say("Receivers that get no answer put the mail off or take it for unsigned."),
            say("See that every name server of the zone of {name} runs and answers from outside.", {{"name", domain_}}))
            .actor = Actor::dns_host;
        return;
    }
    if (dkim_.below == dns::Status::no_data && !all_.subject.all_of_dns) {
        add("dkim.unknown_selectors", Severity::notice, domain_,
            say("{domain} has DKIM keys at selectors that are not known here", {{"domain", domain_}}),
            say("A key can only be looked at by its selector, which stands as {tag} in the DKIM-Signature of a "
                "message.",
                {{"tag", "s="}}),
            say("Run the check again with {option}.", {{"option", "--selector NAME"}}));
        return;
    }
    const bool selectors_known = std::ranges::any_of(dkim_.keys, is_in_use);
    Finding& finding =
        add("dkim.none_found", Severity::error, domain_,
            say("{domain} has no DKIM key at any selector that is known here; selectors asked for: {count}",
                {{"domain", domain_}, {"count", dkim_.tried}}),
            say("Mail that is not signed depends on SPF alone, which breaks with every forwarding; Gmail and Yahoo ask "
                "bulk senders for DKIM, and answer 550-5.7.26 where SPF does not help."),
            selectors_known ? say("Publish a usable key at the selector your server signs with.")
                            : say("Turn on DKIM at your mail server or provider and publish the key it shows. If it is "
                                  "on already, run the check again with {option}.",
                                  {{"option", "--selector NAME"}}));
    finding.actor = Actor::mail_admin;
}

void Judge::well() {
    Finding& finding =
        add("dkim.ok", Severity::ok, domain_, say("DKIM keys of {domain} are in order", {{"domain", domain_}}), {}, {});
    finding.actor = Actor::nobody;
    finding.details = std::move(well_);
}

} // namespace

void judge_dkim(const Survey& all, std::vector<Finding>& findings) { Judge(all, findings).speak(); }

void SharedKeys::judge(const Survey& survey, std::vector<Finding>& findings) {
    const std::string& domain = survey.subject.domain;
    const std::string organization = survey.subject.suffixes ? survey.subject.suffixes->organizational(domain) : domain;
    for (const DkimKey& key : survey.dkim.keys) {
        if (key.alias || key.records.size() != 1 || key.records.front().code != dkim::Code::ok) continue;
        const auto [first, is_new] = seen_.try_emplace(data_of(key.answer->txt.front()), Owner{domain, organization});
        if (is_new || first->second.organization == organization) continue;
        const std::string name = sign::record_name(key.selector, domain);
        findings.push_back({.id = "dkim.shared_key",
                            .severity = Severity::warning,
                            .subject = name,
                            .title = say("{domain} and {other} publish the same DKIM key",
                                         {{"domain", domain}, {"other", first->second.domain}}),
                            .why = say("Who holds the key of one of them can sign in the name of the other."),
                            .fix = say("Give each domain a key of its own."),
                            .actor = Actor::mail_admin});
    }
}

} // namespace bonafide::doctor
