#include "io/system.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace bonafide::io::system {
namespace {

class System : public testing::Test {
  protected:
    System() {
        std::string pattern = (std::filesystem::temp_directory_path() / "bonafide-system-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    ~System() override {
        ::unsetenv("NOTIFY_SOCKET");
        ::unsetenv("WATCHDOG_USEC");
        ::unsetenv("WATCHDOG_PID");
        std::filesystem::remove_all(folder_);
    }
    [[nodiscard]] std::string file(const std::string& name) const { return (folder_ / name).string(); }
    void write(const std::string& name, const std::string& text) const { std::ofstream(file(name)) << text; }

    std::filesystem::path folder_;
};

/// A service manager's end of the notification socket.
class Manager {
  public:
    Manager(const std::string& path, std::size_t length) : socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, path.size());
        bound_ = ::bind(socket_, reinterpret_cast<const sockaddr*>(&address),
                        static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length)) == 0;
    }
    ~Manager() { ::close(socket_); }
    [[nodiscard]] bool bound() const { return bound_; }
    [[nodiscard]] std::string received() const {
        char buffer[1024];
        const ssize_t got = ::recv(socket_, buffer, sizeof buffer, MSG_DONTWAIT);
        return got < 0 ? "nothing" : std::string(buffer, static_cast<std::size_t>(got));
    }

  private:
    int socket_;
    bool bound_ = false;
};

TEST_F(System, NotifyWithoutAManagerIsQuiet) {
    ::unsetenv("NOTIFY_SOCKET");
    EXPECT_TRUE(notify("READY=1"));
}

TEST_F(System, NotifyReachesAManager) {
    const std::string path = file("notify");
    const Manager manager(path, path.size());
    ASSERT_TRUE(manager.bound());
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    EXPECT_TRUE(notify("READY=1\nSTATUS=serving"));
    EXPECT_EQ(manager.received(), "READY=1\nSTATUS=serving");
    EXPECT_TRUE(notify("RELOADING=1"));
    EXPECT_TRUE(manager.received().starts_with("RELOADING=1\nMONOTONIC_USEC="));
}

TEST_F(System, NotifyReachesAnAbstractSocket) {
    const std::string name = "bonafide-test-" + std::to_string(::getpid());
    const Manager manager(std::string(1, '\0') + name, name.size() + 1);
    ASSERT_TRUE(manager.bound());
    ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
    EXPECT_TRUE(notify("STOPPING=1"));
    EXPECT_EQ(manager.received(), "STOPPING=1");
}

TEST_F(System, NotifyToNobodyIsAnError) {
    ::setenv("NOTIFY_SOCKET", file("absent").c_str(), 1);
    EXPECT_FALSE(notify("READY=1"));
    ::setenv("NOTIFY_SOCKET", "vsock:2:1234", 1);
    EXPECT_FALSE(notify("READY=1"));
    ::setenv("NOTIFY_SOCKET", ("/" + std::string(200, 'x')).c_str(), 1);
    EXPECT_FALSE(notify("READY=1"));
}

TEST_F(System, WatchdogInterval) {
    EXPECT_EQ(watchdog_interval_us(), 0U);
    ::setenv("WATCHDOG_USEC", "30000000", 1);
    EXPECT_EQ(watchdog_interval_us(), 30000000U);
    ::setenv("WATCHDOG_PID", "1", 1);
    EXPECT_EQ(watchdog_interval_us(), 0U); // meant for another process
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    EXPECT_EQ(watchdog_interval_us(), 30000000U);
}

TEST_F(System, ReadFileAtTheLimitAndOnePast) {
    write("eight", "12345678");
    EXPECT_EQ(read_file(file("eight"), 8), "12345678");
    const auto longer = read_file(file("eight"), 7);
    ASSERT_FALSE(longer);
    EXPECT_EQ(longer.error().text, file("eight") + " has 8 bytes, at most 7 are read");
    write("empty", "");
    EXPECT_EQ(read_file(file("empty"), 0), "");
}

TEST_F(System, ReadFileOfUnknownSizeIsBoundedToo) {
    EXPECT_FALSE(read_file("/dev/zero", 100000));
    EXPECT_TRUE(read_file("/proc/self/status", 100000));
}

TEST_F(System, ReadFileErrors) {
    EXPECT_EQ(read_file(file("absent"), 100).error().text,
              "cannot open " + file("absent") + ": No such file or directory");
    EXPECT_EQ(read_file(folder_.string(), 100).error().text, "cannot read " + folder_.string() + ": Is a directory");
}

TEST_F(System, PidFile) {
    const std::string own = std::to_string(::getpid()) + "\n";
    write("pid", "99999999\n");
    EXPECT_TRUE(write_pid_file(file("pid")));
    EXPECT_EQ(read_file(file("pid"), 100), own);
    remove_pid_file(file("pid"));
    EXPECT_FALSE(std::filesystem::exists(file("pid")));
    write("pid", "1\n");
    remove_pid_file(file("pid")); // somebody else's
    EXPECT_TRUE(std::filesystem::exists(file("pid")));
    EXPECT_FALSE(write_pid_file("/nowhere/at/all"));
}

TEST_F(System, HostNameAndCores) {
    EXPECT_FALSE(host_name().empty());
    EXPECT_GE(core_count(), 1U);
    const std::size_t now = raise_open_files(0);
    EXPECT_GT(now, 0U);
    EXPECT_GE(raise_open_files(now), now);
}

} // namespace
} // namespace bonafide::io::system
