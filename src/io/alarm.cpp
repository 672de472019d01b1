#include "io/alarm.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace bonafide::io {

std::shared_ptr<void> set_alarm(boost::asio::io_context& context, std::chrono::steady_clock::time_point when,
                                std::function<void()> act) {
    auto timer = std::make_shared<boost::asio::steady_timer>(context, when);
    // Also one that has rung already, and whose turn has not come yet, can be called off.
    timer->async_wait([act = std::move(act), weak = std::weak_ptr(timer)](const boost::system::error_code& error) {
        if (!error && !weak.expired()) act();
    });
    return timer;
}

} // namespace bonafide::io
