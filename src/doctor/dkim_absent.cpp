// Keys that are not there, or there more than once.
#include "dns/name.hpp"
#include "doctor/dkim_judge.hpp"
#include "doctor/dkim_mistake.hpp"
#include "doctor/provider.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

constexpr std::size_t most_joined_records = 4; ///< more parts than a key has, and few enough to try every order

Text title_of_absent(const DkimKey& key, const std::string& name) {
    if (key.alias && key.answer->status == dns::Status::cname_loop)
        return say("The alias {name} leads in a circle or nowhere, by {target}",
                   {{"name", name}, {"target", *key.alias}});
    if (key.alias)
        return say("The alias {name} leads to {target}, where there is no key",
                   {{"name", name}, {"target", *key.alias}});
    if (key.in_local_zone && (*key.in_local_zone)->found())
        return say("Your server signs with selector {selector}; its own zone has the key, but public DNS has no "
                   "record at {name}",
                   {{"selector", key.selector}, {"name", name}});
    if (key.in_use)
        return say("Your server signs with selector {selector}, but public DNS has no record at {name}",
                   {{"selector", key.selector}, {"name", name}});
    return say("There is no key at selector {selector}: public DNS has no record at {name}",
               {{"selector", key.selector}, {"name", name}});
}

Text fix_of_alias(const std::string& target, const std::string& domain) {
    if (const Provider* service = provider_of_alias(target))
        return say("Turn on DKIM for {domain} at {provider}; it then publishes the key at {target}.",
                   {{"domain", domain}, {"provider", service->name}, {"target", target}});
    return say("Turn on DKIM for {domain} at the service that {target} belongs to; it publishes the key there.",
               {{"domain", domain}, {"target", target}});
}

Text fix_of_dotless(const std::string& target) {
    return say("Write the target of the alias with a dot at its end, {target}: without it the panel took the name for "
               "one below the domain.",
               {{"target", target + "."}});
}

void correct_alias(Finding& finding, const std::string& name, const std::string& wrong, const std::string& right) {
    finding.records.push_back({.name = name, .type = dns::Type::cname, .value = right});
    finding.remove.push_back({.name = name, .type = dns::Type::cname, .value = wrong});
}

/// Parts of one record that were published as records of their own, in the order that makes a key.
std::optional<std::string> joined(std::vector<std::string> texts, const Limits& limits) {
    if (texts.size() > most_joined_records) return {};
    std::ranges::sort(texts);
    do {
        std::string whole;
        for (const std::string& text : texts) whole += text;
        if (dkim::parse_key_record(whole, limits).code == dkim::Code::ok) return whole;
    } while (std::ranges::next_permutation(texts).found);
    return {};
}

/// The record among several that should stay: that of the key in use, else the only one that can be used.
std::optional<std::size_t> record_to_keep(const DkimKey& key) {
    std::optional<std::size_t> keep;
    for (std::size_t i = 0; i < key.records.size(); ++i) {
        if (key.records[i].code != dkim::Code::ok) continue;
        if (key.in_use && published_key(key.answer->txt[i]) == key.in_use->public_key) return i;
        if (keep && published_key(key.answer->txt[i]) != published_key(key.answer->txt[*keep])) return {};
        if (!keep) keep = i;
    }
    return key.in_use ? std::nullopt : keep;
}

} // namespace

std::string target_without_zone(std::string_view target, std::string_view domain) {
    for (std::string_view zone = domain; dns::label_count(zone) >= 2; zone = dns::parent(zone)) {
        if (target.size() <= zone.size() || !dns::is_equal_or_below(target, zone)) continue;
        const std::string_view rest = target.substr(0, target.size() - zone.size() - 1);
        // The name of a service, or at least one that could be a host elsewhere.
        return provider_of_alias(rest) != nullptr || rest.contains("._domainkey.") ? std::string(rest) : std::string();
    }
    return {};
}

const DkimKey* DkimJudge::same_key_elsewhere(const DkimKey& key) const {
    if (!key.in_use) return nullptr;
    for (const DkimKey& other : dkim_.keys)
        if (other.selector != key.selector && !other.by_wildcard && is_usable(other) &&
            published_key(other.answer->txt.front()) == key.in_use->public_key)
            return &other;
    return nullptr;
}

void DkimJudge::absent(const DkimKey& key) {
    if (!is_in_use(key)) {
        if (key.alias) dead_.push_back(&key);
        return;
    }
    const std::string name = name_of(key);
    const bool local = key.in_local_zone && (*key.in_local_zone)->found();
    const DkimKey* const other = same_key_elsewhere(key);
    const std::string dotless = key.alias ? target_without_zone(*key.alias, domain_) : std::string();
    const Text fix =
        !key.misplaced.first.empty()
            ? say("A key stands at {place}: move it to {name}. Panels often add the domain by themselves; then only "
                  "{short} must be typed.",
                  {{"place", key.misplaced.first}, {"name", name}, {"short", key.selector + "._domainkey"}})
        : !dotless.empty() ? fix_of_dotless(dotless)
        : key.alias        ? fix_of_alias(*key.alias, domain_)
        : other != nullptr ? say("The same key stands at selector {other}: sign with that selector, or publish the key "
                                 "at {name} as well.",
                                 {{"other", other->selector}, {"name", name}})
        : local            ? say("Copy the record to the DNS provider that the domain is delegated to.")
                           : say("Publish the public key of your signer as TXT at {name}.", {{"name", name}});
    Finding& finding =
        add("dkim.not_published", Severity::error, name, title_of_absent(key, name), unverifiable(), fix);
    if (key.by_wildcard)
        finding.details.push_back(
            say("Only the wildcard {name} answers there, as it does for every selector, and it holds no key.",
                {{"name", "*._domainkey." + domain_}}));
    if (key.alias) {
        if (dotless.empty()) finding.actor = Actor::provider;
        if (!dotless.empty()) correct_alias(finding, name, *key.alias, dotless);
        return;
    }
    // A difference between the zones carries its record itself (zone.not_copied).
    const auto is_this = [&](const LocalDifference& one) { return one.name == name; };
    if (std::ranges::any_of(all_.local_zone.differences, is_this)) return;
    if (!key.misplaced.first.empty())
        finding.remove.push_back(dns::txt_record(key.misplaced.first, key.misplaced.second));
    if (auto record = own_record(key)) {
        finding.records.push_back(dns::txt_record(name, *std::move(record)));
    } else if (!key.misplaced.first.empty()) {
        finding.records.push_back(dns::txt_record(name, key.misplaced.second));
    } else if (local) {
        for (const std::string& text : (*key.in_local_zone)->txt)
            finding.records.push_back(dns::txt_record(name, text));
    }
}

/// Of those that are not told as a part of dkim.none_found.
void DkimJudge::dead_aliases() {
    for (const DkimKey* key : dead_) {
        Finding& finding = add("dkim.dead_alias", Severity::notice, name_of(*key),
                               say("{name} is an alias of {target}, where there is no key",
                                   {{"name", name_of(*key)}, {"target", *key->alias}}),
                               say("If a service signs with this selector, its signatures do not verify."),
                               say("Turn on DKIM for the domain at the service, or delete the alias."));
        if (const std::string dotless = target_without_zone(*key->alias, domain_); !dotless.empty()) {
            finding.fix = fix_of_dotless(dotless);
            correct_alias(finding, name_of(*key), *key->alias, dotless);
        } else {
            finding.details.push_back(fix_of_alias(*key->alias, domain_));
        }
    }
}

void DkimJudge::several(const DkimKey& key) {
    const std::vector<std::string>& texts = key.answer->txt;
    if (!is_in_use(key) && std::ranges::none_of(texts, looks_like_key_record)) return; // no key was meant
    const std::string name = name_of(key);
    const bool any_whole =
        std::ranges::any_of(key.records, [](const dkim::KeyRecord& one) { return one.code == dkim::Code::ok; });
    const auto whole = any_whole ? std::nullopt : joined(texts, all_.subject.limits);
    Finding& finding = add(
        "dkim.several_records", Severity::error, name,
        whole ? say("The key at {name} is split into several TXT records instead of several strings of one",
                    {{"name", name}})
              : say("There is more than one TXT record at {name}: {count}", {{"name", name}, {"count", texts.size()}}),
        say("Which of them a receiver takes is undefined (RFC 6376 3.6.2.2): signatures verify by chance or not at "
            "all."),
        whole ? say("Publish one TXT record; where a panel allows only 255 characters, put the parts into quotes "
                    "one after another.")
              : say("Keep the record of the key that signs, and delete the others."));
    for (const std::string& text : texts) finding.details.push_back(say("{record}", {{"record", text}}));
    if (key.alias) {
        finding.actor = Actor::provider;
        return;
    }
    const auto keep = record_to_keep(key);
    if (keep) {
        finding.details.push_back(say("Keep this one: {record}", {{"record", texts[*keep]}}));
    } else if (whole) {
        finding.records.push_back(dns::txt_record(name, *whole));
    } else if (auto own = own_record(key)) {
        finding.records.push_back(dns::txt_record(name, *std::move(own)));
    }
    if (!keep && finding.records.empty()) return; // whose key signs is not known: nothing may be deleted by itself
    for (std::size_t i = 0; i < texts.size(); ++i)
        if (i != keep) finding.remove.push_back(dns::txt_record(name, texts[i]));
}

} // namespace bonafide::doctor
