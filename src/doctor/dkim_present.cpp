// Keys that are there, and what is wrong with them.
#include "base/ascii.hpp"
#include "dkim/tags.hpp"
#include "doctor/dkim_judge.hpp"
#include "doctor/dkim_mistake.hpp"
#include "doctor/provider.hpp"
#include "sign/published.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

constexpr unsigned advised_bits = 2048, least_bits = 1024; // RFC 8301 3.2

std::string on_one_line(std::string_view text) {
    std::string line(text);
    std::ranges::replace_if(line, [](char c) { return c == '\r' || c == '\n'; }, ' '); // as parse_key_record() does
    return line;
}

std::string_view type_of(const DkimKey& key) {
    return key.records.front().key->type() == crypto::KeyType::rsa ? "RSA" : "Ed25519";
}

Text fix_of_size(const DkimKey& key) {
    if (!key.alias)
        return say("Make a key of {bits} bits with a new selector, publish it, sign with it, and revoke this one some "
                   "days later.",
                   {{"bits", advised_bits}});
    const Provider* const service = provider_of_alias(*key.alias);
    return say("Have {provider} make a key of {bits} bits.",
               {{"provider", service != nullptr ? service->name : *key.alias}, {"bits", advised_bits}});
}

} // namespace

std::string published_key(std::string_view text) {
    const std::string line = on_one_line(text);
    const dkim::TagList tags = dkim::parse_tags(line);
    const dkim::Tag* data = tags.find("p");
    return data == nullptr ? std::string() : dkim::without_space(data->value);
}

std::string without_tags(std::string_view text, std::string_view names) {
    const std::string line = on_one_line(text);
    std::string record = "v=DKIM1";
    for (const dkim::Tag& tag : dkim::parse_tags(line).tags)
        if (tag.name != "v" && !(tag.name.size() == 1 && names.contains(tag.name)))
            record += fmt::format("; {}={}", tag.name, tag.name == "p" ? dkim::without_space(tag.value) : tag.value);
    return record;
}

void DkimJudge::unusable(const DkimKey& key) {
    const dkim::KeyRecord& record = key.records.front();
    const std::string& text = key.answer->txt.front();
    const std::string name = name_of(key);
    if (!is_in_use(key) && dkim_.has_usable_key()) {
        if (!looks_like_key_record(text)) return;        // no key was meant
        if (record.code == dkim::Code::key_wrong_type) { // for receivers that know it (RFC 6376 3.6.1 k=)
            well_.push_back(say("{selector}: a key type that is not known here", {{"selector", key.selector}}));
            return;
        }
    }
    if (const unsigned bits = bits_of_toy_key(text); bits != 0) {
        Finding& finding = add("dkim.weak", Severity::error, name,
                               say("The RSA key at {name} has {bits} bits", {{"name", name}, {"bits", bits}}),
                               unverifiable(), fix_of_size(key));
        if (key.alias) finding.actor = Actor::provider;
        return;
    }
    const DkimMistake mistake = recognise_mistake(text, all_.subject.limits);
    Finding& finding = add(
        "dkim.syntax", Severity::error, name,
        say("The key record at {name} cannot be used: {reason}", {{"name", name}, {"reason", mistake.what}}),
        unverifiable(),
        mistake.secret_exposed
            ? say("Delete the record at once, make a new key with a new selector, and publish its public half only.")
        : key.alias
            ? say("Tell the service that {target} belongs to, which publishes the record.", {{"target", *key.alias}})
            : say("Publish the record anew, exactly as the signer gives it."));
    if (mistake.secret_exposed) { // it is not repeated: reports are passed on
        finding.why = say("Everybody can sign in the name of {domain} with it.", {{"domain", domain_}});
        return;
    }
    finding.details.push_back(say("{reason}", {{"reason", record.reason}}));
    finding.details.push_back(say("{record}", {{"record", text}}));
    replace(key, finding, text, key.in_use ? own_record(key) : mistake.better);
}

void DkimJudge::mismatch(const DkimKey& key) {
    const DkimKey* const other = same_key_elsewhere(key);
    Finding& finding = add(
        "dkim.mismatch", Severity::error, name_of(key),
        say("The key published at {name} is not the one your server signs with", {{"name", name_of(key)}}),
        unverifiable(),
        other != nullptr
            ? say("The key in use stands at selector {other}: sign with that selector.", {{"other", other->selector}})
            : say("Replace the published record by that of the key in use, or sign with the key that is "
                  "published."));
    replace(key, finding, key.answer->txt.front(), own_record(key));
}

void DkimJudge::usable(const DkimKey& key) {
    const dkim::KeyRecord& record = key.records.front();
    if (key.in_use) {
        sign::Key used{.selector = key.selector,
                       .type = sign::parse_key_type(key.in_use->type).value_or(crypto::KeyType::rsa),
                       .bits = key.in_use->bits,
                       .public_key = key.in_use->public_key,
                       .state = sign::State::active};
        const sign::Published seen = sign::compare(used, domain_, *key.answer, all_.subject.limits);
        if (seen.presence == sign::Presence::other_key) return mismatch(key);
    }
    if (!record.allows_sha256 || !record.allows_email) restricted(key);
    size(key);
    if (record.testing) {
        const std::string name = name_of(key);
        Finding& finding =
            add("dkim.testing", Severity::notice, name,
                say("The key record at {name} carries the test flag {tag}", {{"name", name}, {"tag", "t=y"}}),
                say("Some receivers treat mail that is signed with a test key as unsigned."),
                say("Take {tag} out once signing works.", {{"tag", "t=y"}}));
        std::string better = without_tags(key.answer->txt.front(), "t");
        if (record.strict_identity) better += "; t=s";
        replace(key, finding, key.answer->txt.front(), std::move(better));
    }
    describe(key);
}

/// h= without sha256, or s= without email. A key that is not known to sign mail may be meant for something else beside one that does:
/// reports of TLS (RFC 8460 3: s=tlsrpt).
void DkimJudge::restricted(const DkimKey& key) {
    const dkim::KeyRecord& record = key.records.front();
    const std::string name = name_of(key);
    const bool spare = !is_in_use(key) && has_good_key_;
    if (spare && record.allows_sha256) {
        well_.push_back(
            say("{selector}: serves other things than mail, by {tag}", {{"selector", key.selector}, {"tag", "s="}}));
        return;
    }
    const char* const tag = record.allows_sha256 ? "s=" : "h=";
    Finding& finding =
        add("dkim.hash_restricted", spare ? Severity::notice : Severity::error, name,
            say("{tag} of the key record at {name} excludes what mail is signed with", {{"tag", tag}, {"name", name}}),
            unverifiable(), say("Take {tag} out of the record.", {{"tag", tag}}));
    const std::string& text = key.answer->txt.front();
    finding.details.push_back(say("{record}", {{"record", text}}));
    const bool both = !record.allows_sha256 && !record.allows_email;
    replace(key, finding, text, without_tags(text, both ? "hs" : std::string_view(tag, 1)));
}

void DkimJudge::size(const DkimKey& key) {
    if (key.records.front().key->type() != crypto::KeyType::rsa) return;
    const unsigned bits = key.records.front().key->bits();
    const std::string name = name_of(key);
    const Text title = say("The RSA key at {name} has {bits} bits", {{"name", name}, {"bits", bits}});
    Finding* finding = nullptr;
    if (bits < least_bits) {
        finding = &add("dkim.weak", Severity::error, name, title,
                       say("Receivers must not accept keys below 1024 bits (RFC 8301 3.2), and such a key can be "
                           "broken in hours: anybody could sign in your name."),
                       fix_of_size(key));
    } else if (bits < advised_bits) {
        finding = &add("dkim.weak", Severity::warning, name, title,
                       say("1024 bits are within reach of well-equipped attackers; Gmail, Yahoo and RFC 8301 3.2 "
                           "advise 2048."),
                       fix_of_size(key));
    } else if (bits > all_.subject.limits.dkim_rsa_bits_most) {
        finding = &add("dkim.oversized", Severity::warning, name, title,
                       say("Receivers need not verify keys of more than 4096 bits (RFC 8301 3.2), and some do not."),
                       fix_of_size(key));
    }
    if (finding != nullptr && key.alias) finding->actor = Actor::provider;
}

/// What dkim.ok tells of the key.
void DkimJudge::describe(const DkimKey& key) {
    const std::string_view type = type_of(key);
    const unsigned bits = key.records.front().key->bits();
    const Provider* const service = key.alias ? provider_of_alias(*key.alias) : nullptr;
    if (service != nullptr) {
        well_.push_back(
            say("{selector}: {type}, {bits} bits, kept by {provider} at {target}", {{"selector", key.selector},
                                                                                    {"type", type},
                                                                                    {"bits", bits},
                                                                                    {"provider", service->name},
                                                                                    {"target", *key.alias}}));
    } else if (key.alias) {
        well_.push_back(say("{selector}: {type}, {bits} bits, by the alias {target}",
                            {{"selector", key.selector}, {"type", type}, {"bits", bits}, {"target", *key.alias}}));
    } else {
        well_.push_back(
            say("{selector}: {type}, {bits} bits", {{"selector", key.selector}, {"type", type}, {"bits", bits}}));
    }
    const std::string& text = key.answer->txt.front();
    if (key.records.front().strict_identity)
        well_.push_back(say("{selector}: by {flag} the domain of {tag} in a signature must be {domain} itself",
                            {{"selector", key.selector}, {"flag", "t=s"}, {"tag", "i="}, {"domain", domain_}}));
    const std::string line = on_one_line(text);
    if (dkim::parse_tags(line).find("g") != nullptr)
        well_.push_back(
            say("{selector}: {tag} has had no meaning since RFC 6376", {{"selector", key.selector}, {"tag", "g="}}));
    for (const DkimKey& other : dkim_.keys) {
        if (&other == &key) break; // each pair once
        if (is_usable(other) && !other.by_wildcard && !key.by_wildcard &&
            published_key(other.answer->txt.front()) == published_key(text))
            well_.push_back(
                say("{selector}: the same key as at {other}", {{"selector", key.selector}, {"other", other.selector}}));
    }
}

} // namespace bonafide::doctor
