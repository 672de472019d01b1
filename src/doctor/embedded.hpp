// The tables of data/ that the doctor reads, as text within the program (cmake/Embed.cmake makes the source).
#pragma once

#include <string_view>

namespace bonafide::doctor::embedded {

/// By path in the source tree: "data/providers.tsv". Empty: not embedded.
[[nodiscard]] std::string_view find(std::string_view path);

} // namespace bonafide::doctor::embedded
