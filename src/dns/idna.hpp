// U-labels to A-labels before any look-up or comparison (RFC 8616 3; for SPF RFC 8616 4, DKIM RFC 8616 5, DMARC
// RFC 8616 6 and RFC 9989 5.3.1), by libidn2 (UTS 46 non-transitional).
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace bonafide::dns {

/// The normalized A-label form. Pure ASCII input only gets lower-cased and loses its final dot; it is not otherwise judged.
/// Errors: not UTF-8, or a label IDNA refuses.
[[nodiscard]] Expected<std::string> to_ascii(std::string_view domain);

} // namespace bonafide::dns
