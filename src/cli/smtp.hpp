// A few lines of SMTP (RFC 5321) on loopback for the demo: a client, and a receiver for machines where no Postfix can be run.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace bonafide::cli::smtp {

struct Mail {
    std::string client;      ///< address the receiver is told to see, by XCLIENT
    std::string client_name; ///< or "[UNAVAILABLE]"
    std::string helo;
    std::string mail_from;
    std::string recipient;
    std::string message; ///< any line ends
};

/// Delivers one message to 127.0.0.1:port. Errors carry the server's reply.
[[nodiscard]] Expected<void> send(std::uint16_t port, const Mail& mail);

/// Receives on a free loopback port in a thread of its own and hands each message over before it answers. One client at a time.
/// Knows EHLO, XCLIENT, MAIL, RCPT, DATA, RSET, NOOP, QUIT; nothing is relayed or stored.
class Receiver {
  public:
    /// Called on the receiver's thread; `message` has CRLF line ends. The result is the reply to the end of DATA.
    using Deliver = std::function<std::string(const Mail& mail)>;

    [[nodiscard]] static Expected<std::unique_ptr<Receiver>> start(Deliver deliver);
    ~Receiver();
    Receiver(const Receiver&) = delete;
    Receiver& operator=(const Receiver&) = delete;
    [[nodiscard]] std::uint16_t port() const;

  private:
    struct State;
    explicit Receiver(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace bonafide::cli::smtp
