// The daemon's greylist on the ledger's file: a thread that reads, a thread that writes and prunes.
#include "io/store_greylist.hpp"
#include "io/store_lane.hpp"

#include <chrono>
#include <ctime>
#include <mutex>
#include <utility>

namespace bonafide::io::store {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_reads = 10'000;
constexpr std::size_t most_writes = 64; // batches; the engine has one under way
constexpr auto pruning_pause = 60s;

class SqliteGreylist final : public GreylistStore {
  public:
    SqliteGreylist(Database reader, Database writer)
        : secret_(reader.secret()), reader_(std::move(reader), most_reads, {}),
          writer_(std::move(writer), most_writes, prune) {}

    Secret secret() const override {
        const std::scoped_lock lock(mutex_);
        return secret_;
    }

    void read(std::vector<Hash> keys, std::function<void(Expected<States>)> done) override {
        reader_.ask([this, keys = std::move(keys), done = std::move(done)](const Expected<Database*>& database) {
            if (!database) return done(std::unexpected(database.error()));
            auto states = (*database)->read_greylist(keys);
            done(std::move(states));
            renew_secret(**database); // a restored ledger: keys asked for from now on
        });
    }

    void write(GreylistBatch batch, std::function<void(Expected<void>)> done) override {
        writer_.ask([batch = std::move(batch), done = std::move(done)](const Expected<Database*>& database) {
            if (!database) return done(std::unexpected(database.error()));
            done((*database)->write_greylist(batch));
        });
    }

  private:
    /// One piece; what is asked comes before the next. A failure shows in the next batch as well, and is told there.
    static Lane::Clock::time_point prune(Database& database) {
        const auto more = database.prune_greylist(std::time(nullptr));
        return Lane::Clock::now() + (more && *more ? 0s : pruning_pause);
    }
    void renew_secret(Database& database) {
        if (const auto changes = database.poll(); !changes || !changes->everything) return;
        const std::scoped_lock lock(mutex_);
        secret_ = database.secret();
    }

    mutable std::mutex mutex_;
    Secret secret_; // guarded by mutex_
    Lane reader_;
    Lane writer_;
};

} // namespace

Expected<std::unique_ptr<GreylistStore>> open_sqlite_greylist(const std::string& file) {
    auto writer = Database::open(file, Database::Mode::create);
    if (!writer) return std::unexpected(writer.error());
    auto reader = Database::open(file, Database::Mode::existing);
    if (!reader) return std::unexpected(reader.error());
    return std::make_unique<SqliteGreylist>(std::move(*reader), std::move(*writer));
}

} // namespace bonafide::io::store
