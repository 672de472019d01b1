#include "cli/progress.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iostream>
#include <sys/ioctl.h>
#include <unistd.h>

namespace bonafide::cli {
namespace {

constexpr std::size_t bar_width = 24;
constexpr std::size_t default_columns = 80;

/// "42 s", "3 min 05 s", "2 h 07 min".
std::string duration_text(double seconds) {
    const auto whole = static_cast<std::uint64_t>(std::clamp(seconds, 0.0, 1e9));
    if (whole < 60) return fmt::format("{} s", whole);
    if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
    return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

std::string bar(double share) {
    const auto filled = static_cast<std::size_t>(share * static_cast<double>(bar_width));
    std::string text(filled, '=');
    if (filled < bar_width) text += '>';
    text.resize(bar_width, ' ');
    return fmt::format("[{}] {:3.0f}% ", text, share * 100);
}

std::size_t columns() {
    winsize size{};
    return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : default_columns;
}

} // namespace

std::string progress_line(const Advance& advance, std::size_t width) {
    const auto fresh = static_cast<double>(advance.done - std::min(advance.before, advance.done));
    const double rate = advance.seconds > 0 ? fresh / advance.seconds : 0;
    std::string text;
    if (advance.total) {
        const auto total = static_cast<double>(std::max<std::uint64_t>(*advance.total, 1));
        const double share = std::min(static_cast<double>(advance.done) / total, 1.0);
        text = fmt::format("{}{} of {}, {:.0f}/s", bar(share), advance.done, *advance.total, rate);
        if (rate > 0 && share < 1)
            text += ", " + duration_text((total - static_cast<double>(advance.done)) / rate) + " left";
    } else {
        text = fmt::format("{} messages, {:.0f}/s", advance.done, rate);
    }
    return text.substr(0, width);
}

void ProgressBar::draw(const Advance& advance) {
    if (out_ == nullptr) return;
    *out_ << '\r' << progress_line(advance, columns() - 1) << "\x1b[K" << std::flush;
    drawn_ = true;
}

void ProgressBar::hide() {
    if (drawn_) *out_ << "\r\x1b[K" << std::flush;
    drawn_ = false;
}

bool is_terminal_error(const std::ostream& stream) { return &stream == &std::cerr && ::isatty(STDERR_FILENO) == 1; }

} // namespace bonafide::cli
