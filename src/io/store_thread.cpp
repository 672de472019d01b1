// The daemon's store: reads have a thread of their own, so that they never wait for a write, a lock or a clean-up.
#include "io/store_lane.hpp"
#include "io/store_sqlite.hpp"
#include "io/store_warm.hpp"

#include <atomic>
#include <bitset>
#include <ctime>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace bonafide::io::store {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_writes = 64; // batches; the ledger has one under way and keeps the rest itself
constexpr auto pruning_pause = 60s;

/// Tells that something fails, and that nothing does any more, once each. Only the writing thread uses it.
class Health {
  public:
    enum class Work : std::uint8_t { writing, pruning };
    explicit Health(SqliteEvents events) : events_(std::move(events)) {}
    void note(Work work, const Expected<void>& done) {
        if (work == Work::pruning && !done && events_.on_prune_failure) events_.on_prune_failure();
        const bool before = failing_.any();
        failing_.set(static_cast<std::size_t>(work), !done.has_value());
        if (!before && failing_.any() && events_.on_failure) events_.on_failure(done.error());
        if (before && failing_.none() && events_.on_recovery) events_.on_recovery();
    }

  private:
    SqliteEvents events_;
    std::bitset<2> failing_;
};

/// Secrets that were handed out; each stays where it is.
class Secrets {
  public:
    explicit Secrets(const Secret& first) : kept_{first}, current_(&kept_.front()) {}
    [[nodiscard]] const Secret& current() const { return *current_; }
    void renew(const Secret& secret) {
        if (secret == *current_) return;
        const std::lock_guard lock(mutex_);
        current_ = &kept_.emplace_back(secret);
    }

  private:
    std::mutex mutex_;
    std::deque<Secret> kept_;
    std::atomic<const Secret*> current_;
};

template<class T> T or_fail(const Expected<Database*>& database, auto act) {
    if (!database) return std::unexpected(database.error());
    return act(**database);
}

class SqliteStore final : public Store {
  public:
    SqliteStore(const std::string& file, Database reader, Database writer, Retention retention, SqliteEvents events,
                std::size_t most_reads)
        : secrets_(reader.secret()), health_(std::move(events)), retention_(retention),
          reader_(std::move(reader), most_reads, {}),
          writer_(std::move(writer), most_writes, [this](Database& database) { return prune(database); }),
          warming_(warm_up(file)) {}

    ~SqliteStore() override { closing_ = true; } // what is broken off now is no failure

    [[nodiscard]] const Secret& secret() const& override { return secrets_.current(); }

    void read(std::vector<Hash> keys, std::function<void(Expected<std::vector<verdict::Series>>)> done) override {
        reader_.ask([keys = std::move(keys), done = std::move(done)](const Expected<Database*>& database) {
            done(or_fail<Expected<std::vector<verdict::Series>>>(database,
                                                                 [&](Database& open) { return open.read(keys); }));
        });
    }

    void write(Batch batch, std::function<void(Expected<void>)> done) override {
        writer_.ask([this, batch = std::move(batch), done = std::move(done)](const Expected<Database*>& database) {
            auto written =
                or_fail<Expected<void>>(database, [&](Database& open) { return open.write(batch, retention_); });
            if (database && !closing_) health_.note(Health::Work::writing, written);
            done(std::move(written));
        });
    }

    void poll(std::function<void(Expected<Changes>)> done) override {
        reader_.ask([this, done = std::move(done)](const Expected<Database*>& database) {
            done(or_fail<Expected<Changes>>(database, [&](Database& open) {
                auto changes = open.poll();
                secrets_.renew(open.secret());
                return changes;
            }));
        });
    }

    void lists(std::function<void(Expected<std::vector<ListRow>>)> done) override {
        reader_.ask([done = std::move(done)](const Expected<Database*>& database) {
            done(or_fail<Expected<std::vector<ListRow>>>(database, [](Database& open) { return open.lists(); }));
        });
    }

    /// Reads a hundred thousand rows at the worst: not among the reads that messages wait for.
    void correspondents(std::int32_t since_day, std::uint32_t days, std::size_t most,
                        std::function<void(Expected<std::vector<std::string>>)> done) override {
        writer_.ask([=, done = std::move(done)](const Expected<Database*>& database) {
            done(or_fail<Expected<std::vector<std::string>>>(
                database, [&](Database& open) { return open.correspondents(since_day, days, most); }));
        });
    }

  private:
    /// One piece; what is asked comes before the next.
    Lane::Clock::time_point prune(Database& database) {
        const auto more = database.prune(retention_, std::time(nullptr));
        if (!closing_) health_.note(Health::Work::pruning, more ? Expected<void>{} : std::unexpected(more.error()));
        return Lane::Clock::now() + (more && *more ? 0s : pruning_pause);
    }

    std::atomic<bool> closing_ = false;
    Secrets secrets_;
    Health health_;
    Retention retention_;
    Lane reader_;
    Lane writer_;
    std::jthread warming_;
};

} // namespace

Expected<std::unique_ptr<Store>> open_sqlite_store(const std::string& file, Retention retention, SqliteEvents events,
                                                   std::size_t most_reads) {
    auto writer = Database::open(file, Database::Mode::create); // first: it makes and migrates the file
    if (!writer) return std::unexpected(writer.error());
    auto reader = Database::open(file, Database::Mode::existing);
    if (!reader) return std::unexpected(reader.error());
    return std::make_unique<SqliteStore>(file, std::move(*reader), std::move(*writer), retention, std::move(events),
                                         most_reads);
}

} // namespace bonafide::io::store
