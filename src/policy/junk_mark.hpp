// The value of X-Bonafide-Junk (policy::junk_field), by which Sieve files a message into the junk folder.
#pragma once

#include "policy/disposition.hpp"

#include <string>
#include <string_view>

namespace bonafide::policy {

/// "yes; by=dmarc; level=quarantine; (why)": folded with CRLF, printable ASCII, the comment as escape::header_comment() leaves it, without ";"
/// and "=". `level` is junk or quarantine (JunkLevel::junk for what rules mark).
///
/// The daemon removes the field from all mail that brings it along, so that its being there is enough for Sieve (RFC 5228 5.5, 5.7):
///
///     require "fileinto";
///     if exists "X-Bonafide-Junk" { fileinto "Junk"; stop; }
///
/// and what to tell apart stands before the comment, in this order:
///
///     if header :matches "X-Bonafide-Junk" "yes; by=dmarc; *" { ... }
///     if header :matches "X-Bonafide-Junk" "yes; by=*; level=quarantine*" { fileinto "Quarantine"; stop; }
enum class JunkLevel : std::uint8_t { junk, quarantine };
[[nodiscard]] std::string junk_value(By by, JunkLevel level, std::string_view why);

/// Of what dispose() came to; empty unless its `what` is junk or quarantine.
[[nodiscard]] std::string junk_value(const Disposition& disposition);

} // namespace bonafide::policy
