#include "io/metrics.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <stdexcept>

namespace bonafide::io {

Histogram::Histogram(std::span<const double> bounds)
    : bounds_(bounds.begin(), bounds.end()),
      buckets_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds.size() + 1)) {
    if (!std::is_sorted(bounds_.begin(), bounds_.end())) throw std::logic_error("histogram bounds must ascend");
}

void Histogram::observe(double value) {
    const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value); // a value equal to a bound counts below it
    buckets_[static_cast<std::size_t>(at - bounds_.begin())].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

Histogram::Snapshot Histogram::snapshot() const {
    Snapshot result;
    for (std::size_t i = 0; i <= bounds_.size(); ++i)
        result.buckets.push_back(buckets_[i].load(std::memory_order_relaxed));
    result.sum = sum_.load(std::memory_order_relaxed);
    return result;
}

std::span<const double> Histogram::durations() {
    static constexpr std::array bounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                       0.1,    0.25,    0.5,    1.0,   2.5,    5.0,   10.0, 30.0};
    return bounds;
}

/// One name with one set of labels. Exactly one of the pointers is set.
struct Metrics::Member {
    Labels labels;
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Gauge> gauge;
    std::unique_ptr<Histogram> histogram;
    Read read;

    [[nodiscard]] bool empty() const { return !counter && !gauge && !histogram && !read; }
};

struct Metrics::Family {
    std::string name, help;
    std::string_view type;
    std::vector<std::unique_ptr<Member>> members;
};

namespace {

bool is_name(std::string_view text) {
    return !text.empty() && !ascii::is_digit(text[0]) &&
           std::all_of(text.begin(), text.end(), [](char c) { return ascii::is_alnum(c) || c == '_'; });
}

/// HELP texts escape backslash and line feed; label values the double quote as well.
std::string escaped(std::string_view text, std::string_view quote) {
    std::string result;
    for (const char c : text) {
        if (c == '\n') {
            result += "\\n";
            continue;
        }
        if (c == '\\' || quote.contains(c)) result += '\\';
        result += c;
    }
    return result;
}

/// {a="1",b="2"} with the extra pair last, or nothing.
std::string labels_text(const Metrics::Labels& labels, std::string_view extra = {}) {
    std::string inside;
    for (const auto& [key, value] : labels)
        inside += fmt::format("{}{}=\"{}\"", inside.empty() ? "" : ",", key, escaped(value, "\""));
    if (!extra.empty()) inside += (inside.empty() ? "" : ",") + std::string(extra);
    return inside.empty() ? inside : "{" + inside + "}";
}

std::string number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    return fmt::format("{}", value);
}

std::string histogram_text(std::string_view name, const Metrics::Labels& labels, const Histogram& histogram) {
    const Histogram::Snapshot shot = histogram.snapshot();
    std::string text;
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < shot.buckets.size(); ++i) {
        sum += shot.buckets[i];
        const std::string bound = i < histogram.bounds().size() ? number(histogram.bounds()[i]) : "+Inf";
        text += fmt::format("{}_bucket{} {}\n", name, labels_text(labels, fmt::format("le=\"{}\"", bound)), sum);
    }
    return text + fmt::format("{0}_sum{1} {2}\n{0}_count{1} {3}\n", name, labels_text(labels), number(shot.sum), sum);
}

} // namespace

Metrics::Metrics() = default;
Metrics::~Metrics() = default;

/// The member with these labels, made when new. The lock is held.
Metrics::Member& Metrics::member(std::string_view name, std::string_view help, std::string_view type, Labels labels) {
    if (!is_name(name) || !name.starts_with("bonafide_") || (type == "counter") != name.ends_with("_total"))
        throw std::logic_error(fmt::format("\"{}\" is no name for a {}", name, type));
    for (const auto& [key, value] : labels)
        if (!is_name(key)) throw std::logic_error(fmt::format("\"{}\" is no label name", key));
    auto family = std::find_if(families_.begin(), families_.end(), [&](const auto& f) { return f->name == name; });
    if (family == families_.end()) {
        families_.push_back(std::make_unique<Family>(Family{std::string(name), std::string(help), type, {}}));
        family = std::prev(families_.end());
    }
    if ((*family)->type != type || (*family)->help != help)
        throw std::logic_error(fmt::format("{} is registered otherwise already", name));
    for (const auto& known : (*family)->members)
        if (known->labels == labels) return *known;
    (*family)->members.push_back(std::make_unique<Member>());
    Member& made = *(*family)->members.back();
    made.labels = std::move(labels);
    return made;
}

Counter& Metrics::counter(std::string_view name, std::string_view help, Labels labels) {
    const std::lock_guard lock(mutex_);
    Member& m = member(name, help, "counter", std::move(labels));
    if (m.read) throw std::logic_error(fmt::format("{} is read from elsewhere", name));
    if (!m.counter) m.counter = std::make_unique<Counter>();
    return *m.counter;
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, Labels labels) {
    const std::lock_guard lock(mutex_);
    Member& m = member(name, help, "gauge", std::move(labels));
    if (m.read) throw std::logic_error(fmt::format("{} is read from elsewhere", name));
    if (!m.gauge) m.gauge = std::make_unique<Gauge>();
    return *m.gauge;
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, std::span<const double> bounds,
                              Labels labels) {
    const std::lock_guard lock(mutex_);
    Member& m = member(name, help, "histogram", std::move(labels));
    if (!m.histogram) m.histogram = std::make_unique<Histogram>(bounds);
    return *m.histogram;
}

void Metrics::counter_from(std::string_view name, std::string_view help, Labels labels, Read read) {
    const std::lock_guard lock(mutex_);
    Member& m = member(name, help, "counter", std::move(labels));
    if (!m.empty()) throw std::logic_error(fmt::format("{} is registered already", name));
    m.read = std::move(read);
}

void Metrics::gauge_from(std::string_view name, std::string_view help, Labels labels, Read read) {
    const std::lock_guard lock(mutex_);
    Member& m = member(name, help, "gauge", std::move(labels));
    if (!m.empty()) throw std::logic_error(fmt::format("{} is registered already", name));
    m.read = std::move(read);
}

std::string Metrics::text() const {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const auto& family : families_) {
        text += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", family->name, escaped(family->help, ""), family->type);
        for (const auto& m : family->members) {
            if (m->histogram) {
                text += histogram_text(family->name, m->labels, *m->histogram);
                continue;
            }
            const std::string value = m->counter ? std::to_string(m->counter->value())
                                      : m->gauge ? std::to_string(m->gauge->value())
                                                 : number(m->read());
            text += fmt::format("{}{} {}\n", family->name, labels_text(m->labels), value);
        }
    }
    return text;
}

} // namespace bonafide::io
