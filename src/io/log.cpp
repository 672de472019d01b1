#include "io/log.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace bonafide::io {
namespace {

constexpr std::string_view identifier = "bonafide";

/// syslog(3) priorities, as sd-daemon(3) prefixes and the journal want them.
int priority(Logger::Level level) {
    constexpr std::array<int, 4> numbers{3, 4, 6, 7};
    return numbers[static_cast<std::size_t>(level)];
}

std::int64_t milliseconds_now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string time_text(std::int64_t time) {
    const std::time_t seconds = time / 1000;
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), time % 1000);
}

/// Numbers and flags as they stand in every format; nothing for a string. JSON knows no infinities: they become null.
std::string number_text(const Logger::Value& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (const auto* number = std::get_if<std::uint64_t>(&value)) return std::to_string(*number);
    if (const auto* number = std::get_if<double>(&value))
        return std::isfinite(*number) ? fmt::format("{:.6g}", *number) : "null";
    return {};
}

/// key=value; quoted when it is empty or holds a blank, a quote or '='. Backslashes are doubled by escape::line already.
std::string text_value(const Logger::Value& value, std::size_t most) {
    const auto* text = std::get_if<std::string_view>(&value);
    if (text == nullptr) return number_text(value);
    std::string cleaned = escape::line(*text, most);
    if (!cleaned.empty() && cleaned.find_first_of(" \"=") == std::string::npos) return cleaned;
    std::string quoted = "\"";
    for (const char c : cleaned) {
        if (c == '"') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

/// Valid UTF-8 of at most `most` bytes and "...": a byte that belongs to no sequence becomes U+FFFD.
std::string to_utf8(std::string_view text, std::size_t most) {
    std::string result;
    while (!text.empty()) {
        const std::size_t length = utf8::sequence_length(text);
        const std::string_view piece = length == 0 ? "\xef\xbf\xbd" : text.substr(0, length);
        if (result.size() + piece.size() > most) return result + "...";
        result += piece;
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return result;
}

/// JSON has escapes of its own for control characters.
std::string json_value(const Logger::Value& value, std::size_t most) {
    const auto* text = std::get_if<std::string_view>(&value);
    if (text == nullptr) return number_text(value);
    return boost::json::serialize(boost::json::string_view(to_utf8(*text, most)));
}

std::string text_line(std::int64_t time, Logger::Level level, std::string_view event, Logger::Fields fields,
                      std::size_t most) {
    std::string line = fmt::format("{} {} {}", time_text(time), to_text(level), escape::line(event, most));
    for (const Logger::Field& field : fields)
        fmt::format_to(std::back_inserter(line), " {}={}", field.key, text_value(field.value, most));
    return line;
}

std::string json_line(std::int64_t time, Logger::Level level, std::string_view event, Logger::Fields fields,
                      std::size_t most) {
    std::string line = fmt::format(R"({{"time":"{}","level":"{}","event":{})", time_text(time), to_text(level),
                                   json_value(event, most));
    for (const Logger::Field& field : fields)
        fmt::format_to(std::back_inserter(line), ",{}:{}", json_value(field.key, most), json_value(field.value, most));
    return line + '}';
}

/// One field of the journal's native protocol; a value with line breaks goes as length and bytes.
void append_journal_field(std::string& datagram, std::string_view key, std::string_view value) {
    datagram += key;
    if (!value.contains('\n')) {
        datagram += '=';
    } else {
        datagram += '\n';
        const std::uint64_t length = value.size();
        for (int shift = 0; shift < 64; shift += 8)
            datagram += static_cast<char>(length >> shift & 0xff); // little endian
    }
    datagram += value;
    datagram += '\n';
}

sockaddr_un unix_address(std::string_view path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

/// A datagram socket connected to the journal, or -1.
int open_journal(const std::string& path) {
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    const sockaddr_un address = unix_address(path);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    ::close(fd);
    return -1;
}

int open_file(const std::string& path) {
    constexpr mode_t mode = 0640;
    return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, mode);
}

/// What the descriptor is, as S_IFMT has it: pipes, sockets and terminals have a reader who may stall.
mode_t type_of(int fd) {
    struct stat status{};
    return ::fstat(fd, &status) == 0 ? status.st_mode & S_IFMT : 0;
}

/// Writes without ever waiting for a reader; call with writes to it locked out, and with at most PIPE_BUF bytes: pipe(7) is writable when
/// that much fits.
ssize_t write_if_ready(int fd, mode_t type, std::string_view line) {
    if (type == S_IFSOCK) return ::send(fd, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
    if (::poll(&ready, 1, 0) != 1 || ready.revents != POLLOUT) return -1;
    return ::write(fd, line.data(), line.size());
}

std::unexpected<Error> open_failure(const std::string& path) {
    return failure(
        fmt::format("cannot open the log {}: {}", escape::line(path), std::generic_category().message(errno)));
}

} // namespace

std::string_view to_text(Logger::Level level) {
    constexpr std::array<std::string_view, 4> texts{"error", "warning", "info", "debug"};
    return texts[static_cast<std::size_t>(level)];
}

std::string format_line(Logger::Format format, std::int64_t time, Logger::Level level, std::string_view event,
                        Logger::Fields fields, std::size_t most_value_bytes) {
    return (format == Logger::Format::json ? json_line : text_line)(time, level, event, fields, most_value_bytes) +
           '\n';
}

std::string format_journal(Logger::Level level, std::string_view event, Logger::Fields fields,
                           std::size_t most_value_bytes) {
    std::string message(event);
    for (const Logger::Field& field : fields)
        fmt::format_to(std::back_inserter(message), " {}={}", field.key, text_value(field.value, most_value_bytes));
    std::string datagram;
    append_journal_field(datagram, "MESSAGE", message);
    append_journal_field(datagram, "PRIORITY", std::to_string(priority(level)));
    append_journal_field(datagram, "SYSLOG_IDENTIFIER", identifier);
    append_journal_field(datagram, "BONAFIDE_EVENT", event);
    for (const Logger::Field& field : fields) {
        std::string key = "BONAFIDE_";
        for (const char c : field.key) key += ascii::to_upper(c);
        const auto* text = std::get_if<std::string_view>(&field.value);
        append_journal_field(datagram, key,
                             text != nullptr ? text->substr(0, most_value_bytes) : number_text(field.value));
    }
    return datagram;
}

Expected<std::unique_ptr<Logger>> Logger::open(Settings settings) {
    const auto make = [&](Kind kind, int fd) {
        return std::unique_ptr<Logger>(new Logger(std::move(settings), kind, fd));
    };
    if (settings.target == "journald") {
        const int journal = open_journal(settings.journal_socket);
        return journal >= 0 ? make(Kind::journal, journal) : make(Kind::prefixed, STDERR_FILENO);
    }
    if (settings.target == "stderr")
        return make(std::getenv("JOURNAL_STREAM") != nullptr ? Kind::prefixed : Kind::plain, STDERR_FILENO);
    const int file = open_file(settings.target);
    if (file < 0) return open_failure(settings.target);
    return make(Kind::plain, file);
}

Logger::Logger(Settings settings, Kind kind, int fd)
    : settings_(std::move(settings)), kind_(kind), fd_(fd), level_(settings_.level) {}

Logger::~Logger() {
    if (fd_ != STDERR_FILENO) ::close(fd_);
}

void Logger::write(Level level, std::string_view event, Fields fields) {
    if (!writes(level)) return;
    ssize_t written = 0;
    std::string line;
    if (kind_ == Kind::journal) {
        line = format_journal(level, event, fields, settings_.most_value_bytes);
        written = ::send(fd_, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    } else if (const mode_t type = type_of(fd_); type == S_IFREG) {
        line = make_line(level, event, fields, settings_.most_value_bytes);
        do {
            written = ::write(fd_, line.data(), line.size());
        } while (written < 0 && errno == EINTR);
    } else {
        line = make_short_line(level, event, fields);
        const std::scoped_lock lock(ready_until_written_);
        written = write_if_ready(fd_, type, line);
    }
    if (written < 0 || static_cast<std::size_t>(written) != line.size()) lost_.fetch_add(1, std::memory_order_relaxed);
}

std::string Logger::make_line(Level level, std::string_view event, Fields fields, std::size_t most_value_bytes) const {
    return (kind_ == Kind::prefixed ? fmt::format("<{}>", priority(level)) : "") +
           format_line(settings_.format, milliseconds_now(), level, event, fields, most_value_bytes);
}

/// At most PIPE_BUF bytes: shorter values first, which keeps JSON whole; the end of the line goes only when that is not enough.
std::string Logger::make_short_line(Level level, std::string_view event, Fields fields) const {
    constexpr std::size_t least_value_bytes = 64;
    std::size_t most = settings_.most_value_bytes;
    std::string line = make_line(level, event, fields, most);
    while (line.size() > PIPE_BUF && most > least_value_bytes) line = make_line(level, event, fields, most /= 2);
    if (line.size() > PIPE_BUF) {
        line.resize(PIPE_BUF - 1);
        line += '\n';
    }
    return line;
}

Expected<void> Logger::reopen() {
    if (kind_ == Kind::journal || fd_ == STDERR_FILENO) return {};
    const int fresh = open_file(settings_.target);
    if (fresh < 0) return open_failure(settings_.target);
    const bool replaced = ::dup3(fresh, fd_, O_CLOEXEC) >= 0; // in one step: writers never see a closed descriptor
    const int code = errno;
    ::close(fresh);
    errno = code;
    if (!replaced) return open_failure(settings_.target);
    return {};
}

} // namespace bonafide::io
