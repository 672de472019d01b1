// The operating system's services around a daemon: the service manager, the host's name, limits, small files.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bonafide::io::system {

/// Tells the service manager, e.g. "READY=1\nSTATUS=serving"; one assignment a line, as sd_notify(3) defines them: READY=1, RELOADING=1,
/// STOPPING=1, STATUS=, WATCHDOG=1. Nothing happens, and nothing is wrong, when no manager listens (NOTIFY_SOCKET unset).
/// For RELOADING=1 the MONOTONIC_USEC that newer managers want is added; older ones ignore it.
Expected<void> notify(std::string_view state);

/// How often the service manager wants WATCHDOG=1, in microseconds (WATCHDOG_USEC meant for this process); 0: not at all.
[[nodiscard]] std::uint64_t watchdog_interval_us();

/// The host's fully qualified name in lower case when the name service knows it, else its plain name, else "localhost".
[[nodiscard]] std::string host_name();

/// Processors this process may run on (affinity and cgroup masks count), at least 1.
[[nodiscard]] unsigned core_count();

/// Raises the soft limit of open files to `wanted` or as far as the hard limit lets; the limit now in force.
std::size_t raise_open_files(std::size_t wanted);

/// Writes this process's id and a newline; replaces an older file in one step, so that no reader sees half of it.
Expected<void> write_pid_file(const std::string& path);
/// Removes the file if it still holds this process's id.
void remove_pid_file(const std::string& path);

/// The whole file (or device or pipe); "-" is standard input. More than `most` bytes is an error, as is a folder.
[[nodiscard]] Expected<std::string> read_file(const std::string& path, std::size_t most);

} // namespace bonafide::io::system
