// The escaping function of each place (HOUSE 7): remote text reaches a header, a log line or an SMTP reply only through these.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bonafide::escape {

/// For one line of text to a person or a log: control bytes and bytes above 126 that are no valid UTF-8 become \xNN, and so do
/// characters that would reorder or break the line (bidirectional controls, U+2028, U+2029, U+FEFF); the backslash becomes \\.
/// Cut to `most` bytes, never inside an escape or a character, with "..." after them.
[[nodiscard]] std::string line(std::string_view text, std::size_t most = 256);

/// A name or an address as a stranger gave it, for JSON and the log, whose writers escape: its bytes as they are, but no more than
/// `most`, not ending inside a UTF-8 character, with "..." after them when there were more.
constexpr std::size_t most_name_bytes = 320; // a local-part of 64, "@" and a domain of 255: RFC 5321 4.5.3.1
[[nodiscard]] std::string shortened(std::string_view text, std::size_t most = most_name_bytes);

/// For a comment or quoted-string content inside a header field: printable ASCII stays (backslash and '"' or parentheses quoted by
/// the caller's kind below), everything else becomes '?', CR and LF never pass; cut to `most` bytes.
[[nodiscard]] std::string header_comment(std::string_view text,
                                         std::size_t most = 200); ///< content of ( ), parentheses escaped
[[nodiscard]] std::string header_value(
    std::string_view text,
    std::size_t most =
        320); ///< RFC 8601 2.2 pvalue: a bare token or [local-part]@domain when it can be, else a quoted-string with its quotes

/// For SMTP reply text: printable ASCII stays, everything else becomes '?'; cut to `most` bytes. Doubling of '%' is the milter's own matter.
[[nodiscard]] std::string smtp_text(std::string_view text, std::size_t most = 480);

} // namespace bonafide::escape
