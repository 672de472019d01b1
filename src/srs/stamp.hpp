// The day of a rewritten address: two base32 characters (RFC 4648 6) of the days since 1970, modulo 1024. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bonafide::srs {

inline constexpr std::int64_t stamp_days = 1024; ///< after so many days a stamp comes again

[[nodiscard]] std::string write_stamp(std::int64_t unix_time);

/// How old a stamp is, in whole days: 0 to 1022, or -1 for one of tomorrow, which another host's clock may have written. Nothing: no stamp.
[[nodiscard]] std::optional<std::int64_t> stamp_age(std::string_view stamp, std::int64_t unix_time);

} // namespace bonafide::srs
