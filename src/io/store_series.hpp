// A Series as it stands in a row of the store: days ascending, each as its distance to the one before, a byte that says which counts are
// not zero, and those counts. Five bytes for a sender seen once. Reading is strict: there is one form of a series, and bytes that are not
// it give an error, so that damage is noticed. Pure.
#pragma once

#include "base/error.hpp"
#include "io/store_varint.hpp"
#include "verdict/history.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace bonafide::io::store {

inline constexpr std::size_t most_packed_days = 4096; ///< more than the settings allow to be kept

/// Days without any count are left out; each day stands in `series` once.
[[nodiscard]] std::string pack(const verdict::Series& series);
[[nodiscard]] Expected<verdict::Series> unpack_series(std::string_view bytes);

/// The counts of one day without the day: also a part of other packed forms.
void put_counts(std::string& out, const verdict::DayCounts& counts);
[[nodiscard]] std::optional<verdict::DayCounts> take_counts(PackedReader& reader); ///< `day` is 0

} // namespace bonafide::io::store
