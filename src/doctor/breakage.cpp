#include "doctor/breakage.hpp"

#include "base/ascii.hpp"
#include "dkim/key_record.hpp"
#include "dkim/tags.hpp"
#include "doctor/body_hypotheses.hpp"
#include "doctor/header_hypotheses.hpp"
#include "mail/splitter.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;

struct Whole {
    mail::HeaderBlock header;
    std::string body;
};
Whole whole_of(std::string_view message) {
    Whole whole;
    mail::Splitter splitter([&](mail::HeaderBlock block) { whole.header = std::move(block); },
                            [&](std::string_view chunk) { whole.body += chunk; });
    splitter.feed(message.substr(0, most_examined_bytes));
    splitter.finish();
    return whole;
}

std::string first(const mail::HeaderBlock& header, std::string_view name) {
    const auto all = header.find_all(name);
    return all.empty() ? std::string() : mail::unfold(header[all.front()].value);
}

/// RFC 6376 2.11: "=XX" as in quoted-printable.
std::string decode_copied(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '=' && i + 2 < text.size() && ascii::is_hex(text[i + 1]) && ascii::is_hex(text[i + 2])) {
            const auto digit = [](char c) { return ascii::is_digit(c) ? c - '0' : ascii::to_lower(c) - 'a' + 10; };
            result += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
            i += 2;
        } else if (!ascii::is_space(text[i])) {
            result += text[i];
        }
    }
    return result;
}

/// z= (RFC 6376 3.5): the fields as they were when they were signed.
void compare_copied(std::string_view value, const mail::HeaderBlock& header, Autopsy& autopsy) {
    const dkim::TagList tags = dkim::parse_tags(value);
    const dkim::Tag* copied = tags.find("z");
    if (copied == nullptr) return;
    for (const std::string_view part : ascii::split(copied->value, '|')) {
        const std::string field = decode_copied(part);
        const std::size_t colon = field.find(':');
        if (colon == std::string::npos) continue;
        const std::string name(ascii::trim(std::string_view(field).substr(0, colon))),
            was = mail::unfold(std::string_view(field).substr(colon + 1));
        const std::string now = first(header, name);
        if (now == was) continue;
        autopsy.found.push_back(
            {.change = now.empty() ? Change::header_removed : Change::header_changed,
             .proof = Proof::copied_header,
             .field = name,
             .was = was,
             .now = now,
             .says = now.empty() ? say("The field {field} was removed; it was: {was}", {{"field", name}, {"was", was}})
                                 : say("The field {field} was changed from {was} to {now}",
                                       {{"field", name}, {"was", was}, {"now", now}}),
             .fix = say("See which server on the way changes this field.")});
    }
}

text::Text conclude(const Autopsy& autopsy, bool key_known) {
    if (autopsy.body_intact && autopsy.header_intact) return say("The signature verifies: nothing was changed.");
    const bool body_told = autopsy.body_intact || std::ranges::any_of(autopsy.found, [](const Breakage& one) {
                               return one.proof == Proof::body_hash;
                           });
    const bool header_told = autopsy.header_intact || std::ranges::any_of(autopsy.found, [](const Breakage& one) {
                                 return one.proof == Proof::signature;
                             });
    if (body_told && header_told)
        return say("Undoing these changes restores the signature: the message is genuine, and was changed on its way.");
    if (body_told && !key_known)
        return say("The body is explained; without the public key nothing can be said about the header.");
    if (body_told)
        return say("The body is explained; the header was changed in a way that none of the hypotheses restores. "
                   "Tried: {count}",
                   {{"count", autopsy.tried}});
    if (header_told)
        return say("The header is explained; the body was changed in a way that none of the hypotheses restores. "
                   "Tried: {count}",
                   {{"count", autopsy.tried}});
    return say("None of the hypotheses restores the signature: the message was changed otherwise, or is forged. Tried: "
               "{count}",
               {{"count", autopsy.tried}});
}

} // namespace

std::string_view to_text(Change change) {
    constexpr std::array<std::string_view, 18> words{"footer-appended",   "part-added",     "part-removed",
                                                     "transfer-encoding", "line-ends",      "trailing-space",
                                                     "line-wrapping",     "charset",        "truncated",
                                                     "html-changed",      "subject-tagged", "header-refolded",
                                                     "header-space",      "header-added",   "header-removed",
                                                     "header-changed",    "from-rewritten", "addresses-rewritten"};
    return words.at(static_cast<std::size_t>(change));
}

Autopsy examine(std::string_view message, std::size_t index, std::shared_ptr<const dkim::KeyRecord> key,
                std::string_view original) {
    Autopsy autopsy;
    const Whole whole = whole_of(message);
    const auto signatures = whole.header.find_all("DKIM-Signature");
    if (index >= signatures.size()) {
        autopsy.says = say("There is no such signature.");
        return autopsy;
    }
    const std::size_t field = signatures[index];
    const dkim::Signature signature = dkim::parse_signature(whole.header[field].value, dkim::Policy{});
    if (signature.body_hash.empty() || signature.signature.empty()) {
        autopsy.says = say("The signature itself cannot be read: {reason}", {{"reason", signature.reason}});
        return autopsy;
    }
    BodyTrial trial(signature.body_hash, signature.body_kind, signature.length, most_hashed_bytes);
    BodyStory body;
    autopsy.body_intact = trial.fits(whole.body);
    if (!autopsy.body_intact)
        body = explain_body(trial, whole.body, first(whole.header, "Content-Type"),
                            first(whole.header, "Content-Transfer-Encoding"));
    if (autopsy.body_intact && signature.length) {
        const std::string canonical = canonical_body(whole.body, signature.body_kind);
        if (canonical.size() > *signature.length) {
            const std::string added = canonical.substr(static_cast<std::size_t>(*signature.length), 160);
            autopsy.found.push_back({.change = Change::footer_appended,
                                     .proof = Proof::length_tag,
                                     .field = {},
                                     .was = {},
                                     .now = added,
                                     .says = say("Behind the part that {tag} covers stands unsigned text: {text}",
                                                 {{"tag", "l="}, {"text", added}}),
                                     .fix = say("Sign without {tag}: anybody can add to such mail.", {{"tag", "l="}})});
        }
    }
    if (signature.length && canonical_body(whole.body, signature.body_kind).size() < *signature.length)
        autopsy.found.push_back({.change = Change::truncated,
                                 .proof = Proof::length_tag,
                                 .field = {},
                                 .was = {},
                                 .now = {},
                                 .says = say("The body was cut off: it is shorter than {tag} says.", {{"tag", "l="}}),
                                 .fix = say("See which server on the way cuts messages off.")});
    autopsy.found.insert(autopsy.found.end(), body.found.begin(), body.found.end());
    const bool key_known = key && key->key;
    if (key_known) {
        const HeaderCase header{whole.header, field, signature, *key->key};
        autopsy.header_intact = is_header_intact(header);
        if (!autopsy.header_intact) {
            const Whole sent = whole_of(original);
            HeaderStory story = explain_header(header, body, original.empty() ? nullptr : &sent.header);
            autopsy.tried += story.tried;
            autopsy.found.insert(autopsy.found.end(), std::make_move_iterator(story.found.begin()),
                                 std::make_move_iterator(story.found.end()));
        }
    }
    if (!autopsy.header_intact) compare_copied(mail::unfold(whole.header[field].value), whole.header, autopsy);
    autopsy.tried += trial.tried();
    autopsy.says = conclude(autopsy, key_known);
    return autopsy;
}

} // namespace bonafide::doctor
