// Where the lines about several messages go, whole line by whole line whatever happens to the process: standard output or a file that a
// later run may continue. Every member may be called from any thread after open().
#pragma once

#include "cli/progress.hpp"
#include "cli/results.hpp"

#include <atomic>
#include <fstream>
#include <iosfwd>
#include <mutex>
#include <string>
#include <string_view>

namespace bonafide::cli {

enum class Start : std::uint8_t { anew, resume };

class ResultOutput {
  public:
    /// To standard output unless open() names a file; both outlive this.
    ResultOutput(std::ostream& standard_output, ProgressBar& bar) : out_(&standard_output), bar_(bar) {}

    /// Anew: the file must not hold anything yet. To resume: what it holds is returned, a cut last line dropped, the rest is appended.
    [[nodiscard]] Expected<EarlierResults> open(const std::string& file, ResultForm form, Start start);

    /// One line, with its line feed; `word` is for the tally.
    void write(std::string_view line, std::string_view word);
    void draw(Advance advance);
    void hide_bar();

    [[nodiscard]] Tally tally() const;
    /// Nothing can be written any more: the disk is full, or the reader of a pipe went away.
    [[nodiscard]] bool failed() const { return failed_; }
    /// From now on nothing is written, whoever tries: the process may end at any point.
    void freeze() { mutex_.lock(); }

  private:
    std::ofstream file_;
    std::ostream* out_;
    ProgressBar& bar_;
    Tally tally_;
    std::atomic<bool> failed_ = false;
    mutable std::mutex mutex_; ///< guards the streams, the bar and the tally
};

} // namespace bonafide::cli
