// A message as SMTP carries it: what it asks of a server, and its form behind DATA. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bonafide::io::smtp {

/// RFC 5321 4.5.3.1.6, without the CRLF.
inline constexpr std::size_t most_line_bytes = 998;

struct Needs {
    bool eight_bit = false;       ///< 8BITMIME (RFC 6152): the body has bytes beyond ASCII
    bool utf8_header = false;     ///< SMTPUTF8 (RFC 6531): the header has
    std::size_t longest_line = 0; ///< bytes without the line end
};
[[nodiscard]] Needs needs_of(std::string_view message);

/// Every line end as CRLF, a CR or LF that stands alone as well (a server that takes it for one would see other lines than the next does),
/// dots doubled (RFC 5321 4.5.2), the final dot behind it.
[[nodiscard]] std::string on_wire(std::string_view message);

/// Whether this can stand between the brackets of MAIL or RCPT: at most 254 bytes, no blank, control or bracket, a part on either side of
/// the last '@'. Its grammar is the server's matter.
[[nodiscard]] bool is_path(std::string_view address);

[[nodiscard]] bool is_ascii(std::string_view text);

} // namespace bonafide::io::smtp
