// Domain names as text. Normalized form everywhere inside Bonafide: ASCII lower case, no final dot, labels joined by '.'.
// Labels are raw bytes (SPF macros may put anything into one); whether a name may be asked is is_valid's matter.
#pragma once

#include "base/ip.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::dns {

/// Lower-cases ASCII and drops one final dot. U-labels are left alone: use idna.hpp's to_ascii first where they may occur.
[[nodiscard]] std::string normalize(std::string_view name);

/// Can be asked: not empty, every label 1..63 bytes, at most 253 bytes (RFC 1035 2.3.4). A final dot is allowed.
[[nodiscard]] bool is_valid(std::string_view name);

/// Letters, digits, hyphens and underscores only, valid, no label beginning or ending in '-'. What d=, From and HELO may be.
[[nodiscard]] bool is_hostname_like(std::string_view name);

/// Number of labels; 0 for "".
[[nodiscard]] std::size_t label_count(std::string_view name);

/// The rightmost `count` labels (all when there are fewer); a view into `name`.
[[nodiscard]] std::string_view last_labels(std::string_view name, std::size_t count);

/// Without its leftmost label; "" for a single label. A view into `name`.
[[nodiscard]] std::string_view parent(std::string_view name);

/// Case-insensitive; `name` equals `ancestor` or ends in "." + ancestor. Both without final dot. False when ancestor is empty.
[[nodiscard]] bool is_equal_or_below(std::string_view name, std::string_view ancestor);

} // namespace bonafide::dns
