#include "mail/date.hpp"

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "mail/lexer.hpp"

#include <array>
#include <chrono>
#include <fmt/format.h>

namespace bonafide::mail {
namespace {

constexpr std::array<std::string_view, 7> day_names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct NamedZone {
    std::string_view name;
    int hours;
};
// RFC 5322 4.3
constexpr std::array named_zones{NamedZone{"UT", 0},   NamedZone{"GMT", 0},  NamedZone{"EST", -5}, NamedZone{"EDT", -4},
                                 NamedZone{"CST", -6}, NamedZone{"CDT", -5}, NamedZone{"MST", -7}, NamedZone{"MDT", -6},
                                 NamedZone{"PST", -8}, NamedZone{"PDT", -7}};

/// Position in `names` from 0, or nothing.
template<std::size_t size>
std::optional<unsigned> find_name(const std::array<std::string_view, size>& names, std::string_view text) {
    for (unsigned i = 0; i < size; ++i)
        if (ascii::iequals(names[i], text)) return i;
    return {};
}

/// Reads the parts of a date one by one; after a part that does not fit, failed() and every part is 0.
class DateReader {
  public:
    explicit DateReader(std::string_view text) : lexer_(text, Limits{}.comment_depth) { skip(); }

    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] bool at_end() const { return lexer_.at_end(); }
    bool take(char c) {
        const bool taken = lexer_.take(c);
        if (taken) skip();
        return taken;
    }
    void expect(char c) { failed_ |= !take(c); }

    std::string_view word() {
        const auto text = lexer_.take_while(ascii::is_alpha);
        skip();
        return text;
    }
    struct Number {
        int value = 0;
        std::size_t digits = 0;
    };
    Number number(std::size_t fewest, std::size_t most) {
        const auto text = lexer_.take_while(ascii::is_digit);
        skip();
        failed_ |= text.size() < fewest || text.size() > most;
        return failed_ ? Number{} : Number{static_cast<int>(*ascii::parse_decimal(text)), text.size()};
    }

    std::chrono::year_month_day day();
    std::chrono::seconds time_of_day();
    std::chrono::seconds zone();

  private:
    void skip() { failed_ |= !lexer_.skip_cfws(); }

    Lexer lexer_;
    bool failed_ = false;
};

/// [ day-name "," ] day month year. A day name that is wrong for the date tells nothing and is let pass.
std::chrono::year_month_day DateReader::day() {
    if (const auto name = word(); !name.empty()) {
        failed_ |= !find_name(day_names, name.substr(0, 3)); // "Thursday" is written too
        take(',');
    }
    const auto day = static_cast<unsigned>(number(1, 2).value);
    take('-'); // RFC 850 dates, "06-Nov-26"
    const auto month = find_name(month_names, word().substr(0, 3));
    take('-');
    const Number year = number(2, 4);
    // RFC 5322 4.3: two digits are 1950 to 2049, three count from 1900
    const int century = year.digits == 2 ? (year.value < 50 ? 2000 : 1900) : year.digits == 3 ? 1900 : 0;
    const std::chrono::year_month_day date{std::chrono::year(year.value + century),
                                           std::chrono::month(month.value_or(0) + 1), std::chrono::day(day)};
    failed_ |= !month || !date.ok() || year.value + century < 1900; // RFC 5322 3.3
    return date;
}

std::chrono::seconds DateReader::time_of_day() {
    const int hour = number(1, 2).value;
    expect(':');
    const int minute = number(2, 2).value;
    const int second = take(':') ? number(2, 2).value : 0;
    failed_ |= hour > 23 || minute > 59 || second > 60; // 60: a leap second
    return std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
}

std::chrono::seconds DateReader::zone() {
    const bool east = lexer_.take('+');
    if (!east && !lexer_.take('-')) {
        const auto name = word();
        failed_ |= name.empty();
        for (const NamedZone& zone : named_zones)
            if (ascii::iequals(zone.name, name)) return std::chrono::hours(zone.hours);
        return {}; // RFC 5322 4.3: any other name counts as -0000
    }
    const int digits = number(4, 4).value;
    failed_ |= digits % 100 > 59;
    const std::chrono::seconds offset = std::chrono::hours(digits / 100) + std::chrono::minutes(digits % 100);
    return east ? offset : -offset;
}

} // namespace

std::optional<std::int64_t> parse_date(std::string_view text) {
    DateReader reader(ascii::trim(text));
    const auto day = reader.day();
    const auto time = reader.time_of_day();
    const auto zone = reader.zone();
    if (reader.failed() || !reader.at_end()) return {};
    return (std::chrono::sys_days(day).time_since_epoch() + time - zone).count();
}

std::string format_date(std::int64_t unix_time) {
    using namespace std::chrono;
    const sys_seconds time{seconds(unix_time)};
    const auto midnight = floor<days>(time);
    const year_month_day date(midnight);
    const hh_mm_ss clock(time - midnight);
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", day_names[weekday(midnight).c_encoding()],
                       static_cast<unsigned>(date.day()), month_names[static_cast<unsigned>(date.month()) - 1],
                       static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                       clock.seconds().count());
}

} // namespace bonafide::mail
