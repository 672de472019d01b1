// The structured event log: one event, one line, one write(2). An event has a dotted name that is stable for machines
// ("message.verdict") and named values; remote text may stand in any value, since every format escapes what it must.
//
//     log.info("message.verdict", {{"queue_id", id}, {"spf", "pass"}, {"bytes", 1234}, {"seconds", 0.012}, {"stored", true}});
//
// Formats: text   2026-01-31T12:00:00.123Z info message.verdict queue_id=4b2f spf=pass from="a b@example.com"
//          json   {"time":"2026-01-31T12:00:00.123Z","level":"info","event":"message.verdict","queue_id":"4b2f",...}
// Targets: standard error (with the <N> prefixes of sd-daemon(3) when the journal reads it), a file, or the journal's own socket.
//
// Thread-safe. A line that cannot be written is counted and forgotten, so is one that the reader of a pipe, a socket or a terminal has no
// room for now: logging never stops mail. Lines to those are cut to PIPE_BUF bytes.
#pragma once

#include "base/error.hpp"

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace bonafide::io {

class Logger {
  public:
    enum class Level : std::uint8_t { error, warning, info, debug };
    enum class Format : std::uint8_t { text, json };

    using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;
    struct Field {
        std::string_view key; ///< a literal: lower-case letters, digits, '_'
        Value value;

        Field(std::string_view k, std::string_view v) : key(k), value(v) {}
        Field(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
        Field(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
        Field(std::string_view k, bool v) : key(k), value(v) {}
        Field(std::string_view k, std::floating_point auto v) : key(k), value(static_cast<double>(v)) {}
        Field(std::string_view k, std::signed_integral auto v) : key(k), value(static_cast<std::int64_t>(v)) {}
        Field(std::string_view k, std::unsigned_integral auto v) : key(k), value(static_cast<std::uint64_t>(v)) {}
    };
    using Fields = std::span<const Field>;
    using FieldList = std::initializer_list<Field>;

    struct Settings {
        std::string target = "stderr"; ///< "stderr", "journald" or a file's path
        Format format = Format::text;
        Level level = Level::info;
        std::string journal_socket = "/run/systemd/journal/socket";
        std::size_t most_value_bytes = 4096; ///< longer values are cut and end in "..."
    };

    /// Opens the target. "journald" where no journal listens becomes standard error with prefixes.
    [[nodiscard]] static Expected<std::unique_ptr<Logger>> open(Settings settings);
    ~Logger();
    Logger(const Logger&) = delete;
    Logger& operator=(const Logger&) = delete;

    void error(std::string_view event, FieldList fields = {}) { write(Level::error, event, view(fields)); }
    void warning(std::string_view event, FieldList fields = {}) { write(Level::warning, event, view(fields)); }
    void info(std::string_view event, FieldList fields = {}) { write(Level::info, event, view(fields)); }
    void debug(std::string_view event, FieldList fields = {}) { write(Level::debug, event, view(fields)); }

    /// Would a line of this level be written? For callers whose fields cost something to make.
    [[nodiscard]] bool writes(Level level) const { return level <= level_.load(std::memory_order_relaxed); }
    void write(Level level, std::string_view event, Fields fields);

    void set_level(Level level) { level_.store(level, std::memory_order_relaxed); }
    /// Opens the file anew under its name (after log rotation); lines written meanwhile go to the old or the new file, whole.
    Expected<void> reopen();
    /// Lines that could not be written since start.
    [[nodiscard]] std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

  private:
    enum class Kind : std::uint8_t { plain, prefixed, journal };
    Logger(Settings settings, Kind kind, int fd);
    [[nodiscard]] std::string make_line(Level level, std::string_view event, Fields fields,
                                        std::size_t most_value_bytes) const;
    [[nodiscard]] std::string make_short_line(Level level, std::string_view event, Fields fields) const;
    static Fields view(FieldList fields) { return {fields.begin(), fields.size()}; }

    const Settings settings_;
    const Kind kind_;
    const int fd_; ///< stays the same number across reopen()
    std::atomic<Level> level_;
    std::atomic<std::uint64_t> lost_ = 0;
    std::mutex ready_until_written_; ///< what was found writable stays so until the line is in it
};

[[nodiscard]] std::string_view to_text(Logger::Level level);

/// The pure part, for tests: one line with its newline; `time` is milliseconds since 1970.
[[nodiscard]] std::string format_line(Logger::Format format, std::int64_t time, Logger::Level level,
                                      std::string_view event, Logger::Fields fields, std::size_t most_value_bytes);
/// One datagram of the journal's native protocol.
[[nodiscard]] std::string format_journal(Logger::Level level, std::string_view event, Logger::Fields fields,
                                         std::size_t most_value_bytes);

} // namespace bonafide::io
