// Remote bytes as JSON strings: JSON is UTF-8 (RFC 8259 8.1), mail is not always.
#pragma once

#include <string>
#include <string_view>

namespace bonafide::cli {

/// `bytes` with everything that is no UTF-8 replaced by U+FFFD.
[[nodiscard]] std::string json_text(std::string_view bytes);

} // namespace bonafide::cli
