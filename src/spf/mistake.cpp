#include "spf/mistake.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "base/ip.hpp"
#include "spf/record.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <optional>

namespace bonafide::spf {
namespace {

constexpr std::size_t most_shown = 80;

std::string shown(std::string_view text) { return escape::line(text, most_shown); }

/// Bytes that editors and web pages put in where ASCII was meant.
struct Lookalike {
    std::string_view bytes;
    std::string_view cure;
};
constexpr std::array lookalikes{
    Lookalike{"\t", "a tab stands in the record; terms are separated by spaces only"},
    Lookalike{"\xe2\x80\x90", "a typographic hyphen stands where \"-\" is meant"},
    Lookalike{"\xe2\x80\x91", "a typographic hyphen stands where \"-\" is meant"},
    Lookalike{"\xe2\x80\x93", "a typographic dash stands where \"-\" is meant"},
    Lookalike{"\xe2\x80\x94", "a typographic dash stands where \"-\" is meant"},
    Lookalike{"\xe2\x88\x92", "a minus sign of mathematics stands where \"-\" is meant"},
    Lookalike{"\xe2\x80\x98", "typographic quotes stand in the record"},
    Lookalike{"\xe2\x80\x99", "typographic quotes stand in the record"},
    Lookalike{"\xe2\x80\x9c", "typographic quotes stand in the record"},
    Lookalike{"\xe2\x80\x9d", "typographic quotes stand in the record"},
    Lookalike{"\xc2\xa0", "a no-break space stands where a space is meant"},
    Lookalike{"\xe2\x80\x8b", "an invisible zero-width space stands in the record"},
    Lookalike{"\xef\xbb\xbf", "an invisible byte order mark stands in the record"},
};

/// The prefix an argument is, with IPv6 brackets forgiven.
std::optional<ip::Prefix> as_prefix(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    return ip::Prefix::parse(text);
}

std::string use_ip_term(const ip::Prefix& prefix, std::string_view written) {
    const std::string_view name = prefix.address.is_v4() ? "ip4" : "ip6";
    return fmt::format("an address needs \"{0}:\": write \"{0}:{1}\"", name, shown(written));
}

bool consists_of(std::string_view text, std::string_view allowed) {
    return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

bool looks_like_host(std::string_view text) {
    const auto fits = [](char c) { return ascii::is_alnum(c) || c == '-' || c == '.' || c == '_'; };
    return text.contains('.') && std::all_of(text.begin(), text.end(), fits) &&
           std::any_of(text.begin(), text.end(), ascii::is_alpha);
}

/// Edits (insert, delete, replace) between two short words.
std::size_t distance(std::string_view a, std::string_view b) {
    constexpr std::size_t most = 16;
    if (a.size() > most || b.size() > most) return most;
    std::array<std::size_t, most + 1> row{};
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

/// Arguments that are domain names. `lead` is what stands before: "a:", "include:", "redirect=", ...
std::string cure_of_host(std::string_view lead, std::string_view argument) {
    if (const auto prefix = as_prefix(argument)) return use_ip_term(*prefix, argument);
    if (argument.contains("://")) return fmt::format("\"{}\" takes a bare domain name, no web address", lead);
    constexpr std::string_view digits = "0123456789";
    const std::size_t colon = argument.rfind(':');
    if (colon != std::string_view::npos && consists_of(argument.substr(colon + 1), digits))
        return fmt::format("\"{}\" takes a domain name without a port number", lead);
    const std::size_t slash = argument.rfind('/');
    const bool has_prefix = slash != std::string_view::npos && consists_of(argument.substr(slash + 1), digits);
    if (has_prefix && lead != "a:" && lead != "mx:") return fmt::format("\"{}\" takes no prefix length", lead);
    const std::string_view host = argument.substr(0, argument.find('/'));
    if (!host.empty() && !host.contains('.'))
        return fmt::format("\"{}{}\" needs a full domain name, such as {}.example.com", lead, shown(host), shown(host));
    return {};
}

/// Arguments of ip4 and ip6.
std::string cure_of_network(std::string_view name, std::string_view argument) {
    if (const auto prefix = as_prefix(argument);
        prefix && (prefix->address.is_v4() != (name == "ip4") || argument.starts_with('[')))
        return use_ip_term(*prefix, argument.starts_with('[') ? argument.substr(1, argument.size() - 2) : argument);
    const std::string_view address = argument.substr(0, argument.find('/'));
    if (looks_like_host(address)) return fmt::format("a host name needs \"a:\": write \"a:{}\"", shown(argument));
    if (name == "ip4" && consists_of(address, "0123456789.") && std::count(address.begin(), address.end(), '.') < 3)
        return fmt::format("\"{}\" needs all four numbers of the address, such as 192.0.2.0/24", shown(argument));
    if (address.contains('-') && consists_of(address, "0123456789.-"))
        return "a range of addresses is written as network and prefix length, such as 192.0.2.0/24";
    return {};
}

std::string nothing_follows(std::string_view lead) {
    return fmt::format("nothing follows \"{}\"; no space may stand after it", lead);
}

/// redirect and exp; the values of other modifiers are nobody's business.
std::string cure_of_modifier(std::string_view name, std::string_view value) {
    const std::string lead = ascii::lower(name) + '=';
    if (lead != "redirect=" && lead != "exp=") return {};
    return value.empty() ? nothing_follows(lead) : cure_of_host(lead, value);
}

std::string cure_of_unknown(std::string_view name, std::string_view rest, bool qualified) {
    const std::string_view argument = rest.empty() ? rest : rest.substr(1);
    const std::string lower = ascii::lower(name);
    if (lower == "redirect" || lower == "exp") {
        if (qualified) return fmt::format("\"{}=\" is a modifier and takes no qualifier", lower);
        return fmt::format("\"{0}\" is a modifier: write \"{0}=\" with an equals sign", lower);
    }
    if (const auto prefix = as_prefix(argument); prefix && lower.starts_with("ip"))
        return use_ip_term(*prefix, argument);
    for (const std::string_view known : {"include", "exists", "redirect", "ip4", "ip6", "all", "ptr"}) {
        if (distance(lower, known) <= (known.size() > 4 ? 2U : 1U))
            return fmt::format("there is no mechanism \"{}\"; \"{}\" may be meant", shown(name), known);
    }
    if (looks_like_host(name))
        return fmt::format("a host name needs \"a:\" or \"include:\" before it, such as \"a:{}\"", shown(name));
    return {};
}

} // namespace

std::string cure_of(std::string_view term) {
    for (const Lookalike& lookalike : lookalikes)
        if (term.contains(lookalike.bytes)) return std::string(lookalike.cure);
    const auto visible = [](char c) { return c > ' ' && c <= '~'; };
    if (!std::all_of(term.begin(), term.end(), visible) || term.contains('%')) return {};

    constexpr std::string_view qualifiers = "+-~?";
    const bool qualified = !term.empty() && qualifiers.contains(term.front());
    if (qualified) term.remove_prefix(1);
    if (term.empty()) return "a qualifier stands alone; write it directly before its mechanism, such as \"-all\"";
    if (qualifiers.contains(term.front())) return "a mechanism takes a single qualifier";
    if (constexpr std::string_view marks = ",;\"'"; marks.contains(term.back()) || marks.contains(term.front()))
        return "terms are separated by spaces, without quotes, commas or semicolons";
    if (const auto prefix = as_prefix(term)) return use_ip_term(*prefix, term);

    const std::size_t end = std::min(term.find_first_of(":/="), term.size());
    const std::string_view name = term.substr(0, end);
    const std::string_view rest = term.substr(end);
    const std::optional<Mechanism> mechanism = parse_mechanism(name);
    if (!qualified && rest.starts_with('=')) return cure_of_modifier(name, rest.substr(1));
    if (!mechanism) return cure_of_unknown(name, rest, qualified);
    const std::string lead = fmt::format("{}{}", to_text(*mechanism), rest.substr(0, 1));
    if (rest == ":" || rest == "=") return nothing_follows(lead);
    if (*mechanism == Mechanism::all || !rest.starts_with(':')) return {};
    if (*mechanism == Mechanism::ip4 || *mechanism == Mechanism::ip6)
        return cure_of_network(to_text(*mechanism), rest.substr(1));
    return cure_of_host(lead, rest.substr(1));
}

} // namespace bonafide::spf
