#include "cli/time_text.hpp"

#include "base/ascii.hpp"
#include "base/duration.hpp"
#include "base/escape.hpp"
#include "verdict/lists.hpp"

#include <chrono>
#include <fmt/format.h>
#include <optional>

namespace bonafide::cli {
namespace {

namespace chrono = std::chrono;

constexpr std::int64_t seconds_a_day = 86400;
constexpr std::uint64_t latest = 253402300799; // the end of 9999

std::optional<std::int64_t> read_day(std::string_view text) {
    const auto ends = verdict::parse_last_day(text);
    if (!ends) return {};
    return *ends - seconds_a_day;
}

/// "09:48" or "09:48:31".
std::optional<std::int64_t> read_clock(std::string_view text) {
    if ((text.size() != 5 && text.size() != 8) || text[2] != ':' || (text.size() == 8 && text[5] != ':')) return {};
    const auto hours = ascii::parse_decimal(text.substr(0, 2));
    const auto minutes = ascii::parse_decimal(text.substr(3, 2));
    const auto seconds = text.size() == 8 ? ascii::parse_decimal(text.substr(6)) : std::optional<std::uint64_t>(0);
    if (!hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 59) return {};
    return static_cast<std::int64_t>(*hours * 3600 + *minutes * 60 + *seconds);
}

std::optional<std::int64_t> read_time_text(std::string_view text) {
    if (const auto number = ascii::parse_decimal(text)) {
        if (*number > latest) return {};
        return static_cast<std::int64_t>(*number);
    }
    const auto day = read_day(text.substr(0, 10));
    if (!day || text.size() == 10) return day;
    if (text[10] != ' ' && text[10] != 'T') return {};
    std::string_view clock = text.substr(11);
    if (clock.ends_with('Z')) clock.remove_suffix(1);
    const auto seconds = read_clock(clock);
    if (!seconds) return {};
    return *day + *seconds;
}

chrono::sys_seconds point_of(std::int64_t unix_time) { return chrono::sys_seconds(chrono::seconds(unix_time)); }

} // namespace

std::string utc_text(std::int64_t unix_time) {
    const auto day = chrono::floor<chrono::days>(point_of(unix_time));
    const chrono::hh_mm_ss clock(point_of(unix_time) - day);
    return fmt::format("{} {:02}:{:02}:{:02}", day_text(day.time_since_epoch().count()), clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count());
}

std::string day_text(std::int64_t day) { return verdict::last_day_text((day + 1) * seconds_a_day); }

Expected<std::int64_t> parse_time(std::string_view text) {
    if (const auto time = read_time_text(text)) return *time;
    return failure(fmt::format("\"{}\" is no time: write 2026-11-22, \"2026-11-22 09:48\" (UTC) or a Unix time",
                               escape::line(text, 80)));
}

Expected<void> check_time(std::string_view text) {
    if (const auto time = parse_time(text); !time) return std::unexpected(time.error());
    return {};
}

Expected<void> check_age(std::string_view text) {
    const auto age = parse_duration(text);
    if (!age) return std::unexpected(age.error());
    if (*age < chrono::seconds(1) || *age > chrono::days(3650)) return failure("must be from 1s to 3650d");
    return {};
}

std::int64_t read_since(const Arguments& arguments, std::string_view option, std::int64_t now, std::int64_t otherwise) {
    const auto text = arguments.text(option);
    const auto age = text ? parse_duration(*text) : Expected<chrono::milliseconds>(chrono::seconds(otherwise));
    return now - chrono::duration_cast<chrono::seconds>(age.value_or(chrono::seconds(otherwise))).count();
}

} // namespace bonafide::cli
