// Whether two texts of TXT records say the same, however they are written; and which of them cannot stand beside each other.
#pragma once

#include <cstdint>
#include <string_view>

namespace bonafide::doctor {

/// Of what the text is a record, or was meant to be one.
enum class TextKind : std::uint8_t { other, spf, dmarc, dkim, mta_sts, tls_rpt };
/// By the name it stands at (each name has one kind, the domain itself SPF) and how it begins. What is no attempt at that kind is `other`:
/// it is somebody else's business.
[[nodiscard]] TextKind kind_of(std::string_view name, std::string_view text);

/// SPF: the same terms, "all" the last of both, without regard to their order, to case and to "+". Tag lists: the same tags, without regard
/// to their order, to white space, and to values that hold by themselves (RFC 9989 4.7, RFC 6376 3.6.1). Else: the same bytes.
/// Symmetric. A text with a tag that stands twice is like none but itself.
[[nodiscard]] bool says_the_same(TextKind kind, std::string_view a, std::string_view b);

} // namespace bonafide::doctor
