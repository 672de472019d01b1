// Where time comes from, and who calls when it has come; replaceable in tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace bonafide::engine {

struct Clock {
    using TimePoint = std::chrono::steady_clock::time_point;
    /// Letting go of it calls the alarm off, also from inside `act`.
    using Alarm = std::shared_ptr<void>;

    std::function<TimePoint()> steady = [] { return std::chrono::steady_clock::now(); };
    std::function<std::int64_t()> unix_time = [] {
        return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    };
    /// Calls `act` once at `when` or soon after, from this thread's event loop. Empty where nothing ever waits (zone file, `verify`).
    std::function<Alarm(TimePoint when, std::function<void()> act)> alarm;
};

} // namespace bonafide::engine
