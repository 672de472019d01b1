#include "doctor/header_hypotheses.hpp"

#include "base/ascii.hpp"
#include "dkim/header_hash.hpp"
#include "mail/encoded_word.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <functional>
#include <optional>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

constexpr std::size_t most_variants = 60; ///< of one field

Text list_advice() {
    return say("A list that changes Subject or From should sign anew or seal with ARC; a sender's own gateway must "
               "sign behind it.");
}

/// One way a field may have been: the field's number, and its raw text then; empty: it was not there.
struct Variant {
    std::size_t field;
    std::string raw;
    Change change;
    Text says;
    std::string was, now;
};

bool verifies(const mail::HeaderBlock& block, std::size_t own, const dkim::Signature& signature,
              const crypto::PublicKey& key) {
    // The names are views into the field's value: read them anew from this block.
    const dkim::Signature again = dkim::parse_signature(block[own].value, dkim::Policy{});
    if (again.names.empty()) return false;
    const dkim::HeaderIndex index(block);
    const crypto::Sha256Digest digest = dkim::hash_header(index, {again.names, own, again.b, again.header_kind});
    return key.verify(digest, signature.signature);
}

class Search {
  public:
    Search(const HeaderCase& one, const BodyStory& body, const mail::HeaderBlock* original)
        : case_(one), body_(body), original_(original) {}

    HeaderStory go() {
        collect();
        // One change alone, then pairs of different fields, then the usual three of a list.
        for (std::size_t depth = 1; depth <= 3; ++depth)
            if (try_sets(depth, 0, {})) break;
        return std::move(story_);
    }

  private:
    void collect();
    void subjects(std::size_t field);
    void authors(std::size_t field);
    void spacings(std::size_t field);
    void from_body(std::size_t field);
    void from_original(std::size_t field);
    void add(Variant variant) {
        const auto same = [&](const Variant& other) {
            return other.field == variant.field && other.raw == variant.raw;
        };
        if (variant.raw != case_.header[variant.field].raw && std::ranges::find_if(variants_, same) == variants_.end())
            variants_.push_back(std::move(variant));
    }
    [[nodiscard]] bool is_signed(std::string_view name) const {
        return std::ranges::any_of(case_.signature.names,
                                   [&](std::string_view one) { return ascii::iequals(one, name); });
    }
    bool try_sets(std::size_t depth, std::size_t from, std::vector<const Variant*> chosen);
    bool try_now(const std::vector<const Variant*>& chosen);

    const HeaderCase& case_;
    const BodyStory& body_;
    const mail::HeaderBlock* original_;
    std::vector<Variant> variants_;
    HeaderStory story_;
};

std::string raw_field(std::string_view name, std::string_view value) { return fmt::format("{}:{}", name, value); }

void Search::subjects(std::size_t field) {
    const auto view = case_.header[field];
    const std::string value = mail::unfold(view.value);
    const std::string decoded = mail::decode_encoded_words(value);
    const auto was = [&](const std::string& text) {
        add({field, raw_field(view.name, " " + text), Change::subject_tagged,
             say("The subject was tagged: {now}", {{"now", value}}), text, value});
    };
    for (const std::string& text : {value, decoded}) {
        std::string_view rest = text;
        for (int i = 0; i < 4 && !rest.empty(); ++i) { // tags in front, one after another
            const char open = rest.front();
            const std::size_t close = open == '['   ? rest.find(']')
                                      : open == '(' ? rest.find(')')
                                      : open == '*' ? rest.find("*** ")
                                                    : std::string_view::npos;
            std::size_t end = close + (open == '*' ? 3 : 1);
            if (close == std::string_view::npos) {
                const std::size_t colon = rest.find(": ");
                if (colon == std::string_view::npos || colon > 20) break;
                end = colon + 1; // "EXTERNAL: ", "SPAM: "
            }
            rest = ascii::trim(rest.substr(end));
            was(std::string(rest));
            was(mail::encode_words(rest));
        }
        // "Re: [tag] subject"
        if (const std::size_t open = text.find('['), close = text.find("] ");
            open != std::string::npos && close != std::string::npos && open < close && open < 12)
            was(text.substr(0, open) + text.substr(close + 2));
    }
}

void Search::authors(std::size_t field) {
    const auto view = case_.header[field];
    const std::string now = mail::unfold(view.value);
    for (const std::string_view name : {"X-Original-From", "Original-From", "X-Original-Sender", "Author", "Reply-To",
                                        "X-MailFrom", "X-From", "Resent-From"})
        for (const std::size_t index : case_.header.find_all(name)) {
            const std::string value = mail::unfold(case_.header[index].value);
            const std::string display = now.substr(0, now.find(" via "));
            const std::size_t open = value.find('<'), close = value.find('>');
            const bool bracketed = open != std::string_view::npos && close != std::string_view::npos && open < close;
            const std::string bare(ascii::trim(bracketed ? value.substr(open + 1, close - open - 1) : value));
            std::string person = display;
            std::erase(person, '"');
            std::erase(person, '\'');
            for (const std::string& text :
                 {value, std::string(bare), fmt::format("<{}>", bare), fmt::format("{} <{}>", person, bare),
                  fmt::format("\"{}\" <{}>", person, bare)})
                add({field, raw_field(view.name, " " + text), Change::from_rewritten,
                     say("From was rewritten: {now}", {{"now", now}}), text, now});
        }
}

/// Foldings and blanks, which count in simple canonicalization only.
void Search::spacings(std::size_t field) {
    if (case_.signature.header_kind != dkim::Canonicalization::simple) return;
    const auto view = case_.header[field];
    const std::string unfolded = mail::unfold(view.value);
    const std::string& one_space = unfolded;
    std::string with_tabs(view.value);
    for (std::size_t at = with_tabs.find("\r\n "); at != std::string::npos; at = with_tabs.find("\r\n ", at + 1))
        with_tabs[at + 2] = '\t';
    std::string with_blanks(view.value);
    for (std::size_t at = with_blanks.find("\r\n\t"); at != std::string::npos; at = with_blanks.find("\r\n\t", at + 1))
        with_blanks[at + 2] = ' ';
    const Text folded = say("The field {field} was folded otherwise.", {{"field", view.name}});
    const Text spaced = say("White space of the field {field} was changed.", {{"field", view.name}});
    add({field, raw_field(view.name, " " + one_space), Change::header_refolded, folded, {}, {}});
    add({field, raw_field(view.name, with_tabs), Change::header_refolded, folded, {}, {}});
    add({field, raw_field(view.name, with_blanks), Change::header_refolded, folded, {}, {}});
    add({field, raw_field(view.name, one_space), Change::header_space, spaced, {}, {}});
    add({field, raw_field(view.name, "  " + one_space), Change::header_space, spaced, {}, {}});
    add({field, raw_field(view.name, "\t" + one_space), Change::header_space, spaced, {}, {}});
    const std::string lower = ascii::lower(view.name);
    add({field,
         raw_field(lower, view.value),
         Change::header_space,
         say("The case of the field name {field} was changed.", {{"field", view.name}}),
         {},
         {}});
    for (const std::size_t width : {76U, 78U}) { // folded again at blanks
        std::string text = view.name.empty() ? "" : std::string(view.name) + ":";
        std::size_t column = text.size();
        std::string folded_text = text;
        for (const std::string_view part : ascii::split(unfolded, ' ')) {
            if (column + 1 + part.size() > width && column > text.size() + 1) {
                folded_text += "\r\n";
                column = 0;
            }
            folded_text += ' ';
            folded_text += part;
            column += 1 + part.size();
        }
        add({field, folded_text, Change::header_refolded, folded, {}, {}});
    }
}

void Search::from_body(std::size_t field) {
    const auto view = case_.header[field];
    const bool type = ascii::iequals(view.name, "Content-Type"),
               encoding = ascii::iequals(view.name, "Content-Transfer-Encoding");
    if (!type && !encoding) return;
    const std::string now = mail::unfold(view.value);
    const auto was = [&](const std::string& value) {
        add({field, raw_field(view.name, value), Change::header_changed,
             say("The field {field} was changed together with the body.", {{"field", view.name}}),
             std::string(ascii::trim(value)), now});
    };
    if (type && body_.content_type) was(*body_.content_type);
    if (encoding && body_.transfer_encoding) was(" " + *body_.transfer_encoding);
    if (encoding)
        for (const std::string_view value : {"7bit", "8bit", "quoted-printable", "base64", "7BIT", "8BIT", "binary"})
            was(" " + std::string(value));
    add({field, "", Change::header_added, say("The field {field} was added.", {{"field", view.name}}), {}, now});
}

void Search::from_original(std::size_t field) {
    if (original_ == nullptr) return;
    const auto view = case_.header[field];
    for (const std::size_t index : original_->find_all(view.name)) {
        const auto was = (*original_)[index];
        add({field, std::string(was.raw), Change::header_changed,
             say("The field {field} was changed from {was} to {now}",
                 {{"field", view.name}, {"was", mail::unfold(was.value)}, {"now", mail::unfold(view.value)}}),
             mail::unfold(was.value), mail::unfold(view.value)});
    }
}

void Search::collect() {
    for (std::size_t field = 0; field < case_.header.size(); ++field) {
        const auto view = case_.header[field];
        if (field == case_.field || !is_signed(view.name)) continue;
        const std::size_t before = variants_.size();
        from_original(field);
        if (ascii::iequals(view.name, "Subject")) subjects(field);
        if (ascii::iequals(view.name, "From")) authors(field);
        from_body(field);
        add({field,
             "",
             Change::header_added,
             say("The field {field} was added: {now}", {{"field", view.name}, {"now", mail::unfold(view.value)}}),
             {},
             mail::unfold(view.value)});
        spacings(field);
        if (variants_.size() > before + most_variants) variants_.resize(before + most_variants, variants_.front());
    }
}

bool Search::try_now(const std::vector<const Variant*>& chosen) {
    ++story_.tried;
    mail::HeaderBlock block;
    std::size_t own = 0;
    for (std::size_t field = 0; field < case_.header.size(); ++field) {
        if (field == case_.field) own = block.size();
        const auto changed = std::ranges::find_if(chosen, [&](const Variant* one) { return one->field == field; });
        if (changed == chosen.end())
            block.add_raw(case_.header[field].raw);
        else if (!(*changed)->raw.empty())
            block.add_raw((*changed)->raw);
    }
    if (!verifies(block, own, case_.signature, case_.key)) return false;
    for (const Variant* one : chosen)
        story_.found.push_back({.change = one->change,
                                .proof = Proof::signature,
                                .field = std::string(case_.header[one->field].name),
                                .was = one->was,
                                .now = one->now,
                                .says = one->says,
                                .fix = list_advice()});
    return true;
}

bool Search::try_sets(std::size_t depth, std::size_t from, std::vector<const Variant*> chosen) {
    if (chosen.size() == depth) return try_now(chosen);
    for (std::size_t i = from; i < variants_.size(); ++i) {
        if (story_.tried >= most_header_tries) return false;
        const auto same_field = [&](const Variant* one) { return one->field == variants_[i].field; };
        if (std::ranges::any_of(chosen, same_field)) continue;
        chosen.push_back(&variants_[i]);
        if (try_sets(depth, i + 1, chosen)) return true;
        chosen.pop_back();
    }
    return false;
}

} // namespace

bool is_header_intact(const HeaderCase& one) { return verifies(one.header, one.field, one.signature, one.key); }

HeaderStory explain_header(const HeaderCase& one, const BodyStory& body, const mail::HeaderBlock* original) {
    return Search(one, body, original).go();
}

} // namespace bonafide::doctor
