// ASCII text: the only character rules mail and DNS protocols know. Locale-free, safe for bytes above 127.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::ascii {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_alpha(char c) { return is_upper(c) || is_lower(c); }
constexpr bool is_alnum(char c) { return is_alpha(c) || is_digit(c); }
constexpr bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
constexpr bool is_wsp(char c) { return c == ' ' || c == '\t'; }                 ///< RFC 5234 WSP
constexpr bool is_space(char c) { return is_wsp(c) || c == '\r' || c == '\n'; } ///< what FWS is made of
constexpr bool is_printable(char c) { return c >= 0x20 && c <= 0x7e; }
constexpr char to_lower(char c) { return is_upper(c) ? static_cast<char>(c + ('a' - 'A')) : c; }
constexpr char to_upper(char c) { return is_lower(c) ? static_cast<char>(c - ('a' - 'A')) : c; }

/// A copy with A-Z lowered; all other bytes untouched.
[[nodiscard]] std::string lower(std::string_view text);

/// Equality without regard to ASCII case.
[[nodiscard]] bool iequals(std::string_view a, std::string_view b);
[[nodiscard]] bool istarts_with(std::string_view text, std::string_view prefix);
[[nodiscard]] bool iends_with(std::string_view text, std::string_view suffix);

/// The part without leading and trailing SP, HTAB, CR, LF. A view into `text`.
[[nodiscard]] std::string_view trim(std::string_view text);

/// The parts between `separator`s; "" gives one empty part. Views into `text`.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// A decimal number of digits only, no sign, no blanks; nothing when empty, other bytes occur or it does not fit 64 bits.
[[nodiscard]] std::optional<std::uint64_t> parse_decimal(std::string_view text);

} // namespace bonafide::ascii
