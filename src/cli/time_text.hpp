// Times as commands print and read them: UTC.
#pragma once

#include "base/error.hpp"
#include "cli/command.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace bonafide::cli {

/// "2026-11-22 09:48:31".
[[nodiscard]] std::string utc_text(std::int64_t unix_time);
/// "2026-11-22", of days since 1970-01-01.
[[nodiscard]] std::string day_text(std::int64_t day);

/// "2026-11-22", "2026-11-22 09:48", "2026-11-22T09:48:31Z" (UTC) or a Unix time.
[[nodiscard]] Expected<std::int64_t> parse_time(std::string_view text);
[[nodiscard]] Expected<void> check_time(std::string_view text);

/// How long ago: "7d", "12h"; from a second to ten years.
[[nodiscard]] Expected<void> check_age(std::string_view text);
/// `now` less the duration that `option` gives, else `otherwise` seconds. check_age() has judged it.
[[nodiscard]] std::int64_t read_since(const Arguments& arguments, std::string_view option, std::int64_t now,
                                      std::int64_t otherwise);

} // namespace bonafide::cli
