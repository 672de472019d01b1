// A key record as it was meant, made out of one that was published wrongly.
#pragma once

#include "base/limits.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace bonafide::doctor {

inline constexpr std::size_t most_mended_bytes =
    16384; ///< of a record; twice what verifiers read. The rest is not looked at

/// What stands after p=, without white space, quotes, backslashes and lines of PEM; without a p= all of the text. May be no key.
[[nodiscard]] std::string key_data(std::string_view text);

/// A record that holds a usable key (dkim::parse_key_record() takes it) of what `text` holds; none when there is no whole key in it.
[[nodiscard]] std::optional<std::string> mended(std::string_view text, const Limits& limits);

} // namespace bonafide::doctor
