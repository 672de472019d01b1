// Bytes of any kind in JSON, which only knows text: each byte is the code point of its value (U+0000 to U+00FF). Nothing is lost.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bonafide::latin1 {

/// The bytes as UTF-8 text.
[[nodiscard]] std::string to_utf8(std::string_view bytes);

/// The bytes that valid UTF-8 `text` stands for; nothing when it holds a code point above U+00FF.
[[nodiscard]] std::optional<std::string> to_bytes(std::string_view text);

} // namespace bonafide::latin1
