#include "doctor/spf_text.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::doctor {
namespace {

bool is_all(std::string_view term) {
    if (!term.empty() && std::string_view("+-~?").contains(term.front())) term.remove_prefix(1);
    return ascii::iequals(term, "all");
}
bool is_redirect(std::string_view term) { return ascii::istarts_with(term, "redirect="); }
bool is_explanation(std::string_view term) { return ascii::istarts_with(term, "exp="); }

/// Without white space, quotes, invisible marks and backslashes around it.
std::string_view bare(std::string_view text) {
    constexpr std::array<std::string_view, 9> around{" ", "\t", "\r",           "\n",          "\"",
                                                     "'", "\\", "\xef\xbb\xbf", "\xe2\x80\x8b"};
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

/// What follows a version that was meant; nothing: none was.
std::optional<std::string_view> after_version(std::string_view text) {
    // Longest first.
    constexpr std::array<std::string_view, 14> spellings{"v=spf1",     "v= spf1", "v =spf1", "v = spf1", "v:spf1",
                                                         "v=\"spf1\"", "v=spf 1", "v=spfv1", "v=sfp1",   "v=spf2.0",
                                                         "v=spf2",     "v=spf",   "vspf1",   "spf1"};
    for (const std::string_view spelling : spellings)
        if (ascii::istarts_with(text, spelling)) return text.substr(spelling.size());
    return {};
}

} // namespace

bool is_meant_as_spf(std::string_view text) {
    const auto rest = after_version(bare(text));
    if (!rest) return false;
    if (ascii::istarts_with(bare(text), "spf1") || ascii::istarts_with(bare(text), "vspf1"))
        return rest->starts_with(' ');
    // "v=spf2.0/pra" is Sender ID, another thing on purpose.
    return !ascii::istarts_with(bare(text), "v=spf2.0/");
}

std::string straightened(std::string_view text) {
    const std::string_view inner = bare(text);
    std::string_view rest = after_version(inner).value_or(inner);
    while (!rest.empty() && std::string_view(" ,;:\"").contains(rest.front())) rest.remove_prefix(1);
    std::string result(rest);
    std::erase(result, '"');
    std::erase(result, '\\');
    return spf_record(spf_terms("v=spf1 " + result));
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
