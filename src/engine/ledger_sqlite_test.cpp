// The ledger over the real store: what a restart, the command line and a restore mean for it.
#include "engine/ledger.hpp"
#include "engine/test_store.hpp"
#include "engine/transaction.hpp"
#include "io/store_sqlite.hpp"
#include "verdict/test_facts.hpp"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <gtest/gtest.h>
#include <optional>

namespace bonafide::engine {
namespace {

using namespace std::chrono_literals;
using io::store::Database;
using testing_store::eventually;
using verdict::PastKey;
using verdict::PastKind;

const PastKey key{PastKind::pair, "contoso.com", "ptr:outlook.com"};
const std::int32_t today = verdict::day_of(1795255200);

class LedgerSqliteTest : public testing::Test {
  protected:
    LedgerSqliteTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "bonafide-ledger-XXXXXX").string();
        folder = ::mkdtemp(pattern.data());
    }
    ~LedgerSqliteTest() override {
        ledger.reset();
        std::filesystem::remove_all(folder);
    }
    [[nodiscard]] std::string path(const std::string& name = "ledger.db") const { return folder + "/" + name; }
    void open() {
        auto store = io::store::open_sqlite_store(path(), {}, {});
        ASSERT_TRUE(store) << store.error().text;
        Settings settings;
        settings.ledger.path = path();
        settings.ledger.batch = 20ms;
        ledger = std::make_unique<Ledger>(
            std::move(*store), LedgerBasis{std::make_shared<const Settings>(settings), suffixes, "mx.receiver.example"},
            Clock{}, LedgerEvents{[this](std::string_view event, std::string_view) {
                if (event == "ledger.restored") restored = true;
            }});
    }
    void learn(std::uint32_t good) { ledger->learn({{key, {.day = today, .good = good}}}); }
    /// None where the store did not answer, as in the moment of a restore.
    std::optional<verdict::Series> try_read() {
        auto answer = std::make_shared<std::promise<verdict::History>>();
        auto future = answer->get_future();
        const auto ticket = ledger->source({})->read(
            {key}, [answer](verdict::History history) { answer->set_value(std::move(history)); });
        const verdict::History history = future.get();
        return history.known ? std::optional(history.pasts[0].series) : std::nullopt;
    }
    verdict::Series read() {
        const auto series = try_read();
        EXPECT_TRUE(series);
        return series.value_or(verdict::Series{});
    }
    [[nodiscard]] std::uint32_t good() {
        const verdict::Series series = read();
        return series.empty() ? 0 : series[0].good;
    }
    Database by_hand() {
        auto database = Database::open(path(), Database::Mode::existing);
        EXPECT_TRUE(database) << database.error().text;
        return std::move(*database);
    }

    const std::shared_ptr<const dns::PublicSuffixList> suffixes =
        std::make_shared<const dns::PublicSuffixList>(dns::PublicSuffixList::system());
    std::string folder;
    std::atomic<bool> restored = false; ///< the ledger has said so
    std::unique_ptr<Ledger> ledger;
};

TEST_F(LedgerSqliteTest, SurvivesARestart) {
    open();
    learn(3);
    EXPECT_EQ(good(), 3U);
    ledger.reset();
    open();
    EXPECT_EQ(good(), 3U);
    learn(1);
    ledger->flush();
    EXPECT_EQ(good(), 4U);
    ledger.reset();
    open();
    EXPECT_EQ(good(), 4U);
}

TEST_F(LedgerSqliteTest, TheCommandLineIsHeard) {
    open();
    Finished finished;
    finished.facts = verdict::testing_facts::inbound("contoso.com");
    const std::vector<verdict::Lesson> lessons{{key, {.day = today, .good = 1}}};
    ledger->learn(lessons);
    ledger->remember("id-1", "4ABC", std::move(finished), lessons);
    ledger->flush();
    EXPECT_EQ(read()[0].spam, 0U);
    {
        Database database = by_hand();
        const auto effect = database.feedback("id-1", "ann", true, 1795255200, {});
        ASSERT_TRUE(effect) << effect.error().text;
        const auto added = database.put_list({"accepted-domains", "ours.example", "", {}, 0, "ann"}, {});
        ASSERT_TRUE(added) << added.error().text;
    }
    EXPECT_TRUE(eventually([&] { return read()[0].spam == 1; }));
    EXPECT_TRUE(eventually([&] { return ledger->lists()->is_ours("ours.example", *suffixes); }));
}

TEST_F(LedgerSqliteTest, ARestoreIsHeardThoughItBringsAnotherSecret) {
    {
        auto other = Database::open(path("other.db"), Database::Mode::create);
        ASSERT_TRUE(other);
        const io::store::Increment increment{
            io::store::hash_of(other->secret(), key), key.kind, {.day = today, .good = 50}, {}};
        ASSERT_TRUE(other->write({{increment}, {}}, {}));
        ASSERT_TRUE(other->backup(path("backup.db")));
    }
    open();
    learn(3);
    ledger->flush();
    EXPECT_EQ(good(), 3U);
    {
        const auto restored = by_hand().restore(path("backup.db"), {});
        ASSERT_TRUE(restored) << restored.error().text;
    }
    EXPECT_TRUE(eventually([&] { return restored.load(); }));
    EXPECT_TRUE(eventually([&] { return try_read() == verdict::Series{{.day = today, .good = 50}}; }));
    learn(1);
    ledger->flush();
    ledger.reset();
    open();
    EXPECT_EQ(good(), 51U);
}

} // namespace
} // namespace bonafide::engine
