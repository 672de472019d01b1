// Reading SPF records term by term; printing and selection are in record_text.cpp.
#include "spf/record.hpp"

#include "base/ascii.hpp"
#include "spf/mistake.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace bonafide::spf {
namespace {

constexpr std::size_t version_bytes = std::string_view("v=spf1").size();

std::unexpected<Error> syntax_error(std::string text, std::size_t position, std::string section) {
    return failure(std::move(text), position, std::move(section));
}

/// RFC 7208 4.6.1: name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ); the length of the longest one at the start of `text`.
std::size_t name_length(std::string_view text) {
    if (text.empty() || !ascii::is_alpha(text.front())) return 0;
    const auto in_name = [](char c) { return ascii::is_alnum(c) || c == '-' || c == '_' || c == '.'; };
    return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), in_name) - text.begin());
}

/// Adds `offset` to an error's position.
Expected<MacroString> parse_macros_at(std::string_view text, std::size_t offset, MacroPlace place) {
    Expected<MacroString> result = parse_macro_string(text, place);
    if (!result) result.error().position += offset;
    return result;
}

/// The prefix lengths at the end of the argument of a or mx, and what stands before them.
struct DualCidr {
    std::string_view rest;
    std::optional<std::string_view> v4;
    std::optional<std::string_view> v6;
};

/// RFC 7208 5.6: dual-cidr-length = [ "/" digits ] [ "//" digits ]. A domain-spec cannot end in "/" digits, so the split is certain.
DualCidr split_dual_cidr(std::string_view text) {
    DualCidr result{text, {}, {}};
    const auto digits_begin = [](std::string_view part) {
        std::size_t begin = part.size();
        while (begin > 0 && ascii::is_digit(part[begin - 1])) --begin;
        return begin;
    };
    std::size_t digits = digits_begin(result.rest);
    if (digits >= 2 && result.rest.substr(digits - 2, 2) == "//") {
        result.v6 = result.rest.substr(digits);
        result.rest = result.rest.substr(0, digits - 2);
        digits = digits_begin(result.rest);
    }
    if (digits >= 1 && result.rest[digits - 1] == '/') {
        result.v4 = result.rest.substr(digits);
        result.rest = result.rest.substr(0, digits - 1);
    }
    return result;
}

/// Reads one record. Positions are those in the whole text.
class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    Expected<Record> read() {
        // RFC 7208 4.6.1: terms = *( 1*SP ( directive / modifier ) ), and trailing SP.
        std::size_t at = version_bytes;
        while (at < text_.size()) {
            if (text_[at] == ' ') {
                ++at;
                continue;
            }
            const std::size_t end = std::min(text_.find(' ', at), text_.size());
            if (const Expected<void> term = read_term({at, end - at}); !term) {
                Error error = term.error();
                if (std::string cure = cure_of(text_.substr(at, end - at)); !cure.empty()) error.text = std::move(cure);
                return std::unexpected(std::move(error));
            }
            at = end;
        }
        return std::move(record_);
    }

  private:
    Expected<void> read_term(Span span) {
        const std::string_view term = span.of(text_);
        const auto visible = [](char c) { return c > ' ' && c <= '~'; };
        if (const auto odd = std::find_if_not(term.begin(), term.end(), visible); odd != term.end()) {
            const auto position = span.begin + static_cast<std::size_t>(odd - term.begin());
            return syntax_error("only visible ASCII characters may stand in a record, separated by spaces", position,
                                "RFC 7208 4.6.1");
        }
        // RFC 7208 4.6.1: a modifier has "=" right after its name; everything else is a directive.
        const std::size_t name = name_length(term);
        if (name > 0 && name < term.size() && term[name] == '=') return read_modifier(span, name);
        return read_directive(span);
    }

    Expected<void> read_modifier(Span span, std::size_t name_bytes) {
        const std::string_view term = span.of(text_);
        std::string name = ascii::lower(term.substr(0, name_bytes));
        const bool known = name == "redirect" || name == "exp";
        const MacroPlace place = known ? MacroPlace::domain_spec : MacroPlace::modifier;
        auto value = parse_macros_at(term.substr(name_bytes + 1), span.begin + name_bytes + 1, place);
        if (!value) return std::unexpected(value.error());
        Modifier modifier{std::move(name), span, *std::move(value)};
        // RFC 7208 6: unrecognized modifiers are ignored, wherever and however often they stand.
        if (!known) {
            record_.others.push_back(std::move(modifier));
            return {};
        }
        // RFC 7208 6: redirect and exp at most once each.
        std::optional<Modifier>& slot = modifier.name == "exp" ? record_.explanation : record_.redirect;
        if (slot) return syntax_error(fmt::format("{}= may stand only once", modifier.name), span.begin, "RFC 7208 6");
        slot = std::move(modifier);
        return {};
    }

    Expected<void> read_directive(Span span) {
        directive_ = {};
        directive_.span = span;
        std::string_view rest = span.of(text_);
        constexpr std::string_view qualifiers = "+-~?";
        constexpr std::array results{Result::pass, Result::fail, Result::softfail, Result::neutral};
        if (const std::size_t which = qualifiers.find(rest.front()); which != std::string_view::npos) {
            directive_.result = results[which];
            rest.remove_prefix(1);
        }
        const std::size_t name = name_length(rest);
        const std::optional<Mechanism> mechanism = parse_mechanism(rest.substr(0, name));
        const std::size_t argument = span.begin + span.length - rest.size() + name;
        // RFC 7208 4.6.1: an unknown mechanism is a syntax error, unlike an unknown modifier.
        if (!mechanism) return syntax_error("there is no such mechanism", span.begin, "RFC 7208 4.6.1");
        rest.remove_prefix(name);
        if (!rest.empty() && rest.front() != ':' && rest.front() != '/')
            return syntax_error("after a mechanism's name only \":\" or \"/\" may follow", argument, "RFC 7208 4.6.1");
        directive_.mechanism = *mechanism;
        if (const Expected<void> read = read_argument(rest, argument); !read) return read;
        record_.has_all |= directive_.mechanism == Mechanism::all;
        record_.directives.push_back(std::move(directive_));
        return {};
    }

    /// `argument` is what follows the name: empty, or from ":" or "/" on.
    Expected<void> read_argument(std::string_view argument, std::size_t at) {
        switch (directive_.mechanism) {
        case Mechanism::all: // RFC 7208 5.1
            if (!argument.empty()) return syntax_error("\"all\" takes no argument", at, "RFC 7208 5.1");
            return {};
        case Mechanism::include: // RFC 7208 5.2
        case Mechanism::exists:  // RFC 7208 5.7
            if (!argument.starts_with(':'))
                return syntax_error(fmt::format("\"{}\" needs \":\" and a domain name", to_text(directive_.mechanism)),
                                    at, directive_.mechanism == Mechanism::include ? "RFC 7208 5.2" : "RFC 7208 5.7");
            return read_target(argument, at);
        case Mechanism::ptr: // RFC 7208 5.5
            if (argument.starts_with('/')) return syntax_error("\"ptr\" takes no prefix length", at, "RFC 7208 5.5");
            return read_target(argument, at);
        case Mechanism::a:  // RFC 7208 5.3
        case Mechanism::mx: // RFC 7208 5.4
            return read_host(argument, at);
        case Mechanism::ip4:
        case Mechanism::ip6: return read_network(argument, at); // RFC 7208 5.6
        }
        std::unreachable();
    }

    /// [ ":" domain-spec ]
    Expected<void> read_target(std::string_view argument, std::size_t at) {
        if (argument.empty()) return {};
        if (argument.front() != ':') return syntax_error("a prefix length is \"/\" and a number", at, "RFC 7208 5.6");
        auto target = parse_macros_at(argument.substr(1), at + 1, MacroPlace::domain_spec);
        if (!target) return std::unexpected(target.error());
        directive_.target = *std::move(target);
        return {};
    }

    /// [ ":" domain-spec ] [ dual-cidr-length ]
    Expected<void> read_host(std::string_view argument, std::size_t at) {
        const DualCidr split = split_dual_cidr(argument);
        const auto offset = [&](std::string_view part) {
            return at + static_cast<std::size_t>(part.data() - argument.data());
        };
        if (split.v4) {
            const auto length = parse_prefix_length(*split.v4, 32, offset(*split.v4));
            if (!length) return std::unexpected(length.error());
            directive_.prefix_v4 = *length;
        }
        if (split.v6) {
            const auto length = parse_prefix_length(*split.v6, 128, offset(*split.v6));
            if (!length) return std::unexpected(length.error());
            directive_.prefix_v6 = *length;
        }
        return read_target(split.rest, at);
    }

    /// ":" ip4-network [ "/" length ], or the same for ip6
    Expected<void> read_network(std::string_view argument, std::size_t at) {
        const bool v4 = directive_.mechanism == Mechanism::ip4;
        if (!argument.starts_with(':'))
            return syntax_error(fmt::format("\"{}\" needs \":\" and an address", to_text(directive_.mechanism)), at,
                                "RFC 7208 5.6");
        argument.remove_prefix(1);
        const std::size_t slash = argument.find('/');
        // An IPv4-mapped network stays IPv6 here: it matches no client, since those are IPv4 (RFC 7208 5).
        const auto address = ip::Address::parse_unmapped(argument.substr(0, slash));
        if (!address || address->is_v4() != v4)
            return syntax_error(v4 ? "an IPv4 address of four numbers must stand here"
                                   : "an IPv6 address must stand here",
                                at + 1, "RFC 7208 5.6");
        directive_.network = {*address, address->bits()};
        if (slash == std::string_view::npos) return {};
        const auto length = parse_prefix_length(argument.substr(slash + 1), address->bits(), at + 1 + slash + 1);
        if (!length) return std::unexpected(length.error());
        directive_.network.length = *length;
        return {};
    }

    /// RFC 7208 5.6: "0", or digits without leading zero, in range.
    static Expected<std::uint8_t> parse_prefix_length(std::string_view digits, unsigned most, std::size_t at) {
        const auto value = ascii::parse_decimal(digits);
        if (!value || *value > most)
            return syntax_error(fmt::format("a prefix length from 0 to {} must stand here", most), at, "RFC 7208 5.6");
        if (digits.size() > 1 && digits.front() == '0')
            return syntax_error("a prefix length has no leading zero", at, "RFC 7208 5.6");
        return static_cast<std::uint8_t>(*value);
    }

    std::string_view text_;
    Record record_;
    Directive directive_; ///< the one being read
};

} // namespace

Expected<Record> parse_record(std::string_view text) { return Reader(text).read(); }

} // namespace bonafide::spf
