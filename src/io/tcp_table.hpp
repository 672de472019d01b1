// Postfix's tcp_table protocol (tcp_table(5)): lines of "get KEY", answered by "200 DATA", "400 WHY" or "500 WHY" (not found), with %XX
// for a percent sign, white space and what is not printable. It has no map names: each port is a table. Pure.
#pragma once

#include "io/map_protocol.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bonafide::io::tcp_table {

/// "put" and other words are requests that nothing answers: an error.
[[nodiscard]] Expected<MapCut> cut(std::string_view bytes);
/// A permanent failure is written as a temporary one: the protocol has no word for it, and 500 would pass for "not found".
[[nodiscard]] std::string write(const MapAnswer& answer);

[[nodiscard]] std::string encode(std::string_view text);
/// Nothing: a percent sign without two hexadecimal digits.
[[nodiscard]] std::optional<std::string> decode(std::string_view text);

inline constexpr MapProtocol protocol{cut, write};

} // namespace bonafide::io::tcp_table
