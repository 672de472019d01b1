// What the programs that measure a ledger share: a file full of histories, and times as text.
#pragma once

#include "io/store_sqlite.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::bench {

using namespace bonafide::io::store;

using Clock = std::chrono::steady_clock;

[[noreturn]] inline void give_up(std::string_view why) {
    fmt::print(stderr, "{}\n", why);
    std::exit(1);
}

template<class T> T need(Expected<T> value) {
    if (!value) give_up(value.error().text);
    return std::move(*value);
}

/// A well-mixed number for `i`: always the same one.
inline std::uint64_t mixed(std::uint64_t i) {
    i += 0x9e3779b97f4a7c15U;
    i = (i ^ (i >> 30)) * 0xbf58476d1ce4e5b9U;
    i = (i ^ (i >> 27)) * 0x94d049bb133111ebU;
    return i ^ (i >> 31);
}

/// The key of history `i` of `count`: spread evenly as hashes are, ascending in the order in which the table keeps them.
inline Hash key_of(std::uint64_t i, std::uint64_t count) {
    const std::uint64_t step = UINT64_MAX / count;
    return (std::uint64_t{1} << 63) + i * step + mixed(i) % step;
}

/// Six of ten senders came on one day, one of ten on thirty.
inline std::size_t days_of(std::uint64_t i) {
    const std::uint64_t kind = mixed(~i) % 10;
    return kind < 6 ? 1 : kind < 9 ? 5 : 30;
}

/// `count` histories up to today.
inline void fill(const std::string& file, std::uint64_t count) {
    const std::int32_t today = verdict::day_of(std::time(nullptr));
    Database database = need(Database::open(file, Database::Mode::create));
    const Retention retention;
    Batch batch;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto days = static_cast<std::int32_t>(days_of(i));
        for (std::int32_t day = 0; day < days; ++day) {
            Increment increment;
            increment.key = key_of(i, count);
            increment.counts = {.day = today - day * 2, .good = 1 + static_cast<std::uint32_t>(mixed(i) % 3)};
            batch.increments.push_back(std::move(increment));
        }
        if (batch.increments.size() < 500'000 && i + 1 < count) continue;
        if (auto done = database.write(batch, retention); !done) give_up(done.error().text);
        batch.increments.clear();
    }
}

/// Microseconds, ascending.
inline std::string text_of(std::string_view what, std::vector<double> times) {
    std::ranges::sort(times);
    const auto at = [&](double part) {
        return times[static_cast<std::size_t>(part * static_cast<double>(times.size() - 1))];
    };
    return fmt::format(R"("{}":{{"min":{:.1f},"p50":{:.1f},"p99":{:.1f},"p999":{:.1f},"max":{:.1f}}})", what,
                       times.front(), at(0.5), at(0.99), at(0.999), times.back());
}

} // namespace bonafide::bench
