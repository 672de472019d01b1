// Postfix's and Sendmail's socketmap protocol (socketmap_table(5)): netstrings of "NAME KEY", answered by netstrings of "OK DATA",
// "NOTFOUND ", "TEMP WHY" or "PERM WHY". Pure.
#pragma once

#include "io/map_protocol.hpp"

#include <string>
#include <string_view>

namespace bonafide::io::socketmap {

[[nodiscard]] Expected<MapCut> cut(std::string_view bytes);
[[nodiscard]] std::string write(const MapAnswer& answer);
/// As a mail server sends it.
[[nodiscard]] std::string write(const MapRequest& request);

inline constexpr MapProtocol protocol{cut, write};

} // namespace bonafide::io::socketmap
