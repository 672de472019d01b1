// An envelope address taken apart as SRS needs it: the local part without its quotes, since another one is built around it, and put
// together again with quotes where they are needed (RFC 5321 4.1.2, UTF-8 by RFC 6531 3.3). Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace bonafide::srs {

/// More is read by nobody; RFC 5321 4.5.3.1.3 asks receivers for 256 octets of a path.
inline constexpr std::size_t most_address_octets = 1000;

struct Mailbox {
    std::string local_part; ///< unquoted, never empty
    std::string domain;     ///< as written: a name, A- or U-labels, or a literal with its brackets
    bool operator==(const Mailbox&) const = default;
};

/// "a@b" or "<a@b>", a source route dropped. An unquoted local part may hold what Postfix writes without quotes in its internal form:
/// spaces, a second "@". Nothing: too long, no local part or domain, a control character, a lone quote or backslash, no UTF-8, or a
/// domain of other characters than names and literals have.
[[nodiscard]] std::optional<Mailbox> read_mailbox(std::string_view address);

/// A name or a literal in brackets, of at most 255 octets (RFC 5321 4.5.3.1.2).
[[nodiscard]] bool is_domain(std::string_view text);

/// As it is written in SMTP: a Dot-string bare, all else as a Quoted-string.
[[nodiscard]] std::string local_part_text(std::string_view local_part);
[[nodiscard]] std::string to_text(const Mailbox& mailbox);

} // namespace bonafide::srs
