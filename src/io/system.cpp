#include "io/system.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "dns/name.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <netdb.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace bonafide::io::system {
namespace {

/// A descriptor that closes itself.
class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ > STDERR_FILENO) ::close(fd_);
    }
    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] bool is_open() const { return fd_ >= 0; }

  private:
    int fd_;
};

std::unexpected<Error> system_failure(std::string_view what, std::string_view subject, int code = errno) {
    return failure(fmt::format("{} {}: {}", what, escape::line(subject), std::generic_category().message(code)));
}

Expected<void> write_whole(int fd, std::string_view text, std::string_view path) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return system_failure("cannot write", path);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

std::string own_id() { return std::to_string(::getpid()) + "\n"; }

} // namespace

Expected<void> notify(std::string_view state) {
    const char* const target = std::getenv("NOTIFY_SOCKET");
    if (target == nullptr || *target == '\0') return {};
    std::string_view path = target;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
        return failure(fmt::format("NOTIFY_SOCKET is no usable address: {}", escape::line(path)));
    std::copy(path.begin(), path.end(), address.sun_path);
    if (path[0] == '@') address.sun_path[0] = '\0'; // Linux's abstract names
    std::string message(state);
    if (message.find("RELOADING=1") != std::string::npos) {
        const auto now = std::chrono::steady_clock::now().time_since_epoch(); // CLOCK_MONOTONIC
        message +=
            fmt::format("\nMONOTONIC_USEC={}", std::chrono::duration_cast<std::chrono::microseconds>(now).count());
    }
    const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket.is_open()) return system_failure("cannot open a socket for", path);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    if (::sendto(socket.get(), message.data(), message.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&address), length) < 0)
        return system_failure("cannot reach the service manager at", path);
    return {};
}

std::uint64_t watchdog_interval_us() {
    const char* const interval = std::getenv("WATCHDOG_USEC");
    const char* const process = std::getenv("WATCHDOG_PID");
    if (interval == nullptr) return 0;
    if (process != nullptr && ascii::parse_decimal(process) != static_cast<std::uint64_t>(::getpid())) return 0;
    return ascii::parse_decimal(interval).value_or(0);
}

std::string host_name() {
    char plain[256] = {};
    if (::gethostname(plain, sizeof plain - 1) != 0 || plain[0] == '\0') return "localhost";
    if (std::strchr(plain, '.') != nullptr) return dns::normalize(plain);
    addrinfo hints{};
    hints.ai_flags = AI_CANONNAME;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    std::string name;
    if (::getaddrinfo(plain, nullptr, &hints, &found) == 0) {
        const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
        if (found->ai_canonname != nullptr) name = dns::normalize(found->ai_canonname);
    }
    return dns::is_hostname_like(name) && name.contains('.') ? name : dns::normalize(plain);
}

unsigned core_count() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    return static_cast<unsigned>(std::max(CPU_COUNT(&set), 1));
}

std::size_t raise_open_files(std::size_t wanted) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    if (limit.rlim_cur < wanted) {
        rlimit raised = limit;
        raised.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
        if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    }
    return limit.rlim_cur;
}

Expected<void> write_pid_file(const std::string& path) {
    const std::string temporary = path + ".new";
    constexpr mode_t mode = 0644;
    {
        const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
        if (!file.is_open()) return system_failure("cannot create", temporary);
        if (auto written = write_whole(file.get(), own_id(), temporary); !written) return written;
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) return system_failure("cannot create", path);
    return {};
}

void remove_pid_file(const std::string& path) {
    constexpr std::size_t most_bytes = 64;
    if (read_file(path, most_bytes) == own_id()) ::unlink(path.c_str());
}

Expected<std::string> read_file(const std::string& path, std::size_t most) {
    const Descriptor file(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) return system_failure("cannot open", path);
    struct stat about{};
    if (::fstat(file.get(), &about) == 0) {
        if (S_ISDIR(about.st_mode)) return system_failure("cannot read", path, EISDIR);
        if (S_ISREG(about.st_mode) && static_cast<std::uint64_t>(about.st_size) > most)
            return failure(
                fmt::format("{} has {} bytes, at most {} are read", escape::line(path), about.st_size, most));
    }
    std::string text;
    constexpr std::size_t step = 65536;
    for (;;) {
        const std::size_t before = text.size();
        text.resize(before + step);
        const ssize_t got = ::read(file.get(), text.data() + before, step);
        text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_failure("cannot read", path);
        if (got == 0) return text;
        if (text.size() > most) return failure(fmt::format("{} is longer than {} bytes", escape::line(path), most));
    }
}

} // namespace bonafide::io::system
