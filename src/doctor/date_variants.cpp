// A date before a server wrote it in another way: the moment stays the same.
#include "base/ascii.hpp"
#include "doctor/field_variants.hpp"
#include "mail/date.hpp"

#include <array>
#include <cstdlib>
#include <fmt/format.h>

namespace bonafide::doctor {
namespace {

constexpr std::int64_t quarter = 15;
constexpr std::int64_t west = -12 * 60, east = 14 * 60; ///< minutes

/// The date in a zone, without a name: "Mon, 23 Nov 2026 11:00:00 +0100".
std::string date_in(std::int64_t time, std::int64_t minutes) {
    std::string text = mail::format_date(time + minutes * 60);
    text.resize(text.rfind(' ') + 1);
    const std::int64_t size = std::abs(minutes);
    return text + fmt::format("{}{:02}{:02}", minutes < 0 ? '-' : '+', size / 60, size % 60);
}

/// The names that servers write behind a zone.
std::vector<std::string_view> names_of(std::int64_t minutes) {
    struct Row {
        std::int64_t minutes;
        std::string_view name;
    };
    constexpr std::array rows{Row{0, "UTC"},    Row{0, "GMT"},    Row{0, "WET"},    Row{60, "CET"},   Row{60, "BST"},
                              Row{60, "WEST"},  Row{120, "CEST"}, Row{120, "EET"},  Row{120, "SAST"}, Row{180, "EEST"},
                              Row{180, "MSK"},  Row{330, "IST"},  Row{480, "HKT"},  Row{480, "CST"},  Row{540, "JST"},
                              Row{540, "KST"},  Row{600, "AEST"}, Row{660, "AEDT"}, Row{-180, "BRT"}, Row{-240, "EDT"},
                              Row{-300, "EST"}, Row{-300, "CDT"}, Row{-360, "CST"}, Row{-360, "MDT"}, Row{-420, "MST"},
                              Row{-420, "PDT"}, Row{-480, "PST"}};
    std::vector<std::string_view> names;
    for (const Row& row : rows)
        if (row.minutes == minutes) names.push_back(row.name);
    return names;
}

std::vector<std::string> in_zone(std::int64_t time, std::int64_t minutes) {
    const std::string date = date_in(time, minutes);
    std::vector<std::string> forms{date};
    if (minutes == 0)
        for (const std::string_view zone : {"GMT", "UT", "UTC", "-0000"})
            forms.push_back(date.substr(0, date.size() - 5) + std::string(zone));
    const std::size_t count = forms.size();
    for (const std::string_view name : names_of(minutes)) forms.push_back(fmt::format("{} ({})", date, name));
    for (std::size_t i = 0; i < count; ++i) { // without the day of the week
        forms.push_back(forms[i].substr(5));
        if (forms[i].contains(":00 ")) { // and without seconds
            const std::size_t seconds = forms[i].rfind(":00 ");
            forms.push_back(forms[i].substr(0, seconds) + forms[i].substr(seconds + 3));
        }
    }
    const std::size_t padded = forms.size();
    for (std::size_t i = 0; i < padded; ++i) { // "Mon, 3 Nov", "Mon,  3 Nov"
        const std::size_t zero = forms[i].starts_with('0') ? 0 : forms[i].substr(0, 6).ends_with(" 0") ? 5 : 99;
        if (zero != 99) forms.push_back(forms[i].substr(0, zero) + forms[i].substr(zero + 1));
    }
    return forms;
}

} // namespace

FieldVariants date_variants(const mail::Field& field) {
    FieldVariants variants;
    const std::string now = mail::unfold(field.value);
    const auto time = mail::parse_date(now);
    // Dates that no calendar of ours can write.
    if (!time || *time < 0 || *time > std::int64_t{253'402'300'799} - east * 60) return variants;
    if (const std::size_t comment = now.find(" ("); comment != std::string::npos)
        variants.push_back(changed_field(field, now.substr(0, comment), Cost::usual));
    std::int64_t own = 0; // its zone in minutes
    for (std::int64_t minutes = west; minutes <= east; minutes += quarter)
        if (now.contains(date_in(*time, minutes).substr(date_in(*time, minutes).rfind(' ')))) own = minutes;
    for (const std::string& form : in_zone(*time, own)) variants.push_back(changed_field(field, form, Cost::usual));
    for (std::int64_t minutes = west; minutes <= east; minutes += quarter) {
        if (minutes % 60 != 0 && minutes % 30 != 0 && minutes != 345 && minutes != 765) continue; // Nepal, Chatham
        if (minutes == own) continue;
        for (const std::string& form : in_zone(*time, minutes))
            if (variants.size() < most_variants) variants.push_back(changed_field(field, form, Cost::odd));
    }
    return variants;
}

} // namespace bonafide::doctor
