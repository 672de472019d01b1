// Hashes and increments as they stand in a row of the store, and texts made small. Reading is strict as in store_series.hpp.
#pragma once

#include "base/error.hpp"
#include "io/store.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::io::store {

[[nodiscard]] std::string pack(const std::vector<Hash>& hashes); ///< ascending, each once
[[nodiscard]] Expected<std::vector<Hash>> unpack_hashes(std::string_view bytes);

/// Increments with at most two people each; the rest is left out.
[[nodiscard]] std::string pack(const std::vector<Increment>& increments);
[[nodiscard]] Expected<std::vector<Increment>> unpack_increments(std::string_view bytes);

inline constexpr std::size_t most_text_bytes = 64U << 20; ///< no document is longer

[[nodiscard]] std::string deflate(std::string_view text);
/// `bytes`: the length before. Anything that does not give exactly so many is damaged.
[[nodiscard]] Expected<std::string> inflate(std::string_view packed, std::size_t bytes);

} // namespace bonafide::io::store
