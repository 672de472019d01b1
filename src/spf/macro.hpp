// Macro strings (RFC 7208 7): read once, together with their record, and expanded for each check.
// Reading is strict and says where it failed; expanding cannot fail, and its work is bounded by what is read, not by what is sent.
#pragma once

#include "base/error.hpp"
#include "base/ip.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::spf {

/// Where a macro string stands; this decides what it may hold.
enum class MacroPlace : std::uint8_t {
    domain_spec, ///< argument of a mechanism, redirect or exp: letters s l o d i p v h, and a proper end (RFC 7208 7.1)
    modifier,    ///< value of an unknown modifier: never expanded, so any letter will do (RFC 7208 6)
    explanation, ///< the text at the exp name: letters c r t too, and SP (RFC 7208 6.2, 7.2)
};

/// Literal text, or one %{...}.
struct MacroPiece {
    std::string literal;      ///< decoded (%% is "%"); used when letter is 0
    char letter = 0;          ///< lower case
    bool url_escaped = false; ///< the letter was upper case (RFC 7208 7.3)
    bool reversed = false;
    std::uint16_t keep = 0; ///< right-hand parts to keep; 0: all
    std::string delimiters; ///< empty: "." when transformers ask for splitting
    bool operator==(const MacroPiece&) const = default;
};

struct MacroString {
    std::vector<MacroPiece> pieces;
    std::string fixed_name;    ///< the expanded name when no piece has a letter, ready to ask
    std::uint32_t letters = 0; ///< bit n: 'a' + n is used

    [[nodiscard]] bool uses(char letter) const { return (letters >> (letter - 'a') & 1) != 0; }
    [[nodiscard]] bool operator==(const MacroString& other) const { return pieces == other.pieces; }
};

/// Reads `text`; an error's position counts from the start of `text`.
[[nodiscard]] Expected<MacroString> parse_macro_string(std::string_view text, MacroPlace place);

/// Prints so that reading it in the same place gives an equal value.
[[nodiscard]] std::string to_text(const MacroString& macros);

/// What the letters stand for (RFC 7208 7.2). The views must live through the call.
struct MacroValues {
    std::string_view local_part;     ///< %{l}, and the first half of %{s}
    std::string_view sender_domain;  ///< %{o}
    std::string_view domain;         ///< %{d}
    std::string_view helo;           ///< %{h}
    std::string_view validated_name; ///< %{p}; "unknown" when empty
    std::string_view receiver;       ///< %{r}; "unknown" when empty
    ip::Address client;              ///< %{i} %{c} %{v}
    std::int64_t now = 0;            ///< %{t}
};

/// Of a local-part or HELO longer than this only the end counts. Far beyond SMTP's 512 octets a command (RFC 5321 4.5.3.1.4);
/// keeps a megabyte of local-part from being split a thousand times.
inline constexpr std::size_t most_macro_value_bytes = 1024;

/// A target-name: normalized, at most 253 bytes by dropping whole labels on the left (RFC 7208 7.3). It may still be no name that
/// can be asked (empty or overlong labels, odd bytes): see is_askable.
[[nodiscard]] std::string expand_name(const MacroString& macros, const MacroValues& values);

/// Text, cut to `most` bytes.
[[nodiscard]] std::string expand_text(const MacroString& macros, const MacroValues& values, std::size_t most);

/// Fit for a DNS question: valid labels (RFC 1035 2.3.4) of visible ASCII or spaces, without a final dot.
[[nodiscard]] bool is_askable(std::string_view name);

} // namespace bonafide::spf
