// For tests: an SMTP server on a free loopback port that says what it is told to, whatever it hears, and writes down what it heard.
#pragma once

#include "base/endpoint.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace bonafide::io::smtp::script {

struct Turn {
    std::string heard; ///< what must have come since the turn before; empty: nothing is awaited
    std::string say;
    std::chrono::milliseconds pause{0}; ///< between two bytes of it
};

/// The turns of a server that takes everything; with one or more of them replaced.
inline std::vector<Turn> polite() {
    return {{"", "220 mx.test ESMTP\r\n"},    {"EHLO", "250-mx.test\r\n250-SIZE 1000000\r\n250 8BITMIME\r\n"},
            {"MAIL", "250 2.1.0 sender\r\n"}, {"RCPT", "250 2.1.5 recipient\r\n"},
            {"DATA\r\n", "354 go on\r\n"},    {"\r\n.\r\n", "250 2.0.0 queued as 4711\r\n"},
            {"QUIT\r\n", "221 bye\r\n"}};
}
inline std::vector<Turn> polite_but(std::size_t turn, std::string say) {
    std::vector<Turn> turns = polite();
    turns.at(turn).say = std::move(say);
    return turns;
}

class Server {
  public:
    enum class Then : std::uint8_t { close, silence }; ///< behind the last turn: silence until the client goes

    explicit Server(std::vector<Turn> turns, Then then = Then::silence)
        : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(listener_, reinterpret_cast<const sockaddr*>(&at), sizeof at);
        ::listen(listener_, 4);
        socklen_t size = sizeof at;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
        endpoint_ = {*ip::Address::parse("127.0.0.1"), ntohs(at.sin_port)};
        thread_ = std::thread([this, turns = std::move(turns), then] { serve(turns, then); });
    }
    ~Server() {
        ::shutdown(listener_, SHUT_RDWR); // wakes an accept that nobody came for
        if (thread_.joinable()) thread_.join();
        ::close(listener_);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] ip::Endpoint endpoint() const { return endpoint_; }
    /// All that the client said; waits for the conversation's end.
    [[nodiscard]] const std::string& heard() & {
        if (thread_.joinable()) thread_.join();
        return heard_;
    }

  private:
    void serve(const std::vector<Turn>& turns, Then then) {
        const int peer = ::accept(listener_, nullptr, nullptr);
        if (peer < 0) return;
        std::size_t looked_at = 0;
        bool there = true;
        for (const Turn& turn : turns) {
            std::size_t found = 0;
            while (there && (found = heard_.find(turn.heard, looked_at)) == std::string::npos)
                there = hear(peer) && (turn.heard.starts_with("QUIT") || !heard_.ends_with("QUIT\r\n"));
            if (!there) break;
            looked_at = found + turn.heard.size();
            say(peer, turn);
        }
        while (there && then == Then::silence) there = hear(peer);
        ::close(peer);
    }
    bool hear(int peer) {
        char bytes[65536];
        const ssize_t count = ::recv(peer, bytes, sizeof bytes, 0);
        if (count > 0) heard_.append(bytes, static_cast<std::size_t>(count));
        return count > 0;
    }
    static void say(int peer, const Turn& turn) {
        const std::size_t step = turn.pause.count() == 0 ? std::max<std::size_t>(turn.say.size(), 1) : 1;
        for (std::size_t i = 0; i < turn.say.size(); i += step) {
            if (::send(peer, turn.say.data() + i, std::min(step, turn.say.size() - i), MSG_NOSIGNAL) < 0) return;
            std::this_thread::sleep_for(turn.pause);
        }
    }

    int listener_;
    ip::Endpoint endpoint_{};
    std::string heard_;
    std::thread thread_;
};

} // namespace bonafide::io::smtp::script
