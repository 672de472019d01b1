// Files that others write and that are looked at again and again: whether one has changed, and what is in it. Regular files alone: a FIFO
// would never end, a device might act on being read. Symbolic links are followed.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace bonafide::io {

/// What is another after every change.
struct FileStamp {
    std::uint64_t device = 0, number = 0, bytes = 0;
    std::int64_t modified = 0, changed = 0; ///< nanoseconds
    bool operator==(const FileStamp&) const = default;
};

/// Nothing where there is no such file; an error where it cannot be told, or is no regular file.
[[nodiscard]] Expected<std::optional<FileStamp>> look_at_file(const std::string& path);

/// The whole file; more than `most` bytes are an error.
[[nodiscard]] Expected<std::string> read_regular_file(const std::string& path, std::size_t most);

} // namespace bonafide::io
