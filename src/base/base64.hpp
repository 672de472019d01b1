// Base64 (RFC 4648 4) as mail uses it: folding white space may stand anywhere (RFC 6376 2.10 base64string).
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::base64 {

using Bytes = std::vector<std::uint8_t>;

/// Encodes with padding, without line ends.
[[nodiscard]] std::string encode(std::span<const std::uint8_t> bytes);

/// Decodes; SP, HTAB, CR, LF are skipped. As RFC 6376 2.10 writes it, up to two '=' may end the text whatever its length; none is
/// accepted as well (deployed keys lack them). Unused bits of the last character are ignored. Errors with their position: other
/// bytes, data after padding, padding without data, a lone final character.
[[nodiscard]] Expected<Bytes> decode(std::string_view text);

} // namespace bonafide::base64
