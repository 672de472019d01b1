// Bytes of unknown origin as the text of a JSON string.
#pragma once

#include <string>
#include <string_view>

namespace bonafide::verdict {

/// Valid UTF-8 stays as it is; each byte that is not part of any becomes U+FFFD. JSON's own escaping is the serializer's matter.
[[nodiscard]] std::string utf8(std::string_view bytes);

} // namespace bonafide::verdict
