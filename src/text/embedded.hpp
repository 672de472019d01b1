// The compiled message catalogues within the program (cmake/Embed.cmake makes the source from po/*.po).
#pragma once

#include <span>
#include <string_view>

namespace bonafide::text::embedded {

struct Catalogue {
    std::string_view language; ///< "pl"
    std::string_view bytes;    ///< a .mo file
};
[[nodiscard]] std::span<const Catalogue> catalogues();

} // namespace bonafide::text::embedded
