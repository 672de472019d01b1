// Real sockets: listeners, worker threads, time-outs, drain. A small scripted MTA speaks from the test's thread.
// Longer than 500 lines: one fixture (a server, a scripted MTA) serves every case, and splitting it would write the fixture twice.
#include "io/milter_address.hpp"
#include "io/milter_script.hpp"
#include "io/milter_server.hpp"

#include <arpa/inet.h>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <netinet/in.h>
#include <set>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace bonafide::io::milter {
namespace {

using namespace std::chrono_literals;
using Kind = Reply::Kind;

/// A path for a socket that no other test run uses.
std::string socket_path() {
    static std::atomic<int> count = 0;
    return fmt::format("{}bonafide-milter-{}-{}.sock", ::testing::TempDir(), ::getpid(), ++count);
}

class Client {
  public:
    explicit Client(const std::string& address) {
        const auto parsed = ListenAddress::parse(address);
        if (parsed->kind == ListenAddress::Kind::unix_socket) {
            socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
            sockaddr_un to{};
            to.sun_family = AF_UNIX;
            parsed->path.copy(to.sun_path, sizeof to.sun_path - 1);
            connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
        } else if (parsed->kind == ListenAddress::Kind::inet) {
            socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            sockaddr_in to{};
            to.sin_family = AF_INET;
            to.sin_port = htons(parsed->port);
            ::inet_pton(AF_INET, parsed->host.c_str(), &to.sin_addr);
            connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
        } else {
            socket_ = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
            sockaddr_in6 to{};
            to.sin6_family = AF_INET6;
            to.sin6_port = htons(parsed->port);
            ::inet_pton(AF_INET6, parsed->host.c_str(), &to.sin6_addr);
            connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
        }
        const timeval patience{10, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    ~Client() { hang_up(); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    Client(Client&& other) noexcept : socket_(std::exchange(other.socket_, -1)), connected_(other.connected_) {}

    bool connected() const { return connected_; }
    void hang_up() {
        if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    }
    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    }
    /// The letter of the next packet; 0 at the end of the connection.
    char letter() {
        std::string head = exactly(4);
        if (head.size() < 4) return 0;
        std::size_t length = 0;
        for (const char c : head) length = length << 8 | static_cast<unsigned char>(c);
        const std::string rest = exactly(length);
        return rest.empty() ? '\0' : rest[0];
    }
    std::string letters(std::size_t count) {
        std::string result;
        while (result.size() < count) {
            const char one = letter();
            if (one == 0) return result + "$";
            result += one;
        }
        return result;
    }

  private:
    std::string exactly(std::size_t size) {
        std::string result(size, '\0');
        std::size_t got = 0;
        while (got < size) {
            const auto count = ::recv(socket_, result.data() + got, size - got, 0);
            if (count <= 0) break;
            got += static_cast<std::size_t>(count);
        }
        result.resize(got);
        return result;
    }
    int socket_ = -1;
    bool connected_ = false;
};

bool eventually(const std::function<bool()>& holds) {
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (!holds())
        if (std::chrono::steady_clock::now() > until)
            return false;
        else
            std::this_thread::sleep_for(1ms);
    return true;
}

/// Answers rcpt and the end of a message `delay` later; counts what it is told.
struct Counts {
    std::atomic<int> made = 0, gone = 0, aborts = 0, closes = 0, messages = 0;
    std::atomic<std::size_t> body_bytes = 0;
};
class SlowHandler final : public Handler {
  public:
    SlowHandler(Connection& connection, boost::asio::io_context& context, std::chrono::milliseconds delay,
                Counts& counts)
        : connection_(connection), timer_(context), delay_(delay), counts_(counts) {
        ++counts_.made;
    }
    ~SlowHandler() override { ++counts_.gone; }
    Needs needs() const override {
        Needs needs;
        needs.replies = StageSet::of(Stage::rcpt);
        return needs;
    }
    Outcome rcpt(std::string_view, std::span<const std::string_view>) override {
        after([this] { connection_.reply(Reply::smtp("450 4.7.1 later")); });
        return {};
    }
    Reply body(std::string_view piece) override {
        counts_.body_bytes += piece.size();
        return {};
    }
    std::optional<Verdict> end_of_message() override {
        after([this] {
            ++counts_.messages;
            connection_.finish({});
        });
        return {};
    }
    void abort() noexcept override {
        timer_.cancel();
        ++counts_.aborts;
    }
    void close() noexcept override { ++counts_.closes; }

  private:
    template<class Work> void after(Work work) {
        timer_.expires_after(delay_);
        timer_.async_wait([work](const auto& error) {
            if (!error) work();
        });
    }
    Connection& connection_;
    boost::asio::steady_timer timer_;
    std::chrono::milliseconds delay_;
    Counts& counts_;
};

/// A server with slow handlers (delay 0: at once, but through the later way).
struct Running {
    explicit Running(ServerSettings settings = {}, std::chrono::milliseconds delay = 0ms,
                     const std::string& address = "inet:127.0.0.1:0")
        : contexts(std::max<std::size_t>(settings.threads, 1)),
          server(
              settings,
              [this, delay](std::size_t thread, Connection& connection, const std::string&) {
                  return std::make_unique<SlowHandler>(connection, *contexts[thread], delay, counts);
              },
              ServerEvents{[this](std::string_view reason) {
                               const std::lock_guard guard(mutex);
                               reasons.emplace_back(reason);
                           },
                           [](std::string_view) {}}) {
        server.on_worker([this](std::size_t thread, boost::asio::io_context& context) { contexts[thread] = &context; });
        const auto bound = server.listen(address);
        if (!bound) throw std::runtime_error(bound.error().text);
        where = *bound;
        server.start();
    }
    std::vector<boost::asio::io_context*> contexts;
    Counts counts;
    std::mutex mutex;
    std::vector<std::string> reasons;
    std::string where;
    Server server;
};

std::string start_of_message() {
    return script::offer() + script::connect() + script::helo() + script::mail() + script::data();
}
std::string rest_of_message() {
    return script::header("A", "b") + script::end_of_header() + script::body("x") + script::end_of_message();
}

TEST(MilterAddress, Spellings) {
    const auto text = [](std::string_view from) {
        const auto parsed = ListenAddress::parse(from);
        return parsed ? parsed->text() : "error";
    };
    EXPECT_EQ(text("inet:127.0.0.1:8899"), "inet:127.0.0.1:8899");
    EXPECT_EQ(text("inet:8899@127.0.0.1"), "inet:127.0.0.1:8899");
    EXPECT_EQ(text("INET:localhost:0"), "inet:localhost:0");
    EXPECT_EQ(text("inet6:[::1]:8899"), "inet6:[::1]:8899");
    EXPECT_EQ(text("inet6:8899@::1"), "inet6:[::1]:8899");
    EXPECT_EQ(text("inet6:8899@[::1]"), "inet6:[::1]:8899");
    EXPECT_EQ(text("unix:/run/x.sock"), "unix:/run/x.sock");
    EXPECT_EQ(text("local:/run/x.sock"), "unix:/run/x.sock");
    for (const auto* wrong :
         {"", "8899", "127.0.0.1:8899", "inet:8899", "inet::8899", "inet:127.0.0.1:", "inet:127.0.0.1:65536",
          "inet:127.0.0.1:-1", "unix:relative", "unix:", "tcp:127.0.0.1:1", "inet6:[]:1"})
        EXPECT_EQ(text(wrong), "error") << wrong;
    EXPECT_EQ(text("unix:/" + std::string(106, 'x')).size(), 112U);
    EXPECT_EQ(text("unix:/" + std::string(107, 'x')), "error");
}

TEST(MilterServer, EachKindOfSocket) {
    for (const std::string& address :
         {std::string{"inet:127.0.0.1:0"}, std::string{"inet6:[::1]:0"}, "unix:" + socket_path()}) {
        std::unique_ptr<Running> running;
        try {
            running = std::make_unique<Running>(ServerSettings{}, 0ms, address);
        } catch (const std::exception& error) {
            ASSERT_TRUE(address.starts_with("inet6")) << error.what(); // a machine may have no IPv6
            continue;
        }
        Client client(running->where);
        ASSERT_TRUE(client.connected()) << running->where;
        for (int i = 0; i < 3; ++i) {
            client.send((i == 0 ? start_of_message() : script::mail()) + rest_of_message());
            EXPECT_EQ(client.letters(i == 0 ? 2 : 1), i == 0 ? "Oc" : "c");
        }
        client.send(script::quit());
        EXPECT_EQ(client.letter(), 0);
        EXPECT_TRUE(eventually([&] { return running->counts.gone == 1; }));
        EXPECT_EQ(running->counts.messages, 3);
        EXPECT_EQ(running->counts.aborts, 0);
        EXPECT_EQ(running->server.counters().disconnects, 0U);
    }
}

TEST(MilterServer, SocketFiles) {
    const std::string path = socket_path();
    ServerSettings settings;
    settings.socket_mode = 0600;
    auto first = std::make_unique<Running>(settings, 0ms, "unix:" + path);
    struct stat file{};
    ASSERT_EQ(::stat(path.c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777, 0600U);
    Server second(settings, {});
    EXPECT_FALSE(second.listen("unix:" + path)); // in use
    first.reset();
    EXPECT_NE(::stat(path.c_str(), &file), 0); // removed

    // What a killed process leaves behind is replaced.
    const int dead = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof name.sun_path - 1);
    ASSERT_EQ(::bind(dead, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
    ::close(dead);
    EXPECT_TRUE(second.listen("unix:" + path));

    // A file that is no socket is nobody's to remove.
    const std::string plain = socket_path();
    std::ofstream(plain) << "precious";
    EXPECT_FALSE(second.listen("unix:" + plain));
    EXPECT_EQ(::stat(plain.c_str(), &file), 0);
    ::unlink(plain.c_str());
}

TEST(MilterServer, RepliesLaterAndProgress) {
    ServerSettings settings;
    settings.progress_interval = 20ms;
    Running running(settings, 100ms);
    Client client(running.where);
    client.send(start_of_message().substr(0, start_of_message().size() - script::data().size()) + script::rcpt());
    EXPECT_EQ(client.letters(2), "Oy");
    client.send(rest_of_message());
    char letter = client.letter();
    int progress = 0;
    for (; letter == 'p'; letter = client.letter()) ++progress;
    EXPECT_EQ(letter, 'c');
    EXPECT_GE(progress, 1);
}

TEST(MilterServer, DisconnectAtEveryStage) {
    Running running({}, 50ms);
    const std::vector<std::string> steps{script::offer(),
                                         script::connect(),
                                         script::helo(),
                                         script::mail(),
                                         script::rcpt(),
                                         script::header("A", "b"),
                                         script::end_of_header(),
                                         script::body("x").substr(0, 5),
                                         "x",
                                         script::end_of_message()};
    int opened = 0;
    for (std::size_t upto = 0; upto <= steps.size(); ++upto) {
        Client client(running.where);
        for (std::size_t i = 0; i < upto; ++i) client.send(steps[i]);
        ++opened;
        if (upto >= 1) EXPECT_EQ(client.letter(), 'O');
        client.hang_up();
        EXPECT_TRUE(eventually([&] { return running.server.counters().open == 0; })) << upto;
    }
    EXPECT_EQ(running.counts.made, opened);
    EXPECT_TRUE(eventually([&] { return running.counts.gone == opened; }));
    EXPECT_EQ(running.counts.closes, opened);
}

TEST(MilterServer, ProtocolErrorsCloseWithAReason) {
    Running running;
    Client client(running.where);
    client.send(script::offer() + script::rcpt());
    EXPECT_EQ(client.letters(2), "O$");
    Client garbage(running.where);
    garbage.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(garbage.letter(), 0);
    EXPECT_TRUE(eventually([&] { return running.server.counters().protocol_errors == 2; }));
    const std::lock_guard guard(running.mutex);
    EXPECT_EQ(running.reasons.at(0), "rcpt: the command cannot come here");
    EXPECT_EQ(running.reasons.at(1), "command '/': no such command");
}

TEST(MilterServer, TimeOuts) {
    ServerSettings settings;
    settings.handshake_timeout = 30ms;
    settings.idle_timeout = 60ms;
    Running running(settings, 200ms);
    Client silent(running.where);
    Client cut(running.where);
    cut.send(script::offer().substr(0, 9));
    Client idle(running.where);
    idle.send(script::offer() + script::connect());
    Client due(running.where); // our answer takes longer than the time-out: that is not the MTA's idleness
    due.send(start_of_message() + rest_of_message());
    EXPECT_EQ(silent.letter(), 0);
    EXPECT_EQ(cut.letter(), 0);
    EXPECT_EQ(idle.letters(2), "O$");
    EXPECT_EQ(due.letters(2), "Oc");
    EXPECT_EQ(due.letter(), 0); // idle now
    EXPECT_EQ(running.server.counters().timeouts, 4U);
}

TEST(MilterServer, MostConnections) {
    ServerSettings settings;
    settings.most_connections = 3;
    settings.threads = 2;
    Running running(settings);
    std::vector<Client> clients;
    for (int i = 0; i < 3; ++i) {
        clients.emplace_back(running.where);
        clients.back().send(script::offer());
        EXPECT_EQ(clients.back().letter(), 'O');
    }
    Client refused(running.where);
    EXPECT_EQ(refused.letter(), 0);
    EXPECT_EQ(running.server.counters().refused, 1U);
    clients.pop_back();
    EXPECT_TRUE(eventually([&] { return running.server.counters().open == 2; }));
    Client again(running.where);
    again.send(script::offer());
    EXPECT_EQ(again.letter(), 'O');
}

TEST(MilterServer, ConnectionsAreSharedOut) {
    ServerSettings settings;
    settings.threads = 3;
    std::mutex mutex;
    std::multiset<std::size_t> threads;
    std::atomic<int> undone = 0;
    {
        Server server(settings, [&](std::size_t thread, Connection&, const std::string&) {
            const std::lock_guard guard(mutex);
            threads.insert(thread);
            return std::make_unique<Handler>();
        });
        server.on_worker([](std::size_t, boost::asio::io_context&) {}, [&](std::size_t) { ++undone; });
        const std::string where = server.listen("inet:127.0.0.1:0").value();
        server.start();
        std::vector<Client> clients;
        for (int i = 0; i < 6; ++i) {
            clients.emplace_back(where);
            clients.back().send(script::offer());
            EXPECT_EQ(clients.back().letter(), 'O');
        }
    }
    EXPECT_EQ(threads, (std::multiset<std::size_t>{0, 0, 1, 1, 2, 2}));
    EXPECT_EQ(undone, 3);
}

TEST(MilterServer, AWorkerThatCannotStart) {
    Server server({}, {});
    server.on_worker([](std::size_t, boost::asio::io_context&) { throw std::runtime_error("no resolver"); });
    EXPECT_THROW(server.start(), std::runtime_error);
}

TEST(MilterServer, WhenOneWorkerCannotStartTheOthersAreUndoneAndNobodyIsServed) {
    ServerSettings settings;
    settings.threads = 3;
    std::atomic<int> done = 0, undone = 0, served = 0;
    Server server(settings, [&](std::size_t, Connection&, const std::string&) {
        ++served;
        return std::make_unique<Handler>();
    });
    server.on_worker(
        [&](std::size_t thread, boost::asio::io_context&) {
            if (thread == 1) throw std::runtime_error("no resolver");
            ++done;
        },
        [&](std::size_t) { ++undone; });
    const std::string where = server.listen("inet:127.0.0.1:0").value();
    Client waiting(where); // in the listener's queue
    waiting.send(script::offer());
    EXPECT_THROW(server.start(), std::runtime_error);
    EXPECT_EQ(done, 2);
    EXPECT_EQ(undone, 2);
    server.stop_accepting();
    EXPECT_EQ(waiting.letter(), 0);
    EXPECT_EQ(served, 0);
}

TEST(MilterServer, DrainLetsMessagesEnd) {
    Running running({}, 100ms);
    Client between(running.where);
    between.send(script::offer() + script::connect());
    EXPECT_EQ(between.letter(), 'O');
    Client busy(running.where);
    busy.send(start_of_message());
    EXPECT_EQ(busy.letter(), 'O');
    EXPECT_TRUE(eventually([&] { return running.server.counters().open == 2; }));
    running.server.stop_accepting();
    EXPECT_FALSE(Client(running.where).connected());
    std::thread mta([&] {
        EXPECT_EQ(between.letter(), 0); // closed at once; only then does the other message go on
        busy.send(rest_of_message());
        EXPECT_EQ(busy.letters(2), "c$");
    });
    EXPECT_TRUE(running.server.drain(10s));
    mta.join();
    EXPECT_EQ(running.counts.messages, 1);
}

/// One byte each few milliseconds until the server hangs up; false when it does not.
bool trickled_out(Client& client, Running& running, std::string_view bytes) {
    for (const char c : bytes) {
        client.send({&c, 1});
        std::this_thread::sleep_for(5ms);
        if (running.server.counters().timeouts > 0) return true;
    }
    return false;
}

TEST(MilterServer, AByteAtATimeBuysNoTime) {
    ServerSettings settings;
    settings.handshake_timeout = 100ms;
    Running running(settings);
    Client client(running.where);
    // A length that allows all that follows.
    EXPECT_TRUE(trickled_out(client, running, std::string("\0\0\x40\0O", 5) + std::string(1500, 'x')));

    ServerSettings idle;
    idle.idle_timeout = 100ms;
    Running later(idle);
    Client negotiated(later.where);
    negotiated.send(script::offer());
    EXPECT_EQ(negotiated.letter(), 'O');
    EXPECT_TRUE(trickled_out(negotiated, later, script::helo(std::string(1500, 'x'))));
    EXPECT_EQ(negotiated.letter(), 0);
}

TEST(MilterServer, AVerdictThatNeverComes) {
    ServerSettings settings;
    settings.progress_interval = 20ms;
    settings.most_answer_wait = 150ms;
    Running running(settings, 1h);
    Client client(running.where);
    for (int i = 1; i <= 2; ++i) { // the connection is as good as before
        client.send((i == 1 ? start_of_message() : script::mail()) + rest_of_message());
        char letter = 'p';
        while (letter == 'p' || letter == 'O') letter = client.letter();
        EXPECT_EQ(letter, 't');
        EXPECT_EQ(running.counts.aborts, i);
        EXPECT_EQ(running.server.counters().timeouts, static_cast<std::uint64_t>(i));
    }
}

TEST(MilterServer, AReplyThatNeverComes) {
    ServerSettings settings;
    settings.most_answer_wait = 100ms;
    settings.idle_timeout = 60ms; // not meant for answers of ours
    Running running(settings, 1h);
    Client client(running.where);
    client.send(script::offer() + script::connect() + script::helo() + script::mail() + script::rcpt());
    EXPECT_EQ(client.letters(2), "Ot");
    EXPECT_EQ(running.server.counters().timeouts, 1U);
}

TEST(MilterServer, WorkThatThrowsEndsNoThread) {
    Running running;
    running.server.post(0, [] { throw std::runtime_error("broken"); });
    running.server.post(0, [] { throw 1; });
    Client client(running.where);
    client.send(start_of_message() + rest_of_message());
    EXPECT_EQ(client.letters(2), "Oc");
    const std::lock_guard guard(running.mutex);
    ASSERT_EQ(running.reasons.size(), 2U);
    EXPECT_EQ(running.reasons[0], "internal error: broken");
    EXPECT_EQ(running.server.counters().exceptions, 2U);
}

TEST(MilterServer, DrainGivesUp) {
    Running running;
    Client busy(running.where);
    busy.send(start_of_message());
    EXPECT_EQ(busy.letter(), 'O');
    EXPECT_FALSE(running.server.drain(30ms));
    running.server.stop();
    EXPECT_EQ(busy.letter(), 0);
    EXPECT_EQ(running.counts.gone, 1);
    EXPECT_EQ(running.counts.aborts, 1);
}

TEST(MilterServer, AHandlerFactoryThatThrows) {
    Server server({}, [](std::size_t, Connection&, const std::string&) -> std::unique_ptr<Handler> {
        throw std::runtime_error("none");
    });
    const std::string where = server.listen("inet:127.0.0.1:0").value();
    server.start();
    EXPECT_EQ(Client(where).letter(), 0);
    EXPECT_EQ(Client(where).letter(), 0);
    EXPECT_TRUE(eventually([&] { return server.counters().open == 0; }));
}

TEST(MilterServer, AnswersThatTheMtaDoesNotRead) {
    ServerSettings settings;
    settings.idle_timeout = 200ms;
    Running running(settings);
    Client client(running.where);
    // Every command of version 2 is answered; the answers fill the socket's buffers, and then nothing more is read.
    client.send(script::offer(2, 0x3f, 0x7f) + script::connect() + script::helo());
    std::string many;
    for (int i = 0; i < 2000; ++i) many += script::helo();
    std::thread flood([&] {
        for (int i = 0; i < 2000; ++i) client.send(many);
    });
    EXPECT_TRUE(eventually([&] { return running.server.counters().timeouts == 1; }));
    flood.join();
    EXPECT_TRUE(eventually([&] { return running.server.counters().open == 0; }));
}

std::size_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::size_t pages = 0;
    file >> pages >> pages;
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// Room for both ends of `count` connections, or fewer where the system does not allow it.
std::size_t affordable(std::size_t count) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    return std::min<std::size_t>(count, limit.rlim_cur / 2 - 100);
}

TEST(MilterServer, ManyThatNeverSpeak) {
    Running running({}, 0ms, "unix:" + socket_path());
    std::vector<Client> clients;
    const std::size_t count = affordable(1000);
    for (std::size_t i = 0; i < count; ++i) clients.emplace_back(running.where);
    EXPECT_TRUE(eventually([&] { return running.server.counters().open == count; }));
    Client one(running.where); // is served all the same
    one.send(start_of_message() + rest_of_message());
    EXPECT_EQ(one.letters(2), "Oc");
}

TEST(MilterServer, ManySlowOnesInMidBody) {
    Running running({}, 0ms, "unix:" + socket_path());
    std::vector<Client> clients;
    const std::size_t count = affordable(2000);
    clients.reserve(count);
    for (std::size_t i = 0; i < 50; ++i) {
        Client(running.where).send(script::offer());
    } // warm
    const std::size_t before = resident_bytes();
    const std::string packet = script::body(std::string(65535, 'x'));
    for (std::size_t i = 0; i < count; ++i) {
        clients.emplace_back(running.where);
        clients.back().send(start_of_message() + script::header("A", "b") + script::end_of_header() +
                            packet.substr(0, 16384));
        ASSERT_EQ(clients.back().letter(), 'O');
    }
    EXPECT_TRUE(eventually([&] { return running.counts.body_bytes == count * (16384 - 5); }));
    const std::size_t grown = resident_bytes() - std::min(before, resident_bytes());
#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
    EXPECT_LT(grown / count, 8192U);
#endif
    RecordProperty("bytes_per_connection", static_cast<int>(grown / count));
    const std::string rest = packet.substr(16384) + script::end_of_message();
    for (Client& client : clients) client.send(rest);
    for (Client& client : clients) EXPECT_EQ(client.letter(), 'c');
}

} // namespace
} // namespace bonafide::io::milter
