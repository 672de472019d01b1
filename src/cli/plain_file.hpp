// Commands that read a whole file: a named pipe would keep them waiting for a writer, a device has no end.
#pragma once

#include "base/error.hpp"

#include <string>

namespace bonafide::cli {

/// That `file` is a regular one, or a link to one; standard input ("-") is the caller's. The error text completes "FILE: ...".
[[nodiscard]] Expected<void> check_plain_file(const std::string& file);

} // namespace bonafide::cli
