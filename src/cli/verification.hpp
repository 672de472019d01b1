// One stored message through the engine: header first, then body chunks, then the verdict. Constant memory whatever the message's size.
//     Verification verification(context, envelope);  verification.feed(bytes)*;  verification.finish(done);
// One thread; the context outlives it. Destroying it abandons the message.
#pragma once

#include "engine/transaction.hpp"
#include "mail/splitter.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::cli {

/// What the caller knows of the SMTP session. Without the client's address the envelope is read from the message's own Received and
/// Return-Path fields, and the verdict says so.
struct GivenEnvelope {
    std::optional<ip::Address> client;
    std::optional<std::string> helo;
    std::optional<std::string> mail_from;
    std::vector<std::string> recipients;
};

class Verification {
  public:
    explicit Verification(const engine::Context& context, GivenEnvelope given = {});
    Verification(const Verification&) = delete;
    Verification& operator=(const Verification&) = delete;

    void feed(std::string_view bytes) { splitter_.feed(bytes); }
    /// The message ends. `done` is called once, from here or, when DNS needs time, later from the event loop; then it must not destroy this.
    void finish(engine::Transaction::Done done);

  private:
    void begin(mail::HeaderBlock header);

    GivenEnvelope given_;
    engine::Connection connection_;
    std::optional<engine::Transaction> message_;
    mail::Splitter splitter_;
};

} // namespace bonafide::cli
