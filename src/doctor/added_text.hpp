// Text that was put into a part of a body: footers, disclaimers, banners; in plain text and HTML, however the part is encoded.
#pragma once

#include "doctor/body_shape.hpp"
#include "doctor/mime_shape.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

enum class Side : std::uint8_t { head, tail };

inline constexpr std::size_t most_added_lines = 80;          ///< of a footer or banner inside a part
inline constexpr std::size_t most_html_bytes = 8192;         ///< of what stands before </body> or behind <body>
inline constexpr std::size_t most_html_places = 300;         ///< where it may begin or end
inline constexpr std::size_t most_words_bytes = 400;         ///< of a banner that shares its line with the text
inline constexpr std::size_t most_patch_bytes = 16'777'216U; ///< of all patches of one part together

/// The ways to take it away at that side of the part, sorted (sort_patches).
[[nodiscard]] std::vector<Patch> without_added(std::string_view body, const MimePart& part, Side side);

} // namespace bonafide::doctor
