#include "io/watched_file.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bonafide::io {
namespace {

namespace fs = std::filesystem;

class WatchedFile : public testing::Test {
  protected:
    WatchedFile() { fs::create_directories(folder); }
    ~WatchedFile() override { fs::remove_all(folder); }
    std::string write(const std::string& name, std::string_view text) const {
        std::ofstream(folder / name, std::ios::binary) << text;
        return at(name);
    }
    std::string at(const std::string& name) const { return (folder / name).string(); }
    static std::string why(const std::string& path, std::size_t most = 100) {
        const auto text = read_regular_file(path, most);
        return text ? "read" : text.error().text.substr(text.error().text.find(": ") + 2);
    }
    fs::path folder =
        fs::path(testing::TempDir()) /
        fmt::format("watched-{}-{}", ::getpid(), testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(WatchedFile, IsReadToItsLimit) {
    const std::string file = write("file", "0123456789");
    EXPECT_EQ(read_regular_file(file, 10), "0123456789");
    EXPECT_EQ(why(file, 9), "has 10 bytes, at most 9 are read");
    EXPECT_EQ(read_regular_file(write("empty", ""), 0), "");
    EXPECT_EQ(why(at("absent")), "No such file or directory");
}

TEST_F(WatchedFile, HasAnotherStampAfterAChange) {
    const std::string file = write("file", "a");
    const auto first = look_at_file(file);
    ASSERT_TRUE(first && *first);
    EXPECT_EQ(**look_at_file(file), **first);
    write("file", "ab");
    EXPECT_NE(**look_at_file(file), **first);
    write("other", "a");
    fs::rename(at("other"), file);
    EXPECT_NE(**look_at_file(file), **first) << "another file of the same size";
    fs::remove(file);
    EXPECT_FALSE(*look_at_file(file));
    EXPECT_FALSE(*look_at_file(at("nothing/file")));
}

TEST_F(WatchedFile, IsAFileAndNothingElse) {
    ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);
    fs::create_symlink("/dev/zero", folder / "zero");
    fs::create_symlink("loop", folder / "loop");
    for (const std::string& path : {at("fifo"), at("zero"), folder.string()}) {
        EXPECT_FALSE(look_at_file(path)) << path;
        EXPECT_EQ(why(path), "is no regular file") << path;
    }
    EXPECT_EQ(why(at("loop")), "Too many levels of symbolic links");
    EXPECT_FALSE(look_at_file(at("loop")));
}

TEST_F(WatchedFile, BehindALinkIsTheFile) {
    write("file", "a");
    fs::create_symlink("file", folder / "link");
    EXPECT_EQ(read_regular_file(at("link"), 10), "a");
    EXPECT_EQ(**look_at_file(at("link")), **look_at_file(at("file")));
    write("next", "b");
    fs::remove(folder / "link");
    fs::create_symlink("next", folder / "link");
    EXPECT_EQ(**look_at_file(at("link")), **look_at_file(at("next")));
    fs::remove(folder / "next");
    EXPECT_FALSE(*look_at_file(at("link"))) << "dangling";
}

TEST_F(WatchedFile, NamesInErrorsAreEscaped) {
    EXPECT_EQ(read_regular_file(at("a\nb"), 1).error().text.find('\n'), std::string::npos);
}

} // namespace
} // namespace bonafide::io
