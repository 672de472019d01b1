// Durations as people write them in settings and read them in messages: "250ms", "5s", "10m", "2h", "1d".
#pragma once

#include "base/error.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace bonafide {

/// A whole number and one unit of ms, s, m, h, d, nothing between or around; at most 36500 days. The error names the units.
[[nodiscard]] Expected<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The same form in the largest unit that leaves no fraction: 90 s is "90s", 120 s is "2m", nothing is "0s".
[[nodiscard]] std::string duration_text(std::chrono::milliseconds duration);

} // namespace bonafide
