#include "base/duration.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <utility>

namespace bonafide {
namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr Milliseconds longest = std::chrono::days(36500);

/// Largest first.
constexpr std::array<std::pair<std::string_view, Milliseconds>, 5> units{{{"d", std::chrono::days(1)},
                                                                          {"h", std::chrono::hours(1)},
                                                                          {"m", std::chrono::minutes(1)},
                                                                          {"s", std::chrono::seconds(1)},
                                                                          {"ms", Milliseconds(1)}}};

} // namespace

Expected<Milliseconds> parse_duration(std::string_view text) {
    const auto digits =
        static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), ascii::is_digit) - text.begin());
    const auto number = ascii::parse_decimal(text.substr(0, digits));
    const auto unit =
        std::find_if(units.begin(), units.end(), [&](const auto& u) { return u.first == text.substr(digits); });
    if (digits == 0 || unit == units.end())
        return failure(
            fmt::format("'{}' is no duration: write a whole number and one of the units ms, s, m, h, d, as in 30s",
                        escape::line(text, 40)));
    if (!number || *number > static_cast<std::uint64_t>(longest / unit->second))
        return failure(fmt::format("'{}' is longer than 36500d", escape::line(text, 40)));
    return unit->second * static_cast<std::int64_t>(*number);
}

std::string duration_text(Milliseconds duration) {
    if (duration == Milliseconds::zero()) return "0s";
    const auto unit = std::find_if(units.begin(), units.end(),
                                   [&](const auto& u) { return duration % u.second == Milliseconds::zero(); });
    return fmt::format("{}{}", duration / unit->second, unit->first);
}

} // namespace bonafide
