#include "doctor/spf_repair.hpp"

#include "base/ascii.hpp"
#include "base/ip.hpp"
#include "doctor/spf_text.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace bonafide::doctor {
namespace {

struct Spelling {
    std::string_view wrong, right;
};

/// Names of mechanisms and modifiers as people write them. Those of addresses get ip4 or ip6 by what follows.
constexpr std::array names{Spelling{"ip", "ip4"},
                           Spelling{"ipv4", "ip4"},
                           Spelling{"ipv6", "ip6"},
                           Spelling{"ip-4", "ip4"},
                           Spelling{"ip-6", "ip6"},
                           Spelling{"ipv", "ip4"},
                           Spelling{"includes", "include"},
                           Spelling{"inlcude", "include"},
                           Spelling{"inclue", "include"},
                           Spelling{"incude", "include"},
                           Spelling{"inclde", "include"},
                           Spelling{"inculde", "include"},
                           Spelling{"includ", "include"},
                           Spelling{"inlude", "include"},
                           Spelling{"exist", "exists"},
                           Spelling{"redirects", "redirect"},
                           Spelling{"redirekt", "redirect"},
                           Spelling{"al", "all"},
                           Spelling{"alll", "all"},
                           Spelling{"any", "all"}};

std::string_view right_name(std::string_view name) {
    for (const auto& [wrong, right] : names)
        if (ascii::iequals(name, wrong)) return right;
    return name;
}

/// A term taken apart: sign, name, the ":" "=" or "/" behind it, the rest.
struct Parts {
    std::string sign;
    std::string name;
    std::string_view mark;
    std::string_view rest;
};
Parts parts_of(std::string_view term) {
    Parts parts;
    constexpr std::string_view signs = "+-~?";
    while (!term.empty() && signs.contains(term.front())) {
        parts.sign = term.substr(0, 1); // "--all" has one; of "-~all" the last is it
        term.remove_prefix(1);
    }
    const std::size_t end = std::min(term.find_first_of(":=/"), term.size());
    parts.name = right_name(term.substr(0, end));
    parts.mark = term.substr(end, 1);
    parts.rest = term.substr(std::min(end + 1, term.size()));
    return parts;
}

std::optional<std::string> as_network(const std::string& sign, std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    while (text.ends_with('.')) text.remove_suffix(1);
    const auto network = ip::Prefix::parse(text);
    if (!network) return {};
    return fmt::format("{}{}:{}", sign, network->address.is_v4() ? "ip4" : "ip6", text);
}

bool looks_like_host(std::string_view text) {
    const std::size_t dot = text.rfind('.');
    return dot != std::string_view::npos && dot + 1 < text.size() && ascii::is_alpha(text[dot + 1]) &&
           spf::is_askable(text) && !text.contains(' ');
}

/// "https://spf.example.net/x" is the host.
std::string_view without_scheme(std::string_view text) {
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos) return text;
    text.remove_prefix(scheme + 3);
    return text.substr(0, text.find('/'));
}

/// One term put right; as it is where nothing is known.
std::string put_right(const std::string& term) {
    if (auto network = as_network("", term)) return *network;
    Parts parts = parts_of(term);
    const std::string& name = parts.name;
    const auto is = [&](std::string_view one) { return ascii::iequals(name, one); };
    if (is("redirect") || is("exp")) return fmt::format("{}={}", name, without_scheme(parts.rest));
    if (parts.mark.empty() || parts.mark == "/") {
        std::string whole = parts.sign + name + std::string(parts.mark) + std::string(parts.rest);
        while (whole.ends_with('.')) whole.pop_back(); // "-all."
        const std::string_view bare = std::string_view(whole).substr(parts.sign.size());
        if (auto network = as_network(parts.sign, bare)) return *network;
        return whole;
    }
    const bool mechanism = spf::parse_mechanism(name).has_value();
    if (!mechanism && parts.mark == "=") return term; // some other modifier
    if (mechanism && !is("exists") && !is("include"))
        if (auto network = as_network(parts.sign, parts.rest)) return *network;
    std::string_view rest = mechanism ? without_scheme(parts.rest) : parts.rest;
    if ((is("ip4") || is("ip6")) && looks_like_host(rest)) return fmt::format("{}a:{}", parts.sign, rest);
    if (is("include") && rest.ends_with('/')) rest.remove_suffix(1);
    if (is("include"))
        if (auto network = as_network(parts.sign, rest)) return *network;
    return fmt::format("{}{}:{}", parts.sign, name, rest);
}

/// Whether `term` waits for what the space behind it tore off: "ip4:" "192.0.2.1", "include" "x", "-" "all".
bool is_torn(const std::string& term) {
    if (term.ends_with(':') || term.ends_with('=')) return true;
    const Parts parts = parts_of(term);
    if (parts.name.empty()) return true;
    constexpr std::array<std::string_view, 6> needy{"include", "exists", "ip4", "ip6", "redirect", "exp"};
    return parts.mark.empty() &&
           std::ranges::any_of(needy, [&](std::string_view one) { return ascii::iequals(parts.name, one); });
}

bool reads(std::string_view term) { return spf::parse_record("v=spf1 " + std::string(term)).has_value(); }

/// Where a term begins within another one, for want of a blank; npos: nowhere.
std::size_t next_term_within(std::string_view piece) {
    constexpr std::array<std::string_view, 6> starts{"include:", "ip4:", "ip6:", "exists:", "redirect=", "exp="};
    constexpr std::string_view signs = "+-~?";
    const std::string lower = ascii::lower(piece);
    std::size_t first = std::string_view::npos;
    for (const std::string_view start : starts)
        for (std::size_t at = lower.find(start, 1); at != std::string_view::npos; at = lower.find(start, at + 1)) {
            const std::size_t begin = signs.contains(lower[at - 1]) ? at - 1 : at;
            if (begin > 0) first = std::min(first, begin);
            break;
        }
    if (!lower.ends_with("all") || lower.size() < 5) return first;
    const std::size_t all = lower.size() - 3;
    if (signs.contains(lower[all - 1])) return std::min(first, all - 1);
    // "192.0.2.1all": no address ends in letters.
    const std::size_t colon = lower.find(':');
    const bool address =
        lower.starts_with("ip4:") && colon != std::string_view::npos && ascii::is_digit(lower[all - 1]);
    return address ? std::min(first, all) : first;
}

std::string with_blanks(std::string_view text) {
    std::string result;
    for (std::string_view piece : ascii::split(text, ' ')) {
        const std::size_t whole = piece.size();
        while (!piece.empty()) {
            const std::string_view term = piece.substr(0, next_term_within(piece));
            if (!result.empty()) result += ' ';
            // Torn off without a sign it was meant as the end of the record, and not to let everybody send.
            const bool bare_all = ascii::iequals(term, "all") && term.size() < whole;
            if (bare_all) result += '~';
            result += term;
            piece.remove_prefix(term.size());
        }
    }
    return result;
}

} // namespace

std::optional<std::pair<std::string, std::string>> glued_terms(std::string_view text) {
    for (const std::string_view piece : ascii::split(text, ' ')) {
        const std::size_t next = next_term_within(piece);
        if (next == std::string_view::npos || ascii::istarts_with(piece, "v=")) continue;
        return std::pair{std::string(piece.substr(0, next)), std::string(piece.substr(next))};
    }
    return {};
}

std::optional<std::string> repaired(std::string_view text) {
    std::vector<std::string> terms;
    std::string torn;
    for (const std::string& piece : spf_terms(with_blanks(with_plain_characters(text)))) {
        if (ascii::iequals(piece, "v=spf1")) continue;
        std::string term = std::move(torn);
        torn.clear();
        const bool needs_mark =
            !term.empty() && !term.ends_with(':') && !term.ends_with('=') && !parts_of(term).name.empty();
        if (needs_mark && !piece.starts_with(':')) term += ':'; // " : " stands by itself now and then
        term += piece;
        if (is_torn(term)) {
            torn = std::move(term);
            continue;
        }
        term = put_right(term);
        if (!reads(term)) return {};
        terms.push_back(std::move(term));
    }
    if (!torn.empty()) return {};
    std::string result = spf_record(terms);
    if (!spf::parse_record(result)) return {};
    return result;
}

std::vector<std::string> misread_terms(std::string_view text, const spf::Record& record) {
    std::vector<std::string> terms;
    for (const spf::Modifier& modifier : record.others) {
        const std::string_view name = right_name(modifier.name);
        if (spf::parse_mechanism(name) || name == "redirect") terms.emplace_back(modifier.span.of(text));
    }
    return terms;
}

} // namespace bonafide::doctor
