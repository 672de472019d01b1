#include "io/watched_file.hpp"

#include "base/escape.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace bonafide::io {
namespace {

class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    [[nodiscard]] int get() const { return number_; }

  private:
    int number_;
};

std::unexpected<Error> fault(const std::string& path, std::string_view why) {
    return failure(fmt::format("{}: {}", escape::line(path), why));
}

std::unexpected<Error> fault(const std::string& path, int number) {
    return fault(path, std::generic_category().message(number));
}

std::int64_t nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

} // namespace

Expected<std::optional<FileStamp>> look_at_file(const std::string& path) {
    struct stat about{};
    if (::stat(path.c_str(), &about) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
        return fault(path, errno);
    }
    if (!S_ISREG(about.st_mode)) return fault(path, "is no regular file");
    return FileStamp{.device = about.st_dev,
                     .number = about.st_ino,
                     .bytes = static_cast<std::uint64_t>(about.st_size),
                     .modified = nanoseconds(about.st_mtim),
                     .changed = nanoseconds(about.st_ctim)};
}

Expected<std::string> read_regular_file(const std::string& path, std::size_t most) {
    // Without O_NONBLOCK a FIFO that has taken the file's place since would be waited for.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (file.get() < 0) return fault(path, errno);
    struct stat about{};
    if (::fstat(file.get(), &about) != 0) return fault(path, errno);
    if (!S_ISREG(about.st_mode)) return fault(path, "is no regular file");
    if (static_cast<std::uint64_t>(about.st_size) > most)
        return fault(path, fmt::format("has {} bytes, at most {} are read", about.st_size, most));
    std::string text(static_cast<std::size_t>(about.st_size) + 1, '\0'); // one more, to see the end
    std::size_t have = 0;
    for (;;) {
        if (have == text.size()) text.resize(have + 65536); // it has grown meanwhile
        const ssize_t got = ::read(file.get(), text.data() + have, text.size() - have);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fault(path, errno);
        if (got == 0) break;
        have += static_cast<std::size_t>(got);
        if (have > most) return fault(path, fmt::format("is longer than {} bytes", most));
    }
    text.resize(have);
    return text;
}

} // namespace bonafide::io
