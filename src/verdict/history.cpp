#include "verdict/history.hpp"

#include <algorithm>
#include <cmath>

namespace bonafide::verdict {

std::int32_t day_of(std::int64_t unix_time) {
    constexpr std::int64_t seconds_a_day = 86400;
    const std::int64_t day = unix_time / seconds_a_day - (unix_time % seconds_a_day < 0 ? 1 : 0);
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(day, INT32_MIN, INT32_MAX));
}

Weighed weigh(std::span<const DayCounts> series, std::int32_t today, double half_life_days) {
    Weighed sum;
    for (const DayCounts& day : series) {
        const std::uint64_t messages = std::uint64_t{day.good} + day.unclear + day.bad;
        if (messages + day.ham + day.spam == 0) continue;
        const double age = std::abs(static_cast<double>(today) - static_cast<double>(day.day));
        const double weight = half_life_days > 0 ? std::exp2(-age / half_life_days) : 1;
        sum.good += weight * day.good;
        sum.unclear += weight * day.unclear;
        sum.bad += weight * day.bad;
        sum.ham += weight * day.ham;
        sum.spam += weight * day.spam;
        sum.first_day = sum.days == 0 ? day.day : std::min(sum.first_day, day.day);
        ++sum.days;
        if (day.good > 0) ++sum.good_days;
        sum.messages += messages;
    }
    return sum;
}

} // namespace bonafide::verdict
