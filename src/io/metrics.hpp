// Counters, gauges and histograms, shown in the Prometheus text format (version 0.0.4).
//
// Register at start, keep the reference, count from any thread: an update is one relaxed atomic operation. Names begin with "bonafide_",
// counters end in "_total"; a metric is a name with one set of labels. Asking again for the same name and labels gives the same object.
// A wrong name, or one name with two kinds or helps, is a programming error and throws std::logic_error.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bonafide::io {

class alignas(64) Counter {
  public:
    void add(std::uint64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_ = 0;
};

class alignas(64) Gauge {
  public:
    void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
    void add(std::int64_t by) { value_.fetch_add(by, std::memory_order_relaxed); }
    [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::int64_t> value_ = 0;
};

class alignas(64) Histogram {
  public:
    /// Upper bounds of the buckets, ascending; one for "everything" is added.
    explicit Histogram(std::span<const double> bounds);
    void observe(double value);

    struct Snapshot {
        std::vector<std::uint64_t> buckets; ///< not cumulative; one more than bounds
        double sum = 0;
    };
    [[nodiscard]] Snapshot snapshot() const;
    [[nodiscard]] std::span<const double> bounds() const { return bounds_; }

    /// 0.1 ms to 30 s, for durations in seconds.
    [[nodiscard]] static std::span<const double> durations();

  private:
    std::vector<double> bounds_;
    std::unique_ptr<std::atomic<std::uint64_t>[]> buckets_;
    std::atomic<double> sum_ = 0;
};

class Metrics {
  public:
    using Labels = std::vector<std::pair<std::string, std::string>>;
    using Read = std::function<double()>; ///< asked when the metrics are shown, on the thread that shows them

    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    [[nodiscard]] Counter& counter(std::string_view name, std::string_view help, Labels labels = {});
    [[nodiscard]] Gauge& gauge(std::string_view name, std::string_view help, Labels labels = {});
    [[nodiscard]] Histogram& histogram(std::string_view name, std::string_view help, std::span<const double> bounds,
                                       Labels labels = {});
    /// A number kept elsewhere.
    void counter_from(std::string_view name, std::string_view help, Labels labels, Read read);
    void gauge_from(std::string_view name, std::string_view help, Labels labels, Read read);

    /// Everything, in the order of registration.
    [[nodiscard]] std::string text() const;
    static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

  private:
    struct Family;
    struct Member;
    Member& member(std::string_view name, std::string_view help, std::string_view type, Labels labels);

    mutable std::mutex mutex_; ///< guards families_; the values need none
    std::vector<std::unique_ptr<Family>> families_;
};

} // namespace bonafide::io
