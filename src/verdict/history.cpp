#include "verdict/history.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bonafide::verdict {
namespace {

std::uint32_t saturated(std::uint32_t a, std::uint32_t b) {
    return a > std::numeric_limits<std::uint32_t>::max() - b ? std::numeric_limits<std::uint32_t>::max() : a + b;
}

std::int64_t distance(std::int32_t a, std::int32_t b) { return std::abs(std::int64_t{a} - b); }

/// `base` to a power, by squares: what std::exp2 gives, at a fraction of its cost.
double power(double base, std::uint64_t exponent) {
    double result = 1;
    for (; exponent > 0; exponent >>= 1U, base *= base)
        if ((exponent & 1U) != 0) result *= base;
    return result;
}

} // namespace

std::string_view to_text(PastKind kind) {
    switch (kind) {
    case PastKind::pair: return "pair";
    case PastKind::author: return "author";
    case PastKind::signer: return "signer";
    case PastKind::network: return "network";
    case PastKind::infrastructure: return "infrastructure";
    case PastKind::contact: return "contact";
    case PastKind::contact_domain: return "contact-domain";
    case PastKind::name: return "name";
    case PastKind::signature: return "signature";
    case PastKind::returned: return "returned";
    }
    return "pair";
}

std::int32_t day_of(std::int64_t unix_time) {
    constexpr std::int64_t seconds_a_day = 86400;
    const std::int64_t day = unix_time / seconds_a_day - (unix_time % seconds_a_day < 0 ? 1 : 0);
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(day, INT32_MIN, INT32_MAX));
}

Weighed weigh(std::span<const DayCounts> series, std::int32_t today, double half_life_days) {
    Weighed sum;
    const double a_day = half_life_days > 0 ? std::exp2(-1 / half_life_days) : 1;
    const double day_back = 1 / a_day;
    constexpr double least = 1e-200; // below it the way back up would be too coarse
    double weight = 0;
    std::int64_t weight_age = 0;
    for (const DayCounts& day : series) {
        if (day.sent > 0) sum.last_sent = sum.last_sent == 0 ? day.day : std::max(sum.last_sent, day.day);
        const std::uint64_t messages = std::uint64_t{day.good} + day.unclear + day.bad;
        if (messages + day.ham + day.spam + day.sent == 0) continue;
        // Mostly the next day follows, and its weight from that of the day before.
        const std::int64_t age = distance(today, day.day);
        if (weight < least || age > weight_age)
            weight = power(a_day, static_cast<std::uint64_t>(age));
        else
            weight *= weight_age - age == 1 ? day_back : power(day_back, static_cast<std::uint64_t>(weight_age - age));
        weight_age = age;
        sum.good += weight * day.good;
        sum.unclear += weight * day.unclear;
        sum.bad += weight * day.bad;
        sum.ham += weight * day.ham;
        sum.spam += weight * day.spam;
        sum.sent += weight * day.sent;
        if (messages == 0) continue;
        sum.first_day = sum.days == 0 ? day.day : std::min(sum.first_day, day.day);
        ++sum.days;
        if (day.good > 0) ++sum.good_days;
        sum.messages += messages;
    }
    return sum;
}

void add(Series& series, const DayCounts& counts, std::size_t most_days) {
    auto day = std::ranges::find(series, counts.day, &DayCounts::day);
    if (day == series.end()) {
        series.push_back({.day = counts.day});
        day = series.end() - 1;
    }
    day->good = saturated(day->good, counts.good);
    day->unclear = saturated(day->unclear, counts.unclear);
    day->bad = saturated(day->bad, counts.bad);
    day->ham = saturated(day->ham, counts.ham);
    day->spam = saturated(day->spam, counts.spam);
    day->sent = saturated(day->sent, counts.sent);
    while (series.size() > std::max<std::size_t>(most_days, 1))
        series.erase(
            std::ranges::max_element(series, {}, [&](const DayCounts& one) { return distance(one.day, counts.day); }));
}

const Series& History::of(PastKind kind, std::string_view of, std::string_view with) const {
    static const Series none;
    for (const Past& past : pasts)
        if (past.key.kind == kind && past.key.of == of && past.key.with == with) return past.series;
    return none;
}

} // namespace bonafide::verdict
