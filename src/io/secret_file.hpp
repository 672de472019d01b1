// Files of secrets: of bounce tags and of SRS. One a line, the first is the newest and makes what all of them check.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bonafide::io {

inline constexpr std::size_t least_secret_bytes = 16;
inline constexpr std::size_t most_secrets = 16;

/// Lines without the white space around them; "#" begins a comment. Errors name the file and the line and never the secret: it cannot be
/// read, or by others than its owner too, has no secret, one that is shorter than least_secret_bytes, or more than most_secrets.
/// For root a file of `also_owner`, the service's user, is as good as its own.
[[nodiscard]] Expected<std::vector<std::string>> read_secrets(const std::string& path, std::uint32_t also_owner = 0);

} // namespace bonafide::io
