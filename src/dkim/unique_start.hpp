// How much of each b= a report must show so that a reader can tell the signatures of one message apart (RFC 6008 4, header.b).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace bonafide::dkim {

/// For each text the number of leading characters, at least 8 where it has them, that no different text of the list shares.
/// Equal texts cannot be told apart and do not lengthen each other.
[[nodiscard]] std::vector<std::size_t> unique_starts(std::span<const std::string_view> texts);

} // namespace bonafide::dkim
