#include "mail/splitter.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <utility>

namespace bonafide::mail {
namespace {

enum class LineKind { empty, folding, field, mbox, other };

bool is_mbox_separator(std::string_view line) {
    line.remove_prefix(
        std::min(line.find_first_not_of('>'), line.size())); // quoted once more by each mbox it went through
    return line.starts_with("From ");
}

/// `line` without its line end.
LineKind kind_of(std::string_view line, bool first_line, bool inside_field) {
    if (line.empty()) return LineKind::empty;
    if (ascii::is_wsp(line.front())) return inside_field ? LineKind::folding : LineKind::other;
    if (find_colon(line) != std::string_view::npos) return LineKind::field;
    return first_line && is_mbox_separator(line) ? LineKind::mbox : LineKind::other;
}

std::string_view without_line_end(std::string_view line) {
    if (line.ends_with('\n')) line.remove_suffix(line.ends_with("\r\n") ? 2 : 1);
    return line;
}

/// Some LF does not follow a CR. Written without branches in the inner loop so that the compiler makes vector code of it: on clean text
/// this runs at the speed of memory, where a search from line end to line end would not.
bool has_bare_line_feed(std::string_view text, char before) {
    constexpr std::size_t block = 4096;
    if (text.front() == '\n' && before != '\r') return true;
    for (std::size_t begin = 1; begin < text.size(); begin += block) {
        const std::size_t end = std::min(begin + block, text.size());
        std::uint8_t bare = 0; // bytes throughout, or the vectors become four times as many
        for (std::size_t i = begin; i < end; ++i) {
            const auto line_feed = static_cast<std::uint8_t>(text[i] == '\n');
            const auto no_cr = static_cast<std::uint8_t>(text[i - 1] != '\r');
            bare = static_cast<std::uint8_t>(bare | (line_feed & no_cr));
        }
        if (bare != 0) return true;
    }
    return false;
}

} // namespace

Splitter::Splitter(OnHeader on_header, OnBody on_body, const Limits& limits)
    : on_header_(std::move(on_header)), on_body_(std::move(on_body)), most_line_(limits.header_bytes), header_(limits) {
}

void Splitter::feed(std::string_view chunk) {
    while (!in_body_ && !chunk.empty()) {
        const auto line_feed = chunk.find('\n');
        const std::string_view piece = chunk.substr(0, line_feed == std::string_view::npos ? line_feed : line_feed + 1);
        chunk.remove_prefix(piece.size());
        if (line_.empty() && piece.ends_with('\n')) {
            take_line(piece);
            continue;
        }
        keep_partial_line(piece);
        if (!in_body_ && piece.ends_with('\n')) take_line(std::exchange(line_, {}));
    }
    if (in_body_) feed_body(chunk);
}

void Splitter::finish() {
    if (!in_body_ && !line_.empty()) take_line(std::exchange(line_, {}));
    if (!in_body_) end_header();
}

/// Adds to the unfinished line without letting it grow past the limit. A line that long is dropped with its field, unless it is text:
/// then the body begins with it.
void Splitter::keep_partial_line(std::string_view piece) {
    const std::size_t room = most_line_ + 1 - line_.size();
    if (room == 0) return; // judged when it grew too long
    line_ += piece.substr(0, room);
    if (line_.size() <= most_line_) return;
    const std::string_view looked_at = without_line_end(line_).substr(0, most_line_);
    if (kind_of(looked_at, first_line_, !field_.empty()) != LineKind::other) return;
    end_header();
    feed_body(std::exchange(line_, {}));
    if (piece.size() > room) feed_body(piece.substr(room));
}

/// `line` has its line end, but for the last one of the message.
void Splitter::take_line(std::string_view line) {
    const std::string_view text = without_line_end(line);
    switch (kind_of(text.substr(0, most_line_), first_line_, !field_.empty())) {
    case LineKind::empty: end_header(); break;
    case LineKind::folding:
        // A field past the limit is dropped anyway: one line too many is enough to tell.
        if (field_.size() <= most_line_) field_.append("\r\n").append(text.substr(0, most_line_));
        break;
    case LineKind::field:
        end_field();
        field_ = text.substr(0, most_line_ + 1);
        break;
    case LineKind::mbox: break;
    case LineKind::other:
        end_header();
        feed_body(line);
        break;
    }
    first_line_ = false;
}

void Splitter::end_field() {
    if (!field_.empty()) header_.add_raw(field_);
    field_.clear();
}

void Splitter::end_header() {
    end_field();
    in_body_ = true;
    on_header_(std::move(header_));
}

/// Hands clean CRLF text on as it is; text with bare LFs is copied once.
void Splitter::feed_body(std::string_view chunk) {
    if (chunk.empty()) return;
    const auto is_bare = [&](std::size_t line_feed) {
        return line_feed == 0 ? !cr_pending_ : chunk[line_feed - 1] != '\r';
    };
    if (!has_bare_line_feed(chunk, cr_pending_ ? '\r' : ' ')) {
        cr_pending_ = chunk.ends_with('\r');
        on_body_(chunk);
        return;
    }

    std::string clean;
    clean.reserve(chunk.size() + chunk.size() / 32 + 16);
    std::size_t begin = 0;
    for (auto line_feed = chunk.find('\n'); line_feed != std::string_view::npos;
         line_feed = chunk.find('\n', line_feed + 1)) {
        if (!is_bare(line_feed)) continue;
        clean.append(chunk, begin, line_feed - begin).append("\r\n");
        begin = line_feed + 1;
    }
    clean.append(chunk, begin);
    cr_pending_ = chunk.ends_with('\r');
    on_body_(clean);
}

} // namespace bonafide::mail
