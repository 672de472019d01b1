#include "verdict/json_members.hpp"
#include "verdict/json_read.hpp"

namespace bonafide::verdict {
namespace {

using json_members::Members;

constexpr std::size_t most_pasts = 2000; // a bounce asks for a few dozen
constexpr std::size_t most_days = 4096;

/// [day, good, unclear, bad, ham, spam, sent].
DayCounts read_day(JsonCursor& cursor, Members& in) {
    DayCounts day;
    std::size_t place = 0;
    cursor.array([&] {
        switch (place++) {
        case 0: {
            const std::int64_t number = cursor.whole();
            if (number < INT32_MIN || number > INT32_MAX) return cursor.refuse();
            day.day = static_cast<std::int32_t>(number);
            return;
        }
        case 1: day.good = in.count<std::uint32_t>(); return;
        case 2: day.unclear = in.count<std::uint32_t>(); return;
        case 3: day.bad = in.count<std::uint32_t>(); return;
        case 4: day.ham = in.count<std::uint32_t>(); return;
        case 5: day.spam = in.count<std::uint32_t>(); return;
        case 6: day.sent = in.count<std::uint32_t>(); return;
        default: cursor.refuse();
        }
    });
    return day;
}

} // namespace

History read_history(JsonCursor& cursor) {
    History history;
    history.known = !cursor.is_null();
    Members in(cursor);
    in.array(most_pasts, [&] {
        Past& past = history.pasts.emplace_back();
        in.object([&](std::string_view key) {
            if (key == "kind")
                past.key.kind = in.word(PastKind::returned, PastKind::pair);
            else if (key == "of")
                in.put(past.key.of);
            else if (key == "with")
                in.put(past.key.with);
            else if (key == "days")
                in.array(most_days, [&] { past.series.push_back(read_day(cursor, in)); });
        });
    });
    return history;
}

} // namespace bonafide::verdict
