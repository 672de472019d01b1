// UTF-8 as RFC 3629 4 has it: no overlong forms, no surrogates, nothing beyond U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace bonafide::utf8 {

/// Bytes (1..4) of the well-formed sequence at the start of `text`, or 0: nothing there, cut short, or no UTF-8.
[[nodiscard]] std::size_t sequence_length(std::string_view text);

} // namespace bonafide::utf8
