#include "doctor/dkim_mistake.hpp"

#include "base/ascii.hpp"
#include "crypto/key.hpp"
#include "dkim/tags.hpp"
#include "doctor/dkim_material.hpp"
#include "doctor/dkim_mend.hpp"

#include <algorithm>
#include <array>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;
using Said = std::optional<Text>;

constexpr std::string_view version = "v=DKIM1";
constexpr std::size_t least_telling = 100; ///< characters of base64 without any capital are no accident
constexpr std::size_t most_quoted = 80;    ///< bytes of the record in a sentence

bool contains_any(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(words, [&](std::string_view word) { return text.contains(word); });
}

const dkim::Tag* find_in_any_case(const dkim::TagList& tags, std::string_view name) {
    const auto tag =
        std::ranges::find_if(tags.tags, [&](const dkim::Tag& one) { return ascii::iequals(one.name, name); });
    return tag == tags.tags.end() ? nullptr : &*tag;
}

bool is_key(KeyForm form) { return form != KeyForm::nothing && form != KeyForm::no_base64 && form != KeyForm::unknown; }

bool is_of_another_kind(std::string_view lower) {
    constexpr std::array<std::string_view, 8> kinds{
        "v=spf1", "spf2.0/", "v=dmarc1", "v=stsv1", "v=tlsrptv1", "v=bimi1", "google-site-verification", "ms="};
    return std::ranges::any_of(kinds, [&](std::string_view kind) { return lower.starts_with(kind); });
}

/// About the text as a whole: what it is, and what a panel or a copy left in it.
Said wrong_text(std::string_view text, std::string_view lower) {
    if (ascii::trim(text).empty()) return say("it is empty");
    if (is_of_another_kind(lower) || !looks_like_key_record(text))
        return say("it is no key record but {text}", {{"text", text.substr(0, most_quoted)}});
    if (text.contains("-----BEGIN"))
        return say("lines of a PEM file stand in it; only the text between them belongs into {tag}", {{"tag", "p="}});
    if (contains_any(lower, {"_domainkey", "in txt ", "in\ttxt", " txt \"", "\ttxt", "( \"", "(\""}))
        return say("a whole line of a zone file was pasted; only the text between the quotes belongs there");
    if (text.contains('\\')) return say("backslashes stand in it, which the DNS panel did not take away");
    if (contains_any(text, {"\"", "\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\x9e", "&quot;", "&#34;"}))
        return say("quotes stand in it, which the DNS panel did not take away");
    if (!lower.contains("p=") && is_key(look_at_key(key_data(text)).form))
        return say("it is the bare key; {tags} must stand before it", {{"tags", "v=DKIM1; k=rsa; p="}});
    return {};
}

Said wrong_version(const dkim::TagList& tags) {
    const dkim::Tag* found = find_in_any_case(tags, "v");
    if (found == nullptr) return {};
    if (contains_any(found->value, {"p=", "k="})) return say("the semicolons between its tags are missing");
    if (found->name != "v" || found->value != "DKIM1")
        return say("it begins with {found} instead of {version}",
                   {{"found", std::string(found->name) + "=" + std::string(found->value.substr(0, most_quoted))},
                    {"version", version}});
    if (found != tags.tags.data()) return say("{tag} does not come first", {{"tag", version}});
    return {};
}

/// About its tags, where there is any list of them.
Said wrong_tags(std::string_view text, const dkim::TagList& tags) {
    if (auto said = wrong_version(tags)) return said;
    if (tags.error) {
        const std::size_t position = tags.error->position == Error::nowhere ? 0 : tags.error->position;
        const auto name_length = [&] {
            std::size_t length = 0;
            while (position + length < text.size() && ascii::is_alnum(text[position + length])) ++length;
            return length;
        }();
        const std::string name(text.substr(std::min(position, text.size()), name_length));
        if (name_length > 0 && tags.find(name) != nullptr)
            return say("the tag {tag} stands in it more than once", {{"tag", name + "="}});
        return say("it is no list of tags with semicolons between them, from character {position}",
                   {{"position", position + 1}});
    }
    if (tags.find("p") == nullptr) {
        if (find_in_any_case(tags, "p") != nullptr)
            return say("names of tags are lower-case: {found} is not {tag}", {{"found", "P="}, {"tag", "p="}});
        return say("the tag {tag} with the key is missing", {{"tag", "p="}});
    }
    const dkim::Tag* type = tags.find("k");
    if (type != nullptr && !ascii::iequals(type->value, "rsa") && !ascii::iequals(type->value, "ed25519"))
        return say("the key type {type} is not known", {{"type", type->value.substr(0, most_quoted)}});
    return {};
}

/// About what stands in p=.
Text wrong_key(std::string_view type, std::string_view data) {
    const KeyMaterial key = look_at_key(data);
    const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (data.size() >= least_telling && std::ranges::none_of(data, is_capital))
        return say("its letters were all made small; in {tag} capitals count", {{"tag", "p="}});
    Text no_key = say("{tag} holds no whole public key; it was probably cut off when it was split into strings "
                      "of 255 characters",
                      {{"tag", "p="}});
    switch (key.form) {
    case KeyForm::no_base64:
        return say("{tag} holds {text}, which no key has, from character {position} of the key",
                   {{"tag", "p="}, {"text", data.substr(key.position, 1)}, {"position", key.position + 1}});
    case KeyForm::certificate: return say("{tag} holds a certificate instead of a public key", {{"tag", "p="}});
    case KeyForm::pem: return say("{tag} holds a whole PEM file encoded once more", {{"tag", "p="}});
    case KeyForm::openssh: return say("{tag} holds a key in the form of OpenSSH", {{"tag", "p="}});
    case KeyForm::other_algorithm: return say("{tag} holds a key that is neither RSA nor Ed25519", {{"tag", "p="}});
    case KeyForm::trailing: return say("{tag} holds more than a public key", {{"tag", "p="}});
    case KeyForm::wrapped_ed25519:
        return say("{tag} holds the Ed25519 key in a wrapping that does not belong there; only its {count} octets do",
                   {{"tag", "p="}, {"count", 32}});
    case KeyForm::cut_off:
        return say("{tag} was cut off or lost pieces: octets there {present}, octets of the whole key {whole}; strings "
                   "of a TXT record hold no more than 255 characters, and a long record needs several",
                   {{"tag", "p="}, {"present", key.bytes.size()}, {"whole", key.octets}});
    case KeyForm::rsa:
    case KeyForm::ed25519: {
        const std::string_view real = key.form == KeyForm::rsa ? "rsa" : "ed25519";
        if (!ascii::iequals(type, real))
            return say("the key type says {type}, but {tag} holds a key of type {real}",
                       {{"type", type}, {"tag", "p="}, {"real", real}});
        return no_key;
    }
    default: break;
    }
    if (ascii::iequals(type, "ed25519"))
        return say("an Ed25519 key has {right} octets, and {tag} holds {found}",
                   {{"right", 32}, {"tag", "p="}, {"found", key.bytes.size()}});
    return no_key;
}

bool holds_private_key(std::string_view text) {
    if (contains_any(text, {"PRIVATE KEY-----", "PRIVATE KEY BLOCK-----"})) return true;
    return look_at_key(key_data(text)).form == KeyForm::private_key;
}

Text describe(std::string_view text) {
    const std::string lower = ascii::lower(text);
    if (auto said = wrong_text(text, lower)) return *std::move(said);
    std::string line(text);
    std::ranges::replace_if(line, [](char c) { return c == '\r' || c == '\n'; }, ' '); // as parse_key_record() does
    const dkim::TagList tags = dkim::parse_tags(line);
    if (auto said = wrong_tags(line, tags)) return *std::move(said);
    const dkim::Tag* type = tags.find("k");
    return wrong_key(type == nullptr ? "rsa" : type->value, tags.find("p")->value);
}

} // namespace

bool looks_like_key_record(std::string_view text) {
    const std::string lower = ascii::lower(text.substr(0, most_mended_bytes));
    if (lower.contains("v=dkim") || lower.contains("k=rsa") || lower.contains("k=ed25519")) return true;
    return is_key(look_at_key(key_data(text)).form) || lower.starts_with("p=") || contains_any(lower, {"; p=", ";p="});
}

unsigned bits_of_toy_key(std::string_view text) {
    const KeyMaterial key = look_at_key(key_data(text));
    if (key.form != KeyForm::rsa || crypto::PublicKey::rsa_from_der(key.bytes)) return 0;
    constexpr unsigned least_bits = 1024; // RFC 8301 3.2
    return key.rsa_bits < least_bits ? key.rsa_bits : 0;
}

DkimMistake recognise_mistake(std::string_view text, const Limits& limits) {
    if (holds_private_key(text))
        return {
            .what = say("it holds the private key, which is no secret any more"), .better = {}, .secret_exposed = true};
    return {.what = describe(text), .better = mended(text, limits)};
}

} // namespace bonafide::doctor
