// Hands one message to a mail server (RFC 5321) over plain TCP: greeting, EHLO, MAIL, RCPT, DATA, QUIT, one command at a time. For mail of
// our own, such as notices, to a server of the operator's: on this host, or on a network of theirs.
//
// send() blocks until the server has answered, a step has taken too long, or a stop is asked for: call it on a thread that may wait.
// Thread-safe; each call has its own connection. STARTTLS and authentication are not spoken: what leaves the host goes in clear text, which
// is right for loopback alone. Names are not looked up either.
#pragma once

#include "base/endpoint.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <stop_token>
#include <string>
#include <vector>

namespace bonafide::io::smtp {

inline constexpr std::size_t most_recipients = 100; ///< RFC 5321 4.5.3.1.8: what every server takes

/// How long each step may take.
struct Timeouts {
    std::chrono::milliseconds connect{300000};
    std::chrono::milliseconds greeting{300000}; ///< RFC 5321 4.5.3.2.1
    std::chrono::milliseconds command{300000};  ///< 4.5.3.2.2, 4.5.3.2.3
    std::chrono::milliseconds data{120000};     ///< 4.5.3.2.4: the reply to DATA
    std::chrono::milliseconds block{180000};    ///< 4.5.3.2.5: 64 KiB of the message
    std::chrono::milliseconds end{600000};      ///< 4.5.3.2.6: the reply to the final dot

    /// The standard's times, each cut to `limit`.
    [[nodiscard]] static Timeouts at_most(std::chrono::milliseconds limit);
};

struct Target {
    ip::Endpoint server;
    std::string helo; ///< our name; where it is no domain name, the address of our end stands for it
    Timeouts timeouts{};
};

struct Letter {
    std::string mail_from; ///< empty: the null path
    std::vector<std::string> recipients;
    std::string message; ///< header and body; any line ends
};

enum class Step : std::uint8_t { letter, connect, greeting, hello, mail, rcpt, data, message };

struct Failure {
    bool permanent = false; ///< another attempt would end the same way
    Step step = Step::letter;
    std::string text; ///< one plain phrase, the server's words in it escaped
};

struct Refused {
    std::string recipient;
    bool permanent = false;
    std::string text; ///< the server's words, escaped
};

struct Outcome {
    std::string reply;            ///< to the final dot, escaped: often with a queue id
    std::vector<Refused> refused; ///< recipients that it did not take; never all
};

/// Failures: a letter that no server would take, or that this one cannot (size, bytes beyond ASCII); silence; a connection cut off; what is
/// no SMTP, replies before they are due included; 4xx and 5xx. A connection that ends after the final dot, before the reply, is temporary,
/// though the message may arrive (RFC 5321 4.1.1.4): a second attempt may bring it twice.
[[nodiscard]] std::expected<Outcome, Failure> send(const Target& target, const Letter& letter,
                                                   const std::stop_token& stop = {});

} // namespace bonafide::io::smtp
