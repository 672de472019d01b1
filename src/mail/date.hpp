// Dates as header fields write them (RFC 5322 3.3, obsolete zones included), and Unix time the other way.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bonafide::mail {

/// Seconds since 1970-01-01T00:00:00Z; nothing when the text is no date. Comments and foldings are allowed.
[[nodiscard]] std::optional<std::int64_t> parse_date(std::string_view text);
/// "Sat, 21 Nov 2026 10:00:00 +0000".
[[nodiscard]] std::string format_date(std::int64_t unix_time);

} // namespace bonafide::mail
