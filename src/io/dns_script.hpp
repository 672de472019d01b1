// A DNS server of a test's own on the loopback, UDP and TCP at one port: a function answers each question. For tests only.
#pragma once

#include "base/endpoint.hpp"
#include "dns/question.hpp"

#include <arpa/inet.h>
#include <atomic>
#include <cstdint>
#include <functional>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace bonafide::io {

/// A number in network order.
inline std::string wire16(std::size_t value) {
    return {static_cast<char>(value >> 8U & 0xffU), static_cast<char>(value & 0xffU)};
}
inline std::string wire32(std::size_t value) { return wire16(value >> 16U) + wire16(value); }
/// A name of ordinary labels, uncompressed.
inline std::string wire_name(std::string_view name) {
    std::string wire;
    while (!name.empty()) {
        const std::string_view label = name.substr(0, name.find('.'));
        wire += static_cast<char>(label.size());
        wire += label;
        name.remove_prefix(std::min(name.size(), label.size() + 1));
    }
    return wire + '\0';
}
inline std::string wire_text(std::string_view text) {
    std::string wire;
    do {
        const std::string_view piece = text.substr(0, 255);
        wire += static_cast<char>(piece.size());
        wire += piece;
        text.remove_prefix(piece.size());
    } while (!text.empty());
    return wire;
}
/// SOA data with this primary server and serial number; the negative TTL is 60.
inline std::string wire_soa(std::string_view primary, std::size_t serial) {
    return wire_name(primary) + wire_name("hostmaster.example") + wire32(serial) + wire32(1) + wire32(1) + wire32(1) +
           wire32(60);
}

struct DnsQuery {
    std::string name{};
    dns::Type type = dns::Type::txt;
    bool over_tcp = false;
    bool recursion = false;
};

struct DnsReply {
    struct Row {
        std::string name;
        dns::Type type = dns::Type::txt;
        std::string data; ///< in wire form
    };
    std::vector<Row> rows{};
    std::vector<Row> authority{};
    unsigned code = 0;
    bool authoritative = true;
    bool cut = false; ///< TC

    /// To the question that `query` holds, id and question copied.
    [[nodiscard]] std::string wire(std::string_view query) const {
        std::string message(query.substr(0, 2));
        const unsigned flags = 0x8000U | (authoritative ? 0x400U : 0) | (cut ? 0x200U : 0) | code;
        message += wire16(flags) + wire16(1) + wire16(rows.size()) + wire16(authority.size()) + wire16(0);
        message += query.substr(12, query.find('\0', 12) + 5 - 12);
        for (const auto* list : {&rows, &authority})
            for (const Row& row : *list)
                message += wire_name(row.name) + wire16(static_cast<std::size_t>(row.type)) + wire16(1) + wire32(300) +
                           wire16(row.data.size()) + row.data;
        return message;
    }
};

class DnsScript {
  public:
    /// Nothing: silence.
    using Answer = std::function<std::optional<DnsReply>(const DnsQuery&)>;

    explicit DnsScript(Answer answer) : answer_(std::move(answer)) {
        for (int i = 0; i < 20 && !open(); ++i) {}
        thread_ = std::thread([this] { run(); });
    }
    ~DnsScript() {
        ending_ = true;
        thread_.join();
        ::close(udp_);
        ::close(tcp_);
    }
    DnsScript(const DnsScript&) = delete;
    DnsScript& operator=(const DnsScript&) = delete;

    [[nodiscard]] ip::Endpoint endpoint() const { return {*ip::Address::parse("127.0.0.1"), port_}; }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] int questions() const { return questions_; }
    /// TCP replies come a byte in so many milliseconds.
    std::atomic<int> drip{0};

  private:
    bool open() {
        if (udp_ >= 0) ::close(udp_);
        if (tcp_ >= 0) ::close(tcp_);
        udp_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        tcp_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        auto* const address = reinterpret_cast<sockaddr*>(&at);
        if (::bind(udp_, address, size) != 0 || ::getsockname(udp_, address, &size) != 0) return false;
        port_ = ntohs(at.sin_port);
        return ::bind(tcp_, address, size) == 0 && ::listen(tcp_, 8) == 0;
    }

    void run() {
        while (!ending_) {
            pollfd ready[] = {{udp_, POLLIN, 0}, {tcp_, POLLIN, 0}};
            if (::poll(ready, 2, 5) <= 0) continue;
            if ((ready[0].revents & POLLIN) != 0) serve_datagram();
            if ((ready[1].revents & POLLIN) != 0) serve_stream();
        }
    }
    std::optional<std::string> reply_to(std::string_view query, bool over_tcp) {
        ++questions_;
        DnsQuery asked{.over_tcp = over_tcp, .recursion = (query[2] & 1) != 0};
        std::size_t at = 12;
        while (query[at] != 0) {
            const auto length = static_cast<std::size_t>(query[at]);
            asked.name += (asked.name.empty() ? "" : ".") + std::string(query.substr(at + 1, length));
            at += length + 1;
        }
        asked.type = static_cast<dns::Type>(static_cast<unsigned char>(query[at + 1]) << 8U |
                                            static_cast<unsigned char>(query[at + 2]));
        const auto reply = answer_(asked);
        if (!reply) return {};
        return reply->wire(query);
    }
    void serve_datagram() {
        char bytes[65536];
        sockaddr_storage from{};
        socklen_t size = sizeof from;
        auto* const sender = reinterpret_cast<sockaddr*>(&from);
        const ssize_t got = ::recvfrom(udp_, bytes, sizeof bytes, 0, sender, &size);
        if (got < 17) return;
        const auto reply = reply_to({bytes, static_cast<std::size_t>(got)}, false);
        if (!reply) return;
        std::string stray = *reply; // of another question: it must be passed over
        stray[0] = static_cast<char>(stray[0] ^ 1);
        (void)::sendto(udp_, stray.data(), stray.size(), 0, sender, size);
        (void)::sendto(udp_, reply->data(), reply->size(), 0, sender, size);
    }
    void serve_stream() {
        const int line = ::accept(tcp_, nullptr, nullptr);
        char bytes[65536];
        const ssize_t got = ::recv(line, bytes, sizeof bytes, 0);
        if (got > 18) {
            const auto reply = reply_to({bytes + 2, static_cast<std::size_t>(got) - 2}, true);
            if (reply) send_all(line, wire16(reply->size()) + *reply);
        }
        ::close(line);
    }
    void send_all(int line, std::string_view bytes) {
        const std::size_t step = drip > 0 ? 1 : bytes.size();
        while (!bytes.empty() && !ending_) {
            const ssize_t sent = ::send(line, bytes.data(), std::min(step, bytes.size()), MSG_NOSIGNAL);
            if (sent <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
            if (drip > 0) std::this_thread::sleep_for(std::chrono::milliseconds(drip));
        }
    }

    Answer answer_;
    int udp_ = -1, tcp_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> ending_{false};
    std::atomic<int> questions_{0};
    std::thread thread_;
};

} // namespace bonafide::io
