#include "io/metrics.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <stdexcept>
#include <thread>

namespace bonafide::io {
namespace {

TEST(Metrics, TextFormat) {
    Metrics metrics;
    metrics.counter("bonafide_messages_total", "Messages by verdict.", {{"spf", "pass"}}).add(3);
    metrics.counter("bonafide_messages_total", "Messages by verdict.", {{"spf", "fail"}}).add();
    metrics.gauge("bonafide_connections", "Open connections.").set(-2);
    metrics.gauge_from("bonafide_cache_fill", "Part of the cache in use.", {}, [] { return 0.25; });
    metrics.counter_from("bonafide_cache_hits_total", "Look-ups answered.", {}, [] { return 12345678.0; });
    EXPECT_EQ(metrics.text(), "# HELP bonafide_messages_total Messages by verdict.\n"
                              "# TYPE bonafide_messages_total counter\n"
                              "bonafide_messages_total{spf=\"pass\"} 3\n"
                              "bonafide_messages_total{spf=\"fail\"} 1\n"
                              "# HELP bonafide_connections Open connections.\n"
                              "# TYPE bonafide_connections gauge\n"
                              "bonafide_connections -2\n"
                              "# HELP bonafide_cache_fill Part of the cache in use.\n"
                              "# TYPE bonafide_cache_fill gauge\n"
                              "bonafide_cache_fill 0.25\n"
                              "# HELP bonafide_cache_hits_total Look-ups answered.\n"
                              "# TYPE bonafide_cache_hits_total counter\n"
                              "bonafide_cache_hits_total 12345678\n");
}

TEST(Metrics, HistogramIsCumulativeAndItsBoundsBelongToTheBucketBelow) {
    Metrics metrics;
    const double bounds[] = {0.1, 1};
    Histogram& seconds = metrics.histogram("bonafide_seconds", "Time.", bounds, {{"door", "milter"}});
    for (const double value : {0.05, 0.1, 0.5, 2.0}) seconds.observe(value);
    EXPECT_EQ(metrics.text(), "# HELP bonafide_seconds Time.\n"
                              "# TYPE bonafide_seconds histogram\n"
                              "bonafide_seconds_bucket{door=\"milter\",le=\"0.1\"} 2\n"
                              "bonafide_seconds_bucket{door=\"milter\",le=\"1\"} 3\n"
                              "bonafide_seconds_bucket{door=\"milter\",le=\"+Inf\"} 4\n"
                              "bonafide_seconds_sum{door=\"milter\"} 2.65\n"
                              "bonafide_seconds_count{door=\"milter\"} 4\n");
}

TEST(Metrics, LabelsAndHelpAreEscaped) {
    Metrics metrics;
    metrics.counter("bonafide_odd_total", "A \\ and\na \"line\".", {{"name", "a\"b\\c\nd"}}).add();
    EXPECT_EQ(metrics.text(), "# HELP bonafide_odd_total A \\\\ and\\na \"line\".\n"
                              "# TYPE bonafide_odd_total counter\n"
                              "bonafide_odd_total{name=\"a\\\"b\\\\c\\nd\"} 1\n");
}

TEST(Metrics, SameNameAndLabelsAreTheSameObject) {
    Metrics metrics;
    Counter& one = metrics.counter("bonafide_a_total", "A.", {{"x", "1"}});
    EXPECT_EQ(&one, &metrics.counter("bonafide_a_total", "A.", {{"x", "1"}}));
    EXPECT_NE(&one, &metrics.counter("bonafide_a_total", "A.", {{"x", "2"}}));
}

TEST(Metrics, MisuseThrows) {
    Metrics metrics;
    (void)metrics.counter("bonafide_a_total", "A.");
    EXPECT_THROW((void)metrics.counter("bonafide_a_total", "Another."), std::logic_error);
    EXPECT_THROW((void)metrics.counter("bonafide_a", "No _total."), std::logic_error);
    EXPECT_THROW((void)metrics.gauge("bonafide_a_total", "A gauge with _total."), std::logic_error);
    EXPECT_THROW((void)metrics.gauge("other_a", "Not ours."), std::logic_error);
    EXPECT_THROW((void)metrics.gauge("bonafide_a-b", "No such character."), std::logic_error);
    EXPECT_THROW((void)metrics.gauge("bonafide_b", "Bad label.", {{"a b", "1"}}), std::logic_error);
    EXPECT_THROW(metrics.counter_from("bonafide_a_total", "A.", {}, [] { return 1.0; }), std::logic_error);
    const double falling[] = {2, 1};
    EXPECT_THROW(Histogram{falling}, std::logic_error);
}

TEST(Metrics, InfinityAndNotANumber) {
    Metrics metrics;
    metrics.gauge_from("bonafide_inf", "I.", {}, [] { return HUGE_VAL; });
    metrics.gauge_from("bonafide_nan", "N.", {}, [] { return std::nan(""); });
    EXPECT_NE(metrics.text().find("bonafide_inf +Inf\n"), std::string::npos);
    EXPECT_NE(metrics.text().find("bonafide_nan NaN\n"), std::string::npos);
}

TEST(Metrics, CountsFromManyThreads) {
    Metrics metrics;
    Counter& counter = metrics.counter("bonafide_a_total", "A.");
    Histogram& histogram = metrics.histogram("bonafide_seconds", "S.", Histogram::durations());
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 10000; ++i) {
                counter.add();
                histogram.observe(1);
            }
        });
    (void)metrics.text();
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(counter.value(), 40000U);
    EXPECT_DOUBLE_EQ(histogram.snapshot().sum, 40000);
}

} // namespace
} // namespace bonafide::io
