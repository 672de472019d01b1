// Tag=value lists (RFC 6376 3.2), as signatures, key records and ARC use them. Strict: what the grammar forbids is an error.
// Linear in the text (n log n in the number of tags); the caller bounds the text.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::dkim {

/// Views into the parsed text.
struct Tag {
    std::string_view name;
    std::string_view value; ///< without the white space round it; folding inside is kept
    std::size_t begin = 0;  ///< the text from the "=" (excluded)...
    std::size_t end = 0;    ///< ...to the ";" or the end: value and the white space round it
};

struct TagList {
    std::vector<Tag> tags; ///< in order; with an error: those read before it, good only for telling a person about it
    std::optional<Error> error; ///< why the whole list is invalid

    [[nodiscard]] const Tag* find(std::string_view name) const;
};

/// `text` must outlive the result. Bytes above 127 are let through: 3.2 advises not to preclude UTF-8, RFC 8616 needs it.
[[nodiscard]] TagList parse_tags(std::string_view text);

/// The parts of a value between ":" (h=, q=, s=, t=), without white space round them. Views; empty parts are kept.
[[nodiscard]] std::vector<std::string_view> split_list(std::string_view value);

/// `value` without any SP, HTAB, CR, LF.
[[nodiscard]] std::string without_space(std::string_view value);

} // namespace bonafide::dkim
