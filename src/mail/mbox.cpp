#include "mail/mbox.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bonafide::mail {
namespace {

constexpr std::string_view from = "From ";
constexpr std::size_t most_separator_bytes = 1024; // a longer line begins no message
constexpr std::array<std::string_view, 7> weekdays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool is_digits(std::string_view word, std::size_t least, std::size_t most) {
    return word.size() >= least && word.size() <= most && std::ranges::all_of(word, ascii::is_digit);
}

/// "10:00" or "10:00:00".
bool is_time(std::string_view word) {
    const auto parts = ascii::split(word, ':');
    return (parts.size() == 2 || parts.size() == 3) &&
           std::ranges::all_of(parts, [](std::string_view part) { return is_digits(part, 1, 2); });
}

template<std::size_t N> bool is_one_of(std::string_view word, const std::array<std::string_view, N>& names) {
    return std::ranges::find(names, word) != names.end();
}

std::string_view without_line_end(std::string_view line) {
    if (line.ends_with('\n')) line.remove_suffix(line.ends_with("\r\n") ? 2 : 1);
    return line;
}

/// A line that begins so may be special: a "From " line, a quoted one, an empty one.
bool may_be_special(char first) { return first == 'F' || first == '>' || first == '\r' || first == '\n'; }

} // namespace

bool begins_mbox(std::string_view bytes) {
    if (!bytes.starts_with(from)) return false;
    const auto next = bytes.find_first_not_of(" \t", from.size());
    return next == std::string_view::npos || bytes[next] != ':';
}

bool is_mbox_separator(std::string_view line) {
    if (!line.starts_with(from) || line.size() > most_separator_bytes) return false;
    struct {
        bool month, day, time, year;
    } seen{};
    bool dated = false;
    for (std::string_view word : ascii::split(line.substr(from.size()), ' ')) {
        if (word.ends_with(',')) word.remove_suffix(1);
        if (!dated) {
            dated = is_one_of(word, weekdays);
            continue;
        }
        seen.month = seen.month || is_one_of(word, months);
        seen.day = seen.day || is_digits(word, 1, 2);
        seen.time = seen.time || is_time(word);
        seen.year = seen.year || is_digits(word, 4, 4); // a zone has its sign
    }
    return seen.month && seen.day && seen.time && seen.year;
}

MboxSplitter::MboxSplitter(OnMessage on_message, OnContent on_content)
    : on_message_(std::move(on_message)), on_content_(std::move(on_content)) {}

void MboxSplitter::feed(std::string_view chunk) {
    while (!chunk.empty()) {
        const bool line_begins = !in_line_ && quotes_ == 0 && looked_at_.empty();
        if (in_line_ || (line_begins && place_ != Place::first_line && !may_be_special(chunk.front()))) {
            chunk.remove_prefix(pass_plain_lines(chunk));
            continue;
        }
        if (line_begins) line_begin_ = position_;
        ++position_;
        look_at(chunk.front());
        chunk.remove_prefix(1);
    }
}

void MboxSplitter::finish() {
    if (in_line_) return;
    if (quotes_ > 0 || !looked_at_.empty()) end_look(true); // the end of the input ends its last line too
}

/// Hands on the rest of the line and all whole lines after it that cannot be special; how many bytes that was.
std::size_t MboxSplitter::pass_plain_lines(std::string_view chunk) {
    std::size_t end = 0;
    do {
        const auto line_feed = chunk.find('\n', end);
        in_line_ = line_feed == std::string_view::npos;
        end = in_line_ ? chunk.size() : line_feed + 1;
    } while (end < chunk.size() && !may_be_special(chunk[end]));
    place_ = Place::elsewhere;
    position_ += end;
    pass(chunk.substr(0, end));
    return end;
}

/// One more byte of a line whose kind is not known yet.
void MboxSplitter::look_at(char next) {
    if (next == '>' && looked_at_.empty()) {
        ++quotes_;
        return;
    }
    looked_at_ += next;
    if (next == '\n') return end_look(true);
    const bool empty_so_far = quotes_ == 0 && looked_at_ == "\r";
    const bool from_so_far = looked_at_.starts_with(from.substr(0, looked_at_.size()));
    // Only what may begin a message is read to its end.
    const bool may_separate = looked_at_.starts_with(from) && quotes_ == 0 && place_ != Place::elsewhere &&
                              looked_at_.size() <= most_separator_bytes + 1;
    if (!empty_so_far && !may_separate && (!from_so_far || looked_at_.size() == from.size())) end_look(false);
}

/// The line's kind is known.
void MboxSplitter::end_look(bool line_ended) {
    const std::string line = std::exchange(looked_at_, {});
    const std::uint64_t quotes = std::exchange(quotes_, 0);
    const Place place = std::exchange(place_, Place::elsewhere);
    in_line_ = !line_ended;
    const std::string_view text = without_line_end(line);
    const bool separates = (place == Place::first_line && begins_mbox(text)) ||
                           (place == Place::after_empty_line && is_mbox_separator(text));
    if (quotes == 0 && line_ended && separates) {
        empty_line_.clear();
        began_ = true;
        on_message_(line_begin_);
        return;
    }
    if (line_ended && quotes == 0 && text.empty() && !line.empty()) {
        pass({});
        empty_line_ = line;
        place_ = Place::after_empty_line;
        return;
    }
    constexpr std::string_view signs = ">>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>";
    for (std::uint64_t left = quotes - (quotes > 0 && line.starts_with(from) ? 1 : 0); left > 0;) {
        const auto piece = std::min<std::uint64_t>(left, signs.size());
        pass(signs.substr(0, piece));
        left -= piece;
    }
    pass(line);
}

/// Content of the present message, the empty line before it included.
void MboxSplitter::pass(std::string_view text) {
    if (!std::exchange(began_, true)) on_message_(0);
    if (!empty_line_.empty()) on_content_(std::exchange(empty_line_, {}));
    if (!text.empty()) on_content_(text);
}

} // namespace bonafide::mail
