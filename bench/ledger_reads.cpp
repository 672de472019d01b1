// What reading the past of one message costs: fills a ledger with histories, opens it anew and asks for the keys of one message after the
// other, most of them there, some new, through the plain database and through the daemon's store (from the question to the answer).
//   ledger_reads [HISTORIES [MESSAGES [FOLDER [drop]]]]     e.g. ledger_reads 10000000 20000 /tmp; prints one JSON line
// drop: the system's file cache is emptied before each of the two (root only). The file is removed at the end.
#include "bench/ledger_bench.hpp"

#include <condition_variable>
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
using namespace bonafide::bench;

namespace {

constexpr std::size_t keys_a_message = 12;
constexpr std::size_t new_keys = 2; // of them

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
