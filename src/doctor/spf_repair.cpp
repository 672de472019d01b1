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

std::string plain(std::string_view text) {
    std::string result(text);
    for (const auto& [wrong, right] : characters)
        for (std::size_t at = 0; (at = result.find(wrong, at)) != std::string_view::npos; at += right.size())
            result.replace(at, wrong.size(), right);
    return result;
}

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

} // namespace

std::optional<std::string> repaired(std::string_view text) {
    std::vector<std::string> terms;
    std::string torn;
    for (const std::string& piece : spf_terms(plain(text))) {
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
