#include "io/alarm.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace bonafide::io {
namespace {

using namespace std::chrono_literals;

TEST(Alarm, RingsOnceAndCanBeCalledOff) {
    boost::asio::io_context context;
    const auto now = std::chrono::steady_clock::now();
    std::string rung;
    std::shared_ptr<void> first = set_alarm(context, now + 20ms, [&] {
        rung += '1';
        first.reset();
    });
    std::shared_ptr<void> second = set_alarm(context, now + 10ms, [&] { rung += '2'; });
    std::shared_ptr<void> never = set_alarm(context, now + 1h, [&] { rung += '3'; });
    never.reset();
    context.run();
    EXPECT_EQ(rung, "21");
}

TEST(Alarm, CalledOffWhenItHasRungAlready) {
    boost::asio::io_context context;
    const auto past = std::chrono::steady_clock::now() - 1s;
    std::string rung;
    std::shared_ptr<void> second;
    std::shared_ptr<void> first = set_alarm(context, past, [&] {
        rung += '1';
        second.reset();
    });
    second = set_alarm(context, past, [&] { rung += '2'; });
    context.run();
    EXPECT_EQ(rung, "1");
}

} // namespace
} // namespace bonafide::io
