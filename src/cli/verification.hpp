// One stored message through the engine: header first, then body chunks, then the verdict. Constant memory whatever the message's size.
//     Verification verification(context, envelope);  verification.feed(bytes)*;  verification.finish(done);
// One thread; the context outlives it. Destroying it abandons the message.
#pragma once

#include "cli/message_content.hpp"
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

/// With the client's address what is not given is empty; without it, it is what the message's header says.
[[nodiscard]] verdict::Envelope read_envelope(const GivenEnvelope& given, const mail::HeaderBlock& header);

/// What a record of the verdict needs to know of a message beside the verdict.
struct Witnessed {
    verdict::Envelope envelope;      ///< as the engine was given it
    std::vector<std::string> fields; ///< of the header, raw
    bool header_oversized = false;
    std::vector<dkim::BodyDigest> body;    ///< what signatures wanted of the body
    std::vector<dkim::BodyDigest> no_body; ///< what they wanted of a body known by its digests alone, and those lack
};

class Verification {
  public:
    explicit Verification(const engine::Context& context, GivenEnvelope given = {});
    /// With an envelope as it was witnessed: nothing is read from the message.
    Verification(const engine::Context& context, verdict::Envelope envelope, verdict::Direction direction);
    Verification(const Verification&) = delete;
    Verification& operator=(const Verification&) = delete;

    /// Before the message; what it refers to outlives this. `witness` is complete when the verdict is there.
    void witness(Witnessed& witness) { witness_ = &witness; }
    void use(dkim::HeaderHashes& hashes) { header_hashes_ = &hashes; }

    /// Instead of feed(): a message of which only this is at hand.
    void give(mail::HeaderBlock header, std::vector<dkim::BodyDigest> body);

    void feed(std::string_view bytes) { splitter_.feed(bytes); }
    /// All of a stored message; that nothing is in it is an error too.
    [[nodiscard]] Expected<void> feed(const MessageContent& content);
    /// The message ends. `done` is called once, from here or, when DNS needs time, later from the event loop; then it must not destroy this.
    void finish(engine::Transaction::Done done);
    /// The first line was no header field, so that all of it counted as body: a compressed file, a byte order mark, no mail at all.
    [[nodiscard]] bool without_header() const { return without_header_; }

  private:
    void begin(mail::HeaderBlock header);

    GivenEnvelope given_;
    std::optional<verdict::Envelope> envelope_; ///< stands above given_
    verdict::Direction direction_ = verdict::Direction::inbound;
    Witnessed* witness_ = nullptr;
    dkim::HeaderHashes* header_hashes_ = nullptr;
    std::optional<std::vector<dkim::BodyDigest>> known_body_;
    bool without_header_ = false;
    engine::Connection connection_;
    std::optional<engine::Transaction> message_;
    mail::Splitter splitter_;
};

} // namespace bonafide::cli
