// Bytes of unknown origin as the text of a JSON string.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <string>
#include <string_view>

namespace bonafide::verdict {

/// Valid UTF-8 stays as it is; each byte that is not part of any becomes U+FFFD. JSON's own escaping is the serializer's matter.
[[nodiscard]] std::string utf8(std::string_view bytes);

/// The members KEY, utf8() cut to `most` bytes (null where `bytes` is empty), and, where that is not what there was, KEY_bytes: each byte as
/// the code point of its value (base/latin1.hpp), so that the text can be read back as it was (json_read.hpp); null where it is longer than
/// most_kept_bytes.
void put_text(boost::json::object& object, std::string_view key, std::string_view bytes, std::size_t most);
inline constexpr std::size_t most_kept_bytes = 998; // RFC 5322 2.1.1: one line

} // namespace bonafide::verdict
