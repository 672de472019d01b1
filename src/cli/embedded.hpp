// Files of the source tree carried inside the binary (the demo's messages and zone), so that the demo runs from anywhere.
#pragma once

#include <string_view>

namespace bonafide::embedded {

/// The text of "demo/zone" and the like; empty for a path that was not embedded.
[[nodiscard]] std::string_view find(std::string_view path);

} // namespace bonafide::embedded
