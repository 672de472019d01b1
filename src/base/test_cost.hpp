/// What code under test costs, so that a test can tell milliseconds from a quadratic without failing on a busy machine.
#pragma once

#include <ctime>

namespace bonafide::testing {

/// How many times slower this build may be than a release: sanitizers slow code down by two to fifteen.
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr double slow_build = 15;
#else
inline constexpr double slow_build = 1;
#endif

/// The seconds of processor time this thread has spent so far: what other processes do does not count.
inline double processor_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

} // namespace bonafide::testing
