// What happens when the process is killed or the disk has no room: the last batch may be missing, never a part of one.
#include "io/store_fixture.hpp"

#include <csignal>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bonafide::io::store {
namespace {

class StoreCrashTest : public StoreTest {
  protected:
    /// Every batch adds one to histories 1 and 2, and a message.
    [[nodiscard]] Batch numbered(std::uint32_t number) const {
        Batch all = batch({good(1, today), good(2, today)});
        for (Hash i = 0; i < 50; ++i)
            all.increments.push_back(good(number * Hash{0x9e3779b97f4a7c15} + i * 7919, today));
        all.messages.push_back(message(fmt::format("m{}", number), noon + number));
        return all;
    }
    /// Writes batch after batch until it is killed; a byte into `pipe` after each.
    [[noreturn]] void write_forever(std::uint32_t from, int pipe) const {
        auto database = Database::open(ledger(), Database::Mode::create);
        for (std::uint32_t number = from; database; ++number)
            if (!database->write(numbered(number), {}) || ::write(pipe, "x", 1) != 1) break;
        ::_exit(1);
    }
};

TEST_F(StoreCrashTest, KilledInTheMiddleOfWriting) {
    { const Database database = open(); }
    std::uint32_t confirmed = 0;
    for (std::uint32_t round = 0; round < 8; ++round) {
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        const pid_t child = ::fork();
        if (child == 0) write_forever(1000 * (round + 1), ends[1]);
        ::close(ends[1]);
        char byte = 0;
        for (std::uint32_t i = 0; i < 3 + round; ++i) confirmed += ::read(ends[0], &byte, 1) == 1 ? 1 : 0;
        ::kill(child, SIGKILL);
        while (::read(ends[0], &byte, 1) == 1) ++confirmed; // written before the kill
        ::close(ends[0]);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status));
        Database database = open(Database::Mode::existing);
        const auto sound = database.check();
        ASSERT_TRUE(sound) << sound.error().text;
        const auto counts = database.read({1, 2});
        ASSERT_TRUE(counts);
        const std::uint32_t written = (*counts)[0].front().good;
        EXPECT_EQ((*counts)[1].front().good, written) << "no half batch";
        EXPECT_EQ(database.statistics()->messages, written);
        EXPECT_GE(written, confirmed) << "what was confirmed is there";
        EXPECT_LE(written, confirmed + round + 1) << "and at most the batch under way besides";
        confirmed = written;
    }
}

/// A file can grow to `bytes` and no further, for this process.
class FileLimit {
  public:
    explicit FileLimit(rlim_t bytes) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        handler_ = std::signal(SIGXFSZ, SIG_IGN);
        const rlimit now{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &now);
    }
    FileLimit(const FileLimit&) = delete;
    FileLimit& operator=(const FileLimit&) = delete;
    ~FileLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

  private:
    rlimit before_{};
    void (*handler_)(int) = nullptr;
};

TEST_F(StoreCrashTest, ADiskThatTakesNoMore) {
    Database database = open();
    ASSERT_TRUE(database.write(numbered(0), {}));
    std::uint32_t written = 1;
    {
        const FileLimit limit(1 << 20);
        Expected<void> done;
        while (written < 5000 && (done = database.write(numbered(written), {}))) ++written;
        ASSERT_FALSE(done);
        EXPECT_TRUE(database.read({1})) << "reading goes on";
        EXPECT_FALSE(database.backup(path("backup.db")).has_value() &&
                     database.write(numbered(written), {}).has_value());
    }
    EXPECT_EQ(database.read({1})->front().front().good, written);
    EXPECT_TRUE(database.write(numbered(written), {})) << "and so does writing when there is room again";
    EXPECT_TRUE(database.check());
}

/// A file system of two megabytes, where that may be made.
class SmallDisk {
  public:
    explicit SmallDisk(std::string at) : at_(std::move(at)) {
        std::filesystem::create_directory(at_);
        mounted_ = ::mount("tmpfs", at_.c_str(), "tmpfs", 0, "size=2m") == 0;
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk() {
        if (mounted_) ::umount2(at_.c_str(), MNT_DETACH);
    }
    [[nodiscard]] bool mounted() const { return mounted_; }

  private:
    std::string at_;
    bool mounted_ = false;
};

TEST_F(StoreCrashTest, AFullDisk) {
    const SmallDisk disk(path("disk"));
    if (!disk.mounted()) GTEST_SKIP() << "a file system cannot be mounted here";
    auto database = Database::open(path("disk/ledger.db"), Database::Mode::create);
    ASSERT_TRUE(database) << database.error().text;
    std::uint32_t written = 0;
    Expected<void> done;
    while (written < 20'000 && (done = database->write(numbered(written), {}))) ++written;
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().text, path("disk/ledger.db") + ": no space is left for it on the disk");
    EXPECT_EQ(database->read({1})->front().front().good, written);
    EXPECT_FALSE(database->backup(path("disk/backup.db")));
    EXPECT_FALSE(std::filesystem::exists(path("disk/backup.db.part")));
    ASSERT_EQ(::mount("tmpfs", path("disk").c_str(), "tmpfs", MS_REMOUNT, "size=8m"), 0);
    EXPECT_TRUE(database->write(numbered(written), {}));
    EXPECT_TRUE(database->check());
}

} // namespace
} // namespace bonafide::io::store
