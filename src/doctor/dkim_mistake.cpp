#include "doctor/dkim_mistake.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "crypto/key.hpp"
#include "dkim/tags.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::doctor {
namespace {

using text::say;

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

/// The text as it was probably meant: a whole line of a zone file, quotes, backslashes, PEM lines and stray characters taken out.
std::string cleaned(std::string_view text) {
    std::string line(text);
    if (const std::size_t start = ascii::lower(line).find("v=dkim1"); start != line.npos && start > 0)
        line = line.substr(start);
    for (const std::string_view mark :
         {"-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----", "-----BEGIN RSA PUBLIC KEY-----",
          "-----END RSA PUBLIC KEY-----", "\"", "\\n", "\\", "(", ")"})
        line = replaced(std::move(line), mark, "");
    // "v=DKIM1 k=rsa p=...": semicolons lost.
    for (const std::string_view tag : {" k=", " p=", " t=", " h=", " s="}) {
        const std::size_t at = line.find(tag);
        if (at != line.npos && at > 0 && line[at - 1] != ';') line.insert(at, ";");
    }
    while (line.contains(";;")) line = replaced(std::move(line), ";;", ";");
    return std::string(ascii::trim(line));
}

bool has_key(std::string_view text, const Limits& limits) {
    return dkim::parse_key_record(text, limits).code == dkim::Code::ok;
}

std::optional<std::string> improved(std::string_view text, const Limits& limits) {
    std::string line = cleaned(text);
    if (has_key(line, limits)) return line;
    // p= alone, or a bare key without any tags.
    if (!line.contains('=') || line.find("p=") == line.npos) {
        std::string bare = "v=DKIM1; k=rsa; p=" + dkim::without_space(line);
        if (has_key(bare, limits)) return bare;
    }
    const std::size_t key = line.find("p=");
    if (key != line.npos) {
        const std::string data = dkim::without_space(line.substr(key + 2, line.find(';', key) - key - 2));
        for (const std::string_view type : {"rsa", "ed25519"}) {
            std::string record = fmt::format("v=DKIM1; k={}; p={}", type, data);
            if (has_key(record, limits)) return record;
        }
    }
    return {};
}

bool holds_private_key(std::string_view text) {
    if (text.contains("PRIVATE KEY")) return true;
    const dkim::TagList tags = dkim::parse_tags(text);
    const dkim::Tag* data = tags.find("p");
    if (data == nullptr) return false;
    std::string pem =
        "-----BEGIN PRIVATE KEY-----\n" + dkim::without_space(data->value) + "\n-----END PRIVATE KEY-----\n";
    if (crypto::PrivateKey::from_pem(pem)) return true;
    pem = "-----BEGIN RSA PRIVATE KEY-----\n" + dkim::without_space(data->value) + "\n-----END RSA PRIVATE KEY-----\n";
    return crypto::PrivateKey::from_pem(pem).has_value();
}

text::Text describe(std::string_view text) {
    const std::string lower = ascii::lower(text);
    const std::size_t key = lower.find("p=");
    const std::string_view version = "v=DKIM1";
    if (lower.starts_with("v=spf1") || lower.starts_with("v=dmarc1"))
        return say("it is a record of another kind: {text}", {{"text", text.substr(0, 80)}});
    if (text.contains("-----BEGIN"))
        return say("lines of a PEM file stand in it; only the text between them belongs into {tag}", {{"tag", "p="}});
    if (lower.contains("_domainkey") || lower.contains(" in txt ") || lower.contains(" txt "))
        return say("a whole line of a zone file was pasted; only the text between the quotes belongs there");
    if (text.contains("\\;") || text.contains('\\'))
        return say("backslashes stand in it, which the DNS panel did not take away");
    if (text.contains('"')) return say("quotes stand in it, which the DNS panel did not take away");
    if (lower.starts_with("v=") && !text.starts_with(version))
        return say("the version is not {version}", {{"version", version}});
    if (key == lower.npos) return say("the tag {tag} with the key is missing", {{"tag", "p="}});
    if (lower.contains("v=dkim1") && !lower.starts_with("v=dkim1"))
        return say("{tag} does not come first", {{"tag", version}});
    const dkim::TagList tags = dkim::parse_tags(text);
    if (tags.error)
        return say("it is no list of tags with semicolons between them, from character {position}",
                   {{"position", (tags.error->position == Error::nowhere ? 0 : tags.error->position) + 1}});
    const dkim::Tag* data = tags.find("p");
    if (data != nullptr && !base64::decode(data->value))
        return say("{tag} holds characters that no key has, or the key was cut in the middle", {{"tag", "p="}});
    if (const dkim::Tag* type = tags.find("k");
        type != nullptr && !ascii::iequals(type->value, "rsa") && !ascii::iequals(type->value, "ed25519"))
        return say("the key type {type} is not known", {{"type", type->value}});
    return say(
        "{tag} holds no whole public key; it was probably cut off when it was split into strings of 255 characters",
        {{"tag", "p="}});
}

} // namespace

DkimMistake recognise_mistake(std::string_view text, const Limits& limits) {
    if (holds_private_key(text))
        return {
            .what = say("it holds the private key, which is no secret any more"), .better = {}, .secret_exposed = true};
    return {.what = describe(text), .better = improved(text, limits)};
}

} // namespace bonafide::doctor
