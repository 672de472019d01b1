#include "cli/result_output.hpp"

#include <cerrno>
#include <ostream>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace bonafide::cli {
namespace {

std::unexpected<Error> cannot_write() {
    return failure("cannot be written: " + std::generic_category().message(errno));
}

} // namespace

Expected<EarlierResults> ResultOutput::open(const std::string& file, ResultForm form, Start start) {
    struct stat about{};
    const bool there = ::stat(file.c_str(), &about) == 0;
    const bool regular = there && S_ISREG(about.st_mode);
    EarlierResults earlier;
    if (start == Start::resume && there) {
        if (!regular) return failure("is no file that can be continued");
        auto read = read_results(file, form);
        if (!read) return std::unexpected(read.error());
        earlier = std::move(*read);
        if (static_cast<std::uint64_t>(about.st_size) > earlier.bytes &&
            ::truncate(file.c_str(), static_cast<off_t>(earlier.bytes)) != 0)
            return cannot_write();
    } else if (regular && about.st_size > 0) {
        return failure("holds something already; --resume goes on where it ends, or remove it first");
    }
    errno = 0;
    file_.open(file, std::ios::binary | std::ios::app);
    if (!file_) return cannot_write();
    out_ = &file_;
    return earlier;
}

void ResultOutput::write(std::string_view line, std::string_view word) {
    const std::lock_guard lock(mutex_);
    if (failed_) return;
    bar_.hide();
    out_->write(line.data(), static_cast<std::streamsize>(line.size()));
    if (out_->flush())
        tally_.add(word);
    else
        failed_ = true;
}

void ResultOutput::draw(Advance advance) {
    const std::lock_guard lock(mutex_);
    advance.done = advance.before + tally_.total();
    bar_.draw(advance);
}

void ResultOutput::hide_bar() {
    const std::lock_guard lock(mutex_);
    bar_.hide();
}

Tally ResultOutput::tally() const {
    const std::lock_guard lock(mutex_);
    return tally_;
}

} // namespace bonafide::cli
