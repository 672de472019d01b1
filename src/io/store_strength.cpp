#include "io/store_strength.hpp"

#include <algorithm>
#include <cmath>

namespace bonafide::io::store {

double strength(const verdict::Series& series, std::int32_t today) {
    constexpr double half_life = 90;
    constexpr double farthest = 900;
    double sum = 0;
    for (const verdict::DayCounts& day : series) {
        const double messages = static_cast<double>(day.good) + day.unclear + day.bad + day.ham + day.spam + day.sent;
        const double distance = std::abs(static_cast<double>(today) - static_cast<double>(day.day));
        sum += std::log2(1 + messages) * std::exp2(-std::min(distance, farthest) / half_life);
    }
    return sum * static_cast<double>(series.size());
}

} // namespace bonafide::io::store
