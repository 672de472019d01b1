#include "io/log.hpp"
#include "io/system.hpp"

#include <array>
#include <atomic>
#include <boost/json/parse.hpp>
#include <chrono>
#include <climits>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <limits>
#include <span>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace bonafide::io {
namespace {

using Level = Logger::Level;
using Format = Logger::Format;

constexpr std::int64_t noon = 1769860800123; // 2026-01-31T12:00:00.123Z

std::string line(Format format, std::string_view event, Logger::FieldList fields, std::size_t most = 4096) {
    return format_line(format, noon, Level::info, event, {fields.begin(), fields.size()}, most);
}

class Folder {
  public:
    Folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "bonafide-log-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

  private:
    std::filesystem::path path_;
};

TEST(Log, TextLine) {
    EXPECT_EQ(line(Format::text, "message.verdict",
                   {{"queue_id", "4b2f"}, {"bytes", 1234}, {"seconds", 0.5}, {"stored", true}}),
              "2026-01-31T12:00:00.123Z info message.verdict queue_id=4b2f bytes=1234 seconds=0.5 stored=true\n");
}

TEST(Log, JsonLine) {
    EXPECT_EQ(line(Format::json, "message.verdict",
                   {{"queue_id", "4b2f"}, {"bytes", 1234U}, {"seconds", 0.5}, {"stored", false}}),
              "{\"time\":\"2026-01-31T12:00:00.123Z\",\"level\":\"info\",\"event\":\"message.verdict\",\"queue_id\":"
              "\"4b2f\",\"bytes\":1234,"
              "\"seconds\":0.5,\"stored\":false}\n");
}

struct Escaping {
    const char* what;
    std::string_view value;
    std::string_view text; ///< behind "v="
    std::string_view json; ///< behind "\"v\":"
};

TEST(Log, RemoteTextCannotBreakALine) {
    using namespace std::string_view_literals;
    const Escaping rows[] = {
        {"plain", "pass", "pass", R"("pass")"},
        {"empty", "", R"("")", R"("")"},
        {"blank", "a b", R"("a b")", R"("a b")"},
        {"quote", "a\"b", R"("a\"b")", R"("a\"b")"},
        {"a value that looks like fields", "x spf=pass", R"("x spf=pass")", R"("x spf=pass")"},
        {"backslash", "a\\b", R"(a\\b)", R"("a\\b")"},
        {"line feed", "a\nb", R"(a\x0ab)", R"("a\nb")"},
        {"CR LF", "a\r\nb", R"(a\x0d\x0ab)", R"("a\r\nb")"},
        {"NUL", "a\0b"sv, R"(a\x00b)", R"("a\u0000b")"},
        {"escape sequence", "\x1b[31m", R"("\x1b[31m")"sv.substr(1, 8), R"("\u001b[31m")"},
        {"UTF-8 stays", "b\xc3\xbc", "b\xc3\xbc", "\"b\xc3\xbc\""},
        {"stray byte", "b\xfc!", R"(b\xfc!)", "\"b\xef\xbf\xbd!\""},
        {"overlong", "\xc0\xaf", R"(\xc0\xaf)", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {"surrogate", "\xed\xa0\x80", R"(\xed\xa0\x80)", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {"cut off sequence", "\xe2\x82", R"(\xe2\x82)", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
    };
    for (const Escaping& row : rows) {
        EXPECT_EQ(line(Format::text, "e", {{"v", row.value}}),
                  "2026-01-31T12:00:00.123Z info e v=" + std::string(row.text) + "\n")
            << row.what;
        const std::string json = line(Format::json, "e", {{"v", row.value}});
        EXPECT_TRUE(json.ends_with(",\"v\":" + std::string(row.json) + "}\n")) << row.what << ": " << json;
        boost::system::error_code error;
        boost::json::parse(json, error);
        EXPECT_FALSE(error) << row.what << ": " << error.message();
    }
}

TEST(Log, EveryByteGivesOneLineOfValidJson) {
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    const std::string text = line(Format::text, all, {{"v", all}});
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    const std::string json = line(Format::json, all, {{"v", all}});
    EXPECT_EQ(json.find('\n'), json.size() - 1);
    boost::system::error_code error;
    boost::json::parse(json, error);
    EXPECT_FALSE(error) << error.message();
}

TEST(Log, LongValueIsCutOnePastTheLimit) {
    EXPECT_TRUE(line(Format::json, "e", {{"v", "12345678"}}, 8).ends_with(":\"12345678\"}\n"));
    EXPECT_TRUE(line(Format::json, "e", {{"v", "123456789"}}, 8).ends_with(":\"12345678...\"}\n"));
    EXPECT_TRUE(
        line(Format::json, "e", {{"v", "1234567\xc3\xbc"}}, 8).ends_with(":\"1234567...\"}\n")); // no half character
}

TEST(Log, NumbersThatJsonLacksBecomeNull) {
    const std::string json =
        line(Format::json, "e", {{"a", std::numeric_limits<double>::infinity()}, {"b", std::nan("")}});
    EXPECT_TRUE(json.ends_with(",\"a\":null,\"b\":null}\n")) << json;
}

TEST(Log, JournalDatagram) {
    using namespace std::string_view_literals;
    const Logger::Field fields[] = {{"queue_id", "4b2f"}, {"reason", "two\nlines"}};
    EXPECT_EQ(
        format_journal(Level::warning, "message.verdict", fields, 4096),
        "MESSAGE=message.verdict queue_id=4b2f reason=two\\x0alines\nPRIORITY=4\nSYSLOG_IDENTIFIER=bonafide\n"
        "BONAFIDE_EVENT=message.verdict\nBONAFIDE_QUEUE_ID=4b2f\nBONAFIDE_REASON\n\x09\0\0\0\0\0\0\0two\nlines\n"sv);
}

TEST(Log, LevelsBelowAreNotWritten) {
    const Folder folder;
    auto log = Logger::open({.target = folder.file("log"), .level = Level::warning});
    ASSERT_TRUE(log) << log.error().text;
    (*log)->info("hidden");
    (*log)->warning("shown");
    (*log)->set_level(Level::debug);
    (*log)->debug("shown.too");
    const std::string text = system::read_file(folder.file("log"), 10000).value();
    EXPECT_EQ(text.find("hidden"), std::string::npos);
    EXPECT_NE(text.find(" warning shown\n"), std::string::npos);
    EXPECT_NE(text.find(" debug shown.too\n"), std::string::npos);
}

TEST(Log, UnwritableTargetIsAClearError) {
    const auto log = Logger::open({.target = "/nowhere/at/all/log"});
    ASSERT_FALSE(log);
    EXPECT_EQ(log.error().text, "cannot open the log /nowhere/at/all/log: No such file or directory");
}

TEST(Log, ReopenFollowsRotationAndLosesNothing) {
    const Folder folder;
    auto log = Logger::open({.target = folder.file("log")});
    ASSERT_TRUE(log);
    std::atomic<bool> stop = false;
    std::vector<std::thread> writers;
    for (int t = 0; t < 3; ++t)
        writers.emplace_back([&] {
            for (int i = 0; i < 2000; ++i) (*log)->info("line", {{"number", i}});
            stop = true;
        });
    int rotations = 0;
    while (!stop && rotations < 50) {
        std::filesystem::rename(folder.file("log"), folder.file("log." + std::to_string(rotations++)));
        EXPECT_TRUE((*log)->reopen());
        std::this_thread::yield();
    }
    for (std::thread& writer : writers) writer.join();
    std::size_t lines = 0;
    for (int i = -1; i < rotations; ++i) {
        const std::string text =
            system::read_file(folder.file(i < 0 ? "log" : "log." + std::to_string(i)), 10000000).value();
        for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
            ++lines;
            EXPECT_EQ(text.substr(at + 24, 10), " info line") << text.substr(at, end - at);
        }
    }
    EXPECT_EQ(lines, 6000U);
    EXPECT_EQ((*log)->lost(), 0U);
}

/// A socket where the journal's would be.
struct Journal {
    Journal() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    ~Journal() { ::close(socket); }
    Folder folder;
    std::string path = folder.file("socket");
    int socket = ::socket(AF_UNIX, SOCK_DGRAM, 0);
};

TEST(Log, JournalGetsOneDatagramAnEvent) {
    const Journal journal;
    auto log = Logger::open({.target = "journald", .journal_socket = journal.path});
    ASSERT_TRUE(log);
    (*log)->error("it.broke", {{"how", "badly"}});
    char buffer[4096];
    const ssize_t got = ::recv(journal.socket, buffer, sizeof buffer, MSG_DONTWAIT);
    ASSERT_GT(got, 0);
    EXPECT_TRUE(std::string_view(buffer, static_cast<std::size_t>(got))
                    .starts_with("MESSAGE=it.broke how=badly\nPRIORITY=3\n"));
}

/// Standard error is `fd` meanwhile.
class StandardError {
  public:
    explicit StandardError(int fd) : saved_(::dup(STDERR_FILENO)) { ::dup2(fd, STDERR_FILENO); }
    ~StandardError() {
        ::dup2(saved_, STDERR_FILENO);
        ::close(saved_);
    }

  private:
    int saved_;
};

/// Lines lost of 10,000 that two threads write while nobody reads `ends`; the time it takes is the test's.
std::uint64_t lost_to_a_stalled_reader(std::span<const int, 2> ends) {
    std::uint64_t lost = 0;
    {
        const StandardError redirected(ends[1]);
        auto log = Logger::open({.target = "stderr", .format = Format::json});
        const auto write = [&] {
            for (int i = 0; i < 5000; ++i) (*log)->info("line", {{"number", i}, {"text", std::string(3000, 'x')}});
        };
        std::thread other(write);
        write();
        other.join();
        lost = (*log)->lost();
    }
    ::close(ends[0]);
    ::close(ends[1]);
    return lost;
}

TEST(Log, AStalledReaderStopsNobody) {
    const auto start = std::chrono::steady_clock::now();
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    EXPECT_GT(lost_to_a_stalled_reader(ends), 9000U);
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    EXPECT_GT(lost_to_a_stalled_reader(ends), 9000U);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(Log, AStalledJournalStopsNobody) {
    const Journal journal;
    auto log = Logger::open({.target = "journald", .journal_socket = journal.path});
    ASSERT_TRUE(log);
    for (int i = 0; i < 10000; ++i) (*log)->info("line", {{"number", i}});
    EXPECT_GT((*log)->lost(), 0U);
}

TEST(Log, LinesToAPipeAreCutToWhatItTakesAtOnce) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    {
        const StandardError redirected(ends[1]);
        auto log = Logger::open({.target = "stderr", .format = Format::json});
        const std::string text(4000, 'x');
        (*log)->info("line", {{"one", text}, {"two", text}, {"three", text}});
        EXPECT_EQ((*log)->lost(), 0U);
    }
    std::string got(3 * PIPE_BUF, '\0');
    const ssize_t count = ::read(ends[0], got.data(), got.size());
    ::close(ends[0]);
    ::close(ends[1]);
    ASSERT_GT(count, 0);
    ASSERT_LE(count, PIPE_BUF);
    got.resize(static_cast<std::size_t>(count));
    EXPECT_TRUE(got.ends_with("}\n"));
    EXPECT_NO_THROW((void)boost::json::parse(got));
}

TEST(Log, NoJournalFallsBackToStandardErrorWithPrefixes) {
    auto log = Logger::open({.target = "journald", .journal_socket = "/nowhere/at/all"});
    ASSERT_TRUE(log);
    testing::internal::CaptureStderr();
    (*log)->warning("it.happened");
    const std::string text = testing::internal::GetCapturedStderr();
    EXPECT_TRUE(text.starts_with("<4>2")) << text;
    EXPECT_TRUE(text.ends_with(" warning it.happened\n")) << text;
}

} // namespace
} // namespace bonafide::io
