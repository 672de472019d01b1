// Backup and restore while others go on.
#include "io/store_connection.hpp"
#include "io/store_fixture.hpp"

#include <atomic>
#include <sys/stat.h>
#include <thread>

namespace bonafide::io::store {
namespace {

class StoreCopiesTest : public StoreTest {
  protected:
    [[nodiscard]] Database open_copy(const std::string& name) const {
        auto copy = Database::open(path(name), Database::Mode::existing);
        if (!copy) throw std::runtime_error(copy.error().text);
        return std::move(*copy);
    }
    [[nodiscard]] std::size_t files() const {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
    }
};

TEST_F(StoreCopiesTest, ABackupWhileOthersWriteIsOneMoment) {
    { const Database database = open(); }
    std::atomic<bool> enough = false;
    std::atomic<int> written = 0;
    std::thread writer([&] {
        Database database = open(Database::Mode::existing);
        for (Hash i = 0; !enough; ++i) {
            Batch both = batch({good(1, today), good(2, today), good(1000 + i, today)});
            if (database.write(both, {})) ++written;
        }
    });
    Database database = open(Database::Mode::existing);
    while (written < 10) std::this_thread::yield();
    const auto done = database.backup(path("backup.db"));
    const int before = written;
    while (written < before + 2) std::this_thread::yield();
    enough = true;
    writer.join();
    ASSERT_TRUE(done) << done.error().text;
    Database copy = open_copy("backup.db");
    EXPECT_TRUE(copy.check());
    EXPECT_EQ(copy.secret(), database.secret());
    const auto counts = copy.read({1, 2});
    EXPECT_EQ((*counts)[0].front().good, (*counts)[1].front().good);
    EXPECT_GE((*counts)[0].front().good, 10U);
    EXPECT_EQ((*counts)[0].front().good + 2, copy.statistics()->histories);
    struct stat about{};
    ASSERT_EQ(::stat(path("backup.db").c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0600U);
    for (const auto& file : std::filesystem::directory_iterator(folder_))
        EXPECT_FALSE(file.path().string().contains(".part")) << file.path();
}

TEST_F(StoreCopiesTest, FilesOfOthersWithANameLikeOursAreLeftAlone) {
    Database database = open();
    put(path("backup.db.part"), "somebody's download");
    put(path("ledger.db.restore"), "somebody's notes");
    ASSERT_TRUE(database.backup(path("backup.db")));
    ASSERT_TRUE(database.restore(path("backup.db"), audit("restore")));
    EXPECT_EQ(bytes(path("backup.db.part")), "somebody's download");
    EXPECT_EQ(bytes(path("ledger.db.restore")), "somebody's notes");
    EXPECT_EQ(files(), 6U) << "the ledger with its two companions, the backup and those two";
}

TEST_F(StoreCopiesTest, SeveralMayRestoreAndBackUpAtOnce) {
    Database database = open();
    ASSERT_TRUE(database.write(batch({good(1, today, 4)}), {}));
    ASSERT_TRUE(database.backup(path("backup.db")));
    std::atomic<int> failed = 0;
    std::atomic<int> copies = 0;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 3; ++thread)
        threads.emplace_back([&] {
            Database mine = open(Database::Mode::existing);
            for (int i = 0; i < 3; ++i) {
                if (!mine.restore(path("backup.db"), audit("restore"))) ++failed;
                if (mine.backup(path("same.db"))) ++copies; // all want one name: one gets it
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(copies, 1);
    EXPECT_TRUE(database.check());
    EXPECT_TRUE(open_copy("same.db").check());
    EXPECT_EQ(database.read({1})->front().front().good, 4U);
}

TEST_F(StoreCopiesTest, ABackupNeverGoesOverAFile) {
    Database database = open();
    put(path("there"), "precious");
    const auto done = database.backup(path("there"));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().text, path("there") + ": File exists");
    EXPECT_EQ(bytes(path("there")), "precious");
    EXPECT_FALSE(database.backup(path("no/folder/backup.db")));
}

TEST_F(StoreCopiesTest, ARestoreTakesThePlaceOfEverythingButTheAudit) {
    Database database = open();
    ASSERT_TRUE(database.write(batch({good(1, today)}), {}));
    ASSERT_TRUE(database.put_list({"sealers", "old.example", "", {}, noon, "root"}, audit("first")));
    ASSERT_TRUE(database.backup(path("backup.db")));
    ASSERT_TRUE(database.write(batch({good(1, today), good(2, today)}), {}));
    ASSERT_TRUE(database.put_list({"sealers", "new.example", "", {}, noon, "root"}, audit("second")));
    Database daemon = open(Database::Mode::existing);
    ASSERT_EQ(daemon.read({2})->front().size(), 1U);

    const auto done = database.restore(path("backup.db"), audit("restore"));
    ASSERT_TRUE(done) << done.error().text;
    for (Database* each : {&database, &daemon}) {
        EXPECT_EQ(each->read({1})->front().front().good, 1U);
        EXPECT_TRUE(each->read({2})->front().empty());
        EXPECT_EQ(each->lists()->size(), 1U);
        EXPECT_TRUE(each->check());
    }
    const auto changes = daemon.poll();
    ASSERT_TRUE(changes);
    EXPECT_TRUE(changes->everything);
    EXPECT_TRUE(changes->lists);
    EXPECT_FALSE(daemon.poll()->everything);
    EXPECT_FALSE(database.poll()->everything) << "it did so itself";
    std::vector<std::string> trail;
    for (const AuditRow& row : *daemon.audit(10)) trail.push_back(row.action);
    EXPECT_EQ(trail, (std::vector<std::string>{"restore", "second", "first"}));
    EXPECT_TRUE(daemon.write(batch({good(3, today)}), {})) << "it goes on";
    EXPECT_TRUE(database.write(batch({good(3, today)}), {}));
    EXPECT_EQ(database.read({3})->front().front().good, 2U);
    EXPECT_EQ(daemon.poll()->histories.size(), 0U);
    EXPECT_EQ(bytes(ledger() + ".restore"), "");
}

TEST_F(StoreCopiesTest, WithAnotherLedgersBackupComesItsSecret) {
    Database database = open();
    Database daemon = open(Database::Mode::existing);
    const Secret before = daemon.secret();
    auto other = Database::open(path("other.db"), Database::Mode::create);
    ASSERT_TRUE(other && other->write(batch({good(9, today)}), {}));
    ASSERT_NE(other->secret(), before);
    ASSERT_TRUE(database.restore(path("other.db"), audit("restore"))) << "a ledger in use is as good as a backup";
    EXPECT_EQ(database.secret(), other->secret());
    ASSERT_TRUE(daemon.poll()->everything);
    EXPECT_EQ(daemon.secret(), other->secret());
    EXPECT_EQ(daemon.read({9})->front().size(), 1U);
}

TEST_F(StoreCopiesTest, ChangesAfterARestoreAreStillTold) {
    Database database = open();
    Database daemon = open(Database::Mode::existing);
    ASSERT_TRUE(database.backup(path("backup.db")));
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(database.put_list({"sealers", fmt::format("d{}.example", i), "", {}, noon, "root"}, audit("add")));
    ASSERT_TRUE(daemon.poll()->lists);
    ASSERT_TRUE(database.restore(path("backup.db"), audit("restore")));
    ASSERT_TRUE(daemon.poll()->everything);
    ASSERT_TRUE(database.put_list({"sealers", "after.example", "", {}, noon, "root"}, audit("add")));
    EXPECT_TRUE(daemon.poll()->lists);
}

TEST_F(StoreCopiesTest, ABadBackupChangesNothing) {
    Database database = open();
    ASSERT_TRUE(database.write(batch({good(1, today)}), {}));
    ASSERT_TRUE(database.backup(path("backup.db")));
    const std::string whole = bytes(path("backup.db"));
    put(path("garbage"), std::string(9000, 'x'));
    put(path("cut"), whole.substr(0, whole.size() - 4096));
    put(path("empty"), "");
    put(path("newer"), whole);
    put(path("half"), whole);
    const auto change = [&](const std::string& name, const std::string& sql) {
        auto raw =
            sqlite::Connection::open(path(name), sqlite::Connection::Access::read_write, std::chrono::seconds(1));
        ASSERT_TRUE(raw && raw->script(sql));
    };
    change("newer", "PRAGMA user_version = 9");
    change("half", "DROP TABLE feedback");
    const std::size_t before = files();
    for (const char* name : {"garbage", "cut", "empty", "newer", "half", "missing"})
        EXPECT_FALSE(database.restore(path(name), audit("restore"))) << name;
    EXPECT_EQ(files(), before) << "nothing left behind";
    EXPECT_EQ(database.read({1})->front().size(), 1U);
    EXPECT_TRUE(database.audit(10)->empty());
    EXPECT_TRUE(database.check());
}

} // namespace
} // namespace bonafide::io::store
