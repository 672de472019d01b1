#include "srs/stamp.hpp"

#include "base/ascii.hpp"

#include <cstddef>

namespace bonafide::srs {
namespace {

constexpr std::string_view base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; // RFC 4648 6
constexpr std::int64_t day = 86400;

/// 0 to 1023, for times before 1970 too.
std::int64_t day_of(std::int64_t unix_time) {
    const std::int64_t slot = unix_time / day % stamp_days;
    return slot < 0 ? slot + stamp_days : slot;
}

} // namespace

std::string write_stamp(std::int64_t unix_time) {
    const auto slot = static_cast<std::size_t>(day_of(unix_time));
    return {base32[slot >> 5U], base32[slot & 31U]};
}

std::optional<std::int64_t> stamp_age(std::string_view stamp, std::int64_t unix_time) {
    if (stamp.size() != 2) return {};
    std::int64_t written = 0;
    for (const char c : stamp) {
        const std::size_t digit = base32.find(ascii::to_upper(c));
        if (digit == std::string_view::npos) return {};
        written = written * 32 + static_cast<std::int64_t>(digit);
    }
    const std::int64_t age = (day_of(unix_time) - written + stamp_days) % stamp_days;
    return age == stamp_days - 1 ? -1 : age;
}

} // namespace bonafide::srs
