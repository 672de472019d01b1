#include "doctor/spf_text.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::doctor {
namespace {

constexpr std::size_t most_pasted_bytes = 300, most_pasted_words = 5; ///< of a line in front of the record

struct Spelling {
    std::string_view wrong, right;
};

/// What editors and web pages put in where ASCII was meant (U+2010 to U+2014, U+2212, U+00A0, quotes, invisible marks).
constexpr std::array characters{Spelling{"\t", " "},
                                Spelling{"\r", " "},
                                Spelling{"\n", " "},
                                Spelling{"\xc2\xa0", " "},
                                Spelling{"\xe2\x80\x90", "-"},
                                Spelling{"\xe2\x80\x91", "-"},
                                Spelling{"\xe2\x80\x92", "-"},
                                Spelling{"\xe2\x80\x93", "-"},
                                Spelling{"\xe2\x80\x94", "-"},
                                Spelling{"\xe2\x88\x92", "-"},
                                Spelling{"\xe2\x80\x98", ""},
                                Spelling{"\xe2\x80\x99", ""},
                                Spelling{"\xe2\x80\x9c", ""},
                                Spelling{"\xe2\x80\x9d", ""},
                                Spelling{"\xe2\x80\x8b", ""},
                                Spelling{"\xef\xbb\xbf", ""},
                                Spelling{"\"", ""},
                                Spelling{"'", ""},
                                Spelling{"\\", ""},
                                Spelling{",", " "},
                                Spelling{";", " "}};

bool is_all(std::string_view term) {
    if (!term.empty() && std::string_view("+-~?").contains(term.front())) term.remove_prefix(1);
    return ascii::iequals(term, "all");
}
bool is_redirect(std::string_view term) { return ascii::istarts_with(term, "redirect="); }
bool is_explanation(std::string_view term) { return ascii::istarts_with(term, "exp="); }

/// Without white space, quotes, invisible marks and backslashes around it.
std::string_view bare(std::string_view text) {
    constexpr std::array<std::string_view, 15> around{" ",
                                                      "\t",
                                                      "\r",
                                                      "\n",
                                                      "\"",
                                                      "'",
                                                      "\\",
                                                      "\xef\xbb\xbf",
                                                      "\xc2\xa0",
                                                      "\xe2\x80\x8b",
                                                      "\xe2\x80\x98",
                                                      "\xe2\x80\x99",
                                                      "\xe2\x80\x9c",
                                                      "\xe2\x80\x9d",
                                                      "\xe2\x80\x9e"};
    for (bool again = true; again;) {
        again = false;
        for (const std::string_view mark : around) {
            if (text.starts_with(mark)) {
                text.remove_prefix(mark.size());
                again = true;
            }
            if (text.ends_with(mark)) {
                text.remove_suffix(mark.size());
                again = true;
            }
        }
    }
    return text;
}

/// Without what stands in front of a version that was pasted along: the beginning of a line of a zone file, or the name of the type.
std::string_view without_line(std::string_view text) {
    const std::size_t version = ascii::lower(text.substr(0, most_pasted_bytes)).find("v=spf1");
    if (version == std::string_view::npos || version == 0) return text;
    std::size_t words = 0;
    bool is_line = false;
    std::string_view before = text.substr(0, version);
    for (const char mark : {'"', '(', ':', '='})
        while (before.ends_with(mark) || before.ends_with(' ')) before.remove_suffix(1);
    for (const std::string_view word : ascii::split(before, ' ')) {
        if (word.empty()) continue;
        ++words;
        is_line = is_line || ascii::iequals(word, "txt") || ascii::iequals(word, "in") || ascii::iequals(word, "spf");
    }
    return is_line && words <= most_pasted_words ? text.substr(version) : text;
}

/// What follows a version that was meant; nothing: none was.
std::optional<std::string_view> after_version(std::string_view text) {
    // Longest first.
    constexpr std::array<std::string_view, 15> spellings{"v=spf1",   "spf=v1",     "v= spf1", "v =spf1", "v = spf1",
                                                         "v:spf1",   "v=\"spf1\"", "v=spf 1", "v=spfv1", "v=sfp1",
                                                         "v=spf2.0", "v=spf2",     "v=spf",   "vspf1",   "spf1"};
    for (const std::string_view spelling : spellings)
        if (ascii::istarts_with(text, spelling)) return text.substr(spelling.size());
    return {};
}

} // namespace

bool is_meant_as_spf(std::string_view whole) {
    const std::string_view text = without_line(bare(whole));
    const auto rest = after_version(bare(text));
    if (!rest) return false;
    if (ascii::istarts_with(bare(text), "spf1") || ascii::istarts_with(bare(text), "vspf1"))
        return rest->starts_with(' ');
    // "v=spf2.0/pra" is Sender ID, another thing on purpose.
    return !ascii::istarts_with(bare(text), "v=spf2.0/");
}

std::string straightened(std::string_view text) {
    const std::string_view inner = bare(without_line(bare(text)));
    std::string rest = with_plain_characters(after_version(inner).value_or(inner));
    while (!rest.empty() && std::string_view(" :").contains(rest.front())) rest.erase(0, 1);
    return spf_record(spf_terms("v=spf1 " + rest));
}

std::string with_plain_characters(std::string_view text) {
    std::string result(text);
    for (const auto& [wrong, right] : characters)
        for (std::size_t at = 0; (at = result.find(wrong, at)) != std::string_view::npos; at += right.size())
            result.replace(at, wrong.size(), right);
    return result;
}

std::vector<std::string> spf_terms(std::string_view text) {
    std::vector<std::string> terms;
    for (const std::string_view term : ascii::split(text, ' '))
        if (!term.empty()) terms.emplace_back(term);
    if (!terms.empty()) terms.erase(terms.begin());
    return terms;
}

std::string spf_record(std::span<const std::string> terms) {
    return fmt::format("v=spf1{}{}", terms.empty() ? "" : " ", fmt::join(terms, " "));
}

std::string with_all(std::string_view text, std::string_view all) {
    std::vector<std::string> terms = spf_terms(text);
    const auto first = std::ranges::find_if(terms, is_all);
    std::vector<std::string> modifiers;
    if (first != terms.end()) // what stands behind it was never reached
        for (auto term = first; term != terms.end(); ++term)
            if (is_explanation(*term)) modifiers.push_back(*term);
    terms.erase(first, terms.end());
    std::erase_if(terms, is_redirect);
    terms.emplace_back(all);
    terms.insert(terms.end(), modifiers.begin(), modifiers.end());
    return spf_record(terms);
}

std::string without(std::string_view text, const std::function<bool(std::string_view)>& drop) {
    std::vector<std::string> terms = spf_terms(text);
    std::erase_if(terms, [&](const std::string& term) { return drop(term); });
    return spf_record(terms);
}

std::string with_mechanism(std::string_view text, std::string mechanism) {
    std::vector<std::string> terms = spf_terms(text);
    const auto end =
        std::ranges::find_if(terms, [](const std::string& term) { return is_all(term) || is_redirect(term); });
    terms.insert(end, std::move(mechanism));
    return spf_record(terms);
}

std::string with_address(std::string_view text, const ip::Address& address) {
    return with_mechanism(text, fmt::format("{}:{}", address.is_v4() ? "ip4" : "ip6", address.text()));
}

std::string with_address_first(std::string_view text, const ip::Address& address) {
    std::vector<std::string> terms = spf_terms(text);
    terms.insert(terms.begin(), fmt::format("{}:{}", address.is_v4() ? "ip4" : "ip6", address.text()));
    return spf_record(terms);
}

std::string with_all_last(std::string_view text) {
    std::vector<std::string> terms = spf_terms(text);
    std::string all = "~all";
    if (const auto found = std::ranges::find_if(terms, is_all); found != terms.end()) all = *found;
    std::erase_if(terms, is_all);
    for (std::string& term : terms)
        if (is_redirect(term)) term = "include:" + term.substr(term.find('=') + 1);
    terms.push_back(all);
    return spf_record(terms);
}

bool names_a_sender(std::string_view text) {
    return std::ranges::any_of(spf_terms(text), [](std::string_view term) {
        if (std::string_view("-~?").contains(term.front())) return false;
        // A modifier has "=" right after its name (RFC 7208 4.6.1).
        const bool is_modifier = term.substr(0, term.find_first_of(":/=")).size() == term.find('=');
        return is_redirect(term) || (!is_all(term) && !is_modifier);
    });
}

std::optional<std::string> rejoined(std::string_view text, std::string_view rest) {
    if (spf::is_record(rest)) return {};
    const auto first = spf::parse_record(text);
    if (first && (first->has_all || first->redirect)) return {};
    // A text of terms alone, one of which nothing but SPF has; or the second half of a term, and then "all".
    const auto whole = spf::parse_record("v=spf1 " + std::string(rest));
    const auto terms = spf_terms("v=spf1 " + std::string(rest));
    const bool stands_alone =
        whole && !whole->directives.empty() && whole->others.empty() &&
        (whole->has_all || std::ranges::any_of(terms, [](const std::string& term) { return term.contains(':'); }));
    if (!stands_alone && (terms.empty() || !is_all(terms.back()))) return {};
    std::string joined = fmt::format("{}{}{}", text, stands_alone ? " " : "", rest);
    const auto record = spf::parse_record(joined);
    if (!record || !record->others.empty()) return {};
    return spf_record(spf_terms(joined));
}

std::string merged(std::span<const std::string> texts) {
    std::vector<std::string> terms;
    std::string all;
    const auto softness = [](std::string_view term) {
        return std::string_view("-~?").find(term.empty() ? '-' : term.front());
    };
    for (const std::string& text : texts) {
        for (std::string term : spf_terms(text)) {
            if (is_all(term)) {
                if (std::string_view("+aA").contains(term.front())) term = "~all"; // +all would let everybody send
                if (all.empty() || softness(term) > softness(all)) all = term;
                continue;
            }
            if (is_redirect(term)) term = "include:" + term.substr(term.find('=') + 1);
            if (std::ranges::find(terms, term) == terms.end()) terms.push_back(term);
        }
    }
    terms.push_back(all.empty() || all == "?all" ? "~all" : all);
    return spf_record(terms);
}

} // namespace bonafide::doctor
