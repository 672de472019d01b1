// Opening, and histories in and out.
#include "io/store_connection.hpp"
#include "io/store_fixture.hpp"
#include "io/store_schema.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace bonafide::io::store {
namespace {

using namespace std::chrono_literals;
using testing::Test;
using verdict::Series;

class SqliteStoreTest : public StoreTest {
  protected:
    [[nodiscard]] std::string refusal(Database::Mode mode, std::chrono::milliseconds patience = 1s) const {
        const auto database = Database::open(ledger(), mode, patience);
        return database ? "opened" : database.error().text.substr(ledger().size());
    }
    [[nodiscard]] sqlite::Connection raw() const {
        return std::move(*sqlite::Connection::open(ledger(), sqlite::Connection::Access::read_write, 1s));
    }
};

TEST_F(SqliteStoreTest, CountsAddUpOverBatchesAndDays) {
    Database database = open();
    ASSERT_TRUE(database.write(batch({good(7, today), good(UINT64_MAX, today, 2), good(7, today)}), {}));
    ASSERT_TRUE(database.write(batch({good(7, today - 1, 5), good(7, today)}), {}));
    const auto read = database.read({UINT64_MAX, 1, 7});
    ASSERT_TRUE(read) << read.error().text;
    EXPECT_EQ(*read, (std::vector<Series>{
                         {{.day = today, .good = 2}}, {}, {{.day = today - 1, .good = 5}, {.day = today, .good = 3}}}));
    EXPECT_EQ(database.statistics()->histories, 2U);
    EXPECT_TRUE(database.check());
}

TEST_F(SqliteStoreTest, KeepsSoManyDaysOfOneHistory) {
    Database database = open();
    Retention retention;
    retention.history_days = 3;
    for (int day = 0; day < 4; ++day) ASSERT_TRUE(database.write(batch({good(7, today + day)}), retention));
    const auto read = database.read({7});
    EXPECT_EQ(read->front(),
              (Series{{.day = today + 1, .good = 1}, {.day = today + 2, .good = 1}, {.day = today + 3, .good = 1}}));
}

TEST_F(SqliteStoreTest, NeverMoreDaysThanCanBeRead) {
    Database database = open();
    Retention retention;
    retention.history_days = 1'000'000;
    Batch all;
    for (int day = 0; day < 4097; ++day) all.increments.push_back(good(7, day));
    ASSERT_TRUE(database.write(all, retention));
    EXPECT_EQ(database.read({7})->front().size(), 4096U);
}

TEST_F(SqliteStoreTest, SecretAndContentsOutliveTheProcess) {
    Secret secret{};
    {
        Database database = open();
        secret = database.secret();
        ASSERT_TRUE(database.write(batch({good(7, today)}), {}));
    }
    EXPECT_NE(secret, Secret{});
    Database again = open(Database::Mode::existing);
    EXPECT_EQ(again.secret(), secret);
    EXPECT_EQ(again.read({7})->front().size(), 1U);
    Database reader = open(Database::Mode::read_only);
    EXPECT_EQ(reader.secret(), secret);
    EXPECT_EQ(reader.read({7})->front().size(), 1U);
    EXPECT_FALSE(reader.write(batch({good(7, today)}), {}));
}

TEST_F(SqliteStoreTest, NobodyElseMayReadTheFile) {
    const Database database = open();
    struct stat about{};
    ASSERT_EQ(::stat(ledger().c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0600U);
}

TEST_F(SqliteStoreTest, SaysWhatIsWrongWithAFile) {
    EXPECT_EQ(refusal(Database::Mode::existing), ": there is no such file");
    EXPECT_EQ(refusal(Database::Mode::read_only), ": there is no such file");
    put(ledger(), "");
    EXPECT_EQ(refusal(Database::Mode::existing), ": it is no ledger");
    put(ledger(), std::string(5000, 'x'));
    EXPECT_EQ(refusal(Database::Mode::create), ": it is no ledger");
    EXPECT_EQ(bytes(ledger()), std::string(5000, 'x')) << "left alone";
    std::filesystem::remove(ledger());
    std::filesystem::create_directory(ledger());
    EXPECT_EQ(refusal(Database::Mode::create), ": it is no file");
}

TEST_F(SqliteStoreTest, AnotherProgramsDatabaseIsLeftAlone) {
    put(ledger(), "");
    ASSERT_TRUE(raw().script("CREATE TABLE things(a)"));
    const std::string before = bytes(ledger());
    EXPECT_EQ(refusal(Database::Mode::create), ": it is no ledger");
    EXPECT_EQ(bytes(ledger()), before);
}

const std::string newer = fmt::format("PRAGMA user_version = {}", schema_version + 1);

std::vector<std::string_view> known_and(std::vector<std::string_view> more) {
    std::vector<std::string_view> steps(sqlite::migrations().begin(), sqlite::migrations().end());
    steps.insert(steps.end(), more.begin(), more.end());
    return steps;
}

TEST_F(SqliteStoreTest, MessagesOfVersionTwoHaveNoPackedForm) {
    {
        Database database = open();
        ASSERT_TRUE(database.write(batch(message("old", noon)), {}));
    }
    ASSERT_TRUE(raw().script("ALTER TABLE messages DROP COLUMN packed; PRAGMA user_version = 2"));
    Database database = open();
    Message more = message("new", noon + 1);
    more.packed = std::string("\1\0\2", 3);
    ASSERT_TRUE(database.write(batch(more), {}));
    EXPECT_EQ(database.message("old").value()->message.packed, "");
    EXPECT_EQ(database.message("new").value()->message.packed, more.packed);
    std::vector<std::pair<std::string, std::string>> scanned;
    ASSERT_TRUE(database.scan(database.places(0, noon + 9, {}, 9).value(),
                              [&](const Scanned& one) { scanned.emplace_back(one.document, one.packed); }));
    EXPECT_EQ(scanned, (std::vector<std::pair<std::string, std::string>>{{more.document, ""}, {"", more.packed}}));
    EXPECT_TRUE(database.check());
}

TEST_F(SqliteStoreTest, ANewerVersionIsRefused) {
    { const Database database = open(); }
    ASSERT_TRUE(raw().script(newer));
    for (const auto mode : {Database::Mode::create, Database::Mode::existing, Database::Mode::read_only})
        EXPECT_EQ(refusal(mode),
                  fmt::format(": was written by a newer Bonafide (ledger version {}); this one knows version {}",
                              schema_version + 1, schema_version));
}

TEST_F(SqliteStoreTest, MigratedUnderItsFeetItStopsWriting) {
    Database database = open();
    ASSERT_TRUE(raw().script(newer));
    const auto written = database.write(batch({good(7, today)}), {});
    ASSERT_FALSE(written);
    EXPECT_NE(written.error().text.find("newer Bonafide"), std::string::npos);
}

TEST_F(SqliteStoreTest, AnOlderVersionIsBroughtUpStepByStep) {
    {
        Database database = open();
        ASSERT_TRUE(database.write(batch({good(7, today)}), {}));
    }
    const auto steps = known_and({"ALTER TABLE lists ADD COLUMN color TEXT",
                                  "CREATE TABLE colors(name TEXT); INSERT INTO colors VALUES('red')"});
    sqlite::Connection connection = raw();
    ASSERT_TRUE(sqlite::migrate(connection, steps));
    EXPECT_EQ(sqlite::version_of(connection).value_or(-1), schema_version + 2);
    EXPECT_EQ(connection.number("SELECT count(*) FROM colors").value_or(-1), 1);
    EXPECT_EQ(connection.number("SELECT count(*) FROM history").value_or(-1), 1);
    EXPECT_TRUE(sqlite::migrate(connection, steps)) << "nothing left to do";
    EXPECT_FALSE(sqlite::migrate(connection, sqlite::migrations())) << "never back";
}

TEST_F(SqliteStoreTest, AMigrationThatFailsChangesNothing) {
    { const Database database = open(); }
    const auto steps = known_and({"DROP TABLE lists; CREATE NONSENSE"});
    {
        sqlite::Connection connection = raw();
        EXPECT_FALSE(sqlite::migrate(connection, steps));
    }
    Database database = open();
    EXPECT_TRUE(database.lists());
}

TEST_F(SqliteStoreTest, TwoMayMakeTheFileAtOnce) {
    std::vector<Secret> secrets(4);
    std::vector<std::thread> threads;
    threads.reserve(secrets.size());
    for (Secret& secret : secrets) threads.emplace_back([&] { secret = open().secret(); });
    for (std::thread& thread : threads) thread.join();
    for (const Secret& secret : secrets) EXPECT_EQ(secret, secrets.front());
    EXPECT_TRUE(open().check());
}

TEST_F(SqliteStoreTest, ADamagedFileIsAnErrorAndNoCrash) {
    {
        Database database = open();
        std::vector<Increment> many;
        for (Hash i = 0; i < 20'000; ++i) many.push_back(good(i * 0x9e3779b97f4a7c15U, today));
        ASSERT_TRUE(database.write(batch(std::move(many)), {}));
    }
    const std::string whole = bytes(ledger());
    std::string scribbled = whole;
    for (std::size_t at = 3 * 4096; at < scribbled.size(); at += 97) scribbled[at] = static_cast<char>(at);
    for (const std::string& content : {whole.substr(0, whole.size() / 2), whole.substr(0, 5000), scribbled}) {
        put(ledger(), content);
        auto database = Database::open(ledger(), Database::Mode::existing, 1s);
        if (!database) continue;
        EXPECT_FALSE(database->check());
        (void)database->read({0x9e3779b97f4a7c15U, 2});
        (void)database->write(batch({good(2, today)}), {});
    }
}

TEST_F(SqliteStoreTest, ADamagedRowIsNoneAndTakesNoOthersWithIt) {
    Database database = open();
    ASSERT_TRUE(database.write(batch({good(7, today, 5), good(8, today, 5)}), {}));
    ASSERT_TRUE(raw().script("UPDATE history SET days = x'ffff' WHERE key = 7"));
    const auto read = database.read({7, 8});
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->front().empty());
    EXPECT_EQ(read->back().front().good, 5U);
    ASSERT_TRUE(database.write(batch({good(7, today)}), {}));
    EXPECT_EQ(database.read({7})->front(), (Series{{.day = today, .good = 1}}));
}

TEST_F(SqliteStoreTest, AReaderWhoMayNotWriteBesideIsToldTheFix) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs another user to become";
    { const Database database = open(); }
    ASSERT_EQ(::chmod(ledger().c_str(), 0644), 0);
    ASSERT_EQ(::chmod(folder_.c_str(), 0755), 0);
    constexpr uid_t nobody = 65534;
    ASSERT_EQ(::seteuid(nobody), 0);
    const auto opened = Database::open(ledger(), Database::Mode::read_only);
    const auto writing = Database::open(ledger(), Database::Mode::existing);
    ASSERT_EQ(::seteuid(0), 0);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().text,
              ledger() + ": to read it one must be allowed to write into its folder " + folder_.string() +
                  ", where SQLite keeps a file -shm beside it; run this as the user the daemon runs "
                  "as (sudo -u bonafide), or as root");
    ASSERT_FALSE(writing);
    EXPECT_EQ(writing.error().text, ledger() + ": Permission denied; run this as the user the daemon runs as (sudo -u "
                                               "bonafide), or as root");
}

TEST_F(SqliteStoreTest, ChangesAreToldOneByOneUpToTheBound) {
    for (const std::size_t missed : {3U, 4U}) {
        Database command = open();
        command.bound_changes(3);
        Database daemon = open(Database::Mode::existing);
        for (std::size_t i = 0; i < missed; ++i)
            ASSERT_TRUE(command.put_list({"sealers", fmt::format("{}-{}.example", missed, i), "", {}, noon, "root"},
                                         audit("lists add")));
        EXPECT_EQ(daemon.poll()->everything, missed > 3);
    }
}

TEST_F(SqliteStoreTest, ALockIsWaitedForSoLongAndNoLonger) {
    Database database = open(Database::Mode::create, 20ms);
    sqlite::Connection other = raw();
    {
        auto lock = sqlite::Transaction::begin(other, sqlite::Transaction::For::writing);
        ASSERT_TRUE(lock);
        const auto written = database.write(batch({good(7, today)}), {});
        ASSERT_FALSE(written);
        EXPECT_EQ(written.error().text, ledger() + ": another program keeps it locked; try again");
        EXPECT_TRUE(database.read({7})) << "reading needs no lock";
        EXPECT_TRUE(Database::open(ledger(), Database::Mode::existing, 20ms)) << "nor does opening";
    }
    EXPECT_TRUE(database.write(batch({good(7, today)}), {}));
}

TEST_F(SqliteStoreTest, ABatchIsAllOrNothing) {
    Database database = open();
    Message broken = message("m1", noon);
    ASSERT_TRUE(raw().script("DROP TABLE terms"));
    broken.terms = {1};
    Batch both = batch({good(7, today)});
    both.messages.push_back(broken);
    EXPECT_FALSE(database.write(both, {}));
    EXPECT_TRUE(database.read({7})->front().empty());
    EXPECT_EQ(database.statistics()->histories, 0U);
}

} // namespace
} // namespace bonafide::io::store
