// An SPF record as values (RFC 7208 4.5, 4.6, 5, 6). The whole record is read before any of it is used, so a syntax error anywhere
// is found whatever would have matched before it (4.6). Reading is strict; errors know the byte and, for well-known mistakes, the cure.
#pragma once

#include "base/error.hpp"
#include "base/ip.hpp"
#include "dns/question.hpp"
#include "spf/macro.hpp"
#include "spf/spf.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::spf {

/// RFC 7208 5.
enum class Mechanism : std::uint8_t { all, include, a, mx, ptr, ip4, ip6, exists };
[[nodiscard]] std::string_view to_text(Mechanism mechanism); ///< "all", "include", ...
[[nodiscard]] std::optional<Mechanism> parse_mechanism(std::string_view name);

/// Where a term stands in the text its record was read from.
struct Span {
    std::size_t begin = 0;
    std::size_t length = 0;
    [[nodiscard]] std::string_view of(std::string_view text) const { return text.substr(begin, length); }
};

/// [ qualifier ] mechanism
struct Directive {
    Result result = Result::pass; ///< what a match gives: pass, fail, softfail or neutral (4.6.2)
    Mechanism mechanism = Mechanism::all;
    Span span;
    std::optional<MacroString> target; ///< domain-spec; none: the current domain
    ip::Prefix network;                ///< ip4, ip6
    std::uint8_t prefix_v4 = 32;       ///< a, mx
    std::uint8_t prefix_v6 = 128;      ///< a, mx
};

/// name "=" value
struct Modifier {
    std::string name; ///< lower case
    Span span;
    MacroString value;
};

struct Record {
    std::vector<Directive> directives;
    std::optional<Modifier> redirect;
    std::optional<Modifier> explanation;
    std::vector<Modifier>
        others;           ///< unknown here, ignored by evaluation (6): ra=, rp=, rr= of RFC 6652 and anything else
    bool has_all = false; ///< then redirect is ignored, wherever it stands (6.1)
};

/// The version section: "v=spf1", then SP or the end; without regard to case (4.5, 12).
[[nodiscard]] bool is_record(std::string_view text);

/// Reads a text for which is_record holds.
[[nodiscard]] Expected<Record> parse_record(std::string_view text);

/// Prints so that parse_record gives the same terms: directives first, then redirect, exp and the other modifiers.
[[nodiscard]] std::string to_text(const Record& record);

/// The term around byte `position` of a record: up to the next spaces. A view into `text`.
[[nodiscard]] std::string_view term_at(std::string_view text, std::size_t position);

/// What a TXT answer says about SPF (4.5): read once per answer and kept with it.
struct Selection {
    std::size_t found = 0; ///< number of SPF records; text and record are those of the first
    std::string text;
    Expected<Record> record;
};
[[nodiscard]] std::shared_ptr<const Selection> select_record(const dns::AnswerData& answer);

} // namespace bonafide::spf
