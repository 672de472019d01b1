// One call back from an event loop at a given time.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace bonafide::io {

/// Calls `act` once at `when` or soon after, on the thread that runs the context. Letting go of what is returned calls the alarm off, also
/// from inside `act`. Call, and let go, on that thread.
[[nodiscard]] std::shared_ptr<void> set_alarm(boost::asio::io_context& context,
                                              std::chrono::steady_clock::time_point when, std::function<void()> act);

} // namespace bonafide::io
