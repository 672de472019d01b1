#include "io/store_series.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace bonafide::io::store {
namespace {

using verdict::DayCounts;

/// Bit i of the mask stands for column i; only ever add at the end.
constexpr std::array<std::uint32_t DayCounts::*, 6> columns{&DayCounts::good, &DayCounts::unclear, &DayCounts::bad,
                                                            &DayCounts::ham,  &DayCounts::spam,    &DayCounts::sent};

std::uint8_t mask_of(const DayCounts& counts) {
    unsigned mask = 0;
    for (std::size_t i = 0; i < columns.size(); ++i)
        if (counts.*columns[i] != 0) mask |= 1U << i;
    return static_cast<std::uint8_t>(mask);
}

std::unexpected<Error> damaged() { return failure("the packed counts of a history are damaged"); }

/// The day that `packed` stands for after `before`; the first day stands for itself.
std::optional<std::int32_t> day_after(std::optional<std::int32_t> before, std::uint64_t packed) {
    if (!before) {
        const std::int64_t day = unzigzag(packed);
        if (day < INT32_MIN || day > INT32_MAX) return std::nullopt;
        return static_cast<std::int32_t>(day);
    }
    if (packed == 0 || packed > UINT32_MAX) return std::nullopt;
    const std::int64_t day = std::int64_t{*before} + static_cast<std::int64_t>(packed);
    if (day > INT32_MAX) return std::nullopt;
    return static_cast<std::int32_t>(day);
}

} // namespace

void put_counts(std::string& out, const DayCounts& counts) {
    out += static_cast<char>(mask_of(counts));
    for (const auto column : columns)
        if (counts.*column != 0) put_number(out, counts.*column);
}

namespace {

/// The mask; nothing when the reader does not stand before counts.
std::optional<std::uint8_t> take_into(PackedReader& reader, DayCounts& counts) {
    const auto mask = reader.byte();
    if (!mask || (*mask >> columns.size()) != 0) return std::nullopt;
    for (unsigned rest = *mask; rest != 0; rest &= rest - 1) {
        const auto count = reader.number();
        if (!count || *count == 0 || *count > UINT32_MAX) return std::nullopt;
        counts.*columns[static_cast<std::size_t>(std::countr_zero(rest))] = static_cast<std::uint32_t>(*count);
    }
    return mask;
}

} // namespace

std::optional<DayCounts> take_counts(PackedReader& reader) {
    DayCounts counts;
    return take_into(reader, counts) ? std::optional(counts) : std::nullopt;
}

std::string pack(const verdict::Series& series) {
    verdict::Series days = series;
    std::ranges::sort(days, {}, &DayCounts::day);
    std::string out;
    std::optional<std::int32_t> before;
    for (const DayCounts& day : days) {
        if (mask_of(day) == 0 || before == day.day) continue;
        put_number(out, before ? static_cast<std::uint64_t>(std::int64_t{day.day} - *before) : zigzag(day.day));
        put_counts(out, day);
        before = day.day;
    }
    return out;
}

Expected<verdict::Series> unpack_series(std::string_view bytes) {
    constexpr std::size_t least_day_bytes = 3;
    verdict::Series series;
    series.reserve(std::min(bytes.size() / least_day_bytes, most_packed_days));
    std::optional<std::int32_t> before;
    for (PackedReader reader(bytes); !reader.empty();) {
        const auto packed = reader.number();
        if (!packed || series.size() == most_packed_days) return damaged();
        before = day_after(before, *packed);
        if (!before) return damaged();
        DayCounts& counts = series.emplace_back();
        counts.day = *before;
        if (take_into(reader, counts).value_or(0) == 0) return damaged();
    }
    return series;
}

} // namespace bonafide::io::store
