// A line on a terminal that says how far a long run is; drawn over and over, gone at the end.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

namespace bonafide::cli {

struct Advance {
    std::uint64_t done = 0;
    std::uint64_t before = 0; ///< of these, by an earlier run
    std::optional<std::uint64_t> total{};
    double seconds = 0; ///< of this run
};

/// "[=====>    ]  50% 500 of 1000, 250/s, 2 s left" in at most `width` columns.
[[nodiscard]] std::string progress_line(const Advance& advance, std::size_t width);

/// Not thread-safe: whoever writes to the same terminal meanwhile calls hide() first.
class ProgressBar {
  public:
    /// Draws on `out`, or nothing at all when that is null.
    explicit ProgressBar(std::ostream* out) : out_(out) {}
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;
    ~ProgressBar() { hide(); }

    [[nodiscard]] bool is_on() const { return out_ != nullptr; }
    void draw(const Advance& advance);
    void hide();

  private:
    std::ostream* out_;
    bool drawn_ = false;
};

/// Whether `stream` is this process's standard error and that is a terminal.
[[nodiscard]] bool is_terminal_error(const std::ostream& stream);

} // namespace bonafide::cli
