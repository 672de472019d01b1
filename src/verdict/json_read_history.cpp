#include "verdict/json_members.hpp"
#include "verdict/json_read.hpp"

#include <array>
#include <cstdint>
#include <utility>

namespace bonafide::verdict {
namespace {

using json_members::Members;

constexpr std::size_t most_pasts = 2000; // a bounce asks for a few dozen
constexpr std::size_t most_days = 4096;
constexpr std::size_t likely_days = 16;

/// [day, good, unclear, bad, ham, spam, sent]; zeros at the end may be left out.
DayCounts read_day(JsonCursor& cursor) {
    std::array<std::int64_t, 7> numbers{};
    static_cast<void>(cursor.wholes(numbers));
    bool fits = numbers[0] >= INT32_MIN && numbers[0] <= INT32_MAX;
    for (std::size_t i = 1; i < numbers.size(); ++i)
        fits = fits && numbers[i] >= 0 && std::cmp_less_equal(numbers[i], UINT32_MAX);
    if (!fits) {
        cursor.refuse();
        return {};
    }
    const auto count = [&](std::size_t i) { return static_cast<std::uint32_t>(numbers[i]); };
    return {static_cast<std::int32_t>(numbers[0]), count(1), count(2), count(3), count(4), count(5), count(6)};
}

} // namespace

History read_history(JsonCursor& cursor) {
    History history;
    history.known = !cursor.is_null();
    Members in(cursor);
    in.array(most_pasts, [&] {
        Past& past = history.pasts.emplace_back();
        past.series.reserve(likely_days);
        in.object([&](std::string_view key) {
            if (key == "kind")
                past.key.kind = in.word(PastKind::returned, PastKind::pair);
            else if (key == "of")
                in.put(past.key.of);
            else if (key == "with")
                in.put(past.key.with);
            else if (key == "days")
                in.array(most_days, [&] { past.series.push_back(read_day(cursor)); });
        });
    });
    return history;
}

} // namespace bonafide::verdict
