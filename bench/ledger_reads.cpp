// What reading the past of one message costs: fills a ledger with histories, opens it anew and asks for the keys of one message after the
// other, most of them there, some new, through the plain database and through the daemon's store (from the question to the answer).
//   ledger_reads [HISTORIES [MESSAGES [FOLDER [drop]]]]     e.g. ledger_reads 10000000 20000 /tmp; prints one JSON line
// drop: the system's file cache is emptied before each of the two (root only). The file is removed at the end.
#include "io/store_sqlite.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

using namespace bonafide;
using namespace bonafide::io::store;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int32_t today = 20700;
constexpr std::size_t keys_a_message = 12;
constexpr std::size_t new_keys = 2; // of them

[[noreturn]] void give_up(std::string_view why) {
    fmt::print(stderr, "ledger_reads: {}\n", why);
    std::exit(1);
}

template<class T> T need(Expected<T> value) {
    if (!value) give_up(value.error().text);
    return std::move(*value);
}

/// A well-mixed number for `i`: always the same one.
std::uint64_t mixed(std::uint64_t i) {
    i += 0x9e3779b97f4a7c15U;
    i = (i ^ (i >> 30)) * 0xbf58476d1ce4e5b9U;
    i = (i ^ (i >> 27)) * 0x94d049bb133111ebU;
    return i ^ (i >> 31);
}

/// The key of history `i` of `count`: spread evenly as hashes are, ascending in the order in which the table keeps them.
Hash key_of(std::uint64_t i, std::uint64_t count) {
    const std::uint64_t step = UINT64_MAX / count;
    return (std::uint64_t{1} << 63) + i * step + mixed(i) % step;
}

/// Six of ten senders came on one day, one of ten on thirty.
std::size_t days_of(std::uint64_t i) {
    const std::uint64_t kind = mixed(~i) % 10;
    return kind < 6 ? 1 : kind < 9 ? 5 : 30;
}

void fill(const std::string& file, std::uint64_t count) {
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

std::vector<Hash> keys_of_message(std::uint64_t message, std::uint64_t count) {
    std::vector<Hash> keys;
    for (std::uint64_t i = 0; i < keys_a_message; ++i) {
        const std::uint64_t number = mixed(message * keys_a_message + i);
        keys.push_back(i < new_keys ? number : key_of(number % count, count));
    }
    return keys;
}

void drop_caches() {
    ::sync();
    std::ofstream file("/proc/sys/vm/drop_caches");
    if (!(file << "3\n" << std::flush)) give_up("the file cache can only be emptied by root");
}

/// Microseconds, ascending.
std::string text_of(std::string_view what, std::vector<double> times) {
    std::ranges::sort(times);
    const auto at = [&](double part) {
        return times[static_cast<std::size_t>(part * static_cast<double>(times.size() - 1))];
    };
    return fmt::format(R"("{}":{{"min":{:.1f},"p50":{:.1f},"p99":{:.1f},"p999":{:.1f},"max":{:.1f}}})", what,
                       times.front(), at(0.5), at(0.99), at(0.999), times.back());
}

template<class Ask> std::vector<double> measure(std::uint64_t messages, std::uint64_t count, Ask ask) {
    std::vector<double> times;
    for (std::uint64_t message = 0; message < messages; ++message) {
        std::vector<Hash> keys = keys_of_message(message, count);
        const auto start = Clock::now();
        const std::size_t known = ask(std::move(keys));
        times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
        if (known != keys_a_message - new_keys) give_up("a history is missing");
    }
    return times;
}

std::size_t known_in(const std::vector<verdict::Series>& all) {
    return static_cast<std::size_t>(std::ranges::count_if(all, [](const auto& series) { return !series.empty(); }));
}

std::vector<double> measure_database(const std::string& file, std::uint64_t messages, std::uint64_t count) {
    Database database = need(Database::open(file, Database::Mode::existing));
    return measure(messages, count, [&](const std::vector<Hash>& keys) { return known_in(need(database.read(keys))); });
}

std::vector<double> measure_store(const std::string& file, std::uint64_t messages, std::uint64_t count) {
    const auto store = need(open_sqlite_store(file, {}, {}));
    std::mutex mutex;
    std::condition_variable answered;
    return measure(messages, count, [&](std::vector<Hash> keys) {
        std::optional<std::size_t> known;
        store->read(std::move(keys), [&](auto answer) {
            const std::lock_guard lock(mutex);
            known = known_in(need(std::move(answer)));
            answered.notify_one();
        });
        std::unique_lock lock(mutex);
        answered.wait(lock, [&] { return known.has_value(); });
        return *known;
    });
}

} // namespace

int main(int argc, char** argv) {
    const auto number = [&](int i, std::uint64_t otherwise) {
        return argc > i ? std::strtoull(argv[i], nullptr, 10) : otherwise;
    };
    const std::uint64_t count = number(1, 10'000'000);
    const std::uint64_t messages = number(2, 20'000);
    const bool drop = argc > 4 && std::string_view(argv[4]) == "drop";
    std::string folder = fmt::format("{}/ledger_reads-XXXXXX", argc > 3 ? argv[3] : "/tmp");
    if (count == 0 || messages == 0 || ::mkdtemp(folder.data()) == nullptr) give_up("no such folder, or nothing to do");
    const std::string file = folder + "/ledger.db";
    const auto start = Clock::now();
    fill(file, count);
    const double filled = std::chrono::duration<double>(Clock::now() - start).count();
    if (drop) drop_caches();
    const std::string database = text_of("database_us", measure_database(file, messages, count));
    if (drop) drop_caches();
    const std::string store = text_of("store_us", measure_store(file, messages, count));
    fmt::print(R"({{"histories":{},"messages":{},"keys":{},"dropped":{},"bytes":{},"fill_s":{:.1f},{},{}}})"
               "\n",
               count, messages, keys_a_message, drop, std::filesystem::file_size(file), filled, database, store);
    std::filesystem::remove_all(folder);
    return 0;
}
