// The rows of one SELECT over an SQLite file that is somebody else's: opened for reading only, nothing that it brings along is run, its
// views included.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <string>

namespace bonafide::io {

/// Calls `row` with the texts of each row, which must have `columns` of them; an error of `row` ends the reading and is told with the row's
/// number. Waits at most two seconds for a lock.
[[nodiscard]] Expected<void> read_sqlite_rows(const std::string& file, const std::string& query, std::size_t columns,
                                              const std::function<Expected<void>(std::span<const std::string>)>& row);

} // namespace bonafide::io
