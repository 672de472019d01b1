#include "answerer.hpp"

#include "name_server.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace bonafide::e2e {
namespace {

using namespace std::string_literals;
using Clock = std::chrono::steady_clock;

struct Later {
    Clock::time_point when;
    std::string message;
    sockaddr_in to;
};

/// The question's message turned into a response: header, question, and the answer section given.
std::string respond(const std::string& query, unsigned flags, unsigned answers, const std::string& section) {
    std::size_t end = 12;
    while (end < query.size() && query[end] != 0) end += 1U + static_cast<unsigned char>(query[end]);
    end += 5;
    std::string reply = query.substr(0, end);
    reply[2] = static_cast<char>(flags >> 8);
    reply[3] = static_cast<char>(flags);
    reply[7] = static_cast<char>(answers);
    reply[9] = reply[11] = 0; // the query's EDNS record is not repeated
    return reply + section;
}

constexpr unsigned answer_flags = 0x8580, truncated = 0x0200; // QR AA RD RA

} // namespace

Answerer::Answerer() : port_(free_port()), socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int room = 4 * 1024 * 1024;
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("cannot bind");
    thread_ = std::thread([this] { serve(); });
}

Answerer::~Answerer() {
    stop_ = true;
    thread_.join();
    ::close(socket_);
}

void Answerer::serve() {
    std::deque<Later> later;
    std::map<std::string, Clock::time_point> slow_until;
    const auto send = [this](const std::string& message, const sockaddr_in& to) {
        ::sendto(socket_, message.data(), message.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    };
    while (!stop_) {
        for (; !later.empty() && later.front().when <= Clock::now(); later.pop_front())
            send(later.front().message, later.front().to);
        pollfd waiting{socket_, POLLIN, 0};
        if (::poll(&waiting, 1, 20) <= 0) continue;
        char buffer[2048];
        sockaddr_in from{};
        socklen_t length = sizeof from;
        const ssize_t got = ::recvfrom(socket_, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &length);
        if (got < 17) continue;
        const std::string query(buffer, static_cast<std::size_t>(got));
        const std::string label = query.substr(13, static_cast<unsigned char>(query[12]));
        const std::string here = respond(query, answer_flags, 1, "\xc0\x0c\0\x10\0\1\0\0\0\x3c\0\5\4here"s);
        if (label.starts_with("silent")) {
            ++silent_asked_;
        } else if (label.starts_with("slow")) {
            const auto known = slow_until.try_emplace(label, Clock::now() + std::chrono::seconds(2)).first;
            later.push_back({known->second, here, from});
        } else if (label.starts_with("servfail")) {
            send(respond(query, answer_flags | 2, 0, ""), from);
        } else if (label.starts_with("refused")) {
            send(respond(query, answer_flags | 5, 0, ""), from);
        } else if (label.starts_with("garbage")) {
            send(query.substr(0, 2) + std::string(40, '\xff'), from);
        } else if (label.starts_with("cut")) {
            send(respond(query, answer_flags | truncated, 0, ""), from);
        } else {
            ++here_asked_;
            send(here, from);
        }
    }
}

} // namespace bonafide::e2e
