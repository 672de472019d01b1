// One text as the programs of the world write it into a header field: plain, or as encoded words (RFC 2047) in their many styles.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

inline constexpr std::size_t most_encoded_forms = 120;
inline constexpr std::size_t most_encoded_bytes = 2000; ///< a longer text has its plain form only

/// `text`: UTF-8. The plain form first; encoded ones where it holds other characters than ASCII. Words are parted by one space; `offset`: how
/// much of the first line the field's name takes.
[[nodiscard]] std::vector<std::string> encoded_forms(std::string_view text, std::size_t offset);

} // namespace bonafide::doctor
