// The history that a judgement read, and the DNS behind it, as lines.
#include "base/escape.hpp"
#include "base/latin1.hpp"
#include "cli/json_reader.hpp"
#include "cli/time_text.hpp"
#include "cli/trace.hpp"
#include "dns/recorded.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::cli::trace {
namespace {

namespace json = boost::json;

/// What the counts of a past are: [day, good, unclear, bad, ham, spam, sent].
struct Sums {
    std::array<std::int64_t, 6> counts{};
    std::int64_t days = 0, last = 0;
};
constexpr std::array<std::string_view, 6> words{"good", "unclear", "bad", "called wanted", "called spam", "sent by us"};

Sums sums_of(const JsonReader& days) {
    Sums sums;
    for (std::size_t i = 0; i < days.size(); ++i) {
        const JsonReader day = days[i];
        for (std::size_t k = 0; k < sums.counts.size(); ++k) sums.counts[k] += day[k + 1].whole();
        sums.last = sums.days == 0 ? day[0].whole() : std::max(sums.last, day[0].whole());
        ++sums.days;
    }
    return sums;
}

/// "pair contoso.com from ptr:outlook.com", "contact a@x.example with ann@ours.example", "author contoso.com".
std::string name_of(const JsonReader& past) {
    const std::string kind = past["kind"].text();
    std::string name = fmt::format("{} {}", kind, past["of"].text());
    if (past["with"]) name += fmt::format(" {} {}", kind == "pair" ? "from" : "with", past["with"].text());
    return name;
}

bool is_sound_day(std::int64_t day) { return day > 0 && day < 2'932'897; } // before the year 10000

} // namespace

std::string past_line(std::string_view past_json) {
    boost::system::error_code failed;
    const json::value value = json::parse(past_json, failed);
    const JsonReader past(failed ? nullptr : &value);
    const Sums sums = sums_of(past["days"]);
    std::string counted;
    for (std::size_t k = 0; k < words.size(); ++k)
        if (sums.counts[k] > 0)
            counted += fmt::format("{}{} {}", counted.empty() ? "" : ", ", sums.counts[k], words[k]);
    if (counted.empty()) return fmt::format("{}: never seen", name_of(past));
    std::string line = fmt::format("{}: {} on {} day{}", name_of(past), counted, sums.days, sums.days == 1 ? "" : "s");
    if (is_sound_day(sums.last)) line += fmt::format(", last {}", day_text(sums.last));
    return line;
}

std::vector<std::string> transcript_lines(std::string_view transcript) {
    boost::system::error_code failed;
    const json::value value = json::parse(transcript, failed);
    const auto recorded = dns::Recorded::parse(transcript);
    if (failed || !recorded) return {"the transcript that is kept cannot be read"};
    const JsonReader questions(&value);
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < questions.size(); ++i) {
        const dns::Recorded::Entry* entry = (*recorded)->entry(i);
        if (entry == nullptr) break;
        const std::string why = questions[i]["why"].raw();
        const std::string name = latin1::to_bytes(questions[i]["name"].raw()).value_or("");
        lines.push_back(dns::to_line({name, entry->type, why, entry->answer}));
    }
    return lines;
}

} // namespace bonafide::cli::trace
