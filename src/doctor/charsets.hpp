// The character sets that gateways convert between, both ways: UTF-8, and the one-byte sets of western mail.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace bonafide::doctor {

/// The one-byte sets, as mail names them.
inline constexpr std::array<std::string_view, 3> western_sets{"iso-8859-1", "windows-1252", "iso-8859-15"};

/// `bytes` in one of western_sets as UTF-8; nothing where a byte is none of that set.
[[nodiscard]] std::optional<std::string> to_utf8(std::string_view bytes, std::string_view set);
/// UTF-8 as bytes of one of western_sets; nothing where it is no UTF-8 or a character is none of that set.
[[nodiscard]] std::optional<std::string> from_utf8(std::string_view text, std::string_view set);

/// Bytes above 127 occur.
[[nodiscard]] bool is_8bit(std::string_view text);

} // namespace bonafide::doctor
