// What writing into a full ledger costs, through the daemon's store: ordinary batches, then a flood of new pairs, far more than the bound
// leaves room for, with ordinary batches in between; at last what pruning takes away for it.
//   ledger_writes [HISTORIES [FLOOD [BATCHES [FOLDER]]]]     e.g. ledger_writes 10000000 1000000 200 /tmp; prints one JSON line
// An ordinary batch is what a hundred messages leave: 100 messages and 600 counts, one of five for a history that is new. HISTORIES is
// also the bound. The file is removed at the end.
#include "bench/ledger_bench.hpp"

#include <filesystem>
#include <fstream>
#include <future>
#include <unistd.h>

using namespace bonafide;
using namespace bonafide::bench;

namespace {

constexpr std::uint64_t messages_a_batch = 100;
constexpr std::uint64_t counts_a_message = 6;
constexpr std::uint64_t counts_a_flood_batch = 10'000; // as many as the ledger puts into one
constexpr std::uint64_t flood_batches_between = 10;    // two ordinary ones

struct Run {
    std::uint64_t histories, flood, batches;
    std::string file;
    std::int32_t today = verdict::day_of(std::time(nullptr));
};

Increment counted(Hash key, std::int32_t day) {
    Increment increment;
    increment.key = key;
    increment.counts = {.day = day, .good = 1};
    return increment;
}

/// Spread over the table like any hash.
Hash flood_key(std::uint64_t i) { return mixed(i ^ 0x5bd1e995U); }

std::string document_of(std::uint64_t message) {
    std::string text = R"({"verdict":")";
    for (int i = 0; i < 180; ++i) text += fmt::format("{:016x} ", mixed(message * 256 + static_cast<std::uint64_t>(i)));
    return text + "\"}";
}

Message message_of(std::uint64_t number, const Run& run) {
    Message message;
    message.id = fmt::format("{:016x}", mixed(number));
    message.time = std::time(nullptr);
    message.direction = "inbound";
    message.author = "ann@a.example";
    message.author_domain = "a.example";
    message.document = document_of(number);
    for (std::uint64_t term = 0; term < 16; ++term) message.terms.push_back(mixed(number * 16 + term));
    for (std::uint64_t i = 0; i < counts_a_message; ++i) {
        const std::uint64_t which = mixed(number * counts_a_message + i);
        message.told.push_back(
            counted(which % 5 == 0 ? which : key_of(which % run.histories, run.histories), run.today));
    }
    return message;
}

Batch ordinary_batch(std::uint64_t number, const Run& run) {
    Batch batch;
    for (std::uint64_t i = 0; i < messages_a_batch; ++i) {
        batch.messages.push_back(message_of(number * messages_a_batch + i, run));
        for (const Increment& increment : batch.messages.back().told) batch.increments.push_back(increment);
    }
    return batch;
}

Batch flood_batch(std::uint64_t from, const Run& run) {
    Batch batch;
    for (std::uint64_t i = from; i < std::min(from + counts_a_flood_batch, run.flood); ++i)
        batch.increments.push_back(counted(flood_key(i), run.today));
    return batch;
}

/// Microseconds from the question to the answer.
double write(Store& store, Batch batch) {
    std::promise<Expected<void>> written;
    const auto start = Clock::now();
    store.write(std::move(batch), [&](Expected<void> done) { written.set_value(std::move(done)); });
    if (auto done = written.get_future().get(); !done) give_up(done.error().text);
    return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::uint64_t file_bytes(const Run& run) {
    std::error_code none;
    const auto log = std::filesystem::file_size(run.file + "-wal", none);
    return std::filesystem::file_size(run.file) + (none ? 0 : log);
}

/// Resident, and the most it ever was, in KiB.
std::uint64_t memory(std::string_view row) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(row)) return std::strtoull(line.c_str() + row.size(), nullptr, 10);
    return 0;
}

Retention retention_of(const Run& run) {
    Retention retention;
    retention.most_pasts = run.histories;
    return retention;
}

/// Ordinary batches alone, then the flood.
std::string measure_writes(const Run& run) {
    const auto store = need(open_sqlite_store(run.file, retention_of(run), {}));
    std::vector<double> alone, flood, between;
    std::uint64_t number = 0;
    for (; number < run.batches; ++number) alone.push_back(write(*store, ordinary_batch(number, run)));
    const std::uint64_t before = memory("VmRSS:"), bytes = file_bytes(run);
    const auto start = Clock::now();
    for (std::uint64_t from = 0, i = 0; from < run.flood; from += counts_a_flood_batch, ++i) {
        flood.push_back(write(*store, flood_batch(from, run)));
        if (i % flood_batches_between > 1) continue;
        between.push_back(write(*store, ordinary_batch(number++, run)));
    }
    return fmt::format(R"({},{},{},"flood_s":{:.1f},"rss_kib":[{},{}],"rss_most_kib":{},"bytes":[{},{}])",
                       text_of("batch_us", alone), text_of("flood_batch_us", flood),
                       text_of("batch_in_flood_us", between), seconds_since(start), before, memory("VmRSS:"),
                       memory("VmHWM:"), bytes, file_bytes(run));
}

/// Of `count` keys so many are there.
template<class Key> std::uint64_t there(Database& database, std::uint64_t count, Key key) {
    std::uint64_t found = 0;
    for (std::uint64_t i = 0; i < count; ++i) found += need(database.read({key(i)})).front().empty() ? 0U : 1U;
    return found;
}

/// Of those that were filled in: so many of one, of five and of thirty days are left, each out of how many.
std::string established(Database& database, const Run& run) {
    std::string text;
    for (const std::size_t days : {1U, 5U, 30U}) {
        std::uint64_t all = 0, left = 0;
        for (std::uint64_t i = 0; i < run.histories; i += 101) {
            if (days_of(i) != days) continue;
            ++all;
            left += need(database.read({key_of(i, run.histories)})).front().empty() ? 0U : 1U;
        }
        text += fmt::format(R"({}"{}":[{},{}])", text.empty() ? "" : ",", days, left, all);
    }
    return text;
}

std::string measure_pruning(const Run& run) {
    Database database = need(Database::open(run.file, Database::Mode::existing));
    std::vector<double> pieces;
    const auto begun = Clock::now();
    for (bool more = true; more;) {
        const auto start = Clock::now();
        more = need(database.prune(retention_of(run), std::time(nullptr)));
        pieces.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    }
    const double lasted = seconds_since(begun);
    return fmt::format(R"({},"pieces":{},"prune_s":{:.1f},"left":{},"flood_left":{},"left_of_days_sampled":{{{}}})",
                       text_of("piece_us", pieces), pieces.size(), lasted, need(database.statistics()).histories,
                       there(database, run.flood, flood_key), established(database, run));
}

} // namespace

int main(int argc, char** argv) {
    const auto number = [&](int i, std::uint64_t otherwise) {
        return argc > i ? std::strtoull(argv[i], nullptr, 10) : otherwise;
    };
    Run run{number(1, 10'000'000), number(2, 1'000'000), number(3, 200), {}};
    std::string folder = fmt::format("{}/ledger_writes-XXXXXX", argc > 4 ? argv[4] : "/tmp");
    if (run.histories == 0 || run.flood == 0 || run.batches == 0 || ::mkdtemp(folder.data()) == nullptr)
        give_up("no such folder, or nothing to do");
    run.file = folder + "/ledger.db";
    fill(run.file, run.histories);
    const std::string writes = measure_writes(run);
    const std::string pruning = measure_pruning(run);
    fmt::print(R"({{"histories":{},"flood":{},"batches":{},{},{},"bytes_after":{}}})"
               "\n",
               run.histories, run.flood, run.batches, writes, pruning, file_bytes(run));
    std::filesystem::remove_all(folder);
    return 0;
}
