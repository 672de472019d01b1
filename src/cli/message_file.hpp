// Reading one stored message from a file or standard input, chunk by chunk.
#pragma once

#include "base/error.hpp"

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

namespace bonafide::cli {

/// Feeds the bytes of file `path`, "-" being standard input, to `feed`. Errors complete the file's name; an empty file is one.
[[nodiscard]] Expected<void> read_message(const std::string& path, std::istream& standard_input,
                                          const std::function<void(std::string_view)>& feed);

} // namespace bonafide::cli
