// Macros of one connection: what the MTA says beside the commands, {client_addr}, {auth_authen}, the queue id i and so on. Pure.
#pragma once

#include "io/milter_handler.hpp"
#include "io/milter_protocol.hpp"

#include <array>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace bonafide::io::milter {

class Macros {
  public:
    /// Takes a macro packet: the letter of the command they belong to, then names and values. Replaces what that stage had. Letters
    /// without macros of their own (Postfix sends some before L and B) are ignored, as libmilter does.
    [[nodiscard]] std::expected<void, Fault> take(std::string_view packet);

    /// Forgets those of stages after `stage`: it comes anew.
    void forget_after(Stage stage);
    /// Forgets those of mail and everything later: the message is over.
    void forget_message();
    void forget_all();

    /// The value, of the latest stage that has one; empty when none has. "i" and "{i}" are the same.
    [[nodiscard]] std::string_view find(std::string_view name) const;

  private:
    std::array<std::string, macro_stages> packets_; ///< by Stage: name NUL value NUL ...
};

} // namespace bonafide::io::milter
