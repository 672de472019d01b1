// Packets to the MTA, appended to a buffer. Pure. Nothing here trusts its texts: what could break the protocol, an SMTP reply or a header
// is refused (false, nothing appended) or made harmless as each function says.
#pragma once

#include "io/milter_handler.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace bonafide::io::milter {

/// 32 bits in network order.
void append_number(std::string& out, std::uint32_t value);
/// A packet without arguments: accept, proceed, reject, progress ...
void append_packet(std::string& out, char letter);
void append_packet(std::string& out, char letter, std::string_view arguments);

/// Whether `text` (see Reply::text) can be sent: 4yz or 5yz, an optional enhanced code of the same class (RFC 3463), printable ASCII, at
/// most reply_lines lines of at most reply_line_bytes each.
[[nodiscard]] bool valid_reply(std::string_view text);

/// The packet for `reply`. An invalid smtp text becomes plain reject or defer (false is returned, the packet is there all the same).
/// '%' is doubled (both MTAs treat the text as a format), codes are repeated on each line, a missing enhanced code is added because
/// Postfix refuses a reply without one.
bool append_reply(std::string& out, const Reply& reply);

/// Whether header values go out with the blank after the colon (as negotiated) or the MTA adds it.
enum class Blank : std::uint8_t { by_mta, by_us };

/// The packet for `modification`; false when name or value cannot be sent: a name that is none (RFC 5322 2.2), a NUL, more than
/// response_bytes. Line breaks become LF, and one that no blank follows gets a tab, so that a value can never start a field of its own.
[[nodiscard]] bool append_modification(std::string& out, const Modification& modification, Blank blank);

} // namespace bonafide::io::milter
