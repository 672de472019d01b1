// Subjects before a list or a gateway put its tag into them.
#include "base/ascii.hpp"
#include "doctor/encoded_forms.hpp"
#include "doctor/field_variants.hpp"
#include "mail/encoded_word.hpp"

#include <array>
#include <optional>

namespace bonafide::doctor {
namespace {

using text::say;

constexpr std::size_t most_tags = 4;
constexpr std::size_t most_tag_bytes = 80;

/// Bytes of the tag that `text` begins with, white space behind it included; 0: it begins with none.
std::size_t tag_at(std::string_view text) {
    if (text.empty()) return 0;
    std::size_t end = std::string_view::npos;
    switch (text.front()) {
    case '[': end = text.find(']'); break;
    case '(': end = text.find(')'); break;
    case '{': end = text.find('}'); break;
    case '*':
        end = text.find("* ");
        if (end == std::string_view::npos) end = text.find("*:");
        break;
    default: // "EXTERNAL: ", "SPAM: "; answers keep theirs
        end = text.find(": ");
        if (end != std::string_view::npos && (end > 20 || end < 4)) end = std::string_view::npos;
    }
    if (end > most_tag_bytes) return 0; // npos too
    ++end;
    while (end < text.size() && (ascii::is_space(text[end]) || text[end] == ':')) ++end;
    return end;
}

/// Bytes of "Re: ", "AW: ", "Fwd: " and so on at the beginning, several of them too.
std::size_t answer_at(std::string_view text) {
    std::size_t end = 0;
    for (;;) {
        const std::string_view rest = text.substr(end);
        const std::size_t colon = rest.find(':');
        if (colon == std::string_view::npos || colon < 1 || colon > 4) return end;
        for (const char c : rest.substr(0, colon))
            if (!ascii::is_alpha(c)) return end;
        end += colon + 1;
        while (end < text.size() && ascii::is_space(text[end])) ++end;
    }
}

/// All texts that `text` may have been before tags were put in front of it, behind "Re:", or at its end.
std::vector<std::string> untagged(std::string_view text) {
    std::vector<std::string> results;
    std::string_view rest = text;
    for (std::size_t i = 0; i < most_tags; ++i) {
        const std::size_t tag = tag_at(rest);
        if (tag == 0 || tag >= rest.size()) break;
        // "[tag] Re: it" may have been "Re: [tag] it", the other way round, and without the tag.
        const std::string_view told = rest.substr(0, tag);
        rest.remove_prefix(tag);
        results.emplace_back(rest);
        if (const std::size_t answer = answer_at(rest); answer > 0) {
            results.push_back(std::string(rest.substr(0, answer)) + std::string(told) +
                              std::string(rest.substr(answer)));
            results.emplace_back(rest.substr(answer));
        }
    }
    if (const std::size_t answer = answer_at(text); answer > 0) {
        const std::string_view head = text.substr(0, answer);
        rest = text.substr(answer);
        for (std::size_t i = 0; i < most_tags; ++i) {
            const std::size_t tag = tag_at(rest);
            if (tag == 0 || tag >= rest.size()) break;
            const std::string_view told = rest.substr(0, tag);
            rest.remove_prefix(tag);
            results.push_back(std::string(head) + std::string(rest));
            results.push_back(std::string(told) + std::string(head) + std::string(rest));
            // An "Re:" behind the tag was taken for a second one, and dropped.
            results.push_back(std::string(head) + std::string(told) + std::string(head) + std::string(rest));
            results.push_back(std::string(told) + std::string(rest));
            results.emplace_back(rest);
        }
    }
    if (text.ends_with(']') || text.ends_with(')'))
        if (const std::size_t open = text.rfind(text.back() == ']' ? " [" : " ("); open != std::string_view::npos)
            results.emplace_back(text.substr(0, open));
    return results;
}

/// Another spelling of "Re:" in front.
std::vector<std::string> answers_spelled(std::string_view text) {
    constexpr std::array<std::string_view, 14> spellings{"Re: ", "RE: ", "re: ", "AW: ",  "Aw: ",  "Antw: ", "SV: ",
                                                         "Sv: ", "VS: ", "Vs: ", "Odp: ", "RES: ", "Fwd: ",  "FW: "};
    std::vector<std::string> results;
    const std::size_t answer = answer_at(text);
    if (answer == 0) return results;
    for (const std::string_view spelling : spellings)
        results.push_back(std::string(spelling) + std::string(text.substr(answer)));
    return results;
}

} // namespace

FieldVariants subject_variants(const mail::Field& field) {
    FieldVariants variants;
    const std::string now = mail::unfold(field.value), decoded = mail::decode_encoded_words(now);
    const std::size_t offset = field.name.size() + 2;
    const auto tagged = [&](const std::string& was, Cost cost) {
        variants.push_back(
            {" " + was, Change::subject_tagged, say("The subject was tagged: {now}", {{"now", now}}), cost, was, now});
    };
    // As it is written, foldings and all: what stands behind the tag was not touched.
    const std::string_view raw = ascii::trim(field.value);
    for (const std::string& was : untagged(raw)) tagged(was, Cost::told);
    for (const std::string& was : untagged(now)) tagged(was, Cost::told);
    for (const std::string& was : untagged(now))
        for (const std::string& spelled : answers_spelled(was)) tagged(spelled, Cost::odd);
    const bool was_encoded = decoded != now;
    for (const std::string& was : untagged(decoded))
        for (const std::string& form : encoded_forms(was, offset))
            if (was_encoded) tagged(form, Cost::odd);
    for (const std::string& spelled : answers_spelled(now))
        variants.push_back(changed_field(field, spelled, Cost::odd));
    if (was_encoded || decoded.size() != now.size())
        for (const std::string& form : encoded_forms(decoded, offset))
            variants.push_back(changed_field(field, form, Cost::odd));
    return variants;
}

} // namespace bonafide::doctor
