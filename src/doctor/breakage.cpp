#include "doctor/breakage.hpp"

#include "base/ascii.hpp"
#include "dkim/body_hash.hpp"
#include "dkim/key_record.hpp"
#include "doctor/body_hypotheses.hpp"
#include "doctor/header_hypotheses.hpp"
#include "mail/splitter.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;

constexpr std::size_t most_shown = 160;

struct Whole {
    mail::HeaderBlock header;
    std::string body;
    bool is_cut = false; ///< more of the body arrived than is kept
};
Whole whole_of(std::string_view message) {
    Whole whole;
    mail::Splitter splitter([&](mail::HeaderBlock block) { whole.header = std::move(block); },
                            [&](std::string_view chunk) {
                                const std::size_t room = most_examined_bytes - whole.body.size();
                                whole.is_cut = whole.is_cut || chunk.size() > room;
                                whole.body += chunk.substr(0, room);
                            });
    splitter.feed(message);
    splitter.finish();
    return whole;
}

std::string first(const mail::HeaderBlock& header, std::string_view name) {
    const auto all = header.find_all(name);
    return all.empty() ? std::string() : mail::unfold(header[all.front()].value);
}

/// Runs of white space as one blank.
std::string collapsed(std::string_view value) {
    std::string result;
    for (const char c : mail::unfold(value))
        if (!ascii::is_space(c) || !result.ends_with(' ')) result += ascii::is_space(c) ? ' ' : c;
    return result;
}

/// Whether the body has the hash. Streams it: whatever its size.
struct BodyFit {
    bool fits = false;
    bool is_short = false; ///< l= is longer
};
BodyFit fit_body(std::string_view message, const dkim::Signature& signature) {
    dkim::BodyHash hash(signature.body_kind);
    hash.want(signature.length);
    mail::Splitter splitter([](const mail::HeaderBlock&) {}, [&](std::string_view chunk) { hash.update(chunk); });
    splitter.feed(message);
    splitter.finish();
    hash.finish();
    const auto digest = hash.digest(signature.length);
    return {.fits = digest && std::ranges::equal(*digest, signature.body_hash), .is_short = !digest};
}

/// z= (RFC 6376 3.5): signed fields that are not what they were when it was made. For where nothing restores b=.
void compare_copied(const mail::HeaderBlock& header, std::size_t field, const dkim::Signature& signature,
                    Autopsy& autopsy) {
    for (const CopiedField& copied : copied_fields(header[field].value)) {
        const auto is_it = [&](std::string_view name) { return ascii::iequals(name, copied.name); };
        if (std::ranges::none_of(signature.names, is_it)) continue;
        const std::string was = collapsed(copied.value);
        const auto all = header.find_all(copied.name);
        if (std::ranges::any_of(all, [&](std::size_t index) { return collapsed(header[index].value) == was; }))
            continue;
        const std::string now = all.empty() ? std::string() : mail::unfold(header[all.back()].value);
        autopsy.found.push_back({.change = all.empty() ? Change::header_removed : Change::header_changed,
                                 .proof = Proof::copied_header,
                                 .field = copied.name,
                                 .was = was,
                                 .now = now,
                                 .says = all.empty() ? say("The field {field} was removed; it was: {was}",
                                                           {{"field", copied.name}, {"was", was}})
                                                     : say("The field {field} was changed from {was} to {now}",
                                                           {{"field", copied.name}, {"was", was}, {"now", now}}),
                                 .fix = say("See which server on the way changes this field.")});
    }
}

/// One message and one of its signatures.
class Case {
  public:
    explicit Case(const Examination& examination)
        : asked_(examination), whole_(whole_of(examination.message)), sent_(whole_of(examination.original)) {}

    Autopsy examine() {
        const auto signatures = whole_.header.find_all("DKIM-Signature");
        if (asked_.index >= signatures.size()) {
            autopsy_.says = say("There is no such signature.");
            return std::move(autopsy_);
        }
        field_ = signatures[asked_.index];
        signature_ = dkim::parse_signature(whole_.header[field_].value, dkim::Policy{});
        if (signature_.code != dkim::Code::ok) {
            autopsy_.says = say("The signature itself cannot be read: {reason}", {{"reason", signature_.reason}});
            return std::move(autopsy_);
        }
        const BodyStory body = examine_body();
        for (const auto& record : asked_.keys) {
            if (!record || !record->key || record->key->type() != signature_.key_type) continue;
            if (key_ == nullptr) key_ = &*record->key;
            if (!is_header_intact({whole_.header, field_, signature_, *record->key})) continue;
            key_ = &*record->key;
            autopsy_.header_intact = true;
            break;
        }
        if (key_ != nullptr && !autopsy_.header_intact) examine_header(body);
        if (!autopsy_.header_intact && !is_told(Proof::signature))
            compare_copied(whole_.header, field_, signature_, autopsy_);
        autopsy_.says = conclude();
        return std::move(autopsy_);
    }

  private:
    BodyStory examine_body();
    void examine_header(const BodyStory& body);
    void tell_length(bool is_short);
    [[nodiscard]] bool is_told(Proof proof) const {
        return std::ranges::any_of(autopsy_.found, [&](const Breakage& one) { return one.proof == proof; });
    }
    [[nodiscard]] text::Text conclude() const;

    const Examination& asked_;
    Whole whole_, sent_;
    std::size_t field_ = 0;
    dkim::Signature signature_; ///< its names are views into whole_
    const crypto::PublicKey* key_ = nullptr;
    Autopsy autopsy_;
};

/// What l= says of the body as it arrived.
void Case::tell_length(bool is_short) {
    if (!signature_.length) return;
    if (is_short)
        autopsy_.found.push_back({.change = Change::truncated,
                                  .proof = Proof::length_tag,
                                  .says = say("The body was cut off: it is shorter than {tag} says.", {{"tag", "l="}}),
                                  .fix = say("See which server on the way cuts messages off.")});
    if (!autopsy_.body_intact) return;
    const std::string added = canonical_rest(whole_.body, signature_.body_kind, *signature_.length, most_shown);
    if (added.empty()) return;
    autopsy_.found.push_back({.change = Change::footer_appended,
                              .proof = Proof::length_tag,
                              .now = added,
                              .says = say("Behind the part that {tag} covers stands unsigned text: {text}",
                                          {{"tag", "l="}, {"text", added}}),
                              .fix = say("Sign without {tag}: anybody can add to such mail.", {{"tag", "l="}})});
}

BodyStory Case::examine_body() {
    const BodyFit fit = fit_body(asked_.message, signature_);
    autopsy_.body_intact = fit.fits;
    tell_length(fit.is_short);
    if (fit.fits || whole_.is_cut) return {};
    const std::string type = first(whole_.header, "Content-Type");
    BodyTrial trial(signature_.body_hash, signature_.body_kind, signature_.length,
                    most_hashed_bytes / std::max<std::size_t>(asked_.sharers, 1));
    BodyStory story;
    if (!fit.is_short)
        story = explain_body(trial, whole_.body, type, first(whole_.header, "Content-Transfer-Encoding"));
    if (story.found.empty() && !sent_.body.empty() && trial.fits(sent_.body))
        story.found =
            compare_bodies(sent_.body, whole_.body, first(sent_.header, "Content-Type"), signature_.body_kind);
    if (story.found.empty() && !fit.is_short) story.found = signs_of_loss(whole_.body, type);
    autopsy_.tried += trial.tried();
    autopsy_.found.insert(autopsy_.found.end(), story.found.begin(), story.found.end());
    return story;
}

void Case::examine_header(const BodyStory& body) {
    HeaderStory story = explain_header({whole_.header, field_, signature_, *key_}, body,
                                       asked_.original.empty() ? nullptr : &sent_.header,
                                       most_header_effort / std::max<std::size_t>(asked_.sharers, 1));
    autopsy_.tried += story.tried;
    autopsy_.found.insert(autopsy_.found.end(), std::make_move_iterator(story.found.begin()),
                          std::make_move_iterator(story.found.end()));
}

text::Text Case::conclude() const {
    const bool body_intact = autopsy_.body_intact, body_told = body_intact || is_told(Proof::body_hash);
    const bool header_told = autopsy_.header_intact || is_told(Proof::signature);
    if (body_intact && autopsy_.header_intact)
        return say("The signature verifies: nothing that it covers was changed.");
    if (!body_told && whole_.is_cut)
        return say(
            "The body is not as it was signed; it is too long for hypotheses, which are tried up to {count} bytes.",
            {{"count", most_examined_bytes}});
    if (body_told && header_told)
        return say("Undoing these changes restores the signature: the message is genuine, and was changed on its way.");
    if (body_intact && key_ == nullptr)
        return say("The body is as it was signed; without the public key nothing can be said about the header.");
    if (body_intact)
        return say("The body is as it was signed. No hypothesis restores the header: it was changed otherwise, or the "
                   "key in DNS is not the one that signed. Tried: {count}",
                   {{"count", autopsy_.tried}});
    if (body_told && key_ == nullptr)
        return say("The body is explained; without the public key nothing can be said about the header.");
    if (body_told)
        return say("The body is explained. No hypothesis restores the header: it was changed otherwise, or the key in "
                   "DNS is not the one that signed. Tried: {count}",
                   {{"count", autopsy_.tried}});
    if (header_told)
        return say("The header is explained; the body was changed in a way that none of the hypotheses restores. "
                   "Tried: {count}",
                   {{"count", autopsy_.tried}});
    return say("None of the hypotheses restores the signature: the message was changed otherwise, or is forged. Tried: "
               "{count}",
               {{"count", autopsy_.tried}});
}

/// The message without carriage returns that were doubled throughout, header included.
std::string without_doubled_cr(std::string_view message) {
    std::string result;
    result.reserve(message.size());
    for (std::size_t i = 0; i < message.size(); ++i)
        if (message.substr(i, 3) != "\r\r\n") result += message[i];
    return result;
}

} // namespace

std::string_view to_text(Change change) {
    constexpr std::array<std::string_view, 20> words{
        "footer-appended", "part-added",     "part-removed",   "transfer-encoding", "line-ends",
        "trailing-space",  "inner-space",    "line-wrapping",  "charset",           "truncated",
        "html-changed",    "body-changed",   "subject-tagged", "header-refolded",   "header-space",
        "header-added",    "header-removed", "header-changed", "header-reordered",  "from-rewritten"};
    return words.at(static_cast<std::size_t>(change));
}

Autopsy examine(const Examination& examination) {
    // Line ends that were doubled throughout break the header too, so that nothing else can be read.
    if (examination.message.size() <= most_examined_bytes && examination.message.contains("\r\r\n")) {
        const std::string single = without_doubled_cr(examination.message);
        Examination again = examination;
        again.message = single;
        Autopsy autopsy = Case(again).examine();
        if (autopsy.body_intact && autopsy.header_intact) {
            Autopsy as_it_is = Case(examination).examine();
            if (as_it_is.body_intact && as_it_is.header_intact) return as_it_is;
            autopsy.body_intact = autopsy.header_intact = false;
            autopsy.found.insert(autopsy.found.begin(),
                                 {.change = Change::line_ends,
                                  .proof = Proof::signature,
                                  .says = say("Line ends were changed."),
                                  .fix = say("Let the gateway leave signed mail alone, or sign behind it.")});
            autopsy.says = say(
                "Undoing these changes restores the signature: the message is genuine, and was changed on its way.");
            return autopsy;
        }
    }
    return Case(examination).examine();
}

} // namespace bonafide::doctor
