// A whole Service on loopback: what an error of ours is counted as, and a start that fails.
#include "engine/service.hpp"
#include "io/milter_address.hpp"
#include "io/milter_script.hpp"

#include <arpa/inet.h>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace bonafide::engine {
namespace {

namespace script = io::milter::script;
using testing::HasSubstr;

class Socket {
  public:
    explicit Socket(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const timeval patience{10, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    }
    ~Socket() { ::close(socket_); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    [[nodiscard]] bool connected() const { return connected_; }
    void send(std::string_view bytes) const { ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
    /// Until `end` has come, or the connection's end.
    [[nodiscard]] std::string read_until(std::string_view end) const {
        std::string result;
        char bytes[4096];
        while (!result.contains(end)) {
            const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
            if (count <= 0) break;
            result.append(bytes, static_cast<std::size_t>(count));
        }
        return result;
    }

  private:
    int socket_;
    bool connected_ = false;
};

class ServiceTest : public testing::Test {
  protected:
    ServiceTest() {
        std::string pattern = testing::TempDir() + "bonafide-service-XXXXXX";
        folder = ::mkdtemp(pattern.data());
        zone = write("zone", "example.org. TXT \"v=spf1 -all\"\n");
        settings->server.listen = {"inet:127.0.0.1:0"};
        settings->server.threads = 2;
        settings->dns.zone = zone;
        settings->metrics.listen = "127.0.0.1:0";
        log = io::Logger::open({.target = folder + "/log"}).value();
    }
    ~ServiceTest() override { std::filesystem::remove_all(folder); }
    [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
        const std::string path = folder + "/" + name;
        std::ofstream(path) << text;
        return path;
    }
    [[nodiscard]] static std::uint16_t port_of(const Service& service) {
        return static_cast<std::uint16_t>(io::milter::ListenAddress::parse(service.addresses().at(0))->port);
    }
    [[nodiscard]] static std::string metrics(const Service& service) {
        const Socket socket(service.metrics_port());
        socket.send("GET /metrics HTTP/1.0\r\n\r\n");
        return socket.read_until("bonafide_build_info{");
    }
    std::string folder, zone;
    std::shared_ptr<Settings> settings = std::make_shared<Settings>();
    std::unique_ptr<io::Logger> log;
};

TEST_F(ServiceTest, ErrorsOfOursAreCountedAndCostNoMail) {
    auto started = Service::start(settings, *log, [](const MessageEvent&) { throw std::runtime_error("observer"); });
    ASSERT_TRUE(started) << started.error().text;
    Service& service = **started;
    EXPECT_THAT(metrics(service), HasSubstr("bonafide_internal_errors_total 0\n"));
    {
        const Socket mta(port_of(service));
        mta.send(script::offer() + script::connect() + script::helo() + script::message());
        const std::string answers = mta.read_until(std::string("\0\0\0\1a", 5));
        EXPECT_THAT(answers, HasSubstr("Authentication-Results"));
    }
    const std::string page = metrics(service);
    EXPECT_THAT(page, HasSubstr("bonafide_internal_errors_total 1\n"));
    for (const char* row :
         {"bonafide_dns_queries_total 0\n", "bonafide_dns_timeouts_total 0\n", "bonafide_dns_failures_total 0\n",
          "bonafide_dns_bogus_total 0\n", "bonafide_dns_validation{state=\"stripped\"} 0\n",
          "bonafide_dns_validation{state=\"on\"} 0\n"})
        EXPECT_THAT(page, HasSubstr(row));
    EXPECT_TRUE(service.drain(std::chrono::seconds(5)));
}

TEST_F(ServiceTest, AnMtaThatGrantsNoHeaderChangesIsSpokenOfOnce) {
    constexpr std::uint32_t add_headers = 0x01, quarantine = 0x20; // SMFIF_ADDHDRS, SMFIF_QUARANTINE
    settings->server.threads = 1;
    auto started = Service::start(settings, *log);
    ASSERT_TRUE(started) << started.error().text;
    for (const std::uint32_t granted : {quarantine, quarantine, add_headers}) {
        const Socket mta(port_of(**started));
        mta.send(script::offer(6, granted) + script::connect() + script::helo() + script::message());
        EXPECT_THAT(mta.read_until(std::string("\0\0\0\1a", 5)), HasSubstr(std::string("\0\0\0\1a", 5)));
    }
    EXPECT_THAT(metrics(**started), HasSubstr("bonafide_milter_left_out_total 8\n"));
    EXPECT_TRUE((*started)->drain(std::chrono::seconds(5)));
    started->reset();
    log.reset(); // writes what waits
    std::ifstream file(folder + "/log");
    const std::string lines{std::istreambuf_iterator<char>(file), {}};
    const auto first = lines.find("mta.restricts");
    ASSERT_NE(first, std::string::npos) << lines;
    EXPECT_EQ(lines.find("mta.restricts", first + 1), std::string::npos) << lines;
}

TEST_F(ServiceTest, AStartThatFailsSaysWhyAndServesNobody) {
    settings->dns.zone.clear();
    settings->dns.dnssec = false;
    settings->dns.servers = {"no address"};
    const auto bad_server = Service::start(settings, *log);
    ASSERT_FALSE(bad_server);
    EXPECT_THAT(bad_server.error().text, HasSubstr("\"no address\""));
    settings->dns.servers = {"127.0.0.1"};
    settings->dns.dnssec = true;
    settings->dns.trust_anchor = write("anchor", "example. IN DS these are no numbers\n"); // seen by the library only
    const auto bad_anchor = Service::start(settings, *log);
    ASSERT_FALSE(bad_anchor);
    EXPECT_THAT(bad_anchor.error().text, HasSubstr("trust anchor"));
}

TEST_F(ServiceTest, AReloadThatFailsKeepsWhatIs) {
    auto started = Service::start(settings, *log);
    ASSERT_TRUE(started) << started.error().text;
    auto next = std::make_shared<Settings>(*settings);
    next->dns.zone = folder + "/missing";
    EXPECT_FALSE((*started)->reload(next));
    next->dns.zone = zone;
    EXPECT_TRUE((*started)->reload(next));
    const Socket mta(port_of(**started));
    EXPECT_TRUE(mta.connected());
    EXPECT_THAT(metrics(**started), HasSubstr("bonafide_reloads_total 1\n"));
}

} // namespace
} // namespace bonafide::engine
